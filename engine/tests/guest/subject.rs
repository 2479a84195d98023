//! Guests of one function each.

use plwasm_engine::{
    Engine, Entry, Error, Guest, Isolation, Limits, MemoryBudget, Module, Uses, ValRaw,
};
use std::rc::Rc;

pub(crate) const LIMITS: Limits =
    Limits { fuel: 1_000_000, memory: 1 << 20, isolation: Isolation::Call };

pub(crate) fn engine() -> Engine {
    Engine::new(|| false, MemoryBudget::new(64 << 20)).unwrap()
}

pub(crate) fn module(engine: &Engine, text: &str) -> Result<Rc<Module>, Error> {
    Module::compile(engine, &wat::parse_str(text).unwrap(), Isolation::Call).map(Rc::new)
}

/// A guest of a module whose export `f` takes and returns what `call` passes.
pub(crate) fn guest(engine: &Engine, body: &str) -> (Guest, Entry) {
    let text = format!(r#"(module (memory (export "memory") 1) {body})"#);
    let mut guest = Guest::new(engine, module(engine, &text).unwrap(), LIMITS).unwrap();
    let entry = guest.entry("f", Uses { memory: true, ..Uses::default() }).unwrap();
    guest.refuel(LIMITS.fuel);
    (guest, entry)
}

pub(crate) fn call(guest: &mut Guest, entry: &Entry, argument: i32) -> Result<i32, Error> {
    let mut slots = [ValRaw::i32(argument), ValRaw::i64(0)];
    // SAFETY: every `f` here takes at most one i32 and returns at most one.
    unsafe { guest.call(entry, &mut slots)? };
    Ok(slots[0].get_i32())
}
