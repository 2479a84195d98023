//! Names of the memory and the allocator.

use super::subject::{Running, ask};

/// A bump allocator with a log of what was called, at 0: m malloc, f free, r realloc.
fn guest(functions: &str) -> String {
    format!(
        r#"(module
          (memory (export "mem") 1)
          (global $top (mut i32) (i32.const 1024))
          (global $n (mut i32) (i32.const 0))
          (func $log (param i32)
            (i32.store8 (global.get $n) (local.get 0))
            (global.set $n (i32.add (global.get $n) (i32.const 1))))
          (func $bump (param i32) (result i32)
            (global.get $top)
            (global.set $top (i32.add (global.get $top) (local.get 0))))
          {functions})"#
    )
}

fn realloc(running: &mut Running, old: i32, old_size: i32, align: i32, size: i32) -> i32 {
    running.i32("cabi_realloc", &[old, old_size, align, size])
}

const MALLOC: &str = r#"(func (export "malloc") (param i32) (result i32)
  (call $log (i32.const 109)) (call $bump (local.get 0)))"#;

#[test]
fn malloc_alone() {
    let mut running = ask().memory("mem").alloc("malloc").run(&guest(MALLOC));
    assert_eq!(realloc(&mut running, 0, 0, 8, 0), 8, "nothing is allocated, at no null");
    assert_eq!(running.bytes(0, 1), [0]);
    assert_eq!(realloc(&mut running, 0, 0, 8, 5), 1024);
    assert_eq!(realloc(&mut running, 0, 0, 1, 3), 1029);
    let aligned = realloc(&mut running, 0, 0, 8, 16);
    assert_eq!(aligned % 8, 0, "what is not aligned gets more room");
    assert!(aligned >= 1032);
    // Grown, with what was in it.
    let memory = running.instance.get_memory(&mut running.store, "memory").unwrap();
    memory.write(&mut running.store, 1024, b"hello").unwrap();
    let grown = realloc(&mut running, 1024, 5, 1, 100);
    assert!(grown >= aligned + 16);
    assert_eq!(running.bytes(grown as usize, 6), b"hello\0");
    assert!(running.exports().contains(&"mem".to_string()), "its own name stays");
}

#[test]
fn malloc_with_free_and_realloc() {
    let free = r#"(func (export "free") (param i32) (call $log (i32.const 102)))"#;
    let mut running = ask().memory("mem").alloc("malloc").run(&guest(&format!("{MALLOC}{free}")));
    let at = realloc(&mut running, 0, 0, 4, 8);
    realloc(&mut running, at, 8, 4, 16);
    assert_eq!(running.bytes(0, 4), b"mmf\0");
    let more = r#"(func (export "realloc") (param i32 i32) (result i32)
      (call $log (i32.const 114)) (i32.add (local.get 0) (local.get 1)))"#;
    let mut running =
        ask().memory("mem").alloc("malloc").run(&guest(&format!("{MALLOC}{free}{more}")));
    assert_eq!(realloc(&mut running, 1000, 8, 4, 24), 1024);
    assert_eq!(running.bytes(0, 2), b"r\0");
}

#[test]
fn wasm_bindgens() {
    // As it is, and as it was.
    let new = r#"
      (func (export "__wbindgen_malloc") (param i32 i32) (result i32)
        (call $log (local.get 1)) (call $bump (local.get 0)))
      (func (export "__wbindgen_realloc") (param i32 i32 i32 i32) (result i32)
        (call $log (local.get 0)) (call $log (local.get 1)) (call $log (local.get 2)) (call $log (local.get 3))
        (i32.const 99))"#;
    let mut running = ask().memory("mem").alloc("__wbindgen_malloc").run(&guest(new));
    assert_eq!(realloc(&mut running, 0, 0, 4, 8), 1024);
    assert_eq!(realloc(&mut running, 10, 20, 4, 30), 99);
    assert_eq!(running.bytes(0, 6), [4, 10, 20, 30, 4, 0]);
    let old = r#"
      (func (export "__wbindgen_malloc") (param i32) (result i32) (call $bump (local.get 0)))
      (func (export "__wbindgen_realloc") (param i32 i32 i32) (result i32)
        (call $log (local.get 0)) (call $log (local.get 1)) (call $log (local.get 2))
        (i32.const 98))"#;
    let mut running = ask().memory("mem").alloc("__wbindgen_malloc").run(&guest(old));
    assert_eq!(realloc(&mut running, 0, 0, 1, 8), 1024);
    assert_eq!(realloc(&mut running, 10, 20, 4, 30), 98);
    assert_eq!(running.bytes(0, 4), [10, 20, 30, 0]);
}

#[test]
fn assemblyscripts() {
    let text = r#"
      (func (export "__new") (param i32 i32) (result i32)
        (call $log (local.get 1)) (call $bump (local.get 0)))
      (func (export "__pin") (param i32) (result i32) (call $log (i32.const 112)) (local.get 0))
      (func (export "__unpin") (param i32) (call $log (i32.const 117)))"#;
    let mut running = ask().memory("mem").alloc("__new").run(&guest(text));
    let at = realloc(&mut running, 0, 0, 4, 8);
    realloc(&mut running, at, 8, 4, 16);
    assert_eq!(running.bytes(0, 6), [1, b'p', 1, b'p', b'u', 0]);
}

#[test]
fn an_allocator_without_memory_traps() {
    let text = r#"(func (export "alloc") (param i32) (result i32) (i32.const 0))"#;
    let mut running = ask().memory("mem").alloc("alloc").run(&guest(text));
    let arguments = [0, 0, 1, 8].map(wasmtime::Val::I32);
    assert!(running.call("cabi_realloc", &arguments).is_err());
}

#[test]
fn of_a_shim() {
    let shim = r#"(module (func (export "take") (param i32) (result i32) (i32.const 4096)))"#;
    let mut running = ask().memory("mem").shim(shim).alloc("take").run(&guest(""));
    assert_eq!(realloc(&mut running, 0, 0, 8, 8), 4096);
}

#[test]
fn what_is_no_allocator_is_refused() {
    let text = guest(
        r#"(func (export "malloc") (param i64) (result i32) (i32.const 0))
           (func (export "alloc") (param i32) (result i32) (i32.const 0))"#,
    );
    let refusal = ask().memory("mem").alloc("malloc").refusal(&text);
    assert!(
        refusal.contains("\"malloc\" is not an allocator") && refusal.contains("(i64) -> i32"),
        "{refusal}"
    );
    let refusal = ask().memory("mem").alloc("take").refusal(&text);
    assert!(
        refusal.contains("no function \"take\" is exported")
            && refusal.contains("exports malloc and alloc"),
        "{refusal}"
    );
    let refusal = ask().memory("mam").refusal(&text);
    assert!(
        refusal.contains("exports no memory \"mam\"") && refusal.contains("exports mem"),
        "{refusal}"
    );
    let refusal = ask().memory("alloc").refusal(&text);
    assert!(refusal.contains("\"alloc\" is a function"), "{refusal}");
}
