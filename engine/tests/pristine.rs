//! Pristine states: made by an instance, kept in a file, and begun with. What a large memory begins with.

use plwasm_engine::warm_up::WarmUp;
use plwasm_engine::{
    Artefact, Engine, Error, Guest, Isolation, Limits, MemoryBudget, Module, State, Uses, ValRaw,
    read::body::parse_warm_up,
};
use std::fs::File;
use std::io::Write;
use std::rc::Rc;

const LIMITS: Limits = Limits { fuel: 1 << 30, memory: 16 << 20, isolation: Isolation::Call };

fn engine() -> Engine {
    Engine::new(|| false, MemoryBudget::new(1 << 30)).unwrap()
}

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// Loads a module from a file, as a session of a server does.
fn module(engine: &Engine, text: &str) -> Rc<Module> {
    let compiled = engine.compiler().compile(text.as_bytes(), Isolation::Call, None).unwrap();
    let tried = compiled.tried(engine, LIMITS).unwrap();
    let read = Artefact::read(engine.runtime(), &file(tried.bytes()), || false).unwrap();
    Rc::new(Module::load(engine, &read).unwrap())
}

/// Makes the state of a module with a warm-up, and reads it back from a file.
fn state(engine: &Engine, module: &Rc<Module>, warm_up: &WarmUp) -> State {
    let made = State::of(engine, module.clone(), LIMITS, warm_up).unwrap().unwrap();
    State::read(engine.runtime(), &file(made.bytes()), || false).unwrap()
}

/// Calls an export of one i32 that returns one, and resets the guest.
fn call(guest: &mut Guest, export: &str, argument: i32) -> i32 {
    let entry = guest.entry(export, Uses::default()).unwrap();
    guest.refuel(LIMITS.fuel);
    let mut slots = [ValRaw::i32(argument), ValRaw::i64(0)];
    // SAFETY: the exports that tests call take one i32 and return one.
    unsafe { guest.call(&entry, &mut slots).unwrap() };
    assert!(guest.reset());
    slots[0].get_i32()
}

/// A module with 400 kB of data, of which nothing lies in the code, and an export that changes it.
fn large() -> String {
    let bytes: String = (0..100_000).map(|i| format!("\\{:02x}\\00\\01\\02", i % 251)).collect();
    format!(
        r#"(module (memory 8) (data (i32.const 1000) "{bytes}") (data (i32.const 1004) "\ff")
        (func (export "get") (param i32) (result i32) (i32.load8_u (local.get 0)))
        (func (export "set") (param i32) (result i32)
            (i32.store8 (local.get 0) (i32.const 77)) (i32.load8_u (local.get 0)))
        (func (export "fill") (param i32) (result i32)
            (memory.fill (i32.const 0) (local.get 0) (i32.const 500000)) (i32.const 1)))"#
    )
}

#[test]
fn large_data_is_mapped_into_each_instance() {
    let engine = engine();
    let module = module(&engine, &large());
    let mut one = Guest::new(&engine, module.clone(), LIMITS).unwrap();
    let mut other = Guest::new(&engine, module, LIMITS).unwrap();
    for guest in [&mut one, &mut other] {
        assert_eq!(call(guest, "get", 1000), 0);
        assert_eq!(call(guest, "get", 1004), 0xff, "the segments are written in order");
        assert_eq!(call(guest, "get", 1000 + 4 * 250), 250);
        assert_eq!(call(guest, "get", 401_000), 0);
        for at in [0, 1000, 4095, 4096, 300_000, 400_999, 401_000, 524_287] {
            let before = call(guest, "get", at);
            assert_eq!(call(guest, "set", at), 77);
            assert_eq!(call(guest, "get", at), before, "at {at}");
        }
        assert_eq!(call(guest, "fill", 9), 1);
        assert_eq!(call(guest, "get", 400_997), call(guest, "get", 400_997 - 4 * 251));
    }
}

#[test]
fn a_state_in_a_file_serves_many_instances() {
    let engine = engine();
    let warm_up = parse_warm_up("warm=fill(5)").unwrap();
    let module = module(&engine, &large());
    assert!(module.is_slow(&warm_up) && !module.has_state(&warm_up));
    let kept = state(&engine, &module, &warm_up);
    module.keep_state(&warm_up, &kept).unwrap();
    drop(kept);
    let new = || Guest::warmed(&engine, module.clone(), LIMITS, &warm_up).unwrap();
    let (mut one, mut other) = (new(), new());
    for guest in [&mut one, &mut other] {
        assert_eq!(call(guest, "get", 499_999), 5);
        assert_eq!(call(guest, "get", 500_000), 0);
        assert_eq!(call(guest, "set", 499_999), 77);
        assert_eq!(call(guest, "get", 499_999), 5);
    }
    // Without the warm-up the module is as before.
    let mut cold = Guest::new(&engine, module.clone(), LIMITS).unwrap();
    assert_eq!(call(&mut cold, "get", 1004), 0xff);
    // A function with less fuel than the warm-up took fails as if it had run the warm-up.
    let poor = Limits { fuel: 100, ..LIMITS };
    let error = Guest::warmed(&engine, module, poor, &warm_up).unwrap_err();
    assert!(matches!(error.cause(), Error::Fuel { limit: 100 }), "{error}");
}

