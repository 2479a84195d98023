//! Help, completions, manual pages.

mod common;

use common::plwasm;
use predicates::str::contains;

const COMMANDS: [&str; 15] = [
    "new",
    "check",
    "adapt",
    "run",
    "test",
    "push",
    "ls",
    "pull",
    "diff",
    "sql",
    "bench",
    "profile",
    "replay",
    "completions",
    "man",
];

#[test]
fn every_command_has_help() {
    for command in COMMANDS {
        plwasm().args([command, "--help"]).assert().success().stdout(contains("Usage: plwasm"));
    }
    plwasm().arg("--help").assert().success().stdout(contains("Exit status:"));
}

#[test]
fn shells_complete_all_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let mut assert = plwasm().args(["completions", shell]).assert().success();
        for command in COMMANDS {
            assert = assert.stdout(contains(command));
        }
    }
}

#[test]
fn there_is_a_page_for_every_command() {
    plwasm().arg("man").assert().success().stdout(contains(".TH plwasm 1"));
    let folder = tempfile::tempdir().expect("a folder");
    plwasm().args(["man", "--directory"]).arg(folder.path()).assert().success();
    for command in COMMANDS {
        assert!(folder.path().join(format!("plwasm-{command}.1")).exists(), "{command}");
    }
    for command in ["adapt", "run", "push", "bench", "profile"] {
        let page = std::fs::read_to_string(folder.path().join(format!("plwasm-{command}.1")));
        let page = page.expect("a page");
        assert!(page.contains(r"\-\-warm") && page.contains(r"\-\-heap"), "{command}");
    }
}

#[test]
fn mistakes_have_status_2() {
    plwasm().arg("nothing").assert().code(2);
    plwasm().args(["run", "--fuel", "much"]).assert().code(2).stderr(contains("much"));
    plwasm()
        .args(["run", "x.wasm", "f()", "--memory", "4"])
        .assert()
        .code(2)
        .stderr(contains("with a unit"));
}
