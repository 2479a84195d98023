//! Index scans of a catalog.

use pgrx::pg_sys;

/// Returns the condition that a column of an index equals a value.
pub(super) fn key(attribute: u32, equal: u32, value: pg_sys::Datum) -> pg_sys::ScanKeyData {
    let mut key = pg_sys::ScanKeyData::default();
    // SAFETY: the operator is the equality of the attribute's own type.
    unsafe {
        pg_sys::ScanKeyInit(
            &mut key,
            attribute as pg_sys::AttrNumber,
            pg_sys::BTEqualStrategyNumber as pg_sys::StrategyNumber,
            pg_sys::Oid::from(equal),
            value,
        );
    }
    key
}

/// Scans a catalog by one of its indexes until `each` returns something.
pub(super) fn scan<R>(
    catalog: pg_sys::Oid,
    index: pg_sys::Oid,
    keys: &mut [pg_sys::ScanKeyData],
    mut each: impl FnMut(pg_sys::HeapTuple, pg_sys::Relation) -> Option<R>,
) -> Option<R> {
    let lock = pg_sys::AccessShareLock as pg_sys::LOCKMODE;
    // SAFETY: the index belongs to the catalog and the keys are its columns; a null snapshot means the catalog's. If
    // an error is raised, the transaction's resource owner cleans up.
    unsafe {
        let relation = pg_sys::table_open(catalog, lock);
        let scan = pg_sys::systable_beginscan(
            relation,
            index,
            true,
            std::ptr::null_mut(),
            keys.len() as i32,
            keys.as_mut_ptr(),
        );
        let mut found = None;
        while found.is_none() {
            let tuple = pg_sys::systable_getnext(scan);
            if tuple.is_null() {
                break;
            }
            found = each(tuple, relation);
        }
        pg_sys::systable_endscan(scan);
        pg_sys::table_close(relation, lock);
        found
    }
}
