//! Aggregates: a resource whose state steps over rows, and a method that says what came of it.
//!
//! What is called for which row, and what a NULL does, must be as in a server.

use super::part::{Cost, Part, Source, representation};
use super::tank::Tank;
use super::{Arguments, Outcome, Samples};
use crate::pass::Output;
use crate::sql::Datum;
use plwasm_engine::pass::path;
use plwasm_engine::{Entry, Error, Guest, Result};
use std::time::Instant;

/// A resource that is an aggregate.
#[derive(Debug)]
pub(super) struct Aggregate<'a> {
    pub source: Source<'a>,
    pub constructor: Part,
    pub step: Part,
    /// None if the state alone is made.
    pub finish: Option<Part>,
    /// `save` and `merge`, if it has both.
    pub merging: Option<(Part, Part)>,
    /// The number of a row's arguments that are the constructor's.
    pub split: usize,
    /// An instance that can be put back to its pristine state.
    guest: Option<Guest>,
    /// Whether `finish` changes nothing. Otherwise the state is kept before it is called, and put back afterwards.
    is_pure: bool,
}

/// An instance in which states are, one at a time, and the parts in it.
struct Running<'r, 'a> {
    of: &'r Aggregate<'a>,
    guest: Guest,
    tank: Tank,
    step: Entry,
    /// Why the state cannot be kept.
    unkeepable: Option<&'static str>,
}

impl<'a> Aggregate<'a> {
    pub(super) fn new(
        source: Source<'a>,
        [constructor, step]: [Part; 2],
        finish: Option<Part>,
        merging: Option<(Part, Part)>,
        split: usize,
    ) -> Self {
        let is_pure = finish.as_ref().is_none_or(|finish| {
            let uses = finish.signature.uses();
            source.module.effects(&finish.export).is_empty() && !uses.memory && !uses.realloc
        });
        Self { source, constructor, step, finish, merging, split, guest: None, is_pure }
    }

    /// Steps over all rows, and finishes. Each call has `fuel` units of fuel.
    pub(super) fn call_with(&mut self, fuel: u64, arguments: &Arguments) -> Outcome {
        self.outcome(Tank::new(fuel), |running| {
            let state = running.steps(&arguments.rows)?;
            running.finish(state, &arguments.values)
        })
    }

    /// The same for the rows in two halves: the second state is saved, and merged into the first. Returns None if that
    /// cannot be, or one half has no state.
    pub(super) fn merged(&mut self, fuel: u64, arguments: &Arguments) -> Option<Outcome> {
        self.merging.as_ref()?;
        let (first, second) = halves(&arguments.rows);
        let has_state = |rows: &[Vec<Datum>]| {
            rows.iter().any(|row| {
                let (constructor, step) = row.split_at(self.split);
                self.constructor.takes(constructor) && self.step.takes(step)
            })
        };
        if !has_state(first) || !has_state(second) {
            return None;
        }
        Some(self.outcome(Tank::new(fuel), |running| running.merged(arguments)))
    }

    /// Calls it, and returns how that ends and where the fuel of the whole goes.
    pub(super) fn sampled(&mut self, arguments: &Arguments, slice: u32) -> (Result<()>, Samples) {
        let mut running = match self.start(Tank::sampled(self.source.limits.fuel, slice)) {
            Ok(running) => running,
            Err(error) => return (Err(error), Samples::new()),
        };
        let steps = running.steps(&arguments.rows);
        let called = steps.and_then(|state| running.finish(state, &arguments.values));
        (called.map(drop), running.tank.samples)
    }

    /// Steps over all rows, and calls `each` with what each step took.
    ///
    /// # Errors
    /// The errors of the calls.
    pub(super) fn steps(&mut self, rows: &[Vec<Datum>], mut each: impl FnMut(Cost)) -> Result<()> {
        let mut running = self.start(Tank::new(self.source.limits.fuel))?;
        let mut state = None;
        for row in rows {
            running.row(&mut state, row)?.map(&mut each);
        }
        self.guest = Some(running.guest);
        Ok(())
    }

    fn start(&mut self, tank: Tank) -> Result<Running<'_, 'a>> {
        let used = self.guest.take();
        let mut guest = self.source.keeping(used)?;
        guest.affords(tank.fuel)?;
        let step = self.step.entry(&mut guest, true)?;
        Ok(Running { of: self, guest, tank, step, unkeepable: None })
    }

