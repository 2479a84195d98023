//! Position-independent modules.

use super::subject::{Running, ask};

/// As `wasm-ld -shared` makes it: data relative to `__memory_base`, functions to `__table_base`.
const SIDE: &str = r#"(module
  (@dylink.0
    (mem-info (memory 40 4) (table 2 1))
    (export-info "counter" 0x0)
    (import-info "env" "perhaps" binding-weak undefined))
  (import "env" "memory" (memory 1))
  (import "env" "__indirect_function_table" (table $t 0 funcref))
  (import "env" "__stack_pointer" (global $sp (mut i32)))
  (import "env" "__memory_base" (global $mb i32))
  (import "env" "__table_base" (global $tb i32))
  (import "GOT.mem" "counter" (global $counter (mut i32)))
  (import "GOT.mem" "__heap_base" (global $heap (mut i32)))
  (import "GOT.func" "add" (global $add (mut i32)))
  (import "GOT.func" "perhaps" (global $perhaps (mut i32)))
  (import "env" "add" (func $env_add (param i32 i32) (result i32)))
  (import "env" "perhaps" (func $env_perhaps))
  (type $binary (func (param i32 i32) (result i32)))
  (data (global.get $mb) "hello\00\00\00\2a\00\00\00")
  (elem (table $t) (global.get $tb) func $mul $sub)
  (global (export "counter") i32 (i32.const 8))
  (func $mul (type $binary) (i32.mul (local.get 0) (local.get 1)))
  (func $sub (type $binary) (i32.sub (local.get 0) (local.get 1)))
  (func $add (export "add") (type $binary) (i32.add (local.get 0) (local.get 1)))
  (func (export "__wasm_apply_data_relocs")
    (i32.store (i32.add (global.get $mb) (i32.const 16)) (i32.add (global.get $mb) (i32.const 8))))
  (func (export "__wasm_call_ctors")
    ;; *pointer += 1, by the pointer that was relocated
    (i32.store (i32.load (i32.add (global.get $mb) (i32.const 16)))
      (i32.add (i32.load (i32.load (i32.add (global.get $mb) (i32.const 16)))) (i32.const 1))))
  (func (export "counter_now") (result i32) (i32.load (global.get $counter)))
  (func (export "by_offset") (param i32 i32 i32) (result i32)
    (call_indirect $t (type $binary) (local.get 1) (local.get 2)
      (i32.add (global.get $tb) (local.get 0))))
  (func (export "by_address") (param i32 i32) (result i32)
    (call_indirect $t (type $binary) (local.get 0) (local.get 1) (global.get $add)))
  (func (export "by_import") (param i32 i32) (result i32)
    (call $env_add (local.get 0) (local.get 1)))
  (func (export "perhaps") (result i32)
    (if (global.get $perhaps) (then (call $env_perhaps)))
    (global.get $perhaps))
  (func (export "base") (result i32) (global.get $mb))
  (func (export "sp") (result i32) (global.get $sp))
  (func (export "heap") (result i32) (global.get $heap)))"#;

/// It without a function of the name that may be missing.
fn side() -> String {
    SIDE.replacen("(func (export \"perhaps\")", "(func (export \"missing\")", 1)
}

fn check(running: &mut Running) {
    assert_eq!(running.i32("counter_now", &[]), 43, "relocated, and then constructed, once");
    assert_eq!(running.i32("by_offset", &[0, 6, 7]), 42);
    assert_eq!(running.i32("by_offset", &[1, 6, 7]), -1);
    assert_eq!(running.i32("by_address", &[6, 7]), 13);
    assert_eq!(running.i32("by_import", &[6, 7]), 13);
    assert_eq!(running.i32("base", &[]) % 16, 0, "aligned as it says");
}

#[test]
fn alone() {
    // Whether or not there are stubs for what is missing.
    check(&mut ask().stub("trap").run(&side()));
    let mut running = ask().run(&side());
    check(&mut running);
    assert_eq!(running.i32("missing", &[]), 0, "what may be missing is null");
    let (base, sp, heap) =
        (running.i32("base", &[]), running.i32("sp", &[]), running.i32("heap", &[]));
    assert!(sp >= 65_536 && sp <= base, "the stack is before the data: {sp} {base}");
    assert!(heap >= base + 40);
    let pages = running.pages("memory");
    assert!(heap as u64 <= pages << 16);
    let base = base as usize;
    assert_eq!(running.bytes(base, 5), b"hello");
    // Addresses that are exported are as they are.
    let wasmtime::Extern::Global(counter) = running.export("counter") else { panic!() };
    assert_eq!(counter.get(&mut running.store).i32(), Some(base as i32 + 8));
    let exports = running.exports();
    assert!(!exports.iter().any(|export| export.starts_with("__wasm_")), "{exports:?}");
}

