//! Calls whose changes last: warm-up calls, and calls that are made twice in one instance.

use plwasm_engine::initialization::Phase;
use plwasm_engine::read::body::{parse_warm_up, parse_warm_up_call};
use plwasm_engine::{
    Engine, Error, Guest, Isolation, Limits, MemoryBudget, Module, TrapKind, Uses, ValRaw,
};
use std::rc::Rc;

const LIMITS: Limits = Limits { fuel: 1_000_000, memory: 1 << 20, isolation: Isolation::Call };

/// Counts its calls in a global and in memory, and fails if the two differ, or if the stack has moved. The allocator
/// gives away whatever it is asked for.
const COUNTER: &str = r#"(module
  (memory (export "memory") 1)
  (global $stack (mut i32) (i32.const 4096))
  (global $calls (mut i32) (i32.const 0))
  (global $next (mut i32) (i32.const 8192))
  (func (export "count") (result i32)
    (if (i32.ne (global.get $stack) (i32.const 4096)) (then unreachable))
    (global.set $stack (i32.sub (global.get $stack) (i32.const 16)))
    (global.set $stack (i32.add (global.get $stack) (i32.const 16)))
    (if (i32.ne (global.get $calls) (i32.load (i32.const 0))) (then unreachable))
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i32.store (i32.const 0) (global.get $calls))
    (global.get $calls))
  (func (export "lazy") (result i32)
    (local $n i32)
    (if (i32.eqz (global.get $calls))
      (then
        (local.set $n (i32.const 1000))
        (loop $next (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (global.set $calls (i32.const 1))))
    (i32.const 1))
  (func (export "only-once")
    (if (global.get $calls) (then unreachable))
    (global.set $calls (i32.const 1)))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $next))
    (global.set $next (i32.add (global.get $next) (local.get 3)))
    (if (i32.gt_u (global.get $next) (i32.mul (memory.size) (i32.const 65536)))
      (then (drop (memory.grow (i32.shr_u (local.get 3) (i32.const 16))))))
    (local.get $at)))"#;

fn warmed(warm_up: &str) -> Result<Guest, Error> {
    let engine = Engine::new(|| false, MemoryBudget::new(64 << 20)).unwrap();
    let module = Rc::new(Module::compile(&engine, COUNTER.as_bytes(), Isolation::Call)?);
    Guest::warmed(&engine, module, LIMITS, &parse_warm_up(warm_up).unwrap())
}

/// Returns what three calls of `count` return.
fn counts(guest: &mut Guest, lasts: bool) -> [i32; 3] {
    let entry = match lasts {
        true => guest.lasting_entry("count", Uses::default()),
        false => guest.entry("count", Uses::default()),
    };
    let entry = entry.unwrap();
    [(); 3].map(|()| {
        guest.refuel(LIMITS.fuel);
        let mut slots = [ValRaw::i32(0), ValRaw::i64(0)];
        // SAFETY: it takes nothing and returns an i32, and there is room for the fuel.
        unsafe { guest.call(&entry, &mut slots).unwrap() };
        assert!(lasts || guest.reset());
        slots[0].get_i32()
    })
}

#[test]
fn a_warm_up_call_changes_globals_and_memory() {
    assert_eq!(counts(&mut warmed("").unwrap(), false), [1; 3]);
    assert_eq!(counts(&mut warmed("warm=count()").unwrap(), false), [2; 3]);
}

#[test]
fn calls_of_a_lasting_entry_see_each_other() {
    assert_eq!(counts(&mut warmed("").unwrap(), true), [1, 2, 3]);
    assert_eq!(counts(&mut warmed("warm=count()").unwrap(), true), [2, 3, 4]);
}

#[test]
fn a_second_call_shows_what_is_done_once() {
    let twice = |warm_up: &str, call: &str, fuel: u64| {
        let call = parse_warm_up_call(call).unwrap();
        call.twice(&mut warmed(warm_up).unwrap(), fuel)
    };
    let (first, second) = twice("", "lazy()", LIMITS.fuel).unwrap();
    let second = second.unwrap();
    assert!(first > 5_000 && second < 10, "{first}, {second}");
    let (first, again) = twice("warm=lazy()", "lazy()", LIMITS.fuel).unwrap();
    assert_eq!((first, again.unwrap()), (second, second));
    let (_, second) = twice("", "only-once()", LIMITS.fuel).unwrap();
    assert!(matches!(second, Err(Error::Trap { kind: TrapKind::Unreachable, .. })), "{second:?}");
    for (call, fuel, said) in [
        ("lazy()", 100, "fuel limit of 100"),
        ("nothing()", 100, "does not export"),
        ("lazy(1)", 100, "cannot be called with these constants"),
    ] {
        let error = twice("", call, fuel).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn a_heap_that_is_too_large_is_an_error_of_memory() {
    assert!(warmed("heap=512kB").is_ok());
    let error = warmed("heap=1GB").unwrap_err();
    let Error::Initialization { phase: Phase::Heap, error } = error else { panic!("{error}") };
    let Error::Memory { what, limit, needed } = *error else { panic!("{error}") };
    assert_eq!((what, limit), ("the instance", LIMITS.memory));
    assert!(needed > 1 << 30);
}
