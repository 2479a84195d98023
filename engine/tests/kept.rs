//! Kept states: what is part of one, what cannot be kept, and how much it takes.

use plwasm_engine::{Engine, Error, Guest, Isolation, Limits, MemoryBudget, Module, Uses, ValRaw};
use std::rc::Rc;

const LIMITS: Limits = Limits { fuel: 1 << 30, memory: 64 << 20, isolation: Isolation::Call };

fn guest(text: &str) -> Guest {
    let engine = Engine::new(|| false, MemoryBudget::new(1 << 30)).unwrap();
    let module = Rc::new(Module::compile(&engine, text.as_bytes(), Isolation::Call).unwrap());
    let mut guest = Guest::new(&engine, module, LIMITS).unwrap();
    guest.prepare_keeping().unwrap();
    guest
}

/// Makes a call whose changes stay. The exports take one i32 and return one.
fn lasting(guest: &mut Guest, export: &str, argument: i32) -> i32 {
    try_lasting(guest, export, argument).unwrap()
}

fn try_lasting(guest: &mut Guest, export: &str, argument: i32) -> plwasm_engine::Result<i32> {
    let entry = guest.lasting_entry(export, Uses::default())?;
    guest.refuel(LIMITS.fuel);
    let mut slots = [ValRaw::i32(argument), ValRaw::i64(0)];
    // SAFETY: the exports that tests call take one i32 and return one.
    unsafe { guest.call(&entry, &mut slots)? };
    Ok(slots[0].get_i32())
}

/// Makes a call, and puts the guest back to its ground.
fn put_back(guest: &mut Guest, export: &str, argument: i32) -> i32 {
    let entry = guest.entry(export, Uses::default()).unwrap();
    guest.refuel(LIMITS.fuel);
    let mut slots = [ValRaw::i32(argument), ValRaw::i64(0)];
    // SAFETY: as in `try_lasting`.
    unsafe { guest.call(&entry, &mut slots).unwrap() };
    assert!(guest.reset());
    slots[0].get_i32()
}

fn kept(guest: &mut Guest) -> Rc<[u8]> {
    let mut bytes = Vec::new();
    guest.keep(&mut bytes).unwrap();
    bytes.into()
}

/// A memory that grows, a global, a word of memory.
const COUNTER: &str = r#"(module (memory (export "memory") 1) (global $g (mut i32) (i32.const 0))
    (func (export "add") (param i32) (result i32)
        (global.set $g (i32.add (global.get $g) (local.get 0)))
        (i32.store (i32.const 4096) (i32.add (i32.load (i32.const 4096)) (local.get 0)))
        (i32.add (global.get $g) (i32.load (i32.const 4096))))
    (func (export "grow") (param i32) (result i32)
        (drop (memory.grow (local.get 0)))
        (i32.store8 (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 1)) (i32.const 7))
        (memory.size))
    (func (export "size") (param i32) (result i32) (memory.size))
    (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
    (func (export "store") (param i32) (result i32)
        (i64.store (local.get 0) (i64.const -1)) (local.get 0))
    (func (export "fill") (param i32) (result i32)
        (memory.fill (i32.const 0) (i32.const 9) (local.get 0)) (local.get 0)))"#;

#[test]
fn a_call_starts_from_a_kept_state_and_is_put_back_to_it() {
    let mut guest = guest(COUNTER);
    assert_eq!(lasting(&mut guest, "add", 5), 10);
    let five = kept(&mut guest);
    assert!(guest.leave());
    assert_eq!(lasting(&mut guest, "add", 7), 14);
    let seven = kept(&mut guest);
    assert!(guest.leave());
    assert_eq!(put_back(&mut guest, "add", 0), 0, "it is pristine");
    for (state, value) in [(&five, 5), (&seven, 7), (&five, 5)] {
        guest.resume(state).unwrap();
        guest.stand(state.clone()).unwrap();
        for _ in 0..3 {
            assert_eq!(put_back(&mut guest, "add", 1), 2 * value + 2);
        }
        assert!(guest.leave());
        assert_eq!(put_back(&mut guest, "add", 0), 0, "it is pristine");
    }
    // Without standing on it, the changes are added to those that were kept.
    guest.resume(&five).unwrap();
    assert_eq!(lasting(&mut guest, "add", 1), 12);
    assert_eq!(lasting(&mut guest, "add", 1), 14);
    let mut bytes = Vec::new();
    assert!(guest.take_out(&mut bytes).unwrap());
    assert_eq!(put_back(&mut guest, "add", 0), 0, "it is pristine");
    guest.resume(&bytes).unwrap();
    assert_eq!(lasting(&mut guest, "add", 0), 14);
}

