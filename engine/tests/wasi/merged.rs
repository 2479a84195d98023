//! Guests with the inert WASI merged into them: put back after each call, and metered.

use plwasm_engine::code_cache::Key;
use plwasm_engine::{
    Engine, Error, Guest, Isolation, Limits, MemoryBudget, Module, ModuleCache, Remedy, Uses,
    ValRaw, Wasi,
};
use std::rc::Rc;

const LIMITS: Limits = Limits { fuel: 10_000_000, memory: 4 << 20, isolation: Isolation::Call };

fn engine() -> Engine {
    Engine::new(|| false, MemoryBudget::new(64 << 20)).unwrap()
}

fn compile(engine: &Engine, text: &str, wasi: Wasi) -> Result<Rc<Module>, Error> {
    let binary = wat::parse_str(text).unwrap();
    Module::compile_with(engine, &binary, Isolation::Call, wasi.stubs()).map(Rc::new)
}

fn guest(text: &str) -> Guest {
    let engine = engine();
    Guest::new(&engine, compile(&engine, text, Wasi::Inert).unwrap(), LIMITS).unwrap()
}

/// Calls an export that takes an i32 or two and returns an i64, and puts everything back.
fn call(guest: &mut Guest, export: &str, arguments: &[i32]) -> Result<i64, Error> {
    let entry = guest.entry(export, Uses::default())?;
    let mut slots: Vec<_> = arguments.iter().map(|argument| ValRaw::i32(*argument)).collect();
    slots.resize(3, ValRaw::i64(0));
    guest.refuel(LIMITS.fuel);
    // SAFETY: the exports of these tests are so, and there are three slots.
    unsafe { guest.call(&entry, &mut slots)? };
    let result = slots[0].get_i64();
    assert!(guest.reset(), "{export}");
    Ok(result)
}

const PREVIEW1: &str = r#"(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func $now (export "now") (param i32) (result i64)
    (drop (call $time (local.get 0) (i64.const 0) (i32.const 0)))
    (i64.load (i32.const 0)))
  (func (export "random") (param i32) (result i64)
    (drop (call $random (i32.const 0) (local.get 0)))
    (i64.load (i32.const 0)))
  (func (export "write") (param i32) (result i64)
    (i64.extend_i32_u (call $write (i32.const 1) (i32.const 0) (local.get 0) (i32.const 65536))))
  (func (export "write_and_close") (param i32) (result i64)
    (i64.or
      (i64.extend_i32_u (call $write (local.get 0) (i32.const 0) (i32.const 0) (i32.const 8)))
      (i64.extend_i32_u (call $close (local.get 0)))))
  (func (export "sleep") (param i32) (result i64)
    (i64.store (i32.const 24) (i64.extend_i32_u (local.get 0)))
    (drop (call $poll (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 200)))
    (call $now (i32.const 2))))"#;

#[test]
fn every_call_finds_it_pristine() {
    let mut guest = guest(PREVIEW1);
    let random = call(&mut guest, "random", &[8]).unwrap();
    for _ in 0..3 {
        assert_eq!(call(&mut guest, "now", &[2]).unwrap(), 1000);
        assert_eq!(call(&mut guest, "random", &[8]).unwrap(), random);
        assert_eq!(call(&mut guest, "write_and_close", &[1]).unwrap(), 0);
        assert_eq!(call(&mut guest, "sleep", &[5_000]).unwrap(), 6_000);
    }
}

#[test]
fn it_costs_fuel_by_what_it_does() {
    let mut guest = guest(PREVIEW1);
    let mut fuel = |export: &str, argument| {
        call(&mut guest, export, &[argument]).unwrap();
        guest.fuel_used()
    };
    let (few, many) = (fuel("random", 8), fuel("random", 80_008));
    assert!(many - few > 10_000 * 30 && many < 10_000 * 60, "{few} {many}");
    let (few, many) = (fuel("write", 1), fuel("write", 1_001));
    assert!(many - few > 1_000 * 10 && many < 1_000 * 30, "{few} {many}");
    // Sleeping is waiting, not working.
    assert_eq!(fuel("sleep", 1), fuel("sleep", i32::MAX));
    assert!(matches!(call(&mut guest, "write", &[-1]), Err(Error::Trap { .. })));
}

