//! Names: which SQL and WebAssembly names are the same, and how a stranger's name is printed.

/// Whether an export answers to a name.
///
/// SQL's `snake_case` and WIT's `kebab-case` are the same name.
pub fn matches(export: &str, wanted: &str) -> bool {
    export.len() == wanted.len()
        && export
            .bytes()
            .zip(wanted.bytes())
            .all(|(a, b)| a == b || (a == b'-' && b == b'_') || (a == b'_' && b == b'-'))
}

/// A name from a module made fit for a message: at most 64 characters, nothing that controls a
/// terminal or looks like another line of the log.
pub fn printable(name: &str) -> String {
    const MAX: usize = 64;
    let mut out: String = name.chars().take(MAX).flat_map(char::escape_debug).collect();
    if name.chars().nth(MAX).is_some() {
        out.push_str("...");
    }
    // escape_debug also escapes quotes, which names of C++ and Rust functions may hold.
    out.replace("\\'", "'").replace("\\\"", "\"")
}

/// A message of wasmtime's, which may quote the module: one paragraph of at most 400 characters.
pub(crate) fn printable_message(error: &wasmtime::Error) -> String {
    let text = format!("{error:#}");
    let flat: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(400).collect();
    flat.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snake_and_kebab_are_one_name() {
        assert!(matches("to-upper", "to_upper"));
        assert!(matches("to_upper", "to-upper"));
        assert!(!matches("to-upper", "to-uppe"));
        assert!(!matches("toUpper", "to_upper"));
    }

    #[test]
    fn a_hostile_name_is_one_short_line() {
        let name = printable(&format!("a\nCONTEXT:  \u{1b}[31m{}", "x".repeat(70_000)));
        assert!(name.len() < 200 && !name.contains('\n') && !name.contains('\u{1b}'));
    }
}
