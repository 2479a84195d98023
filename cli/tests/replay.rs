//! `plwasm replay` without a server. `tests/client/replay.sh` replays what a server has logged.

mod common;

use assert_cmd::Command;
use common::plwasm;
use plwasm_engine::Hash;
use predicates::prelude::*;
use predicates::str::contains;

const GUEST: &str = r#"(module
  (func $spin (param i32)
    (loop $next (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "ratio") (param i32 i32) (result i32)
    (call $spin (i32.const 1000))
    (i32.div_s (local.get 0) (local.get 1))))"#;

const DECLARED: &str = "ratio(integer, integer) returns integer";

struct Guest {
    folder: tempfile::TempDir,
}

impl Guest {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("guest.wat"), GUEST).expect("a file");
        Self { folder }
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("guest.wat")
    }

    /// Makes the call again with these options, as the words of a line.
    fn replay(&self, options: &[&str]) -> Command {
        let code = format!("sha256:{}", Hash::of(GUEST.as_bytes()));
        let mut plwasm = plwasm();
        plwasm.args(["replay", &code, "ratio(7, 0)", "--as", DECLARED]);
        plwasm.args(options).arg("--module").arg(self.path());
        plwasm
    }

    fn run_with(&self, fuel: u64) -> Command {
        let mut plwasm = plwasm();
        plwasm.arg("run").arg(self.path()).args(["ratio(7, 0)", "--as", DECLARED]);
        plwasm.args(["--fuel", &fuel.to_string()]);
        plwasm
    }
}

#[test]
fn the_fuel_of_a_trap_is_the_least_that_it_takes() {
    let guest = Guest::new();
    let output = guest.replay(&["--error", "22012: division by zero"]).assert().success();
    let said = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    let fuel = said.lines().find_map(|line| line.strip_prefix("fuel ")).expect("fuel");
    let fuel: u64 = fuel.parse().expect("a number");
    assert!(said.contains("spin") && said.ends_with("the same as in the server\n"), "{said}");
    guest.run_with(fuel).assert().code(5).stderr(contains("22012"));
    guest.run_with(fuel - 1).assert().code(5).stderr(contains("54000"));
}

#[test]
fn what_differs_is_said() {
    let guest = Guest::new();
    let differs = |options: &[&str], said: &str| {
        guest
            .replay(options)
            .assert()
            .code(1)
            .stdout(contains(format!("not as in the server: {said}")));
    };
    differs(&[], "there the call returned, here it ended with 22012: division by zero");
    differs(&["--error", "22012: x"], "there the call ended with 22012: x, here it ended with 2");
    differs(
        &["--error", "22012: division by zero", "--used", "1"],
        "there the call used 1 units of fuel, here ",
    );
    let error = "54000: function exceeded its fuel limit of 100";
    guest.replay(&["--fuel", "100", "--error", error]).assert().success();
    differs(&["--fuel", "101", "--error", error], "there the call ended with 54000");
}

#[test]
fn a_line_needs_its_code() {
    let guest = Guest::new();
    let line = format!("sha256:{}", "0".repeat(64));
    plwasm()
        .args(["replay", &line, "ratio(7, 0)", "--module"])
        .arg(guest.path())
        .assert()
        .code(2)
        .stderr(contains("is not the code that was called"));
    plwasm()
        .args(["replay", &line, "ratio(7, 0)"])
        .assert()
        .code(2)
        .stderr(contains("--db").and(contains("--module")));
    plwasm().args(["replay", "sha256:12", "f()"]).assert().code(2).stderr(contains("64 digits"));
    plwasm()
        .args(["replay", "nothing.log"])
        .assert()
        .code(3)
        .stderr(contains("could not read \"nothing.log\""));
    plwasm()
        .arg("replay")
        .write_stdin("LOG:  plwasm cannot replay a call of f(): it is long\n")
        .assert()
        .code(1)
        .stdout("plwasm cannot replay a call of f(): it is long\n");
}
