//! Kept states: random modules, random calls whose changes stay, states that are kept and resumed in any order, against
//! a new instance of plain wasmtime and a new guest that made the same calls.

use super::arguments;
use super::choices::{Choices, bytes_of};
use super::outcome::{Item, Outcome, State, first_change, first_difference};
use super::plain::{self, Export, MEMORY, Plain, Running};
use super::subject::{FUEL, Fuel, Snapshot, call_entry};
use super::{Mismatch, module};
use plwasm_engine::{Engine, Error, Guest, Isolation, Limits, Module, Uses, ValRaw};
use std::rc::Rc;

const LIMITS: Limits = Limits { fuel: FUEL, memory: MEMORY, isolation: Isolation::Call };

/// The most units of fuel of a call that leads to a state, as it is made again for each use of the state.
const MOST_REPLAYED: u64 = 20_000;

/// What a run did.
#[derive(Debug, Default)]
pub(crate) struct KeptTally {
    pub modules: u64,
    /// States that were kept, those of them with other globals and those with more memory than the pristine state.
    pub kept: u64,
    pub with_globals: u64,
    pub grown: u64,
    pub unkeepable: u64,
    pub resumed: u64,
    /// Calls whose changes stay, and calls that are put back to the ground.
    pub lasting: u64,
    pub put_back: u64,
    /// Calls whose fuel was compared.
    pub fuel: u64,
}

impl KeptTally {
    pub(crate) fn add(&mut self, other: &Self) {
        self.modules += other.modules;
        self.kept += other.kept;
        self.with_globals += other.with_globals;
        self.grown += other.grown;
        self.unkeepable += other.unkeepable;
        self.resumed += other.resumed;
        self.lasting += other.lasting;
        self.put_back += other.put_back;
        self.fuel += other.fuel;
    }
}

/// A fault that the test must find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeptDefect {
    None,
    /// The globals of a state are lost.
    Globals,
    /// The last line that differs is that of the pristine state.
    LastLine,
    /// What a store leaves behind the end of its block is lost.
    FirstLines,
    /// A call is not put back.
    PutBack,
    /// A guest goes from one state to the next without its pristine state between them.
    Leave,
}

impl KeptDefect {
    pub(crate) const ALL: [Self; 5] =
        [Self::Globals, Self::LastLine, Self::FirstLines, Self::PutBack, Self::Leave];
}

/// A state that was kept, and the calls that led to it.
struct Kept {
    bytes: Rc<[u8]>,
    calls: Vec<Call>,
}

#[derive(Clone)]
struct Call {
    export: Export,
    arguments: Vec<ValRaw>,
}

/// Runs one case.
///
/// # Errors
/// The first difference.
pub(crate) fn run(
    case: &[u8],
    plain: &Plain,
    engine: &Engine,
    defect: KeptDefect,
    tally: &mut KeptTally,
) -> Result<(), Mismatch> {
    let Some(binary) = module(case) else { return Ok(()) };
    let seed = case.iter().take(8).fold(2, |seed, byte| seed << 8 | u64::from(*byte));
    let calls = bytes_of(seed, 1024);
    let what = compare(&binary, plain, engine, defect, &mut Choices::new(&calls), tally);
    what.map_err(|what| Mismatch { what, binary })
}

