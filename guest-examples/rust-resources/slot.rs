//! The allocator of aggregates that take a text a step: as usual, but a short text has a place of its own, which costs nothing
//! to take and to leave.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;

const SIZE: usize = 128;

#[repr(C, align(8))]
struct Slot {
    bytes: UnsafeCell<[u8; SIZE]>,
    taken: UnsafeCell<bool>,
}

// SAFETY: a module has one thread.
unsafe impl Sync for Slot {}

#[global_allocator]
static SLOT: Slot = Slot { bytes: UnsafeCell::new([0; SIZE]), taken: UnsafeCell::new(false) };

impl Slot {
    fn holds(&self, block: *mut u8) -> bool {
        block == self.bytes.get().cast()
    }
}

// SAFETY: the place is given out only while it is not taken, and all else is from `System`. A module has one thread.
unsafe impl GlobalAlloc for Slot {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above; the caller's promises are `System`'s conditions.
        unsafe {
            if layout.size() > SIZE || layout.align() > 1 || *self.taken.get() {
                return System.alloc(layout);
            }
            *self.taken.get() = true;
        }
        self.bytes.get().cast()
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe {
            if self.holds(block) {
                *self.taken.get() = false;
            } else {
                System.dealloc(block, layout);
            }
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above. What leaves the place is not longer than what comes from `System`, as the place stays as it is
        // for what fits.
        unsafe {
            if !self.holds(block) {
                return System.realloc(block, layout, size);
            }
            if size <= SIZE {
                return block;
            }
            let other = System.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !other.is_null() {
                other.copy_from_nonoverlapping(block, layout.size());
                *self.taken.get() = false;
            }
            other
        }
    }
}
