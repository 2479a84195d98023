//! A guest's fuel: what a call is given, what it leaves, and where it goes.
//!
//! The fuel of a failed call must never be kept, because it is not known how much of it was used.

use super::Guest;
use crate::limits::Limits;
use crate::run::host::SLICE;
use crate::run::samples::{Sample, Samples};
use crate::run::trap::{function_name, source_lines};

impl Guest {
    /// Starts a call. It may use `fuel` for everything that belongs to it, including `cabi_realloc` and
    /// `cabi_post_*`. The guest gets `slice` of it at once, and draws the rest from the engine's supply.
    ///
    /// `fuel` must be at most [`Limits::NO_FUEL_LIMIT`], and `slice` at most `fuel`.
    #[inline]
    pub fn begin(&mut self, fuel: u64, slice: u64) {
        // It is compared before it is written, because stores are what slows a call down.
        if self.limits.fuel != fuel {
            self.limits.fuel = fuel;
        }
        self.fuel = slice as i64;
        debug_assert!(slice <= fuel && fuel <= Limits::NO_FUEL_LIMIT);
        self.store.data_mut().start(fuel as i64, self.fuel);
    }

    /// Draws fuel from now on that counts for nobody.
    pub(crate) fn draw_uncounted(&mut self) {
        self.store.data_mut().draw_uncounted();
    }

    /// Calls `run` with a limit of `fuel` units of its own. What the guest has in hand stays in its hand.
    ///
    /// # Errors
    /// Those of `run`.
    pub(crate) fn with_tank<R>(
        &mut self,
        fuel: u64,
        run: impl FnOnce(&mut Self) -> crate::error::Result<R>,
    ) -> crate::error::Result<R> {
        let (limit, hand) = (self.limits.fuel, self.fuel_left());
        self.begin(fuel.max(hand), hand);
        let result = run(self);
        self.limits.fuel = limit;
        result
    }

    /// Starts a call like [`begin`](Self::begin), with a first slice that is not drawn from the supply.
    #[inline]
    pub fn refuel(&mut self, fuel: u64) {
        self.begin(fuel, fuel.min(SLICE as u64));
    }

    /// Starts a call like [`refuel`](Self::refuel), for tests, in slices of `slice` units, so that the guest asks for
    /// more wherever it can.
    #[doc(hidden)]
    pub fn refuel_in_slices(&mut self, fuel: u64, slice: u32) {
        self.store.data_mut().set_slice(slice);
        self.begin(fuel, fuel.min(slice.into()));
    }

    /// Starts a call like [`refuel`](Self::refuel), in slices of `slice` units, and samples from now on where the
    /// fuel goes.
    pub fn refuel_sampled(&mut self, fuel: u64, slice: u32) {
        self.refuel_in_slices(fuel, slice);
        let left = self.store.data().total(self.fuel);
        self.store.data_mut().samples = Some(Box::new(Samples::new(left)));
    }

    /// Records that the fuel used since the last sample was used for `what`.
    pub fn sampled(&mut self, what: &str) {
        let left = self.store.data().total(self.fuel);
        if let Some(samples) = &mut self.store.data_mut().samples {
            samples.take_of(left, what);
        }
    }

    /// Returns where fuel was used since [`refuel_sampled`](Self::refuel_sampled).
    pub fn samples(&mut self) -> Vec<Sample> {
        let manifest = self.module.manifest();
        let name =
            |index, name: Option<&str>| Some(function_name(manifest.guest_function(index)?, name));
        let samples = self.store.data_mut().samples.take();
        let lines = |offsets: &[Option<usize>]| source_lines(&self.module, offsets);
        samples.map_or(Vec::new(), |samples| samples.named(name, lines))
    }

    /// Returns the fuel that the last call was given and did not use. It is 0 if the call failed, as it is not known
    /// then.
    #[inline]
    pub fn fuel_left(&self) -> u64 {
        self.fuel as u64
    }

    /// Returns the fuel used since [`refuel`](Self::refuel), in the guest's instructions.
    pub fn fuel_used(&self) -> u64 {
        (self.limits.fuel as i64 - self.store.data().total(self.fuel)) as u64
    }
}
