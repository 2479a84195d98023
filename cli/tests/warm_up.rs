//! Warm-ups: `--heap` and `--warm` of the commands, and the notes about work that is done on a first call.

mod common;

use common::{guest, json, plwasm};
use predicates::prelude::*;
use predicates::str::contains;
use std::path::{Path, PathBuf};

/// A table is made on the first call, as by Rust's `LazyLock`, a static in a function of C++ or Go's `sync.Once`. The
/// flag is a global, or lies in memory.
const LAZY: &str = r#"(module
  (memory (export "memory") 1)
  (global $is-made (mut i32) (i32.const 0))
  (func $make (local $n i32)
    (local.set $n (i32.const 1000))
    (loop $next
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (i32.store8 offset=1024 (local.get $n) (local.get $n))
      (br_if $next (local.get $n))))
  (func (export "lazy") (param $x i32) (result i32)
    (if (i32.eqz (global.get $is-made)) (then (call $make) (global.set $is-made (i32.const 1))))
    (i32.add (i32.load8_u offset=1024 (local.get $x)) (global.get $is-made)))
  (func (export "kept") (param $x i32) (result i32)
    (if (i32.eqz (i32.load (i32.const 0))) (then (call $make) (i32.store (i32.const 0) (i32.const 1))))
    (i32.load8_u offset=1024 (local.get $x)))
  (func (export "eager") (param $x i32) (result i32) (call $make) (local.get $x))
  (func (export "small") (result i32)
    (if (i32.eqz (global.get $is-made))
      (then (drop (i32.mul (i32.const 2) (i32.mul (i32.const 2) (i32.const 2)))) (global.set $is-made (i32.const 1))))
    (i32.const 1))
  (func (export "once-only") (result i32)
    (if (global.get $is-made) (then unreachable))
    (call $make) (global.set $is-made (i32.const 1)) (i32.const 1))
  (func (export "then-endless") (result i32)
    (if (global.get $is-made) (then (loop $for-ever (br $for-ever))))
    (call $make) (global.set $is-made (i32.const 1)) (i32.const 1))
  (func (export "trap") (unreachable))
  (func (export "endless") (loop $for-ever (br $for-ever)))
  (func (export "greedy") (if (i32.eq (memory.grow (i32.const 32767)) (i32.const -1)) (then unreachable))))"#;

/// The fuel of a call of `lazy` that finds the table.
const LITTLE: u64 = 7;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        std::fs::write(folder.path("lazy.wat"), LAZY).expect("written");
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).expect("a file")
    }

    fn plwasm(&self, arguments: &[&str]) -> assert_cmd::Command {
        let mut command = plwasm();
        command.current_dir(&self.0).args(arguments);
        command
    }

    fn fuel(&self, file: &str, call: &str) -> u64 {
        let report = json(&mut self.plwasm(&["run", file, call, "--json"]));
        report["fuel"].as_u64().unwrap_or_else(|| panic!("{report}"))
    }
}

fn ends_with_section(binary: &[u8], data: &str) -> bool {
    let section = [&[11][..], b"plwasm:warm", data.as_bytes()].concat();
    binary.ends_with(&[&[0, section.len() as u8], &section[..]].concat())
}

