//! Limits: what one call, one instance and one backend may use, and what keeps instances within their limits of memory.
//!
//! It must never raise: a refusal is an answer to the guest (`memory.grow` returns -1) or an
//! error value.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use wasmtime::ResourceLimiter;

/// Asked when a running guest has used up its slice of fuel. Returns true to stop the guest.
pub type Poll = fn() -> bool;

/// Asked for the next slice of fuel. Returns 1 to `most` units, or why there are none. They count as used unless they
/// are given back.
pub type Supply = fn(most: u64) -> Result<u64>;

/// How long the state of an instance lives. The strictest is the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Isolation {
    /// Every call starts from the module's pristine state.
    #[default]
    Call,
    /// The calls of one statement and one role share it.
    Statement,
}

/// Whose calls share a budget of fuel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// Those of one statement.
    Statement,
    /// Those of one transaction.
    Transaction,
}

impl Scope {
    /// Both scopes, in the order of their numbers.
    pub const ALL: [Self; 2] = [Self::Statement, Self::Transaction];
}

impl Isolation {
    /// Returns its name, as users write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Statement => "statement",
        }
    }

    /// Returns the isolation of that name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Call, Self::Statement].into_iter().find(|isolation| isolation.name() == name)
    }
}

/// What needed memory in an [`Error::Memory`] if the limit was that of the backend.
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

/// The memory that all instances and the compiled code of one backend share, in bytes.
///
/// Its numbers are atomic because wasmtime's limiter must be `Send`. One thread alone uses them.
#[derive(Debug)]
pub struct MemoryBudget {
    limit: AtomicUsize,
    used: AtomicUsize,
}

impl MemoryBudget {
    /// Makes a budget of `limit` bytes.
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit: AtomicUsize::new(limit), used: AtomicUsize::new(0) })
    }

    /// Changes the limit. What is in use stays in use.
    pub fn set_limit(&self, limit: usize) {
        self.limit.store(limit, Relaxed);
    }

    /// Returns the bytes in use.
    pub fn used(&self) -> usize {
        self.used.load(Relaxed)
    }

    /// Takes all of `bytes`, or nothing.
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

/// Limits the memory of one instance: wasmtime asks it before anything grows.
///
/// What grows is linear memories, tables, and the heap of the garbage collector, which is a memory too.
#[derive(Debug)]
pub(crate) struct MemoryLimiter {
    budget: Arc<MemoryBudget>,
    limit: usize,
    used: usize,
    /// Bytes of the backend's memory that an elastic memory has given back and keeps for the next call.
    kept: usize,
    /// Size of the memory that is ours and not the guest's, in bytes; 0 once it was made.
    exempt: usize,
    /// Bytes of the backend's memory that are counted for that one.
    ours: usize,
    /// The last refusal, kept because wasmtime's own error does not carry ours.
    pub(crate) refused: Option<Error>,
}

/// The most memories that one module can have: each reserves 4 GiB of address space.
pub(crate) const MAX_MEMORIES: usize = 16;

/// The most tables that one module can have.
pub(crate) const MAX_TABLES: usize = 100;

/// The most bytes that are touched of the memory that instrumentation adds, except for modules of 32 MB and more.
const OUR_BYTES: usize = 64 * 1024;

/// A memory or table of at least so many bytes grows only if the operating system has half as much again. After a
/// collected heap, wasmtime grows what it keeps about the heap's objects, in allocations of Rust's, which must not fail.
const LARGE: usize = 4 << 20;

/// Bytes that are counted for a table's element. Wasmtime's own take 8 or 16.
const TABLE_ELEMENT_BYTES: usize = 16;

impl MemoryLimiter {
    /// Makes the limiter of an instance that may have `limit` bytes. `exempt` is the size of the memory that
    /// instrumentation adds, of which little is ever touched.
    pub(crate) fn new(budget: Arc<MemoryBudget>, limit: usize, exempt: usize) -> Self {
        Self { budget, limit, used: 0, kept: 0, exempt, ours: 0, refused: None }
    }

    /// Takes the refusal, if it was the backend's memory that was too little and not the instance's.
    pub(crate) fn refused_by_backend(&mut self) -> Option<Error> {
        self.refused.take_if(|refused| matches!(refused, Error::Memory { what: BACKEND, .. }))
    }

    /// Takes the refusal, if it was the backend's or the operating system's memory that was too little.
    pub(crate) fn refused_by_host(&mut self) -> Option<Error> {
        self.refused.take_if(|refused| {
            matches!(refused, Error::Memory { what: BACKEND, .. } | Error::Reserve(_))
        })
    }

    /// Returns the bytes that the guest has.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// Returns the bytes that the instance takes of the backend's memory.
    pub(crate) fn bytes(&self) -> usize {
        self.used + self.kept + self.ours
    }

    /// Notes that an elastic memory does not use `bytes` of its own any more and keeps them.
    pub(crate) fn keep(&mut self, bytes: usize) {
        self.used -= bytes;
        self.kept += bytes;
    }

    /// Returns whether an elastic memory may grow by `bytes`, counted as if it had kept none.
    pub(crate) fn allows(&mut self, bytes: usize) -> bool {
        let needed = self.used.saturating_add(bytes);
        if needed > self.limit {
            self.refused = Some(Error::Memory { what: "the instance", needed, limit: self.limit });
        }
        needed <= self.limit
    }

    /// Notes that an elastic memory uses `bytes` again that it kept.
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

/// Returns whether the operating system has so many bytes. They are mapped and given back.
fn is_there(bytes: usize) -> std::io::Result<()> {
    memmap2::MmapOptions::new().len(bytes).map_anon().map(drop)
}

impl Drop for MemoryLimiter {
    fn drop(&mut self) {
        self.budget.give(self.bytes());
    }
}

impl ResourceLimiter for MemoryLimiter {
    fn memory_growing(
        &mut self,
        now: usize,
        then: usize,
        max: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // If the guest has a memory of just that size and maximum, the first of the two is taken for ours.
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
