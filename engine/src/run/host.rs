//! What wasmtime holds for one instance: its fuel, and the limiter of its memory.
//!
//! It must never raise: it answers a guest's requests by a value or a trap.

use crate::error::Error;
use crate::limits::MemoryLimiter;
use crate::limits::{FuelSupply, Poll};
use crate::run::elastic::Elastic;
use crate::run::samples::Samples;
use wasmtime::Trap;

/// The units of fuel that a guest is given at a time. Between two slices the host looks at interrupts. The slowest
/// instructions are loads that miss every cache; with these, a slice takes 10 ms.
pub(crate) const SLICE: i64 = 100_000;

/// The host's side of one instance.
#[derive(Debug)]
pub(crate) struct Host {
    pub limiter: MemoryLimiter,
    /// The fuel of this call that has not been handed out.
    reserve: i64,
    /// The most units in a slice, except the first slice of a call.
    slice: i64,
    poll: Poll,
    supply: FuelSupply,
    /// Why there was no next slice. It is kept here because a trap cannot carry it.
    pub refused: Option<Error>,
    /// The memory that can be shrunk, if the module has one.
    pub elastic: Option<Elastic>,
    /// Where the guest's fuel goes, if that is measured.
    pub samples: Option<Box<Samples>>,
}

impl Host {
    pub(crate) fn new(limiter: MemoryLimiter, poll: Poll, supply: FuelSupply) -> Self {
        let (reserve, slice, refused, elastic, samples) = (0, SLICE, None, None, None);
        Self { limiter, reserve, slice, poll, supply, refused, elastic, samples }
    }

    /// Starts a call that may use `fuel` units, of which it has `slice`.
    #[inline]
    pub(crate) fn start(&mut self, fuel: i64, slice: i64) {
        self.reserve = fuel - slice;
    }

    /// Sets the units in a slice, except the first slice of a call.
    pub(crate) fn set_slice(&mut self, slice: u32) {
        self.slice = slice.into();
    }

    /// Draws from now on from a supply without end, so that nothing is counted.
    pub(crate) fn draw_uncounted(&mut self) {
        self.supply = Ok;
    }

    /// Draws a slice that is not handed out, as a guest that trapped may have used more than it had.
    #[cold]
    pub(crate) fn waste(&mut self) {
        // If none is left to draw, all fuel counts as used.
        let _ = (self.supply)(self.slice.min(self.reserve) as u64);
    }

    /// Returns the fuel that is left of a guest that has `left` of its slice. It is negative if the guest used too
    /// much.
    #[inline]
    pub(crate) fn total(&self, left: i64) -> i64 {
        self.reserve.saturating_add(left)
    }

    /// Called by a guest whose slice is used up. `left` is negative by what the guest used beyond the slice. Returns
    /// what the guest has then.
    ///
    /// # Errors
    /// [`Trap::OutOfFuel`] if the call may use no more, [`Trap::Interrupt`] if the host wants it to stop or has no
    /// more.
    pub(crate) fn refill(&mut self, mut left: i64) -> wasmtime::Result<i64> {
        if (self.poll)() {
            return Err(Trap::Interrupt.into());
        }
        let total = self.total(left);
        if total < 0 {
            return Err(Trap::OutOfFuel.into());
        }
        while left < 0 {
            // What was used beyond the slice, and the next slice.
            let most = self.slice.min(total) - left;
            match (self.supply)(most as u64) {
                Ok(fuel) => left += fuel as i64,
                Err(refused) => {
                    self.refused = Some(refused);
                    return Err(Trap::Interrupt.into());
                }
            }
        }
        self.reserve = total - left;
        Ok(left)
    }
}
