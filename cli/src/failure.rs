//! Failures: why a command ends without what was asked for, and with which exit status.
//!
//! Messages are as those of PostgreSQL's programs: `plwasm: error: ...`, with detail and hint on lines of their own.
//! It must never print what a stranger chose unescaped.

use anstyle::{AnsiColor, Style};
use plwasm_engine::Error;
use std::fmt;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// Kinds of failures; the exit status of the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The answer is no: tests that fail, a change that breaks something.
    No = 1,
    /// The command line, or a file of cases, does not make sense; clap's own status.
    Usage = 2,
    /// A file cannot be read or written.
    File = 3,
    /// A module that CREATE FUNCTION would refuse.
    Module = 4,
    /// A call that ended with an error.
    Call = 5,
    /// No connection, or an error of the server's.
    Server = 6,
    /// A program that is needed is not there.
    Tool = 7,
    /// A fault of this command's.
    Internal = 70,
}

/// What `--help` says of the exit status.
pub const STATUSES: &str = "\
Exit status:
  0   all is well
  1   the answer is no: a case failed, a change breaks something
  2   the command line or a file of cases does not make sense
  3   a file cannot be read or written
  4   CREATE FUNCTION would refuse the module
  5   the call ended with an error
  6   no connection, or the server reports an error
  7   a program that is needed is missing
  70  a fault of this command";

/// One failure.
#[derive(Debug, Clone)]
pub struct Failure {
    pub kind: Kind,
    pub message: String,
    pub sqlstate: Option<String>,
    pub detail: Option<String>,
    pub hint: Option<String>,
}

/// The result of what a command does.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// With a message alone.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), sqlstate: None, detail: None, hint: None }
    }

    /// With what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With more of what was found.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Of a file that cannot be read or written.
    pub fn of_file(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::new(Kind::File, format!("could not {doing} \"{}\": {}", path.display(), plain(error)))
    }

    /// Of the engine, about something that is named.
    pub fn of(kind: Kind, what: impl fmt::Display, error: &Error) -> Self {
        let kind = if matches!(error, Error::Internal(_)) { Kind::Internal } else { kind };
        Self {
            kind,
            message: format!("{what}: {error}"),
            sqlstate: Some(error.sqlstate().into()),
            detail: error.detail(),
            hint: error.hint().map(here),
        }
    }

    /// Says it on standard error.
    pub fn report(&self) -> ExitCode {
        let mut to = anstream::stderr().lock();
        let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
        let label = Style::new().bold();
        let state = match &self.sqlstate {
            Some(sqlstate) => format!("{sqlstate}: "),
            None => String::new(),
        };
        // Nobody can be told if this fails.
        let _ = writeln!(to, "plwasm: {red}error:{red:#} {state}{}", self.message);
        for (name, text) in [("detail", &self.detail), ("hint", &self.hint)] {
            if let Some(text) = text {
                let _ = writeln!(to, "plwasm: {label}{name}:{label:#} {text}");
            }
        }
        self.kind.into()
    }
}

impl From<Kind> for ExitCode {
    fn from(kind: Kind) -> Self {
        Self::from(kind as u8)
    }
}

/// Without the number that Rust adds.
pub fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_string()
}

/// A hint to someone at a server, to someone at a command line.
fn here(hint: &str) -> String {
    const OPTIONS: [(&str, &str); 5] = [
        (
            "Raise plwasm.fuel (up to plwasm.max_fuel), or fuel= in the function's body.",
            "Raise it with --fuel; in a server with plwasm.fuel (up to plwasm.max_fuel), or fuel= in the function's body.",
        ),
        (
            "Raise plwasm.memory (up to plwasm.max_memory), or memory= in the function's body.",
            "Raise it with --memory; in a server with plwasm.memory (up to plwasm.max_memory), or memory= in the function's body.",
        ),
        (
            "or ask a superuser to set plwasm.wasi to inert, a WASI with nothing in it.",
            "or have a WASI with nothing in it: --wasi inert here, plwasm.wasi = inert in the server.",
        ),
        (
            "Name the export in the body: module#export, or AS with an export of the function's own name.",
            "Call an export by its name; plwasm check lists them.",
        ),
        (
            "wasm.exports() shows the export with the CREATE FUNCTION that fits it.",
            "plwasm check shows the export with the CREATE FUNCTION that fits it.",
        ),
    ];
    OPTIONS.iter().fold(hint.to_string(), |hint, (server, here)| hint.replace(server, here))
}
