//! The bits of NaNs: canonical if computed, untouched if only moved.

use plwasm_engine::{Engine, Guest, Isolation, Limits, MemoryBudget, Module, Uses, ValRaw};
use std::rc::Rc;

const NAN32: u64 = 0x7fc0_0000;
const NAN64: u64 = 0x7ff8_0000_0000_0000;
/// A quiet NaN with a sign and a payload.
const BOXED32: u64 = 0xffd2_3456;
const BOXED64: u64 = 0xfff9_2345_6789_abcd;

/// What a module's `f` returns. In memory, at 0 and 8 is the boxed f64, at 16 the boxed f32, at 24 the f64s
/// 1 and infinity; from 64 on there is room.
fn result(fields: &str, body: &str) -> u64 {
    let text = format!(
        r#"(module (memory (export "memory") 1)
          (data (i32.const 0) "\cd\ab\89\67\45\23\f9\ff\cd\ab\89\67\45\23\f9\ff\56\34\d2\ff")
          (data (i32.const 24) "\00\00\00\00\00\00\f0\3f\00\00\00\00\00\00\f0\7f")
          {fields}
          (func (export "f") (result i64) (local $x f64) (local $y f64) (local $f f32) (local $i i32) {body}))"#
    );
    let engine = Engine::new(|| false, MemoryBudget::new(64 << 20)).unwrap();
    let binary = wat::parse_str(text).unwrap();
    let module = Rc::new(Module::compile(&engine, &binary, Isolation::Call).unwrap());
    let limits = Limits { fuel: 1_000_000, memory: 1 << 20, isolation: Isolation::Call };
    let mut guest = Guest::new(&engine, module, limits).unwrap();
    let entry = guest.entry("f", Uses::default()).unwrap();
    guest.refuel(limits.fuel);
    let mut slots = [ValRaw::i64(0), ValRaw::i64(0)];
    // SAFETY: `f` takes nothing and returns one i64.
    unsafe { guest.call(&entry, &mut slots).unwrap() };
    slots[0].get_i64() as u64
}

fn check(expected: u64, fields: &str, body: &str) {
    assert_eq!(result(fields, body), expected, "{fields} {body}");
}

const INFINITY_MINUS_ITSELF: &str = "(f64.sub (f64.load (i32.const 32)) (f64.load (i32.const 32)))";

/// f64 expressions that compute a NaN, each in another way.
fn computed() -> [String; 6] {
    let zero = "(f64.sub (f64.load (i32.const 24)) (f64.const 1))";
    [
        format!("(f64.div {zero} {zero})"),
        INFINITY_MINUS_ITSELF.into(),
        "(f64.add (f64.load (i32.const 0)) (f64.load (i32.const 24)))".into(),
        "(f64.mul (f64.load (i32.const 24)) (f64.load (i32.const 8)))".into(),
        "(f64.promote_f32 (f32.load (i32.const 16)))".into(),
        "(f64.sqrt (f64.neg (f64.load (i32.const 24))))".into(),
    ]
}

#[test]
fn a_computed_nan_is_canonical_where_its_bits_are_seen() {
    let address = "(global $g (mut f64) (f64.const 0))
        (func $same (param f64) (result f64) (local.get 0))
        (func $bits (param f64) (result i64) (i64.reinterpret_f64 (local.get 0)))";
    for nan in computed() {
        for (expected, body) in [
            (NAN64, format!("(i64.reinterpret_f64 {nan})")),
            (NAN64 | 1 << 63, format!("(i64.reinterpret_f64 (f64.neg {nan}))")),
            (NAN64, format!("(i64.reinterpret_f64 (f64.abs {nan}))")),
            (
                NAN64 >> 63,
                format!(
                    "(i64.extend_i32_u (f64.lt (f64.copysign (f64.const 1) {nan}) (f64.const 0)))"
                ),
            ),
            (NAN64, format!("(f64.store (i32.const 64) {nan}) (i64.load (i32.const 64))")),
            (NAN64, format!("(global.set $g {nan}) (i64.reinterpret_f64 (global.get $g))")),
            (NAN64, format!("(call $bits {nan})")),
            (NAN64, format!("(i64.reinterpret_f64 (call $same {nan}))")),
            (NAN64, format!("(i64.reinterpret_f64 (block (result f64) {nan}))")),
            (
                NAN64,
                format!(
                    "(i64.reinterpret_f64 (select {nan} (f64.const 1) (i32.load8_u (i32.const 0))))"
                ),
            ),
            (
                NAN64,
                format!(
                    "(i64.reinterpret_f64 (select {nan} (f64.load (i32.const 24)) (i32.const 1)))"
                ),
            ),
            (
                NAN32,
                format!(
                    "(f32.store (i32.const 64) (f32.demote_f64 {nan})) (i64.load32_u (i32.const 64))"
                ),
            ),
            (NAN32, format!("(i64.extend_i32_u (i32.reinterpret_f32 (f32.demote_f64 {nan})))")),
        ] {
            check(expected, address, &body);
        }
    }
}

