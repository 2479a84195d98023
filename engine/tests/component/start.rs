//! What happens when instances are made: segments and start functions, in order.

use crate::subject::{LIMITS, Returns, compile, engine, same, same_traps};
use crate::u32s;
use plwasm_engine::Guest;

/// Segments after a start function overwrite what it wrote, and it does not see them.
#[test]
fn start_functions_and_segments_keep_their_order() {
    let component = r#"(component
          (core module $first
            (memory (export "memory") 1)
            (table (export "table") 3 funcref)
            (global (export "at") i32 (i32.const 16))
            (data (i32.const 0) "aaaa")
            (func $start (i32.store8 (i32.const 0) (i32.const 0x73))
              (i32.store8 (i32.const 16) (i32.const 0x73)))
            (start $start))
          (core module $second
            (import "first" "memory" (memory 1))
            (import "first" "table" (table 3 funcref))
            (import "first" "at" (global $at i32))
            (type $get (func (result i32)))
            (elem (i32.const 1) func $one)
            (elem $kept func $two)
            (data (global.get $at) "bb")
            (data $passive "pp")
            (func $one (result i32) (i32.const 1))
            (func $two (result i32) (i32.const 2))
            (func $start
              (i32.store8 (i32.const 1)
                (i32.add
                  (i32.load8_u (i32.const 16))
                  (call_indirect (type $get) (i32.const 1))))
              (memory.init $passive (i32.const 2) (i32.const 0) (i32.const 2))
              (table.init $kept (i32.const 2) (i32.const 0) (i32.const 1)))
            (start $start))
          (core module $third
            (import "first" "memory" (memory 1))
            (import "first" "table" (table 3 funcref))
            (type $get (func (result i32)))
            (data $late (i32.const 17) "c")
            (func (export "at") (param i32) (result i32) (i32.load8_u (local.get 0)))
            (func (export "call") (param i32) (result i32)
              (call_indirect (type $get) (local.get 0)))
            ;; An active segment is dropped when it has been applied.
            (func (export "again") (memory.init $late (i32.const 0) (i32.const 0) (i32.const 1))))
          (core instance $first (instantiate $first))
          (core instance $second (instantiate $second (with "first" (instance $first))))
          (core instance $third (instantiate $third (with "first" (instance $first))))
          (func (export "at") (param "a" u32) (result u32) (canon lift (core func $third "at")))
          (func (export "call") (param "a" u32) (result u32) (canon lift (core func $third "call")))
          (func (export "again") (canon lift (core func $third "again"))))"#;
    same(
        component,
        &[
            ("at", &u32s(&[0]), Returns::U32),
            ("at", &u32s(&[1]), Returns::U32),
            ("at", &u32s(&[2]), Returns::U32),
            ("at", &u32s(&[3]), Returns::U32),
            ("at", &u32s(&[16]), Returns::U32),
            ("at", &u32s(&[17]), Returns::U32),
            ("call", &u32s(&[1]), Returns::U32),
            ("call", &u32s(&[2]), Returns::U32),
        ],
    );
    same_traps(component, &[("call", &u32s(&[0]), Returns::U32), ("again", &[], Returns::Unit)]);
}

/// A start function calls what an earlier instance has put into a table. What that changed, a later segment overwrites.
#[test]
fn a_segment_waits_for_start_functions_that_reach_its_memory_through_a_table() {
    let component = r#"(component
          (core module $shim
            (type $set (func (param i32)))
            (table (export "table") 1 funcref)
            (func (export "set") (param i32) (call_indirect (type $set) (local.get 0) (i32.const 0))))
          (core module $store
            (memory (export "memory") 1)
            (data (i32.const 0) "aaaa")
            (func (export "set") (param i32) (i32.store8 (local.get 0) (i32.const 0x73)))
            (func (export "at") (param i32) (result i32) (i32.load8_u (local.get 0))))
          (core module $fixups
            (import "" "table" (table 1 funcref))
            (import "" "set" (func $set (param i32)))
            (elem (i32.const 0) func $set))
          (core module $starts
            (import "" "set" (func $set (param i32)))
            (func $start (call $set (i32.const 1)) (call $set (i32.const 2)))
            (start $start))
          (core module $late
            (import "" "memory" (memory 1))
            (data (i32.const 2) "b"))
          (core instance $shim (instantiate $shim))
          (core instance $store (instantiate $store))
          (core instance $fixups (instantiate $fixups (with "" (instance
            (export "table" (table $shim "table")) (export "set" (func $store "set"))))))
          (core instance (instantiate $starts (with "" (instance (export "set" (func $shim "set"))))))
          (core instance (instantiate $late (with "" (instance $store))))
          (func (export "at") (param "a" u32) (result u32) (canon lift (core func $store "at"))))"#;
    same(
        component,
        &[
            ("at", &u32s(&[0]), Returns::U32),
            ("at", &u32s(&[1]), Returns::U32),
            ("at", &u32s(&[2]), Returns::U32),
        ],
    );
}

/// The same through a table whose owner has filled it from the beginning.
#[test]
fn a_segment_waits_for_start_functions_that_call_what_a_table_begins_with() {
    let component = r#"(component
          (core module $store
            (memory (export "memory") 1)
            (func $set (param i32) (i32.store8 (local.get 0) (i32.const 0x73)))
            (table (export "table") 1 1 funcref (ref.func $set))
            (func (export "at") (param i32) (result i32) (i32.load8_u (local.get 0))))
          (core module $starts
            (import "" "table" (table 1 1 funcref))
            (type $set (func (param i32)))
            (func $start (call_indirect (type $set) (i32.const 2) (i32.const 0)))
            (start $start))
          (core module $late
            (import "" "memory" (memory 1))
            (data (i32.const 2) "b"))
          (core instance $store (instantiate $store))
          (core instance (instantiate $starts (with "" (instance $store))))
          (core instance (instantiate $late (with "" (instance $store))))
          (func (export "at") (param "a" u32) (result u32) (canon lift (core func $store "at"))))"#;
    same(component, &[("at", &u32s(&[2]), Returns::U32)]);
}

/// A table that no earlier start function can touch is filled before it. That takes no fuel, and nothing in an instance.
#[test]
fn a_segment_does_not_wait_for_start_functions_that_cannot_touch_its_table() {
    let component = |other: &str| {
        let functions = "$f ".repeat(10_000);
        format!(
            r#"(component
          (core module $first
            (table (export "table") 10000 funcref)
            (func $start)
            (start $start))
          (core module $second
            (import "first" "table" (table $first 10000 funcref))
            (table $own 10000 funcref)
            (type $get (func (result i32)))
            (func $f (result i32) (i32.const 7))
            (elem (table {other}) (i32.const 0) func {functions})
            (func (export "call") (param i32) (result i32)
              (call_indirect {other} (type $get) (local.get 0))))
          (core instance $first (instantiate $first))
          (core instance $second (instantiate $second (with "first" (instance $first))))
          (func (export "call") (param "a" u32) (result u32) (canon lift (core func $second "call"))))"#
        )
    };
    for other in ["$first", "$own"] {
        same(&component(other), &[("call", &u32s(&[9_999]), Returns::U32)]);
    }
    let engine = engine();
    let started = |other| {
        let module = compile(&engine, &component(other)).unwrap();
        Guest::new(&engine, module, LIMITS).unwrap().started()
    };
    assert!(started("$first") > 1_000, "{}", started("$first"));
    assert!(started("$own") < 100, "{}", started("$own"));
}
