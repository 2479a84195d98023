//! `plwasm bench`: measures how long a call takes, and how that has changed.

use crate::call::{CallArguments, ReadyCall, located};
use crate::callee::{Cost, Exports};
use crate::cost::{self, Measured as MeasuredCost};
use crate::failure::{Failure, Kind, Result};
use crate::loader::Loader;
use crate::sql::DIALECT;
use crate::unit;
use anstyle::{AnsiColor, Style};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Measure a call: calls per second, fuel, the distribution of times, and the changes since a baseline.
///
/// A method is measured with its constructor's value kept, and an aggregate by its steps over the rows, again and again.
/// What constructor and finish take is said besides.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  plwasm bench text.wasm \"slugify('Hello, World!')\"
  plwasm bench text.wasm \"slugify('Hello, World!')\" --save slugify.json
  plwasm bench text.wasm \"slugify('Hello, World!')\" --baseline slugify.json --fail-above 10
  plwasm bench text.wasm \"slugify('Hello, World!')\" --cost | psql mydb
  plwasm bench lazy.wasm 'lazy(5)' --warm 'lazy(1)'
  plwasm bench matcher.wasm \"is_match('a+', 'caab')\"
  plwasm bench total.wasm 'total(x) FROM generate_series(1, 1000) AS x'")]
pub(crate) struct Arguments {
    #[command(flatten)]
    call: CallArguments,
    /// How long to measure
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    time: Duration,
    /// Write the measurement to a file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    save: Option<PathBuf>,
    /// Compare with a measurement from a file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    baseline: Option<PathBuf>,
    /// Exit with 1 if the median time or the fuel is more than this many percent above the baseline
    #[arg(long, value_name = "PERCENT", requires = "baseline")]
    fail_above: Option<f64>,
    /// Write JSON
    #[arg(long)]
    json: bool,
    /// Write the ALTER FUNCTION that tells the planner what the call costs: COST, from its fuel, and ROWS of a set
    #[arg(long, conflicts_with_all = ["time", "save", "baseline", "json"])]
    cost: bool,
}

fn seconds(text: &str) -> std::result::Result<Duration, &'static str> {
    let seconds: f64 = text.parse().map_err(|_| "not a number")?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|time| (1..=3600).contains(&time.as_millis().div_ceil(1000)))
        .ok_or("not between 0 and 3600")
}

/// A measurement. Times are in nanoseconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Measured {
    call: String,
    calls: usize,
    calls_per_second: f64,
    fuel: u64,
    least: u64,
    median: u64,
    p90: u64,
    p99: u64,
    most: u64,
}

/// Calls before the measurement. At first caches are cold, and memory is touched for the first time.
const WARM: usize = 20;

/// The most calls whose times are kept.
const MOST_CALLS: usize = 10_000_000;

/// Runs the command.
///
/// # Errors
/// The call does not return; a file cannot be read or written.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    if arguments.cost {
        return write_cost(&arguments.call);
    }
    // The baseline is read before the measurement begins.
    let baseline = arguments.baseline.as_deref().map(read).transpose()?;
    let loader = Loader::new()?;
    let ReadyCall { mut callee, arguments: values } = arguments.call.prepare(&loader)?;
    let (first, once) = callee.call_twice(&values);
    let (mut fuel, mut times) = (0, Vec::new());
    let mut measure = |times: &mut Vec<u64>| {
        let each = |time: Duration, taken: u64| {
            fuel = taken.max(fuel);
            times.push(time.as_nanos() as u64);
        };
        let measured = callee.measured(&values, each);
        measured.map_err(|error| Failure::of(Kind::Call, callee.to_string(), &error))
    };
    for _ in 0..WARM {
        measure(&mut times)?;
    }
    if times.is_empty() {
        return Err(cost::no_step());
    }
    times.clear();
    let start = Instant::now();
    while times.len() < MOST_CALLS && start.elapsed() < arguments.time || times.is_empty() {
        measure(&mut times)?;
    }
    let costs: Vec<_> = first.costs.iter().filter(|cost| !is_measured(cost)).collect();
    let total: u64 = times.iter().sum();
    times.sort_unstable();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
    let measured = Measured {
        call: arguments.call.call.clone(),
        calls: times.len(),
        calls_per_second: times.len() as f64 / (total.max(1) as f64 / 1e9),
        fuel,
        least: at(0.0),
        median: at(0.5),
        p90: at(0.9),
        p99: at(0.99),
        most: at(1.0),
    };
    if let Some(path) = &arguments.save {
        let text = serde_json::to_string_pretty(&measured).unwrap_or_default();
        std::fs::write(path, text + "\n").map_err(|e| Failure::of_file("write", path, &e))?;
    }
    crate::written(match arguments.json {
        true => writeln!(
            std::io::stdout(),
            "{:#}",
            serde_json::json!({
                "measured": measured,
                "baseline": baseline,
                "besides": costs.iter().map(|cost| serde_json::json!({
                    "call": cost.role,
                    "fuel": cost.fuel,
                    "nanoseconds": cost.time.as_nanos() as u64,
                })).collect::<Vec<_>>(),
                "once": once,
            })
        ),
        false => measured.write(baseline.as_ref(), &costs),
    })?;
    if let Some(once) = &once {
        once.say(callee.export());
    }
    let worse = |now: u64, before: u64| {
        let most = arguments.fail_above.unwrap_or(f64::INFINITY);
        (now as f64 / before.max(1) as f64 - 1.0) * 100.0 > most
    };
    let is_worse = baseline.is_some_and(|before| {
        worse(measured.median, before.median) || worse(measured.fuel, before.fuel)
    });
    Ok(if is_worse { Kind::No.into() } else { ExitCode::SUCCESS })
}

