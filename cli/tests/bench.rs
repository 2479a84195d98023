//! `plwasm bench` and `plwasm profile`.

mod common;

use common::{guest, json, plwasm};
use predicates::prelude::*;
use predicates::str::contains;

const CALL: &str = "words('to be or not to be')";

fn bench() -> assert_cmd::Command {
    let mut command = plwasm();
    command.arg("bench").arg(guest("rust/examples.wasm")).args([CALL, "--time", "0.05"]);
    command
}

#[test]
fn calls_are_measured_and_compared() {
    let folder = tempfile::tempdir().expect("a folder");
    let baseline = folder.path().join("baseline.json");
    bench()
        .arg("--save")
        .arg(&baseline)
        .assert()
        .success()
        .stdout(contains("a second").and(contains("median")));
    bench().arg("--baseline").arg(&baseline).assert().success().stdout(contains("+0.0 %"));
    // A baseline that took less fuel.
    let text = std::fs::read_to_string(&baseline).expect("a baseline");
    let mut before: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    before["fuel"] = 1.into();
    std::fs::write(&baseline, before.to_string()).expect("written");
    bench().arg("--baseline").arg(&baseline).args(["--fail-above", "10000000"]).assert().success();
    bench().arg("--baseline").arg(&baseline).args(["--fail-above", "1000"]).assert().code(1);
    std::fs::write(&baseline, "{}").expect("written");
    bench().arg("--baseline").arg(&baseline).assert().code(3).stderr(contains("is not a baseline"));
}

#[test]
fn the_fuel_of_a_profile_is_that_of_the_call() {
    for (path, call) in [
        ("rust/examples.wasm", CALL),
        ("component/rust.wasm", "slugify('Hello, World!')"),
        ("assemblyscript/examples.wasm", "reverse('\\x010203')"),
    ] {
        let run = json(plwasm().arg("run").arg(guest(path)).args([call, "--json"]));
        let profile = json(plwasm().arg("profile").arg(guest(path)).args([call, "--json"]));
        assert_eq!(profile["fuel"], run["fuel"], "{path}");
        let stacks = profile["stacks"].as_array().expect("a list");
        let sum: u64 = stacks.iter().filter_map(|stack| stack["fuel"].as_u64()).sum();
        assert_eq!(Some(sum), run["fuel"].as_u64(), "{path}");
    }
}

#[test]
fn functions_that_loop_have_their_own_fuel() {
    let text = "(module
        (func $work (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
        (func $f (export \"f\") (call $work (i32.const 1000)) (call $work (i32.const 3000))))";
    let profile = json(plwasm().args(["profile", "-", "f()", "--json"]).write_stdin(text));
    let total = profile["fuel"].as_u64().expect("a number");
    let stacks = profile["stacks"].as_array().expect("a list");
    let work = stacks.iter().find(|stack| stack["stack"] == serde_json::json!(["f", "work"]));
    let work = work.expect("it was seen")["fuel"].as_u64().expect("a number");
    assert!(work > total * 98 / 100, "{work} of {total}");
}

#[test]
fn lines_have_their_own_fuel() {
    let call = ["packings(300)", "--as", "packings(integer) returns integer"];
    let profile =
        json(plwasm().arg("profile").arg(guest("orders/orders.wasm")).args(call).arg("--json"));
    let total = profile["fuel"].as_u64().expect("a number");
    let source = std::fs::read_to_string(guest("orders/src/lib.rs")).expect("a file");
    let lines: Vec<&str> = source.lines().collect();
    let mut of_loop = 0;
    for sample in profile["stacks"].as_array().expect("a list") {
        if let Some(line) = sample["line"].as_str() {
            let number: usize = line.strip_prefix("src/lib.rs:").expect(line).parse().expect(line);
            if lines[number - 1].contains("left < *largest")
                || lines[number - 1].contains("ways +=")
            {
                of_loop += sample["fuel"].as_u64().expect("a number");
            }
        }
    }
    assert!(of_loop > total / 2, "{of_loop} of {total}");
    plwasm()
        .arg("profile")
        .arg(guest("orders/orders.wasm"))
        .args(call)
        .assert()
        .success()
        .stdout(contains("%  orders::count").and(contains("%  src/lib.rs:")));
}

#[test]
fn flame_graphs_are_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let flame = folder.path().join("flame.svg");
    plwasm()
        .arg("profile")
        .arg(guest("rust/examples.wasm"))
        .args([CALL, "--flame"])
        .arg(&flame)
        .assert()
        .success()
        .stdout(contains("own fuel").and(contains("words")));
    let flame = std::fs::read_to_string(flame).expect("a file");
    assert!(flame.contains("<svg") && flame.contains("units of fuel"));
}

#[test]
fn the_planner_is_told_what_a_call_costs() {
    let cost = |args: &[&str]| {
        let output = plwasm().arg("bench").args(args).arg("--cost").output().expect("it runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let examples = guest("rust/examples.wasm");
    let examples = examples.to_str().expect("a path");
    let set = "words(text) returns setof text";
    assert_eq!(
        cost(&[examples, CALL, "--as", set]),
        "-- words('to be or not to be'): fuel 5054\nALTER FUNCTION words(text) COST 131 ROWS 6;\n"
    );
    // A method costs what it takes once the constructor's value is kept.
    let matcher = guest("rust-resources/matcher.wasm");
    let matcher = matcher.to_str().expect("a path");
    let run = json(plwasm().args(["run", matcher, "is_match('a+', 'caab')", "--json"]));
    let method = run["calls"]["method"].as_u64().expect("a number");
    let said = cost(&[matcher, "is_match('a+', 'caab')"]);
    assert!(
        said.contains(&format!(": fuel {method}\nALTER FUNCTION is_match(")),
        "{said} {method}"
    );
    // An aggregate costs what its steps do.
    let text = std::fs::read_to_string("tests/cases/resources.wat").expect("a file");
    plwasm()
        .args(["bench", "-", "total(x) FROM (VALUES (1), (2)) AS v (x)", "--cost"])
        .write_stdin(text.clone())
        .assert()
        .success()
        .stdout(contains("-- COST 5 of the function that is the SFUNC of aggregate total\n"));
    plwasm()
        .args(["bench", "-", "total(x) FROM (VALUES (NULL)) AS v (x)", "--cost"])
        .args(["--as", "total(bigint) returns bigint"])
        .write_stdin(text)
        .assert()
        .code(2)
        .stderr(contains("there is no step to measure"));
}
