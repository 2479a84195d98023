//! What guests say: kept for the host, taken after each call, and without any effect on what they compute.

use plwasm_engine::warm_up::WarmUp;
use plwasm_engine::{
    Depth, Engine, Error, Guest, Isolation, Limits, Listing, MemoryBudget, Module, Uses, ValRaw,
    Wasi,
};
use std::rc::Rc;

const LIMITS: Limits = Limits { fuel: 10_000_000, memory: 4 << 20, isolation: Isolation::Call };

/// A guest that says bytes of its memory, which has the alphabet at 0.
const TALK: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "plwasm:host/log" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 3 9)
  (data (i32.const 0) "abcdefghijklmnopqrstuvwxyz")
  (func (export "say") (param $at i32) (param $length i32) (result i32)
    (i32.store (i32.const 64) (local.get $at))
    (i32.store (i32.const 68) (local.get $length))
    (call $write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 72)))
  (func (export "log") (param $at i32) (param $length i32) (result i32)
    (call $log (i32.const 1) (local.get $at) (local.get $length))
    (i32.const 0))
  (func (export "grow_and_log") (param $at i32) (param $length i32) (result i32)
    (drop (memory.grow (i32.const 1)))
    (call $log (i32.const 1) (local.get $at) (local.get $length))
    (i32.const 0))
  (func (export "log_and_trap") (param $at i32) (param $length i32) (result i32)
    (call $log (i32.const 3) (local.get $at) (local.get $length))
    (unreachable)))"#;

fn engine() -> Engine {
    Engine::new(|| false, MemoryBudget::new(64 << 20)).unwrap()
}

fn guest(text: &str, isolation: Isolation) -> Guest {
    let engine = engine();
    let binary = wat::parse_str(text).unwrap();
    let module = Module::compile_with(&engine, &binary, isolation, Wasi::Inert.stubs()).unwrap();
    Guest::new(&engine, Rc::new(module), LIMITS).unwrap()
}

/// Calls an export, without taking anything or putting anything back.
fn call(guest: &mut Guest, export: &str, at: i32, length: i32) -> Result<i32, Error> {
    let entry = guest.entry(export, Uses::default()).unwrap();
    guest.refuel(LIMITS.fuel);
    let mut slots = [at, length, 0].map(ValRaw::i32);
    // SAFETY: the exports of these tests take two i32 and return one; one slot is for the fuel.
    unsafe { guest.call(&entry, &mut slots)? };
    Ok(slots[0].get_i32())
}

/// Returns the lines that were said.
fn said(guest: &mut Guest) -> Vec<String> {
    guest.take_messages().map_or(Vec::new(), |said| said.lines().collect())
}

#[test]
fn a_reset_tells_that_something_was_said() {
    let mut guest = guest(TALK, Isolation::Call);
    for _ in 0..3 {
        assert_eq!(call(&mut guest, "say", 0, 3).unwrap(), 0);
        assert!(!guest.reset());
        assert_eq!(said(&mut guest), ["abc"]);
        assert!(guest.reset(), "nothing is spoiled");
        assert_eq!(call(&mut guest, "log", 3, 3).unwrap(), 0);
        assert!(guest.has_messages());
        assert_eq!(said(&mut guest), ["info: def"]);
        assert!(guest.reset(), "what was taken before is not there");
        assert_eq!(call(&mut guest, "say", 0, 0).unwrap(), 0);
        assert!(guest.reset(), "nothing was said");
        assert!(guest.take_messages().is_none());
    }
}

#[test]
fn a_memory_that_grows_is_read_within_its_bounds() {
    let mut guest = guest(TALK, Isolation::Call);
    let end = 3 << 16;
    assert_eq!(call(&mut guest, "grow_and_log", end, 1).unwrap(), 0);
    assert_eq!(said(&mut guest), ["info: \\u{0}"]);
    assert!(guest.reset());
    assert!(matches!(call(&mut guest, "log", end, 1), Err(Error::Trap { .. })), "shrunk again");
}

#[test]
fn code_that_is_not_isolated_says_it_too() {
    let mut guest = guest(TALK, Isolation::Statement);
    call(&mut guest, "say", 0, 2).unwrap();
    call(&mut guest, "log", 0, 1).unwrap();
    assert_eq!(said(&mut guest), ["ab", "info: a"]);
    assert!(!guest.has_messages());
}

#[test]
fn the_last_64_kb_are_kept() {
    let mut guest = guest(TALK, Isolation::Call);
    call(&mut guest, "say", 0, 150_000).unwrap();
    let messages = guest.take_messages().unwrap();
    assert_eq!(messages.lost(), 150_000 - 65_536);
    assert!(guest.reset());
    call(&mut guest, "say", 0, 65_536).unwrap();
    let messages = guest.take_messages().unwrap();
    assert_eq!(messages.lost(), 0);
    assert!(messages.lines().next().unwrap().starts_with("abcdefgh"));
}

