//! How what was counted is shown: a line for each function, or elements of JSON, XML and YAML.

use super::node::Functions;
use crate::statistics::Totals;
use pgrx::pg_sys::{self, ExplainFormat, ExplainState, Oid};
use std::ffi::CStr;

/// Writes functions. `label` is what a line of text begins with, `group` the name of the elements in other formats.
///
/// # Safety
/// `out` must be valid.
pub(super) unsafe fn write(
    functions: &Functions,
    label: &CStr,
    group: &CStr,
    out: *mut ExplainState,
) {
    if functions.is_empty() {
        return;
    }
    // SAFETY: the caller's promise; C strings.
    unsafe {
        if (*out).format == ExplainFormat::EXPLAIN_FORMAT_TEXT {
            for (function, totals) in functions {
                line(Oid::from(*function), *totals, label, out);
            }
            return;
        }
        pg_sys::ExplainOpenGroup(group.as_ptr(), group.as_ptr(), false, out);
        for (function, totals) in functions {
            let item = c"WASM Function".as_ptr();
            pg_sys::ExplainOpenGroup(item, std::ptr::null(), true, out);
            let name = pg_sys::format_procedure(Oid::from(*function));
            pg_sys::ExplainPropertyText(c"Function".as_ptr(), name, out);
            for (label, _, number) in properties(*totals) {
                let label = label.as_ptr();
                pg_sys::ExplainPropertyUInteger(label, std::ptr::null(), number, out);
            }
            pg_sys::ExplainCloseGroup(item, std::ptr::null(), true, out);
        }
        pg_sys::ExplainCloseGroup(group.as_ptr(), group.as_ptr(), false, out);
    }
}

unsafe fn line(function: Oid, totals: Totals, label: &CStr, out: *mut ExplainState) {
    // SAFETY: the caller's promise; C strings.
    unsafe {
        pg_sys::appendStringInfoSpaces((*out).str_, (*out).indent * 2);
        let append = |text: *const _| pg_sys::appendStringInfoString((*out).str_, text);
        append(label.as_ptr());
        append(pg_sys::format_procedure(function));
        for (i, (_, word, number)) in properties(totals).into_iter().enumerate() {
            // As EXPLAIN does with buffers, what did not happen is not shown.
            if i < 2 || number > 0 {
                append(format!(" {word}={number}\0").as_ptr().cast());
            }
        }
        pg_sys::appendStringInfoChar((*out).str_, b'\n' as _);
    }
}

/// Returns what is shown of a function: its name in JSON and others, its name in text, and the number.
fn properties(totals: Totals) -> [(&'static CStr, &'static str, u64); Totals::SIZE] {
    [
        (c"Calls", "calls", totals.calls),
        (c"Fuel", "fuel", totals.fuel),
        (c"Instances Made", "instances", totals.instances_made),
        (c"States Made", "states", totals.states_made),
        (c"States Reused", "reused", totals.states_reused),
    ]
}