#[test]
fn beside_another() {
    let other = r#"(module
      (@dylink.0 (mem-info (memory 100 3) (table 0 0)))
      (import "env" "memory" (memory 1))
      (import "env" "__memory_base" (global $mb i32))
      (import "env" "add" (func $add (param i32 i32) (result i32)))
      (import "GOT.mem" "counter" (global $counter (mut i32)))
      (data (global.get $mb) "other")
      (func (export "other_base") (result i32) (global.get $mb))
      (func (export "bump") (result i32)
        (i32.store (global.get $counter) (call $add (i32.load (global.get $counter)) (i32.const 100)))
        (i32.load (global.get $counter))))"#;
    let guest = r#"(module
      (@dylink.0 (mem-info (memory 0 0) (table 0 0)) (needed "side.so" "other.so"))
      (import "env" "memory" (memory 1))
      (import "env" "bump" (func $bump (result i32)))
      (import "env" "other_base" (func $other (result i32)))
      (import "env" "base" (func $base (result i32)))
      (export "bump" (func $bump))
      (func (export "apart") (result i32) (i32.sub (call $other) (call $base))))"#;
    let side = side();
    let mut running = ask().with("side", &side).with("other", other).run(guest);
    assert_eq!(running.i32("bump", &[]), 143);
    let apart = running.i32("apart", &[]);
    assert!(apart.abs() >= 40, "{apart}");
    let refusal = ask().refusal(guest);
    assert!(
        refusal.contains("function env.bump: --with env=FILE, the library side.so"),
        "{refusal}"
    );
}

#[test]
fn in_a_main_modules_memory() {
    let main = r#"(module
      (import "env" "counter_now" (func $now (result i32)))
      (memory (export "memory") 2 2)
      (table (export "__indirect_function_table") 3 3 funcref)
      (global (export "__stack_pointer") (mut i32) (i32.const 4096))
      (elem (i32.const 1) func $one $one)
      (data (i32.const 131064) "last")
      (func $one (result i32) (i32.const 1))
      (func (export "now") (result i32) (call $now))
      (func (export "call") (result i32) (call_indirect (result i32) (i32.const 2))))"#;
    let side = side();
    let mut running = ask().with("env", &side).run(main);
    assert_eq!(running.i32("now", &[]), 43);
    assert_eq!(running.i32("call", &[]), 1, "its own elements stay");
    assert_eq!(running.bytes(131_064, 4), b"last");
    assert_eq!(running.bytes(131_072, 5), b"hello", "behind all that it has");
}

#[test]
fn what_does_not_fit_is_refused() {
    let refusal = ask()
        .refusal(&SIDE.replace("\"env\" \"memory\" (memory 1)", "\"env\" \"memory\" (memory 1 1)"));
    assert!(
        refusal.contains("needs a memory of 2 pages, but its import allows at most 1"),
        "{refusal}"
    );
    let huge = SIDE.replace("(memory 40 4)", "(memory 4294967295 4)");
    assert!(ask().refusal(&huge).contains("more than 4 GB"));
    let odd = SIDE.replace("(memory 40 4)", "(memory 40 99)");
    assert!(ask().refusal(&odd).contains("more than 4 GB"));
    let missing = SIDE.replace("\"GOT.func\" \"perhaps\"", "\"GOT.func\" \"nowhere\"");
    let refusal = ask().stub("trap").refusal(&missing);
    assert!(refusal.contains("global GOT.func.nowhere"), "{refusal}");
}

#[test]
fn a_function_that_is_nowhere_may_be_a_stub() {
    let text = r#"(module
      (@dylink.0 (mem-info (memory 0 0) (table 0 0)))
      (import "env" "memory" (memory 1))
      (import "env" "__indirect_function_table" (table $t 0 funcref))
      (import "env" "nowhere" (func $nowhere (result i32)))
      (import "GOT.func" "nowhere" (global $g (mut i32)))
      (func (export "f") (result i32) (call_indirect $t (result i32) (global.get $g))))"#;
    assert_eq!(ask().stub("zero").run(text).i32("f", &[]), 0);
    assert!(ask().stub("trap").run(text).call("f", &[]).is_err());
}
