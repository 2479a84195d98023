//! Artefacts: the output of compilation, in memory and as a file.
//!
//! The body of the file is the pages of the module's initial memory, if it has much of that ([`super::data`]), then
//! wasmtime's ELF, and then the table of source lines ([`super::lines`]). An artefact must never be read from a place where an
//! SQL user can write.

use crate::compile::bytes::Bytes;
use crate::compile::code::Code;
use crate::compile::facts::Facts;
use crate::compile::pages;
use crate::compile::runtime::Runtime;
use crate::compile::sealed::{self, Damage};
use crate::error::Result;
use crate::hash::Hash;
use crate::initialization::{Heap, Trial};
use crate::limits::{Isolation, Poll};
use std::fs::File;
use std::ops::Range;
use std::rc::Rc;

/// Compiled code that is not loaded yet.
#[derive(Debug)]
pub struct Artefact {
    bytes: Bytes,
    /// How many of the bytes are the body.
    body: usize,
    pub(crate) facts: Rc<Facts>,
}

/// The bytes of the artefact's file.
impl AsRef<[u8]> for Artefact {
    fn as_ref(&self) -> &[u8] {
        self.bytes()
    }
}

impl Artefact {
    /// Returns whether stubs take the place of the code's imports.
    pub fn is_supplied(&self) -> bool {
        self.facts.is_supplied
    }

    /// Returns whether the artefact was compiled from the code with this hash, for this isolation.
    pub(crate) fn is_of(&self, hash: Hash, isolation: Isolation) -> bool {
        self.facts.hash == hash && self.facts.is_isolated == (isolation == Isolation::Call)
    }

    /// Makes an artefact of its parts: the pages of the initial memory, what wasmtime serialized, the table of source
    /// lines, and the facts.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal) if the facts cannot be written, which does not happen.
    pub(crate) fn new(
        build: &str,
        pages: Vec<u8>,
        code: &[u8],
        lines: &[u8],
        facts: Facts,
    ) -> Result<Self> {
        let mut body = pages;
        body.extend(code);
        body.extend(lines);
        Self::sealed(build, body, Facts { lines: lines.len(), ..facts })
    }

    fn sealed(build: &str, body: Vec<u8>, facts: Facts) -> Result<Self> {
        let length = body.len();
        let bytes = sealed::seal(build, body, &facts)?;
        Ok(Self { bytes: Bytes::Owned(Rc::new(bytes)), body: length, facts: Rc::new(facts) })
    }

    /// Adds the result of a trial to its facts, and how a warm heap helps.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal) if the facts cannot be written, which does not happen.
    pub(crate) fn with_trial(self, build: &str, trial: Trial, heap: Option<Heap>) -> Result<Self> {
        let (Bytes::Owned(bytes), Ok(facts)) = (self.bytes, Rc::try_unwrap(self.facts)) else {
            return Err(crate::Error::Internal("an artefact that something still uses".into()));
        };
        let mut body = Rc::unwrap_or_clone(bytes);
        body.truncate(self.body);
        Self::sealed(build, body, Facts { trial: Some(trial), heap, ..facts })
    }

    /// Returns the bytes of the artefact's file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the code in the file.
    pub(crate) fn code(&self) -> Code<'_> {
        Code { bytes: &self.bytes, range: self.pages().end..self.lines().start }
    }

    /// Returns where in the file the pages of the initial memory are.
    pub(crate) fn pages(&self) -> Range<usize> {
        let stored = self.facts.data.as_ref();
        0..stored.map_or(0, |data| pages::stored(&data.runs))
    }

    /// Returns where in the file the table of source lines is.
    pub(crate) fn lines(&self) -> Range<usize> {
        self.body - self.facts.lines..self.body
    }

    /// Returns all bytes of the file, to be shared with what is loaded from it.
    pub(crate) fn shared(&self) -> &Bytes {
        &self.bytes
    }

    /// Checks a file and maps it. `poll` is asked now and then whether to stop.
    ///
    /// # Errors
    /// [`Damage`] if the file cannot be used.
    pub fn read(runtime: &Runtime, file: &File, poll: Poll) -> std::result::Result<Self, Damage> {
        Self::of(sealed::open(runtime.build(), file, poll)?)
    }

    /// Does the same as [`read`](Self::read) for the bytes of a file in memory.
    ///
    /// # Errors
    /// The same as those of [`read`](Self::read).
    pub fn from_bytes(runtime: &Runtime, bytes: Vec<u8>) -> std::result::Result<Self, Damage> {
        Self::of(sealed::open_bytes(runtime.build(), bytes)?)
    }

    fn of((bytes, body, facts): (Bytes, usize, Facts)) -> std::result::Result<Self, Damage> {
        let Some(rest) = body.checked_sub(facts.lines) else { return Err(Damage::Body) };
        if let Some(data) = &facts.data {
            let stored = pages::stored(&data.runs);
            if stored > rest || !pages::fit(&data.runs, data.size, stored) {
                return Err(Damage::Body);
            }
        }
        Ok(Self { bytes, body, facts: Rc::new(facts) })
    }
}
