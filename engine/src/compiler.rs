//! The compiler: from WebAssembly, text or binary, to an artefact. wasmtime's configuration is here, in one place.
//!
//! It must never run what it compiles.

use crate::artefact::Artefact;
use crate::body;
use crate::build;
use crate::code::Protect;
use crate::component::Stubs;
use crate::error::{Error, Result};
use crate::facts::{Facts, Functions};
use crate::hash::Hash;
use crate::instrument::{Passes, instrument};
use crate::limits::Isolation;
use crate::linked::Linked;
use crate::name;
use crate::wit::Interface;
use std::sync::Arc;
use std::sync::OnceLock;
use wasmtime::{Config, OptLevel};

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
///
/// wasmtime's own compiler is made when something is compiled: a session whose code is in the cache needs none, and
/// making it takes as long as the rest of the engine (`bench/run-first-call`).
pub struct Compiler {
    /// Runs what is compiled.
    runtime: wasmtime::Engine,
    inner: OnceLock<wasmtime::Engine>,
    threads: Threads,
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
        let mut config = config();
        config.enable_compiler(false);
        let runtime = wasmtime::Engine::new(&config).map_err(|e| internal(&e))?;
        let build = build::name(&runtime)?;
        Ok(Self { runtime, inner: OnceLock::new(), threads, build })
    }

    /// wasmtime's compiler, made at its first use.
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

    /// Names what artefacts depend on besides their source: our sources, wasmtime's version and settings, and what
    /// this machine can do. Artefacts of another build must not be loaded.
    pub fn build(&self) -> &str {
        &self.build
    }

    /// What runs what is compiled.
    pub(crate) fn runtime(&self) -> &wasmtime::Engine {
        &self.runtime
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
        let Linked { inspection, merged } = Linked::of(binary, stubs)?;
        inspection.check()?;
        let passes = Passes { isolate: isolation == Isolation::Call, ..Passes::ALL };
        let functions = Functions::new(inspection.functions, Interface::of(binary)?.as_ref())?;
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
        Artefact::new(self, code, facts)
    }
}

/// What wasmtime's compiler and runtime must agree on.
fn config() -> Config {
    let mut config = Config::new();
    config
        .max_wasm_stack(MAX_WASM_STACK)
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
    config
}

fn internal(error: &wasmtime::Error) -> Error {
    Error::Internal(format!("{error:#}"))
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
