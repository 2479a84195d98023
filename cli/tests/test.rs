//! `plwasm test`.

mod common;

use common::{guest, plwasm};
use predicates::prelude::*;
use predicates::str::contains;
use std::fs;
use tempfile::TempDir;

fn folder(file: &str, text: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(file), text).expect("written");
    folder
}

#[test]
fn the_examples_pass() {
    plwasm()
        .arg("test")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases"))
        .assert()
        .success()
        .stdout(contains("ok      ").and(contains("a sum that no integer holds")))
        .stdout(contains("\n229 passed, 0 failed\n"));
}

#[test]
fn what_is_wrong_fails() {
    let cases = folder(
        "cases.toml",
        r#"
        [[case]]
        call = "add(1, 2)"
        expect = "4"
        [[case]]
        call = "add(1, 2)"
        sqlstate = "22003"
        [[case]]
        call = "add(2147483647, 2)"
        expect = "4"
        [[case]]
        call = "add(2147483647, 2)"
        sqlstate = "22012"
        [[case]]
        call = "add(1, 2)"
        expect = "3"
        fuel = 3
        [[case]]
        call = "add(2147483647, 2)"
        sqlstate = "22003"
        fuel = 3
        [[case]]
        call = "words('a b')"
        expect = "'{a}'"
        [[case]]
        call = "better('happy')"
        expect = "'ok'"
        [[case]]
        call = "subtract(1, 2)"
        expect = "-1"
        [[case]]
        call = "add(1, 2)"
        "#,
    );
    plwasm()
        .arg("test")
        .arg(cases.path())
        .arg("--module")
        .arg(guest("rust/examples.wasm"))
        .assert()
        .code(1)
        .stdout(contains("it returned '3', but '4' was expected"))
        .stdout(contains("it returned '3', but SQLSTATE 22003 was expected"))
        .stdout(contains("it ended with 22003: integer out of range"))
        .stdout(contains("but SQLSTATE 22012 was expected"))
        .stdout(contains("units of fuel, at most 3 are allowed"))
        .stdout(contains("it ended with 54000: function exceeded its fuel limit of 3"))
        .stdout(contains("it returned '{a,b}', but '{a}' was expected"))
        .stdout(contains("it returned NULL, but 'ok' was expected"))
        .stdout(contains("does not export a function \"subtract\""))
        .stdout(contains("\n1 passed, 9 failed\n"));
}

#[test]
fn junit_has_what_failed() {
    let cases = folder(
        "cases.jsonl",
        "{\"call\": \"add(1, 2)\", \"expect\": \"3\"}\n{\"call\": \"add(1, 2)\", \"expect\": \"4\"}\n",
    );
    let report = cases.path().join("report.xml");
    plwasm()
        .arg("test")
        .arg(cases.path())
        .arg("--module")
        .arg(guest("rust/examples.wasm"))
        .arg("--junit")
        .arg(&report)
        .assert()
        .code(1);
    let report = fs::read_to_string(report).expect("a report");
    assert!(report.contains("tests=\"2\" skipped=\"0\" failures=\"1\""), "{report}");
    assert!(
        report.contains("but &apos;4&apos; was expected")
            || report.contains("but '4' was expected"),
        "{report}"
    );
    assert!(report.contains("<property name=\"fuel\""), "{report}");
}

#[test]
fn files_that_make_no_sense_are_named_with_the_line() {
    for (file, text, said) in [
        ("a.toml", "module = \"x.wasm\"\n[[case]]\ncall = 1\n", "a.toml: line 3"),
        ("a.toml", "[[case]]\ncall = \"f()\"\nexpects = \"1\"\n", "expects"),
        ("a.toml", "[[case]]\nexpect = \"1\"\n", "call"),
        (
            "a.toml",
            "[[case]]\ncall = \"f()\"\nexpect = \"1\"\nsqlstate = \"22003\"\n",
            "more than one of",
        ),
        ("a.jsonl", "{\"call\": \"f()\"}\n{\"call\": }\n", "a.jsonl: line 2"),
        ("a.toml", "[[case]]\ncall = \"f()\"\n", "does not name a module"),
    ] {
        let cases = folder(file, text);
        plwasm().arg("test").arg(cases.path()).assert().code(2).stderr(contains(said));
    }
    plwasm().args(["test", "/nowhere"]).assert().code(3).stderr(contains("/nowhere"));
    let empty = tempfile::tempdir().expect("a folder");
    plwasm()
        .arg("test")
        .arg(empty.path())
        .assert()
        .code(3)
        .stderr(contains("there are no cases in"));
}

#[test]
fn without_a_server_there_is_a_message() {
    let cases = folder("a.toml", "[[case]]\ncall = \"add(1, 2)\"\n");
    plwasm()
        .arg("test")
        .arg(cases.path())
        .arg("--module")
        .arg(guest("rust/examples.wasm"))
        .args(["--db", "host=/nowhere dbname=none"])
        .assert()
        .code(6)
        .stderr(contains("/nowhere").and(contains("psql")));
}
