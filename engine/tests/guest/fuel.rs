//! Fuel, and the interrupts that are served when more is drawn.

use crate::subject::{LIMITS, call, guest, module};
use plwasm_engine::{Engine, Error, Guest, Limits, MemoryBudget, Scope};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

#[test]
fn a_poll_that_says_so_stops_an_endless_loop() {
    static STOP: AtomicBool = AtomicBool::new(false);
    let engine = Engine::new(|| STOP.load(Relaxed), MemoryBudget::new(64 << 20)).unwrap();
    let (mut guest, entry) = guest(&engine, r#"(func (export "f") (loop (br 0)))"#);
    guest.refuel(Limits::NO_FUEL_LIMIT);
    STOP.store(true, Relaxed);
    assert!(matches!(call(&mut guest, &entry, 0), Err(Error::Interrupted)));
}

/// Neither loops nor functions that begin: straight code is looked at too.
#[test]
fn straight_code_is_polled() {
    static POLLS: AtomicU64 = AtomicU64::new(0);
    let poll = || {
        POLLS.fetch_add(1, Relaxed);
        false
    };
    let leaf = "(global.set $g (i32.add (global.get $g) (i32.const 1)))".repeat(200);
    let calls = "(call $leaf)".repeat(500);
    // Ways around a call are no way around being looked at.
    let skips = "(if (i32.eqz (global.get $g)) (then (call $leaf) (call $leaf)))".repeat(20);
    for body in [
        format!(r#"(func $leaf {leaf}) (func (export "f") {calls})"#),
        format!(
            r#"(func $leaf {leaf}) (func (export "f") {})"#,
            format!("(call $leaf) {skips}").repeat(100)
        ),
        format!(r#"(func (export "f") {})"#, leaf.repeat(100)),
    ] {
        let engine = Engine::new(poll, MemoryBudget::new(64 << 20)).unwrap();
        let (mut guest, entry) =
            guest(&engine, &format!("(global $g (mut i32) (i32.const 0)) {body}"));
        POLLS.store(0, Relaxed);
        // A poll for each slice of one unit: for each look.
        guest.refuel_in_slices(10_000_000, 1);
        call(&mut guest, &entry, 0).unwrap();
        let between = guest.fuel_used() / POLLS.load(Relaxed);
        assert!(between < 20_000, "{between} units from one look to the next");
    }
}

#[test]
fn fuel_comes_from_the_supply() {
    static LEFT: AtomicU64 = AtomicU64::new(0);
    let supply = |most: u64| {
        let fuel = most.min(100).min(LEFT.load(Relaxed));
        LEFT.fetch_sub(fuel, Relaxed);
        match fuel {
            0 => Err(Error::SharedFuel {
                scope: Scope::Statement,
                limit: 0,
                used: 0,
                is_ceiling: false,
            }),
            fuel => Ok(fuel),
        }
    };
    let engine = Engine::new(|| false, MemoryBudget::new(64 << 20)).unwrap().supplied_by(supply);
    // 5 n + 1 units; and 3 where nothing is looked at
    let spin = r#"(func (export "f") (param i32) (result i32)
        (loop $next (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0))"#;
    let add =
        r#"(func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))"#;
    for (body, argument, units) in [(spin, 100, 501), (add, 1, 3)] {
        for (first, supplied, succeeds) in [
            (0, units, true),
            (0, units - 1, false),
            (1, units - 1, true),
            (1, units - 2, false),
            (units, 0, true),
        ] {
            LEFT.store(1 << 20, Relaxed);
            let (mut guest, entry) = guest(&engine, body);
            LEFT.store(supplied, Relaxed);
            guest.begin(LIMITS.fuel, first);
            match call(&mut guest, &entry, argument) {
                Ok(_) => assert!(succeeds),
                Err(error) => assert!(!succeeds && matches!(error, Error::SharedFuel { .. })),
            }
            // Nothing is lost, and nothing is made up.
            assert_eq!(
                guest.fuel_left() + LEFT.load(Relaxed),
                if succeeds { first + supplied - units } else { 0 }
            );
        }
    }

    // The call's own limit is one too, and nobody draws beyond it.
    LEFT.store(1 << 20, Relaxed);
    let (mut guest, entry) = guest(&engine, spin);
    guest.begin(500, 0);
    assert!(matches!(call(&mut guest, &entry, 100), Err(Error::Fuel { limit: 500 })));
    assert_eq!(LEFT.load(Relaxed), (1 << 20) - 500);
    assert_eq!(guest.fuel_left(), 0);

    // A start function is fed too.
    LEFT.store(1 << 20, Relaxed);
    let text = format!("(module {spin} (func $s (drop (call 0 (i32.const 100)))) (start $s))");
    let started = Guest::new(&engine, module(&engine, &text).unwrap(), LIMITS).unwrap();
    assert_eq!(started.fuel_left() + LEFT.load(Relaxed), (1 << 20) - 503);
}

#[test]
fn what_a_guest_that_trapped_had_is_gone_and_a_slice_more() {
    static DRAWN: AtomicU64 = AtomicU64::new(0);
    let supply = |most: u64| {
        DRAWN.fetch_add(most, Relaxed);
        Ok(most)
    };
    let engine = Engine::new(|| false, MemoryBudget::new(64 << 20)).unwrap().supplied_by(supply);
    for (fuel, drawn) in [(1_000_000, 100_000), (5_000, 4_000)] {
        let (mut guest, entry) = guest(&engine, r#"(func (export "f") unreachable)"#);
        DRAWN.store(0, Relaxed);
        guest.begin(fuel, 1000);
        assert!(matches!(call(&mut guest, &entry, 0), Err(Error::Trap { .. })));
        assert_eq!((guest.fuel_left(), DRAWN.load(Relaxed)), (0, drawn));
    }
}
