//! Sealed files: a body and facts about it, the build that made them, and a checksum.
//!
//! ```text
//! body | facts | build | lengths of body and facts | checksum
//! ```
//! They must never be read from a place where an SQL user can write.

use crate::compile::bytes::Bytes;
use crate::error::{Error, Result};
use crate::limits::Poll;
use memmap2::{Advice, MmapOptions, UncheckedAdvice};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io;
use std::rc::Rc;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// How many bytes of a file are checked at once. Files are checked where they are mapped: the first call of a function
/// with 14 MB of code and state takes 4.8 ms, and 6.2 ms if the files are read (`bench/warm`, `rank`).
const PART: usize = 256 * 1024;

/// The length of the build's name, in bytes.
const BUILD: usize = 16;
/// The length of the checksum, in bytes.
const CHECKSUM: usize = 16;
/// The length of the footer, in bytes: the build, two lengths, the checksum.
const FOOTER: usize = BUILD + 8 + 8 + CHECKSUM;

/// Why a file cannot be used.
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
    /// The facts that follow the body cannot be read.
    #[error("it is malformed: {0}")]
    Facts(#[from] postcard::Error),
    /// The facts do not describe the body.
    #[error("it is malformed")]
    Body,
}

/// Adds to a body what makes it a sealed file.
///
/// # Errors
/// [`Error::Internal`] if the facts cannot be written, which does not happen.
pub(crate) fn seal(build: &str, body: Vec<u8>, facts: &impl Serialize) -> Result<Vec<u8>> {
    let length = body.len();
    let mut bytes =
        postcard::to_extend(facts, body).map_err(|error| Error::Internal(error.to_string()))?;
    let facts_length = bytes.len() - length;
    bytes.extend(build.as_bytes());
    bytes.extend((length as u64).to_le_bytes());
    bytes.extend((facts_length as u64).to_le_bytes());
    bytes.extend(xxh3_128(&bytes).to_le_bytes());
    Ok(bytes)
}

/// Checks a file and maps it. Returns its bytes, how many of them are the body, and the facts. `poll` is asked now and
/// then whether to stop.
///
/// # Errors
/// [`Damage`] if the file cannot be used.
pub(crate) fn open<F: DeserializeOwned>(
    build: &str,
    file: &File,
    poll: Poll,
) -> std::result::Result<(Bytes, usize, F), Damage> {
    let length = file.metadata()?.len();
    if length < FOOTER as u64 {
        return Err(Damage::Length(length));
    }
    // SAFETY: our files are never changed, only removed, which does not affect a mapping.
    let map = unsafe { MmapOptions::new().map_copy_read_only(file) }.map_err(Damage::Map)?;
    let Some((checked, found)) = map.split_last_chunk() else {
        return Err(Damage::Length(length));
    };
    let mut checksum = Xxh3::new();
    for (number, part) in checked.chunks(PART).enumerate() {
        if poll() {
            return Err(Damage::Interrupted);
        }
        // Otherwise each 16 pages take a page fault. Older kernels do not know the advice.
        let _ = map.advise_range(Advice::PopulateRead, number * PART, part.len());
        checksum.update(part);
    }
    if u128::from_le_bytes(*found) != checksum.digest128() {
        return Err(Damage::Checksum);
    }
    // What was read need not stay resident in this process.
    // SAFETY: these are pages of a file that is not changed, which are read again when they are needed.
    let _ = unsafe { map.unchecked_advise(UncheckedAdvice::DontNeed) };
    let (body, facts) = facts(build, &map)?;
    Ok((Bytes::Mapped(Rc::new(map)), body, facts))
}

/// Does the same as [`open`] for the bytes of a file in memory.
///
/// # Errors
/// The same as those of [`open`].
pub(crate) fn open_bytes<F: DeserializeOwned>(
    build: &str,
    bytes: Vec<u8>,
) -> std::result::Result<(Bytes, usize, F), Damage> {
    let Some((checked, found)) = bytes.split_last_chunk().filter(|_| bytes.len() >= FOOTER) else {
        return Err(Damage::Length(bytes.len() as u64));
    };
    if u128::from_le_bytes(*found) != xxh3_128(checked) {
        return Err(Damage::Checksum);
    }
    let (body, facts) = facts(build, &bytes)?;
    Ok((Bytes::Owned(Rc::new(bytes)), body, facts))
}

/// Returns the length of the body, and the facts.
fn facts<F: DeserializeOwned>(
    build: &str,
    bytes: &[u8],
) -> std::result::Result<(usize, F), Damage> {
    let (rest, footer) = bytes.split_at(bytes.len() - FOOTER);
    if &footer[..BUILD] != build.as_bytes() {
        return Err(Damage::Build);
    }
    let number = |at: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&footer[at..at + 8]);
        u64::from_le_bytes(bytes) as usize
    };
    let (body, facts) = (number(BUILD), number(BUILD + 8));
    if body.checked_add(facts) != Some(rest.len()) {
        return Err(Damage::Length(bytes.len() as u64));
    }
    Ok((body, postcard::from_bytes(&rest[body..])?))
}
