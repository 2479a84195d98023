//! Instrumentation: rewrites a core module so that it is metered, isolated and deterministic.
//!
//! The passes run on one function at a time, in this order: [`nan`], [`divide`], [`isolate`], [`meter`]. None changes
//! the guest's own instructions, so the last one counts only those. Then [`rewrite`] writes the module, with what the
//! passes need besides functions: types, a memory, globals, functions and exports that no instruction of the guest
//! can name.
//!
//! It must never change what a module does, except where the specification leaves that open.

mod divide;
mod effects;
mod function;
pub(crate) mod isolate;
mod live;
mod manifest;
mod meter;
mod nan;
mod operands;
mod profile;
mod purity;
mod rewrite;
mod startup;
mod types;

use crate::error::Result;
pub(crate) use manifest::Manifest;
pub(crate) use profile::FEATURES;
pub use purity::{Purity, purity};

/// Which passes to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Passes {
    /// Whether computed NaNs are made canonical where their bits can be seen.
    pub nan: bool,
    /// Whether the changes of a call are marked, so that they can be restored.
    pub isolate: bool,
    /// Whether fuel is counted and interrupts are served.
    pub meter: bool,
    /// Whether imports are allowed and exports keep their types, for modules that are linked to others.
    pub linkable: bool,
    /// The memory in which functions of ours keep what the guest says. No function of the guest names it. It is not
    /// restored, and a change of it is no change of state.
    pub messages: Option<u32>,
}

impl Passes {
    /// No passes: the module comes back unchanged.
    pub const NONE: Self =
        Self { nan: false, isolate: false, meter: false, linkable: false, messages: None };
    /// The passes that every function gets.
    pub const ALL: Self = Self { nan: true, isolate: true, meter: true, ..Self::NONE };
}

/// The import by which metered code asks for more fuel. It takes the remaining fuel, a negative i64, and returns the
/// fuel that remains afterwards.
pub const REFILL: (&str, &str) = ("plwasm", "refill");

/// The import by which isolated code grows a memory that can be shrunk again. It takes and returns what `memory.grow`
/// does.
pub const GROW: (&str, &str) = ("plwasm", "grow");

/// A rewritten module.
#[derive(Debug)]
pub struct Instrumented {
    /// The binary, ready to be compiled.
    pub binary: Vec<u8>,
    pub(crate) manifest: Manifest,
}

/// Rewrites a core module.
///
/// With `meter`, every function, also under its exported name, takes one more i64: the fuel that it may use before it
/// asks for more. It returns one more i64: the fuel that is left, which is less than 0 if it used more. The module
/// imports [`REFILL`].
///
/// # Errors
/// [`crate::Error::Invalid`] if the module does not validate.
pub fn instrument(binary: &[u8], passes: Passes) -> Result<Instrumented> {
    rewrite::Rewriter::instrument(binary, passes)
}
