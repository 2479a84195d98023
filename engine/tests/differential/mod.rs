//! The differential test: random modules, random calls, the engine against plain wasmtime.
//!
//! What the engine adds to a module may show in nothing but fuel, and what a call did may not show in
//! the next. So the reference runs every call in a new instance without any pass of ours, and the
//! engine runs all of them in one instance, reset after each; results, traps and what is left in
//! memories and globals must be the same to the bit. Fuel must be the same in a new instance, in a reset
//! one, and in one that is not isolated.
//!
//! One case is a slice of bytes, here made from a seed, in `fuzz/` by libFuzzer.

pub(crate) mod arguments;
mod body;
pub(crate) mod choices;
pub(crate) mod model;
mod operations;
pub(crate) mod outcome;
pub(crate) mod plain;
mod program;
pub(crate) mod reduce;
mod smith;
mod stores;
pub(crate) mod strings;
pub(crate) mod subject;
pub(crate) mod tally;

use choices::{Choices, bytes_of};
use outcome::{Item, Outcome, State, first_change, first_difference};
use plain::{Export, Plain};
use plwasm_engine::{Isolation, ValRaw};
use subject::{Fuel, Snapshot, Subject};
use tally::Tally;

/// Bytes of the cases that come from a seed.
pub(crate) const CASE_BYTES: usize = 6 * 1024;

/// What a case found.
#[derive(Debug)]
pub(crate) struct Mismatch {
    pub what: String,
    /// The module, as it was before any pass.
    pub binary: Vec<u8>,
}

/// The module of a case; none if its bytes do not suffice for one.
pub(crate) fn module(case: &[u8]) -> Option<Vec<u8>> {
    let mut choices = Choices::new(case.get(8..)?);
    match choices.one_in(2) {
        true => Some(program::module(&mut choices)),
        false => smith::module(choices),
    }
}

/// The case of a seed.
pub(crate) fn case_of(seed: u64) -> Vec<u8> {
    bytes_of(seed, CASE_BYTES)
}

/// Runs one case.
///
/// # Errors
/// The first difference.
pub(crate) fn run<S: Subject>(
    case: &[u8],
    plain: &Plain,
    subject: &S,
    tally: &mut Tally,
) -> Result<(), Mismatch> {
    let Some(binary) = module(case) else {
        tally.no_module += 1;
        return Ok(());
    };
    let what = run_module(case, &binary, plain, subject, tally);
    what.map_err(|what| Mismatch { what, binary })
}

/// Runs a case's calls of some module.
///
/// # Errors
/// The first difference.
pub(crate) fn run_module<S: Subject>(
    case: &[u8],
    binary: &[u8],
    plain: &Plain,
    subject: &S,
    tally: &mut Tally,
) -> Result<(), String> {
    let seed = case.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte));
    let calls = bytes_of(seed, 1024);
    // A case that panics is as much of a finding as one that differs.
    let run = || Case { plain, subject, binary }.run(&mut Choices::new(&calls), tally);
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("panicked: {}", message.unwrap_or_default()))
    })
}

struct Case<'c, S> {
    plain: &'c Plain,
    subject: &'c S,
    binary: &'c [u8],
}

/// The module, compiled by the subject, and what an instance of it starts with.
struct Compiled<M> {
    module: M,
    /// The same without isolation. Compiling costs the most, so not every case has it.
    shared: Option<M>,
    start: State,
}

/// A guest that is kept from call to call, and how it was when it was made.
struct Kept<G> {
    guest: G,
    pristine: Snapshot,
    reset: bool,
}

/// One call, and what the reference makes of it.
struct Call {
    export: Export,
    arguments: Vec<ValRaw>,
    expected: Outcome,
    after: State,
}

