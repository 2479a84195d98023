//! What the host must know of a rewritten module: the names of our exports, and where its instructions were before.

use crate::compile::offsets::Offsets;
use crate::initialization::Phase;
use crate::read::opcode::Effects;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the host must know of a rewritten module.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The export of our memory, which holds log and map, and its size in bytes.
    pub memory: Option<(String, usize)>,
    /// The export of the memory of what the guest says, if it can say something.
    pub messages: Option<String>,
    /// The export of the guest's memory, if it can be restored.
    pub restored: Option<String>,
    /// Whether that memory grows by [`super::GROW`], so that it can be shrunk again.
    pub elastic: bool,
    /// The export of the first memory, if the module has one of its own.
    pub first: Option<String>,
    /// The exports of the globals that can change, if all of them are numbers.
    pub globals: Option<Vec<String>>,
    /// Our exports that run before any call, in this order. The start function is one of them: it does not run by
    /// itself.
    pub startup: Vec<(Phase, String)>,
    /// The export that saves the globals, for `last` to restore.
    pub snapshot: Option<String>,
    /// For each exported function that changes globals: the export that does the same and then restores them.
    pub last: BTreeMap<String, String>,
    /// For each exported function: what it can change.
    pub effects: BTreeMap<String, Effects>,
    /// The number of functions that are imported before the guest's own.
    pub shift: u32,
    /// The number of the guest's functions.
    pub functions: u32,
    pub offsets: Offsets,
}

impl Manifest {
    /// Returns the guest's index of a function, if it is one of the guest's.
    pub(crate) fn guest_function(&self, number: u32) -> Option<u32> {
        number.checked_sub(self.shift).filter(|guests| *guests < self.functions)
    }
}
