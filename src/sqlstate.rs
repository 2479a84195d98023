//! SQLSTATEs that pgrx does not know: those of users. It takes an error for a Rust enum on its way, and would report each
//! of them as XX000.
//!
//! The last one is kept beside the error until that is reported. It must never be given to another error: only one
//! that would be reported as XX000 gets it, and it is forgotten with whatever is reported.

use pgrx::pg_sys::errcodes::PgSqlErrorCode;
use pgrx::pg_sys::{self, ErrorContextCallback};
use std::cell::Cell;
use std::ffi::{c_int, c_void};

// elog.h; pgrx leaves them out of its bindings. For an error that is being reported.
unsafe extern "C-unwind" {
    fn geterrcode() -> c_int;
    fn errcode(code: c_int) -> c_int;
}

thread_local! {
    /// As PostgreSQL packs it.
    static KEPT: Cell<Option<i32>> = const { Cell::new(None) };
}

/// PostgreSQL packs an SQLSTATE six bits a character (`MAKE_SQLSTATE`, elog.h).
fn packed(sqlstate: &str) -> i32 {
    let six = |byte: u8| (i32::from(byte) - i32::from(b'0')) & 0x3f;
    sqlstate.bytes().enumerate().fold(0, |code, (i, byte)| code | six(byte) << (6 * i))
}

/// What pgrx takes it for.
pub fn code(sqlstate: &str) -> PgSqlErrorCode {
    PgSqlErrorCode::from(packed(sqlstate))
}

/// Keeps that of an error that is about to be raised.
pub fn keep(sqlstate: &str) {
    KEPT.set(Some(packed(sqlstate)));
}

/// Runs what may call functions of users, and keeps the SQLSTATE of what they raise.
pub fn keeping<R>(run: impl FnOnce() -> R) -> R {
    struct Restore(*mut ErrorContextCallback);
    impl Drop for Restore {
        fn drop(&mut self) {
            // SAFETY: a backend has one thread.
            unsafe { pg_sys::error_context_stack = self.0 }
        }
    }

    // SAFETY: the callback lives until what it was put on is restored, also where `run` unwinds.
    unsafe {
        let previous = pg_sys::error_context_stack;
        let mut callback = ErrorContextCallback {
            previous,
            callback: Some(keep_reported),
            arg: std::ptr::null_mut(),
        };
        let _restore = Restore(previous);
        pg_sys::error_context_stack = &mut callback;
        let result = run();
        // What was caught there is over.
        KEPT.set(None);
        result
    }
}

/// Called for whatever is reported inside, also what is no error or is caught there: the last one counts.
unsafe extern "C-unwind" fn keep_reported(_: *mut c_void) {
    // SAFETY: called by errfinish.
    KEPT.set(Some(unsafe { geterrcode() }));
}

/// Gives the one that is kept to the error that is being reported, if it is that one's.
///
/// # Safety
/// It must be called by a callback of `error_context_stack`.
pub unsafe fn give_back() {
    const INTERNAL: i32 = PgSqlErrorCode::ERRCODE_INTERNAL_ERROR as i32;
    let Some(kept) = KEPT.take() else { return };
    // SAFETY: the caller's promise.
    unsafe {
        if geterrcode() == INTERNAL && PgSqlErrorCode::from(kept) as i32 == INTERNAL {
            errcode(kept);
        }
    }
}
