//! Stubs, WASI, and what is left.

use super::subject::{ask, shown};
use plwasm_engine::{Engine, Error, Guest, Isolation, Limits, MemoryBudget, Module, Uses, ValRaw};
use wasmtime::Val;

const TWO: &str = r#"(module
  (import "env" "foo" (func $foo (param i32) (result i32)))
  (import "env" "bar" (func $bar (result i64 f32 f64 v128 externref)))
  (func (export "foo") (param i32) (result i32) (call $foo (local.get 0)))
  (func (export "bar") (result i64 f32 f64 externref)
    (local v128 externref)
    (call $bar) (local.set 1) (local.set 0)
    (local.get 1))
  (func (export "three") (result i32) (i32.const 3)))"#;

/// What this engine says of a call of `f: () -> ()`.
fn call(binary: &[u8], name: &str) -> Result<(), Error> {
    let limits = Limits { fuel: 1_000_000, memory: 64 << 20, isolation: Isolation::Call };
    let engine = Engine::new(|| false, MemoryBudget::new(1 << 30))?;
    let module = Module::compile(&engine, binary, Isolation::Call)?;
    let mut guest = Guest::new(&engine, module.into(), limits)?;
    let entry = guest.entry(name, Uses::default())?;
    guest.refuel(limits.fuel);
    let mut slots = [ValRaw::i32(1), ValRaw::i64(0), ValRaw::i64(0)];
    // SAFETY: the functions called here take and return one value at most.
    unsafe { guest.call(&entry, &mut slots) }
}

#[test]
fn a_call_of_a_stub_says_which_import_it_was() {
    let adapted = ask().stub("trap").adapt(TWO).unwrap();
    let error = call(&adapted.binary, "foo").unwrap_err();
    assert_eq!(error.sqlstate(), "38000");
    assert!(
        error.to_string().contains("the import env.foo, which was replaced by a stub"),
        "{error}"
    );
    call(&adapted.binary, "three").unwrap();

    // Others see it in the backtrace.
    let error = ask().stub("trap").run(TWO).call("foo", &[Val::I32(1)]).unwrap_err();
    assert!(format!("{error:?}").contains("stub for the import env.foo"), "{error:?}");
}

#[test]
fn a_trap_of_the_guest_is_no_call_of_a_stub() {
    let text = r#"(module
      (import "env" "foo" (func $foo))
      (func $f (export "f") (unreachable))
      (func (export "g") (call $foo)))"#;
    let adapted = ask().stub("trap").adapt(text).unwrap();
    assert!(!call(&adapted.binary, "f").unwrap_err().to_string().contains("stub"));
    assert!(call(&adapted.binary, "g").unwrap_err().to_string().contains("env.foo"));
}

#[test]
fn zeros() {
    let mut running = ask().stub("zero").run(TWO);
    assert_eq!(running.i32("foo", &[7]), 0);
    let results = running.call("bar", &[]).unwrap();
    assert!(matches!(results[0], Val::I64(0)), "{results:?}");
    assert!(matches!((&results[1], &results[2]), (Val::F32(0), Val::F64(0))), "{results:?}");
    assert!(matches!(results[3], Val::ExternRef(None)), "{results:?}");
}

#[test]
fn patterns_name_some() {
    let mut running = ask().stub("trap").stub("zero=env.f*").run(TWO);
    assert_eq!(running.i32("foo", &[7]), 0);
    assert!(running.call("bar", &[]).is_err());
    let refusal = ask().stub("zero=env.foo").refusal(TWO);
    assert!(refusal.contains("1 import is left") && refusal.contains("env.bar"), "{refusal}");
    let refusal = ask().stub("zero=env.fooo").stub("trap").refusal(TWO);
    assert!(refusal.contains("no imported function matches \"env.fooo\""), "{refusal}");
}

