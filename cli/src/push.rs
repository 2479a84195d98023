//! `plwasm push`: creates a module in a database, in one transaction.
//!
//! It must never leave a part of it there, nor functions that the new module breaks.

use crate::check::module_name;
use crate::database::{self, Database, Parameter};
use crate::failure::{Failure, Kind, Result};
use crate::warm_up::WarmUpArguments;
use crate::{installed, source, unit};
use indicatif::{ProgressBar, ProgressStyle};
use plwasm_engine::{Error, Linked, read::body};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Create a module in a database, and the functions that it suggests.
///
/// Everything happens in one transaction. If a module is replaced, the functions that use it are checked against the
/// new one; if one no longer fits, nothing changes.
///
/// --heap and --warm write what is to be done once, before any call, into the module that is pushed. The call is first
/// made twice here. If the second does not take less fuel, a warm-up would not help, and is left out.
///
/// --debug-file writes the source lines of another file's DWARF into the module that is pushed. They take a fraction of what
/// DWARF takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  plwasm push slug.wasm --db mydb --create-functions
  plwasm push slug.wasm --db service=staging --name app.slug --replace
  plwasm push slug.wasm --db mydb --create-functions --dry-run
  plwasm push lazy.wasm --db mydb --warm 'lazy(1)'
  plwasm push stripped.wasm --db mydb --debug-file target/wasm32-unknown-unknown/release/geo.wasm")]
pub(crate) struct Arguments {
    /// WebAssembly: a module or component, binary or text; - reads standard input
    #[arg(value_name = "FILE.wasm", value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
    #[command(flatten)]
    database: database::DatabaseArguments,
    /// The module's name in SQL, with its schema if it is not the current one [default: the name of the file]
    #[arg(long)]
    name: Option<String>,
    /// Create the functions that the module's WIT suggests, and the types that they need
    #[arg(long)]
    create_functions: bool,
    /// Do it, report it, and undo it
    #[arg(long)]
    dry_run: bool,
    /// Replace the module if it exists
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    warm_up: WarmUpArguments,
    #[command(flatten)]
    debug: source::DebugArgument,
}

/// The size in bytes from which a module is sent in parts, to show the progress.
const LARGE: usize = 1 << 20;

/// Bytes in a part.
const PART: usize = 256 << 10;

/// Runs the command.
///
/// # Errors
/// The errors of the module; the server's error. Nothing has changed then.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let code = source::read(&arguments.file)?;
    let refused = |error: Error| Failure::of(Kind::Module, arguments.file.display(), &error);
    let mut binary = body::binary(&code).map_err(refused)?.into_owned();
    Linked::of(&binary, None).map_err(refused)?;
    let measured = match arguments.warm_up.is_given() {
        true => arguments.warm_up.write_if_it_helps(&mut binary, &arguments.file)?,
        false => None,
    };
    if let Some(measured) = measured {
        crate::written(writeln!(std::io::stdout(), "{measured}"))?;
    }
    let binary = arguments.debug.attach(binary, &arguments.file)?;
    let name = arguments.name.clone().unwrap_or_else(|| module_name(&arguments.file));
    let database = Database::connect(&arguments.database.db)?;
    database.require_extension()?;
    database.run("BEGIN", &[])?;
    let module = create(&database, &name, &binary, arguments.replace)
        .map_err(|failure| explained(failure, &name, arguments.replace))?;
    let broken = broken(&database, &module)?;
    if !broken.is_empty() {
        return Err(Failure::new(
            Kind::Server,
            format!("module {module} is not replaced, as {} would break", functions(broken.len())),
        )
        .detail(broken.join("\n"))
        .hint("Drop or change them first; plwasm diff compares a file with what is installed."));
    }
    let created = match arguments.create_functions {
        true => database.query(
            "SELECT function::text, sql FROM wasm.create_functions($1::regprocedure)",
            &[Parameter::Text(&module)],
        )?,
        false => Vec::new(),
    };
    let mut to = anstream::stdout().lock();
    crate::written(writeln!(to, "{module}: {}", unit::bytes(binary.len() as u64)))?;
    for row in &created {
        let line = match &row[..] {
            [Some(function), _] => function.clone(),
            [None, Some(sql)] => sql.clone(),
            _ => continue,
        };
        crate::written(writeln!(to, "{line}"))?;
    }
    match arguments.dry_run {
        true => {
            database.run("ROLLBACK", &[])?;
            crate::written(writeln!(to, "dry run: nothing has changed"))?;
        }
        false => database.run("COMMIT", &[])?,
    }
    Ok(ExitCode::SUCCESS)
}

fn functions(count: usize) -> String {
    if count == 1 { "a function".into() } else { format!("{count} functions") }
}

/// Creates the module. Returns its name with its schema and parentheses.
fn create(database: &Database, name: &str, binary: &[u8], replace: bool) -> Result<String> {
    let progress = ProgressBar::new(binary.len() as u64);
    let style = |template: &str| {
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
    };
    let replace = if replace { "true" } else { "false" };
    let parts: Vec<&[u8]> = binary.chunks(PART).collect();
    let is_large = binary.len() > LARGE;
    if is_large {
        progress.set_style(style("sending   {bar:40} {bytes}/{total_bytes} {bytes_per_sec}"));
        database.run(
            "CREATE TEMPORARY TABLE plwasm_upload (part integer, bytes bytea) ON COMMIT DROP",
            &[],
        )?;
        database.copy("pg_temp.plwasm_upload", &parts, |bytes| progress.inc(bytes as u64))?;
    }
    progress.set_style(style("compiling {spinner} {elapsed}"));
    progress.enable_steady_tick(Duration::from_millis(100));
    let parameters = [Parameter::Text(name), Parameter::Text(replace), Parameter::Bytes(binary)];
    let oid = match is_large {
        true => database.value(
            "SELECT wasm.create_module($1, (SELECT string_agg(bytes, '' ORDER BY part) FROM pg_temp.plwasm_upload),
                                       $2)::oid",
            &parameters[..2],
        ),
        false => database.value("SELECT wasm.create_module($1, $3, $2)::oid", &parameters),
    };
    progress.finish_and_clear();
    let oid = oid?.unwrap_or_default();
    let module = database.value(
        "SELECT format('%I.%I()', n.nspname, p.proname)
           FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid = $1::oid",
        &[Parameter::Text(&oid)],
    )?;
    Ok(module.unwrap_or_default())
}

/// Returns the functions of a module that no longer fit it, and why.
fn broken(database: &Database, module: &str) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for function in installed::functions(database, module)? {
        let [Some(oid), Some(name), ..] = &function[..] else { continue };
        database.run("SAVEPOINT plwasm", &[])?;
        // The validator checks what CREATE FUNCTION has checked.
        let found = database.run("SELECT wasm.validator($1::oid)", &[Parameter::Text(oid)]);
        database.run("ROLLBACK TO SAVEPOINT plwasm", &[])?;
        if let Err(failure) = found {
            broken.push(format!("{name}: {}", failure.message));
        }
    }
    Ok(broken)
}

fn explained(failure: Failure, name: &str, replace: bool) -> Failure {
    match failure.sqlstate.as_deref() {
        Some("42723") if !replace => {
            let hint = format!(
                "--replace replaces it; plwasm diff FILE --name {name} says what that would change."
            );
            failure.hint(hint)
        }
        _ => failure,
    }
}
