//! The journal: the record, in an instance's own memory, of what calls have changed.
//!
//! It must never touch memory that the log does not name.

use crate::compile::instrument::isolate::{LOG, LOG_BYTES, MAP, PAGES, SPOILED, USED};
use crate::run::ground::Ground;
use crate::run::image::{BLOCK, Image, SPAN};

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
            self.mark_block(block);
        }
    }

    /// Records that the host changed a block, which must be one of the memory.
    #[inline]
    pub(crate) fn mark_block(self, block: usize) {
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

    /// Returns whether something was changed besides the memory, or another memory than the first.
    pub(crate) fn has_lost_track(self) -> bool {
        // SAFETY: as in `is_empty`.
        unsafe { self.0.add(SPOILED as usize).cast::<u32>().read() & IS_SPOILED != 0 }
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

    /// Restores every block that was changed, to what it is in the pristine state or in `ground`. Pages by which an elastic
    /// memory has grown become zero; the memory does not become smaller.
    ///
    /// # Safety
    /// `memory` must be the address of the instance's memory, of `size` bytes, which is at least the size of the
    /// image, and nothing else may use the memory now. The journal must not have lost track.
    pub(crate) unsafe fn restore(
        self,
        memory: *mut u8,
        size: usize,
        image: &Image,
        mut ground: Option<&mut Ground>,
    ) {
        self.drain(size, |block| {
            let start = block * BLOCK;
            let length = SPAN.min(size.saturating_sub(start));
            // SAFETY: the caller's promise: `start + length` is within the memory.
            unsafe {
                let place = memory.add(start);
                match (&mut ground, image.span(block)) {
                    (Some(ground), _) => {
                        ground.restore(block, image, std::slice::from_raw_parts_mut(place, length));
                    }
                    (None, None) => place.write_bytes(0, length),
                    (None, Some(span)) => place.copy_from_nonoverlapping(span.as_ptr(), length),
                }
            }
        });
    }

    /// Empties log and map, so that what has changed is no longer recorded. `size` is that of the memory.
    pub(crate) fn clear(self, size: usize) {
        self.drain(size, |_| {});
    }

    /// Adds to `blocks` the numbers of all marked blocks of a memory of `size` bytes, in ascending order.
    pub(crate) fn marked(self, size: usize, blocks: &mut Vec<u32>) {
        self.for_each(size, |block| blocks.push(block as u32));
        blocks.sort_unstable();
    }

    /// Empties log and map, and calls `each` with the number of every marked block. Afterwards `is_empty` is true.
    #[inline]
    fn drain(self, size: usize, mut each: impl FnMut(usize)) {
        self.for_each(size, |block| {
            each(block);
            // SAFETY: the map has a byte for each block of the memory.
            unsafe { self.0.add(MAP as usize + block).write(0) };
        });
        // SAFETY: as in `is_empty`.
        unsafe { self.0.cast::<u64>().write(0) };
    }

    /// Calls `each` with the number of every marked block of a memory of `size` bytes.
    #[inline]
    fn for_each(self, size: usize, mut each: impl FnMut(usize)) {
        // SAFETY: only code of the isolate pass writes here: `used` is within the log unless the log has overflowed, and
        // every entry is the number of a block of the map.
        unsafe {
            let used = self.0.add(USED as usize).cast::<u32>().read();
            if used > LOG_BYTES {
                let blocks = size.div_ceil(BLOCK);
                let map = std::slice::from_raw_parts(self.0.add(MAP as usize), blocks);
                (0..blocks).filter(|block| map[*block] != 0).for_each(each);
                return;
            }
            let log = self.0.add(LOG as usize).cast::<u32>();
            for at in 0..used as usize / size_of::<u32>() {
                each(log.add(at).read() as usize);
            }
        }
    }
}