#[test]
fn a_section_is_written_and_replaced() {
    let folder = Folder::new();
    folder.plwasm(&["adapt", "lazy.wat", "-o", "plain.wasm"]).assert().success();
    folder
        .plwasm(&["adapt", "plain.wasm", "-o", "warm.wasm", "--warm", "lazy(1)"])
        .assert()
        .success()
        .stdout("")
        .stderr("custom section plwasm:warm: warm=lazy(1)\n");
    let (plain, warm) = (folder.bytes("plain.wasm"), folder.bytes("warm.wasm"));
    assert!(warm.starts_with(&plain) && ends_with_section(&warm, "warm=lazy(1)"));
    assert!(folder.fuel("plain.wasm", "lazy(5)") > 1_000 * LITTLE);
    assert_eq!(folder.fuel("warm.wasm", "lazy(5)"), LITTLE);
    // What is not said stays, and what is said is replaced.
    for (option, value, section) in
        [("--heap", "0", "heap=0 warm=lazy(1)"), ("--warm", " kept( 7 ) ", "heap=0 warm=kept(7)")]
    {
        folder.plwasm(&["adapt", "warm.wasm", "-o", "warm.wasm", option, value]).assert().success();
        let warm = folder.bytes("warm.wasm");
        assert!(warm.starts_with(&plain) && ends_with_section(&warm, section), "{section}");
    }
    // As what is wrong is.
    let wrong = [&plain[..], b"\0\x0d\x0bplwasm:warm?"].concat();
    std::fs::write(folder.path("wrong.wasm"), wrong).expect("written");
    folder.plwasm(&["run", "wrong.wasm", "lazy(5)"]).assert().code(4).stderr(contains("key=value"));
    let arguments = ["adapt", "wrong.wasm", "-o", "right.wasm", "--warm", "lazy(1)"];
    folder.plwasm(&arguments).assert().success();
    assert_eq!(folder.fuel("right.wasm", "lazy(5)"), LITTLE);
}

#[test]
fn a_component_gets_a_section() {
    let folder = Folder::new();
    let component = guest("component/rust.wasm");
    let before = std::fs::read(&component).expect("a file");
    let adapt = |from: &Path, to: &str, options: &[&str]| {
        let mut command = folder.plwasm(&["adapt"]);
        command.arg(from).args(["-o", to]).args(options);
        command.assert()
    };
    adapt(&component, "warm.wasm", &["--heap", "1MB", "--warm", "slugify('A b')"]).success();
    let warm = folder.bytes("warm.wasm");
    assert!(warm.starts_with(&before) && ends_with_section(&warm, "heap=1MB warm=slugify('A b')"));
    folder.plwasm(&["run", "warm.wasm", "slugify('C d')"]).assert().success().stdout("'c-d'\n");
    adapt(&component, "other.wasm", &["--heap", "0", "--stub", "trap"])
        .code(4)
        .stderr(contains("is a component"));
    adapt(&component, "other.wasm", &["--warm", "slugify('A b', 'c')"])
        .code(2)
        .stderr(contains("it takes 1 arguments"));
}

#[test]
fn a_module_that_is_merged_keeps_its_section() {
    let folder = Folder::new();
    let text = LAZY.replacen(
        "(module",
        r#"(module (import "env" "log" (func)) (@custom "plwasm:warm" "warm=lazy(1)")"#,
        1,
    );
    std::fs::write(folder.path("logs.wat"), text).expect("written");
    let arguments = ["adapt", "logs.wat", "-o", "warm.wasm", "--stub", "trap"];
    folder.plwasm(&arguments).assert().success().stderr(contains("dropped").not());
    assert_eq!(folder.fuel("warm.wasm", "lazy(5)"), LITTLE);
}

