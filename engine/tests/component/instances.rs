//! Core instances, merged into one module: what they share, their order, names and imports.

use crate::subject::{Returns, Value, compile, engine, same, text};
use crate::texts::ALLOCATOR;
use crate::u32s;
use plwasm_engine::Error;

#[test]
fn one_module() {
    same(
        &format!(
            r#"(component
              (core module $m
                {ALLOCATOR}
                (func (export "add") (param i32 i32) (result i32)
                  (i32.add (local.get 0) (local.get 1)))
                (func (export "twice") (param i32 i32) (result i32)
                  (local $to i32)
                  (local.set $to (call $realloc (i32.const 0) (i32.const 0) (i32.const 1)
                    (i32.mul (local.get 1) (i32.const 2))))
                  (memory.copy (local.get $to) (local.get 0) (local.get 1))
                  (memory.copy (i32.add (local.get $to) (local.get 1)) (local.get 0) (local.get 1))
                  (i32.store (i32.const 8) (local.get $to))
                  (i32.store (i32.const 12) (i32.mul (local.get 1) (i32.const 2)))
                  (i32.const 8))
                (func (export "post") (param i32)
                  (if (i32.ne (local.get 0) (i32.const 8)) (then (unreachable))))
                (func (export "sum") (param f64 i64) (result f64)
                  (f64.add (local.get 0) (f64.convert_i64_s (local.get 1)))))
              (core instance $i (instantiate $m))
              (func (export "add") (param "a" u32) (param "b" u32) (result u32)
                (canon lift (core func $i "add")))
              (func (export "twice") (param "a" string) (result string)
                (canon lift (core func $i "twice") (memory (core memory $i "memory"))
                  (realloc (core func $i "realloc")) (post-return (core func $i "post"))))
              (func (export "sum") (param "a" float64) (param "b" s64) (result float64)
                (canon lift (core func $i "sum"))))"#
        ),
        &[
            ("add", &u32s(&[2, 3]), Returns::U32),
            ("twice", &[text("héllo")], Returns::Text),
            ("twice", &[text("")], Returns::Text),
            ("sum", &[Value::F64(1.5), Value::S64(-3)], Returns::F64),
        ],
    );
}

/// A module that owns memory, table and global, one that imports all of it; and one that both call through
/// the table, as dynamic linking does.
#[test]
fn shared_everything() {
    same(
        r#"(component
          (core module $owner
            (memory (export "memory") 1)
            (table (export "table") 4 funcref)
            (global (export "base") i32 (i32.const 2))
            (global (export "sp") (mut i32) (i32.const 1000))
            (type $unary (func (param i32) (result i32)))
            (func (export "through") (param i32 i32) (result i32)
              (call_indirect (type $unary) (local.get 1) (local.get 0))))
          (core module $library
            (import "env" "memory" (memory 1))
            (import "env" "table" (table 4 funcref))
            (import "env" "base" (global $base i32))
            (import "env" "sp" (global $sp (mut i32)))
            (global $next i32 (i32.add (global.get $base) (i32.const 1)))
            (elem (global.get $base) func $double $store)
            (data (i32.add (global.get $base) (i32.const 8)) "\2a")
            (func $double (param i32) (result i32)
              (global.set $sp (i32.sub (global.get $sp) (i32.const 16)))
              (i32.add (local.get 0) (i32.add (local.get 0) (global.get $sp))))
            (func $store (param i32) (result i32)
              (i32.store (i32.const 100) (local.get 0))
              (i32.load8_u (i32.const 10)))
            (func (export "next") (result i32) (global.get $next)))
          (core module $user
            (import "env" "memory" (memory 1))
            (import "env" "through" (func $through (param i32 i32) (result i32)))
            (import "library" "next" (func $next (result i32)))
            (export "again" (func $next))
            (func (export "run") (param i32) (result i32)
              (i32.add
                (call $through (i32.const 2) (local.get 0))
                (i32.add
                  (call $through (call $next) (local.get 0))
                  (i32.load (i32.const 100))))))
          (core instance $owner (instantiate $owner))
          (core instance $library (instantiate $library (with "env" (instance $owner))))
          (core instance $user (instantiate $user
            (with "env" (instance $owner)) (with "library" (instance $library))))
          (core module $outermost
            (import "user" "again" (func $again (result i32)))
            (func (export "again") (result i32) (i32.mul (call $again) (i32.const 10))))
          (core instance $outermost (instantiate $outermost (with "user" (instance $user))))
          (func (export "run") (param "a" u32) (result u32) (canon lift (core func $user "run")))
          (func (export "again") (result u32) (canon lift (core func $outermost "again"))))"#,
        &[("run", &u32s(&[5]), Returns::U32), ("again", &[], Returns::U32)],
    );
}

