//! Raising: converts the engine's errors to PostgreSQL's, with SQLSTATE, DETAIL and HINT. Remedies are put into words
//! here, with the names of settings.
//!
//! This must never be called with a guest on the stack: engine errors are returned, and raised once the guest has
//! unwound.

use crate::statistics::counts::Event;
use crate::{encoding, fuel, interrupt, replay, sqlstate};
use pgrx::pg_sys::panic::{CaughtError, ErrorReport};
use pgrx::{PgLogLevel, pg_sys};
use plwasm_engine::{Error, ErrorData, Remedy, Scope};
use std::borrow::Cow;

/// Raises an engine error as an SQL error.
#[cold]
#[track_caller]
pub(crate) fn raise(error: &Error) -> ! {
    if let Some(event) = event(error.cause()) {
        fuel::count(event);
    }
    replay::raised(error);
    if matches!(error.cause(), Error::Interrupted) {
        interrupt::raise_pending();
    }
    sqlstate::keep(error.sqlstate());
    let detail = match error.cause() {
        Error::SharedFuel { scope, used, .. } => {
            error.with_messages(Some(fuel::detail(*scope, *used)))
        }
        _ => error.detail(),
    };
    let hint = error.remedy().map(hint);
    throw(report(error.sqlstate(), &error.to_string(), detail.as_deref(), hint.as_deref()))
}

/// Returns the event as which an error of a call is counted. Errors that come before any call are not counted.
fn event(error: &Error) -> Option<Event> {
    match error {
        Error::Interrupted => Some(Event::Canceled),
        Error::Fuel { .. } | Error::SharedFuel { .. } => Some(Event::OutOfFuel),
        Error::Trap { .. } | Error::Panic { .. } | Error::StubCalled { .. } => Some(Event::Trapped),
        Error::Guest { .. } => Some(Event::Raised),
        Error::Memory { .. } | Error::Reserve(_) | Error::ResultLimit { .. } => {
            Some(Event::OutOfMemory)
        }
        Error::Abi(_) | Error::ResultSize(_) | Error::SqlState(_) | Error::NulByte => {
            Some(Event::BadResult)
        }
        _ => None,
    }
}

/// Raises an error of the SQL side.
#[cold]
#[track_caller]
pub(crate) fn raise_sql(sqlstate: &str, message: String, hint: Option<&str>) -> ! {
    raise_with_detail(sqlstate, message, None, hint)
}

/// Raises an error of the SQL side that has a DETAIL.
#[cold]
#[track_caller]
pub(crate) fn raise_with_detail(
    sqlstate: &str,
    message: String,
    detail: Option<String>,
    hint: Option<&str>,
) -> ! {
    throw(report(sqlstate, &message, detail.as_deref(), hint))
}

/// Turns an error that PostgreSQL has raised into one that is reported anew where it is thrown, with the CONTEXT of that place.
/// pgrx would throw the first one again, with the CONTEXT that it has. It is taken off PostgreSQL's stack of errors.
pub(crate) fn anew(caught: CaughtError) -> CaughtError {
    match caught {
        CaughtError::PostgresError(report) => {
            // SAFETY: nothing refers to the errors on that stack.
            unsafe { pg_sys::FlushErrorState() };
            CaughtError::ErrorReport(report)
        }
        other => other,
    }
}

fn throw(report: ErrorReport) -> ! {
    report.report(PgLogLevel::ERROR);
    unreachable!("an error report of level ERROR does not return")
}

/// Makes a report in the server's encoding. It has the place in our source from which this was called.
#[track_caller]
fn report(sqlstate: &str, message: &str, detail: Option<&str>, hint: Option<&str>) -> ErrorReport {
    let mut report =
        ErrorReport::new(sqlstate::code(sqlstate), encoding::message(message), "plwasm");
    if let Some(detail) = detail {
        report = report.set_detail(encoding::message(detail));
    }
    if let Some(hint) = hint {
        report = report.set_hint(encoding::message(hint));
    }
    report
}

