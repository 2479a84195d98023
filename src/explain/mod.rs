//! EXPLAIN ANALYZE with the calls of functions: `EXPLAIN (ANALYZE, WASM)` from PostgreSQL 18 on, and `plwasm.explain = on`
//! everywhere.
//!
//! Where a plan is explained, each place in it that calls a function has an account of its own ([`crate::fuel`]), so that a
//! call costs what it costs otherwise.
//!
//! | file | noun |
//! |---|---|
//! | `node.rs` | a node of a plan: the expressions in it, and what was counted for them |
//! | `workers.rs` | what parallel workers have counted |
//! | `output.rs` | how it is shown |
//! | `per_node.rs` | the option, and the hooks of PostgreSQL 18 and later, which show it in each node |
//! | `below.rs` | the hook of PostgreSQL 15 to 17, which shows it below the plan |
//!
//! It must never change how a query runs.

#[cfg(any(feature = "pg15", feature = "pg16", feature = "pg17"))]
mod below;
mod node;
mod output;
#[cfg(not(any(feature = "pg15", feature = "pg16", feature = "pg17")))]
mod per_node;
pub(crate) mod workers;

#[cfg(any(feature = "pg15", feature = "pg16", feature = "pg17"))]
use below as shown;
#[cfg(not(any(feature = "pg15", feature = "pg16", feature = "pg17")))]
use per_node as shown;

use crate::settings;
use pgrx::pg_sys;

/// The hook of a library that was loaded before.
static mut ENDED_BEFORE: pg_sys::ExecutorEnd_hook_type = None;

/// Sets the hooks. To be called once, when the library is loaded.
pub(crate) fn init() {
    // SAFETY: the process has one thread.
    unsafe {
        ENDED_BEFORE = pg_sys::ExecutorEnd_hook;
        pg_sys::ExecutorEnd_hook = Some(ended);
        shown::init();
    }
}

/// Takes what was counted, while the plan is still there: in a worker for its leader.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn ended(query: *mut pg_sys::QueryDesc) {
    // SAFETY: PostgreSQL passes a query that was started.
    unsafe {
        let is_explained = settings::explains() && !(*query).planstate.is_null();
        let is_worker = pg_sys::ParallelWorkerNumber >= 0;
        if is_explained && is_worker {
            node::report((*query).planstate);
        }
        #[cfg(any(feature = "pg15", feature = "pg16", feature = "pg17"))]
        if is_explained && !is_worker {
            below::ended(query);
        }
        match ENDED_BEFORE {
            Some(before) => before(query),
            None => pg_sys::standard_ExecutorEnd(query),
        }
        // auto_explain, which may have been called just now, shows the workers' numbers, too.
        if is_explained && !is_worker {
            workers::clear();
        }
    }
}
