//! The pristine state of a module's memory, and putting it back.
//!
//! It must never touch memory that the log does not name.

use crate::error::{Error, Result};
use crate::instrument::isolate::{BLOCK_SHIFT, LOG, LOG_BYTES, MAP, PAGES, SLACK, SPOILED, USED};
use crate::limits::MemoryBudget;
use std::sync::Arc;

/// Bytes of a block.
const BLOCK: usize = 1 << BLOCK_SHIFT;
/// Bytes that are put back for a block.
const SPAN: usize = BLOCK + SLACK as usize;

/// A memory as it was before the first call. Most blocks are zero and take no room.
#[derive(Debug)]
pub(crate) struct Image {
    /// By block: 0 for one that is all zero, else one more than its number in `spans`.
    numbers: Vec<u32>,
    /// Blocks with what follows them, padded with zeros.
    spans: Vec<[u8; SPAN]>,
    /// Bytes of the memory.
    size: usize,
    budget: Arc<MemoryBudget>,
}

impl Image {
    /// Keeps what is in `memory`.
    ///
    /// # Errors
    /// [`crate::Error::Memory`] if it does not fit into the backend's memory.
    pub fn of(memory: &[u8], budget: &Arc<MemoryBudget>) -> Result<Self> {
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

    /// What it takes itself, in bytes.
    pub fn bytes(&self) -> usize {
        bytes(&self.numbers, &self.spans)
    }

    /// The size of the memory that it is of, in bytes.
    pub fn size(&self) -> usize {
        self.size
    }
}

/// 32 bytes at a time: most of a memory is.
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

/// Of the word at [`SPOILED`]: what was changed cannot be put back.
const IS_SPOILED: u32 = 1;
/// The memory has grown.
const HAS_GROWN: u32 = 2;

/// Our memory of one instance (`instrument::isolate` has its layout), by address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Journal(*mut u8);

impl Journal {
    /// # Safety
    /// `base` must be the address of the memory that the isolate pass added to an instance, and the
    /// instance must outlive every use of the journal.
    pub unsafe fn new(base: *mut u8) -> Self {
        Self(base)
    }

    /// Whether nothing was changed since the last reset: both counters in one look.
    #[inline]
    pub fn is_empty(self) -> bool {
        const { assert!(USED == 0 && SPOILED == 4) };
        // SAFETY: the memory has at least one page and is aligned to it.
        unsafe { self.0.cast::<u64>().read() == 0 }
    }

    /// Whether something was changed that cannot be put back, or more than the log holds.
    pub fn is_spoiled(self) -> bool {
        // SAFETY: as in `is_empty`.
        unsafe {
            self.0.add(SPOILED as usize).cast::<u32>().read() & IS_SPOILED != 0
                || self.0.add(USED as usize).cast::<u32>().read() > LOG_BYTES
        }
    }

    /// Notes a change of ours, not of the guest's: `length` bytes at `address`, all in bounds.
    pub fn mark(self, address: usize, length: usize) {
        if length == 0 {
            return;
        }
        for block in address / BLOCK..=(address + length - 1) / BLOCK {
            // SAFETY: the map has a byte for each block of the memory; the log is written round and round,
            // as by the guest (`instrument::isolate`).
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

    /// Notes a change that cannot be put back.
    pub fn spoil(self) {
        // SAFETY: as in `is_empty`.
        unsafe { self.0.add(SPOILED as usize).cast::<u32>().write(IS_SPOILED) };
    }

    /// The size of an elastic memory, in pages.
    pub fn pages(self) -> u32 {
        // SAFETY: as in `is_empty`.
        unsafe { self.0.add(PAGES as usize).cast::<u32>().read() }
    }

    /// Sets the size of an elastic memory, in pages.
    pub fn set_pages(self, pages: u32) {
        // SAFETY: as in `is_empty`.
        unsafe { self.0.add(PAGES as usize).cast::<u32>().write(pages) };
    }

    /// Whether an elastic memory has grown.
    pub fn has_grown(self) -> bool {
        // SAFETY: as in `is_empty`.
        unsafe { self.0.add(SPOILED as usize).cast::<u32>().read() & HAS_GROWN != 0 }
    }

    /// Notes that an elastic memory has grown to so many pages.
    pub fn grow(self, pages: u32) {
        self.set_pages(pages);
        // SAFETY: as in `is_empty`.
        unsafe {
            let state = self.0.add(SPOILED as usize).cast::<u32>();
            state.write(state.read() | HAS_GROWN);
        }
    }

    /// Forgets what was changed, leaving it so: what is there now is the pristine state. `size` is that
    /// of the instance's memory.
    pub fn forget(self, size: usize) {
        // Not by the log: what ran may have been more than a log's worth.
        // SAFETY: the map has a byte for each block of the memory.
        unsafe {
            let pages = self.pages();
            self.0.write_bytes(0, LOG as usize);
            self.set_pages(pages);
            self.0.add(MAP as usize).write_bytes(0, size.div_ceil(BLOCK));
        }
    }

    /// Puts every block back that was changed. What an elastic memory has grown by is zero then; it is not
    /// smaller.
    ///
    /// # Safety
    /// `memory` must be the address of the instance's memory, of `size` bytes, at least those of the image,
    /// and nothing else may use it now. The journal must not be spoiled.
    pub unsafe fn restore(self, memory: *mut u8, size: usize, image: &Image) {
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

    /// Empties log and map, calling `each` with the number of every marked block; nothing is changed then, as
    /// `is_empty` says.
    fn drain(self, mut each: impl FnMut(usize)) {
        // SAFETY: only the code of the isolate pass writes here: `used` is within the log, and every
        // entry is a block of the map.
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
