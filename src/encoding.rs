//! Encodings: a guest's strings are UTF-8; the server's strings are in the encoding of the database.
//!
//! In a UTF-8 database, nothing here copies.

use pgrx::pg_sys;
use std::borrow::Cow;
use std::ffi::{CStr, c_char, c_int};
use std::sync::atomic::{AtomicI32, Ordering::Relaxed};

const UTF8: i32 = pg_sys::pg_enc::PG_UTF8 as i32;

/// Returns whether the database's encoding is UTF-8. This is constant for a backend, so it is asked once.
#[inline]
pub(crate) fn is_utf8() -> bool {
    static ENCODING: AtomicI32 = AtomicI32::new(-1);
    match ENCODING.load(Relaxed) {
        -1 => {
            // SAFETY: the function has no arguments and reads a static variable.
            let encoding = unsafe { pg_sys::GetDatabaseEncoding() };
            ENCODING.store(encoding, Relaxed);
            encoding == UTF8
        }
        encoding => encoding == UTF8,
    }
}

/// Returns text of the server as UTF-8: the same bytes, or a palloc'd conversion.
///
/// Raises 22021 if the text has no conversion to UTF-8 (`pg_server_to_any`). In an SQL_ASCII database the text is
/// checked to be UTF-8 already.
#[inline]
pub(crate) fn to_guest(text: &[u8]) -> &[u8] {
    if is_utf8() {
        return text;
    }
    // SAFETY: pg_server_to_any reads `len` bytes; if it converts, the result ends in a NUL.
    unsafe { converted(text, pg_sys::pg_server_to_any(text.as_ptr().cast(), length(text), UTF8)) }
}

/// Returns UTF-8 without NUL in the server's encoding: the same bytes, or a palloc'd conversion.
///
/// Raises 22P05 if the encoding lacks a character (`pg_any_to_server`).
#[inline]
pub(crate) fn from_guest(text: &[u8]) -> &[u8] {
    if is_utf8() {
        return text;
    }
    // SAFETY: pg_any_to_server reads `len` bytes; if it converts, the result ends in a NUL.
    unsafe { converted(text, pg_sys::pg_any_to_server(text.as_ptr().cast(), length(text), UTF8)) }
}

/// Returns the most bytes that such a text takes here, including its conversion.
#[inline]
pub(crate) fn server_size(length: usize) -> usize {
    match is_utf8() {
        true => length,
        false => length * (pg_sys::MAX_CONVERSION_GROWTH as usize + 1),
    }
}

/// Returns the length. No text of the server is longer than 1 GB; a longer text of a guest is truncated before.
fn length(text: &[u8]) -> c_int {
    c_int::try_from(text.len()).unwrap_or(c_int::MAX)
}

/// # Safety
/// `result` must be `text` itself or a C string in the current memory context.
unsafe fn converted(text: &[u8], result: *mut c_char) -> &[u8] {
    if result.cast_const().cast() == text.as_ptr() {
        return text;
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(result) }.to_bytes()
}

/// Returns text of the server for a message. Never fails, whatever the bytes.
pub(crate) fn lossy(text: &[u8]) -> String {
    // SAFETY: the function reads a static variable.
    let is_ascii = unsafe { pg_sys::GetDatabaseEncoding() } == pg_sys::pg_enc::PG_SQL_ASCII as i32;
    String::from_utf8_lossy(if is_ascii { text } else { to_guest(text) }).into_owned()
}

/// Returns a message in the server's encoding. If that is not UTF-8, characters outside ASCII are escaped, as a
/// message must never fail to convert.
pub(crate) fn message(text: &str) -> String {
    match is_utf8() || text.is_ascii() {
        true => text.to_string(),
        false => text
            .chars()
            .map(|c| match c.is_ascii() {
                true => Cow::from(c.to_string()),
                false => Cow::from(c.escape_unicode().to_string()),
            })
            .collect(),
    }
}
