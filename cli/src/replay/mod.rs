//! `plwasm replay`: makes a call again that a server has logged, and says whether it ends in the same way.
//!
//! It must never say that something is the same which it has not compared.

mod least;
mod line;

use crate::call::{ReadyCall, located};
use crate::callee::{Callee, Samples};
use crate::database::Database;
use crate::failure::{Failure, Kind, Result};
use crate::installed;
use crate::loader::Loader;
use crate::profile;
use crate::run::lines;
use crate::{source, sql};
use line::{Logged, Recorded};
use plwasm_engine::pass::path;
use plwasm_engine::{Error, Hash, replay};
use std::io::{BufReader, Write};
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) use line::Line;

/// Make a call again that a server has logged (plwasm.log_replay), and say whether it ends in the same way.
///
/// It reads the server's log (stderr, csvlog or jsonlog), or a line of it. It shows the result or the error, the fuel, and
/// which functions of the guest used it. The fuel of an error is the least with which the call ends so.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  plwasm replay /var/log/postgresql/postgresql.log --db mydb
  journalctl -u postgresql | plwasm replay - --db mydb --all
  plwasm replay sha256:... \"slugify('Hello')\" --as ... --module slug.wasm     # the line itself")]
pub(crate) struct Arguments {
    /// A log; - reads standard input; or the beginning of a line: sha256: and the hash of the code
    #[arg(value_name = "LOG", default_value = "-", value_hint = clap::ValueHint::FilePath)]
    log: String,
    /// The call, if a line is given
    #[arg(value_name = "CALL")]
    call: Option<String>,
    /// The database that has the module, as for psql
    #[arg(long, value_name = "CONNINFO")]
    db: Option<String>,
    /// A file with the module, in place of the database
    #[arg(long, value_name = "FILE.wasm", conflicts_with = "db", value_hint = clap::ValueHint::FilePath)]
    module: Option<PathBuf>,
    /// Make all calls of the log again, not only the last one
    #[arg(long)]
    all: bool,
    /// The number of functions to list
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    top: usize,
    #[command(flatten)]
    recorded: Recorded,
}

/// The number of parts into which the fuel of a long call is divided, and the units of the first, coarse division.
const PARTS: u64 = 20_000;
const COARSE: u32 = 100_000;

/// Runs the command.
///
/// # Errors
/// There is no line, or no such module.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let logged = logged(arguments)?;
    if logged.is_empty() {
        let message = format!("\"{}\" has no call that was logged", arguments.log);
        return Err(Failure::new(Kind::Usage, message)
            .hint("A superuser turns logging on: plwasm.log_replay = errors."));
    }
    let loader = Loader::new()?;
    let database = arguments.db.as_deref().map(Database::connect).transpose()?;
    let mut is_same = true;
    for (number, logged) in logged.into_iter().enumerate() {
        if number > 0 {
            crate::written(writeln!(std::io::stdout()))?;
        }
        let ended = logged.and_then(|logged| match logged {
            Logged::Call(line) => {
                let code = code(arguments, database.as_ref(), &line.hash()?)?;
                replayed(&loader, &code, &line, arguments.top)
            }
            Logged::Refused(text) => {
                crate::written(writeln!(std::io::stdout(), "{text}")).map(|()| false)
            }
        });
        is_same &= match ended {
            // The others can be made again.
            Err(failure) if arguments.all => {
                failure.report();
                false
            }
            ended => ended?,
        };
    }
    Ok(if is_same { ExitCode::SUCCESS } else { Kind::No.into() })
}

fn logged(arguments: &Arguments) -> Result<Vec<Result<Logged>>> {
    let Arguments { log, call, recorded, .. } = arguments;
    if let (true, Some(call)) = (log.starts_with("sha256:"), call) {
        let (code, call, recorded) = (log.clone(), call.clone(), recorded.clone());
        return Ok(vec![Ok(Logged::Call(Box::new(Line { code, call, recorded })))]);
    }
    let found = match log.as_str() {
        "-" => line::find(std::io::stdin().lock(), arguments.all),
        _ => {
            let file = std::fs::File::open(log);
            file.and_then(|file| line::find(BufReader::new(file), arguments.all))
        }
    };
    found.map_err(|error| Failure::of_file("read", log.as_ref(), &error))
}

/// Returns the code with this hash.
fn code(arguments: &Arguments, database: Option<&Database>, hash: &Hash) -> Result<Vec<u8>> {
    let missing = |place: String| {
        Failure::new(Kind::Usage, format!("{place} is not the code that was called, sha256:{hash}"))
            .hint("A module that was replaced or dropped since can be given with --module.")
    };
    if let Some(path) = &arguments.module {
        let code = source::read(path)?;
        return match Hash::of(&code) == *hash {
            true => Ok(code),
            false => Err(missing(path.display().to_string())),
        };
    }
    let Some(database) = database else {
        return Err(Failure::new(Kind::Usage, "the code that was called is not given")
            .hint("Name the database that has it with --db, or the file with --module."));
    };
    installed::code(database, hash)?.ok_or_else(|| missing("no module of the database".into()))
}

