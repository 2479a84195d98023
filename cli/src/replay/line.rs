//! Lines: what a server has logged of a call, found in its log and read.
//!
//! Whoever can write to a log can write such lines. So a line must never choose a database or a file.

use crate::failure::{Failure, Kind, Result};
use crate::source::WasiArgument;
use crate::sql::{Declaration, SqlType, define};
use clap::Parser;
use plwasm_engine::read::body;
use plwasm_engine::replay::{COMMAND, REFUSAL, words};
use plwasm_engine::warm_up::WarmUp;
use plwasm_engine::{Hash, Isolation, Limits};
use std::io::BufRead;

/// A call that a server has logged, as the words of its line.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "plwasm replay", no_binary_name = true, disable_help_flag = true)]
pub(crate) struct Line {
    /// The hash of the code, as `sha256:...`
    pub code: String,
    /// The call
    pub call: String,
    #[command(flatten)]
    pub recorded: Recorded,
}

/// What decides how a logged call ends, and how it has ended.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "What a server's line says")]
pub(crate) struct Recorded {
    /// The declaration of the function
    #[arg(long = "as", value_name = "DECLARATION")]
    declaration: Option<String>,
    /// A type in the declaration: "t1 AS ENUM ('a')" or "t1 AS (c1 integer)"
    #[arg(long = "type", value_name = "DEFINITION")]
    types: Vec<String>,
    /// The fuel that the call could use
    #[arg(long, value_name = "UNITS", default_value_t = Limits::DEFAULT.fuel)]
    fuel: u64,
    /// The memory that the instance could have
    #[arg(long, value_name = "SIZE", default_value = "64MB", value_parser = crate::call::memory)]
    memory: usize,
    #[command(flatten)]
    pub wasi: WasiArgument,
    /// What was done before the call: "heap=1MB warm=f()"
    #[arg(long, value_name = "OPTIONS")]
    warm_up: Option<String>,
    /// How the call ended, if it failed: SQLSTATE and message
    #[arg(long, value_name = "ERROR")]
    pub error: Option<String>,
    /// The fuel that the call used, if the server knew it
    #[arg(long, value_name = "UNITS")]
    pub used: Option<u64>,
    /// The fuel of all calls over rows that no line before has
    #[arg(long, value_name = "UNITS")]
    pub in_all: Option<u64>,
}

/// A line of a log.
#[derive(Debug, Clone)]
pub(super) enum Logged {
    Call(Box<Line>),
    /// A call that cannot be made again; the text says which, and why.
    Refused(String),
}

impl Recorded {
    /// Returns the limits of the call.
    pub(super) fn limits(&self) -> Limits {
        let fuel = self.fuel.min(Limits::NO_FUEL_LIMIT);
        Limits { fuel, memory: self.memory, isolation: Isolation::Call }
    }

    /// Returns what was done before the call.
    ///
    /// # Errors
    /// It is malformed.
    pub(super) fn warm_up(&self) -> plwasm_engine::Result<WarmUp> {
        self.warm_up.as_deref().map_or(Ok(WarmUp::default()), body::parse_warm_up)
    }

    /// Returns the declaration of the function, `None` if there is none.
    ///
    /// # Errors
    /// It is malformed, or has a type that the command does not know.
    pub(super) fn declaration(&self) -> plwasm_engine::Result<Option<Declaration>> {
        let mut types: Vec<(String, SqlType)> = Vec::new();
        for definition in &self.types {
            types.push(define(definition, &types)?);
        }
        let declaration = self.declaration.as_deref();
        declaration.map(|text| Declaration::parse_with(text, &types)).transpose()
    }
}

impl Line {
    /// Returns the hash of the code.
    ///
    /// # Errors
    /// It is not a hash.
    pub(crate) fn hash(&self) -> Result<Hash> {
        let digits = self.code.strip_prefix("sha256:").unwrap_or_default();
        digits.parse().map_err(|_| malformed("it does not begin with sha256: and 64 digits"))
    }

    /// Reads a line.
    ///
    /// # Errors
    /// It is malformed.
    pub(crate) fn parse_text(text: &str) -> Result<Self> {
        let own = COMMAND.trim_end_matches("sha256:");
        let words = text.strip_prefix(own).and_then(words);
        let words = words.ok_or_else(|| malformed("a quote is not closed"))?;
        Self::try_parse_from(words).map_err(|error| malformed(&error.kind().to_string()))
    }
}

fn malformed(why: &str) -> Failure {
    Failure::new(Kind::Usage, format!("a line of the log is malformed: {why}"))
        .hint("A line that was cut or wrapped by what writes the log cannot be read.")
}

