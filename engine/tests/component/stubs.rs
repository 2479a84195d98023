//! Stubs in place of imports, of components and of core modules.

use super::subject::{LIMITS, Returns, Value, call, engine};
use plwasm_engine::abi::{CoreSignature, CoreType};
use plwasm_engine::compile::component::{Stub, Stubs};
use plwasm_engine::{Error, Guest, Isolation, Module};
use std::borrow::Cow;

/// A clock, and a host that knows the time and hands out strings.
struct Clockwork;

const CLOCK: &str = r#"(module
  (global $now (mut i32) (i32.const 0))
  (func (export "next") (result i32)
    (global.set $now (i32.add (global.get $now) (i32.const 1)))
    (global.get $now)))"#;

const HOST: &str = r#"(module
  (import "guest" "memory" (memory 0))
  (import "guest" "cabi_realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
  (import "clock" "next" (func $next (result i32)))
  (func (export "test:host/clock#now") (result i32) (call $next))
  (func (export "test:host/clock#name") (param $result i32)
    (local $at i32)
    (local.set $at (call $realloc (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
    (i32.store (local.get $at) (i32.const 0x6b636974))
    (i32.store (local.get $result) (local.get $at))
    (i32.store offset=4 (local.get $result) (i32.const 4)))
  (func (export "write") (param $at i32) (result i32)
    (i32.store (local.get $at) (i32.const 99))
    (call $next)))"#;

impl Stubs for Clockwork {
    fn stub(&self, module: &str, name: &str, signature: &CoreSignature) -> Option<Stub> {
        let i32s = |params: usize, results: usize| CoreSignature {
            params: vec![CoreType::I32; params],
            results: vec![CoreType::I32; results],
        };
        let (export, ty) = match (module, name) {
            ("test:host/clock@1.2.3", "now") => ("test:host/clock#now", i32s(0, 1)),
            ("test:host/clock@1.2.3", "name") => ("test:host/clock#name", i32s(1, 0)),
            ("preview0", "write") => ("write", i32s(1, 1)),
            _ => return None,
        };
        (ty == *signature).then(|| Stub {
            binary: Cow::Owned(wat::parse_str(HOST).unwrap()),
            export: export.to_string(),
        })
    }

    fn named(&self, name: &str) -> Option<Cow<'static, [u8]>> {
        (name == "clock").then(|| Cow::Owned(wat::parse_str(CLOCK).unwrap()))
    }
}

fn guest(text: &str) -> Result<Guest, Error> {
    let engine = engine();
    let binary = wat::parse_str(text).unwrap();
    let module = Module::compile_with(&engine, &binary, Isolation::Call, Some(&Clockwork))?;
    Guest::new(&engine, module.into(), LIMITS)
}

/// As `wit-component` makes it: what needs a memory is called through a table that is filled when there is one.
const COMPONENT: &str = r#"(component
  (import "test:host/clock@1.2.3" (instance $clock
    (export "handle" (type (sub resource)))
    (export "now" (func (result u32)))
    (export "name" (func (result string)))))
  (alias export $clock "handle" (type $handle))
  (core func $drop (canon resource.drop $handle))
  (core module $main
    (import "clock" "now" (func $now (result i32)))
    (import "clock" "name" (func $name (param i32)))
    (import "clock" "drop" (func $drop (param i32)))
    (memory (export "memory") 1)
    (global $heap (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $heap (i32.add (global.get $heap) (local.get 3)))
      (i32.sub (global.get $heap) (local.get 3)))
    (func (export "twice") (result i32)
      (call $drop (i32.const 7))
      (i32.add (i32.mul (call $now) (i32.const 10)) (call $now)))
    (func (export "name") (result i32)
      (drop (call $now))
      (call $name (i32.const 16))
      (i32.const 16)))
  (core module $shim
    (table (export "table") 1 funcref)
    (type $name (func (param i32)))
    (func (export "name") (param i32) (call_indirect (type $name) (local.get 0) (i32.const 0))))
  (core module $fixup
    (import "" "table" (table 1 funcref))
    (import "" "name" (func $name (param i32)))
    (elem (i32.const 0) $name))
  (core func $now (canon lower (func $clock "now")))
  (core instance $shim (instantiate $shim))
  (alias core export $shim "name" (core func $name))
  (core instance $main (instantiate $main (with "clock" (instance
    (export "now" (func $now)) (export "name" (func $name)) (export "drop" (func $drop))))))
  (core func $lowered (canon lower (func $clock "name")
    (memory (core memory $main "memory")) (realloc (core func $main "realloc"))))
  (core instance (instantiate $fixup (with "" (instance
    (export "table" (table $shim "table")) (export "name" (func $lowered))))))
  (func (export "twice") (result u32) (canon lift (core func $main "twice")))
  (func (export "name") (result string)
    (canon lift (core func $main "name") (memory (core memory $main "memory")))))"#;

#[test]
fn of_components() {
    let mut guest = guest(COMPONENT).unwrap();
    for _ in 0..3 {
        let found = call(&mut guest, "twice", &[], Returns::U32).unwrap();
        assert_eq!(found, Value::U32(12), "the clock is put back as well");
        assert!(guest.reset());
        let found = call(&mut guest, "name", &[], Returns::Text).unwrap();
        assert_eq!(found, Value::Text("tick".into()));
        assert!(guest.reset());
    }
}

#[test]
fn of_core_modules() {
    let mut guest = guest(
        r#"(module
          (import "preview0" "write" (func $write (param i32) (result i32)))
          (memory (export "memory") 1)
          (global $started (mut i32) (i32.const 0))
          (func $start (global.set $started (call $write (i32.const 64))))
          (start $start)
          (func (export "run") (result i32)
            (drop (call $write (i32.const 128)))
            (i32.add
              (i32.mul (global.get $started) (i32.const 1000))
              (i32.add (i32.load (i32.const 64)) (i32.load (i32.const 128)))))
          (func (export "_initialize")))"#,
    )
    .unwrap();
    for _ in 0..3 {
        let found = call(&mut guest, "run", &[], Returns::U32).unwrap();
        assert_eq!(found, Value::U32(1000 + 99 + 99));
        assert!(guest.reset());
    }
}

