//! What the host has to know of a rewritten module: the names of our exports in it, and where what is
//! in it was before.

use super::effects::Effects;
use crate::component::OURS;
use std::collections::HashMap;

/// The host's side of a rewritten module.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    /// The memory with log and map, and its size in bytes.
    pub memory: Option<(String, usize)>,
    /// The guest's memory, where it can be put back.
    pub restored: Option<String>,
    /// Whether that memory is asked to grow by [`super::GROW`], so that it can be shrunk again.
    pub elastic: bool,
    /// The start function, which is not run by itself.
    pub start: Option<String>,
    /// Remembers the globals as they are, for `last` to restore.
    pub snapshot: Option<String>,
    /// By exported function that changes globals: the export that does the same and then restores them.
    pub last: HashMap<String, String>,
    /// By exported function: what it can change.
    pub effects: HashMap<String, Effects>,
    /// How many functions are imported before the guest's own.
    pub shift: u32,
    /// How many functions the guest has.
    pub functions: u32,
    pub offsets: Offsets,
}

impl Manifest {
    /// The guest's number for a function, if it is one of the guest's.
    pub fn guest_function(&self, number: u32) -> Option<u32> {
        number.checked_sub(self.shift).filter(|guests| *guests < self.functions)
    }
}

/// Where instructions that can trap or call were in the guest's binary.
#[derive(Debug, Default)]
pub(crate) struct Offsets(Vec<(u32, u32)>);

impl Offsets {
    /// Pairs of now and before, ascending.
    pub fn new(pairs: Vec<(u32, u32)>) -> Self {
        Self(pairs)
    }

    /// What was at or just before an offset.
    pub fn before(&self, now: usize) -> Option<usize> {
        let at = self.0.partition_point(|(place, _)| *place as usize <= now).checked_sub(1)?;
        match self.0[at].1 {
            OURS => None,
            was => Some(was as usize),
        }
    }

    /// Has pairs of now and before, ascending, as to where the binary came from that was rewritten.
    pub fn go_through(&mut self, places: &[(u32, u32)]) {
        for (_, was) in &mut self.0 {
            *was = match places.binary_search_by_key(was, |(now, _)| *now) {
                Ok(at) => places[at].1,
                Err(_) => OURS,
            };
        }
    }

    /// What it costs to keep, in bytes.
    pub fn bytes(&self) -> usize {
        self.0.len() * size_of::<(u32, u32)>()
    }
}
