//! The parts of an error, as one process passes it to another: the compiler process to a backend, or, within an
//! artefact, to all processes that load it.
//!
//! The parts must never be trusted to be those of an [`Error`]: the reader reads what another process wrote.

use super::{Error, Remedy};
use serde::{Deserialize, Serialize};

/// The parts of an error (PostgreSQL's `ErrorData`, elog.h). In place of a hint there is a remedy, which the reader
/// words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorData {
    /// The SQLSTATE: five digits and capital letters.
    pub sqlstate: String,
    /// The primary message.
    pub message: String,
    /// The detail in sentences: what was found and what was expected, or the guest's backtrace.
    pub detail: Option<String>,
    /// What can be done.
    pub remedy: Option<Remedy>,
}

impl From<&Error> for ErrorData {
    fn from(error: &Error) -> Self {
        Self {
            sqlstate: error.sqlstate().to_string(),
            message: error.to_string(),
            detail: error.detail(),
            remedy: error.remedy(),
        }
    }
}

impl ErrorData {
    /// Reads the output of [`to_json`](Self::to_json). Returns `None` if the text is anything else.
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Returns JSON for another process to read.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, ErrorData};
    use crate::initialization::Phase;
    use crate::limits::Scope;

    #[test]
    fn all_that_is_known_reaches_the_other_process() {
        let fuel = Error::Fuel { limit: 7 };
        for error in [
            Error::Initialization { phase: Phase::Start, error: Box::new(fuel) },
            Error::SharedFuel { scope: Scope::Transaction, limit: 7, used: 8, is_ceiling: true },
            Error::WitPackage,
            Error::adapt("no \"f\"").with_detail("It is g.").with_hint("Name g."),
        ] {
            let read = ErrorData::from_json(&ErrorData::from(&error).to_json());
            let read = Error::Compiler(read.expect("what was written"));
            assert!(error.remedy().is_some(), "{error}");
            assert_eq!(read.remedy(), error.remedy());
            assert_eq!(read.detail(), error.detail());
            assert_eq!(read.sqlstate(), error.sqlstate());
            assert_eq!(read.to_string(), error.to_string());
        }
    }
}
