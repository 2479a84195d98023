//! Bytes that are in memory or in a mapped file.

use memmap2::Mmap;
use std::ops::Deref;
use std::rc::Rc;

/// The bytes of a file of the code cache.
#[derive(Debug, Clone)]
pub(crate) enum Bytes {
    /// In memory.
    Owned(Rc<Vec<u8>>),
    /// A mapping, whose pages are shared by all processes that map the file.
    Mapped(Rc<Mmap>),
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Owned(bytes) => bytes,
            Self::Mapped(map) => map,
        }
    }
}
