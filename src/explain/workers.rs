//! What parallel workers have counted for the nodes of their leader's plan: a table in shared memory.
//!
//! It is never locked. Only a worker adds to the places of its leader, and only the leader gives them up, when its workers
//! have ended.

use crate::shared;
use crate::statistics::Totals;
use pgrx::pg_sys::{self, Oid};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU32, AtomicU64};

/// A function at a node of a plan. A place is free if it is all zero.
#[repr(C)]
struct Place {
    /// The process of the leader; -1 while a worker fills in the rest.
    leader: AtomicI32,
    node: AtomicI32,
    function: AtomicU32,
    numbers: [AtomicU64; Totals::SIZE],
}

/// How many places there are, for all queries that are explained at the same time. What does not fit is not shown.
const PLACES: usize = 500;
const BEING_MADE: i32 = -1;

static TABLE: AtomicPtr<Place> = AtomicPtr::new(std::ptr::null_mut());

/// Finds the table, or makes it: 28 kB. As in [`shared::attach`], nothing has to be preloaded.
///
/// Raises 53200 if there is no room.
pub(crate) fn attach() {
    if TABLE.load(Relaxed).is_null() {
        let mut found = false;
        // SAFETY: returns shared memory of that size, zero until it is used, or raises.
        let table = unsafe {
            let size = PLACES * size_of::<Place>();
            pg_sys::ShmemInitStruct(c"plwasm explain".as_ptr(), size, &mut found)
        };
        TABLE.store(table.cast(), Relaxed);
    }
}

fn places() -> &'static [Place] {
    match TABLE.load(Relaxed) {
        table if table.is_null() => &[],
        // SAFETY: `attach` made it of that length; it consists of atomics and stays.
        table => unsafe { std::slice::from_raw_parts(table, PLACES) },
    }
}

/// Adds what this worker has counted for a node of its leader's plan.
pub(super) fn add(node: i32, function: Oid, totals: Totals) {
    let leader = shared::leader_pid();
    // Two workers that come first at the same time have a place each.
    let known = of_leader(leader).find(|place| {
        place.node.load(Relaxed) == node && place.function.load(Relaxed) == function.to_u32()
    });
    if let Some(place) = known {
        for (sum, number) in place.numbers.iter().zip(totals.numbers()) {
            sum.fetch_add(number, Relaxed);
        }
        return;
    }
    let is_free =
        |place: &&Place| place.leader.compare_exchange(0, BEING_MADE, Acquire, Relaxed).is_ok();
    if let Some(place) = places().iter().find(is_free) {
        place.node.store(node, Relaxed);
        place.function.store(function.to_u32(), Relaxed);
        for (to, number) in place.numbers.iter().zip(totals.numbers()) {
            to.store(number, Relaxed);
        }
        place.leader.store(leader, Release);
    }
}

/// Returns what the workers of this process have counted for a node.
pub(super) fn of(node: i32) -> impl Iterator<Item = (Oid, Totals)> {
    let own = own().filter(move |place| place.node.load(Relaxed) == node);
    own.map(|place| {
        let numbers = std::array::from_fn(|i| place.numbers[i].load(Relaxed));
        (Oid::from(place.function.load(Relaxed)), Totals::from(numbers))
    })
}

/// Gives up what the workers of this process have counted.
pub(crate) fn clear() {
    own().for_each(|place| place.leader.store(0, Release));
}

fn own() -> impl Iterator<Item = &'static Place> {
    // SAFETY: a static of the process.
    of_leader(unsafe { pg_sys::MyProcPid })
}

fn of_leader(pid: i32) -> impl Iterator<Item = &'static Place> {
    places().iter().filter(move |place| place.leader.load(Acquire) == pid)
}
