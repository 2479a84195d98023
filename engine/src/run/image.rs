//! The pristine state of a module's memory. Restores it after a call.
//!
//! It must never touch memory that the log does not name.

use crate::compile::instrument::isolate::{
    BLOCK_SHIFT, LOG, LOG_BYTES, MAP, PAGES, SLACK, SPOILED, USED,
};
use crate::error::{Error, Result};
use crate::limits::MemoryBudget;
use std::sync::Arc;

/// Bytes in a block.
const BLOCK: usize = 1 << BLOCK_SHIFT;
/// Bytes that are restored for a block.
const SPAN: usize = BLOCK + SLACK as usize;

/// A memory as it was before the first call. Most of its blocks are zero and take no room.
#[derive(Debug)]
pub(crate) struct Image {
    /// For each block, 0 if it is all zero, otherwise its index in `spans` plus one.
    numbers: Vec<u32>,
    /// Blocks with the bytes that follow them, padded with zeros.
    spans: Vec<[u8; SPAN]>,
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
        let mut spans = Vec::new();
        let mut numbers = Vec::with_capacity(memory.len() / BLOCK);
        for start in (0..memory.len()).step_by(BLOCK) {
            let bytes = &memory[start..memory.len().min(start + SPAN)];
            if is_zero(bytes) {
                numbers.push(0);
                continue;
            }
            let mut span = [0; SPAN];
            span[..bytes.len()].copy_from_slice(bytes);
            spans.try_reserve(1).map_err(|error| Error::Reserve(error.to_string()))?;
            spans.push(span);
            numbers.push(spans.len() as u32);
        }
        spans.shrink_to_fit();
        budget.take(bytes(&numbers, &spans))?;
        Ok(Self { numbers, spans, size: memory.len(), budget: budget.clone() })
    }

    /// Returns the memory that the image takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        bytes(&self.numbers, &self.spans)
    }

    /// Returns the size of the memory of which it is an image, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.size
    }
}

/// Returns whether all bytes are zero. It compares 32 bytes at a time, as most of a memory is zero.
fn is_zero(bytes: &[u8]) -> bool {
    let (chunks, rest) = bytes.as_chunks::<32>();
    chunks.iter().all(|chunk| *chunk == [0; 32]) && rest.iter().all(|byte| *byte == 0)
}

fn bytes(numbers: &[u32], spans: &[[u8; SPAN]]) -> usize {
    size_of_val(numbers) + size_of_val(spans)
}

impl Drop for Image {
    fn drop(&mut self) {
        self.budget.give(self.bytes());
    }
}

/// A flag in the word at [`SPOILED`]: something was changed that cannot be restored.
const IS_SPOILED: u32 = 1;
/// A flag in the word at [`SPOILED`]: the memory has grown.
const HAS_GROWN: u32 = 2;

/// The memory, of one instance, in which instrumented code records changes, by its address. `instrument::isolate` has
/// its layout.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Journal(*mut u8);

impl Journal {
    /// # Safety
    /// `base` must be the address of the memory that the isolate pass added to an instance, and the
    /// instance must outlive every use of the journal.
    pub(crate) unsafe fn new(base: *mut u8) -> Self {
        Self(base)
    }

    /// Returns whether nothing was changed since the last reset. It reads both counters at once.
    #[inline]
    pub(crate) fn is_empty(self) -> bool {
        const { assert!(USED == 0 && SPOILED == 4) };
        // SAFETY: the memory has at least one page and is aligned to it.
        unsafe { self.0.cast::<u64>().read() == 0 }
    }

    /// Returns whether something was changed that cannot be restored, or more than the log holds.
    pub(crate) fn is_spoiled(self) -> bool {
        // SAFETY: as in `is_empty`.
        unsafe {
            self.0.add(SPOILED as usize).cast::<u32>().read() & IS_SPOILED != 0
                || self.0.add(USED as usize).cast::<u32>().read() > LOG_BYTES
        }
    }

