//! Tanks: the fuel of each call of a constructor or a method, counted or sampled.

use super::part::Cost;
use plwasm_engine::{Guest, Sample};

/// How calls of the parts of a resource get their fuel: each has a tank of its own, as in a server.
#[derive(Debug)]
pub(super) struct Tank {
    /// The fuel of one call.
    pub fuel: u64,
    /// The units after which a sample is taken, if any are.
    slice: Option<u32>,
    /// What the calls have taken, one for each part, in the order of their first calls.
    pub costs: Vec<Cost>,
    pub samples: Vec<Sample>,
}

impl Tank {
    pub(super) fn new(fuel: u64) -> Self {
        Self { fuel, slice: None, costs: Vec::new(), samples: Vec::new() }
    }

    pub(super) fn sampled(fuel: u64, slice: u32) -> Self {
        Self { slice: Some(slice), ..Self::new(fuel) }
    }

    /// Gives a guest the fuel of a call.
    pub(super) fn fill(&self, guest: &mut Guest) {
        match self.slice {
            None => guest.refuel(self.fuel),
            Some(slice) => guest.refuel_sampled(self.fuel, slice),
        }
    }

    /// Records what a call took.
    pub(super) fn add(&mut self, cost: Cost, guest: &mut Guest) {
        self.take_samples(guest);
        self.enter(cost);
    }

    /// Records where the fuel of a call went, however it ended.
    pub(super) fn take_samples(&mut self, guest: &mut Guest) {
        if self.slice.is_some() {
            self.samples.extend(guest.samples());
        }
    }

    /// Records what a call took that was made before.
    pub(super) fn enter(&mut self, cost: Cost) {
        match self.costs.iter_mut().find(|known| known.role == cost.role) {
            None => self.costs.push(cost),
            Some(known) => {
                known.fuel = known.fuel.max(cost.fuel);
                known.time = known.time.max(cost.time);
            }
        }
    }

    /// Returns the fuel that a server needs for each call: that of the call that took the most.
    pub(super) fn needed(&self) -> u64 {
        self.costs.iter().map(|cost| cost.fuel).max().unwrap_or_default()
    }
}
