//! `plwasm pull`: copies a module from a database to a file.

use crate::database::{self, Database};
use crate::failure::{Failure, Result};
use crate::installed::Installed;
use crate::unit;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Write a module of a database to a file.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  plwasm pull app.slug --db mydb
  plwasm pull app.slug --db mydb --output - | wasm-tools print")]
pub(crate) struct Arguments {
    /// The module's name in SQL
    module: String,
    #[command(flatten)]
    database: database::DatabaseArguments,
    /// The file; - writes to standard output [default: the module's name, with .wasm or .wat]
    #[arg(long, short, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    output: Option<PathBuf>,
    /// Overwrite an existing file
    #[arg(long)]
    force: bool,
}

/// Runs the command.
///
/// # Errors
/// There is no such module; the file exists, or cannot be written.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let database = Database::connect(&arguments.database.db)?;
    let module = Installed::find(&database, &arguments.module)?;
    let path = arguments.output.clone().unwrap_or_else(|| {
        let extension = if module.code.starts_with(b"\0asm") { "wasm" } else { "wat" };
        let own = arguments.module.rsplit('.').next().unwrap_or_default().replace(['"', '/'], "");
        PathBuf::from(format!("{own}.{extension}"))
    });
    if path.as_os_str() == "-" {
        crate::written(std::io::stdout().write_all(&module.code))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut options = OpenOptions::new();
    match arguments.force {
        true => options.write(true).create(true).truncate(true),
        false => options.write(true).create_new(true),
    };
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::of_file("write", &path, &error)
            .hint("Overwrite it with --force, or name another with --output."),
        _ => Failure::of_file("write", &path, &error),
    };
    options.open(&path).and_then(|mut file| file.write_all(&module.code)).map_err(failed)?;
    let size = unit::bytes(module.code.len() as u64);
    crate::written(writeln!(std::io::stdout(), "{}: {size} of {}", path.display(), module.name))?;
    Ok(ExitCode::SUCCESS)
}