#[test]
fn pages_of_data_that_become_zero_are_part_of_a_state() {
    let engine = engine();
    let text = r#"(module (memory 2) (data (i32.const 100) "abc") (data (i32.const 70000) "def")
        (func (export "clear") (param i32) (result i32)
            (memory.fill (i32.const 0) (i32.const 0) (i32.const 131072)) (i32.const 0))
        (func (export "get") (param i32) (result i32) (i32.load8_u (local.get 0))))"#;
    let warm_up = parse_warm_up("warm=clear(0)").unwrap();
    let module = module(&engine, text);
    module.keep_state(&warm_up, &state(&engine, &module, &warm_up)).unwrap();
    let mut guest = Guest::warmed(&engine, module, LIMITS, &warm_up).unwrap();
    assert_eq!([100, 70_000].map(|at| call(&mut guest, "get", at)), [0, 0]);
}

#[test]
fn what_a_file_cannot_hold_is_done_by_each_instance() {
    let engine = engine();
    for (fields, change) in [
        (
            "(table $t 1 funcref) (elem declare func $f)",
            "(table.set $t (i32.const 0) (ref.func $f))",
        ),
        (
            "(global $r (mut funcref) (ref.null func)) (elem declare func $f)",
            "(global.set $r (ref.func $f))",
        ),
        ("(memory 1) (memory $m 1)", "(i32.store $m (i32.const 0) (i32.const 1))"),
        ("(memory 1) (data $d \"x\")", "(data.drop $d)"),
    ] {
        let text = format!(
            r#"(module {fields} (global $n (mut i32) (i32.const 0))
            (func $f (export "get") (param i32) (result i32) (global.get $n))
            (func (export "warm") (global.set $n (i32.const 7)) {change}))"#
        );
        let warm_up = parse_warm_up("warm=warm()").unwrap();
        let module = module(&engine, &text);
        let kept = state(&engine, &module, &warm_up);
        assert!(!kept.is_kept(), "{fields}");
        module.keep_state(&warm_up, &kept).unwrap();
        for _ in 0..2 {
            let mut guest = Guest::warmed(&engine, module.clone(), LIMITS, &warm_up).unwrap();
            assert_eq!(call(&mut guest, "get", 0), 7, "{fields}");
        }
    }
}

#[test]
fn a_state_that_depends_on_a_limit_is_not_made() {
    let engine = engine();
    let text = r#"(module (memory 1) (global $n (mut i32) (i32.const 0))
        (func (export "grow") (global.set $n (memory.grow (i32.const 1000))))
        (func (export "get") (param i32) (result i32) (global.get $n)))"#;
    let warm_up = parse_warm_up("warm=grow()").unwrap();
    let module = module(&engine, text);
    assert!(State::of(&engine, module.clone(), LIMITS, &warm_up).unwrap().is_none());
    let more = Limits { memory: 128 << 20, ..LIMITS };
    let kept = State::of(&engine, module.clone(), more, &warm_up).unwrap().unwrap();
    module.keep_state(&warm_up, &kept).unwrap();
    // An instance with the lower limit does not begin with that state.
    let mut guest = Guest::warmed(&engine, module.clone(), LIMITS, &warm_up).unwrap();
    assert_eq!(call(&mut guest, "get", 0), -1);
    let mut guest = Guest::warmed(&engine, module, more, &warm_up).unwrap();
    assert_eq!(call(&mut guest, "get", 0), 1);
}

/// The host writes arguments to the memory that is exported, which need not be the first.
#[test]
fn an_argument_in_another_memory_than_the_first_is_not_seen_by_the_next_call() {
    let engine = engine();
    let text = r#"(module (memory 1) (memory $m (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 2000))
        (func (export "get") (param i32) (result i32) (i32.load8_u $m (local.get 0))))"#;
    let module = module(&engine, text);
    let mut guest = Guest::new(&engine, module, LIMITS).unwrap();
    guest.refuel(LIMITS.fuel);
    guest.allocate(3, 1).unwrap().1.copy_from_slice(b"abc");
    assert!(!guest.reset() || call(&mut guest, "get", 2000) == 0);
}

#[test]
fn arguments_of_a_warm_up_are_part_of_the_state() {
    let engine = engine();
    let text = r#"(module (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 2000))
        (func (export "take") (param i32 i32))
        (func (export "get") (param i32) (result i32) (i32.load8_u (local.get 0))))"#;
    let warm_up = parse_warm_up("warm=take('abc')").unwrap();
    let module = module(&engine, text);
    let kept = state(&engine, &module, &warm_up);
    assert!(kept.is_kept());
    module.keep_state(&warm_up, &kept).unwrap();
    let mut guest = Guest::warmed(&engine, module, LIMITS, &warm_up).unwrap();
    assert_eq!(call(&mut guest, "get", 2002), i32::from(b'c'));
}
