//! The allocator of modules that have prepared functions alone. A constructor allocates and frees as usual, so that its state
//! is small. After `methods_begin`, values lie in a row in an arena, and nothing in it is freed: when a method has returned,
//! PL/Wasm puts all memory back to what the constructor left. That takes fewer instructions, and changes fewer blocks of
//! memory. It must not be the allocator of an aggregate, whose steps would fill the arena.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr::null_mut;

/// When the arena is full, `System` allocates.
const SIZE: usize = 65536;

/// It begins where a block of PL/Wasm begins, so that what a method changes of the allocator, and its first values, are one
/// block.
#[repr(C, align(1024))]
struct Arena {
    free: Free,
    bytes: UnsafeCell<[u8; SIZE - size_of::<Free>()]>,
}

/// What is free: from `next` to `end`. Nothing before `methods_begin`.
struct Free {
    next: UnsafeCell<*mut u8>,
    end: UnsafeCell<*mut u8>,
}

// SAFETY: a module has one thread.
unsafe impl Sync for Arena {}

#[global_allocator]
static ARENA: Arena = Arena {
    free: Free { next: UnsafeCell::new(null_mut()), end: UnsafeCell::new(null_mut()) },
    bytes: UnsafeCell::new([0; _]),
};

/// Says that what is allocated from now on is needed only until PL/Wasm puts memory back.
pub fn methods_begin() {
    let bytes = ARENA.bytes.get();
    // SAFETY: a module has one thread, and the end is that of the arena.
    unsafe {
        if (*ARENA.free.end.get()).is_null() {
            *ARENA.free.next.get() = bytes.cast();
            *ARENA.free.end.get() = bytes.add(1).cast();
        }
    }
}

impl Arena {
    fn take(&self, layout: Layout) -> Option<*mut u8> {
        // SAFETY: a module has one thread. What is returned lies between `next` and `end`.
        unsafe {
            let next = *self.free.next.get();
            let start = next.addr().checked_next_multiple_of(layout.align())?;
            let end = start.checked_add(layout.size())?;
            if end > (*self.free.end.get()).addr() {
                return None;
            }
            *self.free.next.get() = next.with_addr(end);
            Some(next.with_addr(start))
        }
    }

    fn holds(&self, block: *mut u8) -> bool {
        block.addr().wrapping_sub(self.bytes.get().addr()) < SIZE - size_of::<Free>()
    }
}

// SAFETY: a block is from the arena, which gives out no byte twice, or from `System`. Its address says which.
unsafe impl GlobalAlloc for Arena {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        self.take(layout).unwrap_or_else(|| unsafe { System.alloc(layout) })
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if !self.holds(block) {
            // SAFETY: the caller's promise; the block is from `System`.
            unsafe { System.dealloc(block, layout) }
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promises. A module has one thread. The last block of the arena can grow up to its end.
        unsafe {
            if !self.holds(block) {
                return System.realloc(block, layout, size);
            }
            if size <= layout.size() {
                return block;
            }
            let (next, end) = (*self.free.next.get(), *self.free.end.get());
            if block.addr() + layout.size() == next.addr() && size <= end.addr() - block.addr() {
                *self.free.next.get() = block.add(size);
                return block;
            }
            let other = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !other.is_null() {
                other.copy_from_nonoverlapping(block, layout.size());
            }
            other
        }
    }
}
