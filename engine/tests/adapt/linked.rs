//! Modules that import from each other.

use super::subject::ask;
use wasmtime::Val;

#[test]
fn everything_can_be_imported() {
    let library = r#"(module
      (memory (export "memory") 1 3)
      (table (export "table") 4 funcref)
      (global (export "offset") i32 (i32.const 64))
      (global (export "count") (mut i32) (i32.const 5))
      (tag (export "tag") (param i32))
      (func (export "throw") (param i32) (throw 0 (local.get 0)))
      (func $twice (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
      (elem (i32.const 3) $twice)
      (data (i32.const 64) "LIB"))"#;
    let guest = r#"(module
      (import "lib" "memory" (memory 1 3))
      (import "lib" "table" (table $t 2 funcref))
      (import "lib" "offset" (global $offset i32))
      (import "lib" "count" (global $count (mut i32)))
      (import "lib" "tag" (tag $tag (param i32)))
      (import "lib" "throw" (func $throw (param i32)))
      (import "lib" "twice" (func $twice (param i32) (result i32)))
      (type $unary (func (param i32) (result i32)))
      (global $next i32 (i32.add (global.get $offset) (i32.const 1)))
      (data (global.get $next) "-")
      (elem (table $t) (i32.const 1) func $inc)
      (func $inc (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
      (func (export "call") (param i32 i32) (result i32)
        (call_indirect $t (type $unary) (local.get 1) (local.get 0)))
      (func (export "count") (result i32)
        (global.set $count (i32.add (global.get $count) (i32.const 1))) (global.get $count))
      (func (export "caught") (result i32)
        (block $h (result i32)
          (try_table (catch $tag $h) (call $throw (i32.const 77))) (i32.const 0)))
      (func (export "grow") (result i32) (memory.grow (i32.const 9)))
      (func (export "twice") (param i32) (result i32) (call $twice (local.get 0))))"#;
    let mut running = ask().with("lib", library).run(guest);
    assert_eq!(running.bytes(64, 3), b"L-B", "the library's segment is before the guest's");
    assert_eq!(running.i32("call", &[3, 21]), 42);
    assert_eq!(running.i32("call", &[1, 21]), 22);
    assert_eq!(running.i32("count", &[]), 6);
    assert_eq!(running.i32("caught", &[]), 77);
    assert_eq!(running.i32("grow", &[]), -1, "the library's maximum holds");
    assert_eq!(running.i32("twice", &[4]), 8);
    assert_eq!(
        running.exports(),
        ["call", "count", "caught", "grow", "twice", "memory", "table"],
        "its own, and what strings need"
    );
}

#[test]
fn functions_may_import_each_other() {
    let even = r#"(module
      (import "odd" "odd" (func $odd (param i32) (result i32)))
      (func (export "even") (param i32) (result i32)
        (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 1))
          (else (call $odd (i32.sub (local.get 0) (i32.const 1)))))))"#;
    let odd = r#"(module
      (import "even" "even" (func $even (param i32) (result i32)))
      (func (export "odd") (param i32) (result i32)
        (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0))
          (else (return_call $even (i32.sub (local.get 0) (i32.const 1)))))))"#;
    let mut running = ask().with("odd", odd).run(even);
    assert_eq!(running.i32("even", &[10]), 1);
    assert_eq!(running.i32("even", &[7]), 0);
    // Three of them, the guest among them.
    let guest = r#"(module
      (import "even" "even" (func $even (param i32) (result i32)))
      (func (export "is") (param i32) (result i32) (call $even (local.get 0))))"#;
    assert_eq!(ask().with("odd", odd).with("even", even).run(guest).i32("is", &[8]), 1);
}

