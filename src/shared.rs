//! What a backend and its parallel workers count together: the fuel drawn in a statement and in a transaction.
//!
//! In PostgreSQL's shared memory, a slot for each backend. It must never be locked for longer than it takes to add
//! two numbers.

use pgrx::pg_sys;
use plwasm_engine::Scope;
use std::cell::UnsafeCell;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

/// Of which statement and which transaction of which backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(C)]
pub struct Period {
    /// What `statement_timestamp()` says: one for each message of the client's.
    statement: pg_sys::TimestampTz,
    /// Of the backend's transactions, the how manieth.
    transaction: pg_sys::LocalTransactionId,
    pid: i32,
    /// Background workers need not have statements: each transaction is one.
    by_transaction: bool,
}

/// The counters of one backend. All zero, as it is when it is made, means unused.
#[repr(C)]
struct Slot {
    locked: AtomicBool,
    counts: UnsafeCell<Counts>,
}

#[repr(C)]
struct Counts {
    period: Period,
    drawn: [u64; 2],
}

static SLOTS: AtomicPtr<Slot> = AtomicPtr::new(std::ptr::null_mut());

/// Fewer units are drawn as a budget comes to its end, so that processes do not keep from each other what they
/// have in hand; but not fewer than these.
const LEAST: u64 = 1000;

/// Finds the slots, or makes them: 48 bytes for each of `max_connections` and a few more, of the 100 kB and more that
/// PostgreSQL keeps for such. So nothing has to be preloaded.
///
/// Raises 53200 if there is no room for them.
pub fn attach() {
    if SLOTS.load(Ordering::Relaxed).is_null() {
        let mut found = false;
        // SAFETY: it returns that much shared memory, zero until it is used, or raises.
        let slots = unsafe {
            let size = pg_sys::MaxBackends as usize * size_of::<Slot>();
            pg_sys::ShmemInitStruct(c"plwasm".as_ptr(), size, &mut found)
        };
        SLOTS.store(slots.cast(), Ordering::Relaxed);
    }
}

/// Draws fuel, at least one unit and at most so many.
///
/// # Errors
/// The budget that is used up, and what was drawn on it.
pub fn draw(most: u64, limits: [u64; 2]) -> Result<u64, (Scope, u64)> {
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

/// Gives back what was drawn and not used.
pub fn give_back(fuel: u64) {
    with(|drawn| drawn.iter_mut().for_each(|drawn| *drawn = drawn.saturating_sub(fuel)));
}

/// What was drawn in the statement and transaction that it is now.
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

/// The backend that a parallel worker works for, or this one.
fn leader() -> *const pg_sys::PGPROC {
    // SAFETY: set when a process starts; a worker has its leader's from then on, and ends before it does.
    unsafe {
        match (*pg_sys::MyProc).lockGroupLeader {
            leader if leader.is_null() => pg_sys::MyProc,
            leader => leader,
        }
    }
}

fn leader_number() -> usize {
    // SAFETY: both are of the one array.
    let number = unsafe { leader().offset_from((*pg_sys::ProcGlobal).allProcs) };
    number as usize
}

impl Period {
    /// The leader's.
    pub fn current() -> Self {
        // SAFETY: a static of the backend, which a worker is given by its leader; fields that only the leader
        // changes, and not while it has workers.
        unsafe {
            let leader = leader();
            #[cfg(any(feature = "pg15", feature = "pg16"))]
            let transaction = (*leader).lxid;
            #[cfg(not(any(feature = "pg15", feature = "pg16")))]
            let transaction = (*leader).vxid.lxid;
            #[cfg(not(feature = "pg18"))]
            let by_transaction = (*leader).isBackgroundWorker;
            #[cfg(feature = "pg18")]
            let by_transaction = !(*leader).isRegularBackend;
            Self {
                statement: pg_sys::GetCurrentStatementStartTimestamp(),
                transaction,
                pid: (*leader).pid,
                by_transaction,
            }
        }
    }

    /// Whether it is another statement than that, and another transaction.
    pub fn begins(&self, then: &Self) -> [bool; 2] {
        let transaction = self.pid != then.pid || self.transaction != then.transaction;
        let statement = self.pid != then.pid
            || self.statement != then.statement
            || self.by_transaction && transaction;
        [statement, transaction]
    }
}
