//! Components are put back after a call and metered, as core modules are.

use crate::subject::{self, LIMITS, Ours, Returns, Value, compile, engine, text};
use crate::texts::ALLOCATOR;
use plwasm_engine::{Error, Guest, Isolation, Module};

#[test]
fn what_one_memory_changes_is_put_back() {
    let mut ours = Ours::new(&format!(
        r#"(component
          (core module $m
            {ALLOCATOR}
            (func (export "count") (param i32 i32) (result i32)
              (i32.store (i32.const 40) (i32.add (i32.load (i32.const 40)) (i32.const 1)))
              (i32.load (i32.const 40))))
          (core module $empty (memory (export "memory") 0))
          (core instance $i (instantiate $m))
          (core instance (instantiate $empty))
          (func (export "count") (param "a" string) (result u32)
            (canon lift (core func $i "count") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"#
    ))
    .unwrap();
    let before = ours.guest().unwrap().snapshot();
    for _ in 0..3 {
        assert_eq!(ours.call("count", &[text("x")], Returns::U32).unwrap(), Value::U32(1));
        assert!(ours.was_reset);
        assert_eq!(ours.guest().unwrap().snapshot(), before);
    }
}

/// A component costs what its core module costs.
#[test]
fn the_same_fuel_as_the_core_module() {
    let module = "(func (export \"fib\") (param i32) (result i32)
        (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
          (then (local.get 0))
          (else (i32.add
            (call 0 (i32.sub (local.get 0) (i32.const 1)))
            (call 0 (i32.sub (local.get 0) (i32.const 2)))))))";
    let component = format!(
        "(component (core module $m {module}) (core instance $i (instantiate $m))
          (func (export \"fib\") (param \"n\" u32) (result u32) (canon lift (core func $i \"fib\"))))"
    );
    let fuel = |text: &str| {
        let mut ours = Ours::new(text).unwrap();
        assert_eq!(ours.call("fib", &[Value::U32(15)], Returns::U32).unwrap(), Value::U32(610));
        ours.fuel
    };
    assert_eq!(fuel(&component), fuel(&format!("(module {module})")));
}

/// What an instance does when it is made is paid once, and is the same each time.
#[test]
fn start_functions_count_fuel() {
    let engine = engine();
    let component = r#"(component
      (core module $m (func $start (local i32)
        (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1)))
          (i32.const 1000))))) (start $start)
        (func (export "f")))
      (core instance $a (instantiate $m))
      (core instance $b (instantiate $m))
      (func (export "f") (canon lift (core func $a "f"))))"#;
    let module = compile(&engine, component).unwrap();
    let started = |fuel| {
        Guest::new(&engine, module.clone(), plwasm_engine::Limits { fuel, ..LIMITS })
            .map(|guest| guest.started())
    };
    let first = started(1_000_000).unwrap();
    assert!(first > 10_000, "{first}");
    assert_eq!(started(1_000_000).unwrap(), first);
    let Err(Error::Initialization { error, .. }) = started(100) else { panic!("it is enough") };
    assert!(matches!(*error, Error::Fuel { .. }));
}

#[test]
fn statement_isolation_keeps_state() {
    let engine = engine();
    let component = r#"(component
      (core module $m (global $n (mut i32) (i32.const 0))
        (func (export "next") (result i32)
          (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))
      (core instance $i (instantiate $m))
      (func (export "next") (result u32) (canon lift (core func $i "next"))))"#;
    let binary = wat::parse_str(component).unwrap();
    let module = Module::compile(&engine, &binary, Isolation::Statement).unwrap();
    let mut guest = Guest::new(&engine, module.into(), LIMITS).unwrap();
    for expected in 1..4 {
        let found = subject::call(&mut guest, "next", &[], Returns::U32).unwrap();
        assert_eq!(found, Value::U32(expected));
    }
}
