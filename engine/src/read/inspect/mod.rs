//! Inspects a binary without compiling or running it: its kind, its imports and its exports.
//!
//! This must never panic, whatever the bytes, and must never make another binary.
//!
//! | file | noun |
//! |---|---|
//! | `kind.rs` | the kind of a binary, by its first bytes |
//! | `reading.rs` | a core module, read section by section and within limits |
//! | `complexity.rs` | how long a function may take to compile |
//! | `core_module.rs` | all sections of a core module, from which another is written |
//! | `constants.rs` | the numbers that constant expressions have in every instance |

mod complexity;
pub(crate) mod constants;
pub(crate) mod core_module;
mod kind;
mod reading;

use crate::abi::{CoreSignature, CoreType};
use crate::error::{Error, Result};
use crate::family::Family;
use crate::import::Import;
use crate::name::printable;
use crate::read::wit::bounds;
pub use kind::Kind;
pub(crate) use kind::check_magic;
use reading::Reading;
use std::rc::Rc;
use wasmparser::{Encoding, Parser, Payload, ValType};

/// The most [`complexity`] of all functions together. A module with more, such as 500 nested loops around 1,000
/// locals, is refused at once, and on every machine alike. Among 100 packages of npm and PyPI a physics engine has
/// the most, 7.4e6; CPython has 3.3e5. Some code is written to have little complexity and still to occupy the
/// register allocator for minutes (`ifs-of-locals-allowed` of `tests/client/bombs.py`). The limits of the compiler
/// process end that.
const MAX_COMPLEXITY: u64 = 15_000_000;

/// What a binary says about itself.
#[derive(Debug)]
pub struct Inspection {
    /// The kind of the binary.
    pub kind: Kind,
    /// The imports of a core module; empty for a component.
    pub imports: Vec<Import>,
    /// The exported functions of a core module with their types, in the module's order; empty for a component. The
    /// types are shared, because 3 MB can export a function with 2,000 parameters a million times.
    pub functions: Vec<(String, Rc<CoreSignature>)>,
    /// The sum of the functions' [`complexity`].
    complexity: u64,
    has_startup: bool,
}

impl Inspection {
    /// Reads the sections of a binary. This does not validate the bodies of functions, as compiling does that.
    ///
    /// # Errors
    /// [`Error::Invalid`], with the place, if it is not WebAssembly or exceeds a limit; [`Error::WitPackage`] if it
    /// is a WIT package; [`Error::Unsupported`] if its types are nested too deeply.
    pub fn of(binary: &[u8]) -> Result<Self> {
        check_magic(binary)?;
        let mut reading = Reading::new();
        for payload in Parser::new(0).parse_all(binary) {
            match payload.map_err(invalid)? {
                Payload::Version { encoding: Encoding::Component, .. } => {
                    if kind::is_wit_package(binary)? {
                        return Err(Error::WitPackage);
                    }
                    // All other readers of components recurse.
                    bounds::check(binary)?;
                    return Ok(Self::new(Kind::Component));
                }
                payload => reading.enter(payload)?,
            }
        }
        Ok(reading.finish())
    }

    fn new(kind: Kind) -> Self {
        Self { kind, imports: Vec::new(), functions: Vec::new(), complexity: 0, has_startup: false }
    }

    /// Returns whether code of the module may run before any call, or an active segment may not fit.
    pub fn has_startup(&self) -> bool {
        self.has_startup
    }

    /// Returns what made the binary, as far as its imports tell; `None` if it has no imports.
    pub fn family(&self) -> Option<Family> {
        Family::of(&self.imports)
    }

    /// Checks that the binary may be compiled.
    ///
    /// # Errors
    /// [`Error::Imports`] if it has imports; [`Error::TooComplex`] if it is too complex.
    pub fn check(&self) -> Result<()> {
        if !self.imports.is_empty() {
            return Err(Error::Imports(self.imports.clone()));
        }
        match self.complexity > MAX_COMPLEXITY {
            true => Err(Error::TooComplex { complexity: self.complexity, limit: MAX_COMPLEXITY }),
            false => Ok(()),
        }
    }

    /// Sets, by the exports, the family of imports whose names do not tell it.
    pub(crate) fn consult_exports(&mut self) {
        if self.imports.iter().any(|import| import.family().is_vague())
            && let Some(family) = Family::by_exports(self.functions.iter().map(|(name, _)| &**name))
        {
            let vague = self.imports.iter_mut().filter(|import| import.family().is_vague());
            vague.for_each(|import| import.attribute(family));
        }
    }
}

/// Makes an error that says what is wrong with a binary, and where.
pub(crate) fn invalid(error: wasmparser::BinaryReaderError) -> Error {
    Error::Invalid(format!("{} at offset {:#x}", printable(error.message()), error.offset()))
}

/// Returns the type of a value, without the type that a reference refers to.
pub(crate) fn core_type(ty: &ValType) -> CoreType {
    match ty {
        ValType::I32 => CoreType::I32,
        ValType::I64 => CoreType::I64,
        ValType::F32 => CoreType::F32,
        ValType::F64 => CoreType::F64,
        ValType::V128 => CoreType::V128,
        ValType::Ref(_) => CoreType::Ref,
    }
}