fn compare(
    binary: &[u8],
    plain: &Plain,
    engine: &Engine,
    defect: KeptDefect,
    choices: &mut Choices<'_>,
    tally: &mut KeptTally,
) -> Result<(), String> {
    let Ok(reference) = plain.compile(binary) else { return Ok(()) };
    let exports = plain::exports(&reference);
    if exports.is_empty() || plain.instantiate(&reference).is_err() {
        return Ok(());
    }
    let failed = |error: Error| format!("{error:?}");
    let module = Module::compile(engine, binary, Isolation::Call).map_err(failed)?;
    let module = Rc::new(module);
    let new_guest = || Guest::new(engine, module.clone(), LIMITS);
    let Ok(mut guest) = new_guest() else { return Ok(()) };
    if guest.prepare_keeping().is_err() {
        return Ok(());
    }
    tally.modules += 1;
    let mut pristine = guest.snapshot();
    let mut states: Vec<Kept> = Vec::new();
    let mut written = Vec::new();
    // What a new instance is after these calls; none if one of them meets a limit that the two sides may differ in.
    let after = |calls: &[Call]| -> Option<Running> {
        let mut running = plain.instantiate(&reference).ok()?;
        for call in calls {
            let expected = running.call(&call.export, &call.arguments, plain::FUEL);
            matches!(expected, Outcome::Returned(_)).then_some(())?;
        }
        Some(running)
    };
    // The fuel of the last of these calls in a new guest.
    let fuel_of_last = |calls: &[Call]| -> Option<u64> {
        let mut fresh = new_guest().ok()?;
        calls.iter().map(|call| lasting(&mut fresh, call).1).last()
    };

    for number in 0..10 {
        // The guest is in its pristine state here.
        let state = match states.len() {
            0 => None,
            some => states.get(choices.below(some as u32 + 1) as usize),
        };
        let calls = state.map_or_else(Vec::new, |state| state.calls.clone());
        let Some(mut running) = after(&calls) else { return Ok(()) };
        if let Some(state) = state {
            guest.resume(&state.bytes).map_err(failed)?;
            tally.resumed += 1;
        }
        let at = format!("step {number}, after {} calls", calls.len());
        let ground = guest.snapshot();
        if let Some(what) = first_difference(&running.state(), &ground, true) {
            return Err(format!("{at}, resumed: {what}"));
        }
        let stands = state.is_some() && choices.one_in(2);
        if let (true, Some(state)) = (stands, state) {
            guest.stand(state.bytes.clone()).map_err(failed)?;
        }
        let export = exports[choices.below(exports.len() as u32) as usize].clone();
        let arguments = arguments::of(&export.params, choices);
        let call = Call { export, arguments };
        let expected = running.call(&call.export, &call.arguments, plain::FUEL);
        let what = format!("{at}, {:?}", call.export.name);
        // The guest might run for much longer.
        if expected.is_limit() {
            return Ok(());
        }
        let (found, fuel) = match stands {
            true => putting_back(&mut guest, &call),
            false => lasting(&mut guest, &call),
        };
        if found.is_limit() {
            return Ok(());
        }
        if found != expected {
            return Err(format!("{what}: {found:x?}, not {expected:x?}"));
        }
        let after_call = running.state();
        if let Some(found) = first_difference(&after_call, &guest.snapshot(), !stands) {
            return Err(format!("{what}: {found}"));
        }
        if choices.one_in(4) {
            tally.fuel += 1;
            let all = [&calls[..], std::slice::from_ref(&call)].concat();
            if fuel_of_last(&all) != Some(fuel) {
                return Err(format!("{what}: {fuel} units, not {:?}", fuel_of_last(&all)));
            }
        }
        if !matches!(found, Outcome::Returned(_)) {
            let Ok(other) = new_guest() else { return Ok(()) };
            guest = other;
            guest.prepare_keeping().map_err(failed)?;
            // Tables have the addresses of each guest's own functions.
            pristine = guest.snapshot();
            continue;
        }
        if stands {
            tally.put_back += 1;
            if defect != KeptDefect::PutBack && !guest.reset() {
                return Ok(());
            }
            if let Some(found) = first_change(&ground, &guest.snapshot()) {
                return Err(format!("{what}, put back: {found}"));
            }
        } else {
            tally.lasting += 1;
            match guest.keep(&mut written) {
                Ok(()) => {}
                Err(Error::Unkeepable(_)) => {
                    tally.unkeepable += 1;
                    let Ok(other) = new_guest() else { return Ok(()) };
                    guest = other;
                    guest.prepare_keeping().map_err(failed)?;
                    pristine = guest.snapshot();
                    continue;
                }
                Err(error) => return Err(failed(error)),
            }
            tally.kept += 1;
            tally.with_globals += u64::from(word(&written, 4) > 0);
            tally.grown += u64::from(bytes_in_memories(&after_call) > bytes_in(&pristine));
            spoil(&mut written, defect);
            if fuel > MOST_REPLAYED {
                let left = guest.leave();
                assert!(left, "the pristine state cannot be restored");
                continue;
            }
            let calls = [&calls[..], &[call]].concat();
            states.push(Kept { bytes: written.as_slice().into(), calls });
        }
        if defect == KeptDefect::Leave {
            if !guest.reset() {
                return Ok(());
            }
            continue;
        }
        if !guest.leave() {
            return Err(format!("{what}: the pristine state cannot be restored"));
        }
        if let Some(found) = first_change(&pristine, &guest.snapshot()) {
            return Err(format!("{what}, pristine again: {found}"));
        }
    }
    Ok(())
}

/// Returns how many bytes the memories of an instance have.
fn bytes_in_memories(state: &State) -> usize {
    let bytes = |item: &Item| match item {
        Item::Memory(bytes) => bytes.len(),
        _ => 0,
    };
    state.values().map(bytes).sum()
}

/// Returns how many bytes the memories in a snapshot have.
fn bytes_in(snapshot: &Snapshot) -> usize {
    snapshot.values().map(Vec::len).filter(|length| *length >= 65536).sum()
}

/// Makes a call whose changes stay.
fn lasting(guest: &mut Guest, call: &Call) -> (Outcome, u64) {
    let entry = guest.lasting_entry(&call.export.name, Uses::default());
    call_entry(guest, entry, &call.export, &call.arguments, Fuel::Plenty)
}

/// Makes a call that restores globals, as calls do that are put back.
fn putting_back(guest: &mut Guest, call: &Call) -> (Outcome, u64) {
    let entry = guest.entry(&call.export.name, Uses::default());
    call_entry(guest, entry, &call.export, &call.arguments, Fuel::Plenty)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

/// Builds a fault into a state. `engine/src/run/kept.rs` has the layout.
fn spoil(kept: &mut Vec<u8>, defect: KeptDefect) {
    let (globals, blocks) = (word(kept, 4) as usize, word(kept, 8) as usize);
    let entries = 12 + globals * 16;
    match defect {
        KeptDefect::Globals => {
            kept.drain(12..entries);
            kept[4..8].fill(0);
        }
        KeptDefect::LastLine if blocks > 0 => {
            let last = entries + (blocks - 1) * 12 + 8;
            let mask = word(kept, last);
            let without = mask & !(1 << mask.ilog2());
            kept[last..last + 4].copy_from_slice(&without.to_le_bytes());
        }
        KeptDefect::FirstLines => {
            for entry in (0..blocks).map(|block| entries + block * 12 + 8) {
                // A block of which nothing but its first line differs, behind one that was marked.
                if word(kept, entry) == 1 {
                    kept[entry..entry + 4].fill(0);
                }
            }
        }
        _ => {}
    }
}