/// Returns an error as a line of a log has it.
fn shown(error: &Error) -> String {
    replay::error(error.sqlstate(), &error.to_string())
}

/// Makes a call again, reports it, and returns whether it ended as in the server.
fn replayed(loader: &Loader, code: &[u8], line: &Line, top: usize) -> Result<bool> {
    let Line { call, recorded, .. } = line;
    let ReadyCall { mut callee, arguments: values } = ready(loader, code, line)?;
    let limits = recorded.limits();

    let outcome = callee.call(&values);
    let error = outcome.result.as_ref().err().map(shown);
    let stacks = samples(|slice| callee.sampled(&values, slice).1);
    let sampled: u64 = stacks.iter().map(|sample| sample.fuel).sum();
    let fuel = match (&outcome.result, &error) {
        (Err(Error::Fuel { limit }), _) => Some(*limit),
        (Err(Error::Initialization { .. }), _) => None,
        (Err(_), Some(error)) => {
            let bounds = [recorded.used.unwrap_or(sampled), sampled, limits.fuel];
            Some(least::least(&mut callee, &values, error, bounds))
        }
        _ => outcome.fuel,
    };

    let mut to = std::io::stdout().lock();
    let mut report = || -> std::io::Result<()> {
        writeln!(to, "{}", plwasm_engine::name::paragraph(call))?;
        match &outcome.result {
            Ok(output) => {
                for line in lines(output.as_ref(), callee.result_type()) {
                    writeln!(to, "{line}")?;
                }
            }
            Err(error) => {
                writeln!(to, "ERROR:  {}: {error}", error.sqlstate())?;
                for line in error.detail().iter().flat_map(|detail| detail.lines()) {
                    writeln!(to, "        {line}")?;
                }
                if !outcome.place.is_empty() {
                    writeln!(to, "        {}", outcome.place)?;
                }
            }
        }
        if let Some(fuel) = fuel {
            writeln!(to, "fuel {fuel}")?;
        }
        to.flush()
    };
    crate::written(report())?;
    if sampled > 0 {
        crate::written(profile::table(&stacks, sampled, top))?;
    }
    let differences = differences(recorded, error.as_deref(), fuel);
    let mut to = std::io::stdout().lock();
    let verdict = match differences.is_empty() {
        true => writeln!(to, "the same as in the server"),
        false => differences.iter().try_for_each(|it| writeln!(to, "not as in the server: {it}")),
    };
    crate::written(verdict)?;
    Ok(differences.is_empty())
}

/// Reads a call that a server has logged, so that it can be made again.
///
/// # Errors
/// The line is malformed, or not of that code.
pub(crate) fn ready<'a>(loader: &'a Loader, code: &[u8], line: &Line) -> Result<ReadyCall<'a>> {
    let Line { call, recorded, .. } = line;
    let refused = |error: Error| Failure::of(Kind::Usage, located(call, &path::take()), &error);
    let module = loader.module(code, recorded.wasi.wasi).map_err(refused)?;
    let parsed = sql::Call::parse(call).map_err(refused)?;
    let declared = recorded.declaration().map_err(refused)?;
    let (limits, warm_up) = (recorded.limits(), recorded.warm_up().map_err(refused)?);
    let callee = Callee::new(loader, module, &parsed, declared.as_ref(), limits, warm_up)
        .map_err(refused)?;
    let arguments = callee.arguments(&parsed).map_err(refused)?;
    Ok(ReadyCall { callee, arguments })
}

/// Returns where the fuel of a call goes that `sampled` makes, with a sample after so many units.
pub(crate) fn samples(mut sampled: impl FnMut(u32) -> Samples) -> Samples {
    let coarse = sampled(COARSE);
    let fuel: u64 = coarse.iter().map(|sample| sample.fuel).sum();
    let slice = (fuel / PARTS).clamp(1, COARSE.into()) as u32;
    let stacks = sampled(slice);
    // The places of their errors.
    path::take();
    stacks
}

/// Says in what a call differs from that in the server.
fn differences(recorded: &Recorded, error: Option<&str>, fuel: Option<u64>) -> Vec<String> {
    let mut found = Vec::new();
    let ended = |error: Option<&str>| match error {
        Some(error) => format!("ended with {error}"),
        None => "returned".into(),
    };
    if recorded.error.as_deref() != error {
        found.push(format!(
            "there the call {}, here it {}",
            ended(recorded.error.as_deref()),
            ended(error)
        ));
    }
    if let Some(used) = recorded.used
        && fuel != Some(used)
    {
        let here = fuel.map_or("an unknown number of".into(), |fuel| fuel.to_string());
        found.push(format!("there the call used {used} units of fuel, here {here}"));
    }
    found
}
