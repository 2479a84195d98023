//! Interrupts: how cancel, timeouts, terminate, recovery conflicts and barriers reach a backend
//! that is inside a guest.
//!
//! A one-shot timer of PostgreSQL's own, armed when a guest is entered and no earlier one is
//! pending, ticks the engine's clock; the guest then asks [`poll`], which serves
//! `InterruptPending` as `CHECK_FOR_INTERRUPTS` does. So an idle backend has no timer, a busy one
//! a `setitimer` every [`TICK_MS`]. No signal handler is replaced, no thread started.

use pgrx::PgTryBuilder;
use pgrx::pg_sys;
use pgrx::pg_sys::panic::CaughtError;
use plwasm_engine::Engine;
use std::cell::Cell;
use std::ffi::c_int;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, Ordering::Relaxed};

/// Milliseconds between an interrupt's arrival and its service, at most.
const TICK_MS: c_int = 10;

/// `USER_TIMEOUT` of utils/timeout.h, which pgrx does not bind. 17 added TRANSACTION_TIMEOUT.
#[cfg(any(feature = "pg15", feature = "pg16"))]
const USER_TIMEOUT: c_int = 12;
#[cfg(any(feature = "pg17", feature = "pg18"))]
const USER_TIMEOUT: c_int = 13;

// utils/timeout.h. None of them raises once the timer is registered, so none needs pgrx's guard,
// which costs more than a call of an empty guest.
unsafe extern "C-unwind" {
    fn RegisterTimeout(id: c_int, handler: unsafe extern "C-unwind" fn()) -> c_int;
    fn enable_timeout_after(id: c_int, delay_ms: c_int);
    fn get_timeout_active(id: c_int) -> bool;
}

static TIMER: AtomicI32 = AtomicI32::new(-1);
static ENGINE: AtomicPtr<Engine> = AtomicPtr::new(ptr::null_mut());
/// Whether the timer is pending, as far as we know.
static ARMED: AtomicBool = AtomicBool::new(false);
static SERVING: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// What serving an interrupt raised, kept until the guest has unwound.
    static RAISED: Cell<Option<CaughtError>> = const { Cell::new(None) };
}

/// Registers the timer; once per backend, after the engine was made.
pub fn init(engine: &'static Engine) {
    ENGINE.store(ptr::from_ref(engine).cast_mut(), Relaxed);
    // SAFETY: backends initialise timeouts before they run queries; the handler is signal-safe.
    // RegisterTimeout raises FATAL if all ten user timeouts are taken, before any guest runs.
    TIMER.store(unsafe { RegisterTimeout(USER_TIMEOUT, tick) }, Relaxed);
}

/// Sees to it that a tick will come. Called before each call of a guest.
#[inline]
pub fn arm() {
    if !ARMED.load(Relaxed) {
        rearm();
    }
}

/// As [`arm`], without trusting what we remember: PostgreSQL's error recovery disarms all timers.
/// Called when a statement first gets a guest.
#[cold]
#[inline(never)]
pub fn rearm() {
    crate::signals::restore();
    // Before the timer: a tick that comes at once must not be forgotten.
    ARMED.store(true, Relaxed);
    let timer = TIMER.load(Relaxed);
    // SAFETY: `timer` is registered.
    unsafe {
        if !get_timeout_active(timer) {
            enable_timeout_after(timer, TICK_MS);
        }
    }
}

/// The timer's handler. Runs in a signal handler: an atomic store and an atomic addition.
unsafe extern "C-unwind" fn tick() {
    ARMED.store(false, Relaxed);
    // SAFETY: set before the timer was registered, never freed.
    if let Some(engine) = unsafe { ENGINE.load(Relaxed).as_ref() } {
        engine.tick();
    }
}

/// Asked by a running guest after each tick: whether it must stop.
///
/// It must never let an error or a panic pass into the guest's frames.
pub fn poll() -> bool {
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
        if raised.is_some() {
            RAISED.set(raised);
            return true;
        }
    }
    rearm();
    false
}

/// Whether an interrupt is being served, which means that a guest is on the stack.
///
/// `ProcessInterrupts` can end the process from there, and its exit callbacks abort the
/// transaction: what the guest runs on must not be freed then.
pub fn is_serving() -> bool {
    SERVING.load(Relaxed)
}

/// Raises what [`poll`] caught.
#[cold]
pub fn raise_pending() -> ! {
    match RAISED.take() {
        Some(raised) => raised.rethrow(),
        None => crate::error::raise_sql("57014", "canceling WebAssembly function".into(), None),
    }
}
