//! The table of all functions in shared memory, which is there if the library is preloaded.
//!
//! It is never locked: a place belongs to whoever takes it first, and numbers are added one by one. A function may get a second
//! place, if two processes take one for it at once, or after places have been given up. So all places of a function must be
//! added up.

use super::counts::Counts;
use super::{Subject, file};
use crate::settings;
use pgrx::pg_sys::{self, Oid};
use std::ffi::c_int;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicPtr, AtomicU64};

/// A place of the table: all zero if it is free.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Place {
    /// The database and the function.
    key: AtomicU64,
    /// The role, or 0 for all roles. It is that of the key if it was read after the key.
    role: AtomicU64,
    counts: Counts<AtomicU64>,
}

/// The key of a place that a process is taking: that of no function.
const TAKEN: u64 = u64::MAX;

/// The table: how often a function was not counted for lack of a place, and then the places.
static TABLE: AtomicPtr<AtomicU64> = AtomicPtr::new(std::ptr::null_mut());

/// The hooks of libraries that were loaded before.
static mut REQUESTED_BEFORE: pg_sys::shmem_request_hook_type = None;
static mut STARTED_BEFORE: pg_sys::shmem_startup_hook_type = None;

/// Has the table made when the server has its shared memory. To be called while libraries are preloaded.
pub(crate) fn preload() {
    // SAFETY: the postmaster has one thread.
    unsafe {
        REQUESTED_BEFORE = pg_sys::shmem_request_hook;
        pg_sys::shmem_request_hook = Some(request);
        STARTED_BEFORE = pg_sys::shmem_startup_hook;
        pg_sys::shmem_startup_hook = Some(start);
    }
}

fn size() -> usize {
    size_of::<AtomicU64>() + settings::tracked_functions() * size_of::<Place>()
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn request() {
    // SAFETY: PostgreSQL calls it when memory may be requested.
    unsafe {
        if let Some(before) = REQUESTED_BEFORE {
            before();
        }
        pg_sys::RequestAddinShmemSpace(size());
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn start() {
    // SAFETY: PostgreSQL calls it when the memory is there, also again after a crash.
    unsafe {
        if let Some(before) = STARTED_BEFORE {
            before();
        }
        let mut found = false;
        let table = pg_sys::ShmemInitStruct(c"plwasm statistics".as_ptr(), size(), &mut found);
        if !found {
            table.cast::<u8>().write_bytes(0, size());
        }
        TABLE.store(table.cast(), Relaxed);
        if !found {
            for ([key, role], counts) in file::load() {
                if let Some(place) = place(key, role) {
                    place
                        .counts
                        .0
                        .iter()
                        .zip(counts.0)
                        .for_each(|(to, from)| to.store(from, Relaxed));
                }
            }
            pg_sys::on_shmem_exit(Some(stop), pg_sys::Datum::from(0));
        }
    }
}

/// Writes the table to its file when the server is shut down.
unsafe extern "C-unwind" fn stop(code: c_int, _: pg_sys::Datum) {
    // SAFETY: a static of the process. Its children have no such callback, as PostgreSQL takes it from them.
    if code == 0 && unsafe { !pg_sys::IsUnderPostmaster } {
        file::save(places().iter().filter_map(|place| match place.key.load(Relaxed) {
            0 | TAKEN => None,
            key => Some(([key, place.role.load(Relaxed)], place.counts.snapshot())),
        }));
    }
}

/// Whether there is a table.
pub(super) fn is_there() -> bool {
    !TABLE.load(Relaxed).is_null()
}

fn places() -> &'static [Place] {
    match TABLE.load(Relaxed) {
        table if table.is_null() => &[],
        // SAFETY: shared memory of that size, which stays as long as the process. All zero is a valid place.
        table => unsafe {
            std::slice::from_raw_parts(table.add(1).cast(), settings::tracked_functions())
        },
    }
}

fn key(function: Oid) -> u64 {
    // SAFETY: a static of the backend.
    let database = unsafe { pg_sys::MyDatabaseId };
    u64::from(database.to_u32()) << 32 | u64::from(function.to_u32())
}

/// Returns the place of a key and a role, taking a free one if they have none. None if all are taken.
fn place(key: u64, role: u64) -> Option<&'static Place> {
    let places = places();
    let start = ((key ^ role << 32).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize;
    (0..places.len()).map(|i| &places[(start + i) % places.len()]).find(|place| {
        match place.key.load(Acquire) {
            0 => place.take(key, role),
            taken => taken == key && place.role.load(Relaxed) == role,
        }
    })
}

impl Place {
    /// Takes the place, if nobody has taken it meanwhile.
    fn take(&self, key: u64, role: u64) -> bool {
        let is_free = self.key.compare_exchange(0, TAKEN, Relaxed, Relaxed).is_ok();
        if is_free {
            self.role.store(role, Relaxed);
            self.key.store(key, Release);
        }
        is_free
    }
}

/// Returns the number of transactions in which a function was not counted, as the table was full. None without a table.
pub(super) fn uncounted() -> Option<&'static AtomicU64> {
    // SAFETY: null, or shared memory that stays as long as the process.
    unsafe { TABLE.load(Relaxed).as_ref() }
}

/// Returns where the numbers of a function of this database are, or None if the table is full.
pub(super) fn counts(subject: Subject) -> Option<&'static Counts<AtomicU64>> {
    let role = subject.role().unwrap_or(pg_sys::InvalidOid);
    place(key(subject.object), role.to_u32().into()).map(|place| &place.counts)
}

/// Returns the numbers of all functions of this database, from each place of theirs.
pub(super) fn all() -> impl Iterator<Item = (Subject, &'static Counts<AtomicU64>)> {
    own().map(|(function, place)| {
        let role = Oid::from(place.role.load(Relaxed) as u32);
        (Subject::new(function, role), &place.counts)
    })
}

/// Gives up the places of the functions of this database for which `goes` returns true.
pub(super) fn remove(goes: impl Fn(Oid) -> bool) {
    for (function, place) in own() {
        if goes(function) {
            place.counts.reset();
            place.key.store(0, Relaxed);
        }
    }
}

fn own() -> impl Iterator<Item = (Oid, &'static Place)> {
    let database = key(pg_sys::InvalidOid);
    places().iter().filter_map(move |place| {
        let key = place.key.load(Acquire);
        (key != 0 && key >> 32 == database >> 32).then(|| (Oid::from(key as u32), place))
    })
}
