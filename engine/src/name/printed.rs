//! Texts of a module, made fit for a message.
//!
//! What a stranger wrote must never control a terminal, look like another line of the log, or be long.

use std::fmt::{self, Write};

/// Returns a module's name made fit for a message: at most 64 characters, none of which controls a terminal or looks
/// like another line of the log.
pub fn printable(name: &str) -> String {
    const MAX: usize = 64;
    let mut out: String = name.chars().take(MAX).flat_map(char::escape_debug).collect();
    if name.chars().nth(MAX).is_some() {
        out.push_str("...");
    }
    // escape_debug also escapes quotes, which names of C++ and Rust functions may contain.
    out.replace("\\'", "'").replace("\\\"", "\"")
}

/// Returns the name that a module's function had in its source, made fit for a message.
pub fn source(name: &str) -> String {
    printable(&demangled(name))
}

/// Returns the name as in the source, for Rust (legacy and v0) and C++ (Itanium), no longer than is shown.
fn demangled(name: &str) -> String {
    let mut source = Short(String::new());
    if let Ok(rust) = rustc_demangle::try_demangle(name) {
        let _ = write!(source, "{rust:#}");
    } else if name.starts_with("_Z")
        && name.len() <= MAX_MANGLED
        && let Ok(cpp) = cpp_demangle::Symbol::new(name)
    {
        let _ = cpp.structured_demangle(&mut source, &Default::default());
    }
    match source.0.is_empty() {
        true => name.to_string(),
        false => source.0,
    }
}

/// The longest name of C++ that is read, in bytes.
const MAX_MANGLED: usize = 4096;

/// The beginning of a text. A few bytes in a mangled name can repeat everything before them, again and again, so the
/// name can have any length: text beyond what is shown is not written.
struct Short(String);

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        const MOST: usize = 1000;
        self.0.extend(text.chars().take(MOST - self.0.len().min(MOST)));
        match self.0.len() < MOST {
            true => Ok(()),
            false => Err(fmt::Error),
        }
    }
}

/// Returns whether a character controls a terminal, or the order or the lines in which others are shown.
pub(crate) fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Returns a list of at most 20 items for a message. A function can have 1,000 parameters.
pub fn listed<T: fmt::Display>(items: impl ExactSizeIterator<Item = T>) -> String {
    const MAX: usize = 20;
    let more = items.len().saturating_sub(MAX);
    let mut shown: Vec<String> = items.take(MAX).map(|item| item.to_string()).collect();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    shown.join(", ")
}

/// Returns a message of wasmtime, which may quote the module, as a [`paragraph`].
pub(crate) fn printable_message(error: &wasmtime::Error) -> String {
    // wasmtime would append the guest's backtrace, with names demangled to any length.
    match error.is::<wasmtime::WasmBacktrace>() {
        true => paragraph(&error.root_cause().to_string()),
        false => paragraph(&format!("{error:#}")),
    }
}

/// Returns a text that may quote the module as one paragraph of at most 400 characters.
pub fn paragraph(text: &str) -> String {
    let flat: String =
        text.chars().map(|c| if is_control(c) { ' ' } else { c }).take(400).collect();
    flat.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_is_one_short_line() {
        let name = printable(&format!("a\nCONTEXT:  \u{1b}[31m{}", "x".repeat(70_000)));
        assert!(name.len() < 200 && !name.contains('\n') && !name.contains('\u{1b}'));
    }
}
