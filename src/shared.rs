//! The counters that a backend and its parallel workers share: the fuel drawn in a statement and in a transaction.
//!
//! They lie in PostgreSQL's shared memory, in a slot for each backend. A slot must never be locked for longer than it takes
//! to add two numbers.

use pgrx::pg_sys;
use plwasm_engine::Scope;
use std::cell::UnsafeCell;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

/// One statement and one transaction of one backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(C)]
pub(crate) struct Period {
    /// What `statement_timestamp()` returns; it differs for each message of the client's.
    statement: pg_sys::TimestampTz,
    /// Number of the transaction within its backend.
    transaction: pg_sys::LocalTransactionId,
    pid: i32,
    /// Whether each transaction counts as a statement, as background workers need not have statements.
    by_transaction: bool,
}

/// The counters of one backend. A new slot is all zero, which means that it is unused.
#[repr(C)]
struct Slot {
    locked: AtomicBool,
    counts: UnsafeCell<Counts>,
}

#[repr(C)]
struct Counts {
    /// The statement and the transaction that `drawn` counts.
    period: Period,
    /// Units of fuel, by [`Scope`].
    drawn: [u64; 2],
}

static SLOTS: AtomicPtr<Slot> = AtomicPtr::new(std::ptr::null_mut());

/// The least units that are drawn at once, if there are as many. Fewer are drawn the less a budget has left, as a process
/// cannot use what another one has in hand.
const LEAST: u64 = 1000;

/// Finds the slots, or makes them: 48 bytes for each of `max_connections` and a few more. PostgreSQL keeps 100 kB and more
/// of shared memory for libraries that are loaded late, so nothing has to be preloaded.
///
/// Raises 53200 if there is no room for the slots.
pub(crate) fn attach() {
    if SLOTS.load(Ordering::Relaxed).is_null() {
        let mut found = false;
        // SAFETY: returns shared memory of that size, zero until it is used, or raises.
        let slots = unsafe {
            let size = pg_sys::MaxBackends as usize * size_of::<Slot>();
            pg_sys::ShmemInitStruct(c"plwasm".as_ptr(), size, &mut found)
        };
        SLOTS.store(slots.cast(), Ordering::Relaxed);
    }
}

/// Draws fuel, at least one unit and at most `most`. Returns how many units were drawn.
///
/// # Errors
/// The budget that is used up, and the units drawn on it.
pub(crate) fn draw(most: u64, limits: [u64; 2]) -> Result<u64, (Scope, u64)> {
    with(|drawn| {
        let left = |scope: Scope| limits[scope as usize].saturating_sub(drawn[scope as usize]);
        if let Some(scope) = Scope::ALL.into_iter().find(|scope| left(*scope) == 0) {
            return Err((scope, drawn[scope as usize]));
        }
        let left = Scope::ALL.map(left).into_iter().min().unwrap_or_default();
        let fuel = most.min((left / 16).max(LEAST)).min(left);
        drawn.iter_mut().for_each(|drawn| *drawn += fuel);
        Ok(fuel)
    })
}

/// Gives back units that were drawn and not used.
pub(crate) fn give_back(fuel: u64) {
    with(|drawn| drawn.iter_mut().for_each(|drawn| *drawn = drawn.saturating_sub(fuel)));
}

/// Locks the backend's slot and passes on the units drawn in the present statement and transaction.
fn with<R>(use_: impl FnOnce(&mut [u64; 2]) -> R) -> R {
    let now = Period::current();
    // SAFETY: attached before any guest runs for which there is a budget; the lock lets one at a time.
    unsafe {
        let slot = &*SLOTS.load(Ordering::Relaxed).add(leader_number());
        while slot.locked.swap(true, Ordering::Acquire) {
            spin_loop();
        }
        let counts = &mut *slot.counts.get();
        for (i, is_new) in now.begins(&counts.period).into_iter().enumerate() {
            if is_new {
                counts.drawn[i] = 0;
            }
        }
        counts.period = now;
        let result = use_(&mut counts.drawn);
        slot.locked.store(false, Ordering::Release);
        result
    }
}

/// Returns the backend that this parallel worker works for, or this backend.
fn leader() -> *const pg_sys::PGPROC {
    // SAFETY: set when a process starts; a worker knows its leader from then on, and ends before its leader.
    unsafe {
        match (*pg_sys::MyProc).lockGroupLeader {
            leader if leader.is_null() => pg_sys::MyProc,
            leader => leader,
        }
    }
}

/// Returns the process that this parallel worker works for, or this one.
pub(crate) fn leader_pid() -> i32 {
    // SAFETY: a process of the array, which does not end before its workers.
    unsafe { (*leader()).pid }
}

/// Returns the leader's place in the array of processes.
fn leader_number() -> usize {
    // SAFETY: both lie in the one array.
    let number = unsafe { leader().offset_from((*pg_sys::ProcGlobal).allProcs) };
    number as usize
}

impl Period {
    /// Returns the leader's statement and transaction now.
    pub(crate) fn current() -> Self {
        // SAFETY: a static of the backend, which a worker is given by its leader; fields that only the leader
        // changes, and that it does not change while it has workers.
        unsafe {
            let leader = leader();
            #[cfg(any(feature = "pg15", feature = "pg16"))]
            let transaction = (*leader).lxid;
            #[cfg(not(any(feature = "pg15", feature = "pg16")))]
            let transaction = (*leader).vxid.lxid;
            #[cfg(any(feature = "pg15", feature = "pg16", feature = "pg17"))]
            let by_transaction = (*leader).isBackgroundWorker;
            #[cfg(feature = "pg18")]
            let by_transaction = !(*leader).isRegularBackend;
            #[cfg(feature = "pg19")]
            let by_transaction = (*leader).backendType != pg_sys::BackendType::B_BACKEND;
            Self {
                statement: pg_sys::GetCurrentStatementStartTimestamp(),
                transaction,
                pid: (*leader).pid,
                by_transaction,
            }
        }
    }

    /// Returns whether the statement is another one than `then`'s, and whether the transaction is.
    pub(crate) fn begins(&self, then: &Self) -> [bool; 2] {
        let transaction = self.pid != then.pid || self.transaction != then.transaction;
        let statement = self.pid != then.pid
            || self.statement != then.statement
            || self.by_transaction && transaction;
        [statement, transaction]
    }
}
