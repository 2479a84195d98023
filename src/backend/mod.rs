//! What a backend keeps: the engine, the code of modules, their instances.
//!
//! It must never hold a borrow of any of these while a guest runs or PostgreSQL may raise. What lies below it, such
//! as the allocator and the settings, never imports it, but calls functions that are registered there.

mod command;
pub(crate) mod compiled;
pub(crate) mod compiler_process;
mod execution;
pub(crate) mod group_state;
pub(crate) mod instances;
mod invalidation;
pub(crate) mod modules;
pub(crate) mod prepared;
pub(crate) mod seats;
mod states;

use crate::error::OrRaise;
use crate::{allocator, explain, fuel, interrupt, settings, signals};
pub(crate) use execution::Execution;
pub(crate) use invalidation::{definitions, forget_call_sites, watch_relation};
use pgrx::pg_sys;
use plwasm_engine::{BACKEND, Engine, Error, Hash, Isolation, MemoryBudget};
use std::ffi::c_void;
use std::sync::OnceLock;

static ENGINE: OnceLock<&'static Engine> = OnceLock::new();

/// Returns the engine, which is made at its first use in this backend.
pub(crate) fn engine() -> &'static Engine {
    if let Some(engine) = ENGINE.get() {
        return engine;
    }
    allocator::set_aside(make_room);
    let budget = MemoryBudget::watched(settings::backend_memory(), fuel::count_memory);
    let engine = Engine::new(interrupt::poll, budget);
    let engine: &'static Engine = Box::leak(Box::new(
        engine.or_raise().supplied_by(fuel::draw).traced_by(settings::backtrace),
    ));
    signals::remember();
    invalidation::listen();
    // SAFETY: the callback has the right type, and is registered once per backend.
    unsafe { pg_sys::RegisterXactCallback(Some(transaction_ended), std::ptr::null_mut()) };
    let _ = ENGINE.set(engine);
    engine
}

/// Sets the memory for all instances and code, in bytes.
pub(crate) fn set_memory(bytes: usize) {
    if let Some(engine) = ENGINE.get() {
        engine.budget().set_limit(bytes);
    }
}

/// Makes something, and drops what is idle until there is room for it.
///
/// # Errors
/// The errors of `make`; [`Error::Memory`] and [`Error::Reserve`] only if nothing idle is left.
pub(crate) fn with_room<T>(
    mut make: impl FnMut() -> plwasm_engine::Result<T>,
) -> plwasm_engine::Result<T> {
    loop {
        match make() {
            Err(Error::Memory { what: BACKEND, .. } | Error::Reserve(_)) if make_room() => {}
            made => return made,
        }
    }
}

/// Drops what is idle: instances and prepared values first, then code. Returns whether there was anything.
fn make_room() -> bool {
    let instances = instances::drop_idle();
    let values = prepared::drop_all();
    modules::evict() || instances || values
}

/// An object in the backend's memory for WebAssembly.
pub(crate) struct Use {
    /// What it is: `code`, `instance` or `prepared value`.
    pub object: &'static str,
    /// The hash of its module.
    pub hash: Hash,
    pub isolation: Isolation,
    /// The memory that an instance may use, in bytes; `None` for code.
    pub limit: Option<usize>,
    pub bytes: usize,
}

/// Lists everything in the backend's memory for WebAssembly.
pub(crate) fn uses() -> Vec<Use> {
    modules::forget_stale();
    let mut uses = modules::uses();
    uses.extend(instances::uses());
    uses.extend(prepared::uses());
    uses
}

unsafe extern "C-unwind" fn transaction_ended(event: pg_sys::XactEvent::Type, _: *mut c_void) {
    use pg_sys::XactEvent::{
        XACT_EVENT_ABORT, XACT_EVENT_COMMIT, XACT_EVENT_PARALLEL_ABORT, XACT_EVENT_PARALLEL_COMMIT,
        XACT_EVENT_PREPARE,
    };
    let ended = matches!(
        event,
        XACT_EVENT_ABORT
            | XACT_EVENT_COMMIT
            | XACT_EVENT_PARALLEL_ABORT
            | XACT_EVENT_PARALLEL_COMMIT
            | XACT_EVENT_PREPARE
    );
    // If the process ends while a guest is on the stack, what the guest runs on must not be freed.
    if ended && !interrupt::is_serving() {
        fuel::transaction_ended();
        instances::transaction_ended();
        // Where an error has ended a query that was explained, its workers' numbers are left.
        explain::workers::clear();
    }
}
