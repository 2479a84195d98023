//! `plwasm sql`. `tests/client/plwasm.sh` runs what it writes.

mod common;

use common::{guest, plwasm};
use predicates::prelude::*;
use predicates::str::contains;
use std::fs;
use std::path::{Path, PathBuf};

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
fn an_extension_for_pg_tle_is_sql() {
    let folder = tempfile::tempdir().expect("a folder");
    plwasm()
        .arg("sql")
        .arg(guest("rust/examples.wasm"))
        .args(["--extension", "tools", "--pg-tle", "--name", "it's $_plwasm_$"])
        .args(["--set-version", "1.1", "--from-version", "1.0", "--from"])
        .arg(guest("zig/examples.wasm"))
        .arg("--output")
        .arg(folder.path())
        .assert()
        .success();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect(name);
    let install = read("tools--1.1.pgtle.sql");
    let comment = "'functions in WebAssembly of the module it''s $_plwasm_$'";
    let start = format!(
        "SELECT pgtle.install_extension('tools', '1.1', {comment}, $_plwasm_1_$\nCREATE FUNCTION"
    );
    assert!(install.starts_with(&start), "{}", &install[..200]);
    assert!(install.ends_with("$_plwasm_1_$, ARRAY['plwasm']);\n"));
    assert!(!install.contains("\\echo"));
    let update = read("tools--1.0--1.1.pgtle.sql");
    assert!(
        update
            .starts_with("SELECT pgtle.install_update_path('tools', '1.0', '1.1', $_plwasm_1_$\n")
    );
    assert!(update.ends_with("SELECT pgtle.set_default_version('tools', '1.1');\n"));
    assert_eq!(fs::read_dir(folder.path()).expect("files").count(), 2);
    plwasm().args(["sql", "--pg-tle"]).arg(guest("rust/examples.wasm")).assert().failure();
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

/// Writes a module with a resource that is an aggregate of numbers of that WIT type.
fn aggregate(folder: &Path, number: &str, core: &str) -> PathBuf {
    let (wit, wat) = (folder.join("world.wit"), folder.join("sum.wat"));
    let items = format!(
        "resource total {{ constructor(); step: func(n: {number}); finish: func() -> {number}; }}"
    );
    fs::write(&wit, format!("package a:b; interface c {{ {items} }} world w {{ export c; }}"))
        .expect("written");
    let text = format!(
        r#"(module
          (import "[export]a:b/c" "[resource-new]total" (func $new (param i32) (result i32)))
          (func (export "a:b/c#[constructor]total") (result i32) (call $new (i32.const 8)))
          (func (export "a:b/c#[method]total.step") (param i32 {core}))
          (func (export "a:b/c#[method]total.finish") (param i32) (result {core})
            ({core}.const 0)))"#
    );
    fs::write(&wat, text).expect("written");
    let module = folder.join(format!("{number}.wasm"));
    plwasm()
        .arg("adapt")
        .arg(&wat)
        .arg("--wit")
        .arg(&wit)
        .arg("-o")
        .arg(&module)
        .assert()
        .success();
    module
}

#[test]
fn an_aggregate_comes_after_its_functions_and_goes_before_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = aggregate(folder.path(), "s32", "i32");
    let new = aggregate(folder.path(), "s64", "i64");
    let update = |from: &Path| {
        plwasm()
            .arg("sql")
            .arg(&new)
            .args(["--extension", "total", "--set-version", "1.1", "--from"])
            .arg(from)
            .args(["--from-version", "1.0", "--output"])
            .arg(folder.path())
            .assert()
            .success();
        fs::read_to_string(folder.path().join("total--1.0--1.1.sql")).expect("a script")
    };
    let script = update(&old);
    let at =
        |what: &str| script.find(what).unwrap_or_else(|| panic!("{what} is missing: {script}"));
    assert!(
        at("DROP AGGREGATE total(integer);") < at("DROP FUNCTION total_step(wasm.state, integer);")
    );
    let created = "CREATE AGGREGATE total(n bigint) (SFUNC = total_step, STYPE = wasm.state, \
                   FINALFUNC = total_finish, PARALLEL = SAFE);";
    assert!(at("CREATE FUNCTION total_finish(wasm.state) RETURNS bigint") < at(created));
    let same = update(&new);
    assert!(!same.contains("DROP"), "{same}");
    assert!(same.contains("CREATE OR REPLACE AGGREGATE total(n bigint)"), "{same}");
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
