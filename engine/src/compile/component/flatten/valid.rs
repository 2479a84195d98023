//! Validates what the translator does not validate, and tells whether a component that the translator refuses is
//! valid.

use crate::error::{Error, Result};
use crate::name::paragraph;
use crate::read::inspect::invalid;
use wasmparser::{FuncValidatorAllocations, Validator, WasmFeatures};
use wasmtime_environ::component::StaticModuleIndex;
use wasmtime_environ::{ModuleTranslation, PrimaryMap};

/// Validates the code of all core modules, including those that nothing instantiates. The translator has validated
/// everything else. The merged module is validated as a whole later, but it declares more than each module may use.
pub(super) fn validate(
    modules: &mut PrimaryMap<StaticModuleIndex, ModuleTranslation<'_>>,
) -> Result<()> {
    let mut allocations = FuncValidatorAllocations::default();
    for (_, module) in modules.iter_mut() {
        for (_, function) in std::mem::take(&mut module.function_body_inputs) {
            let mut validator = function.validator.into_validator(allocations);
            validator.validate(&function.body).map_err(invalid)?;
            allocations = validator.into_allocations();
        }
    }
    Ok(())
}

/// Returns the error for a component that the translator refused. The component is either invalid, or valid with a
/// proposal that is not enabled here.
#[cold]
pub(super) fn refusal(component: &[u8], error: &wasmtime::Error) -> Error {
    let message = paragraph(&format!("{error:#}"));
    match Validator::new_with_features(WasmFeatures::all()).validate_all(component) {
        Ok(_) => Error::Unsupported(message),
        Err(_) => Error::Invalid(message),
    }
}

/// Returns what is invalid about a component; if nothing is, returns `error`.
#[cold]
pub(super) fn unless_invalid(component: &[u8], error: Error) -> Error {
    match Validator::new_with_features(WasmFeatures::all()).validate_all(component) {
        Ok(_) => error,
        Err(found) => invalid(found),
    }
}
