//! Room: how much of the server's memory one call's result may take, whatever a guest returns.
//!
//! A few bytes of a guest's can stand for any number of values, as many strings can lie in one place. So what counts
//! is what PostgreSQL has allocated, and that is looked at after each value. It must never count what
//! was there before.

use crate::settings;
use pgrx::pg_sys;
use plwasm_engine::{Error, Result};
use std::cell::Cell;

/// The room of one result, or of one row of a set.
#[derive(Debug)]
pub(crate) struct Room {
    /// Where values are made, and the bytes that it had before.
    context: Cell<pg_sys::MemoryContext>,
    before: Cell<usize>,
    /// Bytes that lie elsewhere.
    elsewhere: Cell<usize>,
    limit: usize,
}

impl Room {
    /// For what will be made in the current memory context.
    pub(crate) fn new() -> Self {
        let room = Self {
            context: Cell::new(std::ptr::null_mut()),
            before: Cell::new(0),
            elsewhere: Cell::new(0),
            limit: settings::max_result_size(),
        };
        room.restart();
        room
    }

    /// Starts anew with the current memory context: what was made before was given away.
    pub(crate) fn restart(&self) {
        // SAFETY: there always is one.
        self.context.set(unsafe { pg_sys::CurrentMemoryContext });
        self.before.set(self.allocated());
        self.elsewhere.set(0);
    }

    fn allocated(&self) -> usize {
        // SAFETY: values are made in it, so it lives.
        unsafe { (*self.context.get()).mem_allocated }
    }

    /// Bytes taken so far.
    pub(crate) fn taken(&self) -> usize {
        self.allocated().saturating_sub(self.before.get()) + self.elsewhere.get()
    }

    /// Whether there is room for so many bytes more. To be asked before they are allocated.
    ///
    /// # Errors
    /// [`Error::ResultLimit`] if not.
    #[inline]
    pub(crate) fn check(&self, bytes: usize) -> Result<()> {
        match self.taken().saturating_add(bytes) > self.limit {
            true => Err(Error::ResultLimit { limit: self.limit }),
            false => Ok(()),
        }
    }

    /// To be asked before what was made since `taken` was so much is copied into one value.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub(crate) fn check_copy(&self, taken: usize) -> Result<()> {
        self.check(self.taken().saturating_sub(taken))
    }

    /// Counts bytes that lie elsewhere than in the memory context.
    pub(crate) fn take(&self, bytes: usize) {
        self.elsewhere.set(self.elsewhere.get() + bytes);
    }
}
