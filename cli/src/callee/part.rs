//! Parts: one export with one signature, and the instances in which it is called.
//!
//! Nothing here restores what a call has changed.

use super::Outcome;
use crate::loader::Loader;
use crate::pass::{Output, Signature};
use crate::said;
use crate::sql::Datum;
use plwasm_engine::pass::path;
use plwasm_engine::warm_up::WarmUp;
use plwasm_engine::{Entry, Error, Guest, Limits, Module, Result};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// What new instances are made of.
#[derive(Debug, Clone)]
pub(super) struct Source<'a> {
    pub loader: &'a Loader,
    pub module: Rc<Module>,
    pub limits: Limits,
    /// What is done before any call. Where it says nothing, the module's own warm-up counts.
    pub warm_up: WarmUp,
}

/// An export with its signature.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// What it is of a resource, in a word: `constructor`, `step`.
    pub role: &'static str,
    pub export: String,
    pub signature: Signature,
}

/// What the calls of a part took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cost {
    /// The role of the part: `constructor`, `method`, `step`.
    pub role: &'static str,
    /// The most fuel of one call.
    pub fuel: u64,
    /// The most time of one call.
    pub time: Duration,
}

impl Source<'_> {
    /// Returns a new instance.
    ///
    /// # Errors
    /// The errors of [`Guest::warmed`].
    pub(super) fn guest(&self) -> Result<Guest> {
        self.guest_after(&self.warm_up)
    }

    /// Returns a new instance, with another warm-up.
    pub(super) fn guest_after(&self, warm_up: &WarmUp) -> Result<Guest> {
        Guest::warmed(&self.loader.engine, self.module.clone(), self.limits, warm_up)
    }

    /// Returns an instance in its pristine state whose states can be kept, `used` if that can be put back to it.
    ///
    /// # Errors
    /// The errors of [`guest`](Self::guest); [`Error::Unkeepable`].
    pub(super) fn keeping(&self, used: Option<Guest>) -> Result<Guest> {
        if let Some(mut used) = used
            && used.leave()
        {
            return Ok(used);
        }
        let mut guest = self.guest()?;
        guest.prepare_keeping()?;
        Ok(guest)
    }
}

impl Part {
    pub(super) fn new(
        role: &'static str,
        export: &plwasm_engine::Export<'_>,
        signature: Signature,
    ) -> Self {
        Self { role, export: export.name.into(), signature }
    }

    /// Resolves the export. `lasts`: what calls change in globals stays, as it does in memory.
    ///
    /// # Errors
    /// The errors of [`Guest::entry`].
    pub(super) fn entry(&self, guest: &mut Guest, lasts: bool) -> Result<Entry> {
        match lasts {
            true => guest.lasting_entry(&self.export, self.signature.uses()),
            false => guest.entry(&self.export, self.signature.uses()),
        }
    }

    /// Calls the export with `fuel` units of fuel.
    pub(super) fn outcome(
        &self,
        guest: &mut Guest,
        entry: &Entry,
        fuel: u64,
        arguments: &[Datum],
    ) -> Outcome {
        let start = Instant::now();
        guest.refuel(fuel);
        let result = self.signature.call(guest, entry, 0, arguments);
        let time = start.elapsed();
        let result = heard(guest, result);
        let fuel = match &result {
            Ok(Some(_)) => Some(guest.fuel_used()),
            Ok(None) => Some(0),
            Err(_) => None,
        };
        Outcome { fuel, time, memory: guest.memory(), ..Outcome::of(result, path::take()) }
    }

    /// Calls the export once in a guest that has its fuel, and returns what it returned and what that took.
    ///
    /// # Errors
    /// The errors of the call.
    pub(super) fn call(
        &self,
        guest: &mut Guest,
        entry: &Entry,
        representation: u32,
        arguments: &[Datum],
    ) -> Result<(Output, Cost)> {
        let start = Instant::now();
        let result = self.signature.call(guest, entry, representation, arguments);
        let time = start.elapsed();
        let result = heard(guest, result)?;
        let cost = Cost { role: self.role, fuel: guest.fuel_used(), time };
        let result =
            result.ok_or_else(|| Error::Internal("a call with NULL was not skipped".into()))?;
        Ok((result, cost))
    }

    /// Returns whether it is called with these arguments.
    pub(super) fn takes(&self, arguments: &[Datum]) -> bool {
        self.signature.takes(arguments)
    }
}

/// Keeps what a guest has said in a call, and adds it to the error of the call.
fn heard<T>(guest: &mut Guest, result: Result<T>) -> Result<T> {
    let messages = guest.take_messages();
    let result = result.map_err(|error| error.after(messages.as_ref()));
    said::keep(messages);
    result
}

/// Returns the representation that a constructor has returned.
pub(super) fn representation(made: &Output) -> u32 {
    match made {
        Output::Value(Datum::Int(number)) => *number as u32,
        _ => 0,
    }
}
