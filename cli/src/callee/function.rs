//! Functions: exports that are called with their own arguments alone.

use super::part::{Part, Source};
use super::{Outcome, Samples};
use crate::once::{self, Once};
use crate::sql::Datum;
use plwasm_engine::pass::path;
use plwasm_engine::read::body;
use plwasm_engine::warm_up::WarmUp;
use plwasm_engine::{Entry, Guest, Result};
use std::time::Instant;

/// An export that is called repeatedly, each time from the module's pristine state.
#[derive(Debug)]
pub(super) struct Function<'a> {
    pub source: Source<'a>,
    pub part: Part,
    /// None after an error, and if the last call could not be undone.
    instance: Option<(Guest, Entry)>,
}

impl<'a> Function<'a> {
    pub(super) fn new(source: Source<'a>, part: Part) -> Self {
        Self { source, part, instance: None }
    }

    /// Calls the export with `fuel` units of fuel.
    pub(super) fn call_with(&mut self, fuel: u64, arguments: &[Datum]) -> Outcome {
        let start = Instant::now();
        let (mut guest, entry) = match self.instance.take().map_or_else(|| self.instantiate(), Ok) {
            Ok(instance) => instance,
            Err(error) => return Outcome::before_call(error, start),
        };
        let start = Instant::now();
        let mut outcome = self.part.outcome(&mut guest, &entry, fuel, arguments);
        if outcome.result.is_ok() && guest.reset() {
            self.instance = Some((guest, entry));
        }
        // In a server, restoring the instance is part of a call, too.
        outcome.time = start.elapsed();
        outcome
    }

    /// Calls the export in an instance of its own, and calls it again there, without restoring the state in between.
    /// Returns the outcome of the first call, whose time does not include restoring anything, and what it does only
    /// once.
    pub(super) fn call_twice(&self, arguments: &[Datum]) -> (Outcome, Option<Once>) {
        let start = Instant::now();
        let made = self.source.guest().and_then(|mut guest| {
            let entry = self.part.entry(&mut guest, true)?;
            Ok((guest, entry))
        });
        let (mut guest, entry) = match made {
            Ok(instance) => instance,
            Err(error) => return (Outcome::before_call(error, start), None),
        };
        let outcome = self.part.outcome(&mut guest, &entry, self.source.limits.fuel, arguments);
        let once = outcome.fuel.and_then(|first| {
            let most = Once::most(first)?;
            let second = self.part.outcome(&mut guest, &entry, most, arguments).fuel?;
            let signature = &self.part.signature;
            let warm = once::warm_up_call(
                &self.part.export,
                arguments,
                &signature.sql_params,
                &signature.params,
            );
            let warm = warm.filter(|call| self.takes(call, arguments).is_some_and(|it| it <= most));
            Some(Once { first, second, warm, is_of_method: false })
        });
        (outcome, once)
    }

    /// Returns the fuel of a call after a warm-up call, or None if either fails.
    fn takes(&self, warm_up: &str, arguments: &[Datum]) -> Option<u64> {
        let call = Some(body::parse_warm_up_call(warm_up).ok()?);
        let warm_up = WarmUp { call, ..self.source.warm_up.clone() };
        let made = self.source.guest_after(&warm_up).and_then(|mut guest| {
            let entry = self.part.entry(&mut guest, false)?;
            Ok(self.part.outcome(&mut guest, &entry, self.source.limits.fuel, arguments).fuel)
        });
        path::take();
        made.ok()?
    }

    /// Returns a new instance.
    fn instantiate(&self) -> Result<(Guest, Entry)> {
        let mut guest = self.source.guest()?;
        let entry = self.part.entry(&mut guest, false)?;
        Ok((guest, entry))
    }

    /// Calls the export, and returns how that ends and where its fuel goes. It asks for more fuel after every `slice` units.
    pub(super) fn sampled(&self, arguments: &[Datum], slice: u32) -> (Result<()>, Samples) {
        let (mut guest, entry) = match self.instantiate() {
            Ok(instance) => instance,
            Err(error) => return (Err(error), Samples::new()),
        };
        guest.refuel_sampled(self.source.limits.fuel, slice);
        let called = self.part.signature.call(&mut guest, &entry, 0, arguments);
        (called.map(drop), guest.samples())
    }

    /// Returns the fuel that initialization took.
    pub(super) fn started(&self) -> u64 {
        self.instance.as_ref().map_or(0, |(guest, _)| guest.started())
    }
}
