//! Memories that grow in a call are as small, and as closed, in the next.

use plwasm_engine::{
    Engine, Entry, Error, Guest, Isolation, Limits, MemoryBudget, Module, Uses, ValRaw,
};
use std::rc::Rc;
use std::sync::Arc;

const LIMITS: Limits = Limits { fuel: 100_000_000, memory: 8 << 20, isolation: Isolation::Call };

/// Exports: `grow` by so many pages, and a store at the end of what there is then; the `size`; a byte at an
/// address; fills, copies and initialisations of a range.
const GUEST: &str = r#"(module
  (memory (export "memory") 2 64) (memory $other 1) (data $d "0123456789abcdef")
  (func (export "grow") (param i32 i32) (result i32)
    (local $old i32)
    (local.set $old (memory.grow (local.get 0)))
    (i64.store (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 8)) (i64.const -1))
    (local.get $old))
  (func (export "straddle") (param i32 i32) (result i32)
    (drop (memory.grow (i32.const 1)))
    (i64.store (i32.const 131068) (i64.const -1))
    (i32.const 0))
  (func (export "after") (param i32 i32) (result i32)
    (drop (memory.grow (i32.const 1)))
    (i32.load (i32.const 131072)))
  (func (export "fill_new") (param i32 i32) (result i32)
    (drop (memory.grow (local.get 0)))
    (memory.fill (i32.const 131000) (i32.const 255) (i32.const 70000))
    (i32.const 0))
  (func (export "sum_new") (param i32 i32) (result i32) (local $at i32) (local $sum i32)
    (drop (memory.grow (local.get 0)))
    (local.set $at (i32.const 131072))
    (loop $next
      (local.set $sum (i32.or (local.get $sum) (i32.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br_if $next (i32.lt_u (local.get $at) (i32.shl (memory.size) (i32.const 16)))))
    (local.get $sum))
  (func (export "size") (param i32 i32) (result i32) (memory.size))
  (func (export "load") (param i32 i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store") (param i32 i32) (result i32)
    (i32.store8 (local.get 0) (i32.const 1)) (i32.const 0))
  (func (export "fill") (param i32 i32) (result i32)
    (memory.fill (local.get 0) (i32.const 1) (local.get 1)) (i32.const 0))
  (func (export "copy_to") (param i32 i32) (result i32)
    (memory.copy (local.get 0) (i32.const 0) (local.get 1)) (i32.const 0))
  (func (export "copy_from") (param i32 i32) (result i32)
    (memory.copy (i32.const 0) (local.get 0) (local.get 1)) (i32.const 0))
  (func (export "copy_away") (param i32 i32) (result i32)
    (memory.copy $other 0 (i32.const 0) (local.get 0) (local.get 1)) (i32.const 0))
  (func (export "init") (param i32 i32) (result i32)
    (memory.init $d (local.get 0) (i32.const 0) (local.get 1)) (i32.const 0))
  (func (export "table") (param i32 i32) (result i32) (table.grow (ref.null func) (local.get 0)))
  (table 1 funcref)
)"#;

struct Subject {
    engine: Engine,
    module: Rc<Module>,
    guest: Guest,
}

impl Subject {
    fn new() -> Self {
        let budget: Arc<MemoryBudget> = MemoryBudget::new(64 << 20);
        let engine = Engine::new(|| false, budget).unwrap();
        let binary = wat::parse_str(GUEST).unwrap();
        let module = Rc::new(Module::compile(&engine, &binary, Isolation::Call).unwrap());
        let guest = Guest::new(&engine, module.clone(), LIMITS).unwrap();
        Self { engine, module, guest }
    }

    fn entry(&mut self, export: &str) -> Entry {
        self.guest.entry(export, Uses::default()).unwrap()
    }

    fn call(&mut self, export: &str, a: u32, b: u32) -> Result<u32, Error> {
        let entry = self.entry(export);
        self.guest.refuel(LIMITS.fuel);
        let mut slots = [ValRaw::u32(a), ValRaw::u32(b), ValRaw::i64(0)];
        // SAFETY: all exports take two i32 and return one.
        let result = unsafe { self.guest.call(&entry, &mut slots) };
        match result {
            Ok(()) => {
                let kept = self.guest.reset();
                assert_eq!(kept, export != "copy_away" && export != "table", "{export}");
                if !kept {
                    self.renew();
                }
                Ok(slots[0].get_u32())
            }
            Err(error) => {
                self.renew();
                Err(error)
            }
        }
    }

    fn renew(&mut self) {
        self.guest = Guest::new(&self.engine, self.module.clone(), LIMITS).unwrap();
    }
}

const END: u32 = 2 << 16;

#[test]
fn what_was_grown_is_gone() {
    let mut subject = Subject::new();
    let before = subject.guest.snapshot();
    for pages in [1, 5, 2, 62, 3, 1] {
        assert_eq!(subject.call("grow", pages, 0).unwrap(), 2);
        assert_eq!(subject.call("size", 0, 0).unwrap(), 2);
        assert!(subject.guest.snapshot() == before);
        assert_eq!(subject.call("sum_new", pages, 0).unwrap(), 0, "it is zero when it comes back");
    }
}

#[test]
fn bytes_beyond_the_old_end_are_zero_again() {
    let mut subject = Subject::new();
    subject.call("straddle", 0, 0).unwrap();
    assert_eq!(subject.call("after", 0, 0).unwrap(), 0);
    subject.call("fill_new", 2, 0).unwrap();
    assert_eq!(subject.call("sum_new", 4, 0).unwrap(), 0);
}

#[test]
fn nothing_beyond_the_end_can_be_touched() {
    let cases = [
        ("load", END, 0),
        ("load", END + 65_535, 0),
        ("store", END, 0),
        ("fill", END - 1, 2),
        ("fill", END + 1, 0),
        ("fill", 1, u32::MAX),
        ("copy_to", END - 4, 5),
        ("copy_from", END - 4, 5),
        ("copy_from", END + 1, 0),
        ("copy_away", END - 4, 5),
        ("init", END - 4, 5),
    ];
    for (export, a, b) in cases {
        let mut subject = Subject::new();
        let before = subject.call(export, a, b).unwrap_err();
        // There is something there now, but not for the guest.
        subject.call("grow", 7, 0).unwrap();
        let after = subject.call(export, a, b).unwrap_err();
        assert_eq!(before.to_string(), after.to_string(), "{export} {a} {b}");
        assert_eq!(before.sqlstate(), "38000");
    }
}

#[test]
fn what_is_in_bounds_can_be_touched() {
    for (export, a, b) in [
        ("load", END - 1, 0),
        ("fill", END - 2, 2),
        ("fill", END, 0),
        ("copy_to", END - 5, 5),
        ("copy_from", END - 5, 5),
        ("copy_from", END, 0),
        ("copy_away", END - 5, 5),
        ("init", END - 5, 5),
    ] {
        let mut subject = Subject::new();
        subject.call("grow", 7, 0).unwrap();
        subject.call(export, a, b).unwrap();
    }
}

#[test]
fn the_host_sees_no_more_than_the_guest() {
    let mut subject = Subject::new();
    subject.call("grow", 1, 0).unwrap();
    assert!(subject.guest.bytes(END - 1, 1, "").is_ok());
    assert_eq!(subject.guest.bytes(END, 1, "").unwrap_err().sqlstate(), "39000");
    assert_eq!(subject.guest.bytes_mut(END, 1, "").unwrap_err().sqlstate(), "39000");
}

/// A limit is met by what a call uses, whatever other calls have used.
#[test]
fn the_limit_is_the_same_for_every_call() {
    let mut fresh = Subject::new();
    // 8 MiB are 128 pages; the maximum is 64.
    assert_eq!(fresh.call("grow", 62, 0).unwrap(), 2);
    for _ in 0..3 {
        assert_eq!(fresh.call("grow", 62, 0).unwrap(), 2);
        let none = fresh.call("grow", 63, 0).unwrap();
        assert_eq!(none, u32::MAX);
        assert_eq!(fresh.call("grow", 0, 0).unwrap(), 2);
        assert_eq!(fresh.call("grow", u32::MAX, 0).unwrap(), u32::MAX);
    }
    // Tables count too: 8 MiB less 3 pages of memories, of 16 bytes an element.
    let most = ((8 << 20) - 3 * 65_536) / 16 - 1;
    assert_eq!(Subject::new().call("table", most, 0).unwrap(), 1);
    assert_eq!(Subject::new().call("table", most + 1, 0).unwrap(), u32::MAX);
    let mut grown = Subject::new();
    grown.call("grow", 62, 0).unwrap();
    assert_eq!(grown.call("table", most, 0).unwrap(), 1);
    grown.call("grow", 62, 0).unwrap();
    assert_eq!(grown.call("table", most + 1, 0).unwrap(), u32::MAX);
}
