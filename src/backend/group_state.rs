//! The state of a group of an aggregate: in an instance, or in memory of PostgreSQL's.
//!
//! It must never be put away in part.

use super::seats::{Occupant, Seat, take};
use crate::function::Target;
use pgrx::pg_sys;
use plwasm_engine::{Error, Guest, Result};
use std::cell::RefCell;
use std::ptr::{self, NonNull};
use std::rc::Rc;

/// The state of an aggregate: in an instance, or in memory of PostgreSQL's.
#[derive(Debug)]
pub(crate) struct State {
    /// The context of the memory.
    pub context: pg_sys::MemoryContext,
    /// What was kept, in `capacity` bytes of which `length` are used.
    kept: *mut u8,
    length: usize,
    capacity: usize,
    /// The seat in which it sits, or null.
    pub(super) seat: *const Seat,
    /// Whether the instance has more than was kept.
    pub(super) is_dirty: bool,
    /// Whether its instance was dropped before it was kept.
    is_lost: bool,
    /// Whether it goes back to what was kept when its instance is dropped.
    is_restored: bool,
    /// The representation of the resource.
    pub representation: u32,
}

/// The size in bytes up to which palloc rounds up to a power of two (`ALLOC_CHUNK_LIMIT`).
const SMALL: usize = 8192;

thread_local! {
    /// The memory in which states are written before they are copied.
    static WRITTEN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl State {
    /// Makes a state that has not been constructed yet. `is_restored` says that it is kept after each change, so that a
    /// call that fails leaves it as it was.
    pub(crate) fn new(context: pg_sys::MemoryContext, is_restored: bool) -> Self {
        Self {
            context,
            kept: ptr::null_mut(),
            length: 0,
            capacity: 0,
            seat: ptr::null(),
            is_dirty: false,
            is_lost: false,
            is_restored,
            representation: 0,
        }
    }

    /// Takes a seat that is free. The instance has been constructed, or is about to be.
    pub(crate) fn sit(&mut self, seat: &Seat) {
        seat.occupant.set(Occupant::State(NonNull::from(&mut *self)));
        self.seat = seat;
        self.is_dirty = true;
    }

    /// Returns whether the state sits in that seat.
    #[inline]
    pub(crate) fn sits_in(&self, seat: *const Seat) -> bool {
        self.seat == seat
    }

    /// Returns the seat in which the state sits, if it does.
    #[inline]
    pub(crate) fn seat(&self) -> Option<&Seat> {
        // SAFETY: a seat tells its state before it goes.
        unsafe { self.seat.as_ref() }
    }

    /// Returns the seat of a state that has been [brought in](Self::bring_in).
    ///
    /// # Errors
    /// [`Error::Internal`] if it does not sit in one, which does not happen.
    #[inline]
    pub(crate) fn seated(&self) -> Result<&Seat> {
        self.seat().ok_or_else(|| Error::Internal("a state has no instance".into()))
    }

    /// Records that a call has changed the state in its instance.
    #[inline]
    pub(crate) fn has_changed(&mut self) {
        self.is_dirty = true;
    }

    /// Makes sure that the state sits in an instance. `last` is the seat that the call site has used last.
    ///
    /// # Errors
    /// The errors of [`take`]; 55000 if the state was lost by an earlier error.
    pub(crate) fn bring_in(&mut self, target: &Target, last: Option<&Rc<Seat>>) -> Result<()> {
        if !self.seat.is_null() {
            return Ok(());
        }
        if self.is_lost {
            return Err(lost());
        }
        // It comes into the caches while the state that sits there goes out.
        prefetch(self.kept());
        let seat = take(target, last)?;
        let using = seat.using();
        seat.guest()?.resume(self.kept())?;
        using.done();
        self.sit(&seat);
        self.is_dirty = false;
        Ok(())
    }

    /// Copies what the instance has to the state's own memory, if it has changed. The state stays in its instance.
    ///
    /// # Errors
    /// [`Error::Unkeepable`]
    pub(crate) fn keep(&mut self) -> Result<()> {
        let Some(seat) = self.seat().filter(|_| self.is_dirty) else { return Ok(()) };
        let guest = seat.guest()?;
        let mut written = WRITTEN.take();
        let kept = guest.keep(&mut written);
        if kept.is_ok() {
            self.copy(&written);
            self.is_dirty = false;
        }
        WRITTEN.set(written);
        kept
    }

    fn kept(&self) -> &[u8] {
        match self.kept.is_null() {
            true => &[],
            // SAFETY: `copy` has written these bytes.
            false => unsafe { std::slice::from_raw_parts(self.kept, self.length) },
        }
    }

    /// Takes what another state has, which is kept for that.
    ///
    /// # Errors
    /// The errors of [`keep`](Self::keep); 55000 if the other state was lost.
    pub(crate) fn copy_from(&mut self, other: &mut Self) -> Result<()> {
        if other.is_lost {
            return Err(lost());
        }
        other.keep()?;
        self.representation = other.representation;
        self.copy(other.kept());
        Ok(())
    }

    /// Moves what the instance has to the state's own memory, and makes the instance pristine. Returns false if that is
    /// not possible.
    pub(super) fn put_away(&mut self, guest: &mut Guest) -> Result<bool> {
        let mut written = WRITTEN.take();
        let is_pristine = guest.take_out(&mut written);
        if is_pristine.is_ok() {
            self.seat = ptr::null();
            self.is_dirty = false;
            // Copying raises if there is no memory.
            self.is_lost = true;
            self.copy(&written);
            self.is_lost = false;
        }
        WRITTEN.set(written);
        is_pristine
    }

    fn copy(&mut self, bytes: &[u8]) {
        // SAFETY: the context is alive as long as the state is; the memory is as large as is copied to it.
        unsafe {
            if self.capacity < bytes.len() {
                if !self.kept.is_null() {
                    pg_sys::pfree(self.kept.cast());
                    (self.kept, self.capacity, self.length) = (ptr::null_mut(), 0, 0);
                }
                // palloc makes small pieces of a power of two bytes.
                let capacity = match bytes.len() {
                    small @ ..SMALL => small.next_power_of_two(),
                    large => large + large / 8,
                };
                self.kept = pg_sys::MemoryContextAllocHuge(self.context, capacity).cast();
                self.capacity = capacity;
            }
            self.kept.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
        self.length = bytes.len();
    }

    pub(super) fn has_lost_seat(&mut self) {
        self.seat = ptr::null();
        self.is_lost |= self.is_dirty && !self.is_restored;
        self.is_dirty = false;
    }
}

/// Asks the processor to load the beginning of a kept state.
#[inline]
fn prefetch(kept: &[u8]) {
    #[cfg(target_arch = "x86_64")]
    for line in kept.chunks(64).take(16) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch is a hint, and every processor of this architecture has it.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = kept;
}

fn lost() -> Error {
    Error::sql("55000", "the state of the aggregate was lost by an earlier error")
}
