//! Methods and aggregates: `plwasm run`, `test`, `bench`, `profile` and `check` call them as servers do.

mod common;

use assert_cmd::Command;
use common::{json, plwasm};
use predicates::prelude::*;
use predicates::str::contains;

const MODULE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/resources.wat");

const TOTAL: &str = "total(x) FROM (VALUES (1), (2), (3)) AS v (x)";

fn on_module(command: &str, call: &str) -> Command {
    let mut plwasm = plwasm();
    plwasm.args([command, MODULE, call]);
    plwasm
}

fn run(call: &str) -> Command {
    on_module("run", call)
}

#[test]
fn the_fuel_is_that_of_the_call_that_took_the_most() {
    let report = json(run("plus(40, 2)").arg("--json"));
    let fuel = |of: &str| report["calls"][of].as_u64().expect("fuel");
    assert_eq!(report["result"], "42");
    assert!(fuel("constructor") > fuel("method"), "{report}");
    assert_eq!(report["fuel"], fuel("constructor"));
    run("plus(40, 2)")
        .assert()
        .success()
        .stderr(contains("(constructor 321, method ").and(contains("fuel 321")));
    run("plus(40, 2)").args(["--fuel", "321"]).assert().success();
    run("plus(40, 2)").args(["--fuel", "320"]).assert().code(5).stderr(contains("54000"));
    let slow = "slow(bigint, integer) returns integer";
    let report = json(run("slow(1, 1000)").args(["--as", slow, "--json"]));
    let (method, fuel) = (&report["calls"]["method"], &report["fuel"]);
    assert_eq!(method, fuel);
    assert!(fuel.as_u64() > report["calls"]["constructor"].as_u64(), "{report}");
}

#[test]
fn methods_have_the_names_of_sql() {
    for call in ["plus(40, 2)", "adder.plus(40, 2)", "PLUS(40, 2)", "\"[method]adder.plus\"(40, 2)"]
    {
        run(call).assert().success().stdout("42\n");
    }
    run("step(1, 2)").assert().code(2).stderr(
        contains("42725: ")
            .and(contains("several resources have a method \"step\""))
            .and(contains("total.step, scaled.step, counter.step")),
    );
    run("adder(1, 2)").assert().code(2).stderr(contains("42883"));
    run("plus(x, 1) FROM (VALUES (1)) AS v (x)")
        .assert()
        .code(2)
        .stderr(contains("42809").and(contains("plus is not an aggregate function")));
    run("total(x) WITHIN GROUP (ORDER BY x) FROM (VALUES (1)) AS v (x)")
        .assert()
        .code(2)
        .stderr(contains("42809").and(contains("is not an ordered-set aggregate")));
}

#[test]
fn what_does_not_fit_is_said_of_both() {
    run("plus('a')").args(["--as", "plus(text) returns bigint"]).assert().code(2).stderr(
        contains("42P13")
            .and(contains(
                "The export is [method]adder.plus: (i32, i64) -> (i64), with the constructor",
            ))
            .and(contains("[constructor]adder: (i64) -> (i32)")),
    );
    run("plus(1)").assert().code(2).stderr(contains("--as"));
}

#[test]
fn aggregates_step_over_rows() {
    for (call, result) in [
        (TOTAL, "6\n"),
        ("total(x) FROM generate_series(1, 100) AS x", "5050\n"),
        ("total(7)", "7\n"),
        ("total.twice(x) FROM (VALUES (1), (2)) AS v (x)", "6\n"),
        ("counter(*) FROM (VALUES (1), (NULL)) AS v", "2\n"),
    ] {
        run(call).assert().success().stdout(result);
    }
    let report = json(run(TOTAL).arg("--json"));
    assert_eq!(report["fuel"], report["calls"]["step"]);
    assert_eq!(report["merged"]["result"], "6");
    assert!(report["merged"]["calls"]["merge"].as_u64() > Some(1), "{report}");
    run("total(x) FROM (VALUES (1), ('a')) AS v (x)")
        .args(["--as", "total(bigint) returns bigint"])
        .assert()
        .code(2)
        .stderr(contains("row 2, argument 1").and(contains("22P02")));
}

