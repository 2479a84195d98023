//! Raising: from the engine's error to PostgreSQL's, with SQLSTATE, DETAIL and HINT.
//!
//! It must never be called with a guest on the stack: engine errors are returned, and raised once
//! the guest has unwound.

use crate::{encoding, fuel, interrupt, sqlstate};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{PgLogLevel, pg_sys};
use plwasm_engine::{Error, Report};

/// Raises an engine error as an SQL error.
#[cold]
#[track_caller]
pub fn raise(error: &Error) -> ! {
    if matches!(error.cause(), Error::Interrupted) {
        interrupt::raise_pending();
    }
    sqlstate::keep(error.sqlstate());
    let mut report = report(error.sqlstate(), error.to_string());
    let detail = match error.cause() {
        Error::SharedFuel { scope, used, .. } => Some(fuel::detail(*scope, *used)),
        _ => error.detail(),
    };
    if let Some(detail) = detail {
        report = report.set_detail(encoding::message(&detail));
    }
    if let Some(hint) = error.hint() {
        report = report.set_hint(hint);
    }
    report.report(PgLogLevel::ERROR);
    unreachable!("an error report of level ERROR does not return")
}

/// Raises an error of the SQL side.
#[cold]
#[track_caller]
pub fn raise_sql(sqlstate: &str, message: String, hint: Option<&str>) -> ! {
    raise_with_detail(sqlstate, message, None, hint)
}

/// Raises an error of the SQL side that has a DETAIL.
#[cold]
#[track_caller]
pub fn raise_with_detail(
    sqlstate: &str,
    message: String,
    detail: Option<String>,
    hint: Option<&str>,
) -> ! {
    let mut report = report(sqlstate, message);
    if let Some(detail) = detail {
        report = report.set_detail(encoding::message(&detail));
    }
    if let Some(hint) = hint {
        report = report.set_hint(hint);
    }
    report.report(PgLogLevel::ERROR);
    unreachable!("an error report of level ERROR does not return")
}

#[track_caller]
fn report(sqlstate: &str, message: String) -> ErrorReport {
    ErrorReport::new(sqlstate::code(sqlstate), encoding::message(&message), "plwasm")
}

/// `Result::unwrap` for what must be an SQL error otherwise.
pub trait OrRaise<T> {
    /// The value, or the error raised.
    fn or_raise(self) -> T;
}

impl<T> OrRaise<T> for plwasm_engine::Result<T> {
    #[inline]
    #[track_caller]
    fn or_raise(self) -> T {
        match self {
            Ok(value) => value,
            Err(error) => raise(&error),
        }
    }
}

/// Warns of what every call of a function, whose name comes with it, would end with.
pub fn warn(function: &str, failure: &Report) {
    let mut detail = format!("Every call of {function} would end with this error.");
    if let Some(more) = &failure.detail {
        detail = format!("{detail} {more}");
    }
    let mut warning = report("01000", failure.message.clone());
    warning = warning.set_detail(encoding::message(&detail));
    if let Some(hint) = &failure.hint {
        warning = warning.set_hint(hint);
    }
    warning.report(PgLogLevel::WARNING);
}

/// A line in the server's log.
pub fn log(message: &str) {
    report("00000", message.to_string()).report(PgLogLevel::LOG);
}

/// The SQL name of a type, as in `format_type_be`.
pub fn type_name(oid: pg_sys::Oid) -> String {
    // SAFETY: any OID is allowed; the result is a palloc'd C string.
    encoding::lossy(unsafe { std::ffi::CStr::from_ptr(pg_sys::format_type_be(oid)) }.to_bytes())
}
