//! A model of the engine, right by construction: plain wasmtime, a new instance instead of a reset.
//! And the same with a defect built in: the test of the test, which has to find each.

use super::outcome::{Item, Outcome, State};
use super::plain::{Export, Plain, Running};
use super::subject::{FUEL, Fuel, Snapshot, Subject};
use plwasm_engine::{Isolation, TrapKind, ValRaw};
use wasmtime::{Extern, Module, Val};

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defect {
    None,
    /// A reset does nothing.
    Reset,
    /// A reset leaves one global as it is.
    Global,
    /// A reset leaves one block of a memory as it is.
    Block,
    /// A reset leaves the bytes that a store wrote beyond the end of its block.
    Straddle,
    /// A reset leaves a memory as large as it is.
    Growth,
    /// A reset leaves tables as they are.
    Table,
    /// A reset leaves dropped segments dropped.
    Segment,
    /// A result is wrong, one in 64.
    Result,
    /// The same, in calls that have to ask for more fuel.
    Slice,
    /// A store writes one byte wrong, the last of a call's.
    Store,
    /// Computed NaNs are what the processor makes them.
    Nan,
    /// A trap is reported as another.
    Trap,
    /// A guest that was reset uses more fuel.
    Fuel,
    /// A call that is not isolated uses less fuel.
    UnisolatedFuel,
    /// A call with the fuel it needs is stopped.
    FuelLimit,
}

impl Defect {
    pub(crate) const ALL: [Self; 15] = [
        Self::Reset,
        Self::Global,
        Self::Block,
        Self::Straddle,
        Self::Growth,
        Self::Table,
        Self::Segment,
        Self::Result,
        Self::Slice,
        Self::Store,
        Self::Nan,
        Self::Trap,
        Self::Fuel,
        Self::UnisolatedFuel,
        Self::FuelLimit,
    ];
}

pub(crate) struct Model {
    plain: Plain,
    defect: Defect,
}

pub(crate) struct Guest {
    module: Module,
    isolation: Isolation,
    running: Running,
    resets: u64,
}

impl Model {
    pub(crate) fn new(defect: Defect) -> Self {
        Self { plain: Plain::new(defect != Defect::Nan), defect }
    }
}

impl Subject for Model {
    type Module = (Module, Isolation);
    type Guest = Guest;

    // wasmtime looks at its fuel only where it has to.
    const FUEL_IS_EXACT: bool = false;

    fn compile(&self, binary: &[u8], isolation: Isolation) -> Result<(Module, Isolation), String> {
        Ok((self.plain.compile(binary)?, isolation))
    }

    fn guest(&self, (module, isolation): &(Module, Isolation)) -> Result<Guest, Outcome> {
        let running = self.plain.instantiate(module)?;
        Ok(Guest { module: module.clone(), isolation: *isolation, running, resets: 0 })
    }

    fn call(
        &self,
        guest: &mut Guest,
        export: &Export,
        arguments: &[ValRaw],
        fuel: Fuel,
    ) -> (Outcome, u64) {
        let (fuel, in_slices) = match fuel {
            Fuel::Plenty => (FUEL, false),
            Fuel::Exactly(fuel) => (fuel, false),
            Fuel::InSlices(_) => (FUEL, true),
        };
        let before = (self.defect == Defect::Store).then(|| guest.running.state());
        // wasmtime stops a call that has none left at the start of a function, used up or not.
        let mut outcome = guest.running.call(export, arguments, fuel + 1);
        let mut used = fuel + 1 - guest.running.fuel();
        match (self.defect, &mut outcome) {
            (Defect::Result | Defect::Slice, Outcome::Returned(bits))
                if in_slices == (self.defect == Defect::Slice) =>
            {
                if let Some(first) = bits.first_mut()
                    && *first % 64 == 5
                {
                    *first ^= 1;
                }
            }
            (Defect::Trap, Outcome::Trapped(kind)) if *kind == TrapKind::MemoryOutOfBounds => {
                *kind = TrapKind::TableOutOfBounds;
            }
            (Defect::Fuel, _) => used += u64::from(guest.resets > 0),
            (Defect::UnisolatedFuel, _) if guest.isolation == Isolation::Statement => used -= 1,
            (Defect::FuelLimit, _) if used == fuel => outcome = Outcome::OutOfFuel,
            _ => {}
        }
        if let Some(before) = before {
            each_memory(&mut guest.running, &before, |before, memory| {
                if let Some(at) = (0..before.len()).rev().find(|at| before[*at] != memory[*at]) {
                    memory[at] ^= 0x10;
                }
            });
        }
        (outcome, used)
    }