#[test]
fn what_a_guest_does_not_have_is_not_needed() {
    // No memory, and none asked for.
    let mut guest = guest(
        r#"(module (import "wasi:clocks/monotonic-clock@0.2.0" "now" (func $now (result i64)))
             (func (export "now") (result i64) (call $now)))"#,
    );
    assert_eq!(call(&mut guest, "now", &[]).unwrap(), 1_000_001_000);
    // A memory that is not exported.
    let mut guest = self::guest(
        r#"(module (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
             (memory 1)
             (func (export "f") (result i64)
               (drop (call $random (i32.const 0) (i32.const 8)))
               (i64.load (i32.const 0))))"#,
    );
    assert_ne!(call(&mut guest, "f", &[]).unwrap(), 0);
    // A memory, or an allocator, that is asked for and not there.
    for (module, name, ty, arguments) in [
        (
            "wasi_snapshot_preview1",
            "random_get",
            "(param i32 i32) (result i32)",
            "(i32.const 0) (i32.const 1)",
        ),
        (
            "wasi:random/random@0.2.0",
            "get-random-bytes",
            "(param i64 i32)",
            "(i64.const 1) (i32.const 0)",
        ),
    ] {
        let drop = if ty.contains("result") { "drop" } else { "nop" };
        let mut guest = self::guest(&format!(
            r#"(module (import "{module}" "{name}" (func $f {ty}))
                 (func (export "f") (result i64) (call $f {arguments}) ({drop}) (i64.const 0)))"#
        ));
        assert!(matches!(call(&mut guest, "f", &[]), Err(Error::Trap { .. })), "{name}");
    }
}

#[test]
fn what_is_not_covered_is_refused_and_listed_alone() {
    let engine = engine();
    let text = r#"(module
        (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
        (import "env" "log" (func))
        (import "wasi_snapshot_preview1" "sched_yield" (func (result i64)))
        (import "wasi:clocks/monotonic-clock@0.3.0" "now" (func (result i64))))"#;
    let refused = |wasi| compile(&engine, text, wasi).unwrap_err().detail().unwrap();
    assert_eq!(
        refused(Wasi::Inert),
        "It imports function \"env\".\"log\", function of another type \
         \"wasi_snapshot_preview1\".\"sched_yield\", function \
         \"wasi:clocks/monotonic-clock@0.3.0\".\"now\"."
    );
    assert_eq!(refused(Wasi::None).matches("sched_yield").count(), 2);
    let remedy = |text: &str| compile(&engine, text, Wasi::None).unwrap_err().remedy();
    assert_eq!(remedy(PREVIEW1), Some(Remedy::AllowWasi));
    assert!(matches!(remedy(text), Some(Remedy::Advice(_))));
}

#[test]
fn the_cache_gives_it_to_nobody_who_may_not_have_it() {
    let engine = engine();
    let mut cache = ModuleCache::default();
    for (text, is_refused) in [(PREVIEW1, true), ("(module)", false)] {
        let module = compile(&engine, text, Wasi::Inert).unwrap();
        assert_eq!(module.is_supplied(), is_refused);
        let key = Key { hash: module.hash(), isolation: Isolation::Call };
        cache.put(key, module);
        assert!(cache.get(&key, Wasi::Inert).is_some());
        assert_eq!(cache.get(&key, Wasi::None).is_none(), is_refused);
        assert_eq!(compile(&engine, text, Wasi::None).is_err(), is_refused);
    }
}

