//! Limits: what one call, one instance and one backend may use, and the accountant of memory.
//!
//! It must never raise: a refusal is an answer to the guest (`memory.grow` returns -1) or an
//! error value.

use crate::error::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use wasmtime::ResourceLimiter;

/// How long the state of an instance lives; the strictest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Isolation {
    /// Every call starts from the module's pristine state.
    #[default]
    Call,
    /// The calls of one statement and one role share it.
    Statement,
}

/// Whose calls share a budget of fuel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Statement,
    Transaction,
}

impl Scope {
    /// Both, in the order of their numbers.
    pub const ALL: [Self; 2] = [Self::Statement, Self::Transaction];
}

impl Isolation {
    /// As users write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Statement => "statement",
        }
    }

    /// The one that users write so.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Call, Self::Statement].into_iter().find(|isolation| isolation.name() == name)
    }
}

/// Whose memory was too little, in [`Error::Memory`].
pub const BACKEND: &str = "the backend";

/// What one function may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Fuel of one call, at most [`NO_FUEL_LIMIT`](Self::NO_FUEL_LIMIT).
    pub fuel: u64,
    /// Bytes of all memories and tables of one instance.
    pub memory: usize,
    /// How long its state lives.
    pub isolation: Isolation,
}

impl Limits {
    /// More than any call can use.
    pub const NO_FUEL_LIMIT: u64 = i64::MAX as u64;
}

/// The memory of one backend: all its instances and its compiled code, in bytes.
///
/// Atomic because wasmtime's limiter must be `Send`; there is one thread.
#[derive(Debug)]
pub struct Budget {
    limit: AtomicUsize,
    used: AtomicUsize,
}

impl Budget {
    /// A budget of `limit` bytes.
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit: AtomicUsize::new(limit), used: AtomicUsize::new(0) })
    }

    /// Changes the limit; what is in use stays in use.
    pub fn set_limit(&self, limit: usize) {
        self.limit.store(limit, Relaxed);
    }

    /// Bytes in use.
    pub fn used(&self) -> usize {
        self.used.load(Relaxed)
    }

    /// Takes `bytes`, or nothing.
    ///
    /// # Errors
    /// [`Error::Memory`] if they do not fit.
    pub fn take(&self, bytes: usize) -> Result<()> {
        let limit = self.limit.load(Relaxed);
        let needed = self.used().saturating_add(bytes);
        if needed > limit {
            return Err(Error::Memory { what: BACKEND, needed, limit });
        }
        self.used.store(needed, Relaxed);
        Ok(())
    }

    /// Gives `bytes` back.
    pub fn give(&self, bytes: usize) {
        self.used.store(self.used().saturating_sub(bytes), Relaxed);
    }
}

/// The accountant of one instance, asked by wasmtime before anything grows.
///
/// Linear memories and tables, and the heap of the garbage collector, which is a memory too.
#[derive(Debug)]
pub(crate) struct Accountant {
    budget: Arc<Budget>,
    limit: usize,
    used: usize,
    /// Of the backend's memory, what an elastic memory has given back and keeps for the next call, in bytes.
    kept: usize,
    /// The size of a memory that is ours and not the guest's; 0 once it was made.
    exempt: usize,
    /// Of the backend's memory, for that one.
    ours: usize,
    /// The refusal, kept because wasmtime's own error does not carry ours.
    pub(crate) refused: Option<Error>,
}

/// The most memories of one module: each reserves 4 GiB of address space.
pub(crate) const MAX_MEMORIES: usize = 16;

/// The most tables of one module.
pub(crate) const MAX_TABLES: usize = 100;

/// What is touched at most of the memory that instrumentation adds, but for modules of 32 MB and more.
const OUR_BYTES: usize = 64 * 1024;

/// From how many bytes on a memory or table grows only where there is half as much again: the growth of a collected heap is
/// followed by that of what wasmtime knows of its objects, in allocations of Rust's, which must not fail.
const LARGE: usize = 4 << 20;