    fn reset(&self, guest: &mut Guest) -> bool {
        guest.resets += 1;
        if self.defect == Defect::Reset {
            return true;
        }
        let Ok(new) = self.plain.instantiate(&guest.module) else { return false };
        let mut old = std::mem::replace(&mut guest.running, new);
        match self.defect {
            Defect::Global => leave_global(&mut old, &mut guest.running),
            Defect::Block => leave_bytes(&mut old, &mut guest.running, |pristine, changed| {
                let first = changed.iter().zip(pristine).position(|(a, b)| a != b)?;
                Some(first & !1023..(first | 1023) + 1)
            }),
            Defect::Straddle => leave_bytes(&mut old, &mut guest.running, |pristine, changed| {
                let changes = |at: usize| pristine[at] != changed[at];
                let mut edges = (1024..pristine.len()).step_by(1024);
                let edge = edges.find(|edge| changes(edge - 1) && changes(*edge))?;
                Some(edge..edge + 1)
            }),
            Defect::Growth => leave_size(&mut old, &mut guest.running),
            Defect::Table | Defect::Segment => {
                // The old instance, with all put back that shows but tables.
                let pristine = guest.running.state();
                let changed = old.state();
                let tables = self.defect == Defect::Segment && tables_differ(&pristine, &changed);
                if !tables && put_back(&mut old, &pristine) {
                    guest.running = old;
                }
            }
            _ => {}
        }
        true
    }

    fn snapshot(&self, guest: &mut Guest) -> Snapshot {
        let bytes = |item| match item {
            Item::Memory(bytes) | Item::Global(bytes) => bytes,
            Item::Reference(is) => vec![is.into()],
            // Its size and whether it is empty do show; which functions are in it does not.
            Item::Table(elements) => elements.into_iter().map(u8::from).collect(),
        };
        guest.running.state().into_iter().map(|(name, item)| (name, bytes(item))).collect()
    }
}

/// Calls `edit` with what each memory was and is, if it has not grown.
fn each_memory(running: &mut Running, before: &State, mut edit: impl FnMut(&[u8], &mut [u8])) {
    let (store, instance) = running.parts();
    for (name, item) in before {
        if let Item::Memory(before) = item
            && let Some(memory) = instance.get_memory(&mut *store, name)
            && memory.data_size(&*store) == before.len()
        {
            edit(before, memory.data_mut(&mut *store));
        }
    }
}

/// Leaves in the new instance what `choose` names, of the first memory where it names something.
fn leave_bytes(
    old: &mut Running,
    new: &mut Running,
    choose: impl Fn(&[u8], &[u8]) -> Option<std::ops::Range<usize>>,
) {
    let mut left = false;
    each_memory(new, &old.state(), |changed, pristine| {
        if !left && let Some(range) = choose(pristine, changed) {
            pristine[range.clone()].copy_from_slice(&changed[range]);
            left = true;
        }
    });
}

fn leave_global(old: &mut Running, new: &mut Running) {
    let pristine = new.state();
    let changed = old.state();
    let name = changed
        .iter()
        .find(|(name, item)| matches!(item, Item::Global(_)) && pristine.get(*name) != Some(item));
    if let Some((name, _)) = name {
        let (store, instance) = old.parts();
        let value = instance.get_global(&mut *store, name).map(|global| global.get(&mut *store));
        let (store, instance) = new.parts();
        let global = instance.get_global(&mut *store, name);
        if let (Some(value), Some(global)) = (value, global) {
            global.set(&mut *store, value).expect("the same global");
        }
    }
}

fn leave_size(old: &mut Running, new: &mut Running) {
    for (name, item) in old.state() {
        let (store, instance) = new.parts();
        if let Item::Memory(bytes) = item
            && let Some(memory) = instance.get_memory(&mut *store, &name)
        {
            let more = (bytes.len() as u64 >> 16) - memory.size(&*store);
            memory.grow(&mut *store, more).expect("the old one did");
        }
    }
}

fn tables_differ(pristine: &State, changed: &State) -> bool {
    pristine.iter().any(|(name, item)| {
        matches!(item, Item::Table(_) | Item::Reference(_)) && changed.get(name) != Some(item)
    })
}

/// False if memories have grown.
fn put_back(running: &mut Running, pristine: &State) -> bool {
    for (name, item) in pristine {
        let (store, instance) = running.parts();
        match (item, instance.get_export(&mut *store, name)) {
            (Item::Memory(bytes), Some(Extern::Memory(memory))) => {
                if memory.data_size(&*store) != bytes.len() {
                    return false;
                }
                memory.data_mut(&mut *store).copy_from_slice(bytes);
            }
            (Item::Global(bits), Some(Extern::Global(global))) => {
                let mut wide = [0; 16];
                wide[..bits.len()].copy_from_slice(bits);
                let wide = u128::from_le_bytes(wide);
                let value = match global.get(&mut *store) {
                    Val::I32(_) => Val::I32(wide as i32),
                    Val::I64(_) => Val::I64(wide as i64),
                    Val::F32(_) => Val::F32(wide as u32),
                    Val::F64(_) => Val::F64(wide as u64),
                    _ => Val::V128(wide.into()),
                };
                // One that cannot be set has not changed.
                let _ = global.set(&mut *store, value);
            }
            _ => {}
        }
    }
    true
}
