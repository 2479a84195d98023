//! What a state in the code cache is of, the name of its file, and how it is opened, stored and locked.

use super::state::State;
use super::{CodeCache, Lock, mark_used};
use crate::error::Result;
use crate::hash::Hash;
use crate::warm_up::WarmUp;
use std::fs::File;
use std::io;

/// What a state is of: a module, and what is done before its calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateKey {
    /// The hash of the module's code.
    pub module: Hash,
    /// The name of the state.
    pub state: Hash,
}

impl StateKey {
    /// Returns the key of the state of a module with a warm-up.
    pub fn new(module: Hash, warm_up: &WarmUp) -> Self {
        Self { module, state: State::name(module, warm_up) }
    }

    /// Returns the name of the state's file for that build. It has three digits of the state's name, as the name of a
    /// file has no room for more. The file itself has the whole name, so that states are never confused: of two whose
    /// digits are equal, the cache holds the one that was stored last.
    pub(super) fn file(&self, build: &str) -> String {
        format!("{}.{}.{build}", self.module, self.tag())
    }

    fn tag(&self) -> String {
        format!("{TAG}{}", &self.state.to_string()[..DIGITS])
    }
}

/// The letter before the digits of a state's name.
const TAG: char = 'w';
/// The number of digits of a state's name in the name of a file.
const DIGITS: usize = 3;

/// Returns whether a part of a file's name is what [`StateKey::tag`] returns.
pub(super) fn is_tag(part: &str) -> bool {
    part.strip_prefix(TAG).is_some_and(|digits| {
        digits.len() == DIGITS && digits.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
    })
}

impl CodeCache<'_> {
    /// Returns a state, if it is in the cache and intact. Removes it if it is damaged.
    ///
    /// # Errors
    /// [`Error::Reserve`](crate::Error::Reserve) if it cannot be mapped.
    pub fn open_state(&self, key: &StateKey) -> Result<Option<State>> {
        if self.size == 0 {
            return Ok(None);
        }
        let found = self.state(&key.file(self.runtime.build()))?;
        Ok(found.filter(|(_, state)| state.is(key.state)).map(|(file, state)| {
            mark_used(&file);
            state
        }))
    }

    /// Returns the state in a file. Removes the file if it is damaged.
    pub(super) fn state(&self, name: &str) -> Result<Option<(File, State)>> {
        self.read(name, |file| State::read(self.runtime, file, self.poll))
    }

    /// Stores a state, as [`store`](Self::store) stores an artefact.
    pub fn store_state(&self, key: &StateKey, state: &State) {
        self.store_as(&key.file(self.runtime.build()), state.bytes());
    }

    /// Returns the right to make a state, or None while another process has it.
    ///
    /// # Errors
    /// Errors of the file system: then no process can have it.
    pub fn lock_state(&self, key: &StateKey) -> io::Result<Option<Lock>> {
        self.lock_as(&key.file(self.runtime.build()))
    }
}
