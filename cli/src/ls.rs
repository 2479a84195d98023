//! `plwasm ls`: the modules of a database.

use crate::database::{self, Database};
use crate::failure::Result;
use crate::unit;
use anstyle::Style;
use serde_json::json;
use std::io::Write;
use std::process::ExitCode;

/// List the modules of a database.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    database: database::DatabaseArguments,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

const HEAD: [&str; 6] = ["module", "owner", "kind", "size", "functions", "sha256"];

/// Runs the command.
///
/// # Errors
/// The server's error.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let database = Database::connect(&arguments.database.db)?;
    database.require_extension()?;
    let rows = database.query(
        "SELECT format('%I.%I', m.schema, m.name), m.owner, m.kind, m.size,
                (SELECT count(*) FROM pg_depend d
                  WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = d.classid AND d.refobjid = m.module::oid),
                m.sha256
           FROM wasm.modules m ORDER BY 1",
        &[],
    )?;
    let mut to = anstream::stdout().lock();
    if arguments.json {
        let rows: Vec<_> = rows
            .iter()
            .map(|row| {
                let number = |i: usize| row[i].as_ref().and_then(|text| text.parse::<u64>().ok());
                json!({
                    "module": row[0], "owner": row[1], "kind": row[2], "size": number(3),
                    "functions": number(4), "sha256": row[5],
                })
            })
            .collect();
        crate::written(writeln!(to, "{:#}", json!(rows)))?;
        return Ok(ExitCode::SUCCESS);
    }
    let shown = |(i, value): (usize, &Option<String>)| match (i, value) {
        (3, Some(size)) => unit::bytes(size.parse().unwrap_or_default()),
        (2 | 3, None) => "invalid".into(),
        // As git shortens hashes: enough to tell one from another.
        (5, Some(hash)) => hash.chars().take(12).collect(),
        (_, value) => value.clone().unwrap_or_default(),
    };
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().enumerate().map(shown).collect()).collect();
    let width = |i: usize| {
        let cells = rows.iter().map(|row| row[i].chars().count());
        cells.chain([HEAD[i].len()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded: Vec<_> =
            cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        padded.join("  ").trim_end().to_string()
    };
    let bold = Style::new().bold();
    crate::written(writeln!(to, "{bold}{}{bold:#}", line(&HEAD.map(String::from))))?;
    for row in &rows {
        crate::written(writeln!(to, "{}", line(row)))?;
    }
    Ok(ExitCode::SUCCESS)
}
