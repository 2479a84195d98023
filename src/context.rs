//! Lines of CONTEXT of errors.
//!
//! A line must be in the server's encoding.

use crate::sqlstate;
use pgrx::pg_sys;
use std::ffi::{CStr, CString, c_char};

/// Returns a line about a function, in the server's encoding, with the name as the catalogs have it.
pub(crate) fn of_function(before: &str, oid: pg_sys::Oid, after: &str) -> CString {
    // SAFETY: any OID is allowed, and that of a missing function gives its number. The result is a C string.
    let name = unsafe { CStr::from_ptr(pg_sys::format_procedure(oid)) };
    CString::new([before.as_bytes(), name.to_bytes(), after.as_bytes()].concat())
        .unwrap_or_default()
}

/// Adds a line to the error that is being reported.
///
/// # Safety
/// Only a callback of `error_context_stack` may call this.
pub(crate) unsafe fn add(line: &CStr) {
    // These are from elog.h. pgrx has no bindings of them.
    unsafe extern "C-unwind" {
        fn set_errcontext_domain(domain: *const c_char) -> i32;
        fn errcontext_msg(format: *const c_char, ...) -> i32;
    }
    // SAFETY: the caller's promise. The text is copied.
    unsafe {
        sqlstate::give_back();
        set_errcontext_domain(std::ptr::null());
        errcontext_msg(c"%s".as_ptr(), line.as_ptr());
    }
}