#[test]
fn what_fails_is_not_written() {
    let folder = Folder::new();
    let rust = guest("rust/examples.wasm");
    let rust = rust.to_str().expect("a path");
    for (file, option, value, code, said) in [
        ("lazy.wat", "--warm", "nothing()", 2, "does not export a function \"nothing\""),
        ("lazy.wat", "--warm", "lazy()", 2, "\"lazy\" cannot be called with these constants"),
        ("lazy.wat", "--warm", "lazy('x')", 2, "its core type is (i32) -> (i32)"),
        ("lazy.wat", "--warm", "lazy(1.5)", 2, "its core type is (i32) -> (i32)"),
        ("lazy.wat", "--warm", "(1)", 2, "--warm must name an export"),
        ("lazy.wat", "--warm", "lazy", 2, "it has no parentheses"),
        ("lazy.wat", "--warm", "lazy(x)", 2, "an argument is a number"),
        ("lazy.wat", "--warm", "lazy(1) heap=0", 2, "does not end with a parenthesis"),
        ("lazy.wat", "--warm", "trap()", 5, "warm-up of WebAssembly module failed"),
        ("lazy.wat", "--warm", "endless()", 5, "fuel limit of 1000000000"),
        ("lazy.wat", "--warm", "greedy()", 5, "warm-up of WebAssembly module failed"),
        ("lazy.wat", "--heap", "1MB", 2, "does not export a cabi_realloc"),
        ("lazy.wat", "--heap", "1", 2, "is not a number with a unit"),
        ("lazy.wat", "--heap", "3GB", 2, "more than 2GB"),
        ("lazy.wat", "--heap", "0 warm=lazy(1)", 2, "is not a number with a unit"),
        (rust, "--heap", "2GB", 5, "the instance needs 214"),
        (
            rust,
            "--warm",
            "total('{1}')",
            2,
            "an object in JSON cannot be passed as list<option<s32>>",
        ),
        (rust, "--warm", "add(1, 1.5)", 2, "cannot be passed as s32"),
        (rust, "--warm", "add(2147483647, 1)", 5, "warm-up of WebAssembly module failed"),
    ] {
        folder
            .plwasm(&["adapt", file, "-o", "out.wasm", option, value])
            .assert()
            .code(code)
            .stderr(contains(said).and(contains("panicked").not()));
        assert!(!folder.path("out.wasm").exists(), "{value}");
    }
    folder
        .plwasm(&["adapt", "lazy.wat", "-o", "out.wasm", "--warm", "endless()"])
        .assert()
        .stderr(contains("within the limits that a server has by default"));
    // A push is refused before a connection is made.
    folder
        .plwasm(&["push", "lazy.wat", "--db", "host=/nowhere", "--warm", "trap()"])
        .assert()
        .code(5)
        .stderr(contains("lazy.wat: warm-up trap(): "));
}

#[test]
fn a_warm_up_is_tried_without_being_written() {
    let folder = Folder::new();
    for warm in ["lazy(1)", "(1)", "LAZY(1)"] {
        let run = folder.plwasm(&["run", "lazy.wat", "lazy(5)", "--warm", warm]).assert();
        match warm {
            "LAZY(1)" => drop(run.code(2).stderr(contains("does not export a function \"LAZY\""))),
            _ => drop(run.success().stdout("6\n").stderr(contains(format!("fuel {LITTLE},")))),
        }
    }
    folder
        .plwasm(&["run", "lazy.wat", "lazy(5)", "--warm", "kept(5)", "--warm", "lazy(5)"])
        .assert()
        .code(2)
        .stderr(contains("cannot be used multiple times"));
}

#[test]
fn options_reach_every_command_that_calls() {
    let folder = Folder::new();
    for command in ["run", "bench", "profile"] {
        let arguments = [command, "lazy.wat", "lazy(5)", "--warm", "lazy(1)", "--json"];
        let report = json(&mut folder.plwasm(&arguments));
        let fuel = if command == "bench" { &report["measured"]["fuel"] } else { &report["fuel"] };
        assert_eq!(fuel, LITTLE, "{report}");
    }
    let memory = |heap: &str| {
        let mut command = plwasm();
        command.arg("run").arg(guest("rust/examples.wasm"));
        let report = json(command.args(["slugify('A b')", "--heap", heap, "--json"]));
        report["memory"].as_u64().expect("a number")
    };
    assert!(memory("8MB") >= memory("0") + (7 << 20));
    folder
        .plwasm(&["run", "lazy.wat", "lazy(5)", "--warm", "trap()"])
        .assert()
        .code(5)
        .stderr(contains("warm-up of WebAssembly module failed"));
}

