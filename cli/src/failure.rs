//! Failures: why a command did not do what it was asked to, and its exit status. The engine's remedies are put into
//! words here, with the command's options.
//!
//! Messages have the form of those of PostgreSQL's programs: `plwasm: error: ...`, with detail and hint on lines of
//! their own. Nothing that a stranger chose may be printed unescaped.

use anstyle::{AnsiColor, Style};
use plwasm_engine::{Error, Remedy};
use std::borrow::Cow;
use std::fmt;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// The kind of a failure, which determines the command's exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The answer is no: tests fail, or a change breaks something.
    No = 1,
    /// The command line, or a file of cases, does not make sense. Clap exits with the same status.
    Usage = 2,
    /// A file cannot be read or written.
    File = 3,
    /// CREATE FUNCTION would refuse the module.
    Module = 4,
    /// A call ended with an error.
    Call = 5,
    /// There is no connection, or the server reported an error.
    Server = 6,
    /// A required program is missing.
    Tool = 7,
    /// There is a fault in this command.
    Internal = 70,
}

/// The part of `--help` that lists the exit statuses.
pub(crate) const STATUSES: &str = "\
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

/// Why a command failed.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub kind: Kind,
    pub message: String,
    pub sqlstate: Option<String>,
    pub detail: Option<String>,
    pub hint: Option<String>,
}

/// The result of a command.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// Makes a failure with only a message.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), sqlstate: None, detail: None, hint: None }
    }

    /// Adds what can be done about it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what was found.
    #[must_use]
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Makes the failure for a file that cannot be read or written. `doing` is the verb.
    pub(crate) fn of_file(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::new(Kind::File, format!("could not {doing} \"{}\": {}", path.display(), plain(error)))
    }

    /// Makes a failure of an error of the engine. `what` names what the error is about.
    pub(crate) fn of(kind: Kind, what: impl fmt::Display, error: &Error) -> Self {
        let kind = if matches!(error, Error::Internal(_)) { Kind::Internal } else { kind };
        Self {
            kind,
            message: format!("{what}: {error}"),
            sqlstate: Some(error.sqlstate().into()),
            detail: error.detail(),
            hint: error.remedy().and_then(hint).map(Cow::into_owned),
        }
    }

    /// Returns the failure as JSON.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "sqlstate": self.sqlstate,
            "message": self.message,
            "detail": self.detail,
            "hint": self.hint,
        })
    }

    /// Writes the failure to standard error, and returns the exit status.
    pub(crate) fn report(&self) -> ExitCode {
        let mut to = anstream::stderr().lock();
        let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
        let label = Style::new().bold();
        let state = match &self.sqlstate {
            Some(sqlstate) => format!("{sqlstate}: "),
            None => String::new(),
        };
        // If this fails, there is nowhere to report it.
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

/// Returns the message of an error without the number that Rust adds.
pub(crate) fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_string()
}

/// Puts a remedy into words for someone at a command line. Returns `None` for limits that only a server has.
pub(crate) fn hint(remedy: Remedy) -> Option<Cow<'static, str>> {
    Some(Cow::Borrowed(match remedy {
        Remedy::RaiseFuel => {
            "Raise it with --fuel; in a server with plwasm.fuel (up to plwasm.max_fuel), or fuel= in the function's body."
        }
        Remedy::RaiseMemory => {
            "Raise it with --memory; in a server with plwasm.memory (up to plwasm.max_memory), or memory= in the function's body."
        }
        Remedy::RaiseBackendMemory => {
            "In a server, a superuser can raise that limit: plwasm.backend_memory."
        }
        Remedy::RaiseResultSize => {
            "In a server, a superuser can raise that limit: plwasm.max_result_size."
        }
        Remedy::RaiseModuleSize => {
            "Strip debug information and optimize for size. In a server, a superuser can raise that limit: plwasm.max_module_size."
        }
        Remedy::AllowWasi => {
            "Functions have no access to the outside. Build for a target without WASI (wasm32-unknown-unknown, \
             wasm32-freestanding), run \"plwasm adapt --wasi inert\", or have a WASI with nothing in it: --wasi inert \
             here, plwasm.wasi = inert in the server."
        }
        Remedy::NameExport => "Call an export by its name; plwasm check lists them.",
        Remedy::NameInterface => {
            "Name the export with its interface: '\"ns:package/interface#export\"(...)'. plwasm check lists the exports."
        }
        Remedy::ListExports => {
            "plwasm check shows the export with the CREATE FUNCTION that fits it."
        }
        Remedy::RaiseSharedFuel { .. }
        | Remedy::RaiseCompilerMemory
        | Remedy::RaiseCompilerTime
        | Remedy::InstallCompiler => return None,
        Remedy::Advice(text) => return Some(text),
    }))
}

#[cfg(test)]
mod tests {
    use super::hint;
    use plwasm_engine::{Error, Remedy};

    #[test]
    fn remedies_are_the_commands_own() {
        for (error, said) in [
            (Error::Fuel { limit: 1 }, "--fuel"),
            (Error::Memory { what: "the instance", needed: 2, limit: 1 }, "--memory"),
            (Error::MissingExport { export: "f".into(), exports: Vec::new() }, "plwasm check"),
            (Error::AmbiguousExport { export: "f".into(), exports: Vec::new() }, "plwasm check"),
        ] {
            let remedy = error.remedy().expect("a remedy");
            let hint = hint(remedy).expect("words");
            assert!(hint.contains(said), "{error}: {hint}");
        }
        assert!(hint(Remedy::AllowWasi).is_some_and(|hint| hint.contains("--wasi inert here")));
        assert_eq!(hint(Remedy::InstallCompiler), None);
    }
}
