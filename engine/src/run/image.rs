//! Images: the contents that a memory has in the pristine state, from which it is restored, and with which a new
//! instance begins.
//!
//! An image must never be changed. Those that lie in a file are shared by all processes.

use crate::compile::bytes::Bytes;
use crate::compile::instrument::isolate::{BLOCK_SHIFT, SLACK};
use crate::compile::pages::{self, PAGE, Run};
use crate::error::{Error, Result};
use crate::limits::MemoryBudget;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

/// Bytes in a block.
pub(crate) const BLOCK: usize = 1 << BLOCK_SHIFT;
/// Bytes that are restored for a block.
pub(crate) const SPAN: usize = BLOCK + SLACK as usize;

/// The blocks in a page.
const BLOCKS: usize = PAGE / BLOCK;

/// The least pages that are mapped into a new instance. Fewer are copied as quickly, and each mapping is one of the
/// 65,530 that a process can have.
const MAPPED: u32 = 16;

/// The contents of a memory. Most of its pages are zero and take no room.
#[derive(Debug)]
pub(crate) struct Image {
    /// For each page up to the last that is not zero: 0 if it is all zero, otherwise its place in the stored pages
    /// plus one.
    numbers: Vec<u32>,
    runs: Vec<Run>,
    /// The bytes in which the stored pages lie, and where.
    bytes: Bytes,
    stored: Range<usize>,
    /// The address of the stored pages.
    base: *const u8,
    /// Bytes in the memory.
    size: usize,
    budget: Arc<MemoryBudget>,
}

impl Image {
    /// Copies the contents of `memory`.
    ///
    /// # Errors
    /// [`crate::Error::Memory`] if the copy does not fit into the backend's memory.
    pub(crate) fn of(memory: &[u8], budget: &Arc<MemoryBudget>) -> Result<Self> {
        let (runs, stored) = pages::of(memory);
        let range = 0..stored.len();
        Self::stored(&runs, Bytes::Owned(Rc::new(stored)), range, memory.len(), budget)
    }

    /// Makes the image of a memory of `size` bytes whose pages are stored in `bytes` at `stored`. The caller has
    /// checked that they fit ([`pages::fit`]).
    ///
    /// # Errors
    /// [`crate::Error::Memory`] if what is not in a file does not fit into the backend's memory.
    pub(crate) fn stored(
        runs: &[Run],
        bytes: Bytes,
        stored: Range<usize>,
        size: usize,
        budget: &Arc<MemoryBudget>,
    ) -> Result<Self> {
        let last = runs.last().map_or(0, |run| (run.first + run.count) as usize);
        let mut numbers = Vec::new();
        numbers.try_reserve_exact(last).map_err(|error| Error::Reserve(error.to_string()))?;
        numbers.resize(last, 0);
        let mut place = 1;
        for run in runs {
            for page in run.first..run.first + run.count {
                numbers[page as usize] = place;
                place += 1;
            }
            // The zeros that end the run.
            place += 1;
        }
        let base = bytes[stored.clone()].as_ptr();
        let runs = runs.to_vec();
        let image = Self { numbers, runs, bytes, stored, base, size, budget: budget.clone() };
        if let Err(error) = budget.take(image.bytes()) {
            // Dropping the image would give back what it does not have.
            std::mem::forget(image);
            return Err(error);
        }
        Ok(image)
    }

    /// Returns how much of the backend's memory the image takes, in bytes. Pages in a file take none.
    pub(crate) fn bytes(&self) -> usize {
        let pages = match self.bytes {
            Bytes::Owned(_) => self.stored.len(),
            Bytes::Mapped(_) => 0,
        };
        size_of_val(&*self.numbers) + pages
    }

    /// Returns the size of the memory of which it is an image, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Returns the contents of a block together with the bytes that follow it: [`SPAN`] bytes, of which those beyond
    /// the end of the memory are zero. Returns `None` if the block lies in a page of zeros.
    #[inline]
    pub(crate) fn span(&self, block: usize) -> Option<&[u8; SPAN]> {
        let place = self.numbers.get(block / BLOCKS)?.checked_sub(1)? as usize;
        // SAFETY: the page is one of those that are stored in `bytes`, which does not change as long as `self` lives. A
        // page of zeros follows each run, so there is a whole span.
        Some(unsafe { &*self.base.add(place * PAGE + block % BLOCKS * BLOCK).cast() })
    }

    /// Writes the contents to a memory that is zero where the image stores no pages.
    ///
    /// # Safety
    /// `memory` must be the address of an instance's memory of at least [`size`](Self::size) bytes, in its own mapping,
    /// and nothing else may use the memory now.
    pub(crate) unsafe fn fill(&self, memory: *mut u8) {
        let stored = &self.bytes[self.stored.clone()];
        let mut place = 0;
        for run in &self.runs {
            let start = run.first as usize * PAGE;
            let length = (run.count as usize * PAGE).min(self.size.next_multiple_of(PAGE) - start);
            let from = &stored[place..place + length];
            // SAFETY: the caller's promise; the run lies within the memory.
            unsafe {
                let to = memory.add(start);
                let is_mapped = matches!(self.bytes, Bytes::Mapped(_)) && run.count >= MAPPED;
                let is_whole = [from.as_ptr() as usize, from.len(), to as usize]
                    .iter()
                    .all(|at| at.is_multiple_of(pages::of_system()));
                if !(is_mapped && is_whole && map_again(from, to)) {
                    to.copy_from_nonoverlapping(from.as_ptr(), length.min(self.size - start));
                }
            }
            place += run.stored();
        }
    }
}

/// Maps the pages of a file that are mapped at `from` once more, at `to`, where they can be written: what is written is
/// the process's own. Returns false if the operating system cannot do that.
///
/// The file itself may be gone, and no descriptor of it is kept open. `MREMAP_DONTUNMAP` moves the pages that are
/// present and leaves the mapping, which then reads the file again (mremap(2)).
///
/// # Safety
/// `from` must lie in a private mapping of a file, and `to` in a mapping that is at least as long and belongs to the
/// caller.
unsafe fn map_again(from: &[u8], to: *mut u8) -> bool {
    let (start, length) = (from.as_ptr().cast_mut(), from.len());
    let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED | libc::MREMAP_DONTUNMAP;
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: the caller's promise. Nothing reads or writes the memory meanwhile.
    unsafe {
        if libc::mremap(start.cast(), length, length, flags, to) == libc::MAP_FAILED {
            return false;
        }
        if libc::mprotect(to.cast(), length, access) != 0 {
            // Memory of zeros again, to which the pages are copied.
            let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
            let zeros = libc::mmap(to.cast(), length, access, kind, -1, 0);
            assert!(zeros != libc::MAP_FAILED, "the operating system took memory away");
            return false;
        }
        true
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        self.budget.give(self.bytes());
    }
}
