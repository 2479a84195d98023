//! Initialization: what runs before any call of a module, and the result of trying it.
//!
//! This must never attribute to a module what may be true only of the process that tried it.

use crate::error::{Error, ErrorData, Result};
use crate::limits::{BACKEND, Limits};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The constructors of static objects. wasm-ld exports them, for whatever loads the module to call (tool-conventions,
/// Linking.md).
pub(crate) const CONSTRUCTORS: &str = "__wasm_call_ctors";

/// The initializer of a reactor (tool-conventions, BasicModuleABI.md).
pub(crate) const INITIALIZE: &str = "_initialize";

/// A part of initialization. The parts run in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Phase {
    /// Globals, tables and active segments, which instantiation itself initializes.
    Instantiation,
    /// The function of the start section.
    Start,
    /// `__wasm_call_ctors`.
    Constructors,
    /// `_initialize`.
    Initialize,
    /// The warm-up call.
    WarmUp,
    /// The warm heap.
    Heap,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Instantiation => "instantiation",
            Self::Start => "start function",
            Self::Constructors => CONSTRUCTORS,
            Self::Initialize => INITIALIZE,
            Self::WarmUp => "warm-up",
            Self::Heap => "warm heap",
        })
    }
}

impl Phase {
    /// Returns a sentence that says when the phase runs.
    pub(crate) fn explained(self) -> &'static str {
        match self {
            Self::Instantiation => "Memories and tables are filled before any call.",
            Self::Start => "The start function runs before any call.",
            Self::Constructors => {
                "__wasm_call_ctors, which constructs static objects, runs before any call."
            }
            Self::Initialize => "_initialize runs before any call.",
            Self::WarmUp => "The warm-up runs before any call.",
            Self::Heap => "The allocator takes the heap before any call.",
        }
    }
}

/// How a warm heap helps the allocator of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Heap {
    /// The bytes by which its memory grows when the heap is warmed.
    pub growth: usize,
}

/// The result of initializing a module once, within some limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// The limits, as in [`Limits`].
    pub(crate) fuel: u64,
    pub(crate) memory: usize,
    /// The fuel used by the end of each phase. For a phase that ran out of fuel, this is more than `fuel`.
    pub(crate) used: Vec<(Phase, u64)>,
    pub(crate) failure: Option<TrialFailure>,
    /// Whether the trial was stopped although it had fuel left.
    pub(crate) is_cut_short: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TrialFailure {
    pub phase: Phase,
    pub error: ErrorData,
    /// Whether more memory might have made it succeed.
    pub lacked_memory: bool,
}

impl Trial {
    /// Returns the error with which every call within these limits fails before it begins, and the phase in which it
    /// does, as far as the trial shows.
    pub fn failure(&self, limits: Limits) -> Option<(Phase, ErrorData)> {
        if let Some((phase, used)) = self.used.iter().find(|(_, used)| *used > limits.fuel) {
            if limits.fuel <= self.fuel || *used < u64::MAX {
                return Some((*phase, (&out_of_fuel(*phase, limits.fuel)).into()));
            }
            // It is unknown whether more fuel than the trial had would be enough.
            let error = || ErrorData {
                message: format!(
                    "{phase} of WebAssembly module failed: it had not ended after {} units of fuel",
                    self.fuel
                ),
                ..ErrorData::from(&out_of_fuel(*phase, self.fuel))
            };
            return self.is_cut_short.then(|| (*phase, error()));
        }
        let TrialFailure { phase, error, lacked_memory } = self.failure.as_ref()?;
        (!lacked_memory || limits.memory <= self.memory).then(|| (*phase, error.clone()))
    }

    /// Returns whether initialization succeeded.
    pub(crate) fn succeeded(&self) -> bool {
        self.failure.is_none() && self.spent() <= self.fuel
    }

    /// Returns the fuel that initialization used.
    pub(crate) fn spent(&self) -> u64 {
        self.used.last().map_or(0, |(_, used)| *used)
    }
}

/// Checks that `fuel` is enough for all phases. `used` has the fuel used by the end of each.
///
/// # Errors
/// [`Error::Initialization`] for the first phase for which it is not enough.
pub(crate) fn affords(used: &[(Phase, u64)], fuel: u64) -> Result<()> {
    match used.iter().find(|(_, used)| *used > fuel) {
        None => Ok(()),
        Some((phase, _)) => Err(out_of_fuel(*phase, fuel)),
    }
}

fn out_of_fuel(phase: Phase, limit: u64) -> Error {
    Error::Initialization { phase, error: Box::new(Error::Fuel { limit }) }
}

/// Returns the error of a phase. An error that means that the host lacks something is not the phase's, and is
/// returned unchanged.
#[cold]
pub(crate) fn failed(phase: Phase, error: Error) -> Error {
    match error {
        Error::Reserve(_) | Error::Internal(_) | Error::Memory { what: BACKEND, .. } => error,
        error => Error::Initialization { phase, error: Box::new(error) },
    }
}
