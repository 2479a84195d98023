//! One case: a module, and calls of its exports.

use super::arguments;
use super::call::Call;
use super::choices::Choices;
use super::outcome::{Outcome, State, first_difference};
use super::plain::{self, Export, Plain};
use super::subject::{Snapshot, Subject};
use super::tally::Tally;
use plwasm_engine::{Isolation, ValRaw};

/// A module, and the two sides that are compared.
pub(super) struct Case<'c, S> {
    pub plain: &'c Plain,
    pub subject: &'c S,
    pub binary: &'c [u8],
}

/// The module as the subject has compiled it, and the state of a new instance.
pub(super) struct Compiled<M> {
    pub module: M,
    /// The module without isolation. Not every case has it, because compiling costs the most.
    pub shared: Option<M>,
    pub start: State,
}

/// A guest that is kept from call to call, and its state when it was made.
pub(super) struct Kept<G> {
    pub guest: G,
    pub pristine: Snapshot,
    pub reset: bool,
}

impl<S: Subject> Case<'_, S> {
    /// Calls exports of the module, and compares each call.
    ///
    /// # Errors
    /// The first difference.
    pub(super) fn run(&self, choices: &mut Choices<'_>, tally: &mut Tally) -> Result<(), String> {
        let reference = match self.plain.compile(self.binary) {
            Ok(reference) => reference,
            Err(error) => {
                // If wasmtime refused too much of what wasm-smith makes, the floors would not be reached.
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
            // Most likely endless.
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
                // Repeating a call shows best that it left something behind.
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
                // Most likely endless with any arguments. The subject need not reach the same limit.
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

    pub(super) fn keep(&self, mut guest: S::Guest) -> Kept<S::Guest> {
        let pristine = self.subject.snapshot(&mut guest);
        Kept { guest, pristine, reset: false }
    }

    pub(super) fn guest(&self, module: &S::Module) -> Result<S::Guest, String> {
        let guest = self.subject.guest(module);
        guest.map_err(|outcome| format!("instantiation, again: {outcome:?}, not success"))
    }

    fn instantiate(&self, reference: &wasmtime::Module) -> Result<plain::Running, String> {
        let running = self.plain.instantiate(reference);
        running.map_err(|outcome| format!("plain instantiation, again: {outcome:?}"))
    }
}