#[test]
fn growth_is_part_of_a_state() {
    let mut guest = guest(COUNTER);
    assert_eq!(lasting(&mut guest, "grow", 2), 3);
    let three = kept(&mut guest);
    assert!(guest.leave());
    assert_eq!(put_back(&mut guest, "size", 0), 1);
    let beyond = 3 * 65536 - 1;
    assert!(try_lasting(&mut guest, "load", beyond).is_err(), "the pages are not the guest's");

    let mut guest = self::guest(COUNTER);
    guest.resume(&three).unwrap();
    assert_eq!(lasting(&mut guest, "load", beyond), 7);
    guest.stand(three.clone()).unwrap();
    // A call that grows further is put back to the size of its ground, and what it wrote there is gone.
    assert_eq!(put_back(&mut guest, "grow", 1), 4);
    assert_eq!(put_back(&mut guest, "size", 0), 3);
    assert_eq!(put_back(&mut guest, "load", beyond), 7);
    assert!(guest.leave());
    assert_eq!(put_back(&mut guest, "size", 0), 1);
    // The same pages come back as zeros.
    assert_eq!(put_back(&mut guest, "grow", 2), 3);
    assert_eq!(lasting(&mut guest, "grow", 1), 2);
    assert_eq!(lasting(&mut guest, "load", 65536), 0);
    assert!(guest.leave());
    guest.resume(&three).unwrap();
    assert_eq!(put_back(&mut guest, "load", beyond), 7);
    assert!(try_lasting(&mut guest, "load", beyond + 1).is_err());
}

#[test]
fn a_store_across_two_blocks_is_kept() {
    for address in [1020, 1023, 2047, 65528, 5 * 1024 - 4] {
        let mut guest = guest(COUNTER);
        lasting(&mut guest, "store", address);
        let state = kept(&mut guest);
        assert!(guest.leave());
        guest.resume(&state).unwrap();
        guest.stand(state).unwrap();
        for at in address..address + 8 {
            assert_eq!(put_back(&mut guest, "load", at), 255, "at {at}");
        }
        // What a call leaves in the same blocks is put back.
        put_back(&mut guest, "fill", 65536);
        assert_eq!(put_back(&mut guest, "load", address - 1), 0);
        assert_eq!(put_back(&mut guest, "load", address + 7), 255);
        assert!(guest.leave());
        assert_eq!(put_back(&mut guest, "load", address + 7), 0);
    }
}

/// The log of changes has room for 4,096 blocks.
#[test]
fn a_state_of_many_megabytes_is_kept() {
    let mut guest = guest(COUNTER);
    lasting(&mut guest, "grow", 159);
    assert_eq!(lasting(&mut guest, "fill", 10 << 20), 10 << 20);
    let state = kept(&mut guest);
    assert!(state.len() > 10 << 20);
    assert!(guest.leave());
    assert_eq!(put_back(&mut guest, "load", 5 << 20 & 0xffff), 0);
    guest.resume(&state).unwrap();
    guest.stand(state).unwrap();
    assert_eq!(put_back(&mut guest, "load", (10 << 20) - 2), 9);
    assert_eq!(put_back(&mut guest, "fill", 10 << 20), 10 << 20);
    assert_eq!(put_back(&mut guest, "size", 0), 160);
    assert!(guest.leave());
    assert_eq!(put_back(&mut guest, "size", 0), 1);
}

#[test]
fn a_small_state_takes_little() {
    let mut guest = guest(COUNTER);
    lasting(&mut guest, "add", 1);
    let state = kept(&mut guest);
    assert!(state.len() < 200, "{} bytes", state.len());
    // What is written without a change is not part of it.
    lasting(&mut guest, "add", -1);
    let state = kept(&mut guest);
    assert!(state.len() < 32, "{} bytes", state.len());
}

#[test]
fn what_cannot_be_kept_is_said() {
    let changes = [
        r#"(module (table $t 4 funcref) (func (export "change") (param i32) (result i32)
            (table.set $t (i32.const 0) (ref.null func)) (i32.const 0)))"#,
        r#"(module (memory 1) (data $d "x") (func (export "change") (param i32) (result i32)
            (data.drop $d) (i32.const 0)))"#,
        r#"(module (memory 1) (memory $m 1) (func (export "change") (param i32) (result i32)
            (i32.store $m (i32.const 0) (i32.const 1)) (i32.const 0)))"#,
    ];
    for text in changes {
        let mut guest = guest(text);
        lasting(&mut guest, "change", 0);
        let mut bytes = Vec::new();
        let kept = guest.keep(&mut bytes);
        assert!(matches!(kept, Err(Error::Unkeepable(_))), "{text}: {kept:?}");
        assert!(!guest.leave());
    }
    let engine = Engine::new(|| false, MemoryBudget::new(1 << 30)).unwrap();
    let text = r#"(module (global (mut funcref) (ref.null func)) (func (export "f")))"#;
    for (isolation, text) in [(Isolation::Call, text), (Isolation::Statement, COUNTER)] {
        let module = Rc::new(Module::compile(&engine, text.as_bytes(), isolation).unwrap());
        let limits = Limits { isolation, ..LIMITS };
        let mut guest = Guest::new(&engine, module, limits).unwrap();
        assert!(matches!(guest.prepare_keeping(), Err(Error::Unkeepable(_))), "{text}");
    }
}

#[test]
fn a_state_that_does_not_fit_is_an_error() {
    let mut large = guest(COUNTER);
    lasting(&mut large, "grow", 99);
    let state = kept(&mut large);
    let engine = Engine::new(|| false, MemoryBudget::new(1 << 30)).unwrap();
    let module = Rc::new(Module::compile(&engine, COUNTER.as_bytes(), Isolation::Call).unwrap());
    let limits = Limits { memory: 2 << 20, ..LIMITS };
    let mut small = Guest::new(&engine, module, limits).unwrap();
    small.prepare_keeping().unwrap();
    assert!(matches!(small.resume(&state), Err(Error::Memory { .. })));
}
