//! What wasmtime holds for one instance: its fuel, and the accountant of its memory.
//!
//! It must never raise: what it is asked is answered with a value or a trap.

use crate::elastic::Elastic;
use crate::engine::Poll;
use crate::limits::Accountant;
use wasmtime::Trap;

/// Units of fuel a guest is given at a time; between two slices the host looks at interrupts. The
/// slowest instructions, loads that miss every cache, make a slice take 10 ms.
pub(crate) const SLICE: i64 = 100_000;

/// The host's side of one instance.
#[derive(Debug)]
pub(crate) struct Host {
    pub accountant: Accountant,
    /// Fuel of this call that has not been handed out.
    reserve: i64,
    /// Units of each slice but a call's first.
    slice: i64,
    poll: Poll,
    /// The memory that can be shrunk, if the module has one.
    pub elastic: Option<Elastic>,
}

impl Host {
    pub fn new(accountant: Accountant, poll: Poll) -> Self {
        Self { accountant, reserve: 0, slice: SLICE, poll, elastic: None }
    }

    /// Starts a call with `fuel` units, and hands out the first slice.
    #[inline]
    pub fn start(&mut self, fuel: u64) -> i64 {
        self.hand_out(fuel, SLICE)
    }

    /// As [`start`](Self::start), in slices of that many units from now on.
    pub fn start_in_slices(&mut self, fuel: u64, slice: u32) -> i64 {
        self.slice = slice.into();
        self.hand_out(fuel, self.slice)
    }

    #[inline]
    fn hand_out(&mut self, fuel: u64, slice: i64) -> i64 {
        let fuel = i64::try_from(fuel).unwrap_or(i64::MAX);
        let slice = fuel.min(slice);
        self.reserve = fuel - slice;
        slice
    }

    /// Fuel that is left, of a guest that has `left` of its slice; less than 0 if it used too much.
    #[inline]
    pub fn total(&self, left: i64) -> i64 {
        self.reserve.saturating_add(left)
    }

    /// Called by a guest whose slice is used up: `left` is less than 0 by what it used beyond.
    ///
    /// # Errors
    /// [`Trap::OutOfFuel`] if there is no more, [`Trap::Interrupt`] if the host wants it to stop.
    pub fn refill(&mut self, left: i64) -> wasmtime::Result<i64> {
        if (self.poll)() {
            return Err(Trap::Interrupt.into());
        }
        let total = self.total(left);
        if total < 0 {
            return Err(Trap::OutOfFuel.into());
        }
        Ok(self.hand_out(total as u64, self.slice))
    }
}
