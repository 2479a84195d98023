//! `plwasm run`: makes one call, and reports what it used.

use crate::call::{CallArguments, Outcome, Prepared, located};
use crate::failure::{Failure, Kind, Result, hint};
use crate::loader::Loader;
use crate::once::Once;
use crate::pass::Output;
use crate::sql::{self, SqlType, literal};
use anstyle::Style;
use serde_json::json;
use std::io::Write;
use std::process::ExitCode;

/// Call a function of a module, as a server would.
///
/// The result is written to standard output in SQL's literal syntax, a set with one row a line. What the call used is
/// reported on standard error. So is an export that does work on its first call which a warm-up could do once.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  plwasm run text.wasm \"slugify('Hello, World!')\"
  plwasm run examples.wasm 'total(ARRAY[1, NULL, 3])'
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
    let Prepared { callee, values } = arguments.call.prepare(&loader)?;
    let (outcome, once) = callee.call_twice(&values);
    let ty = callee.result_type();
    if arguments.json {
        return write_json(&outcome, once.as_ref(), ty);
    }
    match &outcome.result {
        Ok(output) => {
            let mut to = std::io::stdout().lock();
            for line in lines(output.as_ref(), ty) {
                crate::written(writeln!(to, "{line}"))?;
            }
            crate::written(to.flush())?;
            say(&outcome);
            if let Some(once) = &once {
                once.say(&callee.export);
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => Err(Failure::of(
            Kind::Call,
            located(&callee.signature.to_string(), &outcome.place),
            error,
        )),
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
        "{dimmed}{skipped}fuel {}, memory {}, time {}{dimmed:#}",
        outcome.fuel.unwrap_or_default(),
        crate::unit::bytes(outcome.memory as u64),
        crate::unit::time(outcome.time),
    );
}

fn write_json(outcome: &Outcome, once: Option<&Once>, ty: &SqlType) -> Result<ExitCode> {
    let (value, error) = match &outcome.result {
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
    };
    let report = json!({
        "result": value,
        "type": ty.to_string(),
        "error": error,
        "fuel": outcome.fuel,
        "memory": outcome.memory,
        "microseconds": outcome.time.as_secs_f64() * 1e6,
        "once": once,
    });
    crate::written(writeln!(std::io::stdout(), "{report:#}"))?;
    Ok(match outcome.result {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => Kind::Call.into(),
    })
}
