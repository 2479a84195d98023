//! The guests that try to hurt a server, `tests/evil`, run by the command: each ends with a result or with a message.

mod common;

use common::{evil, plwasm};
use std::fs;

/// The statement in the first lines of a guest that begins so, if it is one.
fn header<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    text.lines().take(8).find_map(|line| line.strip_prefix(";; ")?.strip_prefix(start))
}

#[test]
fn evil_guests_end_with_a_message() {
    let mut called = 0;
    let folders = fs::read_dir(evil("")).expect("a folder").flatten();
    let files = folders.filter_map(|folder| fs::read_dir(folder.path()).ok());
    for entry in files.flatten().flatten() {
        let path = entry.path();
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let Some(declaration) = header(&text, "CREATE FUNCTION ") else { continue };
        let Some(call) = header(&text, "SELECT ").filter(|call| call.starts_with("evil(")) else {
            continue;
        };
        let output = plwasm()
            .arg("run")
            .arg(&path)
            .args([call, "--fuel", "1e7", "--as", declaration])
            .output()
            .expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        // 2: what only a server knows, as types that were created before.
        let is_told = matches!(output.status.code(), Some(0 | 2 | 4 | 5));
        assert!(
            is_told && !said.contains("panicked at"),
            "{}: {:?} {said}",
            path.display(),
            output.status
        );
        // What a guest says begins with its function's name, so no line of it looks like an error. It cannot control a terminal.
        assert!(!said.contains('\u{1b}'), "{}: {said:?}", path.display());
        assert!(
            output.status.success() || said.lines().any(|line| line.starts_with("plwasm: error: ")),
            "{}: {said}",
            path.display()
        );
        called += 1;
    }
    assert!(called > 200, "{called}");
}
