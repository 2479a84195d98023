//! `plwasm run`.

mod common;

use assert_cmd::Command;
use common::{evil, guest, json, plwasm};
use predicates::prelude::*;
use predicates::str::contains;
use std::path::Path;

fn run(guest_path: &str, call: &str) -> Command {
    run_file(&guest(guest_path), call)
}

fn run_file(path: &Path, call: &str) -> Command {
    let mut command = plwasm();
    command.arg("run").arg(path).arg(call);
    command
}

#[test]
fn results_are_sql_and_costs_are_said() {
    run("rust/examples.wasm", "slugify('Hello, World!')")
        .assert()
        .success()
        .stdout("'hello-world'\n")
        .stderr(
            predicates::str::is_match("^fuel [0-9]+, memory [0-9]+ kB, time .*s\n$")
                .expect("a pattern"),
        );
}

#[test]
fn all_languages_agree() {
    for guest_path in [
        "rust/examples.wasm",
        "component/rust.wasm",
        "cpp/examples.wasm",
        "zig/examples.wasm",
        "assemblyscript/examples.wasm",
    ] {
        for (call, result) in [
            ("add(1, -2)", "-1\n"),
            ("total('{1,NULL,3}')", "4\n"),
            ("better('sad')", "'ok'\n"),
            ("scale('1 mon', -2)", "'-2 mons'\n"),
            ("words('a b')", "'{a,b}'\n"),
            ("counted(ARRAY[ROW('a', 1, '2')])", "'(a,1,2)'\n"),
        ] {
            run(guest_path, call).assert().success().stdout(result);
        }
    }
}

#[test]
fn fuel_is_the_same_each_time() {
    let fuel =
        || json(run("rust/examples.wasm", "words('to be or not')").arg("--json"))["fuel"].clone();
    let first = fuel();
    assert!(first.as_u64().is_some_and(|fuel| fuel > 100), "{first}");
    assert_eq!(first, fuel());
}

#[test]
fn limits_hold() {
    run("rust/examples.wasm", "slugify('Hello')")
        .args(["--fuel", "10"])
        .assert()
        .code(5)
        .stderr(contains("54000").and(contains("fuel limit of 10")).and(contains("--fuel")));
    run("rust/examples.wasm", "slugify('Hello')")
        .args(["--memory", "64kB"])
        .assert()
        .code(5)
        .stderr(contains("53200"));
}

#[test]
fn traps_show_the_guests_stack() {
    run_file(&evil("traps/unreachable.wat"), "evil()")
        .assert()
        .code(5)
        .stderr(contains("38000").and(contains("wasm backtrace:\n  0: evil at offset")));
}

#[test]
fn what_the_guest_raises_is_said() {
    run("rust/examples.wasm", "add(2147483647, 1)")
        .assert()
        .code(5)
        .stderr(contains("22003").and(contains("hint: Add them as bigint.")));
    let report = json(run("rust/examples.wasm", "fail('because')").arg("--json"));
    assert_eq!(report["error"]["sqlstate"], "38000");
    assert_eq!(report["error"]["message"], "because");
}

