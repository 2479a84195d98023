//! `plwasm stat`: what the functions of a database use now: a table on a terminal, plain tables, or a page with plots.
//!
//! It must never show a name as its owner wrote it: names of functions are untrusted.

mod page;
mod plot;
mod sample;
mod screen;
mod table;

use crate::database;
use crate::failure::{Failure, Kind, Result};
use sample::{Interval, Reader};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Show what functions use now: fuel, calls and errors, by function.
///
/// On a terminal a table is shown until q is pressed. Elsewhere, and with --count, a plain table is written for each interval.
/// The numbers are those of wasm.stat_functions, so the server needs shared_preload_libraries = 'plwasm'. A role sees its own
/// functions; members of pg_monitor see all.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Keys: f c m p e n sort by fuel, calls, mean fuel, p99, errors or name; q quits.

Examples:
  plwasm stat --db mydb
  plwasm stat --db mydb --interval 10 --count 6 --sort errors
  plwasm stat --db mydb --count 30 --html stat.html")]
pub(crate) struct Arguments {
    #[command(flatten)]
    database: database::DatabaseArguments,
    /// How long to count before numbers are shown
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    interval: Duration,
    /// How many intervals; a terminal gets plain tables then [default for --html: 30]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    count: Option<u32>,
    /// What to sort by
    #[arg(long, value_enum, default_value = "fuel")]
    sort: table::Key,
    /// Write a page with plots of all intervals
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    html: Option<PathBuf>,
}

fn seconds(text: &str) -> std::result::Result<Duration, &'static str> {
    let seconds: f64 = text.parse().map_err(|_| "not a number")?;
    let time = Duration::try_from_secs_f64(seconds).map_err(|_| "not a time")?;
    match time.as_secs_f64() {
        0.1..=86_400.0 => Ok(time),
        _ => Err("not between 0.1 and 86400"),
    }
}

/// The intervals of a page if nothing else is said.
const INTERVALS: u32 = 30;

/// Runs the command.
///
/// # Errors
/// The server's error; the statistics are not those of the server; the page cannot be written.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let conninfo = &arguments.database.db;
    if let Some(path) = &arguments.html {
        let reader = Reader::connect(conninfo)?;
        // A file that cannot be written is reported before time is spent. What is in it stays until there is a page.
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        file.map_err(|e| Failure::of_file("write", path, &e))?;
        let page = page::write(&reader, arguments.interval, arguments.count.unwrap_or(INTERVALS))?;
        std::fs::write(path, page).map_err(|e| Failure::of_file("write", path, &e))?;
        return Ok(ExitCode::SUCCESS);
    }
    let is_seen = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    match (is_seen, arguments.count) {
        (true, None) => screen::show(conninfo.clone(), arguments.interval, arguments.sort)?,
        (_, count) => plain(&Reader::connect(conninfo)?, arguments, count)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes a table for each interval.
fn plain(reader: &Reader, arguments: &Arguments, count: Option<u32>) -> Result<()> {
    let mut before = reader.read()?;
    for number in 0..count.unwrap_or(u32::MAX) {
        std::thread::sleep(arguments.interval);
        let now = reader.read()?;
        let table = table::Table::of(&Interval::between(&before, &now), arguments.sort);
        let mut to = std::io::stdout().lock();
        let lines = [&[table.summary, table.head][..], &table.rows].concat();
        let gap = if number == 0 { "" } else { "\n" };
        crate::written(writeln!(to, "{gap}{}", lines.join("\n")))?;
        crate::written(to.flush())?;
        before = now;
    }
    Ok(())
}

/// Makes the failure of a terminal.
fn of_terminal(error: &std::io::Error) -> Failure {
    let what = crate::failure::plain(error);
    Failure::new(Kind::File, format!("could not use the terminal: {what}"))
}
