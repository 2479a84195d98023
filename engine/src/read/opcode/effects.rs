//! What code can change: a set of kinds of state.
//!
//! A set may contain too much, but it must never lack anything that the code can change.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A set of kinds of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
pub struct Effects(u8);

impl Effects {
    /// No state.
    pub const NONE: Self = Self(0);
    /// The contents of a memory.
    pub const MEMORY: Self = Self(1);
    /// The size of a memory or table.
    pub const GROWTH: Self = Self(2);
    /// A global.
    pub const GLOBAL: Self = Self(4);
    /// The contents of a table.
    pub const TABLE: Self = Self(8);
    /// A data or element segment, which is dropped.
    pub const SEGMENT: Self = Self(16);
    /// Objects of the garbage collector, including exceptions.
    pub const HEAP: Self = Self(32);
    /// Every kind of state.
    pub const ALL: Self = Self(63);

    /// Returns whether the two sets have a kind in common.
    pub fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Returns whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl std::ops::BitOr for Effects {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl std::ops::BitOrAssign for Effects {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// Writes a list of what is changed.
impl fmt::Display for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Self::MEMORY, "memory"),
            (Self::GROWTH, "the size of a memory or table"),
            (Self::GLOBAL, "a global"),
            (Self::TABLE, "a table"),
            (Self::SEGMENT, "a segment"),
            (Self::HEAP, "an object"),
        ];
        let mut first = true;
        for (_, name) in names.iter().filter(|(effect, _)| self.intersects(*effect)) {
            write!(f, "{}{name}", if first { "" } else { ", " })?;
            first = false;
        }
        Ok(())
    }
}