/// Its functions have names, and frames have the places that they have in the guest.
#[test]
fn backtraces_of_core_modules() {
    let text = r#"(module
      (import "preview0" "write" (func $write (param i32) (result i32)))
      (func $here (export "run") (result i32) (call $write (i32.const 128))))"#;
    let binary = wat::parse_str(text).unwrap();
    let mut guest = guest(text).unwrap();
    let found = call(&mut guest, "run", &[], Returns::U32);
    let Err(Error::Trap { backtrace, .. }) = found else { panic!("no memory: {found:?}") };
    let line = backtrace.lines().find(|line| line.contains("here")).unwrap();
    let offset = usize::from_str_radix(line.rsplit_once("0x").unwrap().1, 16).unwrap();
    const CALL: u8 = 0x10;
    assert_eq!(binary[offset], CALL, "{backtrace}");
}

#[test]
fn what_is_left_is_listed() {
    for (text, expected) in [
        (
            r#"(module
              (import "preview0" "write" (func (param i32) (result i32)))
              (import "preview0" "write" (func (param i64) (result i32)))
              (import "preview0" "read" (func))
              (import "env" "memory" (memory 1)))"#,
            vec![
                r#"function "preview0"."write""#,
                r#"function "preview0"."read""#,
                r#"memory "env"."memory""#,
            ],
        ),
        (
            r#"(component
              (import "test:host/clock@1.2.3" (instance $clock
                (export "now" (func (result u64))) (export "other" (func))))
              (core func $now (canon lower (func $clock "now")))
              (core func $other (canon lower (func $clock "other")))
              (core module $m (import "" "now" (func (result i64))) (import "" "other" (func)))
              (core instance (instantiate $m (with "" (instance
                (export "now" (func $now)) (export "other" (func $other)))))))"#,
            vec![
                r#"function "test:host/clock@1.2.3"."now""#,
                r#"function "test:host/clock@1.2.3"."other""#,
            ],
        ),
    ] {
        let Err(Error::Imports(found)) = guest(text) else { panic!("{text}") };
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }
}