#[test]
fn the_fuel_is_the_same_whatever_was_said_before() {
    let mut guest = guest(TALK, Isolation::Call);
    let mut fuel = |at, length| {
        call(&mut guest, "say", at, length).unwrap();
        let fuel = guest.fuel_used();
        guest.take_messages();
        assert!(guest.reset());
        fuel
    };
    let first = fuel(0, 1000);
    for length in [1, 65_535, 65_536, 150_000, 77] {
        fuel(3, length);
        assert_eq!(fuel(0, 1000), first, "after {length}");
    }
    // Only what is kept is copied.
    assert!(fuel(0, 190_000) < fuel(0, 65_536) + 100);
}

#[test]
fn pointers_out_of_bounds_trap() {
    for (at, length) in
        [(3 << 16, 1), ((3 << 16) - 1, 2), (-1, 1), (-1, 2), (0, -1), (1, -1), (-1, -1)]
    {
        for export in ["say", "log"] {
            let mut guest = guest(TALK, Isolation::Call);
            assert!(
                matches!(call(&mut guest, export, at, length), Err(Error::Trap { .. })),
                "{at} {length}"
            );
        }
    }
    let mut guest = guest(TALK, Isolation::Call);
    assert_eq!(call(&mut guest, "log", -1, 0).unwrap(), 0, "no bytes are nowhere");
}

#[test]
fn an_error_ends_with_what_was_said() {
    let mut guest = guest(TALK, Isolation::Call);
    let error = call(&mut guest, "log_and_trap", 0, 5).unwrap_err();
    let messages = guest.take_messages();
    let error = error.after(messages.as_ref());
    assert!(matches!(error.cause(), Error::Trap { .. }));
    assert_eq!(error.sqlstate(), "38000");
    let detail = error.detail().unwrap();
    assert!(detail.starts_with("wasm backtrace:"), "{detail}");
    assert!(detail.ends_with("\nlast messages:\n  warning: abcde"), "{detail}");
}

#[test]
fn it_is_no_change_of_state() {
    let binary = wat::parse_str(TALK).unwrap();
    let listing = Listing::of(&binary, Wasi::Inert.stubs(), Depth::Purity).unwrap();
    let is_stateless = |name: &str| {
        let export = listing.exports.iter().find(|export| export.name == name).unwrap();
        export.purity.as_ref().unwrap().is_stateless()
    };
    assert!(is_stateless("log") && is_stateless("log_and_trap"));
    assert!(!is_stateless("say") && !is_stateless("grow_and_log"));
}

#[test]
fn what_is_said_before_any_call_is_for_no_one() {
    let text = r#"(module
      (import "plwasm:host/log" "log" (func $log (param i32 i32 i32)))
      (memory (export "memory") 1)
      (data (i32.const 0) "start")
      (func $start (call $log (i32.const 1) (i32.const 0) (i32.const 5)))
      (start $start)
      (func (export "f") (param i32 i32) (result i32) (local.get 0)))"#;
    let mut guest = guest(text, Isolation::Call);
    assert_eq!(call(&mut guest, "f", 7, 0).unwrap(), 7);
    assert!(guest.take_messages().is_none());
    assert!(guest.reset());

    let failing = text.replace("(i32.const 5)))", "(i32.const 5)) unreachable)");
    let engine = engine();
    let binary = wat::parse_str(failing).unwrap();
    let compiled = Module::compile_with(&engine, &binary, Isolation::Call, None).unwrap();
    let (_, tried) = compiled.initialization_failure(LIMITS).unwrap();
    let error = Guest::warmed(&engine, Rc::new(compiled), LIMITS, &WarmUp::default()).unwrap_err();
    assert!(matches!(error, Error::Initialization { .. }));
    for detail in [error.detail(), tried.detail] {
        assert!(detail.unwrap().ends_with("last messages:\n  info: start"));
    }
}

#[test]
fn a_kept_state_has_none() {
    let mut guest = guest(TALK, Isolation::Call);
    guest.prepare_keeping().unwrap();
    call(&mut guest, "say", 0, 3).unwrap();
    let mut kept = Vec::new();
    guest.keep(&mut kept).unwrap();
    assert_eq!(said(&mut guest), ["abc"]);
    assert!(guest.leave());
    guest.resume(&kept).unwrap();
    assert!(guest.take_messages().is_none());
    call(&mut guest, "say", 3, 3).unwrap();
    assert_eq!(said(&mut guest), ["def"]);
    assert!(guest.leave());
}

