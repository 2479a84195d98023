//! Reading a binary without running or compiling it: what it is, what it imports and exports.
//!
//! It must never panic on any bytes whatever, and never make anything of a binary.
//!
//! | file | noun |
//! |---|---|
//! | `kind.rs` | what a binary is, by its first bytes |
//! | `reading.rs` | a core module, read section by section and within limits |
//! | `complexity.rs` | how long a function may take to compile |
//! | `core_module.rs` | all sections of a core module, for those who write another |

mod complexity;
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

/// The most complexity ([`complexity`]) of all functions. A module that has more, as 500 nested loops around 1,000
/// locals have, is refused at once and on any machine alike. Of 100 packages of npm and PyPI a physics engine has the
/// most, 7.4e6; CPython has 3.3e5. Code that was written to have little of it and to keep the allocator of registers
/// busy all the same (`ifs-of-locals-allowed` of `tests/client/bombs.py`, minutes) is ended by the limits of the
/// compiler process.
const MAX_COMPLEXITY: u64 = 15_000_000;

/// What a binary says of itself.
#[derive(Debug)]
pub struct Inspection {
    /// Whether it is a module or a component.
    pub kind: Kind,
    /// What a core module imports; empty for a component.
    pub imports: Vec<Import>,
    /// The exported functions of a core module with their types, in the module's order; empty for a component. Types
    /// are shared: one of 2,000 values can be exported a million times by 3 MB.
    pub functions: Vec<(String, Rc<CoreSignature>)>,
    /// Bytes of code times locals, over all functions: what compiling little code costs at most.
    weight: u64,
    /// The sum of the functions' [`complexity`]: what compiling much code costs at worst.
    complexity: u64,
    has_startup: bool,
    /// Bytes of code, of all functions.
    code: u64,
    /// The most values that an instruction moves: parameters and results, or fields, of any type.
    width: u64,
}

impl Inspection {
    /// Reads a binary's sections.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is not WebAssembly, with the place, or passes a limit; [`Error::WitPackage`];
    /// [`Error::Unsupported`] if its types are nested too deeply. Functions' bodies are not validated: compiling does
    /// that.
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
        Self {
            kind,
            imports: Vec::new(),
            functions: Vec::new(),
            weight: 0,
            complexity: 0,
            has_startup: false,
            code: 0,
            width: 0,
        }
    }

    /// Whether code of its own may run before any call, or an active segment may not fit.
    pub fn has_startup(&self) -> bool {
        self.has_startup
    }

    /// Who made it, as far as its imports tell; none if it has none.
    pub fn family(&self) -> Option<Family> {
        Family::of(&self.imports)
    }

    /// Whether it may be compiled.
    ///
    /// # Errors
    /// [`Error::Imports`], [`Error::TooComplex`].
    pub fn check(&self) -> Result<()> {
        if !self.imports.is_empty() {
            return Err(Error::Imports(self.imports.clone()));
        }
        match self.complexity > MAX_COMPLEXITY {
            true => Err(Error::TooComplex { complexity: self.complexity, limit: MAX_COMPLEXITY }),
            false => Ok(()),
        }
    }

    /// Bytes of code times the values that one byte can move.
    pub(crate) fn work(&self) -> u64 {
        self.weight + self.code * self.width
    }

    /// Tells by the exports who expects imports that do not tell it themselves.
    pub(crate) fn consult_exports(&mut self) {
        if self.imports.iter().any(|import| import.family().is_vague())
            && let Some(family) = Family::by_exports(self.functions.iter().map(|(name, _)| &**name))
        {
            let vague = self.imports.iter_mut().filter(|import| import.family().is_vague());
            vague.for_each(|import| import.attribute(family));
        }
    }
}

/// Says what is wrong with a binary, and where.
pub(crate) fn invalid(error: wasmparser::BinaryReaderError) -> Error {
    Error::Invalid(format!("{} at offset {:#x}", printable(error.message()), error.offset()))
}

/// Returns the type of a value, without what it refers to.
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