#[test]
fn states_that_are_merged_must_give_the_same() {
    run(TOTAL).assert().success().stderr(contains("the same of two halves, merged: fuel"));
    let scaled = "scaled(y, x) FROM (VALUES (10, 1), (10, 2)) AS v (y, x)";
    run(scaled)
        .assert()
        .success()
        .stdout("30\n")
        .stderr(contains("of two halves of the rows, whose states are merged, the result is -1"));
    let folder = tempfile::tempdir().expect("a folder");
    let case = format!("[[case]]\ncall = \"{scaled}\"\nexpect = \"30\"\n");
    std::fs::write(folder.path().join("a.toml"), case).expect("written");
    plwasm().arg("test").arg(folder.path()).args(["--module", MODULE]).assert().code(1).stdout(
        contains("when the states of two halves of the rows were merged: it returned '-1', but '30' was expected"),
    );
}

#[test]
fn what_cannot_be_kept_is_said() {
    let said = "so it runs for each row in a server: a call has changed a table";
    run("tabled.get(40, 2)").assert().success().stdout("42\n").stderr(contains(said));
    plwasm()
        .args(["check", MODULE, "--try", "get(40, 2)", "--try", "plus(40, 2)"])
        .assert()
        .success()
        .stdout(contains(said))
        .stdout(contains("plus(40, 2): fuel 321 (constructor 321, method "))
        .stdout(contains("what it makes is not kept if it changes a table").count(1));
    let report = json(plwasm().args(["check", MODULE, "--json"]));
    let exports = report["exports"].as_array().expect("a list");
    let may_be = |name: &str| {
        let export = exports.iter().find(|export| export["name"] == name).expect("an export");
        export["may_be_unkeepable"].clone()
    };
    assert_eq!(may_be("[constructor]tabled"), true);
    assert_eq!(may_be("[constructor]adder"), false);
}

#[test]
fn calls_that_fail_are_tried_too() {
    plwasm()
        .args(["check", MODULE, "--try", "over(1, 0)"])
        .assert()
        .code(5)
        .stdout(contains("over(1, 0): ends with an error"))
        .stderr(contains("22012"));
}

#[test]
fn a_method_is_measured_without_its_constructor() {
    let bench = |call: &str| {
        let mut command = on_module("bench", call);
        command.args(["--time", "0.05", "--json"]);
        json(&mut command)
    };
    let report = bench("plus(1000, 2)");
    assert!(report["measured"]["fuel"].as_u64() < Some(100), "{report}");
    assert_eq!(report["besides"][0]["call"], "constructor");
    assert!(report["besides"][0]["fuel"].as_u64() > Some(1000), "{report}");
    let report = bench(TOTAL);
    assert_eq!(report["measured"]["fuel"], 6);
    assert_eq!(report["besides"][1]["call"], "finish");
    on_module("bench", "total(x) FROM (VALUES (1)) AS v (x) WHERE false")
        .args(["--as", "total(bigint) returns bigint"])
        .assert()
        .code(2)
        .stderr(contains("there is no step to measure"));
    on_module("bench", "plus(1000, 2)")
        .args(["--time", "0.05"])
        .assert()
        .success()
        .stdout(contains("constructor, once: fuel 8001"));
}

#[test]
fn a_profile_has_the_fuel_of_all_calls() {
    let report = json(on_module("profile", "plus(1000, 2)").arg("--json"));
    let stacks = report["stacks"].as_array().expect("a list");
    let sum: u64 = stacks.iter().filter_map(|stack| stack["fuel"].as_u64()).sum();
    assert_eq!(report["fuel"], sum);
    assert!(sum > 8001, "{report}");
    let report = json(on_module("profile", TOTAL).arg("--json"));
    // The constructor takes 1, each step 6, and the end 2.
    assert_eq!(report["fuel"], 1 + 3 * 6 + 2);
}

#[test]
fn work_of_a_method_that_a_constructor_could_do_is_noticed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("lazy.wat");
    let text = r#"(module
        (global $is-made (mut i32) (i32.const 0))
        (func (export "[constructor]lazy") (result i32) (i32.const 0))
        (func (export "[method]lazy.get") (param $self i32) (param $x i32) (result i32)
          (local $n i32)
          (if (i32.eqz (global.get $is-made)) (then
            (local.set $n (i32.const 100000))
            (loop $next (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (global.set $is-made (i32.const 1))))
          (local.get $x)))"#;
    std::fs::write(&path, text).expect("written");
    plwasm()
        .arg("run")
        .arg(&path)
        .arg("lazy.get(5)")
        .assert()
        .success()
        .stdout("5\n")
        .stderr(contains("does work on its first call").and(contains("in the constructor")));
}
