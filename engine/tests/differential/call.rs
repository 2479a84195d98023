//! One call, compared with the reference and with the same call in other guests and with other fuel.

use super::case::{Case, Compiled, Kept};
use super::choices::Choices;
use super::outcome::{Item, Kind, Outcome, State, first_change, first_difference};
use super::plain::Export;
use super::subject::{Fuel, Subject};
use super::tally::Tally;
use plwasm_engine::ValRaw;

/// One call, and its outcome in the reference.
pub(super) struct Call {
    pub export: Export,
    pub arguments: Vec<ValRaw>,
    pub expected: Outcome,
    pub after: State,
}

impl<S: Subject> Case<'_, S> {
    /// Makes a call in a guest that is kept, or in a new one, and compares it with the reference and with the same call
    /// in other guests. Puts the guest into `slot` if it can be kept.
    ///
    /// # Errors
    /// The first difference.
    pub(super) fn call(
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
            // The engine needs more stack than the reference, and objects have less room.
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
        // Not after every call, because reading a table makes wasmtime initialize elements that it fills lazily. And
        // not the globals, because a call can restore them itself.
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
            // The guest must not be used again.
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

    /// Checks that the call does the same in a new instance without isolation, and that its changes stay there.
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

    /// Checks that the call does the same if it has to ask for more fuel.
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
            // The fuel of a call that trapped is known only to the slice.
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

    /// Checks that the call succeeds with the fuel that it used, and fails with one unit less.
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
}

impl Call {
    /// Returns the call in words; `how` says where it was made.
    fn named(&self, how: &str) -> String {
        let bits = |(kind, slot): (&Kind, &ValRaw)| format!("{:#x}", kind.bits(slot));
        let arguments: Vec<String> =
            self.export.params.iter().zip(&self.arguments).map(bits).collect();
        format!("{:?}({}) {how}", self.export.name, arguments.join(", "))
    }
}

/// Returns whether a memory or table is larger than it was.
fn grown(start: &State, after: &State) -> bool {
    start.iter().any(|(name, before)| match (before, after.get(name)) {
        (Item::Memory(before), Some(Item::Memory(after))) => before.len() < after.len(),
        (Item::Table(before), Some(Item::Table(after))) => before.len() < after.len(),
        _ => false,
    })
}
