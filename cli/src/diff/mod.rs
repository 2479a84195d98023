//! `plwasm diff`: a file and an installed module, or databases that should run the same code.

mod file;
mod nodes;

use crate::failure::{Failure, Kind, Result};
use crate::nodes::NodesArguments;
use crate::source;
use anstyle::{AnsiColor, Style};
use std::path::PathBuf;
use std::process::ExitCode;

/// Compare a file with an installed module, or databases with each other.
///
/// With a file, it shows what the file would change in a module: its exports, and the functions that would break. The exit status
/// is 1 if a function would break.
///
/// With two databases or more, it shows what they do not have in common of what decides results: modules, functions, aggregates,
/// settings and the build of the library, as wasm.fingerprints() lists them. The exit status is 1 if they differ.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  plwasm diff slug.wasm --db mydb
  plwasm diff slug.wasm --db service=production --name app.slug && plwasm push slug.wasm ... --replace
  plwasm diff --db service=shard1 --db service=shard2 --db service=shard3")]
pub(crate) struct Arguments {
    /// WebAssembly: a module or component, binary or text; - reads standard input
    #[arg(value_name = "FILE.wasm", value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,
    #[command(flatten)]
    nodes: NodesArguments,
    /// The module's name in SQL [default: the name of the file]
    #[arg(long, requires = "file")]
    name: Option<String>,
    #[command(flatten)]
    wasi: source::WasiArgument,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// The errors of the modules; the server's error.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    match (&arguments.file, arguments.nodes.conninfos()) {
        (Some(path), [conninfo]) => file::compare(path, conninfo, arguments),
        (None, [_, _, ..]) => nodes::compare(&arguments.nodes.connect()?, arguments.json),
        (Some(_), _) => Err(Failure::new(Kind::Usage, "a file is compared with one database")
            .hint("Without a file, the databases are compared with each other.")),
        (None, _) => {
            Err(Failure::new(Kind::Usage, "there is nothing to compare the database with")
                .hint("Name a file, or at least two databases: plwasm diff --db A --db B."))
        }
    }
}

fn color(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(color.into()))
}
