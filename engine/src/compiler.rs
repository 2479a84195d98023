//! The compiler: from WebAssembly, text or binary, to an artefact.
//!
//! It must never run what it compiles.

use crate::artefact::Artefact;
use crate::body;
use crate::component::Stubs;
use crate::error::{Error, Result};
use crate::facts::{Facts, Functions};
use crate::hash::Hash;
use crate::inspect::Inspection;
use crate::instrument::{Passes, instrument};
use crate::limits::Isolation;
use crate::name;
use crate::runtime::{Runtime, config, internal};
use crate::wit::Interface;
use std::sync::Arc;
use std::sync::OnceLock;
use wasmtime::OptLevel;

/// Whether compiling may use threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// A server process has one, and keeps it so.
    One,
    /// As many as rayon's global pool has.
    Many,
}

/// Compiles.
///
/// wasmtime's own compiler is made when something is compiled: a session whose code is in the cache needs none, and
/// making it takes as long as the rest of the engine (`bench/run-first-call`).
pub struct Compiler {
    inner: OnceLock<wasmtime::Engine>,
    threads: Threads,
    /// [`Runtime::build`] of the runtime that it compiles for.
    build: Arc<str>,
}

impl std::fmt::Debug for Compiler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiler").field("build", &self.build).finish_non_exhaustive()
    }
}

impl Compiler {
    /// Makes a compiler whose artefacts `runtime` loads.
    pub fn new(runtime: &Runtime, threads: Threads) -> Self {
        Self { inner: OnceLock::new(), threads, build: runtime.build().clone() }
    }

    /// Returns wasmtime's compiler, which is made at its first use.
    fn inner(&self) -> Result<&wasmtime::Engine> {
        if let Some(inner) = self.inner.get() {
            return Ok(inner);
        }
        let mut config = config();
        config
            .parallel_compilation(self.threads == Threads::Many)
            .cranelift_opt_level(OptLevel::Speed);
        let inner = wasmtime::Engine::new(&config).map_err(|e| internal(&e))?;
        Ok(self.inner.get_or_init(|| inner))
    }

    /// Checks, instruments and compiles a module or component, given as binary or text, with stubs in place of
    /// imports. Instances of code for [`Isolation::Statement`] cannot be reset.
    ///
    /// # Errors
    /// [`Error::Imports`], [`Error::Invalid`], [`Error::Unsupported`], [`Error::TooComplex`] and its like.
    pub fn compile(
        &self,
        source: &[u8],
        isolation: Isolation,
        stubs: Option<&dyn Stubs>,
    ) -> Result<Artefact> {
        let binary = &*body::binary(source)?;
        let mut inspection = Inspection::with(binary, stubs)?;
        inspection.check()?;
        let passes = Passes { isolate: isolation == Isolation::Call, ..Passes::ALL };
        let functions = Functions::new(inspection.functions, Interface::of(binary)?.as_ref())?;
        let merged = inspection.merged.take();
        let is_supplied = merged.as_ref().is_some_and(|merged| merged.is_supplied);
        let core = merged.as_ref().map_or(binary, |merged| &merged.binary);
        let mut instrumented = instrument(core, passes)?;
        if let Some(merged) = merged {
            instrumented.manifest.offsets.go_through(&merged.places);
        }
        let code =
            self.inner()?.precompile_module(&instrumented.binary).map_err(|e| compile_error(&e))?;
        let facts = Facts {
            hash: Hash::of(source),
            is_isolated: passes.isolate,
            kind: inspection.kind,
            functions,
            manifest: instrumented.manifest,
            is_supplied,
            trial: None,
        };
        Artefact::new(&self.build, code, facts)
    }
}

/// What is wrong with the module, or that the operating system has no memory for its code.
#[cold]
pub(crate) fn compile_error(error: &wasmtime::Error) -> Error {
    let message = name::paragraph(&format!("{error:#}"));
    // wasmtime does not name the type it wraps an errno in.
    match message.contains("os error") || message.contains("memory executable") {
        true => Error::Reserve(message),
        false => Error::Invalid(message),
    }
}