#[test]
fn a_library_imports_from_the_guest_and_from_wasi() {
    let library = r#"(module
      (import "env" "memory" (memory 1))
      (import "env" "alloc" (func $alloc (param i32) (result i32)))
      (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
      (func (export "make") (result i32)
        (drop (call $yield))
        (i32.store (call $alloc (i32.const 8)) (i32.const 9))
        (i32.load (i32.const 512))))"#;
    let guest = r#"(module
      (import "lib" "make" (func $make (result i32)))
      (memory (export "memory") 1)
      (func (export "alloc") (param i32) (result i32) (i32.const 512))
      (func (export "make") (result i32) (call $make)))"#;
    assert_eq!(ask().with("lib", library).wasi().run(guest).i32("make", &[]), 9);
}

/// Each appends its letter to a log, at address 0 the length.
fn logs(name: &str, letter: char, imports: &str, rest: &str) -> String {
    format!(
        r#"(module ${name}
          (import "log" "log" (func $log (param i32)))
          {imports}
          (func $start (call $log (i32.const {})))
          {rest})"#,
        letter as u32
    )
}

const LOG: &str = r#"(module
  (memory (export "memory") 1)
  (global $n (mut i32) (i32.const 0))
  (func (export "log") (param i32)
    (i32.store8 (global.get $n) (local.get 0))
    (global.set $n (i32.add (global.get $n) (i32.const 1)))))"#;

#[test]
fn what_is_imported_from_is_started_first() {
    let a = logs("a", 'a', "", r#"(start $start) (func (export "x"))"#);
    let b = logs(
        "b",
        'b',
        r#"(import "a" "x" (func))"#,
        r#"(export "_initialize" (func $start)) (func (export "y"))"#,
    );
    let imports = r#"(import "b" "y" (func)) (import "log" "memory" (memory 1))"#;
    let guest = logs("c", 'c', imports, "(start $start)");
    let asked = || ask().with("b", &b).with("a", &a).with("log", LOG);
    assert_eq!(asked().run(&guest).bytes(0, 4), b"abc\0");
    // Static constructors of a library that leaves them to its host.
    let b = b.replace("_initialize", "__wasm_call_ctors");
    let asked = || ask().with("b", &b).with("a", &a).with("log", LOG);
    assert_eq!(asked().run(&guest).bytes(0, 4), b"abc\0");
}

#[test]
fn the_guests_initializer_stays_the_hosts_to_call() {
    let imports = r#"(import "log" "memory" (memory 1))"#;
    let guest = logs("c", 'c', imports, r#"(export "_initialize" (func $start))"#);
    let mut running = ask().with("log", LOG).run(&guest);
    assert_eq!(running.bytes(0, 1), b"\0");
    assert!(running.exports().contains(&"_initialize".to_string()));
    running.call("_initialize", &[]).unwrap();
    assert_eq!(running.bytes(0, 1), b"c");
}

#[test]
fn an_initializer_of_what_imports_from_the_guest_comes_after_the_guests() {
    let side = r#"(module
      (import "main" "memory" (memory 1))
      (import "main" "log" (func $log (param i32)))
      (data (i32.const 100) "side")
      (func (export "_initialize") (call $log (i32.const 115))))"#;
    let main = r#"(module
      (memory (export "memory") 1)
      (global $n (mut i32) (i32.const 0))
      (func $log (export "log") (param i32)
        (i32.store8 (global.get $n) (local.get 0))
        (global.set $n (i32.add (global.get $n) (i32.const 1))))
      (func (export "_initialize") (call $log (i32.const 109))))"#;
    let mut running = ask().with("side", side).run(main);
    assert_eq!(running.bytes(0, 3), b"ms\0", "both are called when it is instantiated");
    assert!(!running.exports().contains(&"_initialize".to_string()), "and not again");
}

#[test]
fn segments_after_a_start_function_are_applied_after_it() {
    let library = r#"(module
      (memory (export "memory") 1)
      (func $start (i32.store8 (i32.const 0) (i32.const 1)) (i32.store8 (i32.const 1) (i32.const 1)))
      (start $start))"#;
    let guest = r#"(module
      (import "lib" "memory" (memory 1))
      (data (i32.const 1) "\02"))"#;
    assert_eq!(ask().with("lib", library).run(guest).bytes(0, 2), [1, 2]);
}

