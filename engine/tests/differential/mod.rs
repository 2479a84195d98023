//! The differential test: random modules, random calls, the engine against plain wasmtime.
//!
//! What the engine adds to a module may show in nothing but fuel, and what a call did may not show in
//! the next. So the reference runs every call in a new instance without any pass of ours, and the
//! engine runs all of them in one instance, reset after each; results, traps and what is left in
//! memories and globals must be the same to the bit. Fuel must be the same in a new instance, in a reset
//! one, and in one that is not isolated.
//!
//! One case is a slice of bytes, here made from a seed, in `fuzz/` by libFuzzer.

pub(crate) mod arguments;
mod body;
mod call;
mod case;
pub(crate) mod choices;
pub(crate) mod kept;
pub(crate) mod model;
mod operations;
pub(crate) mod outcome;
pub(crate) mod plain;
mod program;
pub(crate) mod reduce;
mod smith;
mod stores;
pub(crate) mod strings;
pub(crate) mod subject;
pub(crate) mod tally;
pub(crate) mod warm;

use case::Case;
use choices::{Choices, bytes_of};
use plain::Plain;
use subject::Subject;
use tally::Tally;

/// Bytes of the cases that come from a seed.
pub(crate) const CASE_BYTES: usize = 6 * 1024;

/// What a case found.
#[derive(Debug)]
pub(crate) struct Mismatch {
    pub what: String,
    /// The module, as it was before any pass.
    pub binary: Vec<u8>,
}

/// The module of a case; none if its bytes do not suffice for one.
pub(crate) fn module(case: &[u8]) -> Option<Vec<u8>> {
    let mut choices = Choices::new(case.get(8..)?);
    match choices.one_in(2) {
        true => Some(program::module(&mut choices)),
        false => smith::module(choices),
    }
}

/// The case of a seed.
pub(crate) fn case_of(seed: u64) -> Vec<u8> {
    bytes_of(seed, CASE_BYTES)
}

/// Runs one case.
///
/// # Errors
/// The first difference.
pub(crate) fn run<S: Subject>(
    case: &[u8],
    plain: &Plain,
    subject: &S,
    tally: &mut Tally,
) -> Result<(), Mismatch> {
    let Some(binary) = module(case) else {
        tally.no_module += 1;
        return Ok(());
    };
    let what = run_module(case, &binary, plain, subject, tally);
    what.map_err(|what| Mismatch { what, binary })
}

/// Runs a case's calls of some module.
///
/// # Errors
/// The first difference.
pub(crate) fn run_module<S: Subject>(
    case: &[u8],
    binary: &[u8],
    plain: &Plain,
    subject: &S,
    tally: &mut Tally,
) -> Result<(), String> {
    let seed = case.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte));
    let calls = bytes_of(seed, 1024);
    // A case that panics is as much of a finding as one that differs.
    let run = || Case { plain, subject, binary }.run(&mut Choices::new(&calls), tally);
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("panicked: {}", message.unwrap_or_default()))
    })
}
