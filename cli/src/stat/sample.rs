//! Samples of `wasm.stat_functions`, and what happened between two of them.
//!
//! It names the columns that it reads: later versions of the view may have more.

use crate::database::Database;
use crate::failure::{Failure, Kind, Result};
use std::collections::{BTreeMap, HashMap};

/// A connection from which samples are read.
#[derive(Debug)]
pub(super) struct Reader {
    database: Database,
}

/// What the server has counted of a function since its statistics were reset.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Function {
    /// The name with the types of its parameters, as its owner wrote it.
    pub name: String,
    pub calls: u64,
    pub fuel: u64,
    pub p99: Option<u64>,
    pub errors: u64,
}

/// The functions of a database, by OID.
#[derive(Debug, Clone, Default)]
pub(super) struct Sample {
    /// Seconds, by the server's clock.
    pub time: f64,
    /// The same for people.
    pub shown: String,
    pub functions: HashMap<u64, Function>,
}

/// The calls of functions by classes of fuel: the most fuel of a class, and the calls in it.
pub(super) type Histograms = HashMap<u64, BTreeMap<u64, u64>>;

/// What happened between two samples. `p99` of a function is since its reset.
#[derive(Debug, Clone)]
pub(super) struct Interval {
    pub seconds: f64,
    /// When it ended.
    pub shown: String,
    /// The functions that were called or failed.
    pub functions: Vec<(u64, Function)>,
}

// A function is one line, also where the view divides its calls.
const READ: &str = "\
SELECT s.funcid, format('%I.%I(%s)', s.schemaname, s.funcname, pg_catalog.pg_get_function_identity_arguments(s.funcid)),
       sum(s.calls), sum(s.total_fuel), max(s.p99_fuel),
       sum(s.out_of_fuel + s.trapped + s.raised + s.canceled + s.out_of_memory + s.bad_result)
  FROM wasm.stat_functions s GROUP BY s.funcid, s.schemaname, s.funcname";

impl Reader {
    /// Connects to a database whose server counts for all sessions.
    ///
    /// # Errors
    /// libpq's error; the database lacks the extension; the server counts for each session.
    pub(super) fn connect(conninfo: &str) -> Result<Self> {
        let database = Database::connect(conninfo)?;
        database.require_extension()?;
        // The setting exists where the library was preloaded.
        let shared = database
            .value("SELECT pg_catalog.current_setting('plwasm.tracked_functions', true)", &[])?;
        if shared.is_none() {
            let message = "the server has no statistics of other sessions";
            return Err(Failure::new(Kind::Server, message).hint(
                "They need shared_preload_libraries = 'plwasm' in postgresql.conf, and a restart.",
            ));
        }
        Ok(Self { database })
    }

    /// Reads the numbers of the functions that the role may see.
    ///
    /// # Errors
    /// The server's error.
    pub(super) fn read(&self) -> Result<Sample> {
        let time = "SELECT extract(epoch FROM now), to_char(now, 'YYYY-MM-DD HH24:MI:SS')
                      FROM pg_catalog.clock_timestamp() AS now";
        let time = self.database.query(time, &[])?.pop().unwrap_or_default();
        let cell = |row: &[Option<String>], i: usize| row.get(i).cloned().flatten();
        let number = |row: &[Option<String>], i| cell(row, i)?.parse::<u64>().ok();
        let function = |row: Vec<Option<String>>| {
            let counted = Function {
                name: cell(&row, 1)?,
                calls: number(&row, 2)?,
                fuel: number(&row, 3)?,
                p99: number(&row, 4),
                errors: number(&row, 5)?,
            };
            Some((number(&row, 0)?, counted))
        };
        Ok(Sample {
            time: cell(&time, 0).and_then(|text| text.parse().ok()).unwrap_or_default(),
            shown: cell(&time, 1).unwrap_or_default(),
            functions: self.database.query(READ, &[])?.into_iter().filter_map(function).collect(),
        })
    }

