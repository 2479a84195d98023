//! What EXPLAIN shows of a function at one place in a plan.

use std::ops::Add;

/// Numbers of calls that were made for one execution of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Totals {
    pub calls: u64,
    /// Units of fuel, with those of the instances that were made.
    pub fuel: u64,
    pub instances_made: u64,
    /// Constructors that ran.
    pub states_made: u64,
    /// Values of constructors that were found and not made.
    pub states_reused: u64,
}

impl Totals {
    /// The number of fields.
    pub(crate) const SIZE: usize = 5;

    /// Returns the fields in their order.
    pub(crate) fn numbers(self) -> [u64; Self::SIZE] {
        [self.calls, self.fuel, self.instances_made, self.states_made, self.states_reused]
    }
}

impl From<[u64; Self::SIZE]> for Totals {
    fn from([calls, fuel, instances_made, states_made, states_reused]: [u64; Self::SIZE]) -> Self {
        Self { calls, fuel, instances_made, states_made, states_reused }
    }
}

impl Add for Totals {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (these, those) = (self.numbers(), other.numbers());
        Self::from(std::array::from_fn(|i| these[i] + those[i]))
    }
}
