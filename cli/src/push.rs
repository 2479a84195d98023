//! `plwasm push`: creates a module in a database, in one transaction, or in several, in all or none.
//!
//! It must never leave a part of it there, nor functions that the new module breaks.

use crate::call::ReadyCall;
use crate::check::module_name;
use crate::cost::Measured;
use crate::database::{Database, Parameter};
use crate::failure::{Failure, Kind, Result};
use crate::loader::Loader;
use crate::nodes::{self, NodesArguments};
use crate::sql::Declaration;
use crate::warm_up::WarmUpArguments;
use crate::{installed, source, unit};
use indicatif::{ProgressBar, ProgressStyle};
use plwasm_engine::read::body::{self, Body};
use plwasm_engine::{Error, Limits, Linked, Module, Wasi};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

/// Create a module in a database, or in several, and the functions that it suggests.
///
/// Everything happens in one transaction. If a module is replaced, the functions that use it are checked against the
/// new one; if one no longer fits, nothing changes.
///
/// With several databases, they commit in two phases: all have the module then, or none. This needs max_prepared_transactions.
///
/// --heap and --warm write what is to be done once, before any call, into the module that is pushed. The call is first
/// made twice here. If the second does not take less fuel, a warm-up would not help, and is left out.
///
/// --debug-file writes the source lines of another file's DWARF into the module that is pushed. They take a fraction of what
/// DWARF takes.
///
/// --try makes typical calls here, and tells the planner what they take: COST, from their fuel, and ROWS of sets.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  plwasm push slug.wasm --db mydb --create-functions
  plwasm push slug.wasm --db service=staging --name app.slug --replace
  plwasm push slug.wasm --db mydb --create-functions --dry-run
  plwasm push slug.wasm --db mydb --create-functions --try \"slugify('Hello, World!')\"
  plwasm push lazy.wasm --db mydb --warm 'lazy(1)'
  plwasm push slug.wasm --db service=shard1 --db service=shard2 --replace
  plwasm push stripped.wasm --db mydb --debug-file target/wasm32-unknown-unknown/release/geo.wasm")]
pub(crate) struct Arguments {
    /// WebAssembly: a module or component, binary or text; - reads standard input
    #[arg(value_name = "FILE.wasm", value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
    #[command(flatten)]
    nodes: NodesArguments,
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
    /// Make this typical call here, and set COST and ROWS of the functions that call the same export; repeatable: of several
    /// calls of an export the mean counts
    #[arg(long = "try", value_name = "CALL")]
    tries: Vec<String>,
    /// The SQL declaration of a function that is tried, if the module does not describe its types; repeatable
    #[arg(long = "as", value_name = "DECLARATION", requires = "tries")]
    declarations: Vec<String>,
    #[command(flatten)]
    warm_up: WarmUpArguments,
    #[command(flatten)]
    debug: source::DebugArgument,
}

/// The calls that were tried, by their exports.
#[derive(Debug)]
struct Tried {
    module: Rc<Module>,
    exports: BTreeMap<String, Vec<Measured>>,
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
    let tried = match &arguments.tries[..] {
        [] => None,
        _ => Some(Tried::of(&binary, arguments)?),
    };
    let name = arguments.name.clone().unwrap_or_else(|| module_name(&arguments.file));
    let nodes = arguments.nodes.connect()?;
    if nodes.len() > 1 {
        nodes::check(&nodes)?;
    }
    let is_alone = nodes.len() == 1;
    let mut report = Vec::new();
    for node in &nodes {
        let lines = install(&node.database, &name, &binary, tried.as_ref(), arguments, is_alone);
        match is_alone {
            true => report.extend(lines?),
            false => {
                report
                    .extend(node.named(lines)?.iter().map(|line| format!("{}: {line}", node.name)));
            }
        }
    }
    match arguments.dry_run {
        // The connections end.
        true => report.push("dry run: nothing has changed".into()),
        false => nodes::commit(&nodes)?,
    }
    let mut to = anstream::stdout().lock();
    crate::written(report.iter().try_for_each(|line| writeln!(to, "{line}")))?;
    Ok(ExitCode::SUCCESS)
}

