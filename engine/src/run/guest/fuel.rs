//! A guest's fuel: what a call is given, what it leaves, and where it goes.
//!
//! It must never keep fuel of a call that failed: how much of it was used is not known.

use super::Guest;
use crate::limits::Limits;
use crate::run::host::SLICE;
use crate::run::samples::Samples;
use crate::run::trap::function_name;

impl Guest {
    /// Starts a call, with a tank of `fuel` for everything that belongs to it, `cabi_realloc` and
    /// `cabi_post_*` included. The guest has `slice` of it at once, and draws the rest from the engine's supply.
    ///
    /// `fuel` must be at most [`Limits::NO_FUEL_LIMIT`], and `slice` at most `fuel`.
    #[inline]
    pub fn begin(&mut self, fuel: u64, slice: u64) {
        // Compared before it is written: what slows a call down is its stores.
        if self.limits.fuel != fuel {
            self.limits.fuel = fuel;
        }
        self.fuel = slice as i64;
        debug_assert!(slice <= fuel && fuel <= Limits::NO_FUEL_LIMIT);
        self.store.data_mut().start(fuel as i64, self.fuel);
    }

    /// As [`begin`](Self::begin), with a first slice that is not drawn from the supply.
    #[inline]
    pub fn refuel(&mut self, fuel: u64) {
        self.begin(fuel, fuel.min(SLICE as u64));
    }

    /// As [`refuel`](Self::refuel), for tests: in slices of `slice` units, so that the guest asks for more
    /// wherever it can.
    #[doc(hidden)]
    pub fn refuel_in_slices(&mut self, fuel: u64, slice: u32) {
        self.store.data_mut().set_slice(slice);
        self.begin(fuel, fuel.min(slice.into()));
    }

    /// As [`refuel`](Self::refuel), in slices of `slice` units, and from now on notes where the fuel goes.
    pub fn refuel_sampled(&mut self, fuel: u64, slice: u32) {
        self.refuel_in_slices(fuel, slice);
        let left = self.store.data().total(self.fuel);
        self.store.data_mut().samples = Some(Box::new(Samples::new(left)));
    }

    /// Notes that the fuel used since the last sample was used for `what`.
    pub fn sampled(&mut self, what: &str) {
        let left = self.store.data().total(self.fuel);
        if let Some(samples) = &mut self.store.data_mut().samples {
            samples.take_of(left, what);
        }
    }

    /// Returns stacks of functions, the outermost first, with the fuel that was used in the last of them since
    /// [`refuel_sampled`](Self::refuel_sampled).
    pub fn samples(&mut self) -> Vec<(Vec<String>, u64)> {
        let manifest = self.module.manifest();
        let name =
            |index, name: Option<&str>| Some(function_name(manifest.guest_function(index)?, name));
        let samples = self.store.data_mut().samples.take();
        samples.map_or(Vec::new(), |samples| samples.named(name))
    }

    /// Returns the fuel that the last call was handed and did not use: 0 if the call failed, as it is not known then.
    #[inline]
    pub fn fuel_left(&self) -> u64 {
        self.fuel as u64
    }

    /// Returns the fuel used since [`refuel`](Self::refuel), in the guest's instructions.
    pub fn fuel_used(&self) -> u64 {
        (self.limits.fuel as i64 - self.store.data().total(self.fuel)) as u64
    }
}