    /// Reads the calls of functions by classes of fuel.
    ///
    /// # Errors
    /// The server's error.
    pub(super) fn histograms(&self) -> Result<Histograms> {
        let rows =
            self.database.query("SELECT funcid, fuel, calls FROM wasm.stat_histogram()", &[])?;
        let mut all = Histograms::new();
        for row in rows {
            let numbers: Vec<u64> = row.iter().flatten().filter_map(|n| n.parse().ok()).collect();
            if let [function, fuel, calls] = numbers[..] {
                *all.entry(function).or_default().entry(fuel).or_default() += calls;
            }
        }
        Ok(all)
    }

    /// Returns the name of the database.
    ///
    /// # Errors
    /// The server's error.
    pub(super) fn name(&self) -> Result<String> {
        let name = self.database.value("SELECT pg_catalog.current_database()", &[])?;
        Ok(name.unwrap_or_default())
    }
}

impl Interval {
    /// Returns what happened from one sample to the next. After a reset everything that was counted has happened since.
    pub(super) fn between(before: &Sample, now: &Sample) -> Self {
        let changed = |(oid, function): (&u64, &Function)| {
            let none = Function::default();
            let then = before.functions.get(oid).unwrap_or(&none);
            let was_reset = function.calls < then.calls
                || function.fuel < then.fuel
                || function.errors < then.errors;
            let then = if was_reset { &none } else { then };
            let change = Function {
                calls: function.calls - then.calls,
                fuel: function.fuel - then.fuel,
                errors: function.errors - then.errors,
                ..function.clone()
            };
            (change.calls + change.fuel + change.errors > 0).then_some((*oid, change))
        };
        Self {
            // The clock can be set back.
            seconds: (now.time - before.time).max(0.001),
            shown: now.shown.clone(),
            functions: now.functions.iter().filter_map(changed).collect(),
        }
    }
}

/// Returns the calls of a function from one histogram to the next.
pub(super) fn calls_between(
    before: Option<&BTreeMap<u64, u64>>,
    now: &BTreeMap<u64, u64>,
) -> BTreeMap<u64, u64> {
    let then = |fuel: &u64| before.and_then(|then| then.get(fuel)).copied().unwrap_or_default();
    // After a reset everything has happened since.
    let was_reset = before
        .is_some_and(|then| then.iter().any(|(fuel, calls)| now.get(fuel).unwrap_or(&0) < calls));
    let change = |(fuel, calls): (&u64, &u64)| {
        let calls = if was_reset { *calls } else { calls - then(fuel) };
        (calls > 0).then_some((*fuel, calls))
    };
    now.iter().filter_map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(time: f64, functions: &[(u64, u64, u64)]) -> Sample {
        let function = |&(oid, calls, fuel): &(u64, u64, u64)| {
            (oid, Function { calls, fuel, ..Function::default() })
        };
        let functions = functions.iter().map(function).collect();
        Sample { time, functions, ..Sample::default() }
    }

    #[test]
    fn what_changed() {
        let before = sample(10.0, &[(1, 5, 500), (2, 7, 70), (3, 9, 90)]);
        let now = sample(12.0, &[(1, 8, 800), (2, 7, 70), (3, 2, 20), (4, 1, 10)]);
        let mut found = Interval::between(&before, &now);
        found.functions.sort_by_key(|(oid, _)| *oid);
        let calls: Vec<_> =
            found.functions.iter().map(|(oid, f)| (*oid, f.calls, f.fuel)).collect();
        // 2 was not called, 3 was reset, 4 is new.
        assert_eq!(calls, [(1, 3, 300), (3, 2, 20), (4, 1, 10)]);
        assert_eq!(found.seconds, 2.0);
    }

    #[test]
    fn histograms_change() {
        let before = BTreeMap::from([(3, 5), (7, 1)]);
        let now = BTreeMap::from([(3, 5), (7, 4), (9, 1)]);
        assert_eq!(calls_between(Some(&before), &now), BTreeMap::from([(7, 3), (9, 1)]));
        assert_eq!(calls_between(Some(&now), &before), before);
        assert_eq!(calls_between(None, &now), now);
    }
}