/// Puts a remedy into words, as a HINT.
fn hint(remedy: Remedy) -> Cow<'static, str> {
    Cow::Borrowed(match remedy {
        Remedy::RaiseFuel => {
            "Raise plwasm.fuel (up to plwasm.max_fuel), or fuel= in the function's body."
        }
        Remedy::RaiseSharedFuel { scope: Scope::Statement, is_ceiling: false } => {
            "Raise plwasm.statement_fuel (up to plwasm.max_statement_fuel)."
        }
        Remedy::RaiseSharedFuel { scope: Scope::Statement, is_ceiling: true } => {
            "Ask a superuser to raise plwasm.max_statement_fuel."
        }
        Remedy::RaiseSharedFuel { scope: Scope::Transaction, is_ceiling: false } => {
            "Raise plwasm.transaction_fuel (up to plwasm.max_transaction_fuel)."
        }
        Remedy::RaiseSharedFuel { scope: Scope::Transaction, is_ceiling: true } => {
            "Ask a superuser to raise plwasm.max_transaction_fuel."
        }
        Remedy::RaiseMemory => {
            "Raise plwasm.memory (up to plwasm.max_memory), or memory= in the function's body."
        }
        Remedy::RaiseBackendMemory => "Ask a superuser to raise plwasm.backend_memory.",
        Remedy::RaiseResultSize => "Ask a superuser to raise plwasm.max_result_size.",
        Remedy::RaiseModuleSize => {
            "Strip debug information and optimize for size, or ask a superuser to raise \
             plwasm.max_module_size."
        }
        Remedy::RaiseCompilerMemory => "Ask a superuser to raise plwasm.compiler_memory.",
        Remedy::RaiseCompilerTime => "Ask a superuser to raise plwasm.compiler_time.",
        Remedy::InstallCompiler => {
            "Install the command plwasm with the package of the extension or \"make install\", or set \
             plwasm.compiler to its path. After an upgrade connect anew, or restart the server if it has loaded \
             the library."
        }
        Remedy::AllowWasi => {
            "Functions have no access to the outside. Build for a target without WASI \
             (wasm32-unknown-unknown, wasm32-freestanding), run \"plwasm adapt --wasi inert\", or ask a superuser \
             to set plwasm.wasi to inert, a WASI with nothing in it."
        }
        Remedy::NameExport => {
            "Name the export in the body: module#export, or AS with an export of the function's own name."
        }
        Remedy::NameInterface => {
            "Name the export with its interface in the body: module#ns:package/interface#export."
        }
        Remedy::ListExports => {
            "wasm.exports() shows the export with the CREATE FUNCTION that fits it."
        }
        Remedy::Advice(text) => return text,
    })
}

/// A method like `Result::unwrap`, with an SQL error in place of a panic.
pub(crate) trait OrRaise<T> {
    /// Returns the value, or raises the error.
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

/// Warns of the error with which every call of a function would fail. `function` describes the function.
pub(crate) fn warn(function: &str, error: &ErrorData) {
    let mut detail = format!("Every call of {function} would end with this error.");
    if let Some(more) = &error.detail {
        detail = format!("{detail} {more}");
    }
    let hint = error.remedy.clone().map(hint);
    report("01000", &error.message, Some(&detail), hint.as_deref()).report(PgLogLevel::WARNING);
}

/// Raises a message of a guest.
pub(crate) fn message(level: PgLogLevel, text: &str) {
    let sqlstate = if level == PgLogLevel::WARNING { "01000" } else { "00000" };
    report(sqlstate, text, None, None).report(level);
}

/// Writes a line to the server's log.
pub(crate) fn log(message: &str) {
    report("00000", message, None, None).report(PgLogLevel::LOG);
}

/// Returns the SQL name of a type, as `format_type_be` does.
pub(crate) fn type_name(oid: pg_sys::Oid) -> String {
    // SAFETY: any OID is allowed. The result is a palloc'd C string.
    encoding::lossy(unsafe { std::ffi::CStr::from_ptr(pg_sys::format_type_be(oid)) }.to_bytes())
}