#[test]
fn a_nan_that_is_only_moved_keeps_its_bits() {
    let fields = "(global $g (mut f64) (f64.const 0))
        (func $same (param f64) (result f64) (local.get 0))";
    let boxed = "(f64.load (i32.const 0))";
    for body in [
        format!("(i64.reinterpret_f64 {boxed})"),
        format!("(f64.store (i32.const 64) {boxed}) (i64.load (i32.const 64))"),
        format!("(local.set $x {boxed}) (f64.store (i32.const 64) (local.get $x)) (i64.load (i32.const 64))"),
        format!("(i64.reinterpret_f64 (select {boxed} (f64.load (i32.const 8)) (i32.load (i32.const 0))))"),
        format!("(i64.reinterpret_f64 (select {boxed} (f64.add {boxed} {boxed}) (i32.const 1)))"),
        format!("(global.set $g {boxed}) (i64.reinterpret_f64 (global.get $g))"),
        format!("(i64.reinterpret_f64 (call $same {boxed}))"),
        "(local.set $x (f64.add (local.get $x) (f64.const 1))) (local.set $x (f64.load (i32.const 0)))
            (i64.reinterpret_f64 (local.get $x))".into(),
        "(v128.store (i32.const 64) (v128.load (i32.const 0))) (i64.load (i32.const 72))".into(),
    ] {
        check(BOXED64, fields, &body);
    }
    check(
        BOXED32,
        "",
        "(f32.store (i32.const 64) (f32.load (i32.const 16))) (i64.load32_u (i32.const 64))",
    );
}

#[test]
fn locals_in_loops_and_accumulation_in_memory() {
    let again = "(br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5)))";
    for body in [
        // The sum is carried round and stored at the end.
        format!(
            "(loop $again (local.set $x (f64.add (local.get $x) (f64.load (i32.const 0)))) {again})
             (f64.store (i32.const 64) (local.get $x)) (i64.load (i32.const 64))"
        ),
        format!(
            "(loop $again (f64.store offset=8 (i32.const 64)
                (f64.sub (f64.load offset=8 (i32.const 64)) (f64.load (i32.const 32)))) {again})
             (f64.store offset=8 (i32.const 64) (f64.add (f64.load offset=8 (i32.const 64)) (f64.load (i32.const 32))))
             (i64.load (i32.const 72))"
        ),
        // Canonical in each round, and used on.
        format!(
            "(loop $again (f64.store (i32.const 64) (local.tee $x (f64.mul (f64.load (i32.const 0)) (f64.const 2))))
             (local.set $x (f64.add (local.get $x) (f64.load (i32.const 64)))) {again})
             (i64.and (i64.reinterpret_f64 (local.get $x)) (i64.load (i32.const 64)))"
        ),
    ] {
        check(NAN64, "", &body);
    }
}

#[test]
fn stores_that_are_checked_together_are_each_put_right() {
    let number = "(f64.add (f64.load (i32.const 24)) (f64.const 1))";
    let two = 2f64.to_bits();
    let nan = "(f64.mul (f64.load (i32.const 24)) (f64.load (i32.const 8)))";
    for many in 1..=6 {
        for which in 0..many {
            let at = |nth: usize| if nth == which { nan } else { number };
            let store = |nth| format!("(f64.store offset={} (local.get $i) {})", nth * 8, at(nth));
            let stores: String = (0..many).map(store).collect();
            for nth in [which, many - 1, 0] {
                let expected = if nth == which { NAN64 } else { two };
                let load = format!("(i64.load offset={} (local.get $i))", nth * 8);
                check(expected, "", &format!("(local.set $i (i32.const 64)) {stores} {load}"));
            }
        }
    }
    // Infinities add to a NaN without being one.
    for (at, expected) in [(64, f64::INFINITY), (72, -f64::INFINITY)] {
        let body = format!(
            "(f64.store (i32.const 64) (f64.mul (f64.load (i32.const 32)) (f64.const 2)))
             (f64.store (i32.const 72) (f64.mul (f64.load (i32.const 32)) (f64.const -2)))
             (i64.load (i32.const {at}))"
        );
        check(expected.to_bits(), "", &body);
    }
}

