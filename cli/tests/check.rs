//! `plwasm check`.

mod common;

use common::{evil, guest, json, plwasm};
use predicates::prelude::*;
use predicates::str::contains;

#[test]
fn exports_have_their_sql() {
    plwasm()
        .arg("check")
        .arg(guest("rust/examples.wasm"))
        .assert()
        .success()
        .stdout(contains("slugify: func(text: string) -> string"))
        .stdout(contains("public.slugify(text text) RETURNS text"))
        .stdout(contains("CREATE TYPE public.mood AS ENUM ('sad', 'ok', 'happy')"))
        .stdout(contains("\n  cabi_post_").not());
}

#[test]
fn json_says_the_same() {
    let report = json(plwasm().args(["check", "--json"]).arg(guest("component/rust.wasm")));
    assert_eq!(report["accepted"], true);
    assert_eq!(report["kind"], "component");
    let exports = report["exports"].as_array().expect("a list");
    let add = exports.iter().find(|export| export["name"] == "add").expect("it is exported");
    assert_eq!(add["wit"], "add: func(a: s32, b: s32) -> result<s32, error>");
    assert_eq!(add["sql"], "public.add(a integer, b integer) RETURNS integer");
    assert_eq!(add["stateless"], false);
}

#[test]
fn stateless_exports_are_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("pure.wat");
    let text = "(module (func (export \"id\") (param i32) (result i32) (local.get 0)))";
    std::fs::write(&path, text).expect("written");
    let report = json(plwasm().args(["check", "--json"]).arg(&path));
    assert_eq!(report["exports"][0]["stateless"], true);
}

#[test]
fn imports_are_refused_with_a_remedy() {
    plwasm()
        .arg("check")
        .arg(evil("imports/import-wasi.wat"))
        .assert()
        .code(4)
        .stdout(contains("\"wasi_snapshot_preview1\".\"path_open\""))
        .stderr(contains("0A000").and(contains("--wasi inert")));
    plwasm()
        .args(["check", "--wasi", "inert"])
        .arg(evil("imports/import-wasi.wat"))
        .assert()
        .success();
    let report = json(plwasm().args(["check", "--json"]).arg(evil("imports/import-wasi.wat")));
    assert_eq!(report["accepted"], false);
    assert_eq!(report["error"]["sqlstate"], "0A000");
}

#[test]
fn debugging_information_is_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("debug.wasm");
    let mut code = b"\0asm\x01\0\0\0".to_vec();
    code.extend([0, 13, 11]);
    code.extend(b".debug_info");
    code.push(0);
    std::fs::write(&path, code).expect("written");
    plwasm().arg("check").arg(&path).assert().success().stdout(contains("strip"));
}

#[test]
fn what_is_no_module_is_refused() {
    for (bytes, what) in [
        (&b""[..], "it starts with nothing"),
        (b"hello", "expected"),
        (b"\0asm\x01\0\0\0\xff", "invalid WebAssembly module"),
        (b"\0asm\x07\0\0\0", "invalid WebAssembly module"),
        (b"\xff\xfe\xfd", "it starts with \"\\xff\\xfe\\xfd\""),
    ] {
        plwasm()
            .args(["check", "-"])
            .write_stdin(bytes)
            .assert()
            .code(4)
            .stderr(contains("plwasm: error: 42P13: -: ").and(contains(what)))
            .stderr(contains("panicked").not());
    }
}

#[test]
fn compiling_finds_what_reading_does_not() {
    let text = "(module (func (export \"f\") (result i32) (i64.const 1)))";
    plwasm()
        .args(["check", "--compile", "-"])
        .write_stdin(text)
        .assert()
        .code(4)
        .stderr(contains("type mismatch"));
}

/// Writes a module in text to a folder of its own, and gives its path.
fn module(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("module.wat");
    std::fs::write(&path, text).expect("written");
    (folder, path)
}

#[test]
fn what_fails_before_any_call_is_noticed() {
    let text = "(module (func $boom unreachable) (func (export \"_initialize\") (call $boom))
        (func (export \"f\") (result i32) (i32.const 1)))";
    let (_folder, path) = module(text);
    plwasm().arg("check").arg(&path).assert().success().stdout(
        contains("every call would fail")
            .and(contains("38000: _initialize of WebAssembly module failed"))
            .and(contains("0: boom at offset")),
    );
    let report = json(plwasm().args(["check", "--json"]).arg(&path));
    assert_eq!(report["accepted"], true);
    assert_eq!(report["warning"]["sqlstate"], "38000");
    plwasm()
        .arg("run")
        .arg(&path)
        .arg("f()")
        .assert()
        .code(5)
        .stderr(contains("_initialize of WebAssembly module failed"));

    let (_folder, path) = module("(module (func $f (loop (br 0))) (start $f))");
    plwasm().args(["check", "--fuel", "1e6"]).arg(&path).assert().success().stdout(contains(
        "54000: start function of WebAssembly module failed: function exceeded its fuel limit of 1000000",
    ));
    let (_folder, path) = module("(module (func $f) (start $f))");
    plwasm().arg("check").arg(&path).assert().success().stdout(contains("would fail").not());
}

#[test]
fn what_a_toolchain_exports_for_itself_is_counted() {
    let mut text = String::from("(module (func (export \"last\") (param i32))");
    for number in 0..700 {
        text += &format!(
            "(func (export \"__wbindgen_describe_f{number}\")) (func (export \"dynCall_v{number}\"))"
        );
    }
    text += "(func (export \"__wasm_call_ctors\")) (func (export \"a_real_one\") (param i32)))";
    let (_folder, path) = module(&text);
    let output = plwasm().arg("check").arg(&path).output().expect("it runs");
    let said = String::from_utf8(output.stdout).expect("text");
    assert!(said.lines().count() < 30, "{said}");
    for line in [
        "and 700 such as __wbindgen_describe_f0: describe types to wasm-bindgen, which has not processed",
        "and 700 such as dynCall_v0: call pointers to functions",
        "and __wasm_call_ctors: of the linker",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    let at = |what: &str| said.find(what).expect("it is listed");
    assert!(at("last(i32)") < at("and 700") && at("a_real_one(i32)") < at("and 700"));
    let report = json(plwasm().args(["check", "--json"]).arg(&path));
    assert_eq!(report["exports"].as_array().map(Vec::len), Some(1403), "all of them");
}

#[test]
fn a_wit_package_is_no_module() {
    let (_folder, path) = module(
        "(component (type $text (component (type (instance (export \"f\" (func))))
            (export \"a:b/text\" (instance (type 0))))) (export \"text\" (type $text)))",
    );
    plwasm()
        .arg("check")
        .arg(&path)
        .assert()
        .code(4)
        .stderr(contains("WebAssembly component is a WIT package, which has no code"));
}