    /// Records that the host changed `length` bytes at `address`, all in bounds.
    pub(crate) fn mark(self, address: usize, length: usize) {
        if length == 0 {
            return;
        }
        for block in address / BLOCK..=(address + length - 1) / BLOCK {
            // SAFETY: the map has a byte for each block of the memory; the log is a ring buffer, which the guest's
            // code writes in the same way (`instrument::isolate`).
            unsafe {
                let marked = self.0.add(MAP as usize + block);
                if marked.read() == 0 {
                    marked.write(1);
                    let used = self.0.add(USED as usize).cast::<u32>();
                    let at = used.read() & (LOG_BYTES - 4);
                    self.0.add(LOG as usize + at as usize).cast::<u32>().write(block as u32);
                    used.write(used.read() + 4);
                }
            }
        }
    }

    /// Records a change that cannot be restored.
    pub(crate) fn spoil(self) {
        // SAFETY: as in `is_empty`.
        unsafe { self.0.add(SPOILED as usize).cast::<u32>().write(IS_SPOILED) };
    }

    /// Returns the size of an elastic memory, in pages.
    pub(crate) fn pages(self) -> u32 {
        // SAFETY: as in `is_empty`.
        unsafe { self.0.add(PAGES as usize).cast::<u32>().read() }
    }

    /// Sets the size of an elastic memory, in pages.
    pub(crate) fn set_pages(self, pages: u32) {
        // SAFETY: as in `is_empty`.
        unsafe { self.0.add(PAGES as usize).cast::<u32>().write(pages) };
    }

    /// Returns whether an elastic memory has grown.
    pub(crate) fn has_grown(self) -> bool {
        // SAFETY: as in `is_empty`.
        unsafe { self.0.add(SPOILED as usize).cast::<u32>().read() & HAS_GROWN != 0 }
    }

    /// Records that an elastic memory has grown to `pages` pages.
    pub(crate) fn grow(self, pages: u32) {
        self.set_pages(pages);
        // SAFETY: as in `is_empty`.
        unsafe {
            let state = self.0.add(SPOILED as usize).cast::<u32>();
            state.write(state.read() | HAS_GROWN);
        }
    }

    /// Forgets the recorded changes without undoing them: the present state becomes the pristine state. `size` is
    /// that of the instance's memory.
    pub(crate) fn forget(self, size: usize) {
        // The map is cleared as a whole: the code that ran may have changed more blocks than the log holds.
        // SAFETY: the map has a byte for each block of the memory.
        unsafe {
            let pages = self.pages();
            self.0.write_bytes(0, LOG as usize);
            self.set_pages(pages);
            self.0.add(MAP as usize).write_bytes(0, size.div_ceil(BLOCK));
        }
    }

    /// Restores every block that was changed. Pages by which an elastic memory has grown become zero; the memory does
    /// not become smaller.
    ///
    /// # Safety
    /// `memory` must be the address of the instance's memory, of `size` bytes, which is at least the size of the
    /// image, and nothing else may use the memory now. The journal must not be spoiled.
    pub(crate) unsafe fn restore(self, memory: *mut u8, size: usize, image: &Image) {
        self.drain(|block| {
            let start = block * BLOCK;
            let length = SPAN.min(size.saturating_sub(start));
            let (number, old) = match image.numbers.get(block) {
                Some(number) => (*number, length.min(image.size - start)),
                None => (0, 0),
            };
            // SAFETY: the caller's promise: `start + length` is within the memory.
            unsafe {
                let place = memory.add(start);
                match (number as usize).checked_sub(1) {
                    None => place.write_bytes(0, length),
                    Some(at) => {
                        place.copy_from(image.spans[at].as_ptr(), old);
                        place.add(old).write_bytes(0, length - old);
                    }
                }
            }
        });
    }

    /// Empties log and map, and calls `each` with the number of every marked block. Afterwards `is_empty` is true.
    fn drain(self, mut each: impl FnMut(usize)) {
        // SAFETY: only code of the isolate pass writes here: `used` is within the log, and every entry is the number
        // of a block of the map.
        unsafe {
            let used = self.0.add(USED as usize).cast::<u32>();
            let entries = used.read().min(LOG_BYTES) as usize / size_of::<u32>();
            let log = self.0.add(LOG as usize).cast::<u32>();
            for at in 0..entries {
                let block = log.add(at).read() as usize;
                each(block);
                self.0.add(MAP as usize + block).write(0);
            }
            self.0.cast::<u64>().write(0);
        }
    }
}
