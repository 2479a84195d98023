//! Prepared functions: a constructor whose value is kept as long as its arguments are the same, and a method of it.
//!
//! The result must be the same as if the value were constructed for each call, as in a server.

use super::part::{Part, Source, representation};
use super::tank::Tank;
use super::{Outcome, Samples};
use crate::once::Once;
use crate::pass::Output;
use crate::said;
use crate::sql::Datum;
use plwasm_engine::pass::path;
use plwasm_engine::{Entry, Error, Guest, Result};
use std::time::Instant;

/// A constructor and a method.
#[derive(Debug)]
pub(super) struct Method<'a> {
    pub source: Source<'a>,
    pub constructor: Part,
    pub method: Part,
    /// The number of arguments that are the constructor's.
    pub split: usize,
    /// An instance that stands on the value, if there is one.
    guest: Option<Guest>,
    value: Option<Value>,
    /// Why values cannot be kept, once that is known.
    unkeepable: Option<&'static str>,
    /// The bytes of memory that the instance of the last call had.
    memory: usize,
}

/// What the constructor has made.
#[derive(Debug)]
struct Value {
    arguments: Vec<Datum>,
    representation: u32,
    cost: super::Cost,
    /// The method in the instance that stands on the value.
    entry: Entry,
}

impl<'a> Method<'a> {
    pub(super) fn new(source: Source<'a>, constructor: Part, method: Part, split: usize) -> Self {
        let (guest, value, unkeepable) = (None, None, None);
        Self { source, constructor, method, split, guest, value, unkeepable, memory: 0 }
    }

    /// Calls the method of the value of the constructor's arguments, each with `fuel` units of fuel.
    pub(super) fn call_with(&mut self, fuel: u64, arguments: &[Datum]) -> Outcome {
        let start = Instant::now();
        let mut tank = Tank::new(fuel);
        let result = self.run(&mut tank, arguments);
        let fuel = result.is_ok().then(|| tank.needed());
        Outcome {
            fuel,
            time: start.elapsed(),
            memory: self.memory,
            costs: tank.costs,
            unkeepable: self.unkeepable,
            ..Outcome::of(result, path::take())
        }
    }

    /// Calls both, and returns how that ends and where their fuel goes.
    pub(super) fn sampled(&mut self, arguments: &[Datum], slice: u32) -> (Result<()>, Samples) {
        self.value = None;
        self.sampled_alone(arguments, slice)
    }

    /// As [`sampled`](Self::sampled), without the constructor if its value is kept.
    pub(super) fn sampled_alone(
        &mut self,
        arguments: &[Datum],
        slice: u32,
    ) -> (Result<()>, Samples) {
        let mut tank = Tank::sampled(self.source.limits.fuel, slice);
        let called = self.run(&mut tank, arguments);
        (called.map(drop), tank.samples)
    }

    fn run(&mut self, tank: &mut Tank, arguments: &[Datum]) -> Result<Option<Output>> {
        let (first, rest) = arguments.split_at(self.split);
        if !self.constructor.takes(first) || !self.method.takes(rest) {
            return Ok(None);
        }
        self.value.take_if(|value| value.arguments != first);
        if let Some(value) = &self.value
            && let Some(guest) = &mut self.guest
        {
            tank.enter(value.cost);
            // As if it were constructed now.
            if value.cost.fuel > tank.fuel {
                return Err(Error::Fuel { limit: tank.fuel });
            }
            guest.affords(tank.fuel)?;
            tank.fill(guest);
            let called = self.method.call(guest, &value.entry, value.representation, rest);
            return self.after(called, tank);
        }
        self.construct(tank, first, rest)
    }

    /// Constructs the value, keeps it if that is possible, and calls the method.
    fn construct(
        &mut self,
        tank: &mut Tank,
        first: &[Datum],
        rest: &[Datum],
    ) -> Result<Option<Output>> {
        let used = self.guest.take();
        let mut guest = match self.source.keeping(used) {
            Ok(guest) => guest,
            Err(Error::Unkeepable(why)) => {
                self.unkeepable = Some(why);
                self.source.guest()?
            }
            Err(error) => return Err(error),
        };
        guest.affords(tank.fuel)?;
        let entry = self.constructor.entry(&mut guest, true)?;
        tank.fill(&mut guest);
        let constructed = self.constructor.call(&mut guest, &entry, 0, first);
        let (made, cost) = constructed.inspect_err(|_| tank.take_samples(&mut guest))?;
        tank.add(cost, &mut guest);
        let representation = representation(&made);
        if self.unkeepable.is_none() {
            let mut kept = Vec::new();
            match guest.keep(&mut kept) {
                Ok(()) => guest.stand(kept.into())?,
                Err(Error::Unkeepable(why)) => self.unkeepable = Some(why),
                Err(error) => return Err(error),
            }
        }
        let entry = self.method.entry(&mut guest, false)?;
        if self.unkeepable.is_none() {
            self.value = Some(Value { arguments: first.to_vec(), representation, cost, entry });
        }
        tank.fill(&mut guest);
        let called = self.method.call(&mut guest, &entry, representation, rest);
        self.guest = Some(guest);
        self.after(called, tank)
    }

    /// Puts the instance back to the value after a call of the method.
    fn after(
        &mut self,
        called: Result<(Output, super::Cost)>,
        tank: &mut Tank,
    ) -> Result<Option<Output>> {
        self.memory = self.guest.as_ref().map_or(0, Guest::memory);
        let returned = match (called, &mut self.guest) {
            (Ok((result, cost)), Some(guest)) => {
                tank.add(cost, guest);
                Ok(Some(result))
            }
            (Err(error), Some(guest)) => {
                tank.take_samples(guest);
                Err(error)
            }
            (called, None) => called.map(|(result, _)| Some(result)),
        };
        let can_stay = returned.is_ok()
            && self.value.is_some()
            && self.guest.as_mut().is_some_and(Guest::reset);
        if !can_stay {
            self.value = None;
            self.guest.take_if(|_| returned.is_err());
        }
        returned
    }

    /// Returns what the method does on its first call of a value, and not on a second one of the same value.
    pub(super) fn once(&mut self, arguments: &[Datum]) -> Option<Once> {
        let value = self.value.take()?;
        let mut guest = self.guest.take()?;
        let entry = self.method.entry(&mut guest, true).ok()?;
        let mut call = |fuel| {
            guest.refuel(fuel);
            let rest = &arguments[self.split..];
            let called = self.method.call(&mut guest, &entry, value.representation, rest);
            called.ok().map(|(_, cost)| cost.fuel)
        };
        let first = call(self.source.limits.fuel);
        let most = first.and_then(Once::most);
        let second = most.and_then(&mut call);
        path::take();
        said::take();
        self.guest = guest.leave().then_some(guest);
        Some(Once { first: first?, second: second?, warm: None, is_of_method: true })
    }

    /// Returns the fuel that initialization took.
    pub(super) fn started(&self) -> u64 {
        self.guest.as_ref().map_or(0, Guest::started)
    }
}
