//! Rust's allocator in a server process: the system's, and a reserve for when the system has no more memory.
//!
//! Where an allocation fails, Rust ends the process, and with it PostgreSQL's server. So room for what may be large is
//! asked for by [`room`] first, or it is allocated in a way that can fail. What is small then comes from the reserve, until
//! [`check`] is called where an error can be raised. It must never be used by more than one thread; a server process has
//! only one.

use crate::error;
use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr::null_mut;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

/// Bytes of the reserve. It is address space that is not touched before it is needed. What wasmtime has to know of a
/// collected heap of 4 MB fits into it.
const SIZE: usize = 4 << 20;

/// More bytes than a call, an instance or a small module takes, apart from memories and tables.
pub(crate) const SOME: usize = 4 << 20;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

struct Allocator;

/// The reserve's address, or 0 as long as there is none.
static START: AtomicUsize = AtomicUsize::new(0);
/// How many bytes of the reserve have been given away, and how many of these pieces are alive.
static USED: AtomicUsize = AtomicUsize::new(0);
static LIVE: AtomicUsize = AtomicUsize::new(0);

/// Whether the reserve has been used since [`check`], and the bytes of the last request for it.
static SHORT: AtomicBool = AtomicBool::new(false);
static REQUEST: AtomicUsize = AtomicUsize::new(0);

/// Drops what is idle. Returns whether there was anything.
static MAKE_ROOM: OnceLock<fn() -> bool> = OnceLock::new();

// SAFETY: the system's allocator, and pieces of the reserve, which overlap nothing that lives.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        match unsafe { System.alloc(layout) } {
            found if !found.is_null() => found,
            _ => reserved(layout),
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        let found = unsafe { System.alloc_zeroed(layout) };
        if !found.is_null() {
            return found;
        }
        let found = reserved(layout);
        if !found.is_null() {
            // SAFETY: that many bytes of the reserve.
            unsafe { found.write_bytes(0, layout.size()) };
        }
        found
    }

    #[inline]
    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        match is_reserved(place) {
            true => give_back(),
            // SAFETY: the caller's promise.
            false => unsafe { System.dealloc(place, layout) },
        }
    }

    #[inline]
    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !is_reserved(place) {
            // SAFETY: the caller's promise.
            let found = unsafe { System.realloc(place, layout, size) };
            if !found.is_null() {
                return found;
            }
        }
        // SAFETY: the caller's promise: the size is good with this alignment.
        let new = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        // SAFETY: both places have that many bytes, and do not overlap.
        unsafe {
            let found = self.alloc(new);
            if !found.is_null() {
                found.copy_from_nonoverlapping(place, layout.size().min(size));
                self.dealloc(place, layout);
            }
            found
        }
    }
}

#[inline]
fn is_reserved(place: *mut u8) -> bool {
    let start = START.load(Relaxed);
    start != 0 && (place as usize).wrapping_sub(start) < SIZE
}

#[cold]
fn reserved(layout: Layout) -> *mut u8 {
    let start = START.load(Relaxed);
    let at = (start + USED.load(Relaxed)).next_multiple_of(layout.align()) - start;
    if start == 0 || at.saturating_add(layout.size()) > SIZE {
        return null_mut();
    }
    USED.store(at + layout.size(), Relaxed);
    LIVE.fetch_add(1, Relaxed);
    REQUEST.store(layout.size(), Relaxed);
    SHORT.store(true, Relaxed);
    (start + at) as *mut u8
}

#[cold]
fn give_back() {
    if LIVE.fetch_sub(1, Relaxed) == 1 {
        USED.store(0, Relaxed);
    }
}

/// Sets the reserve aside, and registers what makes room: a function that drops something idle, and returns whether there
/// was anything. Until then nothing makes room.
///
/// Raises 53200 if there is no memory for the reserve.
pub(crate) fn set_aside(make_room: fn() -> bool) {
    let _ = MAKE_ROOM.set(make_room);
    if START.load(Relaxed) == 0 {
        room(2 * SOME);
        match map(SIZE) {
            Some(start) => START.store(start, Relaxed),
            None => lacking(SIZE),
        }
    }
}

/// Returns whether the reserve had to be used, and there is no room now.
#[inline]
pub(crate) fn is_short() -> bool {
    SHORT.load(Relaxed) && !is_over()
}

#[cold]
fn is_over() -> bool {
    let is_over = is_there(SOME);
    SHORT.store(!is_over, Relaxed);
    is_over
}

/// Raises 53200 if the reserve had to be used and there is not enough room, even after everything idle has been dropped.
/// To be called where an error can be raised and no guest is on the stack.
#[inline]
pub(crate) fn check() {
    if is_short() {
        recover();
    }
}

#[cold]
fn recover() {
    // Some of what is idle may lie in the reserve.
    while make_room() {}
    room(SOME);
    SHORT.store(false, Relaxed);
}

/// Raises that the reserve had to be used.
#[cold]
pub(crate) fn raise() -> ! {
    lacking(REQUEST.load(Relaxed))
}

fn make_room() -> bool {
    MAKE_ROOM.get().is_some_and(|make_room| make_room())
}

/// Makes sure that this many bytes can be allocated, for which what is idle is dropped. Raises 53200 if they cannot.
pub(crate) fn room(bytes: usize) {
    while !is_there(bytes) {
        if !make_room() {
            lacking(bytes);
        }
    }
}

/// As [`room`], but drops nothing: for where a guest's memory is being read, which must not be dropped.
pub(crate) fn room_beside_guest(bytes: usize) {
    if !is_there(bytes) {
        lacking(bytes);
    }
}

fn is_there(bytes: usize) -> bool {
    map(bytes).is_some_and(|start| {
        // SAFETY: mapped just now.
        unsafe { libc::munmap(start as *mut _, bytes) };
        true
    })
}

/// Reserves room for this many more elements. Raises 53200 if there is none.
#[inline]
pub(crate) fn grow<T>(vec: &mut Vec<T>, more: usize) {
    if vec.try_reserve(more).is_err() {
        lacking(more.saturating_mul(size_of::<T>()));
    }
}

fn map(bytes: usize) -> Option<usize> {
    // SAFETY: anonymous memory anywhere.
    let start = unsafe {
        libc::mmap(
            null_mut(),
            bytes,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    (start != libc::MAP_FAILED).then_some(start as usize)
}

/// Raises the error that PostgreSQL's allocator raises.
#[cold]
fn lacking(bytes: usize) -> ! {
    let detail = format!("Failed on request of size {bytes}.");
    error::raise_with_detail("53200", "out of memory".into(), Some(detail), None)
}
