//! `plwasm adapt` for toolchains that it knows: functions with types come of what their hosts call by conventions of
//! their own; and worlds that are embedded.

mod common;
#[path = "families/strings.rs"]
mod strings;

use common::plwasm;
use predicates::prelude::*;
use predicates::str::contains;
use std::path::PathBuf;

struct Folder(tempfile::TempDir);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        for (name, text) in files {
            std::fs::write(folder.path(name), text).expect("written");
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn plwasm(&self, arguments: &[&str]) -> assert_cmd::assert::Assert {
        plwasm().current_dir(&self.0).args(arguments).assert()
    }

    fn adapt(&self, arguments: &[&str]) -> assert_cmd::assert::Assert {
        self.plwasm(&[&["adapt", "in.wat", "-o", "out.wasm"], arguments].concat())
    }

    /// A call ends with a value.
    fn gives(&self, call: &str, value: &str) {
        self.plwasm(&["run", "out.wasm", call]).success().stdout(contains(value));
    }

    /// A call ends with an error.
    fn fails(&self, call: &str, message: &str) {
        self.plwasm(&["run", "out.wasm", call]).code(5).stderr(contains(message));
    }
}

/// A plug-in as Extism's libraries make them: no parameters, a status, and all else by its host's functions.
const EXTISM: &str = r#"(module
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "length" (func $length (param i64) (result i64)))
  (import "extism:host/env" "load_u8" (func $load (param i64) (result i32)))
  (import "extism:host/env" "store_u8" (func $store (param i64 i32)))
  (import "extism:host/env" "input_length" (func $input_length (result i64)))
  (import "extism:host/env" "input_load_u8" (func $input (param i64) (result i32)))
  (import "extism:host/env" "input_load_u64" (func $input_8 (param i64) (result i64)))
  (import "extism:host/env" "output_set" (func $output (param i64 i64)))
  (import "extism:host/env" "error_set" (func $error (param i64)))
  (import "extism:host/env" "config_get" (func $config (param i64) (result i64)))
  (import "extism:host/env" "var_get" (func $get (param i64) (result i64)))
  (import "extism:host/env" "var_set" (func $set (param i64 i64)))
  (import "extism:host/env" "log_info" (func $log (param i64)))
  (import "extism:host/env" "http_request" (func $http (param i64 i64) (result i64)))
  (memory (export "memory") 1)
  (global $calls (mut i32) (i32.const 0))
  ;; a block with the input
  (func $copy (result i64) (local $block i64) (local $at i64)
    (local.set $block (call $alloc (call $input_length)))
    (block $end (loop $next
      (br_if $end (i64.ge_u (local.get $at) (call $input_length)))
      (call $store (i64.add (local.get $block) (local.get $at)) (call $input (local.get $at)))
      (local.set $at (i64.add (local.get $at) (i64.const 1)))
      (br $next)))
    (local.get $block))
  (func (export "echo") (result i32) (local $block i64)
    (local.set $block (call $copy))
    (call $log (local.get $block))
    (call $output (local.get $block) (call $length (local.get $block)))
    (i32.const 0))
  (func (export "fail_with_input") (result i32) (call $error (call $copy)) (i32.const 1))
  (func (export "status") (result i32) (i32.const 7))
  (func (export "nothing") (result i32) (i32.const 0))
  (func (export "remember") (result i32) (local $name i64) (local $value i64)
    (if (i64.ne (call $get (call $config (i64.const 0))) (i64.const 0)) (then unreachable))
    (local.set $name (call $alloc (i64.const 1)))
    (call $store (local.get $name) (i32.const 107))
    (if (i64.ne (call $get (local.get $name)) (i64.const 0)) (then unreachable))
    (call $set (local.get $name) (local.get $name))
    (local.set $value (call $copy))
    (call $set (local.get $name) (local.get $value))
    (call $store (local.get $value) (i32.const 33))
    (local.set $value (call $get (local.get $name)))
    (call $output (local.get $value) (call $length (local.get $value)))
    (i32.const 0))
  (func (export "beyond") (result i32) (drop (call $input_8 (i64.const 1))) (i32.const 0))
  (func (export "large") (result i32) (drop (call $alloc (i64.const -1))) (i32.const 0))
  (func (export "far") (result i32) (drop (call $load (i64.const 0x100000000))) (i32.const 0))
  (func (export "http") (result i32) (drop (call $http (i64.const 0) (i64.const 0))) (i32.const 0))
  (func (export "calls") (result i32) (local $block i64)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (global.get $calls)))
    (local.set $block (call $alloc (i64.const 1)))
    (call $store (local.get $block) (i32.load (i32.const 0)))
    (call $output (local.get $block) (i64.const 1))
    (i32.const 0)))"#;

