//! A module: checked, compiled code and what it exports.

use crate::abi::{CoreSignature, CoreType};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::host::Host;
use crate::image::Image;
use crate::inspect::{Inspection, Kind};
use crate::instrument::{Effects, Manifest, Passes, instrument};
use crate::limits::{Budget, Isolation};
use crate::name;
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use wasmtime::InstancePre;

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
    inner: InstancePre<Host>,
    manifest: Manifest,
    /// The memory before the first call, and under which limit of memory it became so.
    image: RefCell<Option<(usize, Rc<Image>)>>,
    functions: Vec<(String, Rc<CoreSignature>)>,
    code_bytes: usize,
    budget: Arc<Budget>,
}

impl Module {
    /// Checks, instruments and compiles a binary. Instances of a module for [`Isolation::Statement`]
    /// cannot be reset.
    ///
    /// # Errors
    /// [`Error::Component`], [`Error::Imports`], [`Error::Invalid`], and [`Error::Memory`] if the
    /// code does not fit into the backend's memory.
    pub fn compile(engine: &Engine, binary: &[u8], isolation: Isolation) -> Result<Self> {
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
        let passes = Passes { isolate: isolation == Isolation::Call, ..Passes::ALL };
        let instrumented = instrument(binary, passes)?;
        let module = wasmtime::Module::from_binary(engine.wasmtime(), &instrumented.binary)
            .map_err(|e| compile_error(&e))?;
        let range = module.image_range();
        let code_bytes = range.end as usize - range.start as usize
            + instrumented.manifest.offsets.bytes()
            + MODULE_BYTES;
        let inner = engine.linker().instantiate_pre(&module).map_err(|e| compile_error(&e))?;
        engine.budget().take(code_bytes)?;
        Ok(Self {
            inner,
            manifest: instrumented.manifest,
            image: RefCell::new(None),
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

    /// The signature of an exported function, by its exact name.
    pub(crate) fn signature(&self, export: &str) -> Option<&CoreSignature> {
        self.functions.iter().find(|(name, _)| name == export).map(|(_, found)| &**found)
    }

    /// What calls of an exported function, by its exact name, can change; none: it is proved stateless.
    pub fn effects(&self, export: &str) -> Effects {
        self.manifest.effects.get(export).copied().unwrap_or(Effects::ALL)
    }

    /// Whether it exports the memory that strings are passed in.
    pub fn has_memory(&self) -> bool {
        let memory = self.inner.module().get_export("memory");
        memory.is_some_and(|export| export.memory().is_some_and(|memory| !memory.is_64()))
    }

    /// Whether it exports the allocator that strings are passed with, in its right type.
    pub fn has_realloc(&self) -> bool {
        let wanted = CoreSignature { params: vec![CoreType::I32; 4], results: vec![CoreType::I32] };
        self.functions.iter().any(|(name, found)| name == "cabi_realloc" && **found == wanted)
    }

    /// Whether an export of that name can be told that a result has been read.
    pub(crate) fn has_post_return(&self, export: &str) -> bool {
        let wanted = CoreSignature { params: vec![CoreType::I32], results: Vec::new() };
        self.signature(export) == Some(&wanted)
    }

    pub(crate) fn pre(&self) -> &InstancePre<Host> {
        &self.inner
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The image of the memory that instances with this limit of memory begin with, made of `memory` if
    /// there is none: what a start function does, it does alike in every instance of that limit.
    ///
    /// # Errors
    /// Those of [`Image::of`].
    pub(crate) fn image(&self, limit: usize, memory: &[u8]) -> Result<Rc<Image>> {
        let mut kept = self.image.borrow_mut();
        if let Some((of, image)) = &*kept
            && *of == limit
            && image.size() == memory.len()
        {
            return Ok(image.clone());
        }
        let image = Rc::new(Image::of(memory, &self.budget)?);
        *kept = Some((limit, image.clone()));
        Ok(image)
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
