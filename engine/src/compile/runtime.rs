//! The runtime: wasmtime without its compiler, and the configuration in which both must agree.
//!
//! It must never need the compiler: making one takes as long as the rest of the engine (`bench/run-first-call`).

use crate::compile::build;
use crate::compile::code::Protect;
use crate::error::{Error, Result};
use crate::name;
use std::num::NonZeroUsize;
use std::sync::Arc;
use wasmparser::WasmFeatures;
use wasmtime::Config;

/// The most stack a guest may use, in bytes. PostgreSQL keeps 512 KiB in reserve below
/// `max_stack_depth` (`STACK_DEPTH_SLOP`); this and the host's own frames fit in it.
const MAX_WASM_STACK: usize = 256 * 1024;

/// The most frames in a backtrace: a stack overflow has thousands.
pub(crate) const BACKTRACE_FRAMES: NonZeroUsize = NonZeroUsize::new(20).expect("20 is not 0");

/// Loads and executes compiled code.
#[derive(Clone)]
pub struct Runtime {
    engine: wasmtime::Engine,
    build: Arc<str>,
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").field("build", &self.build).finish_non_exhaustive()
    }
}

impl Runtime {
    /// Makes the runtime of this machine.
    ///
    /// # Errors
    /// [`Error::Internal`] if wasmtime cannot compile for this machine.
    pub fn new() -> Result<Self> {
        #[allow(unused_mut)] // it is changed where wasmtime has its compiler
        let mut config = config();
        #[cfg(feature = "compiler")]
        config.enable_compiler(false);
        let engine = wasmtime::Engine::new(&config).map_err(|e| internal(&e))?;
        let build = build::name()?.into();
        Ok(Self { engine, build })
    }

    /// Returns the name of all that artefacts depend on besides their source: our sources, wasmtime's version and
    /// settings, and what this machine's CPU can do. Artefacts of another build must not be loaded.
    pub fn build(&self) -> &Arc<str> {
        &self.build
    }

    pub(crate) fn engine(&self) -> &wasmtime::Engine {
        &self.engine
    }
}

/// Returns the configuration in which wasmtime's compiler and runtime must agree.
pub(crate) fn config() -> Config {
    let mut config = Config::new();
    config
        .max_wasm_stack(MAX_WASM_STACK)
        // Only wasmtime unwinds through guest frames, and it needs no .eh_frame.
        .native_unwind_info(false)
        .wasm_backtrace_max_frames(Some(BACKTRACE_FRAMES))
        // Branch hints say that the added checks are unlikely.
        .wasm_branch_hinting(true)
        // A copy-on-write image costs a file descriptor for each module, and PostgreSQL counts its own.
        .memory_init_cow(false)
        .with_custom_code_memory(Some(Arc::new(Protect)))
        // This is deterministic on every CPU, so that IMMUTABLE is true.
        .relaxed_simd_deterministic(true)
        .wasm_custom_page_sizes(false)
        .wasm_memory64(true)
        // Code says what wasmtime supported when it was compiled. Only some builds of wasmtime support components.
        .wasm_features(WasmFeatures::COMPONENT_MODEL, false);
    config
}

pub(crate) fn internal(error: &wasmtime::Error) -> Error {
    Error::Internal(format!("{error:#}"))
}

/// Converts an error of compiling or loading code.
#[cold]
pub(crate) fn code_error(error: &wasmtime::Error) -> Error {
    let message = name::paragraph(&format!("{error:#}"));
    // wasmtime does not expose the type in which it wraps an errno.
    match message.contains("os error") || message.contains("memory executable") {
        true => Error::Reserve(message),
        false => Error::Invalid(message),
    }
}
