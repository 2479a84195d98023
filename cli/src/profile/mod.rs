//! `plwasm profile`: reports which functions and lines of a guest use the fuel of a call, or of the calls of a query.

mod choice;
mod query;

use crate::call::{CallArguments, ReadyCall};
use crate::callee::Samples;
use crate::failure::{Failure, Kind, Result};
use crate::loader::Loader;
use anstyle::Style;
use clap::Arg;
use clap::builder::ArgPredicate;
use plwasm_engine::Sample;
use serde_json::json;
use std::collections::HashMap;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Report which functions of a guest use the fuel of a call, and which lines, if the module has DWARF.
///
/// The fuel of a function that neither loops nor calls counts for its caller; the sum is exact.
///
/// With --db it runs a query in a database, makes the calls of the query again here, and reports all of them together. If
/// there are many, it chooses some at random, and those that use much fuel more likely. Only a superuser may do that. The
/// query is what EXPLAIN ANALYZE takes, and its transaction is rolled back.
#[derive(Debug, clap::Args)]
#[command(
    mut_args(unless_db),
    after_help = "\
Examples:
  plwasm profile text.wasm \"slugify('Hello, World!')\"
  plwasm profile app.wasm \"render('...')\" --flame render.svg
  plwasm profile --db mydb \"SELECT slugify(title) FROM articles\""
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    call: CallArguments,
    /// Run a query, and report its calls: the database as for psql, and the query
    #[arg(long, num_args = 2, value_names = ["CONNINFO", "QUERY"], conflicts_with_all = ["file", "call"])]
    db: Option<Vec<String>>,
    /// The most calls of the query to make again
    #[arg(long, value_name = "COUNT", default_value_t = 100, requires = "db")]
    calls: usize,
    /// Write a flame graph
    #[arg(long, value_name = "FILE.svg", value_hint = clap::ValueHint::FilePath)]
    flame: Option<PathBuf>,
    /// Write JSON: stacks, each with the fuel that its last function used, and the line if it is known
    #[arg(long)]
    json: bool,
    /// The number of functions and of lines to list
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    top: usize,
}

/// Makes the file and the call arguments that are required unless --db is given. Then they are not used.
fn unless_db(argument: Arg) -> Arg {
    if !["file", "call"].contains(&argument.get_id().as_str()) {
        return argument;
    }
    let argument = argument.required(false).required_unless_present("db");
    argument.default_value_if("db", ArgPredicate::IsPresent, "-")
}

/// The number of parts into which the fuel of a long call is divided.
const PARTS: u64 = 20_000;

/// Runs the command.
///
/// # Errors
/// The call does not return; the file cannot be written.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let (stacks, title) = match &arguments.db {
        Some(words) => {
            let profiled = query::profiled(&words[0], &words[1], arguments.calls)?;
            if !arguments.json {
                crate::written(profiled.write(arguments.top))?;
            }
            (profiled.stacks, &words[1])
        }
        None => (of_call(&arguments.call)?, &arguments.call.call),
    };
    report(arguments, &stacks, title)
}

/// Returns where the fuel of a call goes.
fn of_call(call: &CallArguments) -> Result<Samples> {
    let loader = Loader::new()?;
    let ReadyCall { mut callee, arguments: values } = call.prepare(&loader)?;
    let failed = |error: &plwasm_engine::Error, what: String| Failure::of(Kind::Call, what, error);
    let outcome = callee.call(&values);
    if let Err(error) = &outcome.result {
        return Err(failed(error, callee.to_string()));
    }
    let fuel = outcome.fuel.unwrap_or_default();
    let slice = (fuel / PARTS).clamp(1, u32::MAX.into()) as u32;
    let (called, stacks) = callee.sampled(&values, slice);
    called.map_err(|error| failed(&error, callee.to_string()))?;
    Ok(stacks)
}

/// Writes what is asked for.
fn report(arguments: &Arguments, stacks: &Samples, title: &str) -> Result<ExitCode> {
    // A method comes after its constructor, and the steps of an aggregate between that and the end.
    let fuel = stacks.iter().map(|sample| sample.fuel).sum();
    if let Some(path) = &arguments.flame {
        let file = std::fs::File::create(path).map_err(|e| Failure::of_file("write", path, &e))?;
        let mut options = inferno::flamegraph::Options::default();
        options.title = plwasm_engine::name::paragraph(title);
        options.count_name = "units of fuel".into();
        // These characters have a meaning in the format.
        let shown = |name: &String| name.replace(';', ",").replace('\n', " ");
        let mut lines: Vec<String> = stacks
            .iter()
            .map(|Sample { stack, line, fuel }| {
                let frames: Vec<String> = stack.iter().chain(line).map(shown).collect();
                format!("{} {fuel}", frames.join(";"))
            })
            .collect();
        lines.sort();
        inferno::flamegraph::from_lines(
            &mut options,
            lines.iter().map(String::as_str),
            BufWriter::new(file),
        )
        .map_err(|error| {
            Failure::new(Kind::File, format!("could not write \"{}\": {error}", path.display()))
        })?;
    }
    if arguments.json {
        let stacks: Vec<_> = stacks
            .iter()
            .map(|Sample { stack, line, fuel }| match line {
                Some(line) => json!({ "stack": stack, "line": line, "fuel": fuel }),
                None => json!({ "stack": stack, "fuel": fuel }),
            })
            .collect();
        crate::written(writeln!(
            std::io::stdout(),
            "{:#}",
            json!({ "fuel": fuel, "stacks": stacks })
        ))?;
        return Ok(ExitCode::SUCCESS);
    }
    crate::written(table(stacks, fuel, arguments.top))?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a row for each function: its own fuel, and its fuel including that of the functions that it called. Then a row for
/// each line of source files, if any are known.
pub(crate) fn table(samples: &[Sample], fuel: u64, top: usize) -> std::io::Result<()> {
    let mut functions: HashMap<&str, (u64, u64)> = HashMap::new();
    let mut lines: HashMap<&str, u64> = HashMap::new();
    for Sample { stack, line, fuel } in samples {
        if let Some(line) = line {
            *lines.entry(line).or_default() += fuel;
        }
        if let Some(last) = stack.last() {
            functions.entry(last).or_default().0 += fuel;
        }
        let mut seen: Vec<&str> = stack.iter().map(String::as_str).collect();
        seen.sort_unstable();
        // A recursive function counts once.
        seen.dedup();
        for name in seen {
            functions.entry(name).or_default().1 += fuel;
        }
    }
    let mut rows: Vec<_> = functions.into_iter().collect();
    rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let bold = Style::new().bold();
    let mut to = anstream::stdout().lock();
    writeln!(
        to,
        "{bold}{:>12} {:>7} {:>12} {:>7}  function{bold:#}",
        "own fuel", "", "with calls", ""
    )?;
    let part = |of: u64| of as f64 / fuel.max(1) as f64 * 100.0;
    for (name, (own, all)) in rows.iter().take(top) {
        writeln!(to, "{own:>12} {:>5.1} % {all:>12} {:>5.1} %  {name}", part(*own), part(*all))?;
    }
    writeln!(to, "{fuel:>12} in all")?;
    let mut rows: Vec<_> = lines.into_iter().collect();
    rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    if !rows.is_empty() {
        writeln!(to, "{bold}{:>12} {:>7}  line{bold:#}", "own fuel", "")?;
    }
    for (line, own) in rows.into_iter().take(top) {
        writeln!(to, "{own:>12} {:>5.1} %  {line}", part(own))?;
    }
    to.flush()
}
