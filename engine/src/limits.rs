//! Limits: what one call, one instance and one backend may use, and what keeps instances within their limits of
//! memory.
//!
//! This must never raise: a refusal is an answer to the guest (`memory.grow` returns -1) or an error value.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use wasmtime::ResourceLimiter;

/// The function that is called when a running guest has used up its slice of fuel. It returns true to stop the guest.
pub type Poll = fn() -> bool;

/// The function that is called for the next slice of fuel. It returns 1 to `most` units, or an error that says why
/// there are none. The units count as used unless they are given back.
pub type FuelSupply = fn(most: u64) -> Result<u64>;

/// How long the state of an instance lives. The strictest isolation is the least value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Isolation {
    /// Every call starts from the module's pristine state.
    #[default]
    Call,
    /// The calls of one role in one statement share the state.
    Statement,
}

/// The calls that share a budget of fuel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// The calls of one statement.
    Statement,
    /// The calls of one transaction.
    Transaction,
}

impl Scope {
    /// Both scopes, in the order of their numbers.
    pub const ALL: [Self; 2] = [Self::Statement, Self::Transaction];
}

impl Isolation {
    /// Returns the name that users write.
    pub fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Statement => "statement",
        }
    }

    /// Returns the isolation with this name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Call, Self::Statement].into_iter().find(|isolation| isolation.name() == name)
    }
}

/// What needed memory in an [`Error::Memory`], if the limit was the backend's.
pub const BACKEND: &str = "the backend";

/// What one function may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The fuel of one call, at most [`NO_FUEL_LIMIT`](Self::NO_FUEL_LIMIT).
    pub fuel: u64,
    /// The size of all memories and tables of one instance, in bytes.
    pub memory: usize,
    /// How long the state of an instance lives.
    pub isolation: Isolation,
}

impl Limits {
    /// What a function may use if neither its body nor a setting says otherwise.
    pub const DEFAULT: Self =
        Self { fuel: 1_000_000_000, memory: 64 << 20, isolation: Isolation::Call };

    /// More fuel than any call can use.
    pub const NO_FUEL_LIMIT: u64 = i64::MAX as u64;
}

/// The memory that all instances and the compiled code of one backend share, in bytes.
///
/// The numbers are atomic because wasmtime's limiter must be `Send`. Only one thread uses them.
#[derive(Debug)]
pub struct MemoryBudget {
    limit: AtomicUsize,
    used: AtomicUsize,
    /// Told the bytes that an instance has, each time it has got more.
    grown: fn(usize),
}

impl MemoryBudget {
    /// Makes a budget of `limit` bytes.
    pub fn new(limit: usize) -> Arc<Self> {
        Self::watched(limit, |_| ())
    }

    /// Makes a budget of `limit` bytes. `grown` is called with the bytes that an instance has, each time it has got more. It
    /// must not raise, as a guest may be running.
    pub fn watched(limit: usize, grown: fn(usize)) -> Arc<Self> {
        Arc::new(Self { limit: AtomicUsize::new(limit), used: AtomicUsize::new(0), grown })
    }

    /// Changes the limit. Memory in use stays in use.
    pub fn set_limit(&self, limit: usize) {
        self.limit.store(limit, Relaxed);
    }

    /// Returns the memory in use, in bytes.
    pub fn used(&self) -> usize {
        self.used.load(Relaxed)
    }

    /// Takes all of `bytes`, or nothing.
    ///
    /// # Errors
    /// [`Error::Memory`] if `bytes` do not fit.
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

/// The limit on the memory of one instance. wasmtime asks it before anything grows.
///
/// That is linear memories, tables, and the heap of the garbage collector, which is a memory too.
#[derive(Debug)]
pub(crate) struct MemoryLimiter {
    budget: Arc<MemoryBudget>,
    limit: usize,
    used: usize,
    /// The bytes of the backend's memory that an elastic memory does not use now and keeps for the next call.
    kept: usize,
    /// The sizes of the memories of ours, that of instrumentation and that of messages, in bytes; 0 if there is none, or
    /// once it has been made.
    exempt: [usize; 2],
    /// The bytes of the backend's memory that are counted for those memories.
    ours: usize,
    /// The last refusal. It is kept because wasmtime's own error does not carry ours.
    pub(crate) refused: Option<Error>,
}

/// The most memories of a module. Each reserves 4 GiB of address space.
pub(crate) const MAX_MEMORIES: usize = 16;

/// The most tables of a module.
pub(crate) const MAX_TABLES: usize = 100;

/// The most bytes that are touched of a memory of ours, except in modules of 32 MB and more.
const OUR_BYTES: usize = 64 * 1024;

/// The size, in bytes, from which a memory or table grows only if the operating system has half as much memory again.
/// After a collected heap has grown, wasmtime grows what it keeps about the heap's objects, by allocations of Rust's,
/// which must not fail.
const LARGE: usize = 4 << 20;

/// The bytes that are counted for an element of a table. wasmtime's own elements take 8 or 16.
const TABLE_ELEMENT_BYTES: usize = 16;

impl MemoryLimiter {
    /// Makes the limiter of an instance that may have `limit` bytes. `exempt` has the sizes of memories of ours, of which
    /// little is ever touched.
    pub(crate) fn new(budget: Arc<MemoryBudget>, limit: usize, exempt: [usize; 2]) -> Self {
        Self { budget, limit, used: 0, kept: 0, exempt, ours: 0, refused: None }
    }

    /// Takes the refusal, if the backend lacked the memory and not the instance.
    pub(crate) fn refused_by_backend(&mut self) -> Option<Error> {
        self.refused.take_if(|refused| matches!(refused, Error::Memory { what: BACKEND, .. }))
    }

    /// Takes the refusal, if the backend or the operating system lacked the memory.
    pub(crate) fn refused_by_host(&mut self) -> Option<Error> {
        self.refused.take_if(|refused| {
            matches!(refused, Error::Memory { what: BACKEND, .. } | Error::Reserve(_))
        })
    }

    /// Returns the memory that the guest has, in bytes.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// Returns how much of the backend's memory the instance takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.used + self.kept + self.ours
    }

    /// Records that an elastic memory no longer uses `bytes` of its own, and keeps them.
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

    /// Records that an elastic memory uses `bytes` again that it kept.
    pub(crate) fn reuse(&mut self, bytes: usize) {
        self.used += bytes;
        self.kept -= bytes;
        (self.budget.grown)(self.used);
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
            (self.budget.grown)(needed);
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

/// Returns whether the operating system has `bytes` bytes. It maps them and gives them back.
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
        // If the guest has a memory of just this size and maximum, the first of the two is taken for ours.
        if now == 0
            && then > 0
            && max == Some(then)
            && let Some(exempt) = self.exempt.iter_mut().find(|exempt| **exempt == then)
        {
            *exempt = 0;
            let taken = self.taken(OUR_BYTES.min(then));
            self.ours += if taken { OUR_BYTES.min(then) } else { 0 };
            return Ok(taken);
        }
        // wasmtime asks even if the memory's own maximum forbids it to grow.
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
        MAX_MEMORIES + 2
    }
}