#[test]
fn work_on_a_first_call_is_noticed() {
    let folder = Folder::new();
    for (call, export) in [("lazy(5)", "lazy"), ("kept(5)", "kept")] {
        let note = || {
            contains(format!("plwasm: note: \"{export}\" does work on its first call"))
                .and(contains(format!("--warm \"{call}\"")))
                .and(contains("docs/once.md"))
        };
        folder.plwasm(&["run", "lazy.wat", call]).assert().success().stderr(note());
        let bench = ["bench", "lazy.wat", call, "--time", "0.01"];
        folder.plwasm(&bench).assert().success().stderr(note());
        folder
            .plwasm(&["check", "lazy.wat", "--try", call])
            .assert()
            .success()
            .stdout(contains(format!("--warm \"{call}\"")).and(contains("docs/once.md")));
        // What is advised helps.
        let fuel = folder.fuel("lazy.wat", call);
        let advised = json(&mut folder.plwasm(&["run", "lazy.wat", call, "--json"]));
        assert_eq!(advised["once"]["first"], fuel);
        let warm = advised["once"]["warm"].as_str().expect("a call");
        let warmed = json(&mut folder.plwasm(&["run", "lazy.wat", call, "--json", "--warm", warm]));
        assert_eq!(warmed["fuel"], advised["once"]["second"]);
        assert_eq!(warmed["result"], advised["result"]);
        assert_eq!(warmed["once"], serde_json::Value::Null);
    }
    let bench = ["bench", "lazy.wat", "lazy(5)", "--time", "0.01", "--json"];
    let report = json(&mut folder.plwasm(&bench));
    assert_eq!(report["once"]["second"], LITTLE);
    assert_eq!(report["once"]["warm"], "lazy(5)");
}

#[test]
fn a_second_call_is_only_an_experiment() {
    let folder = Folder::new();
    // It fails, takes for ever or as much as the first; the first takes too little to be worth a note.
    for call in ["once_only()", "then_endless()", "eager(5)", "small()"] {
        let quiet = contains("note:").not().and(contains("fuel "));
        folder.plwasm(&["run", "lazy.wat", call]).assert().success().stderr(quiet);
        let bench = ["bench", "lazy.wat", call, "--time", "0.01", "--json"];
        assert_eq!(json(&mut folder.plwasm(&bench))["once"], serde_json::Value::Null, "{call}");
    }
    // A call that is skipped is not repeated.
    plwasm()
        .arg("run")
        .arg(guest("rust/examples.wasm"))
        .arg("slugify(NULL)")
        .assert()
        .success()
        .stderr(contains("note:").not());
}

#[test]
fn calls_that_are_tried_are_reported() {
    let folder = Folder::new();
    let check = ["check", "lazy.wat", "--try", "lazy(5)", "--try", "trap()", "--try", "eager(1)"];
    folder
        .plwasm(&check)
        .assert()
        .code(5)
        .stdout(contains("  trap(): ends with an error\n").and(contains("  eager(1): fuel ")))
        .stderr(contains("38000: trap(): "));
    let report = json(folder.plwasm(&check).arg("--json"));
    assert_eq!(report["calls"][0]["once"]["second"], LITTLE);
    assert_eq!(report["calls"][1]["error"]["sqlstate"], "38000");
    assert_eq!(report["calls"][2]["once"], serde_json::Value::Null);
    for (call, said) in [
        ("nothing(1)", "does not export a function \"nothing\""),
        ("lazy()", "does not say its types"),
        ("lazy(", "is not a call"),
    ] {
        folder
            .plwasm(&["check", "lazy.wat", "--try", call])
            .assert()
            .code(2)
            .stderr(contains(said));
    }
    let report = json(&mut folder.plwasm(&["check", "lazy.wat", "--json"]));
    assert_eq!(report["calls"], serde_json::json!([]));
    // Declarations belong to the calls that have their names.
    let mut declared = plwasm();
    declared.arg("check").arg(guest("c-text/text.wasm"));
    declared.args(["--try", "levenshtein('kitten', 'sitting')", "--json", "--as"]);
    let report = json(declared.arg("levenshtein(text, text) returns integer"));
    assert!(report["calls"][0]["fuel"].as_u64().is_some_and(|fuel| fuel > 100), "{report}");
    folder
        .plwasm(&["check", "lazy.wat", "--try", "lazy(5)", "--as", "lazy(text) returns integer"])
        .assert()
        .code(2)
        .stderr(contains("export \"lazy\" has the wrong signature"));
}
