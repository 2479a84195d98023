//! The allocator of modules that have prepared functions alone. A constructor allocates and frees as usual, so that its state
//! is small. After `methods_begin` nothing is freed: values lie in a row, and when a method has returned, PL/Wasm puts all
//! memory back to what the constructor left. That takes fewer instructions, and changes fewer blocks of memory. It must
//! not be the allocator of an aggregate, whose state would grow with each step.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr::{copy_nonoverlapping, null_mut};

const SIZE: usize = 8192;
/// The least that is added when the arena is full.
const MORE: usize = 65536;

/// What methods allocate first. It begins where a block of PL/Wasm begins, so that what the method changes of the allocator
/// and its first values are one block.
#[repr(C, align(1024))]
struct Arena {
    bump: Bump,
    bytes: UnsafeCell<[u8; SIZE - size_of::<Bump>()]>,
}

/// What is free for methods: from `next` to `end`. Both are null before `methods_begin`.
struct Bump {
    next: UnsafeCell<*mut u8>,
    end: UnsafeCell<*mut u8>,
}

// SAFETY: a module has one thread.
unsafe impl Sync for Arena {}

#[global_allocator]
static ARENA: Arena = Arena {
    bump: Bump { next: UnsafeCell::new(null_mut()), end: UnsafeCell::new(null_mut()) },
    bytes: UnsafeCell::new([0; _]),
};

/// Says that all that is allocated from now on is needed until PL/Wasm puts memory back.
pub fn methods_begin() {
    if !ARENA.methods() {
        let bytes = ARENA.bytes.get().cast::<u8>();
        // SAFETY: a module has one thread, and the end is that of the arena.
        unsafe {
            *ARENA.bump.next.get() = bytes;
            *ARENA.bump.end.get() = bytes.add(SIZE - size_of::<Bump>());
        }
    }
}

impl Arena {
    fn methods(&self) -> bool {
        // SAFETY: a module has one thread.
        unsafe { !(*self.bump.end.get()).is_null() }
    }

    /// Takes the next bytes that are free, if there are as many.
    fn take(&self, layout: Layout) -> Option<*mut u8> {
        // SAFETY: a module has one thread. What is returned lies between `next` and `end`.
        unsafe {
            let next = *self.bump.next.get();
            let start = next.addr().checked_next_multiple_of(layout.align())?;
            let end = start.checked_add(layout.size())?;
            if end > (*self.bump.end.get()).addr() {
                return None;
            }
            *self.bump.next.get() = next.with_addr(end);
            Some(next.with_addr(start))
        }
    }

    #[cold]
    #[inline(never)]
    fn take_more(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the layout is not empty, as it has not been in the caller, and a module has one thread.
        unsafe {
            if !self.methods() {
                return System.alloc(layout);
            }
            let Some(size) = layout.size().checked_add(layout.align() + MORE) else {
                return null_mut();
            };
            let Ok(more) = Layout::from_size_align(size, layout.align()) else { return null_mut() };
            let bytes = System.alloc(more);
            if bytes.is_null() {
                return System.alloc(layout);
            }
            *self.bump.next.get() = bytes.add(layout.size());
            *self.bump.end.get() = bytes.add(size);
            bytes
        }
    }
}

// SAFETY: what is allocated comes from the arena, where nothing is given out twice, or from `System`. Only `System` frees,
// and only before methods begin, when all has come from it.
unsafe impl GlobalAlloc for Arena {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.take(layout).unwrap_or_else(|| self.take_more(layout))
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if !self.methods() {
            // SAFETY: the caller's promise; nothing has come from the arena.
            unsafe { System.dealloc(block, layout) }
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promises. A module has one thread. The last block can grow up to the end.
        unsafe {
            if !self.methods() {
                return System.realloc(block, layout, size);
            }
            if size <= layout.size() {
                return block;
            }
            let (next, end) = (*self.bump.next.get(), *self.bump.end.get());
            if block.addr() + layout.size() == next.addr() && size <= end.addr() - block.addr() {
                *self.bump.next.get() = block.add(size);
                return block;
            }
            let other = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !other.is_null() {
                copy_nonoverlapping(block, other, layout.size());
            }
            other
        }
    }
}