#[test]
fn of_a_type_without_zero_there_is_none() {
    let text = r#"(module
      (type $t (func))
      (import "env" "f" (func $f (result (ref func))))
      (import "env" "g" (func $g (param (ref null $t))))
      (func (export "f") (drop (call $f))))"#;
    let refusal = ask().stub("zero=env.f").stub("trap").refusal(text);
    assert!(refusal.contains("env.f cannot be replaced by a stub"), "{refusal}");
    let refusal = ask().stub("trap").refusal(text);
    assert!(refusal.contains("function env.g"), "{refusal}");
}

const WASI: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi:clocks/monotonic-clock@0.2.3" "now" (func $now (result i64)))
  (import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "\10\00\00\00\05\00\00\00hello")
  (func (export "write") (result i32)
    (call $log (i32.const 1) (i32.const 16) (i32.const 5) (i32.const 16) (i32.const 5))
    (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 64)))
    (i32.load (i32.const 64)))
  (func (export "random") (result i32)
    (drop (call $random (i32.const 96) (i32.const 4)))
    (i32.load (i32.const 96)))
  (func (export "later") (result i32) (i64.gt_u (call $now) (i64.const 0))))"#;

#[test]
fn wasi_with_nothing_in_it() {
    let mut running = ask().wasi().run(WASI);
    assert_eq!(running.i32("write", &[]), 5, "it takes everything");
    let random = running.i32("random", &[]);
    assert_ne!(random, 0);
    assert_eq!(ask().wasi().run(WASI).i32("random", &[]), random, "the same in every instance");
    assert_eq!(running.i32("later", &[]), 1);
    let replaced = ask().wasi().adapt(WASI).unwrap().replaced;
    assert_eq!(
        replaced.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "import wasi_snapshot_preview1.fd_write: WASI with nothing in it",
            "import wasi_snapshot_preview1.random_get: WASI with nothing in it",
            "import wasi:clocks/monotonic-clock@0.2.3.now: WASI with nothing in it",
            "import wasi:logging/logging@0.1.0-draft.log: a stub that drops what is logged",
        ]
    );
    // A stub that is named goes before WASI.
    let adapted = ask().wasi().stub("trap=*.fd_write").adapt(WASI).unwrap();
    assert!(call(&adapted.binary, "write").unwrap_err().to_string().contains("fd_write"));
}

#[test]
fn a_wasi_function_of_another_type_is_left() {
    let text = r#"(module
      (import "wasi_snapshot_preview1" "random_get" (func (param i64 i64) (result i32))))"#;
    assert!(ask().wasi().refusal(text).contains("random_get"));
    ask().wasi().stub("trap").adapt(text).unwrap();
}

#[test]
fn all_that_is_left_is_listed_with_what_would_do() {
    let text = r#"(module
      (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
      (import "env" "foo" (func))
      (import "env" "size" (global i32))
      (import "env" "where" (global (mut i64)))
      (import "env" "refs" (table 1 (ref func))))"#;
    let refusal = ask().refusal(text);
    for line in [
        "0A000: 5 imports are left",
        "function wasi_snapshot_preview1.fd_write: --wasi inert",
        "function env.foo: --stub trap=env.foo, or --with env=FILE",
        "(module (global (export \"env#size\") i32 (i32.const ...)))",
        "(module (global (export \"env#where\") (mut i64) (i64.const ...)))",
        "table env.refs: --with env=FILE",
    ] {
        assert!(refusal.contains(line), "{line}: {refusal}");
    }
    let refusal = ask().stub("trap").wasi().refusal(text);
    assert!(refusal.contains("3 imports are left"), "{refusal}");
}

#[test]
fn what_has_no_imports_stays_as_it_is() {
    let text = r#"(module (func (export "f")) (@custom "anything" "x"))"#;
    let adapted = ask().adapt(text).unwrap();
    assert_eq!(adapted.binary, super::subject::binary(text));
    let Err(error) = ask().stub("trap=env.x").adapt(text) else { panic!() };
    assert!(shown(&error).contains("env.x"));
}
