//! `plwasm test`: runs cases, here or in a server.

mod case;
mod local;
mod query;
mod report;
mod server;

use crate::call::LimitArguments;
use crate::failure::{Failure, Kind, Result};
use crate::loader::Loader;
use crate::source::WasiArgument;
use case::CaseFile;
use local::Callees;
use report::Report;
use server::Server;
use std::path::PathBuf;
use std::process::ExitCode;

/// Run cases: calls and their expected outcomes.
///
/// Cases are in files of TOML or JSON lines. With --db they also run in a server, in a transaction that is rolled
/// back, and must have the same outcome there: result, SQLSTATE and fuel, to the unit.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A file of cases, in TOML (*.toml):

  module = \"../slug.wasm\"             # relative to the file

  [[case]]
  call = \"slugify('Hello, World!')\"
  expect = \"'hello-world'\"
  fuel = 2000                         # at most

  [[case]]
  call = \"parse('x')\"
  sqlstate = \"22P02\"

  [[case]]
  name = \"levenshtein, of a module that does not say its types\"
  as = \"levenshtein(text, text) returns integer\"
  call = \"levenshtein('kitten', 'sitting')\"
  expect = \"3\"

  [[case]]
  call = \"total(x) FROM (VALUES (1), (NULL), (2)) AS v (x)\"
  expect = \"3\"                       # also if states are merged

In JSON lines (*.jsonl) each line is a case; a line {\"module\": \"...\"} names the module. rows = [\"ROW(1, 'a')\", ...]
is what a set returns.

Examples:
  plwasm test                         # all cases in tests/
  plwasm test --junit report.xml cases/
  plwasm test --db 'service=staging'")]
pub(crate) struct Arguments {
    /// Directories of cases, or files
    #[arg(value_name = "CASES", default_value = "tests", value_hint = clap::ValueHint::AnyPath)]
    paths: Vec<PathBuf>,
    /// The module, in place of those that the files name
    #[arg(long, value_name = "FILE.wasm", value_hint = clap::ValueHint::FilePath)]
    module: Option<PathBuf>,
    #[command(flatten)]
    wasi: WasiArgument,
    #[command(flatten)]
    limits: LimitArguments,
    /// Also run them in this database; '' to use the PG* variables
    #[arg(long, value_name = "CONNINFO")]
    db: Option<String>,
    /// Write JUnit's XML
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    junit: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// Cases cannot be run. A case that fails is no error, but an exit status.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let files = CaseFile::find(&arguments.paths)?;
    let loader = Loader::new()?;
    let server = arguments.db.as_deref().map(Server::connect).transpose()?;
    let mut report = Report::default();
    for file in &files {
        let path = arguments.module.as_ref().or(file.module.as_ref()).ok_or_else(|| {
            Failure::new(Kind::Usage, format!("{}: it does not name a module", file.path.display()))
                .hint("Begin it with module = \"...\", relative to the file, or use --module.")
        })?;
        report.begin(&file.path);
        let wasi = arguments.wasi.wasi;
        let (code, module) = local::load(&loader, path, wasi)?;
        let mut callees = Callees::new(&loader, module, arguments.limits);
        let deployment = match &server {
            Some(server) => Some(server.deploy(&code, path, wasi, arguments.limits)?),
            None => None,
        };
        for case in &file.cases {
            let mut finding = callees.run(case);
            if let Some(deployment) = &deployment
                && finding.verdict == report::Verdict::Passed
            {
                finding = deployment.run(case, &mut callees, &finding)?;
            }
            report.add(case, finding)?;
        }
    }
    if let Some(path) = &arguments.junit {
        report.write_junit(path)?;
    }
    let (passed, failed) = report.count();
    crate::written({
        use std::io::Write;
        writeln!(std::io::stdout(), "{passed} passed, {failed} failed")
    })?;
    Ok(if failed == 0 { ExitCode::SUCCESS } else { Kind::No.into() })
}
