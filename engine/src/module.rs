//! A module: checked, compiled code and what it exports.

use crate::abi::{CoreSignature, CoreType};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::inspect::{Inspection, Kind};
use crate::limits::Budget;
use crate::name;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

/// The SHA-256 of a binary: its name in every cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash of a binary.
    pub fn of(binary: &[u8]) -> Self {
        use sha2::Digest;
        Self(sha2::Sha256::digest(binary).into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The most bytes of code times locals, over all functions. The compiler's worst case is about
/// 25 s for 1e9 of them, and it cannot be interrupted; an 8 MB module of ordinary functions, with
/// 20 locals each, has 1.6e8.
const MAX_COMPLEXITY: u64 = 300_000_000;

/// What a module costs beside its code, in bytes.
const MODULE_BYTES: usize = 16 * 1024;

/// Compiled code. Its size counts against the backend's memory as long as it lives.
pub struct Module {
    inner: wasmtime::Module,
    functions: Vec<(String, Rc<CoreSignature>)>,
    code_bytes: usize,
    budget: Arc<Budget>,
}

impl Module {
    /// Checks and compiles a binary.
    ///
    /// # Errors
    /// [`Error::Component`], [`Error::Imports`], [`Error::Invalid`], and [`Error::Memory`] if the
    /// code does not fit into the backend's memory.
    pub fn compile(engine: &Engine, binary: &[u8]) -> Result<Self> {
        let inspection = Inspection::of(binary)?;
        match inspection.kind {
            Kind::Component => return Err(Error::Component),
            Kind::Module if !inspection.imports.is_empty() => {
                return Err(Error::Imports(inspection.imports));
            }
            Kind::Module => {}
        }
        if inspection.complexity > MAX_COMPLEXITY {
            return Err(Error::TooComplex {
                complexity: inspection.complexity,
                limit: MAX_COMPLEXITY,
            });
        }
        let inner = wasmtime::Module::from_binary(engine.wasmtime(), binary)
            .map_err(|e| compile_error(&e))?;
        let range = inner.image_range();
        let code_bytes = range.end as usize - range.start as usize + MODULE_BYTES;
        engine.budget().take(code_bytes)?;
        Ok(Self {
            inner,
            functions: inspection.functions,
            code_bytes,
            budget: engine.budget().clone(),
        })
    }

    /// The exported function of that name, `snake_case` and `kebab-case` alike; an exact match
    /// wins.
    ///
    /// # Errors
    /// [`Error::MissingExport`].
    pub fn function(&self, wanted: &str) -> Result<(&str, &CoreSignature)> {
        let found =
            self.functions.iter().find(|(export, _)| export == wanted).or_else(|| {
                self.functions.iter().find(|(export, _)| name::matches(export, wanted))
            });
        match found {
            Some((export, signature)) => Ok((export, signature)),
            None => Err(Error::MissingExport {
                export: name::printable(wanted),
                exports: self.functions.iter().map(|(export, _)| name::printable(export)).collect(),
            }),
        }
    }

    /// Whether it exports the memory that strings are passed in.
    pub fn has_memory(&self) -> bool {
        let memory = self.inner.get_export("memory");
        memory.is_some_and(|export| export.memory().is_some_and(|memory| !memory.is_64()))
    }

    /// Whether it exports the allocator that strings are passed with, in its right type.
    pub fn has_realloc(&self) -> bool {
        let wanted = CoreSignature { params: vec![CoreType::I32; 4], results: vec![CoreType::I32] };
        self.functions.iter().any(|(name, found)| name == "cabi_realloc" && **found == wanted)
    }

    pub(crate) fn wasmtime(&self) -> &wasmtime::Module {
        &self.inner
    }
}

/// What is wrong with the module, or that the operating system has no memory for its code.
#[cold]
fn compile_error(error: &wasmtime::Error) -> Error {
    let message = name::printable_message(error);
    // wasmtime does not name the type it wraps an errno in.
    match message.contains("os error") || message.contains("memory executable") {
        true => Error::Reserve(message),
        false => Error::Invalid(message),
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module").field("code_bytes", &self.code_bytes).finish_non_exhaustive()
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        self.budget.give(self.code_bytes);
    }
}
