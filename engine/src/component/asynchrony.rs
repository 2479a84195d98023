//! Async functions: found and refused before a component is translated.
//!
//! Their built-in functions are not: toolchains import them for functions that nobody makes async. They
//! trap when they are called.

use crate::error::{Error, Result};
use crate::inspect::invalid;
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentType, ComponentTypeDeclaration,
    InstanceTypeDeclaration, Parser, Payload,
};

/// Refuses a component that lifts or lowers a function as async, or declares one so.
///
/// # Errors
/// [`Error::Unsupported`]; [`Error::Invalid`] if it cannot be read.
pub(super) fn check(component: &[u8]) -> Result<()> {
    let mut is_async = false;
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(invalid)? {
            Payload::ComponentCanonicalSection(reader) => {
                for function in reader {
                    is_async |= match function.map_err(invalid)? {
                        CanonicalFunction::Lift { options, .. }
                        | CanonicalFunction::Lower { options, .. } => {
                            options.iter().any(|option| matches!(option, CanonicalOption::Async))
                        }
                        _ => false,
                    };
                }
            }
            Payload::ComponentTypeSection(reader) => {
                for ty in reader {
                    is_async |= declares(&ty.map_err(invalid)?);
                }
            }
            _ => {}
        }
    }
    match is_async {
        true => Err(Error::Unsupported("async functions".into())),
        false => Ok(()),
    }
}

fn declares(ty: &ComponentType<'_>) -> bool {
    match ty {
        ComponentType::Func(ty) => ty.async_,
        ComponentType::Component(all) => all.iter().any(|declaration| match declaration {
            ComponentTypeDeclaration::Type(ty) => declares(ty),
            _ => false,
        }),
        ComponentType::Instance(all) => all.iter().any(|declaration| match declaration {
            InstanceTypeDeclaration::Type(ty) => declares(ty),
            _ => false,
        }),
        ComponentType::Defined(_) | ComponentType::Resource { .. } => false,
    }
}