    fn outcome(
        &mut self,
        tank: Tank,
        run: impl FnOnce(&mut Running<'_, 'a>) -> Result<Option<Output>>,
    ) -> Outcome {
        let start = Instant::now();
        let mut running = match self.start(tank) {
            Ok(running) => running,
            Err(error) => return Outcome::before_call(error, start),
        };
        let start = Instant::now();
        let result = run(&mut running);
        let time = start.elapsed();
        let Running { guest, tank, unkeepable, .. } = running;
        let (fuel, memory) = (result.is_ok().then(|| tank.needed()), guest.memory());
        if result.is_ok() {
            self.guest = Some(guest);
        }
        let costs = tank.costs;
        Outcome { fuel, time, memory, costs, unkeepable, ..Outcome::of(result, path::take()) }
    }

    /// Returns the fuel that initialization took.
    pub(super) fn started(&self) -> u64 {
        self.guest.as_ref().map_or(0, Guest::started)
    }
}

/// Divides rows as [`Aggregate::merged`] does.
pub(crate) fn halves<T>(rows: &[T]) -> (&[T], &[T]) {
    rows.split_at(rows.len().div_ceil(2))
}

impl Running<'_, '_> {
    /// Steps over rows, and returns the representation of the state. It is None if no row has made a state.
    fn steps(&mut self, rows: &[Vec<Datum>]) -> Result<Option<u32>> {
        let mut state = None;
        for (number, row) in rows.iter().enumerate() {
            path::within(|| format!("row {}", number + 1), || self.row(&mut state, row))?;
        }
        Ok(state)
    }

    /// Makes one step, and returns what it took. It is None if nothing was called.
    fn row(&mut self, state: &mut Option<u32>, row: &[Datum]) -> Result<Option<Cost>> {
        let (first, rest) = row.split_at(self.of.split);
        if !self.of.step.takes(rest) {
            return Ok(None);
        }
        let representation = match *state {
            Some(representation) => representation,
            None if !self.of.constructor.takes(first) => return Ok(None),
            None => self.construct(first)?,
        };
        *state = Some(representation);
        self.tank.fill(&mut self.guest);
        let (_, cost) = self.of.step.call(&mut self.guest, &self.step, representation, rest)?;
        self.tank.add(cost, &mut self.guest);
        Ok(Some(cost))
    }

    fn construct(&mut self, arguments: &[Datum]) -> Result<u32> {
        let of = self.of;
        Ok(representation(&self.call(&of.constructor, true, 0, arguments)?))
    }

    fn finish(&mut self, state: Option<u32>, direct: &[Datum]) -> Result<Option<Output>> {
        let of = self.of;
        let Some(finish) = of.finish.as_ref().filter(|finish| finish.takes(direct)) else {
            return Ok(None);
        };
        let state = match state {
            Some(state) => state,
            // The result of no rows is that of a new state.
            None if of.constructor.signature.params.is_empty() => self.construct(&[])?,
            None => return Ok(None),
        };
        match self.guest.keep(&mut Vec::new()) {
            Err(Error::Unkeepable(why)) if of.is_pure => self.unkeepable = Some(why),
            kept => kept?,
        }
        self.call(finish, false, state, direct).map(Some)
    }

    fn merged(&mut self, arguments: &Arguments) -> Result<Option<Output>> {
        let of = self.of;
        let (first, second) = halves(&arguments.rows);
        let (Some((save, merge)), Some(state)) = (&of.merging, self.steps(second)?) else {
            return Err(Error::Internal("there is no state to merge".into()));
        };
        let saved = match self.call(save, false, state, &[])? {
            Output::Value(saved) => saved,
            Output::Rows(_) => return Err(Error::Internal("save has returned rows".into())),
        };
        if !self.guest.leave() {
            self.guest = of.source.keeping(None)?;
            self.step = of.step.entry(&mut self.guest, true)?;
        }
        let state = self.steps(first)?;
        self.call(merge, true, state.unwrap_or_default(), &[saved])?;
        self.finish(state, &arguments.values)
    }

    /// Calls a part, and records what it took. `lasts`: what it changes in globals stays.
    fn call(
        &mut self,
        part: &Part,
        lasts: bool,
        representation: u32,
        arguments: &[Datum],
    ) -> Result<Output> {
        let entry = part.entry(&mut self.guest, lasts)?;
        self.tank.fill(&mut self.guest);
        let (result, cost) = part.call(&mut self.guest, &entry, representation, arguments)?;
        self.tank.add(cost, &mut self.guest);
        Ok(result)
    }
}
