//! The calls of a query: the server logs them to the session of the command, which makes some of them again.
//!
//! It must never change anything in the database, nor write the calls to the server's own log.

use super::choice::Choice;
use crate::call::ReadyCall;
use crate::callee::Samples;
use crate::database::Database;
use crate::failure::{Failure, Kind, Result};
use crate::installed;
use crate::loader::Loader;
use crate::replay::{self, Line};
use anstyle::Style;
use plwasm_engine::replay::{COMMAND, REFUSAL, words};
use plwasm_engine::{Sample, name};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::io::Write;

/// What has the session log all calls, to the client alone.
const SETTINGS: &str = "SELECT set_config(name, value, false) FROM (VALUES
    ('plwasm.log_replay', 'slow'), ('plwasm.log_min_fuel', '0'), ('plwasm.track', 'fuel'),
    ('client_min_messages', 'log'), ('log_min_messages', 'panic')) AS settings (name, value)";

/// Where the fuel of a query goes.
pub(super) struct Profiled {
    pub stacks: Samples,
    calls: Calls,
    /// How many calls were made again.
    made: usize,
}

/// The calls of a query.
struct Calls {
    /// The number of calls and their fuel, by the function with its arguments' types.
    functions: BTreeMap<String, (u64, u64)>,
    chosen: Choice<String>,
    /// The calls that cannot be made again, by what the server says of them.
    refused: BTreeMap<String, u64>,
}

impl Calls {
    /// Counts a call that the server has logged.
    fn hear(&mut self, line: &str) {
        if line.starts_with(REFUSAL) {
            *self.refused.entry(line.into()).or_default() += 1;
            return;
        }
        let Some(words) = line.starts_with(COMMAND).then(|| words(line)).flatten() else { return };
        let after = |option: &str| {
            let at = words.iter().position(|word| word == option)?;
            words.get(at + 1)
        };
        let declaration = after("--as").map_or("", String::as_str);
        let function = declaration.split(" returns ").next().unwrap_or_default();
        match after("--in-all").or_else(|| after("--used")).and_then(|used| used.parse().ok()) {
            Some(used) => {
                let sums = self.functions.entry(function.into()).or_default();
                *sums = (sums.0 + 1, sums.1 + used);
                self.chosen.add(used, || line.into());
            }
            // A trap that the query has caught.
            None => {
                let why = format!("{REFUSAL} a call of {function}: its fuel is not known");
                *self.refused.entry(why).or_default() += 1;
            }
        }
    }
}

/// Runs a query, and returns where the fuel of its calls goes. At most `most` of them are made again.
///
/// # Errors
/// The server's; the query calls nothing; a call ends in another way than in the server.
pub(super) fn profiled(conninfo: &str, query: &str, most: usize) -> Result<Profiled> {
    let database = Database::connect(conninfo)?;
    database.require_extension()?;
    if database.value("SELECT current_setting('is_superuser')", &[])?.as_deref() != Some("on") {
        let message = "only a superuser may see the arguments of all calls of a query";
        return Err(Failure::new(Kind::Server, message));
    }
    database.run(SETTINGS, &[])?;
    let (functions, refused) = (BTreeMap::new(), BTreeMap::new());
    let mut calls = Calls { functions, chosen: Choice::new(most), refused };
    database.run("BEGIN", &[])?;
    let statement = format!("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) {query}");
    database.run_hearing(&statement, &mut |line| calls.hear(line))?;
    database.run("ROLLBACK", &[])?;

    let loader = Loader::new()?;
    let mut codes = HashMap::new();
    let mut merged: HashMap<(Vec<String>, Option<String>), f64> = HashMap::new();
    let chosen = std::mem::replace(&mut calls.chosen, Choice::new(0)).items();
    let made = chosen.len();
    for (weight, line) in chosen {
        let line = Line::parse_text(&line)?;
        let hash = line.hash()?;
        let code = match codes.entry(hash) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let code = installed::code(&database, new.key())?.ok_or_else(|| {
                    let hash = new.key();
                    let message = format!("no module of the database is the code sha256:{hash}");
                    Failure::new(Kind::Server, message)
                })?;
                new.insert(code)
            }
        };
        let ReadyCall { mut callee, arguments } = replay::ready(&loader, code, &line)?;
        // A value that a constructor makes is kept, as in the server.
        let outcome = callee.call(&arguments);
        if line.recorded.error.is_none()
            && let Err(error) = &outcome.result
        {
            return Err(Failure::of(Kind::Call, name::paragraph(&line.call), error));
        }
        let samples = replay::samples(|slice| callee.sampled_alone(&arguments, slice).1);
        let fuel: u64 = samples.iter().map(|sample| sample.fuel).sum();
        for Sample { stack, line, fuel: of } in samples {
            *merged.entry((stack, line)).or_default() += weight * of as f64 / fuel.max(1) as f64;
        }
    }
    let sample =
        |((stack, line), fuel): (_, f64)| Sample { stack, line, fuel: fuel.round() as u64 };
    let mut stacks: Samples = merged.into_iter().map(sample).collect();
    stacks.sort();
    Ok(Profiled { stacks, calls, made })
}

impl Profiled {
    /// Writes which functions were called, and of which calls there is a profile.
    pub(super) fn write(&self, top: usize) -> std::io::Result<()> {
        let mut to = anstream::stdout().lock();
        let bold = Style::new().bold();
        let mut rows: Vec<_> = self.calls.functions.iter().collect();
        let (calls, fuel) = rows.iter().fold((0, 0), |sum, (_, of)| (sum.0 + of.0, sum.1 + of.1));
        rows.sort_by_key(|(_, (_, fuel))| std::cmp::Reverse(*fuel));
        writeln!(to, "{bold}{:>12} {:>12} {:>7}  called{bold:#}", "calls", "fuel", "")?;
        for (function, (calls, of)) in rows.into_iter().take(top) {
            let part = *of as f64 / fuel.max(1) as f64 * 100.0;
            writeln!(to, "{calls:>12} {of:>12} {part:>5.1} %  {}", name::paragraph(function))?;
        }
        writeln!(to, "{calls:>12} {fuel:>12} in all; made again: {}", self.made)?;
        for (why, calls) in self.calls.refused.iter().take(top) {
            writeln!(to, "{calls:>12} of which nothing is known: {}", name::paragraph(why))?;
        }
        to.flush()
    }
}
