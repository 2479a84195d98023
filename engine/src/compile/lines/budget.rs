//! The budget: how much work a stranger's DWARF may cost.
//!
//! DWARF refers from everything to everything: a million units can share one large list. Everything that is read is
//! counted, each time that it is read, so that the work stays a multiple of the size.

use std::time::{Duration, Instant};

/// The steps for each byte of DWARF. A step is about a byte that is read. What compilers write takes one or two.
const STEPS: u64 = 8;

/// The steps for small modules.
const LEAST: u64 = 1 << 20;

/// The longest time. It is there for what is not counted well, such as names that are demangled. What counts takes less than
/// a second for 30 MB of DWARF.
const LONGEST: Duration = Duration::from_secs(20);

/// The steps after which the clock is read.
const INTERVAL: u64 = 1 << 16;

/// The work that is left.
#[derive(Debug)]
pub(super) struct Budget {
    left: u64,
    until: Instant,
    /// The steps that are left when the clock is read next.
    next: u64,
}

/// The budget has been used up.
#[derive(Debug)]
pub(super) struct Exhausted;

impl Budget {
    /// Returns the budget for DWARF of that size, in bytes.
    pub(super) fn of(size: usize) -> Self {
        let left = LEAST + size as u64 * STEPS;
        Self { left, until: Instant::now() + LONGEST, next: left }
    }

    /// Takes steps.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Exhausted> {
        self.left = self.left.checked_sub(steps as u64).ok_or(Exhausted)?;
        if self.left > self.next {
            return Ok(());
        }
        self.next = self.left.saturating_sub(INTERVAL);
        if Instant::now() > self.until { Err(Exhausted) } else { Ok(()) }
    }
}
