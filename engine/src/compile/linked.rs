//! A binary that is linked: the core modules of a component merged into one, stubs put in place of imports.
//!
//! It must never run or compile anything.

use crate::compile::component::{self, Merged, Stubs};
use crate::compile::wasi;
use crate::error::{Error, Result};
use crate::import::Import;
use crate::read::inspect::{Inspection, Kind};

/// A binary as it is compiled.
#[derive(Debug)]
pub struct Linked {
    /// What is said by the core module that is compiled; by the binary itself if it has imports that no stub takes the
    /// place of. The kind is always the binary's.
    pub inspection: Inspection,
    /// The core module that the binary is merged into, if it is a component or has stubs.
    pub(crate) merged: Option<Merged>,
}

impl Linked {
    /// Reads a binary, and merges it if it is a component or if stubs take the place of its imports.
    ///
    /// # Errors
    /// Those of [`Inspection::of`] and [`component::merge`]. Imports that no stub takes the place of are not an error:
    /// [`Inspection::check`] refuses them.
    pub fn of(binary: &[u8], stubs: Option<&dyn Stubs>) -> Result<Self> {
        let mut inspection = Inspection::of(binary)?;
        let merged = match (inspection.kind, stubs) {
            (Kind::Component, _) => component::merge(binary, stubs),
            (Kind::Module, Some(stubs)) if !inspection.imports.is_empty() => {
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

    /// Returns the core module that would be compiled for the binary it was made of; none if that is a component with
    /// imports.
    pub fn core<'a>(&'a self, binary: &'a [u8]) -> Option<&'a [u8]> {
        match (&self.merged, self.inspection.kind) {
            (Some(merged), _) => Some(&merged.binary),
            (None, Kind::Module) => Some(binary),
            (None, Kind::Component) => None,
        }
    }
}
