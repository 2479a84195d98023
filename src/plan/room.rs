//! Room: limits the memory of the server that the result of one call takes, whatever the guest returns.
//!
//! A few bytes of a guest can stand for any number of values, because many strings can lie in one place. Therefore the
//! memory that PostgreSQL has allocated is counted, after each value. Memory that was allocated before must never be
//! counted.

use crate::settings;
use pgrx::pg_sys;
use plwasm_engine::{Error, Result};
use std::cell::Cell;

/// The room of one result, or of one row of a set.
#[derive(Debug)]
pub(crate) struct Room {
    /// The memory context in which values are made, and the bytes that were allocated in it before.
    context: Cell<pg_sys::MemoryContext>,
    before: Cell<usize>,
    /// The number of bytes that were allocated elsewhere.
    elsewhere: Cell<usize>,
    limit: usize,
}

impl Room {
    /// Returns the room for values that will be made in the current memory context.
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

    /// Starts again with the current memory context, after the values made before were passed on.
    pub(crate) fn restart(&self) {
        // SAFETY: there is always a current memory context.
        self.context.set(unsafe { pg_sys::CurrentMemoryContext });
        self.before.set(self.allocated());
        self.elsewhere.set(0);
    }

    fn allocated(&self) -> usize {
        // SAFETY: values are made in it, so it lives.
        unsafe { (*self.context.get()).mem_allocated }
    }

    /// Returns the number of bytes taken so far.
    pub(crate) fn taken(&self) -> usize {
        self.allocated().saturating_sub(self.before.get()) + self.elsewhere.get()
    }

    /// Checks that there is room for `bytes` more bytes. Must be called before they are allocated.
    ///
    /// # Errors
    /// [`Error::ResultLimit`] if there is not.
    #[inline]
    pub(crate) fn check(&self, bytes: usize) -> Result<()> {
        match self.taken().saturating_add(bytes) > self.limit {
            true => Err(Error::ResultLimit { limit: self.limit }),
            false => Ok(()),
        }
    }

    /// Checks that there is room to copy the values made since [`taken`](Self::taken) returned `taken` into one value.
    /// Must be called before they are copied.
    ///
    /// # Errors
    /// Those of [`check`](Self::check).
    pub(crate) fn check_copy(&self, taken: usize) -> Result<()> {
        self.check(self.taken().saturating_sub(taken))
    }

    /// Counts bytes that are allocated outside the memory context.
    pub(crate) fn take(&self, bytes: usize) {
        self.elsewhere.set(self.elsewhere.get() + bytes);
    }
}
