//! The engine: wasmtime's configuration, in one place, and the clock that makes guests stoppable.
//!
//! It must never be made before a backend has forked: wasmtime's signal handlers would be lost.

use crate::error::{Error, Result};
use crate::limits::Budget;
use std::sync::Arc;
use wasmtime::{Config, OptLevel};

/// Asked from inside a running guest, every tick: true means stop now.
pub type Poll = fn() -> bool;

/// The most stack a guest may use, in bytes. PostgreSQL keeps 512 KiB in reserve below
/// `max_stack_depth` (`STACK_DEPTH_SLOP`); this and the host's own frames fit in it.
pub const MAX_WASM_STACK: usize = 256 * 1024;

/// One per process.
#[derive(Debug)]
pub struct Engine {
    inner: wasmtime::Engine,
    poll: Poll,
    budget: Arc<Budget>,
}

impl Engine {
    /// Makes the engine and installs wasmtime's signal handlers.
    ///
    /// # Errors
    /// [`Error::Internal`] if this machine cannot run it.
    pub fn new(poll: Poll, budget: Arc<Budget>) -> Result<Self> {
        let mut config = Config::new();
        config
            .consume_fuel(true)
            .epoch_interruption(true)
            .max_wasm_stack(MAX_WASM_STACK)
            .cranelift_opt_level(OptLevel::Speed)
            // Nobody unwinds through guest frames but wasmtime itself, which needs no .eh_frame.
            .native_unwind_info(false)
            .wasm_backtrace_max_frames(Some(crate::guest::BACKTRACE_FRAMES))
            // A copy-on-write image costs a file descriptor a module, and PostgreSQL counts its own.
            .memory_init_cow(false)
            // Deterministic on every CPU, so that IMMUTABLE is true.
            .relaxed_simd_deterministic(true)
            .wasm_custom_page_sizes(false)
            .wasm_memory64(true);
        let inner =
            wasmtime::Engine::new(&config).map_err(|e| Error::Internal(format!("{e:#}")))?;
        Ok(Self { inner, poll, budget })
    }

    /// One tick of the clock: every running guest calls the [`Poll`] function at its next loop or
    /// call. Safe in a signal handler.
    pub fn tick(&self) {
        self.inner.increment_epoch();
    }

    /// The memory of this backend.
    pub fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    pub(crate) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.inner
    }

    pub(crate) fn poll(&self) -> Poll {
        self.poll
    }
}