#[test]
fn a_module_twice_is_two_instances() {
    let component = r#"(component
      (core module $counter
        (global $count (mut i32) (i32.const 0))
        (memory (export "memory") 1)
        (func (export "next") (result i32)
          (global.set $count (i32.add (global.get $count) (i32.const 1)))
          (i32.store8 (global.get $count) (i32.const 1))
          (global.get $count)))
      (core instance $a (instantiate $counter))
      (core instance $b (instantiate $counter))
      (core module $both
        (import "a" "next" (func $a (result i32)))
        (import "b" "next" (func $b (result i32)))
        (func (export "run") (result i32)
          (drop (call $a))
          (drop (call $a))
          (i32.add (i32.mul (call $a) (i32.const 10)) (call $b))))
      (core instance $both (instantiate $both (with "a" (instance $a)) (with "b" (instance $b))))
      (func (export "run") (result u32) (canon lift (core func $both "run"))))"#;
    // `same` calls twice: the second finds both counters where they began.
    same(component, &[("run", &[], Returns::U32)]);
}

#[test]
fn functions_of_exported_instances() {
    same(
        r#"(component
          (core module $m (func (export "f") (result i32) (i32.const 7)))
          (core instance $i (instantiate $m))
          (func $f (result u32) (canon lift (core func $i "f")))
          (instance $of (export "seven" (func $f)))
          (export "ns:pkg/numbers@1.0.0" (instance $of)))"#,
        &[("ns:pkg/numbers@1.0.0#seven", &[], Returns::U32)],
    );
}

/// No name of the guest's gets in the way of ours.
#[test]
fn names_do_not_collide() {
    same(
        &format!(
            r#"(component
              (core module $m
                {ALLOCATOR}
                (export "cabi_realloc" (func $not_it))
                (func $not_it (export "_initialize") (unreachable))
                (func (export "len") (param i32 i32) (result i32) (local.get 1)))
              (core instance $i (instantiate $m))
              (func (export "memory") (param "a" string) (result u32)
                (canon lift (core func $i "len") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
              (func (export "cabi-memory") (param "a" string) (result u32)
                (canon lift (core func $i "len") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"#
        ),
        &[("memory", &[text("abc")], Returns::U32), ("cabi-memory", &[text("abc")], Returns::U32)],
    );
}

/// References to functions that their module exported, and the merged one does not.
#[test]
fn references_to_functions() {
    same(
        r#"(component
          (core module $m
            (type $get (func (result i32)))
            (func $seven (export "seven") (result i32) (i32.const 7))
            (func (export "run") (result i32) (call_ref $get (ref.func $seven))))
          (core instance $i (instantiate $m))
          (core module $user
            (import "m" "seven" (func $seven (result i32)))
            (type $get (func (result i32)))
            (global $of (ref $get) (ref.func $seven))
            (func (export "run") (result i32) (call_ref $get (global.get $of))))
          (core instance $u (instantiate $user (with "m" (instance $i))))
          (func (export "run") (result u32) (canon lift (core func $i "run")))
          (func (export "user") (result u32) (canon lift (core func $u "run"))))"#,
        &[("run", &[], Returns::U32), ("user", &[], Returns::U32)],
    );
}

#[test]
fn imports_are_listed() {
    let component = r#"(component
      (import "wasi:cli/environment@0.2.3" (instance $env
        (export "get-environment" (func (result u32)))
        (export "unused" (func))))
      (import "log" (func $log (param "a" u32)))
      (import "types" (instance (type (record (field "a" u32))) (export "t" (type (eq 0)))))
      (core module $m
        (import "env" "get" (func $get (result i32)))
        (import "" "log" (func $log (param i32)))
        (func (export "run") (result i32) (call $log (i32.const 1)) (call $get)))
      (core func $get (canon lower (func $env "get-environment")))
      (core func $log (canon lower (func $log)))
      (core instance $i (instantiate $m
        (with "env" (instance (export "get" (func $get))))
        (with "" (instance (export "log" (func $log))))))
      (func (export "run") (result u32) (canon lift (core func $i "run"))))"#;
    let Err(Error::Imports(found)) = compile(&engine(), component) else { panic!() };
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [r#"function "wasi:cli/environment@0.2.3"."get-environment""#, r#"function "$root"."log""#]
    );
}

#[test]
fn types_are_no_imports() {
    same(
        r#"(component
          (import "ns:pkg/types@1.0.0" (instance $types
            (type $r (record (field "a" u32) (field "b" u32))) (export "r" (type (eq $r)))))
          (alias export $types "r" (type $r))
          (core module $m (func (export "sum") (param i32 i32) (result i32) (i32.const 5)))
          (core instance $i (instantiate $m))
          (func (export "sum") (param "a" u32) (param "b" u32) (result u32)
            (canon lift (core func $i "sum"))))"#,
        &[],
    );
}