/// Returns the lines of a log: the last one, or all of them.
///
/// # Errors
/// The log cannot be read; a line is malformed.
pub(super) fn find(mut log: impl BufRead, is_all: bool) -> std::io::Result<Vec<Result<Logged>>> {
    let mut found = Vec::new();
    let mut bytes = Vec::new();
    while log.read_until(b'\n', &mut bytes)? > 0 {
        if let Some(text) = message(&String::from_utf8_lossy(&bytes)) {
            if !is_all {
                found.clear();
            }
            found.push(text);
        }
        bytes.clear();
    }
    let read = |text: String| match text.starts_with(COMMAND) {
        true => Line::parse_text(&text).map(|line| Logged::Call(Box::new(line))),
        false => Ok(Logged::Refused(text)),
    };
    Ok(found.into_iter().map(read).collect())
}

/// Returns the message in a line of a log, in the format of `stderr`, `csvlog` or `jsonlog`, if it is one of ours.
fn message(line: &str) -> Option<String> {
    let line = line.trim_end();
    let at = [COMMAND, REFUSAL].iter().filter_map(|start| line.find(start)).min()?;
    if line.starts_with('{') {
        let entry: serde_json::Value = serde_json::from_str(line).ok()?;
        let text = entry.get("message")?.as_str()?;
        return (text.starts_with(COMMAND) || text.starts_with(REFUSAL)).then(|| text.into());
    }
    let (before, text) = line.split_at(at);
    if !before.ends_with(",\"") {
        // The message follows its severity. A line that goes on begins with a tab, and statements are what users write.
        let begins = before.is_empty() || line.find(":  ").is_some_and(|end| end + 3 == at);
        let is_ours = begins && !line.starts_with('\t') && !before.ends_with("STATEMENT:  ");
        return is_ours.then(|| text.into());
    }
    // A field of a csvlog, in which a quote is doubled.
    let mut field = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => return Some(field),
            c => field.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{COMMAND, Logged, find};

    const CALL: &str = r#""f('it''s', E'\u00e4 \\')" --as "f(text, text) returns text" --fuel 10 --error '22012: "x"'"#;

    fn only(log: &str, is_all: bool) -> Vec<Logged> {
        let found = find(log.as_bytes(), is_all).expect("a log");
        found.into_iter().map(|line| line.expect("a line")).collect()
    }

    #[test]
    fn lines_are_found_in_each_format() {
        let text = format!("{COMMAND}{} {CALL}", "0".repeat(64));
        let json = serde_json::json!({ "pid": 1, "message": text, "backend_type": "client" });
        for log in [
            format!("2026-01-01 LOG:  {text}\nERROR:  x\n"),
            format!("2026-01-01,\"u\",,LOG,00000,\"{}\",,,\"psql\"\n", text.replace('"', "\"\"")),
            format!("{json}\n"),
            text.clone(),
        ] {
            let [Logged::Call(line)] = &only(&log, false)[..] else { panic!("{log}") };
            // Double quotes of a shell make one of two backslashes.
            assert_eq!(line.call, r"f('it''s', E'\u00e4 \')");
            assert_eq!(line.recorded.error.as_deref(), Some("22012: \"x\""));
            assert_eq!(line.recorded.fuel, 10);
        }
        let log = format!("{text}\nLOG:  plwasm cannot replay a call of f: it is long\n");
        assert!(matches!(&only(&log, false)[..], [Logged::Refused(_)]));
        assert_eq!(only(&log, true).len(), 2);
    }

    #[test]
    fn what_users_write_is_no_line() {
        let text = format!("{COMMAND}{} {CALL}", "0".repeat(64));
        for log in [
            format!("STATEMENT:  SELECT '\n\tLOG:  {text}'\n"),
            format!("STATEMENT:  {text}\n"),
            format!("ERROR:  it says {text}\n"),
            format!("STATEMENT:  SELECT E'\\nLOG:  {text}'\n"),
            format!("{}\n", serde_json::json!({ "message": "x", "statement": text })),
        ] {
            assert!(only(&log, true).is_empty(), "{log}");
        }
    }

    #[test]
    fn a_line_chooses_no_database_and_no_file() {
        for option in ["--db evil", "--module /etc/passwd", "'"] {
            let log = format!("{COMMAND}{} {CALL} {option}\n", "0".repeat(64));
            assert!(find(log.as_bytes(), false).expect("a log")[0].is_err(), "{option}");
        }
    }
}
