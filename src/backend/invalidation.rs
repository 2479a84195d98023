//! Invalidation: what PostgreSQL reports as changed. Call sites then resolve their functions again, and the code of
//! changed functions is dropped.
//!
//! PostgreSQL can call back at any time: the callbacks here must never raise, and never free what a guest runs on.

use pgrx::pg_sys;
use std::cell::RefCell;
use std::collections::HashSet;
use std::ffi::c_int;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A number that is incremented when a function, a type or a setting changes.
static DEFINITIONS: AtomicU64 = AtomicU64::new(0);

/// The most changed rows of pg_proc that are remembered.
const MAX_STALE: usize = 10_000;

// These are never dropped: the end of the process gives back everything at once.
thread_local! {
    /// The relations of the row types for which plans were made.
    static ROW_TYPES: RefCell<ManuallyDrop<HashSet<pg_sys::Oid>>> = RefCell::default();

    /// The rows of pg_proc that have changed since [`take_stale`] was called, by the numbers of [`row_number`].
    static STALE: RefCell<ManuallyDrop<HashSet<u32>>> = RefCell::default();
}

/// Registers the callbacks. This must be called once.
pub(super) fn listen() {
    use pg_sys::SysCacheIdentifier::{
        AUTHMEMROLEMEM, AUTHOID, ENUMOID, NAMESPACEOID, PROCOID, TYPEOID,
    };
    let nothing = pg_sys::Datum::from(0);
    // SAFETY: the callbacks have the right types.
    unsafe {
        for cache in [PROCOID, TYPEOID, ENUMOID, AUTHOID, AUTHMEMROLEMEM, NAMESPACEOID] {
            pg_sys::CacheRegisterSyscacheCallback(
                cache as c_int,
                Some(definition_changed),
                nothing,
            );
        }
        pg_sys::CacheRegisterRelcacheCallback(Some(relation_changed), nothing);
    }
}

/// Returns a number that changes when a call site must resolve its function again.
#[inline]
pub(crate) fn definitions() -> u64 {
    DEFINITIONS.load(Relaxed)
}

/// Makes every call site resolve its function again.
pub(crate) fn forget_call_sites() {
    DEFINITIONS.fetch_add(1, Relaxed);
}

/// Makes call sites resolve their functions again when `relation` changes, because they know its row type.
pub(crate) fn watch_relation(relation: pg_sys::Oid) {
    ROW_TYPES.with_borrow_mut(|types| types.insert(relation));
}

/// Returns the number by which the syscache's invalidations name a row of pg_proc.
pub(super) fn row_number(oid: pg_sys::Oid) -> u32 {
    let nothing = pg_sys::Datum::from(0);
    // SAFETY: this computes a hash of the key.
    unsafe {
        pg_sys::GetSysCacheHashValue(
            pg_sys::SysCacheIdentifier::PROCOID as c_int,
            pg_sys::Datum::from(oid),
            nothing,
            nothing,
            nothing,
        )
    }
}

/// Records that a row has been found unchanged, although an invalidation may have named it.
pub(super) fn is_current(row: u32) {
    STALE.with_borrow_mut(|stale| stale.remove(&row));
}

/// Takes the numbers of the rows that have changed.
pub(super) fn take_stale() -> HashSet<u32> {
    ManuallyDrop::into_inner(STALE.take())
}

unsafe extern "C-unwind" fn definition_changed(_: pg_sys::Datum, cache: c_int, row: u32) {
    forget_call_sites();
    if cache == pg_sys::SysCacheIdentifier::PROCOID as c_int {
        // This uses try_ because it can be called at any time.
        STALE.with(|stale| {
            if let Ok(mut stale) = stale.try_borrow_mut() {
                // 0 stands for all rows. Code that is not known to be stale is dropped by age.
                if row == 0 || stale.len() >= MAX_STALE {
                    stale.clear();
                }
                stale.insert(row);
            }
        });
    }
}

/// Handles a change of a relation. `InvalidOid` means that any relation may have changed.
unsafe extern "C-unwind" fn relation_changed(_: pg_sys::Datum, relation: pg_sys::Oid) {
    // This uses try_ because it can be called at any time.
    let is_watched = ROW_TYPES.with(|types| {
        types.try_borrow().map_or(true, |types| {
            types.contains(&relation) || relation == pg_sys::InvalidOid && !types.is_empty()
        })
    });
    if is_watched {
        forget_call_sites();
    }
}
