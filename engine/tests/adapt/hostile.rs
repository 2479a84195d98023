//! Inputs that want to break it: an error that says why, in bounded time, or a module that does what it did.

use super::subject::{Running, ask, shown};
use plwasm_engine::adapt::{Given, Options, adapt};
use std::fmt::Write;

fn many(count: usize, import: impl Fn(usize) -> String) -> String {
    let mut text = String::from("(module");
    for at in 0..count {
        let _ = write!(text, "(import {})", import(at));
    }
    text.push(')');
    text
}

#[test]
fn a_hundred_thousand_imports() {
    let text = many(100_000, |at| format!(r#""env" "f{at}" (func (param i32) (result i32))"#));
    let refusal = ask().refusal(&text);
    assert!(refusal.contains("100000 imports are left"), "{}", &refusal[..200]);
    assert!(refusal.contains("and 99900 more") && refusal.len() < 20_000);
    ask().stub("trap").adapt(&text).unwrap();
    let same = many(100_000, |_| r#""env" "f" (func (param i32) (result i32))"#.to_string());
    let adapted = ask().stub("zero").adapt(&same).unwrap();
    assert!(adapted.binary.len() < 1000, "one stub is enough");
    let globals = many(50_000, |at| format!(r#""env" "g{at}" (global i32)"#));
    assert!(ask().refusal(&globals).contains("50000 imports are left"));
    let tags = many(50_000, |at| format!(r#""env" "t{at}" (tag)"#));
    let _ = ask().adapt(&tags);
    let wasi = |count| many(count, |at| format!(r#""wasi:http/types@0.2.0" "f{at}" (func)"#));
    ask().wasi().adapt(&wasi(2_000)).unwrap();
    let refusal = ask().wasi().refusal(&wasi(20_000));
    assert!(refusal.contains("more than 10000 functions of WASI"), "{refusal}");
}

#[test]
fn huge_memories_and_tables() {
    // As CREATE does it: the limit of memory is that of calls.
    ask().adapt(r#"(module (import "env" "t" (table 4000000000 funcref)))"#).unwrap();
    let tables = many(5, |at| format!(r#""env" "t{at}" (table 1000000 funcref)"#));
    assert!(ask().refusal(&tables).contains("elements in its tables"));
    let memories = many(101, |at| format!(r#""env" "m{at}" (memory 1)"#));
    assert!(ask().refusal(&memories).contains("memories"));
    ask().adapt(r#"(module (import "env" "memory" (memory 65536)))"#).unwrap();
}

#[test]
fn odd_names() {
    let text = r##"(module
      (import "" "" (func $a))
      (import "a.b" "c\nd\1b[31m" (func $b))
      (import "a" "b.c" (func $c (param i32)))
      (import "#" "#" (func $d))
      (import "\u{202e}" "\"" (func $e))
      (func (export "\"\n") (call $a) (call $b) (call $c (i32.const 1)) (call $d) (call $e)))"##;
    let refusal = ask().refusal(text);
    assert!(refusal.contains("5 imports are left"), "{refusal}");
    assert!(!refusal.contains('\u{1b}') && !refusal.contains('\u{202e}'), "{refusal:?}");
    let adapted = ask().stub("zero").adapt(text).unwrap();
    Running::new(&adapted.binary).call("\"\n", &[]).unwrap();
    for line in &adapted.replaced {
        assert!(!line.to_string().contains('\n'), "{line}");
    }
    let shim = r####"(module (func (export "###")) (func (export "a#b.c") (param i32)) (func (export "#")))"####;
    ask().shim(shim).stub("trap").adapt(text).unwrap();
    // Two imports that a shim cannot tell apart, and their types differ.
    let text = r##"(module (import "a#b" "c" (func)) (import "a" "b#c" (func (param i32))))"##;
    let refusal = ask().shim(r##"(module (func (export "a#b#c")))"##).refusal(text);
    assert!(refusal.contains("has another type"), "{refusal}");
}

#[test]
fn what_is_no_module() {
    for bytes in
        [&b""[..], b"\0asm", b"\0asm\x01\0\0\0\xff", b"\0asm\x01\0\0\0\x01\xff\xff\xff\xff\x0f"]
    {
        let error = adapt(bytes, &Options::default()).unwrap_err();
        assert_eq!(error.sqlstate(), "42P13", "{error}");
        let guest = wat::parse_str("(module)").unwrap();
        let shim = Given { name: "evil\n.wat".into(), binary: bytes.to_vec() };
        let options = Options { shims: vec![shim], ..Options::default() };
        let error = adapt(&guest, &options).unwrap_err();
        assert!(error.to_string().contains("evil\\n.wat"), "{error}");
    }
    let component = wat::parse_str("(component)").unwrap();
    let error = adapt(&component, &Options::default()).unwrap_err();
    assert!(shown(&error).contains("is a component"), "{error}");
    let invalid = r#"(module (import "a" "b" (func)) (func (result i32) (i64.const 1)))"#;
    assert!(ask().stub("trap").refusal(invalid).contains("type mismatch"));
}

#[test]
fn threads() {
    let text = r#"(module (import "env" "memory" (memory 1 2 shared)))"#;
    let refusal = ask().refusal(text);
    assert!(refusal.contains("shared memory") && refusal.contains("-pthread"), "{refusal}");
}

#[test]
fn memories_of_64_bits() {
    let text = r#"(module
      (import "env" "memory" (memory i64 1))
      (import "env" "f" (func))
      (func (export "f") (result i32) (i32.load (i64.const 8))))"#;
    assert_eq!(ask().stub("trap").run(text).i32("f", &[]), 0);
}

/// Modules that were changed at random.
#[test]
fn damaged_bytes() {
    let text = r#"(module
      (import "env" "f" (func $f (param i32) (result i32)))
      (import "env" "memory" (memory 1))
      (import "env" "__memory_base" (global $b i32))
      (import "GOT.func" "g" (global $g (mut i32)))
      (table 3 funcref) (elem (i32.const 0) func $h)
      (func $h (export "g") (param i32) (result i32) (call $f (local.get 0)))
      (@dylink.0 (mem-info (memory 100 2) (table 1 0)) (needed "x"))
      (data (global.get $b) "abc"))"#;
    let binary = wat::parse_str(text).unwrap();
    let options = ask().stub("trap").0;
    let mut state = 7_u64;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    for _ in 0..20_000 {
        let mut bytes = binary.clone();
        for _ in 0..=next() % 3 {
            let at = next() % bytes.len();
            bytes[at] = next() as u8;
        }
        let shim = Given { name: "shim".into(), binary: bytes.clone() };
        let _ = adapt(&bytes, &options);
        let _ = adapt(&binary, &Options { shims: vec![shim], ..options.clone() });
    }
}
