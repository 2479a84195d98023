//! SQLSTATEs that pgrx does not know, such as those that users choose. pgrx converts the SQLSTATE of an error that passes
//! through Rust to an enum, and would report each of these as XX000.
//!
//! The last one is kept beside the error until the error is reported. It must never be given to another error: only one
//! that would be reported as XX000 gets it, and it is forgotten when anything is reported.

use pgrx::pg_sys::errcodes::PgSqlErrorCode;
use pgrx::pg_sys::{self, ErrorContextCallback};
use std::cell::Cell;
use std::ffi::{c_int, c_void};

// elog.h; pgrx leaves them out of its bindings. They are for an error that is being reported.
unsafe extern "C-unwind" {
    fn geterrcode() -> c_int;
    fn errcode(code: c_int) -> c_int;
}

thread_local! {
    /// The SQLSTATE that is kept, as PostgreSQL packs it.
    static KEPT: Cell<Option<i32>> = const { Cell::new(None) };
}

/// Packs an SQLSTATE as PostgreSQL does, six bits a character (`MAKE_SQLSTATE`, elog.h).
fn packed(sqlstate: &str) -> i32 {
    let six = |byte: u8| (i32::from(byte) - i32::from(b'0')) & 0x3f;
    sqlstate.bytes().enumerate().fold(0, |code, (i, byte)| code | six(byte) << (6 * i))
}

/// Returns what pgrx makes of an SQLSTATE.
pub(crate) fn code(sqlstate: &str) -> PgSqlErrorCode {
    PgSqlErrorCode::from(packed(sqlstate))
}

/// Keeps the SQLSTATE of an error that is about to be raised.
pub(crate) fn keep(sqlstate: &str) {
    KEPT.set(Some(packed(sqlstate)));
}

/// Runs something that may call users' functions, and keeps the SQLSTATE of the error that they raise.
pub(crate) fn keeping<R>(run: impl FnOnce() -> R) -> R {
    struct Restore(*mut ErrorContextCallback);
    impl Drop for Restore {
        fn drop(&mut self) {
            // SAFETY: a backend has one thread.
            unsafe { pg_sys::error_context_stack = self.0 }
        }
    }

    // SAFETY: the callback lives until the stack without it is restored, which also happens if `run` unwinds.
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
        // `run` has caught every error that was raised in it.
        KEPT.set(None);
        result
    }
}

/// Called for everything that is reported in `run`, including warnings and errors that are caught there: the last one
/// counts.
unsafe extern "C-unwind" fn keep_reported(_: *mut c_void) {
    // SAFETY: called by errfinish.
    KEPT.set(Some(unsafe { geterrcode() }));
}

/// Gives the SQLSTATE that is kept to the error that is being reported, if it belongs to it.
///
/// # Safety
/// It must be called from a callback of `error_context_stack`.
pub(crate) unsafe fn give_back() {
    const INTERNAL: i32 = PgSqlErrorCode::ERRCODE_INTERNAL_ERROR as i32;
    let Some(kept) = KEPT.take() else { return };
    // SAFETY: the caller's promise.
    unsafe {
        if geterrcode() == INTERNAL && PgSqlErrorCode::from(kept) as i32 == INTERNAL {
            errcode(kept);
        }
    }
}