#[test]
fn what_the_guest_says_is_on_standard_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("talk.wat");
    let text = r#"(module
        (import "plwasm:host/log" "log" (func $log (param i32 i32 i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "one\nERROR: two\1b")
        (func (export "talk") (param i32) (result i32)
          (call $log (i32.const 3) (i32.const 0) (i32.const 15))
          (if (i32.eqz (local.get 0)) (then unreachable))
          (local.get 0)))"#;
    std::fs::write(&path, text).expect("written");
    let said = "talk: warning: one\ntalk: ERROR: two\\u{1b}\n";
    run_file(&path, "talk(7)")
        .assert()
        .success()
        .stdout("7\n")
        .stderr(predicates::str::starts_with(format!("{said}fuel ")));
    run_file(&path, "talk(0)").assert().code(5).stderr(
        predicates::str::starts_with(said)
            .and(contains("last messages:\n  warning: one\n  ERROR: two\\u{1b}\n")),
    );
    let report = json(run_file(&path, "talk(7)").arg("--json"));
    assert_eq!(report["messages"], serde_json::json!(["warning: one", "ERROR: two\\u{1b}"]));

    let cases = folder.path().join("cases.toml");
    std::fs::write(&cases, "[[case]]\ncall = \"talk(7)\"\nexpect = \"8\"").expect("written");
    plwasm()
        .args(["test".as_ref(), "--module".as_ref(), path.as_path(), cases.as_path()])
        .assert()
        .failure()
        .stdout(contains("but '8' was expected").and(contains("last messages:")));
    // A module that is adapted keeps the import, however it uses it.
    let adapted = folder.path().join("adapted.wasm");
    let others = r#"(module
        (import "env" "first" (func $first))
        (func $start (call $log (i32.const 0) (i32.const 0) (i32.const 3)))
        (start $start)
        (table funcref (elem $first $log))
        (func (export "indirect") (param i32) (result i32)
          (call_indirect (param i32 i32 i32)
            (local.get 0) (i32.const 0) (i32.const 3) (i32.const 1))
          (local.get 0))"#;
    let text = text.replacen("(module", "", 1);
    let (import, rest) = text.split_at(text.find("(memory").expect("a memory"));
    let (first, others) = others.split_at(others.find("(func $start").expect("a function"));
    std::fs::write(&path, format!("{first}{import}{others}{rest}")).expect("written");
    plwasm()
        .args(["adapt".as_ref(), path.as_path(), "-o".as_ref(), adapted.as_path()])
        .args(["--stub", "trap"])
        .assert()
        .success()
        .stderr(contains("import plwasm:host/log.log: the same import, which a server supplies"));
    run_file(&adapted, "talk(7)").assert().success().stdout("7\n").stderr(contains(said));
    run_file(&adapted, "indirect(2)").assert().success().stderr(contains("indirect: notice: one"));
    let again = folder.path().join("again.wasm");
    plwasm()
        .args(["adapt".as_ref(), adapted.as_path(), "-o".as_ref(), again.as_path()])
        .assert()
        .success();
    assert_eq!(std::fs::read(&again).expect("a file"), std::fs::read(&adapted).expect("a file"));
}

#[test]
fn untyped_exports_are_declared() {
    run("c-text/text.wasm", "levenshtein('kitten', 'sitting')")
        .assert()
        .code(2)
        .stderr(contains("does not say its types").and(contains("--as")));
    run("c-text/text.wasm", "levenshtein('kitten', 'sitting')")
        .args(["--as", "levenshtein(text, text) returns integer"])
        .assert()
        .success()
        .stdout("3\n");
    run("c-text/text.wasm", "levenshtein('kitten')")
        .args(["--as", "levenshtein(text) returns text"])
        .assert()
        .code(2)
        .stderr(contains("wrong signature").and(contains("expected (i32, i32) -> (i32)")));
}

#[test]
fn texts_stand_for_types_that_are_declared() {
    for (declaration, call, result) in [
        (
            "slugify(uuid) returns text",
            "slugify('A0EEBC999C0B4EF8BB6D6BB9BD380A11')",
            "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
        ),
        ("slugify(numeric) returns text", "slugify(1.50)", "'1-50'"),
        (
            "words(text) returns uuid[]",
            "words('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')",
            "'{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'",
        ),
    ] {
        let line = format!("{result}\n");
        run("rust/examples.wasm", call).args(["--as", declaration]).assert().success().stdout(line);
    }
    run("rust/examples.wasm", "slugify(1)")
        .args(["--as", "slugify(integer) returns text"])
        .assert()
        .code(2)
        .stderr(contains("integer cannot be passed as string"));
}

