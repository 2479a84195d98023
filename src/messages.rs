//! What guests say in calls: raised as messages of the server, line by line, and added to the errors of their calls.
//!
//! A line must never look like one of the server's own, so each begins with the function's name. This must never be called
//! with a guest on the stack: PostgreSQL serves interrupts when it has raised a message.

use crate::shared::Period;
use crate::{encoding, error, settings};
use pgrx::pg_sys::{self, Oid};
use plwasm_engine::name::printable;
use plwasm_engine::{Messages, Result};
use std::cell::Cell;
use std::ffi::CStr;

/// The most lines that one process raises in a statement.
const MOST_LINES: u32 = 1000;

thread_local! {
    /// The last statement in which something was said, and how many lines of it were raised.
    static RAISED: Cell<(Option<Period>, u32)> = const { Cell::new((None, 0)) };
}

/// Raises what a guest has said in a call of a function, and adds the end of it to the error of the call, if there is one.
///
/// # Errors
/// That of `result`.
#[cold]
#[inline(never)]
pub(crate) fn settle<T>(function: Oid, messages: Option<Messages>, result: Result<T>) -> Result<T> {
    if let Some(messages) = &messages {
        raise(function, messages);
    }
    result.map_err(|error| error.after(messages.as_ref()))
}

fn raise(function: Oid, messages: &Messages) {
    let Some(level) = settings::guest_messages() else { return };
    // SAFETY: this reads settings.
    if !unsafe { pg_sys::message_level_is_interesting(level as i32) } {
        return;
    }
    let name = name(function);
    let raise = |line: &str| {
        let is_allowed = take_line();
        match is_allowed {
            Some(true) => error::message(level, &format!("{name}: {line}")),
            Some(false) => {
                let more = "more messages of this statement are not shown";
                error::message(level, &format!("{name}: ... {more}"));
            }
            None => {}
        }
        is_allowed == Some(true)
    };
    if let lost @ 1.. = messages.lost()
        && !raise(&format!("... {lost} bytes before this are not shown"))
    {
        return;
    }
    for line in messages.lines() {
        if !raise(&line) {
            return;
        }
    }
}

/// Returns whether one more line may be raised in this statement; `None` if that was refused before.
fn take_line() -> Option<bool> {
    let (last, count) = RAISED.get();
    let now = Period::current();
    let count = match last {
        Some(last) if !now.begins(&last)[0] => count,
        _ => 0,
    };
    RAISED.set((Some(now), count.saturating_add(1)));
    match count {
        MOST_LINES => Some(false),
        count => (count < MOST_LINES).then_some(true),
    }
}

/// Returns the name of a function as it begins its lines.
fn name(function: Oid) -> String {
    if function == pg_sys::InvalidOid {
        return "inline code block".into();
    }
    // SAFETY: any OID is allowed. The result is null or a palloc'd C string.
    let name = unsafe {
        let name = pg_sys::get_func_name(function);
        (!name.is_null()).then(|| encoding::lossy(CStr::from_ptr(name).to_bytes()))
    };
    name.map_or_else(|| function.to_u32().to_string(), |name| printable(&name))
}
