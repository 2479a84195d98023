//! The rooms of the engine: each may use the rooms below it, and never those above.
//!
//! There must never be an exception: what does not fit is in the wrong room.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from the lowest to the highest, as ARCHITECTURE.md draws them. A name is a file or a folder of `src`.
const ROOMS: [&[&str]; 6] = [
    &[
        "abi",
        "error",
        "family",
        "generated",
        "hash",
        "import",
        "initialization",
        "limits",
        "messages",
        "name",
        "number",
        "replay",
        "warm_up",
    ],
    &["read"],
    &["compile"],
    &["code_cache"],
    &["run"],
    &["adapt", "json", "pass", "pristine", "sql", "suggestion"],
];

fn room(module: &str) -> usize {
    let found = ROOMS.iter().position(|modules| modules.contains(&module));
    found.unwrap_or_else(|| panic!("src/{module} is in no room"))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            sources(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            found.push(entry);
        }
    }
}

/// Returns the names after `crate::` in code. An upper-case name is a re-export of `lib.rs`.
fn names(code: &str) -> impl Iterator<Item = &str> {
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap())
}

/// Returns the module that a name comes from: itself, or the one from which `lib.rs` re-exports it.
fn module<'a>(lib: &'a str, name: &'a str) -> &'a str {
    if name.starts_with(char::is_lowercase) {
        return name;
    }
    let line = lib.split(';').find_map(|item| {
        let (_, uses) = item.split_once("pub use ")?;
        uses.split(|c: char| !c.is_alphanumeric()).any(|word| word == name).then_some(uses)
    });
    let uses = line.unwrap_or_else(|| panic!("crate::{name} is not re-exported"));
    uses.split("::").next().unwrap()
}

#[test]
fn a_room_uses_only_what_stands_below_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let lib = fs::read_to_string(root.join("lib.rs")).unwrap();
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 100, "{} files", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let path = file.strip_prefix(&root).unwrap().to_str().unwrap();
        let own = path.split(['/', '.']).next().unwrap();
        // Unit tests may use everything, because they need modules to examine.
        if own == "lib" || path.ends_with("tests.rs") || path.contains("/tests/") {
            continue;
        }
        let code = fs::read_to_string(&file).unwrap();
        let code = code.split("#[cfg(test)]").next().unwrap();
        for name in names(code) {
            let other = module(&lib, name);
            if room(other) > room(own) {
                wrong.push(format!("{path} uses crate::{name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
