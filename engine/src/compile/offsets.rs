//! Where instructions of a rewritten module were in the original, for backtraces.

use serde::{Deserialize, Serialize};

/// The place of an instruction that we added: it is nowhere in the user's binary.
pub(crate) const OURS: u32 = u32::MAX;

/// A table of where instructions that can trap or call were in the guest's binary.
///
/// It consists of pairs of the offset now and the offset before, ascending. They are kept as the bytes that postcard
/// makes of their differences, because a large component has a million of them.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Offsets(#[serde(with = "serde_bytes")] Vec<u8>);

impl Offsets {
    /// Makes a table of pairs of the offset now and the offset before, ascending.
    pub(crate) fn new(pairs: &[(u32, u32)]) -> Self {
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

    /// Returns, for each of the offsets, where the instruction was that is at it or just before it.
    pub(crate) fn before(
        &self,
        offsets: impl Iterator<Item = Option<usize>>,
    ) -> Vec<Option<usize>> {
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

    /// Extends the table back through an earlier change. `places` are pairs of where instructions were after that
    /// change and before it, ascending.
    pub(crate) fn go_through(&mut self, places: &[(u32, u32)]) {
        let mut pairs = self.pairs();
        for (_, was) in &mut pairs {
            *was = match places.binary_search_by_key(was, |(now, _)| *now) {
                Ok(at) => places[at].1,
                Err(_) => OURS,
            };
        }
        *self = Self::new(&pairs);
    }

    /// Returns the memory that it takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.0.len()
    }
}
