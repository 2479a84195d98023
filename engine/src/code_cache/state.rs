//! States: the pristine state of a module with a warm-up, as a file has it.
//!
//! The body of the file is the pages of the memory. A state must never be used for another module or another warm-up:
//! its name tells them apart.

use crate::compile::bytes::Bytes;
use crate::compile::pages::{self, Run};
use crate::compile::runtime::Runtime;
use crate::compile::sealed::{self, Damage};
use crate::error::Result;
use crate::hash::Hash;
use crate::initialization::Phase;
use crate::limits::{Limits, Poll};
use crate::warm_up::WarmUp;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::rc::Rc;

/// A pristine state.
#[derive(Debug)]
pub struct State {
    bytes: Bytes,
    pub(crate) facts: Rc<StateFacts>,
}

/// What is known of a state besides its pages.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StateFacts {
    /// The name of the state.
    pub hash: Hash,
    /// What else it consists of. `None` means that it cannot be kept: making it changed something besides the first
    /// memory and numbers in globals.
    pub kept: Option<Kept>,
}

/// The parts of a state that can be kept.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The pages of the memory that are not zero.
    pub runs: Vec<Run>,
    /// The size of the memory, in bytes.
    pub size: usize,
    /// The values of the globals, in the order of [`Manifest::globals`](crate::compile::instrument::Manifest).
    pub globals: Vec<GlobalBits>,
    /// The fuel that making the state had taken by the end of each phase.
    pub started: Vec<(Phase, u64)>,
    /// The size of all memories and tables, in bytes.
    pub memory: usize,
}

/// The bits of a global.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum GlobalBits {
    I32(i32),
    I64(i64),
    F32(u32),
    F64(u64),
    V128(u128),
}

impl State {
    /// Returns the name of the state of the module with this hash, made with this warm-up.
    pub fn name(module: Hash, warm_up: &WarmUp) -> Hash {
        Hash::of(format!("{module} {warm_up}").as_bytes())
    }

    /// Makes a state of its parts.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal) if the facts cannot be written, which does not happen.
    pub(crate) fn new(build: &str, pages: Vec<u8>, facts: StateFacts) -> Result<Self> {
        let bytes = sealed::seal(build, pages, &facts)?;
        Ok(Self { bytes: Bytes::Owned(Rc::new(bytes)), facts: Rc::new(facts) })
    }

    /// Returns the bytes of the state's file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns all bytes of the file, to be shared with what uses them.
    pub(crate) fn shared(&self) -> &Bytes {
        &self.bytes
    }

    /// Returns whether the state has this name.
    pub(crate) fn is(&self, name: Hash) -> bool {
        self.facts.hash == name
    }

    /// Returns whether the state could be kept.
    pub fn is_kept(&self) -> bool {
        self.facts.kept.is_some()
    }

    /// Returns the state without the values of globals, for a test that must notice.
    #[doc(hidden)]
    #[must_use]
    pub fn without_globals(self) -> Self {
        self.spoiled(|kept| kept.globals.clear())
    }

    /// Returns the state with a memory of zeros, for a test that must notice.
    #[doc(hidden)]
    #[must_use]
    pub fn without_pages(self) -> Self {
        self.spoiled(|kept| kept.runs.clear())
    }

    fn spoiled(self, spoil: impl FnOnce(&mut Kept)) -> Self {
        let mut facts = Rc::into_inner(self.facts);
        if let Some(kept) = facts.as_mut().and_then(|facts| facts.kept.as_mut()) {
            spoil(kept);
        }
        let none = StateFacts { hash: Hash::of(&[]), kept: None };
        Self { bytes: self.bytes, facts: Rc::new(facts.unwrap_or(none)) }
    }

    /// Checks a file and maps it. `poll` is asked now and then whether to stop.
    ///
    /// # Errors
    /// [`Damage`] if the file cannot be used.
    pub fn read(runtime: &Runtime, file: &File, poll: Poll) -> std::result::Result<Self, Damage> {
        let (bytes, body, facts): (_, _, StateFacts) = sealed::open(runtime.build(), file, poll)?;
        match &facts.kept {
            Some(kept) if !pages::fit(&kept.runs, kept.size, body) => Err(Damage::Body),
            _ => Ok(Self { bytes, facts: Rc::new(facts) }),
        }
    }
}

impl Kept {
    /// Returns whether an instance within these limits would have this state if it made the state itself.
    pub(crate) fn fits(&self, limits: Limits) -> bool {
        self.memory <= limits.memory && self.started.iter().all(|(_, used)| *used <= limits.fuel)
    }
}