#[test]
fn bad_calls_say_where_and_why() {
    for (call, said) in [
        ("slugify(", "is not a call"),
        ("slugify", "is not a call of a function"),
        ("slugify('a') + 1", "is not a call of a function"),
        ("slugify(1)", "argument 1: 42804"),
        ("slugify(lower('A'))", "is not a constant"),
        ("slugify('a', 'b')", "takes 1 arguments, not 2"),
        ("add(1, 99999999999)", "out of range for type integer"),
        ("add('x', 1)", "invalid input syntax for type integer: \"x\""),
        ("total('{1,{2}}')", "22P02"),
        ("better('great')", "The labels are sad, ok, happy."),
        ("nothing()", "does not export a function \"nothing\""),
    ] {
        let output = run("rust/examples.wasm", call).output().expect("it runs");
        let said_there = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{call}: {said_there}");
        let wanted = said.replace("argument 1: 42804", "42804");
        assert!(said_there.contains(&wanted), "{call}: {said_there}");
        assert!(output.stdout.is_empty(), "{call}");
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    plwasm()
        .args(["run", "nowhere.wasm", "f()"])
        .assert()
        .code(3)
        .stderr(contains("\"nowhere.wasm\": No such file"));
    plwasm().args(["run", "/", "f()"]).assert().code(3).stderr(contains("Is a directory"));
}

#[test]
fn results_of_scalars_need_no_declaration() {
    let text = "(module
        (func (export \"half\") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2)))
        (func (export \"nothing\")))";
    let call = |call: &str| plwasm().args(["run", "-", call]).write_stdin(text).assert().success();
    call("half(5)").stdout("2.5\n");
    call("half(-1e300)").stdout("-5e+299\n");
    call("nothing()").stdout("''\n");
}

#[test]
fn colours_are_for_terminals() {
    run("rust/examples.wasm", "fail('x')").assert().stderr(contains("\u{1b}").not());
    run("rust/examples.wasm", "fail('x')")
        .env("CLICOLOR_FORCE", "1")
        .assert()
        .stderr(contains("\u{1b}["));
    run("rust/examples.wasm", "fail('x')")
        .env("NO_COLOR", "1")
        .assert()
        .stderr(contains("\u{1b}").not());
}

#[test]
fn a_damaged_cache_is_made_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let call = || {
        let mut command = run("rust/examples.wasm", "add(1, 2)");
        command.env("XDG_CACHE_HOME", folder.path()).assert().success().stdout("3\n");
    };
    call();
    let files = || std::fs::read_dir(folder.path().join("plwasm")).expect("a cache").flatten();
    let file = files().next().expect("an artefact").path();
    std::fs::write(&file, b"nonsense").expect("written");
    call();
    assert!(
        std::fs::metadata(files().next().expect("an artefact").path()).expect("a file").len() > 100
    );
}

#[test]
fn whoever_reads_may_have_heard_enough() {
    let file = guest("rust/examples.wasm");
    let file = file.to_str().expect("a path");
    for arguments in [vec!["run", "--json", file, "add(1, 2)"], vec!["check", "--json", file]] {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_plwasm"))
            .args(&arguments)
            .env("XDG_CACHE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"))
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("the command");
        drop(child.stdout.take());
        assert_eq!(child.wait().expect("its end").code(), Some(0), "{arguments:?}");
    }
}

/// As a server says it (`docs/errors.md`).
#[test]
fn errors_say_where_in_a_value_they_are() {
    run("rust/examples.wasm", "distance(ROW(1, 2), ROW(0, NULL))").assert().code(5).stderr(
        contains(
            "argument 2, column \"y\": column \"y\" is null, which its WIT type does not allow",
        ),
    );
    run("echo/grids.wat", "grid('{{1,2},{3,NULL}}')")
        .assert()
        .code(5)
        .stderr(contains("argument 1, element 2, element 2: an element is null"));
    run("echo/grids.wat", "shape(0)")
        .assert()
        .code(5)
        .stderr(contains("the result, element 2: lists of different lengths cannot be returned"))
        .stderr(contains("The first list is of length 2, this one of length 1."));
}

/// The text of an interval depends on settings of the session.
#[test]
fn what_a_server_refuses_is_refused() {
    run("rust/examples.wasm", "slugify('1 day')")
        .args(["--as", "slugify(interval) returns text"])
        .assert()
        .code(2)
        .stderr(contains("interval cannot be passed as string"));
}

#[test]
fn lists_of_lists_are_proposed_as_arrays() {
    plwasm()
        .args(["sql", "--name", "grids"])
        .arg(guest("echo/grids.wat"))
        .assert()
        .success()
        .stdout(contains("cube(g bigint[]) RETURNS bigint[]"))
        .stdout(contains("blobs(g bytea[]) RETURNS bytea[]"))
        .stdout(contains("seven: it uses too many lists within each other, which no array holds"))
        .stdout(contains("maybe: it uses a list of lists that can be none, which no array holds"));
}
