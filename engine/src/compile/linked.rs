//! Linking a binary: the core modules of a component are merged into one. Stubs take the place of imports, as far as there
//! are stubs, and functions of ours that of imports for handles of a module's own resources.
//!
//! It must never run or compile anything.

use crate::compile::component::resource::HandleImport;
use crate::compile::component::{self, Merged, Stubs};
use crate::compile::wasi;
use crate::error::{Error, Result};
use crate::import::Import;
use crate::read::inspect::{Inspection, Kind};
use crate::read::wit::Interface;
use std::collections::HashSet;

/// A binary as it is compiled.
#[derive(Debug)]
pub struct Linked {
    /// What the core module that is compiled says about itself. If the binary has imports without stubs, it is what
    /// the binary itself says. The kind is always the binary's.
    pub inspection: Inspection,
    /// The core module that the binary is merged into, if it is a component or something takes the place of its imports.
    pub(crate) merged: Option<Merged>,
}

impl Linked {
    /// Reads a binary. If it is a component, or if anything takes the place of its imports, merges it.
    ///
    /// # Errors
    /// The errors of [`Inspection::of`] and [`component::merge`]. Imports without stubs are not an error here:
    /// [`Inspection::check`] refuses them.
    pub fn of(binary: &[u8], stubs: Option<&dyn Stubs>) -> Result<Self> {
        let mut inspection = Inspection::of(binary)?;
        let merged = match (inspection.kind, stubs) {
            (Kind::Component, _) => component::merge(binary, stubs),
            (Kind::Module, _)
                if !inspection.imports.is_empty()
                    && (stubs.is_some() || inspection.imports.iter().any(is_always_there)) =>
            {
                component::merge_core(binary, stubs)
            }
            (Kind::Module, _) => {
                inspection.imports.iter_mut().for_each(|import| import.consult(wasi::covers));
                return Ok(Self { inspection, merged: None });
            }
        };
        match merged {
            Ok(merged) => {
                let kind = inspection.kind;
                inspection = Inspection::of(&merged.binary)?;
                inspection.kind = kind;
                Ok(Self { inspection, merged: Some(merged) })
            }
            Err(Error::Imports(imports)) => {
                inspection.imports = imports;
                inspection.imports.iter_mut().for_each(|import| import.consult(wasi::covers));
                inspection.consult_exports();
                if stubs.is_some() {
                    inspection.imports.iter_mut().for_each(Import::refuse);
                }
                Ok(Self { inspection, merged: None })
            }
            Err(error) => Err(error),
        }
    }

    /// Returns what the metadata of `binary` says, from which `self` was made. Returns `None` if there is none.
    ///
    /// # Errors
    /// The errors of [`Interface::of`].
    pub(crate) fn interface(&self, binary: &[u8]) -> Result<Option<Interface>> {
        let mut found = Interface::of(binary)?;
        if let (Some(found), Some(merged)) = (&mut found, &self.merged)
            && !merged.unrepresented.is_empty()
        {
            let names: HashSet<_> = merged.unrepresented.iter().map(String::as_str).collect();
            let functions = found.functions.iter_mut();
            functions
                .filter(|function| names.contains(function.export.as_str()))
                .for_each(|function| function.refuse("its resource is passed between components"));
        }
        Ok(found)
    }

    /// Returns the core module that would be compiled for `binary`, from which `self` was made. Returns `None` for a
    /// component with imports that have no stubs.
    pub fn core<'a>(&'a self, binary: &'a [u8]) -> Option<&'a [u8]> {
        match (&self.merged, self.inspection.kind) {
            (Some(merged), _) => Some(&merged.binary),
            (None, Kind::Module) => Some(binary),
            (None, Kind::Component) => None,
        }
    }
}

/// Returns whether an import has the name of a function for handles of the module's own resources, or of one that every
/// module can import.
fn is_always_there(import: &Import) -> bool {
    let (module, name) = import.names();
    HandleImport::named(module, name).is_some() || (module, name) == wasi::LOG
}