/// As `wit-component` makes it of a library in the way of wasi-libc: streams, time, lists.
const COMPONENT: &str = r#"(component
  (import "wasi:io/poll@0.2.3" (instance $poll
    (export "pollable" (type $pollable (sub resource)))
    (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
  (alias export $poll "pollable" (type $pollable))
  (import "wasi:clocks/monotonic-clock@0.2.3" (instance $clock
    (alias outer 1 $pollable (type $outer))
    (export "pollable" (type $pollable (eq $outer)))
    (export "now" (func (result u64)))
    (export "subscribe-duration" (func (param "when" u64) (result (own $pollable))))))
  (import "wasi:random/random@0.2.3" (instance $random
    (export "get-random-bytes" (func (param "len" u64) (result (list u8))))
    (export "get-random-u64" (func (result u64)))))
  (core module $libc
    (memory (export "memory") 1)
    (global $heap (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $heap (i32.add (global.get $heap) (local.get 3)))
      (i32.sub (global.get $heap) (local.get 3))))
  (core instance $libc (instantiate $libc))
  (core func $block (canon lower (func $poll "[method]pollable.block")))
  (core func $drop (canon resource.drop $pollable))
  (core func $now (canon lower (func $clock "now")))
  (core func $subscribe (canon lower (func $clock "subscribe-duration")))
  (core func $number (canon lower (func $random "get-random-u64")))
  (core func $bytes (canon lower (func $random "get-random-bytes")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core module $main
    (import "libc" "memory" (memory 1))
    (import "wasi" "block" (func $block (param i32)))
    (import "wasi" "drop" (func $drop (param i32)))
    (import "wasi" "now" (func $now (result i64)))
    (import "wasi" "subscribe" (func $subscribe (param i64) (result i32)))
    (import "wasi" "number" (func $number (result i64)))
    (import "wasi" "bytes" (func $bytes (param i64 i32)))
    (func (export "sleep") (param i32) (result i64)
      (local $pollable i32) (local $before i64)
      (local.set $before (call $now))
      (local.set $pollable (call $subscribe (i64.extend_i32_u (local.get 0))))
      (call $block (local.get $pollable))
      (call $drop (local.get $pollable))
      (i64.sub (call $now) (local.get $before)))
    ;; The numbers go on from the bytes.
    (func (export "random") (param i32) (result i64)
      (call $bytes (i64.const 8) (i32.const 16))
      (if (i32.eqz (local.get 0)) (then (return (i64.load (i32.load (i32.const 16))))))
      (call $number)))
  (core instance $main (instantiate $main
    (with "libc" (instance $libc))
    (with "wasi" (instance
      (export "block" (func $block)) (export "drop" (func $drop)) (export "now" (func $now))
      (export "subscribe" (func $subscribe)) (export "number" (func $number))
      (export "bytes" (func $bytes))))))
  (func (export "sleep") (param "ns" u32) (result s64) (canon lift (core func $main "sleep")))
  (func (export "random") (param "skip" u32) (result s64) (canon lift (core func $main "random"))))"#;

#[test]
fn components_have_one_clock_and_one_sequence() {
    assert!(matches!(compile(&engine(), COMPONENT, Wasi::None), Err(Error::Imports(_))));
    let mut guest = guest(COMPONENT);
    for _ in 0..2 {
        // What is between two readings, and the step of the second.
        let slept = call(&mut guest, "sleep", &[1_000_000_000]).unwrap();
        assert!((1_000_001_000..1_000_002_000).contains(&slept), "{slept}");
    }
    let first = call(&mut guest, "random", &[0]).unwrap();
    let second = call(&mut guest, "random", &[1]).unwrap();
    assert_eq!(call(&mut guest, "random", &[0]).unwrap(), first);
    let mut preview1 = self::guest(PREVIEW1);
    assert_eq!(call(&mut preview1, "random", &[8]).unwrap(), first);
    assert_ne!(first, second);
}
