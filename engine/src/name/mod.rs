//! Names: which SQL and WebAssembly names match, and how names from modules are printed.
//!
//! | file | noun |
//! |---|---|
//! | `find.rs` | the export that a name means |
//! | `member.rs` | exports that belong to a resource |
//! | `printed.rs` | texts of a module, made fit for a message |

mod find;
mod member;
mod printed;

pub(crate) use find::Index;
pub use find::{find, find_in_text, is_function};
pub(crate) use member::constructor;
pub use member::{Member, MemberKind, member};
pub(crate) use printed::{is_control, printable_message};
pub use printed::{listed, paragraph, printable, source};

use std::collections::{HashMap, HashSet};

/// The name of a trapping stub is this text, followed by the import.
pub(crate) const STUB_NAME: &str = "stub for the import ";

/// Returns whether an export answers to a name.
///
/// SQL's `snake_case` and WIT's `kebab-case` are the same name.
pub fn matches(export: &str, wanted: &str) -> bool {
    export.len() == wanted.len()
        && export
            .bytes()
            .zip(wanted.bytes())
            .all(|(a, b)| a == b || (a == b'-' && b == b'_') || (a == b'_' && b == b'-'))
}

/// Returns an SQL name for WIT's `kebab-case`. In WIT only acronyms have capitals.
pub fn snake(kebab: &str) -> String {
    kebab.replace('-', "_")
}

/// Returns names as SQL reads them without quotes, in lower case, except names that would become the same.
pub fn folded(names: Vec<String>) -> Vec<String> {
    let mut spellings: HashMap<String, HashSet<&str>> = HashMap::new();
    for name in &names {
        spellings.entry(name.to_ascii_lowercase()).or_default().insert(name);
    }
    let fold = |name: &String| {
        let lower = name.to_ascii_lowercase();
        if spellings[&lower].len() == 1 { lower } else { name.clone() }
    };
    names.iter().map(fold).collect()
}

/// Returns an SQL name as WIT would spell it.
pub fn kebab(sql: &str) -> String {
    sql.to_lowercase().replace(['_', ' '], "-")
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
    fn capitals_are_folded_where_names_stay_apart() {
        let names = ["parse_JSON", "addOne", "ADDone", "x", "x"].map(String::from).to_vec();
        assert_eq!(folded(names), ["parse_json", "addOne", "ADDone", "x", "x"]);
    }
}