#[test]
fn nothing_looks_between_a_store_and_its_check() {
    let nan = INFINITY_MINUS_ITSELF;
    let add = |a: &str, more: i32| format!("(i32.add (local.get {a}) (i32.const {more}))");
    let set = "(local.set $i (i32.const 64))";
    // 64 as well, as there are zeros at 48.
    let other = "(i32.or (i32.load (i32.const 48)) (i32.const 64))";
    for (expected, body) in [
        // Half of it is read, by a float.
        (0, format!(
            "{set} (f64.store (local.get $i) (f64.mul (f64.load (i32.const 0)) (f64.const 1)))
             (local.set $f (f32.load (local.get $i)))
             (f64.store offset=8 (local.get $i) {nan})
             (i64.extend_i32_u (i32.reinterpret_f32 (local.get $f)))"
        )),
        // It is read by another name.
        (
            NAN64,
            format!(
                "{set} (f64.store (local.get $i) {nan}) (local.set $x (f64.load {other}))
                 (f64.store offset=8 (local.get $i) {nan}) (i64.reinterpret_f64 (local.get $x))"
            ),
        ),
        // It is overwritten in part, and not put right again.
        (
            NAN64 | 7,
            format!(
                "{set} (f64.store (local.get $i) {nan}) (i32.store8 (local.get $i) (i32.const 7))
                 (f64.store offset=8 (local.get $i) {nan}) (i64.load (i32.const 64))"
            ),
        ),
        (
            NAN64 | 7,
            format!(
                "{set} (f64.store (local.get $i) {nan}) (i32.store8 {other} (i32.const 7))
                 (f64.store offset=8 (local.get $i) {nan}) (i64.load (i32.const 64))"
            ),
        ),
        // The same place twice: the last one stays.
        (2f64.to_bits(), format!(
            "{set} (f64.store (local.get $i) {nan})
             (f64.store (local.get $i) (f64.add (f64.load (i32.const 24)) (f64.const 1)))
             (f64.store offset=8 (local.get $i) {nan}) (i64.load (i32.const 64))"
        )),
        // The local is another value by the second store.
        (NAN64, format!(
            "{set} (f64.store (local.get $i) {nan}) (local.set $i {})
             (f64.store (local.get $i) {nan}) (f64.store (i32.const 96) {nan})
             (i64.and (i64.load (i32.const 64)) (i64.and (i64.load (i32.const 72)) (i64.load (i32.const 96))))",
            add("$i", 8)
        )),
        // Addresses that wrap round.
        (NAN64, format!(
            "{set} (f64.store {} {nan}) (f64.store {} {nan}) (f64.store offset=72 (local.get $i) {nan})
             (i64.and (i64.load (i32.const 64)) (i64.and (i64.load (i32.const 88)) (i64.load (i32.const 136))))",
            add("$i", 0), add("$i", 24)
        )),
        (NAN64, format!(
            "{set} (f64.store {} {nan}) (f64.store offset=32 {} {nan})
             (i64.and (i64.load (i32.const 56)) (i64.load (i32.const 64)))",
            add("$i", -8), add("$i", -32)
        )),
    ] {
        check(expected, "", &body);
    }
    let both = "(memory $wide i64 1)";
    check(
        NAN64,
        both,
        &format!(
            "(f64.store $wide (i64.const 8) {nan}) (f64.store $wide (i64.const 16) {nan})
         (i64.and (i64.load $wide (i64.const 8)) (i64.load $wide (i64.const 16)))"
        ),
    );
}

#[test]
fn lanes_are_canonical_one_by_one() {
    let lanes = "(f64x2.add (v128.load (i32.const 16)) (f64x2.splat (f64.const 1)))";
    // At 24 is a 1, at 32 infinity.
    let mixed = "(f64x2.mul (v128.load (i32.const 24)) (f64x2.splat (f64.const 0)))";
    for (expected, body) in [
        (2f64.to_bits(), format!("(v128.store (i32.const 64) {lanes}) (i64.load (i32.const 72))")),
        (0, format!("(v128.store (i32.const 64) {mixed}) (i64.load (i32.const 64))")),
        (NAN64, format!("(v128.store (i32.const 64) {mixed}) (i64.load (i32.const 72))")),
        (NAN64, format!("(i64x2.extract_lane 1 {mixed})")),
        (
            NAN32,
            "(i64.extend_i32_u (i32x4.extract_lane 0
            (f32x4.add (v128.load (i32.const 16)) (v128.load (i32.const 16)))))"
                .into(),
        ),
        (BOXED64, "(i64x2.extract_lane 1 (v128.load (i32.const 0)))".into()),
    ] {
        check(expected, "", &body);
    }
}
