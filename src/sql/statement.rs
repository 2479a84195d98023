//! Runs statements of ours by SPI, as the calling role.
//!
//! They must qualify every name with its schema: they run under whatever search_path the caller has.

use crate::{encoding, error};
use pgrx::pg_sys;
use pgrx::prelude::*;
use plwasm_engine::suggestion::Dialect;
use std::ffi::{CStr, CString};

/// The SQL dialect of this server.
pub(super) const DIALECT: Dialect = Dialect {
    identifier,
    // Characters that the server's encoding lacks are escaped.
    comment: encoding::message,
    poll: crate::interrupt::check,
};

/// Runs a statement that returns nothing.
pub(super) fn run(statement: &CStr) {
    Spi::connect_mut(|_| execute(statement));
}

/// Returns the first column of a query's first row, or None if it is NULL or there is no row.
pub(super) fn value(query: &str) -> Option<String> {
    let query = server(query);
    Spi::connect_mut(|_| {
        execute(&query);
        // SAFETY: SPI is connected, and a query leaves a table, which may be empty.
        unsafe {
            let table = pg_sys::SPI_tuptable.as_ref().filter(|table| table.numvals > 0)?;
            let value = pg_sys::SPI_getvalue(*table.vals, table.tupdesc, 1);
            if value.is_null() {
                return None;
            }
            let text = encoding::to_guest(CStr::from_ptr(value).to_bytes());
            Some(String::from_utf8_lossy(text).into_owned())
        }
    })
}

fn execute(statement: &CStr) {
    // The CONTEXT of its errors would be the whole statement, in which there may be a module.
    let execute = || {
        // SAFETY: SPI is connected, and the statement is a C string; errors are raised.
        unsafe { pg_sys::SPI_execute(statement.as_ptr(), false, 0) }
    };
    let code =
        PgTryBuilder::new(execute).catch_others(|error| error::anew(error).rethrow()).execute();
    if code < 0 {
        error::raise_sql("XX000", format!("SPI_execute failed: {code}"), None);
    }
}

/// Returns UTF-8 text in the server's encoding. Raises 22P05 if that is impossible.
pub(super) fn server(text: &str) -> CString {
    // No name and no type contains a NUL. A comment that does is truncated there.
    let text = text.split('\0').next().unwrap_or_default();
    CString::new(encoding::from_guest(text.as_bytes())).unwrap_or_default()
}

/// Returns a name, quoted if necessary.
pub(super) fn identifier(name: &str) -> String {
    // Bytes of UTF-8 outside ASCII are always quoted, so the server's encoding does not matter.
    let name = CString::new(name).unwrap_or_default();
    // SAFETY: the argument is a C string, which the result may be, too.
    let quoted = unsafe { CStr::from_ptr(pg_sys::quote_identifier(name.as_ptr())) };
    String::from_utf8_lossy(quoted.to_bytes()).into_owned()
}
