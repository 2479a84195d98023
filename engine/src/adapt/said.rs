//! The import that stays: `plwasm:host/log`, which every module may have, and whose functions only a host can supply.
//!
//! Merging resolves all imports. So a function takes the place of this one, and afterwards its uses become uses of an import
//! again. Only the guest's own import stays: what is said lies in the memory that the result exports.

use crate::compile::wasi::LOG;
use crate::error::{Error, Result};
use crate::read::inspect::core_module::CoreModule;
use std::borrow::Cow;
use std::convert::Infallible;
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{EntityType, ExportSection, ImportSection, Module, SectionId};
use wasmparser::{Export, ExternalKind, FuncType, Parser, ValType};

/// The name under which the function in the import's place is exported until the import is restored.
pub(super) const PLACE: &str = "plwasm:host/log#log";

/// Returns the module of the function in the import's place.
pub(super) fn binary() -> Cow<'static, [u8]> {
    let text = "(module (func (export \"log\") (param i32 i32 i32)))";
    Cow::Owned(wat::parse_str(text).unwrap_or_default())
}

/// Returns whether an import is the one that stays, which a host can supply with this type.
pub(super) fn is_import(module: &str, name: &str, ty: &FuncType) -> bool {
    (module, name) == LOG && ty.params() == [ValType::I32; 3] && ty.results().is_empty()
}

/// Gives a merged module the import, if it has a function in its place.
///
/// # Errors
/// [`Error::Internal`] if the module cannot be read.
pub(super) fn restore(merged: Vec<u8>) -> Result<Vec<u8>> {
    let part = CoreModule::read(&merged)?;
    let Some(place) = part.export(ExternalKind::Func, PLACE) else { return Ok(merged) };
    let ty = part.functions.get(place as usize).copied();
    let ty = ty.ok_or_else(|| Error::Internal("a merged module imports functions".into()))?;
    let mut module = Module::new();
    let restored = Restored { place, ty }.parse_core_module(&mut module, Parser::new(0), &merged);
    restored
        .map_err(|error| Error::Internal(format!("a merged module cannot be read: {error}")))?;
    Ok(module.finish())
}

/// The import is function 0, so all others come one later. The function in its place stays, and nothing uses it.
struct Restored {
    place: u32,
    ty: u32,
}

impl Reencode for Restored {
    type Error = Infallible;

    fn function_index(&mut self, index: u32) -> Reencoded<u32> {
        Ok(if index == self.place { 0 } else { index + 1 })
    }

    fn parse_export(&mut self, exports: &mut ExportSection, export: Export<'_>) -> Reencoded<()> {
        match export.name {
            PLACE => Ok(()),
            _ => reencode::utils::parse_export(self, exports, export),
        }
    }

    fn intersperse_section_hook(
        &mut self,
        module: &mut Module,
        after: Option<SectionId>,
        _before: Option<SectionId>,
    ) -> Reencoded<()> {
        if after == Some(SectionId::Type) {
            let mut imports = ImportSection::new();
            imports.import(LOG.0, LOG.1, EntityType::Function(self.ty));
            module.section(&imports);
        }
        Ok(())
    }
}

type Reencoded<T> = std::result::Result<T, reencode::Error<Infallible>>;