#[test]
fn an_extism_plug_in_has_functions_of_bytes() {
    let folder = Folder::with(&[("in.wat", EXTISM)]);
    folder.adapt(&[]).success().stderr(contains("import extism:host/env.alloc: Extism's kernel"));
    folder
        .plwasm(&["check", "out.wasm"])
        .success()
        .stdout(contains("echo: func(input: list<u8>) -> result<list<u8>, string>"))
        .stdout(contains("public.fail_with_input(input bytea) RETURNS bytea"));
    for bytes in ["\\x", "\\x61", "\\x616200ff"] {
        folder.gives(&format!("echo('{bytes}')"), &format!("'{bytes}'"));
    }
    folder.gives("nothing('\\x61')", "'\\x'");
    folder.gives("remember('\\x616263')", "'\\x616263'");
    for _ in 0..2 {
        folder.gives("calls('\\x')", "'\\x01'");
    }
    folder.fails("fail_with_input('\\x6e6f')", "38000: ");
    folder.fails("fail_with_input('\\x6e6f')", "no");
    folder.fails("status('\\x')", "the Extism plug-in failed");
    folder.fails("beyond('\\x6162636465666768')", "unreachable");
    folder.fails("large('\\x')", "unreachable");
    folder.fails("far('\\x')", "unreachable");
    folder.fails("http('\\x')", "called the import extism:host/env.http_request");
}

/// A policy as `opa build -t wasm` makes them, with strings for values: it says what it was given.
const OPA: &str = r#"(module
  (import "env" "memory" (memory 2))
  (import "env" "opa_abort" (func $abort (param i32)))
  (import "env" "opa_println" (func $print (param i32)))
  (import "env" "opa_builtin1" (func $builtin (param i32 i32 i32) (result i32)))
  (global $free (mut i32) (i32.const 4096))
  (data (i32.const 1024) "{\"shop/allow\":0,\"shop/rows\":12}\00")
  (data (i32.const 1100) "{\"http.send\":3}\00")
  (data (i32.const 1200) "it is aborted\00")
  (func $malloc (export "opa_malloc") (param i32) (result i32)
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (i32.add (local.get 0) (i32.const 1)))))
  (func (export "opa_json_parse") (param i32 i32) (result i32) (local $at i32)
    (if (i32.eqz (local.get 1)) (then (return (i32.const 0))))
    (if (i32.eq (i32.load8_u (local.get 0)) (i32.const 33)) (then (return (i32.const 0))))
    (local.set $at (call $malloc (i32.add (local.get 1) (i32.const 1))))
    (memory.copy (local.get $at) (local.get 0) (local.get 1))
    (i32.store8 (i32.add (local.get $at) (local.get 1)) (i32.const 0))
    (local.get $at))
  (func (export "opa_json_dump") (param i32) (result i32) (local.get 0))
  (func (export "opa_eval_ctx_new") (result i32) (call $malloc (i32.const 16)))
  (func (export "opa_eval_ctx_set_input") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "opa_eval_ctx_set_data") (param i32 i32) (i32.store offset=4 (local.get 0) (local.get 1)))
  (func (export "opa_eval_ctx_set_entrypoint") (param i32 i32) (i32.store offset=8 (local.get 0) (local.get 1)))
  (func (export "opa_eval_ctx_get_result") (param i32) (result i32)
    (i32.load (i32.add (local.get 0) (select (i32.const 4) (i32.const 0) (i32.eq (i32.load offset=8 (local.get 0)) (i32.const 12))))))
  (func (export "eval") (param i32) (result i32) (local $c i32)
    (local.set $c (i32.load8_u (i32.load (local.get 0))))
    (call $print (i32.const 1200))
    (if (i32.eq (local.get $c) (i32.const 65)) (then (call $abort (i32.const 1200))))
    (if (i32.eq (local.get $c) (i32.const 66)) (then (drop (call $builtin (i32.const 3) (local.get 0) (i32.const 0)))))
    (i32.eq (local.get $c) (i32.const 69)))
  (func (export "builtins") (result i32) (i32.const 1100))
  (func (export "entrypoints") (result i32) (i32.const 1024)))"#;

