//! Replays: the line of the server's log from which `plwasm replay` makes a call again.
//!
//! Whatever goes wrong here must never be raised: it would hide the error of the call. No code of users runs. Only a client whose
//! session is a superuser's may see a line, as its arguments can be those of others.

use crate::settings;
use pgrx::pg_sys::panic::{CaughtError, ErrorReportWithLevel};
use pgrx::{PgTryBuilder, pg_sys};
use plwasm_engine::replay::REFUSAL;
use plwasm_engine::{BACKEND, Error};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString};
use std::panic::AssertUnwindSafe;

/// The error with which a call ended.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub sqlstate: String,
    pub message: String,
    /// Whether it is known how much fuel the call used.
    pub has_fuel: bool,
    /// Why the call cannot be made again.
    pub refusal: Option<&'static str>,
    /// Whether PostgreSQL raised it.
    pub is_postgres: bool,
}

thread_local! {
    /// The last error of the engine that was raised.
    static RAISED: RefCell<Option<Failure>> = const { RefCell::new(None) };

    /// The level of lines.
    static LEVEL: Cell<u32> = const { Cell::new(pg_sys::LOG_SERVER_ONLY) };
}

/// Remembers an error of the engine that is about to be raised, if calls are logged.
pub(crate) fn raised(error: &Error) {
    let cause = error.cause();
    if !settings::logs_replays() || matches!(cause, Error::Interrupted) {
        return;
    }
    let refusal = match cause {
        Error::SharedFuel { .. } => Some("its fuel was that of a statement or transaction"),
        Error::ResultLimit { .. } => Some("its result is larger than plwasm.max_result_size"),
        Error::Memory { what: BACKEND, .. } | Error::Reserve(_) => {
            Some("the server process had no more memory")
        }
        Error::Compilation(_) | Error::NoCompiler { .. } => {
            Some("the server's compiler process has failed")
        }
        _ => None,
    };
    // A trap does not say how much fuel the call had left. A call that ran out of fuel has used its limit, which the line has.
    let has_fuel = !matches!(
        cause,
        Error::Trap { .. } | Error::Panic { .. } | Error::StubCalled { .. } | Error::Fuel { .. }
    );
    let has_fuel = has_fuel && !matches!(error, Error::Initialization { .. } | Error::Compiler(_));
    let (sqlstate, message) = (error.sqlstate().to_string(), error.to_string());
    let failure = Failure { sqlstate, message, has_fuel, refusal, is_postgres: false };
    RAISED.set(Some(failure));
}

/// Begins a call that may be logged: forgets the error of another one, and finds out whether the client may see the line, for
/// which catalogs may have to be read.
pub(crate) fn begin() {
    RAISED.set(None);
    // SAFETY: the role may be any.
    let is_superuser = unsafe { pg_sys::superuser_arg(pg_sys::GetSessionUserId()) };
    LEVEL.set(if is_superuser { pg_sys::LOG } else { pg_sys::LOG_SERVER_ONLY });
}

/// Returns the error with which a call has unwound. Returns `None` if it has nothing to do with what was called: somebody
/// canceled it, the server shuts down, or there is a fault in this library.
pub(crate) fn failure(payload: &(dyn Any + Send)) -> Option<Failure> {
    if payload.is::<ErrorReportWithLevel>()
        && let Some(raised) = RAISED.take()
    {
        return Some(raised);
    }
    let report = match payload.downcast_ref::<CaughtError>() {
        Some(CaughtError::PostgresError(report) | CaughtError::ErrorReport(report)) => report,
        Some(CaughtError::RustPanic { .. }) => return None,
        None => payload.downcast_ref::<ErrorReportWithLevel>()?,
    };
    // SAFETY: returns a C string, which is copied.
    let sqlstate = unsafe {
        CStr::from_ptr(pg_sys::unpack_sql_state(report.sql_error_code() as i32)).to_string_lossy()
    };
    let sqlstate = sqlstate.into_owned();
    // Rollbacks, resources, operators, the system, faults.
    let is_of_server = ["40", "53", "57", "58", "XX"].iter().any(|it| sqlstate.starts_with(it));
    (!is_of_server).then(|| Failure {
        sqlstate,
        message: crate::encoding::lossy(report.message().as_bytes()),
        has_fuel: true,
        refusal: None,
        is_postgres: true,
    })
}

/// Writes the line that `make` returns to the server's log.
pub(crate) fn log(make: impl FnOnce() -> String) {
    // SAFETY: errors of PostgreSQL are caught.
    if !quietly(|| unsafe { write(make()) }) {
        // SAFETY: as above.
        quietly(|| unsafe { write(format!("{REFUSAL} a call: writing its line has failed")) });
    }
}

/// Does something that may fail, and returns whether it was possible.
pub(crate) fn quietly(run: impl FnOnce()) -> bool {
    // SAFETY: plain variables of the backend's, which has one thread; the context is deleted when nothing refers to it.
    unsafe {
        let interrupts = pg_sys::InterruptHoldoffCount;
        let callbacks = pg_sys::error_context_stack;
        let before = pg_sys::CurrentMemoryContext;
        // An interrupt that is served here would be lost with what is caught here. The callbacks may read catalogs.
        pg_sys::InterruptHoldoffCount += 1;
        pg_sys::error_context_stack = std::ptr::null_mut();
        let memory = pg_sys::AllocSetContextCreateInternal(
            before,
            c"PL/Wasm replay".as_ptr(),
            pg_sys::ALLOCSET_DEFAULT_MINSIZE as usize,
            pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
            pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
        );
        pg_sys::MemoryContextSwitchTo(memory);
        let done = PgTryBuilder::new(AssertUnwindSafe(|| {
            run();
            true
        }))
        .catch_others(|_| false)
        .catch_rust_panic(|_| false)
        .execute();
        pg_sys::MemoryContextSwitchTo(before);
        pg_sys::MemoryContextDelete(memory);
        pg_sys::error_context_stack = callbacks;
        // An error has reset it.
        pg_sys::InterruptHoldoffCount = interrupts;
        done
    }
}

/// Writes a line to the server's log, without the statement, which can have many lines.
///
/// # Safety
/// It must be called where errors of PostgreSQL are caught.
unsafe fn write(line: String) {
    let line = CString::new(line).unwrap_or_default();
    // elog.h; pgrx leaves them out of its bindings.
    unsafe extern "C-unwind" {
        fn errstart(level: i32, domain: *const std::ffi::c_char) -> bool;
        fn errfinish(file: *const std::ffi::c_char, line: i32, function: *const std::ffi::c_char);
    }
    // SAFETY: the caller's promise; these are C strings, which are copied.
    unsafe {
        pg_sys::ffi::pg_guard_ffi_boundary(|| {
            if errstart(LEVEL.get() as i32, std::ptr::null()) {
                pg_sys::errmsg_internal(c"%s".as_ptr(), line.as_ptr());
                pg_sys::errhidestmt(true);
                pg_sys::errhidecontext(true);
                errfinish(c"replay.rs".as_ptr(), 0, c"plwasm".as_ptr());
            }
        });
    }
}
