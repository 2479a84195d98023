//! The engine: runs modules, and answers the only requests that guests make of the host: more fuel, more memory.
//!
//! It must never be made before a backend has forked, as wasmtime's signal handlers would be lost.

#[cfg(feature = "compiler")]
use crate::compile::compiler::{Compiler, Threads};
use crate::compile::instrument::{GROW, REFILL};
use crate::compile::runtime::{Runtime, internal};
use crate::error::Result;
use crate::limits::{FuelSupply, MemoryBudget, Poll};
use crate::run::host::Host;
use crate::run::trap::Backtrace;
use std::sync::Arc;
use wasmtime::{Caller, Linker, WasmBacktrace};

/// The engine. There is one in a process.
pub struct Engine {
    runtime: Runtime,
    #[cfg(feature = "compiler")]
    compiler: Compiler,
    /// The functions that guests may call: `refill` and `grow` alone. Only instrumentation imports them.
    linker: Linker<Host>,
    poll: Poll,
    supply: FuelSupply,
    backtrace: fn() -> Backtrace,
    budget: Arc<MemoryBudget>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("budget", &self.budget).finish_non_exhaustive()
    }
}

impl Engine {
    /// Creates the engine and installs wasmtime's signal handlers.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal) if this machine cannot run it.
    pub fn new(poll: Poll, budget: Arc<MemoryBudget>) -> Result<Self> {
        let runtime = Runtime::new()?;
        let mut linker = Linker::new(runtime.engine());
        let refill = |mut caller: Caller<'_, Host>, left: i64| {
            if caller.data().samples.is_some() {
                sample(&mut caller, left);
            }
            caller.data_mut().refill(left)
        };
        linker.func_wrap(REFILL.0, REFILL.1, refill).map_err(|e| internal(&e))?;
        let grow = |caller: Caller<'_, Host>, delta: i32| match caller.data().elastic {
            Some(elastic) => elastic.grow(caller, delta as u32),
            None => Ok(-1),
        };
        linker.func_wrap(GROW.0, GROW.1, grow).map_err(|e| internal(&e))?;
        Ok(Self {
            #[cfg(feature = "compiler")]
            compiler: Compiler::new(&runtime, Threads::One),
            runtime,
            linker,
            poll,
            supply: Ok,
            backtrace: Backtrace::default,
            budget,
        })
    }

    /// Sets the supply of fuel, which is endless otherwise.
    #[must_use]
    pub fn supplied_by(self, supply: FuelSupply) -> Self {
        Self { supply, ..self }
    }

    /// Sets the function that says, at each trap, what its backtrace has: lines otherwise.
    #[must_use]
    pub fn traced_by(self, backtrace: fn() -> Backtrace) -> Self {
        Self { backtrace, ..self }
    }

    /// Returns the budget of this backend's memory.
    pub fn budget(&self) -> &Arc<MemoryBudget> {
        &self.budget
    }

    /// Returns the runtime that loads and executes modules.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Returns the compiler of this process.
    #[cfg(feature = "compiler")]
    pub fn compiler(&self) -> &Compiler {
        &self.compiler
    }

    pub(crate) fn linker(&self) -> &Linker<Host> {
        &self.linker
    }

    pub(crate) fn poll(&self) -> Poll {
        self.poll
    }

    pub(crate) fn backtrace(&self) -> fn() -> Backtrace {
        self.backtrace
    }

    pub(crate) fn supply(&self) -> FuelSupply {
        self.supply
    }
}

#[cold]
fn sample(caller: &mut Caller<'_, Host>, left: i64) {
    let trace = WasmBacktrace::force_capture(&*caller);
    let left = caller.data().total(left);
    if let Some(samples) = &mut caller.data_mut().samples {
        samples.take(left, &trace);
    }
}
