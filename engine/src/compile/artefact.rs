//! Artefacts: the output of compilation, in memory and as a file.
//!
//! ```text
//! wasmtime's ELF | facts | build | lengths of both | checksum
//! ```
//! It must never be read from a place where an SQL user can write.

use crate::compile::code::Code;
use crate::compile::facts::Facts;
use crate::compile::runtime::Runtime;
use crate::error::{Error, Result};
use crate::hash::Hash;
use crate::initialization::{Heap, Trial};
use crate::limits::Isolation;
use crate::limits::Poll;
use memmap2::MmapOptions;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::rc::Rc;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// Compiled code that is not loaded yet.
#[derive(Debug)]
pub struct Artefact {
    pub(crate) code: Code,
    pub(crate) facts: Rc<Facts>,
}

/// The bytes of the artefact's file.
impl AsRef<[u8]> for Artefact {
    fn as_ref(&self) -> &[u8] {
        self.bytes()
    }
}

/// How many bytes of a file are read at once.
const PART: u64 = 256 * 1024;

/// The length of the build's name, in bytes.
const BUILD: usize = 16;
/// The length of the footer, in bytes: the build, two lengths, the checksum.
const FOOTER: usize = BUILD + 8 + 8 + 16;

/// Why a file is not an artefact that can be used.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// The file cannot be mapped into memory.
    #[error("it cannot be mapped: {0}")]
    Map(io::Error),
    /// The file is too short or too long; its length in bytes.
    #[error("it is {0} bytes long")]
    Length(u64),
    /// The checksum does not match the contents.
    #[error("its checksum does not match")]
    Checksum,
    /// Another version made it, or it is for another machine.
    #[error("it was made by another version or for another machine")]
    Build,
    /// Reading was interrupted.
    #[error("reading it was interrupted")]
    Interrupted,
    /// The facts that follow the code cannot be read.
    #[error("it is malformed: {0}")]
    Facts(#[from] postcard::Error),
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

    /// Makes an artefact of its parts.
    ///
    /// # Errors
    /// [`Error::Internal`] if the facts cannot be written, which does not happen.
    pub(crate) fn new(build: &str, code: Vec<u8>, facts: Facts) -> Result<Self> {
        let length = code.len();
        let mut bytes = postcard::to_extend(&facts, code)
            .map_err(|error| Error::Internal(error.to_string()))?;
        let facts_length = bytes.len() - length;
        bytes.extend(build.as_bytes());
        bytes.extend((length as u64).to_le_bytes());
        bytes.extend((facts_length as u64).to_le_bytes());
        bytes.extend(xxh3_128(&bytes).to_le_bytes());
        Ok(Self { code: Code::Owned(bytes, length), facts: Rc::new(facts) })
    }

    /// Adds the result of a trial to its facts, and how a warm heap helps.
    ///
    /// # Errors
    /// [`Error::Internal`] if the facts cannot be written, which does not happen.
    pub(crate) fn with_trial(self, build: &str, trial: Trial, heap: Option<Heap>) -> Result<Self> {
        let Code::Owned(mut code, length) = self.code else { return Ok(self) };
        code.truncate(length);
        let facts = Rc::try_unwrap(self.facts)
            .map_err(|_| Error::Internal("facts that something still uses".into()))?;
        Self::new(build, code, Facts { trial: Some(trial), heap, ..facts })
    }

    /// Returns the bytes of the artefact's file.
    pub fn bytes(&self) -> &[u8] {
        self.code.file()
    }

    /// Checks a file and maps it. `poll` is asked now and then whether to stop.
    ///
    /// # Errors
    /// [`Damage`] if the file cannot be used.
    pub fn read(runtime: &Runtime, file: &File, poll: Poll) -> std::result::Result<Self, Damage> {
        let (mut file, length) = (file, file.metadata()?.len());
        let Some(checked) = length.checked_sub(16).filter(|_| length >= FOOTER as u64) else {
            return Err(Damage::Length(length));
        };
        // The file is read, not mapped: reading a mapping would make all of it resident in this process.
        let mut checksum = Xxh3::new();
        let mut buffer = vec![0; checked.min(PART) as usize];
        file.rewind()?;
        let mut left = checked;
        while left > 0 {
            if poll() {
                return Err(Damage::Interrupted);
            }
            let part = &mut buffer[..left.min(PART) as usize];
            file.read_exact(part)?;
            checksum.update(part);
            left -= part.len() as u64;
        }
        let mut found = [0; 16];
        file.read_exact(&mut found)?;
        if u128::from_le_bytes(found) != checksum.digest128() {
            return Err(Damage::Checksum);
        }
        // SAFETY: our files are never changed, only removed, which does not affect a mapping.
        let map = unsafe { MmapOptions::new().map_copy_read_only(file) }.map_err(Damage::Map)?;
        let (body, footer) = map.split_at(map.len() - FOOTER);
        if &footer[..BUILD] != runtime.build().as_bytes() {
            return Err(Damage::Build);
        }
        let number = |at: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&footer[at..at + 8]);
            u64::from_le_bytes(bytes) as usize
        };
        let (code, facts) = (number(BUILD), number(BUILD + 8));
        if code.checked_add(facts) != Some(body.len()) {
            return Err(Damage::Length(length));
        }
        let facts = Rc::new(postcard::from_bytes(&body[code..])?);
        Ok(Self { code: Code::Mapped(Rc::new(map), code), facts })
    }
}