impl<S: Subject> Case<'_, S> {
    fn run(&self, choices: &mut Choices<'_>, tally: &mut Tally) -> Result<(), String> {
        let reference = match self.plain.compile(self.binary) {
            Ok(reference) => reference,
            Err(error) => {
                // Should wasm-smith make what wasmtime does not take, the floors will tell.
                tally.refused += 1;
                tally.last_refusal = error;
                return Ok(());
            }
        };
        let mut exports = plain::exports(&reference);
        let module = self
            .subject
            .compile(self.binary, Isolation::Call)
            .map_err(|error| format!("plain wasmtime takes the module: {error}"))?;
        tally.modules += 1;

        let expected = self.plain.instantiate(&reference).err();
        if expected.as_ref().is_some_and(Outcome::is_limit) {
            // Endless, most likely.
            tally.failed_starts += 1;
            return Ok(());
        }
        let mut kept = match (self.subject.guest(&module), expected) {
            (Ok(guest), None) => Some(self.keep(guest)),
            (Err(found), expected) if found.is_limit() || Some(&found) == expected.as_ref() => {
                tally.failed_starts += 1;
                return Ok(());
            }
            (found, expected) => {
                return Err(format!("instantiation: {:?}, not {expected:?}", found.err()));
            }
        };
        let start = self.instantiate(&reference)?.state();
        if let Some(kept) = &kept
            && let Some(what) = first_difference(&start, &kept.pristine, true)
        {
            return Err(format!("after instantiation: {what}"));
        }
        let shared = match choices.one_in(4) {
            true => Some(self.subject.compile(self.binary, Isolation::Statement)?),
            false => None,
        };
        let compiled = Compiled { module, shared, start };
        let mut last: Option<(Export, Vec<ValRaw>)> = None;
        for number in 0..4 + choices.below(8) {
            if exports.is_empty() {
                break;
            }
            let again = choices.below(4);
            let (export, arguments) = match last.take() {
                // The same call twice is what shows best that it left something.
                Some((export, arguments)) if again == 0 => (export, arguments),
                Some((export, _)) if again == 1 => {
                    let arguments = arguments::of(&export.params, choices);
                    (export, arguments)
                }
                _ => {
                    let export = exports[choices.below(exports.len() as u32) as usize].clone();
                    let arguments = arguments::of(&export.params, choices);
                    (export, arguments)
                }
            };
            let mut instance = self.instantiate(&reference)?;
            let expected = instance.call(&export, &arguments, plain::FUEL);
            if expected.is_limit() {
                // Endless, most likely, whatever the arguments; and the other side need not say so.
                tally.skipped += 1;
                exports.retain(|other| other.name != export.name);
                continue;
            }
            last = Some((export.clone(), arguments.clone()));
            let call = Call { export, arguments, expected, after: instance.state() };
            self.call(number, call, &compiled, &mut kept, choices, tally)
                .map_err(|what| format!("call {number}: {what}"))?;
        }
        Ok(())
    }

    fn call(
        &self,
        number: u32,
        call: Call,
        compiled: &Compiled<S::Module>,
        slot: &mut Option<Kept<S::Guest>>,
        choices: &mut Choices<'_>,
        tally: &mut Tally,
    ) -> Result<(), String> {
        let Compiled { module, shared, start } = compiled;
        let Call { export, arguments, expected, after } = &call;
        tally.calls += 1;
        let changed = after != start;
        tally.changed += u64::from(changed);
        tally.grown += u64::from(grown(start, after));
        let mut kept = match slot.take() {
            Some(kept) => kept,
            None => self.keep(self.guest(module)?),
        };
        let (found, used) = self.subject.call(&mut kept.guest, export, arguments, Fuel::Plenty);
        if found.is_limit() {
            // More stack than plain, or objects where it had room.
            tally.skipped_by_engine += 1;
            tally.short_of_fuel += u64::from(found == Outcome::OutOfFuel);
            return Ok(());
        }
        let of = match kept.reset {
            true => "in a guest that was reset",
            false => "in a new guest",
        };
        if found != *expected {
            return Err(format!("{}: {found:x?}, not {expected:x?}", call.named(of)));
        }
        tally.ended(expected);
        // Not always, as looking at a table makes wasmtime fill in what it is lazy about. And not
        // globals: a call may put them back itself.
        if choices.one_in(2)
            && let snapshot = self.subject.snapshot(&mut kept.guest)
            && let Some(what) = first_difference(after, &snapshot, false)
        {
            return Err(format!("{}: after the call, {what}", call.named(of)));
        }

        if kept.reset {
            let (again, fuel) =
                self.subject.call(&mut self.guest(module)?, export, arguments, Fuel::Plenty);
            if again != found {
                return Err(format!("{}: {found:x?}, in a new one {again:x?}", call.named(of)));
            }
            if fuel != used {
                return Err(format!("{}: fuel {used}, in a new one {fuel}", call.named(of)));
            }
        }
        if let Some(shared) = shared {
            self.unisolated(&call, shared, &found, used)?;
            tally.shared += 1;
        }
        if choices.one_in(2) {
            let slice = match choices.below(3) {
                0 => choices.of(&[0, 1, 7, 100]),
                _ => choices.below(used.clamp(1, 100_000) as u32),
            };
            self.in_slices(&call, module, &found, used, slice)?;
            tally.sliced += 1;
        }
        if !matches!(found, Outcome::Returned(_)) {
            // Not to be used again.
            return Ok(());
        }
        if number.is_multiple_of(4) {
            self.fuel(&call, module, &found, used)?;
            tally.fuel_limits += 1;
        }

        if self.subject.reset(&mut kept.guest) {
            tally.resets += 1;
            tally.resets_of_changes += u64::from(changed);
            kept.reset = true;
            let snapshot = self.subject.snapshot(&mut kept.guest);
            if let Some(what) = first_change(&kept.pristine, &snapshot) {
                return Err(format!("{}: after the reset, {what}", call.named(of)));
            }
            *slot = Some(kept);
        } else {
            tally.drops += 1;
            tally.drops_of_changes += u64::from(changed);
        }
        Ok(())
    }

    /// The first call of an instance that others would share does the same, and leaves it done.
    fn unisolated(
        &self,
        call: &Call,
        shared: &S::Module,
        isolated: &Outcome,
        used: u64,
    ) -> Result<(), String> {
        let mut guest = self.guest(shared)?;
        let (found, fuel) =
            self.subject.call(&mut guest, &call.export, &call.arguments, Fuel::Plenty);
        let what = if found.is_limit() {
            None
        } else if found != *isolated {
            Some(format!("{found:x?}, isolated {isolated:x?}"))
        } else if fuel != used {
            Some(format!("fuel {fuel}, isolated {used}"))
        } else {
            let snapshot = self.subject.snapshot(&mut guest);
            let what = first_difference(&call.after, &snapshot, true);
            what.map(|what| format!("{found:x?}, after which {what}"))
        };
        match what {
            Some(what) => Err(format!("{}: {what}", call.named("without isolation"))),
            None => Ok(()),
        }
    }

    /// A call that has to ask for more fuel on its way does the same.
    fn in_slices(
        &self,
        call: &Call,
        module: &S::Module,
        whole: &Outcome,
        used: u64,
        slice: u32,
    ) -> Result<(), String> {
        let mut guest = self.guest(module)?;
        let Call { export, arguments, after, .. } = call;
        let fuel = Fuel::InSlices(slice);
        let (found, fuel) = self.subject.call(&mut guest, export, arguments, fuel);
        let what = if found != *whole {
            Some(format!("{found:x?}, in one {whole:x?}"))
        } else if fuel != used && matches!(found, Outcome::Returned(_)) {
            // What a call that trapped has used is known but to the slice.
            Some(format!("fuel {fuel}, in one {used}"))
        } else {
            let what = first_difference(after, &self.subject.snapshot(&mut guest), false);
            what.map(|what| format!("{found:x?}, after which {what}"))
        };
        match what {
            Some(what) => Err(format!("{}: {what}", call.named(&format!("in slices of {slice}")))),
            None => Ok(()),
        }
    }

    /// With the fuel that a call used it succeeds, with less it does not.
    fn fuel(
        &self,
        call: &Call,
        module: &S::Module,
        found: &Outcome,
        used: u64,
    ) -> Result<(), String> {
        let Call { export, arguments, .. } = call;
        let (enough, _) =
            self.subject.call(&mut self.guest(module)?, export, arguments, Fuel::Exactly(used));
        if enough != *found {
            return Err(format!("{}: uses {used}, with which {enough:x?}", call.named("")));
        }
        if S::FUEL_IS_EXACT && used > 0 {
            let mut guest = self.guest(module)?;
            let (short, _) =
                self.subject.call(&mut guest, export, arguments, Fuel::Exactly(used - 1));
            if short != Outcome::OutOfFuel {
                return Err(format!("{}: uses {used}, but less suffices", call.named("")));
            }
        }
        Ok(())
    }

    fn keep(&self, mut guest: S::Guest) -> Kept<S::Guest> {
        let pristine = self.subject.snapshot(&mut guest);
        Kept { guest, pristine, reset: false }
    }

    fn guest(&self, module: &S::Module) -> Result<S::Guest, String> {
        let guest = self.subject.guest(module);
        guest.map_err(|outcome| format!("instantiation, again: {outcome:?}, not success"))
    }

    fn instantiate(&self, reference: &wasmtime::Module) -> Result<plain::Running, String> {
        let running = self.plain.instantiate(reference);
        running.map_err(|outcome| format!("plain instantiation, again: {outcome:?}"))
    }
}

impl Call {
    fn named(&self, how: &str) -> String {
        let bits = |(kind, slot): (&outcome::Kind, &ValRaw)| format!("{:#x}", kind.bits(slot));
        let arguments: Vec<String> =
            self.export.params.iter().zip(&self.arguments).map(bits).collect();
        format!("{:?}({}) {how}", self.export.name, arguments.join(", "))
    }
}

/// Whether a memory or table is larger than it was.
fn grown(start: &State, after: &State) -> bool {
    start.iter().any(|(name, before)| match (before, after.get(name)) {
        (Item::Memory(before), Some(Item::Memory(after))) => before.len() < after.len(),
        (Item::Table(before), Some(Item::Table(after))) => before.len() < after.len(),
        _ => false,
    })
}
