//! What is fuzzed: whatever reads bytes that a stranger wrote. One target for each grammar; `engine/tests/fuzz.rs`
//! runs so many inputs of each, `fuzz/` runs them under libFuzzer, without end.
//!
//! A target must never depend on anything but its input: what it found once it finds again.

pub(crate) mod abi;
pub(crate) mod artefact;
pub(crate) mod body;
pub(crate) mod lines;
pub(crate) mod loader;
pub(crate) mod mutate;
pub(crate) mod wit;

#[path = "../differential/choices.rs"]
pub(crate) mod choices;
#[path = "../differential/smith.rs"]
pub(crate) mod smith;

use choices::Choices;
use plwasm_engine::{Error, ErrorData, Remedy};

/// What came of an input that is no finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepted,
    Refused,
}

impl<T, E> From<Result<T, E>> for Verdict {
    fn from(result: Result<T, E>) -> Self {
        match result {
            Ok(_) => Self::Accepted,
            Err(_) => Self::Refused,
        }
    }
}

/// A grammar, what reads it, and inputs that are about right.
pub(crate) struct Target {
    pub name: &'static str,
    /// Directories of inputs to begin with, which can have folders.
    pub seeds: &'static [&'static str],
    /// Panics if what reads the input does what it must not.
    pub run: fn(&[u8]) -> Verdict,
    pub generate: fn(Choices<'_>) -> Vec<u8>,
    /// The input, changed.
    pub mutate: fn(&[u8], Choices<'_>) -> Vec<u8>,
}

pub(crate) const TARGETS: [Target; 6] =
    [body::TARGET, loader::TARGET, wit::TARGET, artefact::TARGET, abi::TARGET, lines::TARGET];

/// No more than that is said of an error, in bytes: it goes to the client and into the server's log.
const LONGEST_TEXT: usize = 20_000;

/// An error has to be the input's fault, and fit to be shown.
#[track_caller]
fn check_error(error: &Error) {
    let state = error.sqlstate();
    assert!(state.len() == 5 && !state.starts_with("XX"), "{state}: {error}");
    let data = ErrorData::from(error);
    let advice = match &data.remedy {
        Some(Remedy::Advice(text)) => text,
        _ => "",
    };
    for text in [&data.message, data.detail.as_deref().unwrap_or_default(), advice] {
        assert!(text.len() <= LONGEST_TEXT, "an error of {} bytes", text.len());
        let is_shown = |c: char| c == '\n' || !c.is_control();
        assert!(text.chars().all(is_shown), "an error with control characters: {text:?}");
    }
    assert_eq!(ErrorData::from_json(&data.to_json()), Some(data));
}