/// What a table element costs here; wasmtime's own is 8 or 16.
const TABLE_ELEMENT_BYTES: usize = 16;

impl Accountant {
    /// `exempt`: the size of the memory that instrumentation adds, of which little is ever touched.
    pub(crate) fn new(budget: Arc<Budget>, limit: usize, exempt: usize) -> Self {
        Self { budget, limit, used: 0, kept: 0, exempt, ours: 0, refused: None }
    }

    /// The backend's refusal of what the module itself would be allowed, if there was one.
    pub(crate) fn refused_by_backend(&mut self) -> Option<Error> {
        self.refused.take_if(|refused| matches!(refused, Error::Memory { what: BACKEND, .. }))
    }

    /// The same, or the operating system's refusal.
    pub(crate) fn refused_by_host(&mut self) -> Option<Error> {
        self.refused.take_if(|refused| {
            matches!(refused, Error::Memory { what: BACKEND, .. } | Error::Reserve(_))
        })
    }

    /// What the guest has, in bytes.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// What the instance takes of the backend's memory, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.used + self.kept + self.ours
    }

    /// What an elastic memory had and does not use now.
    pub(crate) fn keep(&mut self, bytes: usize) {
        self.used -= bytes;
        self.kept += bytes;
    }

    /// Whether an elastic memory may grow by so many bytes: whatever it had before, it is asked as if it
    /// had not.
    pub(crate) fn allows(&mut self, bytes: usize) -> bool {
        let needed = self.used.saturating_add(bytes);
        if needed > self.limit {
            self.refused = Some(Error::Memory { what: "the instance", needed, limit: self.limit });
        }
        needed <= self.limit
    }

    /// An elastic memory uses again what it had.
    pub(crate) fn reuse(&mut self, bytes: usize) {
        self.used += bytes;
        self.kept -= bytes;
    }

    fn grow(&mut self, bytes: usize) -> bool {
        let needed = self.used.saturating_add(bytes);
        if needed > self.limit {
            self.refused = Some(Error::Memory { what: "the instance", needed, limit: self.limit });
            return false;
        }
        if needed >= LARGE
            && let Err(error) = is_there(bytes + needed / 2)
        {
            self.refused = Some(Error::Reserve(error.to_string()));
            return false;
        }
        let taken = self.taken(bytes);
        if taken {
            self.used = needed;
        }
        taken
    }

    fn taken(&mut self, bytes: usize) -> bool {
        match self.budget.take(bytes) {
            Ok(()) => true,
            Err(refused) => {
                self.refused = Some(refused);
                false
            }
        }
    }
}

/// Whether the operating system has so many bytes, which it is asked for and given back.
fn is_there(bytes: usize) -> std::io::Result<()> {
    memmap2::MmapOptions::new().len(bytes).map_anon().map(drop)
}

impl Drop for Accountant {
    fn drop(&mut self) {
        self.budget.give(self.bytes());
    }
}

impl ResourceLimiter for Accountant {
    fn memory_growing(
        &mut self,
        now: usize,
        then: usize,
        max: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // Should the guest have one of just that size, one of the two is counted, whichever is first.
        if self.exempt > 0 && now == 0 && then == self.exempt && max == Some(then) {
            self.exempt = 0;
            let taken = self.taken(OUR_BYTES.min(then));
            self.ours = if taken { OUR_BYTES.min(then) } else { 0 };
            return Ok(taken);
        }
        // wasmtime asks even where the memory's own maximum forbids it.
        Ok(max.is_none_or(|max| then <= max) && self.grow(then.saturating_sub(now)))
    }

    fn table_growing(
        &mut self,
        now: usize,
        then: usize,
        max: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let bytes = then.saturating_sub(now).saturating_mul(TABLE_ELEMENT_BYTES);
        Ok(max.is_none_or(|max| then <= max) && self.grow(bytes))
    }

    fn instances(&self) -> usize {
        1
    }

    fn tables(&self) -> usize {
        MAX_TABLES
    }

    fn memories(&self) -> usize {
        MAX_MEMORIES + 1
    }
}
