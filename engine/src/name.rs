//! Names: which SQL and WebAssembly names are the same, and how a stranger's name is printed.

use crate::error::{Error, Result};
use std::fmt;

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

/// WIT's `kebab-case` in SQL. Of WIT's names only acronyms have capitals.
pub fn snake(kebab: &str) -> String {
    kebab.replace('-', "_")
}

/// An SQL name as WIT would have it.
pub fn kebab(sql: &str) -> String {
    sql.to_lowercase().replace(['_', ' '], "-")
}

/// The export that answers to a name.
///
/// An export of that very name; else one that differs in `-` and `_` alone; else a function of an exported
/// interface (`plwasm:demo/text@1.0.0#slugify`) by its own name (`slugify`).
///
/// # Errors
/// [`Error::MissingExport`]; [`Error::AmbiguousExport`] if several answer and none of them exactly.
pub fn find<'a>(exports: impl Iterator<Item = &'a str> + Clone, wanted: &str) -> Result<&'a str> {
    if let Some(exact) = exports.clone().find(|export| *export == wanted) {
        return Ok(exact);
    }
    let whole = exports.clone().filter(|export| matches(export, wanted));
    let own =
        exports.clone().filter(|export| own_name(export).is_some_and(|own| matches(own, wanted)));
    for found in [whole.collect::<Vec<_>>(), own.collect()] {
        match *found {
            [] => {}
            [export] => return Ok(export),
            _ => {
                return Err(Error::AmbiguousExport {
                    export: printable(wanted),
                    exports: found.into_iter().map(printable).collect(),
                });
            }
        }
    }
    Err(Error::MissingExport {
        export: printable(wanted),
        exports: exports.map(printable).collect(),
    })
}

/// Whether a function that a core module exports under that name may be one that it was made for: neither part of an ABI
/// nor of what a compiler links in, and a name that a body can have.
///
/// The names are those of C, whose names with two underscores are the implementation's, and of wit-bindgen, wasm-ld,
/// Emscripten, TinyGo, AssemblyScript, wasm-bindgen and Binaryen.
pub fn is_function(export: &str) -> bool {
    const FAMILIES: [&str; 8] = [
        "__",
        "cabi_",
        "canonical_abi_",
        "emscripten_",
        "_emscripten_",
        "asyncify_",
        "dynCall",
        "wizer.",
    ];
    const NAMES: [&str; 29] = [
        "_initialize",
        "_start",
        "malloc",
        "calloc",
        "realloc",
        "free",
        "_malloc",
        "_calloc",
        "_realloc",
        "_free",
        "memalign",
        "aligned_alloc",
        "posix_memalign",
        "alloc",
        "dealloc",
        "allocate",
        "deallocate",
        "stackAlloc",
        "stackSave",
        "stackRestore",
        "setThrew",
        "setTempRet0",
        "getTempRet0",
        "fflush",
        "memcpy",
        "memmove",
        "memset",
        "memcmp",
        "strlen",
    ];
    let is_writable = !export.is_empty()
        && !export.contains(|c: char| c.is_whitespace() || is_control(c) || matches!(c, '#' | '['));
    is_writable
        && !NAMES.contains(&export)
        && !FAMILIES.iter().any(|family| export.starts_with(family))
}

/// The name of a function within its interface. Of what the canonical ABI exports beside functions
/// (`cabi_post_...`, `[dtor]...`) none.
fn own_name(export: &str) -> Option<&str> {
    match export.starts_with("cabi_post_") || export.starts_with('[') {
        true => None,
        false => export.rsplit_once('#').map(|(_, own)| own),
    }
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

/// Whether a character controls a terminal, or the order or the lines in which others are shown.
pub(crate) fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// At most 20 of them, as a function can have 1,000 parameters and a message cannot.
pub fn listed<T: fmt::Display>(items: impl ExactSizeIterator<Item = T>) -> String {
    const MAX: usize = 20;
    let more = items.len().saturating_sub(MAX);
    let mut shown: Vec<String> = items.take(MAX).map(|item| item.to_string()).collect();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    shown.join(", ")
}

/// A message of wasmtime's, which may quote the module, as [`paragraph`].
pub(crate) fn printable_message(error: &wasmtime::Error) -> String {
    // wasmtime would write the guest's backtrace, with names that it demangles, whatever that makes of them.
    match error.is::<wasmtime::WasmBacktrace>() {
        true => paragraph(&error.root_cause().to_string()),
        false => paragraph(&format!("{error:#}")),
    }
}

/// A text of others, which may quote the module: one paragraph of at most 400 characters.
pub fn paragraph(text: &str) -> String {
    let flat: String =
        text.chars().map(|c| if is_control(c) { ' ' } else { c }).take(400).collect();
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
    fn a_function_of_an_interface_has_a_short_name() {
        let exports = [
            "cabi_post_a:b/text@1.0.0#to-upper",
            "a:b/text@1.0.0#to-upper",
            "a:b/text@1.0.0#trim",
            "a:b/lines@1.0.0#trim",
            "a:b/lines@1.0.0#count",
            "count",
            "a:b/lines@1.0.0#[method]line.length",
        ];
        let find = |wanted: &str| find(exports.into_iter(), wanted);
        assert_eq!(find("to_upper").unwrap(), exports[1]);
        assert_eq!(find("a:b/text@1.0.0#to_upper").unwrap(), exports[1]);
        assert_eq!(find("a:b/lines@1.0.0#trim").unwrap(), exports[3]);
        assert_eq!(find("count").unwrap(), "count", "an exact name wins");
        let Err(Error::AmbiguousExport { exports, .. }) = find("trim") else { panic!() };
        assert_eq!(exports, ["a:b/text@1.0.0#trim", "a:b/lines@1.0.0#trim"]);
        for missing in ["upper", "text", "", "#trim", "to-upper-x"] {
            assert!(matches!(find(missing), Err(Error::MissingExport { .. })), "{missing}");
        }
    }

    #[test]
    fn snake_and_kebab_can_be_two_exports() {
        let exports = ["a-b-c", "a_b_c"];
        assert_eq!(find(exports.into_iter(), "a_b_c").unwrap(), "a_b_c");
        assert!(matches!(find(exports.into_iter(), "a_b-c"), Err(Error::AmbiguousExport { .. })));
    }

    #[test]
    fn what_a_compiler_links_in_is_not_what_a_module_is_for() {
        for export in ["fib", "_Z3fibi", "free_memory", "mallocs", "ungültig", "a.b", "main"] {
            assert!(is_function(export), "{export}");
        }
        for export in [
            "",
            "cabi_realloc",
            "cabi_post_f",
            "_initialize",
            "__wasm_call_ctors",
            "__wbindgen_malloc",
            "__new",
            "malloc",
            "stackSave",
            "emscripten_stack_get_end",
            "dynCall_vi",
            "asyncify_start_unwind",
            "a:b/c@1.0.0#f",
            "[dtor]r",
            "a b",
            "a\0b",
        ] {
            assert!(!is_function(export), "{export}");
        }
    }

    #[test]
    fn a_hostile_name_is_one_short_line() {
        let name = printable(&format!("a\nCONTEXT:  \u{1b}[31m{}", "x".repeat(70_000)));
        assert!(name.len() < 200 && !name.contains('\n') && !name.contains('\u{1b}'));
    }
}
