//! What is compared with plain wasmtime: the engine, through its public face, or a model of it.

use super::outcome::Outcome;
use super::plain::{Export, MEMORY};
use plwasm_engine::{
    Engine, Entry, Error, Guest, Isolation, Limits, MemoryBudget, Module, Uses, ValRaw,
};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Everything that an instance exports and can change, as bytes.
pub(crate) type Snapshot = BTreeMap<String, Vec<u8>>;

/// What a call may use.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fuel {
    /// As much as it likes.
    Plenty,
    Exactly(u64),
    /// As much as it likes, so many units at a time.
    InSlices(u32),
}

/// Something that runs modules, each call as if it were the first.
pub(crate) trait Subject {
    type Module;
    type Guest;

    /// Whether a call succeeds exactly if its fuel is at least what it uses.
    const FUEL_IS_EXACT: bool;

    fn compile(&self, binary: &[u8], isolation: Isolation) -> Result<Self::Module, String>;
    fn guest(&self, module: &Self::Module) -> Result<Self::Guest, Outcome>;
    /// How the call ended, and the fuel it used.
    fn call(
        &self,
        guest: &mut Self::Guest,
        export: &Export,
        arguments: &[ValRaw],
        fuel: Fuel,
    ) -> (Outcome, u64);
    /// Puts everything back; false if that cannot be done.
    fn reset(&self, guest: &mut Self::Guest) -> bool;
    fn snapshot(&self, guest: &mut Self::Guest) -> Snapshot;
}

/// The engine.
pub(crate) struct Plwasm(Engine);

impl Plwasm {
    pub(crate) fn new() -> Self {
        Self(Engine::new(|| false, MemoryBudget::new(1 << 30)).expect("the engine runs here"))
    }
}

/// The fuel of a call that may use as much as it likes. What the reference lets run must be within it, at any rate.
pub(crate) const FUEL: u64 = 1 << 30;

impl Subject for Plwasm {
    type Module = Rc<Module>;
    type Guest = Guest;

    const FUEL_IS_EXACT: bool = true;

    fn compile(&self, binary: &[u8], isolation: Isolation) -> Result<Rc<Module>, String> {
        let module = Module::compile(&self.0, binary, isolation);
        module.map(Rc::new).map_err(|error| format!("{error:?}"))
    }

    fn guest(&self, module: &Rc<Module>) -> Result<Guest, Outcome> {
        let limits = Limits { fuel: FUEL, memory: MEMORY, isolation: Isolation::Call };
        Guest::new(&self.0, module.clone(), limits).map_err(Outcome::of_engine)
    }

    fn call(
        &self,
        guest: &mut Guest,
        export: &Export,
        arguments: &[ValRaw],
        fuel: Fuel,
    ) -> (Outcome, u64) {
        call(guest, export, arguments, fuel)
    }

    fn reset(&self, guest: &mut Guest) -> bool {
        guest.reset()
    }

    fn snapshot(&self, guest: &mut Guest) -> Snapshot {
        guest.snapshot()
    }
}

/// Calls an export. Returns how the call ended, and the fuel it used.
pub(crate) fn call(
    guest: &mut Guest,
    export: &Export,
    arguments: &[ValRaw],
    fuel: Fuel,
) -> (Outcome, u64) {
    let entry = guest.entry(&export.name, Uses::default());
    call_entry(guest, entry, export, arguments, fuel)
}

/// Calls an export by its entry. Returns how the call ended, and the fuel it used.
pub(crate) fn call_entry(
    guest: &mut Guest,
    entry: plwasm_engine::Result<Entry>,
    export: &Export,
    arguments: &[ValRaw],
    fuel: Fuel,
) -> (Outcome, u64) {
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => return (Outcome::of_engine(error), 0),
    };
    match fuel {
        Fuel::Plenty => guest.refuel(FUEL),
        Fuel::Exactly(fuel) => guest.refuel(fuel),
        Fuel::InSlices(slice) => guest.refuel_in_slices(FUEL, slice),
    }
    let mut slots = export.slots(arguments);
    slots.push(ValRaw::i64(0));
    // SAFETY: the slots were made for the export's own type and fuel, and arguments are numbers or
    // null.
    let outcome = match unsafe { guest.call(&entry, &mut slots) } {
        Ok(()) => Outcome::returned(&export.results, &slots),
        Err(error @ Error::MissingExport { .. }) => Outcome::Unexpected(error.to_string()),
        Err(error) => Outcome::of_engine(error),
    };
    (outcome, guest.fuel_used())
}
