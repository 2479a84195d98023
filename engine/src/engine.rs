//! The engine: wasmtime's configuration, in one place, and what guests ask the host for: more fuel.
//!
//! It must never be made before a backend has forked: wasmtime's signal handlers would be lost.

use crate::error::{Error, Result};
use crate::host::Host;
use crate::instrument::{GROW, REFILL};
use crate::limits::Budget;
use std::sync::Arc;
use wasmtime::{Caller, Config, Linker, OptLevel};

/// Asked from inside a running guest that has used up its slice of fuel: true means stop now.
pub type Poll = fn() -> bool;

/// Asked then for the next slice: how many units there are, at least one and no more than so many, or why there are
/// none. What it gives and never hears of again was used.
pub type Supply = fn(most: u64) -> Result<u64>;

/// The most stack a guest may use, in bytes. PostgreSQL keeps 512 KiB in reserve below
/// `max_stack_depth` (`STACK_DEPTH_SLOP`); this and the host's own frames fit in it.
pub const MAX_WASM_STACK: usize = 256 * 1024;

/// One per process.
pub struct Engine {
    inner: wasmtime::Engine,
    /// What guests may call: `refill` and `grow` alone, and only instrumentation names them.
    linker: Linker<Host>,
    poll: Poll,
    supply: Supply,
    budget: Arc<Budget>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("budget", &self.budget).finish_non_exhaustive()
    }
}

impl Engine {
    /// Makes the engine and installs wasmtime's signal handlers.
    ///
    /// # Errors
    /// [`Error::Internal`] if this machine cannot run it.
    pub fn new(poll: Poll, budget: Arc<Budget>) -> Result<Self> {
        let mut config = Config::new();
        config
            .max_wasm_stack(MAX_WASM_STACK)
            .cranelift_opt_level(OptLevel::Speed)
            // Nobody unwinds through guest frames but wasmtime itself, which needs no .eh_frame.
            .native_unwind_info(false)
            .wasm_backtrace_max_frames(Some(crate::trap::BACKTRACE_FRAMES))
            // The added checks are hinted to be unlikely.
            .wasm_branch_hinting(true)
            // A copy-on-write image costs a file descriptor a module, and PostgreSQL counts its own.
            .memory_init_cow(false)
            // Deterministic on every CPU, so that IMMUTABLE is true.
            .relaxed_simd_deterministic(true)
            .wasm_custom_page_sizes(false)
            .wasm_memory64(true);
        let internal = |e: wasmtime::Error| Error::Internal(format!("{e:#}"));
        let inner = wasmtime::Engine::new(&config).map_err(internal)?;
        let mut linker = Linker::new(&inner);
        let refill = |mut caller: Caller<'_, Host>, left: i64| caller.data_mut().refill(left);
        linker.func_wrap(REFILL.0, REFILL.1, refill).map_err(internal)?;
        let grow = |caller: Caller<'_, Host>, delta: i32| match caller.data().elastic {
            Some(elastic) => elastic.grow(caller, delta as u32),
            None => Ok(-1),
        };
        linker.func_wrap(GROW.0, GROW.1, grow).map_err(internal)?;
        Ok(Self { inner, linker, poll, supply: Ok, budget })
    }

    /// With a supply of fuel that is not endless.
    #[must_use]
    pub fn supplied_by(self, supply: Supply) -> Self {
        Self { supply, ..self }
    }

    /// The memory of this backend.
    pub fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    pub(crate) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.inner
    }

    pub(crate) fn linker(&self) -> &Linker<Host> {
        &self.linker
    }

    pub(crate) fn poll(&self) -> Poll {
        self.poll
    }

    pub(crate) fn supply(&self) -> Supply {
        self.supply
    }
}