#[test]
fn a_policy_is_evaluated() {
    let folder = Folder::with(&[("in.wat", OPA)]);
    folder.adapt(&[]).success().stderr(contains("import env.memory: a memory of its own"));
    folder.gives("eval('{\"a\": 1}', '{}')", "'{\"a\": 1}'");
    folder.gives("eval_entrypoint('shop/allow', '1', '2')", "'1'");
    folder.gives("eval_entrypoint('shop/rows', '1', '[\"é\"]')", "'[\"é\"]'");
    folder.gives("entrypoint_names()", "{\"shop/allow\":0,\"shop/rows\":12}");
    for entrypoint in ["", "shop", "shop/allow2", "shop/rows\":12,\"x", "allow"] {
        folder.fails(
            &format!("eval_entrypoint('{entrypoint}', '1', '2')"),
            "the policy has no such entrypoint",
        );
    }
    folder.fails("eval('!', '{}')", "the input is not JSON");
    folder.fails("eval('', '{}')", "the input is not JSON");
    folder.fails("eval('{}', '!')", "the data is not JSON");
    folder.fails("eval('E', '{}')", "the policy could not be evaluated");
    folder.fails("eval('A', '{}')", "it is aborted");
    folder.fails(
        "eval('B', '{}')",
        "a built-in function of OPA's host was called: 3: {\"http.send\":3}",
    );
}

const LENGTH: &str = r#"(module (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
  (func (export "length-of") (param i32 i32) (result i32) (local.get 1)))"#;

const WORLD: &str = "package a:b;\nworld w {\n  /// Bytes of a text.\n  export length-of: func(text: string) -> u32;\n}\n";

#[test]
fn a_world_is_embedded() {
    let folder = Folder::with(&[("in.wat", LENGTH), ("world.wit", WORLD)]);
    folder.adapt(&["--wit", "world.wit"]).success();
    folder
        .plwasm(&["check", "out.wasm"])
        .success()
        .stdout(contains("length-of: func(text: string) -> u32"))
        .stdout(contains("public.length_of(text text) RETURNS bigint"));
    folder.gives("length_of('aé')", "3");
    // A folder does, too. What has types is not given others.
    std::fs::create_dir(folder.path("wit")).expect("a folder");
    std::fs::copy(folder.path("world.wit"), folder.path("wit/world.wit")).expect("copied");
    folder.adapt(&["--wit", "wit"]).success();
    folder
        .plwasm(&["adapt", "out.wasm", "-o", "again.wasm", "--wit", "wit"])
        .code(4)
        .stderr(contains("already describes its types"));
    assert!(!folder.path("again.wasm").exists());
}

#[test]
fn a_world_that_is_not_the_module_s_is_refused() {
    let world = |items: &str| format!("package a:b;\nworld w {{ {items} }}\n");
    for (text, status, message) in [
        (world("export missing: func();"), 4, "the module does not export \"missing\""),
        (
            world("export length-of: func(a: u64) -> u32;"),
            4,
            "Found (i32, i32) -> (i32), expected (i64) -> (i32)",
        ),
        (world("export length-of: func(text: strin) -> u32;"), 2, "strin"),
        ("package a:b;".into(), 2, "world"),
        (format!("{}\nworld v {{}}", world("")), 2, "world"),
    ] {
        let folder = Folder::with(&[("in.wat", LENGTH), ("world.wit", &text)]);
        folder
            .adapt(&["--wit", "world.wit"])
            .code(status)
            .stderr(contains(message).and(contains("panicked").not()));
        assert!(!folder.path("out.wasm").exists(), "{text}");
    }
    let folder = Folder::with(&[("in.wat", LENGTH)]);
    folder.adapt(&["--wit", "none.wit"]).code(2);
}
