//! `plwasm adapt`.

mod common;

use common::plwasm;
use predicates::prelude::*;
use predicates::str::contains;
use std::path::{Path, PathBuf};

const GUEST: &str = r#"(module
  (import "env" "log" (func $log (param i32)))
  (import "env" "exit" (func $exit))
  (memory (export "mem") 1)
  (func (export "alloc") (param i32) (result i32) (i32.const 64))
  (func (export "twice") (param i32) (result i32)
    (call $log (local.get 0))
    (if (i32.lt_s (local.get 0) (i32.const 0)) (then (call $exit)))
    (i32.mul (local.get 0) (i32.const 2)))
  (func (export "length") (param i32 i32) (result i32) (local.get 1)))"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        folder.write("in.wat", GUEST);
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
    }

    fn adapt(&self, arguments: &[&str]) -> assert_cmd::assert::Assert {
        let mut command = plwasm();
        command.current_dir(&self.0).args(["adapt", "in.wat", "-o", "out.wasm"]).args(arguments);
        command.assert()
    }

    fn run(&self, call: &str, declaration: &str) -> assert_cmd::assert::Assert {
        let mut command = plwasm();
        command.current_dir(&self.0).args(["run", "out.wasm", call, "--as", declaration]);
        command.assert()
    }
}

#[test]
fn the_result_runs_and_what_was_done_is_said() {
    let folder = Folder::new();
    folder
        .adapt(&["--stub", "zero=env.log", "--stub", "trap", "--memory", "mem", "--alloc", "alloc"])
        .success()
        .stdout("")
        .stderr(contains("import env.log: a stub that returns zeros"))
        .stderr(contains("import env.exit: a stub that traps"))
        .stderr(contains("export memory: mem"))
        .stderr(contains("export cabi_realloc: the allocator made of alloc"));
    let twice = "twice(int4) returns int4";
    folder.run("twice(21)", twice).success().stdout(contains("42"));
    folder
        .run("twice(-1)", twice)
        .code(5)
        .stderr(contains("called the import env.exit, which was replaced by a stub"));
    folder.run("length('abc')", "length(text) returns int4").success().stdout(contains("3"));
    plwasm().arg("check").arg(folder.path("out.wasm")).assert().success();
}

#[test]
fn what_is_left_is_listed_and_nothing_is_written() {
    let folder = Folder::new();
    folder
        .adapt(&[])
        .code(4)
        .stderr(contains("0A000: in.wat: 2 imports are left"))
        .stderr(contains("function env.exit: --stub trap=env.exit"));
    assert!(!folder.path("out.wasm").exists());
}

#[test]
fn modules_and_shims_are_files() {
    let folder = Folder::new();
    folder.write("log.wat", r#"(module (func (export "log") (param i32)))"#);
    folder.write(
        "shim.wat",
        r#"(module (import "guest" "twice" (func $twice (param i32) (result i32)))
          (func (export "env#exit"))
          (func (export "thrice") (param i32) (result i32)
            (i32.add (local.get 0) (call $twice (local.get 0)))))"#,
    );
    folder
        .adapt(&["--with", "env=log.wat", "--shim", "shim.wat"])
        .success()
        .stderr(contains("import env.log: log.wat").and(contains("export thrice: shim.wat")));
    folder.run("thrice(-2)", "thrice(int4) returns int4").success().stdout(contains("-6"));
    folder.adapt(&["--shim", "missing.wat"]).code(3).stderr(contains("missing.wat"));
    folder.write("wrong.wat", "(module (func (result i32)))");
    folder.adapt(&["--shim", "wrong.wat"]).code(4).stderr(contains("wrong.wat: "));
    folder.write("worse.wat", "(modul");
    folder.adapt(&["--shim", "worse.wat"]).code(4).stderr(contains("worse.wat"));
}

#[test]
fn it_reads_and_writes_streams() {
    let output = plwasm()
        .args(["adapt", "-", "-o", "-", "--stub", "trap"])
        .write_stdin(GUEST)
        .assert()
        .success();
    assert!(output.get_output().stdout.starts_with(b"\0asm"));
}

#[test]
fn mistakes_have_status_2() {
    for (arguments, what) in [
        (&["--stub", "panic"][..], "neither trap nor zero"),
        (&["--stub", "trap=exit"], "an import is written as MODULE.NAME"),
        (&["--with", "log.wat"], "not MODULE=FILE"),
        (&["--wasi", "full"], "neither none nor inert"),
    ] {
        Folder::new().adapt(arguments).code(2).stderr(contains(what));
    }
    plwasm().args(["adapt", "in.wat"]).assert().code(2).stderr(contains("--output"));
    let folder = Folder::new();
    folder.adapt(&["--stub", "trap", "-o", "."]).code(2);
    let mut command = plwasm();
    command.arg("adapt").arg(folder.path("in.wat")).args(["--stub", "trap", "-o"]);
    command.arg(Path::new("/nowhere/out.wasm")).assert().code(3).stderr(contains("/nowhere"));
}
