//! What a project makes: a function, or a resource for a prepared function or an aggregate; its types, its test cases, and
//! its source in each language.

use super::language::Language;
use super::project::{File, files};

/// What a project makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum What {
    Function,
    Prepared,
    Aggregate,
}

impl What {
    /// Returns the types and the test cases.
    pub(super) fn files(self) -> &'static [File] {
        match self {
            Self::Function => files! {
                "wit/world.wit": "common/world.wit", "tests/cases.toml": "common/cases.toml",
            },
            Self::Prepared => files! {
                "wit/world.wit": "prepared/world.wit", "tests/cases.toml": "prepared/cases.toml",
            },
            Self::Aggregate => files! {
                "wit/world.wit": "aggregate/world.wit", "tests/cases.toml": "aggregate/cases.toml",
            },
        }
    }

    /// Returns the source that takes the place of the language's own; `None` if there is none in that language.
    pub(super) fn source(self, language: Language) -> Option<Option<&'static str>> {
        match (self, language) {
            (Self::Function, _) => Some(None),
            (Self::Prepared, Language::Rust) => {
                Some(Some(include_str!("../../templates/prepared/rust/lib.rs")))
            }
            (Self::Prepared, Language::C) => {
                Some(Some(include_str!("../../templates/prepared/c/functions.c")))
            }
            (Self::Aggregate, Language::Rust) => {
                Some(Some(include_str!("../../templates/aggregate/rust/lib.rs")))
            }
            (Self::Aggregate, Language::C) => {
                Some(Some(include_str!("../../templates/aggregate/c/functions.c")))
            }
            _ => None,
        }
    }

    /// Returns what a README calls it, and a call.
    pub(super) fn described(self) -> (&'static str, &'static str) {
        match self {
            Self::Function => ("A function", "slugify('Hello, World!')"),
            Self::Prepared => ("A prepared function", "hits('red green', 'a red door')"),
            Self::Aggregate => {
                ("An aggregate", "average_length(t) FROM (VALUES ('one'), ('three')) AS v (t)")
            }
        }
    }
}
