//! The allocator: nothing is reused within a call, and everything at its end.
//!
//! The one that comes with Rust works too, but it ignores what is left of the initial memory and
//! grows it in the first call. PL/Wasm gives every call the module's initial state: an
//! instance that has grown cannot go back to it and must be replaced, which takes microseconds.

use std::alloc::{GlobalAlloc, Layout};
use std::arch::wasm32::{memory_grow, memory_size};
use std::cell::Cell;
use std::ptr;

#[global_allocator]
static ARENA: Arena = Arena {
    top: Cell::new(0),
    live: Cell::new(0),
};

const PAGE: usize = 65536;

unsafe extern "C" {
    /// Where the linker ended the static data.
    static __heap_base: u8;
}

struct Arena {
    /// The end of what is in use, if anything is live.
    top: Cell<usize>,
    live: Cell<usize>,
}

// SAFETY: a guest has one thread.
unsafe impl Sync for Arena {}

impl Arena {
    /// Takes what lies from there on, once it is aligned.
    fn take(&self, from: usize, layout: Layout) -> Option<usize> {
        let start = from.checked_next_multiple_of(layout.align())?;
        let end = start.checked_add(layout.size())?;
        let pages = end.div_ceil(PAGE).saturating_sub(memory_size(0));
        if pages > 0 && memory_grow(0, pages) == usize::MAX {
            return None;
        }
        self.top.set(end);
        Some(start)
    }
}

// SAFETY: blocks that are live never overlap: `top` goes back only when nothing is live above.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let from = match self.live.get() {
            0 => &raw const __heap_base as usize,
            _ => self.top.get(),
        };
        let Some(start) = self.take(from, layout) else {
            return ptr::null_mut();
        };
        self.live.update(|live| live + 1);
        start as *mut u8
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {
        self.live.update(|live| live - 1);
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size <= layout.size() {
            return old;
        }
        // The last block grows where it is.
        let last = old as usize + layout.size() == self.top.get();
        let from = if last { old as usize } else { self.top.get() };
        // SAFETY: the caller promises that size and alignment make a layout.
        let larger = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        let Some(start) = self.take(from, larger) else {
            return ptr::null_mut();
        };
        let new = start as *mut u8;
        if new != old {
            // SAFETY: the old block is smaller, and lies below.
            unsafe { ptr::copy_nonoverlapping(old, new, layout.size()) };
        }
        new
    }
}
