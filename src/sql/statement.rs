//! Statements that we make, run by SPI as the calling role.
//!
//! They must name everything with its schema: they run under whatever search_path the caller has.

use crate::{encoding, error};
use pgrx::pg_sys;
use pgrx::prelude::*;
use plwasm_engine::suggestion::Dialect;
use std::ffi::{CStr, CString};

/// This server's.
pub const DIALECT: Dialect = Dialect {
    identifier,
    // What the server's encoding cannot hold is escaped.
    comment: encoding::message,
    poll: crate::interrupt::check,
};

/// Runs a statement that returns nothing.
pub fn run(statement: &CStr) {
    Spi::connect_mut(|_| execute(statement));
}

/// The first column of a query's first row; none if that is NULL or there is no row.
pub fn value(query: &str) -> Option<String> {
    let query = server(query);
    Spi::connect_mut(|_| {
        execute(&query);
        // SAFETY: connected, and a query leaves a table, which may be empty.
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
    // SAFETY: connected; a C string; errors are raised.
    let code = unsafe { pg_sys::SPI_execute(statement.as_ptr(), false, 0) };
    if code < 0 {
        error::raise_sql("XX000", format!("SPI_execute failed: {code}"), None);
    }
}

/// UTF-8 text in the server's encoding. Raises 22P05 if that is not possible.
pub fn server(text: &str) -> CString {
    // No name and no type holds a NUL; a comment that does is cut.
    let text = text.split('\0').next().unwrap_or_default();
    CString::new(encoding::from_guest(text.as_bytes())).unwrap_or_default()
}

/// A name, quoted if it must be.
pub fn identifier(name: &str) -> String {
    // Bytes of UTF-8 outside ASCII are quoted whatever they are: no need for the server's encoding.
    let name = CString::new(name).unwrap_or_default();
    // SAFETY: a C string, which the result may be.
    let quoted = unsafe { CStr::from_ptr(pg_sys::quote_identifier(name.as_ptr())) };
    String::from_utf8_lossy(quoted.to_bytes()).into_owned()
}
