//! What the host has to know of a rewritten module: the names of our exports in it, and where what is
//! in it was before.

use super::effects::Effects;
use crate::component::OURS;
use crate::initialization::Phase;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The host's side of a rewritten module.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The memory with log and map, and its size in bytes.
    pub memory: Option<(String, usize)>,
    /// The guest's memory, where it can be put back.
    pub restored: Option<String>,
    /// Whether that memory is asked to grow by [`super::GROW`], so that it can be shrunk again.
    pub elastic: bool,
    /// What is to be run before any call, in that order, by our or the guest's exports. The start function is one of
    /// them: it is not run by itself.
    pub startup: Vec<(Phase, String)>,
    /// Remembers the globals as they are, for `last` to restore.
    pub snapshot: Option<String>,
    /// By exported function that changes globals: the export that does the same and then restores them.
    pub last: BTreeMap<String, String>,
    /// By exported function: what it can change.
    pub effects: BTreeMap<String, Effects>,
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
///
/// Pairs of now and before, ascending, kept as the bytes that postcard makes of their differences: of a large
/// component there are a million.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Offsets(#[serde(with = "serde_bytes")] Vec<u8>);

impl Offsets {
    /// Pairs of now and before, ascending.
    pub fn new(pairs: &[(u32, u32)]) -> Self {
        let mut last = (0, 0);
        let differences: Vec<(u32, i32)> = pairs
            .iter()
            .map(|(now, was)| {
                let (by, from) = (now.wrapping_sub(last.0), was.wrapping_sub(last.1));
                last = (*now, *was);
                (by, from.cast_signed())
            })
            .collect();
        Self(postcard::to_stdvec(&differences).unwrap_or_default())
    }

    fn pairs(&self) -> Vec<(u32, u32)> {
        let differences: Vec<(u32, i32)> = postcard::from_bytes(&self.0).unwrap_or_default();
        let mut last = (0u32, 0u32);
        let add = |(by, from): (u32, i32)| {
            last = (last.0.wrapping_add(by), last.1.wrapping_add_signed(from));
            last
        };
        differences.into_iter().map(add).collect()
    }

    /// What was at or just before each of some offsets.
    pub fn before(&self, offsets: impl Iterator<Item = Option<usize>>) -> Vec<Option<usize>> {
        let pairs = self.pairs();
        let before = |now: usize| {
            let at = pairs.partition_point(|(place, _)| *place as usize <= now).checked_sub(1)?;
            match pairs[at].1 {
                OURS => None,
                was => Some(was as usize),
            }
        };
        offsets.map(|now| now.and_then(before)).collect()
    }

    /// Has pairs of now and before, ascending, as to where the binary came from that was rewritten.
    pub fn go_through(&mut self, places: &[(u32, u32)]) {
        let mut pairs = self.pairs();
        for (_, was) in &mut pairs {
            *was = match places.binary_search_by_key(was, |(now, _)| *now) {
                Ok(at) => places[at].1,
                Err(_) => OURS,
            };
        }
        *self = Self::new(&pairs);
    }

    /// What it costs to keep, in bytes.
    pub fn bytes(&self) -> usize {
        self.0.len()
    }
}