/// Writes what the planner is to be told of a call, as SQL.
fn write_cost(call: &CallArguments) -> Result<ExitCode> {
    let loader = Loader::new()?;
    let ReadyCall { mut callee, arguments } = call.prepare(&loader)?;
    let measured = MeasuredCost::of(&mut callee, &arguments)?;
    let fuel = measured.fuel.round();
    let mut to = std::io::stdout().lock();
    crate::written(writeln!(to, "-- {}: fuel {fuel}", located(&call.call, "")))?;
    let name = (DIALECT.identifier)(&callee.types.name);
    crate::written(match callee.exports() {
        Exports::One(_) => {
            let types: Vec<_> = callee.types.params.iter().map(ToString::to_string).collect();
            writeln!(to, "ALTER FUNCTION {name}({}) {measured};", types.join(", "))
        }
        Exports::Aggregate { .. } => {
            writeln!(to, "-- {measured} of the function that is the SFUNC of aggregate {name}")
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Returns whether calls of a part are what is measured, and not what comes before or after.
fn is_measured(cost: &Cost) -> bool {
    matches!(cost.role, "method" | "step")
}

fn read(path: &Path) -> Result<Measured> {
    let text = std::fs::read_to_string(path).map_err(|e| Failure::of_file("read", path, &e))?;
    serde_json::from_str(&text).map_err(|error| {
        Failure::new(Kind::File, format!("\"{}\" is not a baseline: {error}", path.display()))
            .hint("plwasm bench --save writes one.")
    })
}

impl Measured {
    fn write(&self, before: Option<&Self>, besides: &[&Cost]) -> std::io::Result<()> {
        let mut to = anstream::stdout().lock();
        writeln!(to, "calls   {} in all, {:.0} a second", self.calls, self.calls_per_second)?;
        writeln!(
            to,
            "fuel    {}{}",
            self.fuel,
            change(self.fuel, before.map(|before| before.fuel))
        )?;
        type Part = fn(&Measured) -> u64;
        let parts: [(&str, Part); 5] = [
            ("least", |found| found.least),
            ("median", |found| found.median),
            ("90 %", |found| found.p90),
            ("99 %", |found| found.p99),
            ("most", |found| found.most),
        ];
        for (name, part) in parts {
            let time = unit::time(Duration::from_nanos(part(self)));
            writeln!(to, "{name:7} {time}{}", change(part(self), before.map(part)))?;
        }
        for cost in besides {
            let (role, fuel, time) = (cost.role, cost.fuel, unit::time(cost.time));
            writeln!(to, "{role}, once: fuel {fuel}, time {time}")?;
        }
        to.flush()
    }
}

/// Returns by how many percent a number differs from an earlier one.
fn change(now: u64, before: Option<u64>) -> String {
    let Some(before) = before else { return String::new() };
    let percent = (now as f64 / before.max(1) as f64 - 1.0) * 100.0;
    let color = match percent {
        ..-1.0 => AnsiColor::Green,
        ..1.0 => AnsiColor::BrightBlack,
        _ => AnsiColor::Red,
    };
    let style = Style::new().fg_color(Some(color.into()));
    format!("  {style}{percent:+.1} %{style:#}")
}