#[test]
fn what_is_passed_on_is_what_it_was() {
    let base = r#"(module (global (export "g") i32 (i32.const 7)) (func (export "f") (result i32) (i32.const 8)))"#;
    let middle = r#"(module
      (import "base" "g" (global $g i32)) (import "base" "f" (func $f (result i32)))
      (export "g" (global $g)) (export "f" (func $f)))"#;
    let guest = r#"(module
      (import "middle" "g" (global $g i32)) (import "middle" "f" (func $f (result i32)))
      (global $h i32 (global.get $g))
      (func (export "sum") (result i32) (i32.add (global.get $h) (call $f))))"#;
    assert_eq!(ask().with("middle", middle).with("base", base).run(guest).i32("sum", &[]), 15);
}

#[test]
fn another_type_is_refused() {
    let library = r#"(module
      (memory (export "memory") 1)
      (func (export "f") (param i64) (result i32) (i32.const 1))
      (table (export "t") 1 externref)
      (global (export "g") i32 (i32.const 1)))"#;
    for (import, found, wanted) in [
        (r#"(memory 2)"#, "memory of 1 or more pages", "memory of 2 or more pages"),
        (r#"(memory 1 10)"#, "memory of 1 or more pages", "memory of 1 to 10 pages"),
        (r#"(memory i64 1)"#, "a memory of", "a 64-bit memory"),
        (r#"(func (param i32) (result i32))"#, "(i64) -> i32", "(i32) -> i32"),
        (r#"(table 1 funcref)"#, "externref", "funcref"),
        (r#"(global (mut i32))"#, "a global i32", "a mutable global i32"),
        (r#"(global i64)"#, "a global i32", "a global i64"),
    ] {
        let name = match &import[1..3] {
            "me" => "memory",
            "fu" => "f",
            "ta" => "t",
            _ => "g",
        };
        let guest = format!(r#"(module (import "lib" "{name}" {import}))"#);
        let refusal = ask().with("lib", library).refusal(&guest);
        let is_said = refusal.contains(found) && refusal.contains(wanted);
        assert!(is_said && refusal.contains("has another type"), "{refusal}");
    }
}

#[test]
fn circles_are_refused() {
    let a = r#"(module (import "b" "f" (func $f)) (export "f" (func $f)))"#;
    let b = r#"(module (import "a" "f" (func $f)) (export "f" (func $f)))"#;
    let guest = r#"(module (import "a" "f" (func)))"#;
    let refusal = ask().with("a", a).with("b", b).refusal(guest);
    assert!(refusal.contains("would be replaced by itself"), "{refusal}");
    let a =
        r#"(module (import "b" "g" (global $g i32)) (global (export "g") i32 (global.get $g)))"#;
    let b =
        r#"(module (import "a" "g" (global $g i32)) (global (export "g") i32 (global.get $g)))"#;
    let guest = r#"(module (import "a" "g" (global i32)))"#;
    let refusal = ask().with("a", a).with("b", b).refusal(guest);
    assert!(refusal.contains("initialized from each other"), "{refusal}");
    let itself = r#"(module (import "a" "f" (func $f)) (export "f" (func $f)))"#;
    let refusal = ask().with("a", itself).refusal(itself);
    assert!(refusal.contains("would be replaced by itself"), "{refusal}");
}

#[test]
fn memories_tables_and_tags_are_supplied() {
    let guest = r#"(module
      (import "env" "memory" (memory 2 10))
      (import "env" "again" (memory $again 1))
      (import "env" "table" (table $t 3 funcref))
      (import "env" "tag" (tag $tag (param i32)))
      (import "env" "__table_base" (global $base i32))
      (import "global" "NaN" (global $nan f64))
      (elem (table $t) (global.get $base) func $f)
      (func $f (result i32) (memory.size))
      (func (export "call") (result i32) (call_indirect $t (result i32) (i32.const 0)))
      (func (export "nan") (result i32) (f64.ne (global.get $nan) (global.get $nan)))
      (func (export "grow") (result i32) (memory.grow (i32.const 9)))
      (func (export "throw") (throw $tag (i32.const 1))))"#;
    let mut running = ask().run(guest);
    assert_eq!(running.pages("memory"), 2);
    assert_eq!(running.i32("call", &[]), 2);
    assert_eq!(running.i32("nan", &[]), 1);
    assert_eq!(running.i32("grow", &[]), -1, "11 pages are more than 10");
    assert!(running.call("throw", &[]).is_err());
    assert!(matches!(running.export("table"), wasmtime::Extern::Table(_)));
}

#[test]
fn two_imports_of_one_name_are_one() {
    let library = r#"(module
      (import "env" "memory" (memory 3 20))
      (func (export "store") (i32.store (i32.const 8) (i32.const 5))))"#;
    let guest = r#"(module
      (import "env" "memory" (memory 1 30))
      (import "lib" "store" (func $store))
      (func (export "load") (result i32) (call $store) (i32.load (i32.const 8))))"#;
    let mut running = ask().with("lib", library).run(guest);
    assert_eq!(running.i32("load", &[]), 5);
    assert_eq!(running.pages("memory"), 3);
    let library = library.replace("3 20", "31 40");
    let refusal = ask().with("lib", &library).refusal(guest);
    assert!(refusal.contains("env.memory is imported with two types"), "{refusal}");
}

#[test]
fn what_the_guest_sees_stays_as_it_was() {
    // Numbers of tables, memories, globals, segments and types are others than in the guest.
    let library = r#"(module
      (table 5 externref) (memory 1) (global (mut i64) (i64.const 1))
      (type $other (func (param f64))) (elem declare func $f) (data "passive") (func $f)
      (func (export "lib") (result i32) (i32.const 1)))"#;
    let guest = r#"(module
      (import "lib" "lib" (func $lib (result i32)))
      (type $t (func (param i32) (result i32)))
      (table $a 2 funcref) (table $b 3 funcref)
      (memory $m (export "memory") 1) (memory $n 2)
      (global $g (export "g") (mut i32) (i32.const 3))
      (elem $e (table $b) (i32.const 1) func $id)
      (elem $p func $id $lib)
      (data $d "abcd")
      (func $id (type $t) (local.get 0))
      (func (export "sizes") (result i32)
        (i32.add (i32.mul (table.size $a) (i32.const 100))
          (i32.add (i32.mul (table.size $b) (i32.const 10)) (memory.size $n))))
      (func (export "init") (result i32)
        (table.init $a $p (i32.const 0) (i32.const 1) (i32.const 1))
        (memory.init $n $d (i32.const 0) (i32.const 0) (i32.const 4))
        (memory.copy $m $n (i32.const 10) (i32.const 0) (i32.const 4))
        (i32.add
          (call_indirect $a (result i32) (i32.const 0))
          (call_indirect $b (type $t) (i32.const 41) (i32.const 1))))
      (func (export "wrong") (call_indirect $b (i32.const 1)))
      (func (export "ref") (result i32)
        (call_ref $t (i32.const 5) (ref.func $id))))"#;
    let mut running = ask().with("lib", library).run(guest);
    assert_eq!(running.i32("sizes", &[]), 232);
    assert_eq!(running.i32("init", &[]), 42);
    assert_eq!(running.bytes(10, 4), b"abcd");
    assert_eq!(running.i32("ref", &[]), 5);
    let error = running.call("wrong", &[]).unwrap_err();
    assert!(format!("{error:?}").contains("indirect call type mismatch"), "{error:?}");
    let wasmtime::Extern::Global(global) = running.export("g") else { panic!() };
    assert!(matches!(global.get(&mut running.store), Val::I32(3)));
}
