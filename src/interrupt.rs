//! Interrupts: how cancel, timeouts, terminate, recovery conflicts and barriers reach a backend
//! that is inside a guest.
//!
//! PostgreSQL's signal handlers set `InterruptPending`. A guest asks [`poll`] each time a slice of its
//! fuel is used up, and that serves the flag as `CHECK_FOR_INTERRUPTS` does. No timer is needed, no
//! signal handler is replaced, no thread started.

use crate::{allocator, error, signals};
use pgrx::PgTryBuilder;
use pgrx::pg_sys;
use pgrx::pg_sys::panic::CaughtError;
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

static SERVING: AtomicBool = AtomicBool::new(false);

/// Whether [`poll`] stopped a guest for lack of memory.
static SHORT: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// The error of serving an interrupt, kept until the guest has unwound.
    static RAISED: Cell<Option<CaughtError>> = const { Cell::new(None) };
}

/// Serves what is pending, and returns whether a running guest must stop. Called between two slices of its fuel.
///
/// It must never let an error or a panic pass into the guest's frames.
pub(crate) fn poll() -> bool {
    // An error of the guest's, which cannot be raised here.
    if allocator::is_short() {
        SHORT.store(true, Relaxed);
        return true;
    }
    // SAFETY: plain reads of PostgreSQL's flags, as in CHECK_FOR_INTERRUPTS.
    let serve = unsafe {
        pg_sys::InterruptPending != 0
            && pg_sys::InterruptHoldoffCount == 0
            && pg_sys::CritSectionCount == 0
    };
    if serve {
        SERVING.store(true, Relaxed);
        let raised = PgTryBuilder::new(|| {
            // SAFETY: outside any critical section; an error is caught below.
            unsafe { pg_sys::ProcessInterrupts() };
            None
        })
        .catch_others(Some)
        .catch_rust_panic(Some)
        .execute();
        SERVING.store(false, Relaxed);
        // Serving may have run anything.
        signals::restore();
        if raised.is_some() {
            RAISED.set(raised);
            return true;
        }
    }
    false
}

/// Returns whether an interrupt is being served, which means that a guest is on the stack.
///
/// `ProcessInterrupts` can end the process from there, and its exit callbacks abort the
/// transaction: what the guest runs on must not be freed then.
pub(crate) fn is_serving() -> bool {
    SERVING.load(Relaxed)
}

/// Raises the error that [`poll`] has caught.
#[cold]
pub(crate) fn raise_pending() -> ! {
    match RAISED.take() {
        // It is no longer on PostgreSQL's stack of errors.
        Some(raised) => error::anew(raised).rethrow(),
        None if SHORT.swap(false, Relaxed) => allocator::raise(),
        None => error::raise_sql("57014", "canceling WebAssembly function".into(), None),
    }
}

/// Serves what is pending where no guest is on the stack: `CHECK_FOR_INTERRUPTS`.
#[inline]
pub(crate) fn check() {
    // SAFETY: a plain read of PostgreSQL's flag, and what serves it.
    unsafe {
        if pg_sys::InterruptPending != 0 {
            pg_sys::ProcessInterrupts();
        }
    }
}
