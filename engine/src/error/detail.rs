//! Details of errors: what was found and what was expected, in sentences.
//!
//! A detail must never grow with the contents of a module: it shows the first 20 elements of a list.

use super::{CompilerEnd, Error};
use std::fmt::{Display, Write};

/// The most elements of a list that are shown. A module can have 100,000 imports, which fit into no message.
const MOST_SHOWN: usize = 20;

impl Error {
    /// Returns what was found and what was expected, or the guest's backtrace.
    pub fn detail(&self) -> Option<String> {
        Some(match self {
            Self::Imports(imports) => format!("It imports {}.", listed(imports)),
            Self::MissingExport { exports, .. } if exports.is_empty() => {
                "It exports no functions.".into()
            }
            Self::MissingExport { exports, .. }
            | Self::AmbiguousExport { exports, .. }
            | Self::SeveralConstructors { exports, .. } => {
                format!("It exports {}.", listed(exports))
            }
            Self::TooComplex { complexity, limit } => format!(
                "Its functions have {complexity} branches, calls, stores and divisions times locals beyond 64; the \
                 limit is {limit}."
            ),
            Self::LongFunction { size, limit, .. } => format!(
                "Its code has {size} bytes, with what metering and isolation add; the limit is {limit}."
            ),
            Self::DeepLoops { limit, .. } => {
                format!("It has loops within more than {limit} loops.")
            }
            Self::Signature { found, expected, .. } => {
                format!("Found {found}, expected {expected}.")
            }
            Self::Wit { sql, wit, reason, .. } => {
                format!("The SQL function is {sql}.\nThe export is {wit}.\nBut {reason}.")
            }
            Self::Guest { detail, .. } | Self::Adapt { detail, .. } | Self::Sql { detail, .. } => {
                return detail.clone();
            }
            Self::Json { place, .. } if place != "$" => {
                format!("It is at {place} in the JSON value.")
            }
            Self::Unkeepable(why) => format!("Because {why}."),
            Self::Compiler(data) => return data.detail.clone(),
            Self::Compilation(CompilerEnd::Memory { limit } | CompilerEnd::Output { limit }) => {
                format!("The limit is {limit} bytes.")
            }
            Self::Compilation(CompilerEnd::Time { limit }) => {
                format!("The limit is {limit} seconds of CPU time.")
            }
            Self::NoCompiler { places, reason } => {
                format!("The server looked for it {places}: {reason}.")
            }
            Self::Initialization { phase, error } => {
                let explained = phase.explained();
                match error.detail() {
                    Some(detail) => format!("{explained}\n{detail}"),
                    None => explained.into(),
                }
            }
            Self::After { error, .. } => return self.with_messages(error.detail()),
            Self::Trap { backtrace, .. }
            | Self::Panic { backtrace, .. }
            | Self::StubCalled { backtrace, .. }
                if !backtrace.is_empty() =>
            {
                backtrace.clone()
            }
            _ => return None,
        })
    }

    /// Adds to a detail of this error the last lines that the guest has said, if it has said any.
    pub fn with_messages(&self, detail: Option<String>) -> Option<String> {
        match self {
            Self::Initialization { error, .. } => error.with_messages(detail),
            Self::After { messages, .. } => {
                let before = detail.map(|detail| detail + "\n").unwrap_or_default();
                Some(format!("{before}last messages:\n{messages}"))
            }
            _ => detail,
        }
    }
}

/// Returns the first elements of `all`, and how many more there are.
fn listed(all: &[impl Display]) -> String {
    let mut text = String::new();
    for (i, one) in all.iter().take(MOST_SHOWN).enumerate() {
        let _ = write!(text, "{}{one}", if i == 0 { "" } else { ", " });
    }
    if all.len() > MOST_SHOWN {
        let _ = write!(text, " and {} more", all.len() - MOST_SHOWN);
    }
    text
}
