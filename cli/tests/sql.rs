//! `plwasm sql`. `tests/client/plwasm.sh` runs what it writes.

mod common;

use common::{guest, plwasm};
use predicates::prelude::*;
use predicates::str::contains;
use std::fs;

#[test]
fn a_migration_has_everything_in_order() {
    let output = plwasm()
        .args(["sql", "--schema", "app", "--name", "tools"])
        .arg(guest("rust/examples.wasm"))
        .assert()
        .success()
        .stdout(contains("CREATE TYPE app.point AS (x double precision, y double precision);"))
        .stdout(contains("AS 'tools#slugify';"));
    let script = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    let at = |what: &str| script.find(what).unwrap_or_else(|| panic!("{what} is missing"));
    assert!(at("CREATE FUNCTION app.tools()") < at("CREATE TYPE app.mood"));
    assert!(at("CREATE TYPE app.mood") < at("CREATE FUNCTION app.better"));
}

#[test]
fn an_extension_has_its_files() {
    let folder = tempfile::tempdir().expect("a folder");
    plwasm()
        .arg("sql")
        .arg(guest("rust/examples.wasm"))
        .args(["--extension", "tools", "--set-version", "1.1", "--from"])
        .arg(guest("zig/examples.wasm"))
        .args(["--from-version", "1.0", "--output"])
        .arg(folder.path())
        .assert()
        .success();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect(name);
    let control = read("tools.control");
    assert!(control.contains("default_version = '1.1'") && control.contains("requires = 'plwasm'"));
    let script = read("tools--1.1.sql");
    // Without a schema: the extension can be moved.
    assert!(script.contains("CREATE FUNCTION tools() RETURNS wasm.module"));
    assert!(script.contains("CREATE FUNCTION slugify(text text) RETURNS text"));
    let update = read("tools--1.0--1.1.sql");
    assert!(update.contains("CREATE OR REPLACE FUNCTION tools()"));
    // The same in both: replaced, so that what depends on it stays.
    assert!(update.contains("CREATE OR REPLACE FUNCTION slugify(text text)"));
    assert!(!update.contains("DROP"), "{update}");
}

#[test]
fn an_update_drops_what_is_gone() {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().join("empty.wat");
    fs::write(&empty, "(module)").expect("written");
    plwasm()
        .arg("sql")
        .arg(&empty)
        .args(["--extension", "tools", "--set-version", "2.0", "--from"])
        .arg(guest("rust/examples.wasm"))
        .args(["--from-version", "1.0", "--output"])
        .arg(folder.path())
        .assert()
        .success();
    let update = fs::read_to_string(folder.path().join("tools--1.0--2.0.sql")).expect("a script");
    assert!(update.contains("DROP FUNCTION better(mood);\n"), "{update}");
    let at = |what: &str| update.find(what).unwrap_or_else(|| panic!("{what} is missing"));
    assert!(at("DROP FUNCTION better(mood);") < at("DROP TYPE mood;"));
}

#[test]
fn names_of_extensions_are_checked() {
    for name in ["a--b", "a/b", "", "-a", "a'b"] {
        plwasm()
            .arg("sql")
            .arg(guest("rust/examples.wasm"))
            .arg(format!("--extension={name}"))
            .assert()
            .code(2)
            .stderr(contains("extension's name").and(contains("panicked").not()));
    }
}
