//! What the planner is told of a function: COST and ROWS, from the fuel and the rows of calls that are made here.
//!
//! The two numbers are those of the view `wasm.measured_costs`. `bench/cost` measures them, and `docs/cost.md` explains them.

use crate::callee::{Arguments, Callee};
use crate::failure::{Failure, Kind, Result};
use crate::pass::Output;
use std::fmt;

/// The COST of a call that does nothing.
const CALL: f64 = 5.0;
/// The units of fuel that take as long as COST 1.
const UNITS: f64 = 40.0;

/// What a call took. A method's call begins with the value that its constructor has made; an aggregate's calls are its steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Measured {
    pub fuel: f64,
    /// The rows of a function that returns a set.
    pub rows: Option<f64>,
}

impl Measured {
    /// Makes a call.
    ///
    /// # Errors
    /// The errors of the call; an aggregate gets no row.
    pub(crate) fn of(callee: &mut Callee, arguments: &Arguments) -> Result<Self> {
        let failed = |callee: &Callee, error| Failure::of(Kind::Call, callee.to_string(), &error);
        let (mut fuel, mut calls) = (0, 0);
        let each = |_, taken: u64| (fuel, calls) = (fuel + taken, calls + 1);
        callee.measured(arguments, each).map_err(|error| failed(callee, error))?;
        if calls == 0 {
            return Err(no_step());
        }
        let returned = callee.call(arguments).result.map_err(|error| failed(callee, error))?;
        let rows = match returned {
            Some(Output::Rows(rows)) => Some(rows.len() as f64),
            _ => None,
        };
        Ok(Self { fuel: fuel as f64 / f64::from(calls), rows })
    }

    /// Returns the mean of several calls of one function.
    pub(crate) fn mean(calls: &[Self]) -> Self {
        let mean = |sum: f64| sum / calls.len() as f64;
        Self {
            fuel: mean(calls.iter().map(|call| call.fuel).sum()),
            rows: calls.iter().map(|call| call.rows).sum::<Option<f64>>().map(mean),
        }
    }
}

/// Writes the clauses of CREATE FUNCTION and ALTER FUNCTION.
impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As round() of the view does it.
        write!(f, "COST {}", (CALL + self.fuel / UNITS).round_ties_even())?;
        match self.rows {
            // PostgreSQL wants one row at least.
            Some(rows) => write!(f, " ROWS {}", rows.round_ties_even().max(1.0)),
            None => Ok(()),
        }
    }
}

/// Makes the failure of an aggregate that gets no row.
pub(crate) fn no_step() -> Failure {
    Failure::new(Kind::Usage, "there is no step to measure")
        .hint("An aggregate is measured by its steps: give it rows without NULL.")
}

#[cfg(test)]
mod tests {
    use super::Measured;

    #[test]
    fn clauses() {
        let shown = |fuel, rows| Measured { fuel, rows }.to_string();
        assert_eq!(shown(0.0, None), "COST 5");
        assert_eq!(shown(419.0, None), "COST 15");
        assert_eq!(shown(1e9, Some(0.0)), "COST 25000005 ROWS 1");
        let mean = Measured::mean(&[
            Measured { fuel: 100.0, rows: Some(1.0) },
            Measured { fuel: 300.0, rows: Some(6.0) },
        ]);
        assert_eq!(mean.to_string(), "COST 10 ROWS 4");
    }
}
