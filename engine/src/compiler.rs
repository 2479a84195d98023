//! The compiler: from WebAssembly, text or binary, to an artefact. wasmtime's configuration is here, in one place.
//!
//! It must never run what it compiles.

use crate::artefact::Artefact;
use crate::body;
use crate::code::Protect;
use crate::component::Stubs;
use crate::error::{Error, Result};
use crate::facts::{Facts, Functions};
use crate::hash::Hash;
use crate::inspect::Inspection;
use crate::instrument::{Passes, instrument};
use crate::limits::Isolation;
use crate::name;
use crate::wit::Interface;
use std::hash::{Hash as _, Hasher};
use std::sync::Arc;
use wasmtime::{Config, OptLevel};
use xxhash_rust::xxh3::Xxh3;

/// The most stack a guest may use, in bytes. PostgreSQL keeps 512 KiB in reserve below
/// `max_stack_depth` (`STACK_DEPTH_SLOP`); this and the host's own frames fit in it.
const MAX_WASM_STACK: usize = 256 * 1024;

/// Whether compiling may use threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// A server process has one, and keeps it so.
    One,
    /// As many as rayon's global pool has.
    Many,
}

/// Compiles.
pub struct Compiler {
    inner: wasmtime::Engine,
    build: String,
}

impl std::fmt::Debug for Compiler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiler").field("build", &self.build).finish_non_exhaustive()
    }
}

impl Compiler {
    /// Makes one, for this machine.
    ///
    /// # Errors
    /// [`Error::Internal`] if there is no compiler for this machine.
    pub fn new(threads: Threads) -> Result<Self> {
        let mut config = Config::new();
        config
            .parallel_compilation(threads == Threads::Many)
            .max_wasm_stack(MAX_WASM_STACK)
            .cranelift_opt_level(OptLevel::Speed)
            // Nobody unwinds through guest frames but wasmtime itself, which needs no .eh_frame.
            .native_unwind_info(false)
            .wasm_backtrace_max_frames(Some(crate::trap::BACKTRACE_FRAMES))
            // The added checks are hinted to be unlikely.
            .wasm_branch_hinting(true)
            // A copy-on-write image costs a file descriptor a module, and PostgreSQL counts its own.
            .memory_init_cow(false)
            .with_custom_code_memory(Some(Arc::new(Protect)))
            // Deterministic on every CPU, so that IMMUTABLE is true.
            .relaxed_simd_deterministic(true)
            .wasm_custom_page_sizes(false)
            .wasm_memory64(true);
        let inner =
            wasmtime::Engine::new(&config).map_err(|e| Error::Internal(format!("{e:#}")))?;
        let mut hasher = Xxh3::new();
        env!("PLWASM_SOURCES").hash(&mut hasher);
        inner.precompile_compatibility_hash().hash(&mut hasher);
        let build = format!("{:016x}", hasher.finish());
        Ok(Self { inner, build })
    }

    /// Names what artefacts depend on besides their source: our sources, wasmtime's version and settings, and what
    /// this machine can do. Artefacts of another build must not be loaded.
    pub fn build(&self) -> &str {
        &self.build
    }

    pub(crate) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.inner
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
            self.inner.precompile_module(&instrumented.binary).map_err(|e| compile_error(&e))?;
        let facts = Facts {
            hash: Hash::of(source),
            is_isolated: passes.isolate,
            kind: inspection.kind,
            functions,
            manifest: instrumented.manifest,
            is_supplied,
        };
        Artefact::new(self, code, facts)
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