/// Creates a module in a database, and what belongs to it, in a transaction that is still to be committed. Returns lines that say
/// what was done.
///
/// # Errors
/// The server's error; functions that would break.
fn install(
    database: &Database,
    name: &str,
    binary: &[u8],
    tried: Option<&Tried>,
    arguments: &Arguments,
    is_alone: bool,
) -> Result<Vec<String>> {
    database.require_extension()?;
    database.run("BEGIN", &[])?;
    let module = create(database, name, binary, arguments.replace, is_alone)
        .map_err(|failure| explained(failure, name, arguments.replace))?;
    let broken = broken(database, &module)?;
    if !broken.is_empty() {
        return Err(Failure::new(
            Kind::Server,
            format!("module {module} is not replaced, as {} would break", functions(broken.len())),
        )
        .detail(broken.join("\n"))
        .hint("Drop or change them first; plwasm diff compares a file with what is installed."));
    }
    let mut lines = vec![format!("{module}: {}", unit::bytes(binary.len() as u64))];
    if arguments.create_functions {
        let created = database.query(
            "SELECT coalesce(function::text, sql) FROM wasm.create_functions($1::regprocedure)",
            &[Parameter::Text(&module)],
        )?;
        lines.extend(created.into_iter().flatten().flatten());
    }
    if let Some(tried) = tried {
        lines.extend(tried.set_costs(database, &module)?);
    }
    Ok(lines)
}

impl Tried {
    /// Makes calls of the exports of a binary.
    ///
    /// # Errors
    /// The errors of the binary and of the calls.
    fn of(binary: &[u8], arguments: &Arguments) -> Result<Self> {
        let of_line = |error| Failure::of(Kind::Usage, "command line", &error);
        let declared = arguments.declarations.iter().map(|text| Declaration::parse(text));
        let declared: Vec<_> = declared.collect::<std::result::Result<_, _>>().map_err(of_line)?;
        let refused = |error: Error| Failure::of(Kind::Module, arguments.file.display(), &error);
        let loader = Loader::new()?;
        // A server may have a WASI with nothing in it.
        let module = loader.module(binary, Wasi::Inert).map_err(refused)?;
        let mut exports = BTreeMap::<String, Vec<Measured>>::new();
        for call in &arguments.tries {
            let ReadyCall { mut callee, arguments } =
                ReadyCall::of(&loader, module.clone(), call, &declared, Limits::DEFAULT)?;
            let measured = Measured::of(&mut callee, &arguments)?;
            exports.entry(callee.export().into()).or_default().push(measured);
        }
        Ok(Self { module, exports })
    }

    /// Sets COST and ROWS of the functions that call these exports of a module. Returns the statements.
    ///
    /// # Errors
    /// The server's error; no function calls an export that was tried.
    fn set_costs(&self, database: &Database, module: &str) -> Result<Vec<String>> {
        let functions = installed::functions(database, module)?;
        let (mut statements, mut missing) = (Vec::new(), self.exports.clone());
        for function in &functions {
            let [_, Some(signature), Some(own), Some(source)] = &function[..] else { continue };
            let body = Body::parse(source, false).ok();
            let called = body.as_ref().and_then(Body::export).unwrap_or(own);
            let Ok(export) = self.module.function(called) else { continue };
            if let Some(calls) = self.exports.get(export.name) {
                missing.remove(export.name);
                let measured = Measured::mean(calls);
                let statement = format!("ALTER FUNCTION {signature} {measured}");
                database.run(&statement, &[])?;
                statements.push(statement);
            }
        }
        match missing.keys().next() {
            Some(export) => {
                let export = plwasm_engine::name::printable(export);
                let message =
                    format!("no function of module {module} calls the export \"{export}\"");
                Err(Failure::new(Kind::Usage, message).hint(
                    "--try sets the COST of functions: create them with --create-functions, or before.",
                ))
            }
            None => Ok(statements),
        }
    }
}

fn functions(count: usize) -> String {
    if count == 1 { "a function".into() } else { format!("{count} functions") }
}

/// Creates the module. Returns its name with its schema and parentheses. A transaction that is to be prepared cannot use a temporary
/// table, so the module is sent at once then.
fn create(
    database: &Database,
    name: &str,
    binary: &[u8],
    replace: bool,
    is_alone: bool,
) -> Result<String> {
    let progress = ProgressBar::new(binary.len() as u64);
    let style = |template: &str| {
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
    };
    let replace = if replace { "true" } else { "false" };
    let parts: Vec<&[u8]> = binary.chunks(PART).collect();
    let is_large = is_alone && binary.len() > LARGE;
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
