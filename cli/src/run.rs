//! `plwasm run`: makes one call, and reports what it used.

use crate::call::{CallArguments, ReadyCall, located};
use crate::callee::Outcome;
use crate::failure::{Failure, Kind, Result, hint};
use crate::loader::Loader;
use crate::once::Once;
use crate::pass::Output;
use crate::said;
use crate::sql::{self, SqlType, literal};
use anstyle::Style;
use plwasm_engine::name;
use serde_json::{Value, json};
use std::io::Write;
use std::process::ExitCode;

/// Call a function of a module, as a server would.
///
/// The result is written to standard output in SQL's literal syntax, a set with one row a line. What the function says and
/// what the call used is reported on standard error. So is an export that does work on its first call which a warm-up could do once. The fuel
/// of a method or an aggregate is what a server needs as fuel=: that of its most expensive call. An aggregate that can be
/// merged is also called for two halves of the rows.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  plwasm run text.wasm \"slugify('Hello, World!')\"
  plwasm run examples.wasm 'total(ARRAY[1, NULL, 3])'
  plwasm run matcher.wasm \"is_match('a+', 'caab')\"       # the constructor's arguments first
  plwasm run total.wasm 'total(x) FROM (VALUES (1), (2)) AS v (x)'
  plwasm run tdigest.wasm \\
      'tdigest(0.5) WITHIN GROUP (ORDER BY x) FROM generate_series(1, 99) AS x'
  plwasm run c-text.wasm \"levenshtein('kitten', 'sitting')\" --as 'levenshtein(text, text) returns integer'
  plwasm run lazy.wasm 'lazy(5)' --warm 'lazy(1)'      # as after a call that was made before")]
pub(crate) struct Arguments {
    #[command(flatten)]
    call: CallArguments,
    /// Write everything to standard output, as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// The call does not return.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let loader = Loader::new()?;
    let ReadyCall { mut callee, arguments: values } = arguments.call.prepare(&loader)?;
    let (outcome, once) = callee.call_twice(&values);
    let merged = match &outcome.result {
        Ok(_) => callee.merged(arguments.call.fuel(), &values),
        Err(_) => None,
    };
    let ty = callee.result_type();
    if arguments.json {
        return write_json(&outcome, merged.as_ref(), once.as_ref(), ty);
    }
    for line in said::lines(&outcome.messages) {
        let _ = writeln!(anstream::stderr().lock(), "{}: {line}", name::printable(callee.export()));
    }
    match &outcome.result {
        Ok(output) => {
            let mut to = std::io::stdout().lock();
            for line in lines(output.as_ref(), ty) {
                crate::written(writeln!(to, "{line}"))?;
            }
            crate::written(to.flush())?;
            say(&outcome);
            if let Some(said) = outcome.unkeepable() {
                let label = Style::new().bold();
                let _ = writeln!(anstream::stderr().lock(), "plwasm: {label}note:{label:#} {said}");
            }
            if let Some(merged) = &merged {
                say_merged(&outcome, merged, ty);
            }
            if let Some(once) = &once {
                once.say(callee.export());
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            Err(Failure::of(Kind::Call, located(&callee.to_string(), &outcome.place), error))
        }
    }
}

/// Returns the lines of what a call returned, one for each row.
pub(crate) fn lines(output: Option<&Output>, ty: &SqlType) -> Vec<String> {
    match output {
        None => vec!["NULL".into()],
        Some(Output::Value(value)) => vec![literal(value, ty)],
        Some(Output::Rows(rows)) => rows.iter().map(|row| literal(row, ty)).collect(),
    }
}

/// Reports what the call used, for people.
fn say(outcome: &Outcome) {
    let dimmed = Style::new().dimmed();
    let mut to = anstream::stderr().lock();
    let skipped = match &outcome.result {
        Ok(None) => "not called, as an argument is NULL: ",
        _ => "",
    };
    let _ = writeln!(
        to,
        "{dimmed}{skipped}fuel {}{}, memory {}, time {}{dimmed:#}",
        outcome.fuel.unwrap_or_default(),
        in_parentheses(&outcome.costs()),
        crate::unit::bytes(outcome.memory as u64),
        crate::unit::time(outcome.time),
    );
}

/// Reports what the states of both halves of the rows come to, for people.
fn say_merged(outcome: &Outcome, merged: &Outcome, ty: &SqlType) {
    let dimmed = Style::new().dimmed();
    let label = Style::new().bold();
    let mut to = anstream::stderr().lock();
    let _ = match &merged.result {
        Ok(output) if outcome.result.as_ref().is_ok_and(|whole| whole == output) => {
            let costs = in_parentheses(&merged.costs());
            let fuel = merged.fuel.unwrap_or_default();
            writeln!(to, "{dimmed}the same of two halves, merged: fuel {fuel}{costs}{dimmed:#}")
        }
        Ok(output) => {
            let result = lines(output.as_ref(), ty).join(", ");
            writeln!(
                to,
                "plwasm: {label}note:{label:#} of two halves of the rows, whose states are merged, the result is {}",
                plwasm_engine::name::paragraph(&result)
            )
        }
        Err(error) => writeln!(
            to,
            "plwasm: {label}note:{label:#} two halves of the rows, whose states are merged, end with {}: {error}",
            error.sqlstate()
        ),
    };
}

fn in_parentheses(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(" ({text})") }
}

fn write_json(
    outcome: &Outcome,
    merged: Option<&Outcome>,
    once: Option<&Once>,
    ty: &SqlType,
) -> Result<ExitCode> {
    let (value, error) = result_as_json(outcome, ty);
    let merged = merged.map(|merged| {
        let (value, error) = result_as_json(merged, ty);
        json!({
            "result": value,
            "error": error,
            "messages": said::lines(&merged.messages),
            "fuel": merged.fuel,
            "calls": merged.costs_as_json(),
        })
    });
    let report = json!({
        "result": value,
        "type": ty.to_string(),
        "error": error,
        "messages": said::lines(&outcome.messages),
        "fuel": outcome.fuel,
        "calls": outcome.costs_as_json(),
        "unkeepable": outcome.unkeepable,
        "memory": outcome.memory,
        "microseconds": outcome.time.as_secs_f64() * 1e6,
        "merged": merged,
        "once": once,
    });
    crate::written(writeln!(std::io::stdout(), "{report:#}"))?;
    Ok(match outcome.result {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => Kind::Call.into(),
    })
}

/// Returns the result of a call, and its error.
fn result_as_json(outcome: &Outcome, ty: &SqlType) -> (Value, Value) {
    match &outcome.result {
        Ok(None) => (json!(null), json!(null)),
        Ok(Some(Output::Value(value))) => (json!(sql::output(value, ty)), json!(null)),
        Ok(Some(Output::Rows(rows))) => {
            (rows.iter().map(|row| sql::output(row, ty)).collect(), json!(null))
        }
        Err(error) => (
            json!(null),
            json!({
                "sqlstate": error.sqlstate(),
                "message": error.to_string(),
                "detail": error.detail(),
                "hint": error.remedy().and_then(hint),
                "place": outcome.place,
            }),
        ),
    }
}