#[test]
fn the_log_needs_no_wasi_and_is_not_wasi() {
    let engine = engine();
    let compile = |text: &str| {
        let binary = wat::parse_str(text).unwrap();
        Module::compile_with(&engine, &binary, Isolation::Call, None)
    };
    let module = compile(
        r#"(module (import "plwasm:host/log" "log" (func $log (param i32 i32 i32)))
             (func (export "f") (param i32 i32) (result i32)
               (call $log (i32.const 0) (local.get 0) (local.get 1)) (i32.const 1)))"#,
    );
    let module = module.unwrap();
    assert!(module.can_say() && !module.is_supplied());
    // It has no memory. The memory of messages must not be taken for it.
    let mut guest = Guest::new(&engine, Rc::new(module), LIMITS).unwrap();
    assert_eq!(call(&mut guest, "f", 0, 0).unwrap(), 1);
    assert_eq!(said(&mut guest), ["debug: "]);
    assert!(guest.reset());
    assert!(matches!(call(&mut guest, "f", 0, 1), Err(Error::Trap { .. })));

    let component = r#"(component
      (import "plwasm:host/log" (instance $host
        (type $enum (enum "debug" "info" "notice" "warning"))
        (export "level" (type $level (eq $enum)))
        (export "log" (func (param "level" $level) (param "message" string)))))
      (core module $memory (memory (export "memory") 1) (data (i32.const 0) "component"))
      (core instance $m (instantiate $memory))
      (core func $log (canon lower (func $host "log") (memory $m "memory")))
      (core module $code
        (import "host" "log" (func $log (param i32 i32 i32)))
        (func (export "f") (param i32 i32) (result i32)
          (call $log (i32.const 2) (local.get 0) (local.get 1)) (i32.const 1)))
      (core instance $c (instantiate $code (with "host" (instance (export "log" (func $log))))))
      (func (export "f") (param "at" s32) (param "length" s32) (result s32) (canon lift (core func $c "f"))))"#;
    let mut guest = Guest::new(&engine, Rc::new(compile(component).unwrap()), LIMITS).unwrap();
    assert_eq!(call(&mut guest, "f", 0, 9).unwrap(), 1);
    assert_eq!(said(&mut guest), ["notice: component"]);

    for ty in ["(param i32 i32)", "(param i32 i32 i32) (result i32)"] {
        let text = format!(r#"(module (import "plwasm:host/log" "log" (func {ty})))"#);
        let error = compile(&text).unwrap_err();
        let detail = error.detail().unwrap();
        assert!(
            detail.contains("function of another type \"plwasm:host/log\".\"log\""),
            "{detail}"
        );
    }
}

#[test]
fn streams_of_preview_2_say_it() {
    let text = r#"(module
      (import "wasi:cli/stderr@0.2.0" "get-stderr" (func $stderr (result i32)))
      (import "wasi:io/streams@0.2.3" "[method]output-stream.write" (func $write (param i32 i32 i32 i32)))
      (import "wasi:io/streams@0.2.3" "[method]output-stream.blocking-write-and-flush" (func $flush (param i32 i32 i32 i32)))
      (import "wasi:http/types@0.2.0" "[method]outgoing-body.write" (func $body (param i32 i32)))
      (memory (export "memory") 1)
      (data (i32.const 0) "abcdefgh")
      (func (export "f") (param i32 i32) (result i32)
        (call $write (call $stderr) (local.get 0) (local.get 1) (i32.const 100))
        (call $flush (call $stderr) (i32.const 4) (i32.const 2) (i32.const 100))
        (i32.load8_u (i32.const 100)))
      (func (export "http") (param i32 i32) (result i32)
        (call $body (i32.const 8) (i32.const 100))
        (call $write (i32.load (i32.const 104)) (local.get 0) (local.get 1) (i32.const 100))
        (i32.load8_u (i32.const 100))))"#;
    let mut guest = guest(text, Isolation::Call);
    assert_eq!(call(&mut guest, "f", 0, 3).unwrap(), 0);
    assert_eq!(said(&mut guest), ["abcef"]);
    assert!(guest.reset());
    assert_eq!(call(&mut guest, "http", 0, 3).unwrap(), 0);
    assert!(guest.take_messages().is_none(), "a body of HTTP is no output");
    assert!(guest.reset());
}

#[test]
fn a_guest_may_have_all_its_memory() {
    let text = r#"(module (import "plwasm:host/log" "log" (func $log (param i32 i32 i32)))
      (memory (export "memory") 1)
      (func (export "f") (param i32 i32) (result i32)
        (call $log (i32.const 0) (i32.const 0) (i32.const 1))
        (drop (memory.grow (local.get 0)))
        (memory.size)))"#;
    let mut guest = guest(text, Isolation::Call);
    let most = (LIMITS.memory >> 16) as i32;
    assert_eq!(call(&mut guest, "f", most - 1, 0).unwrap(), most);
    assert_eq!(said(&mut guest).len(), 1);
    assert!(guest.reset());
    assert_eq!(call(&mut guest, "f", most, 0).unwrap(), 1);
}
