//! The facts about a type in the catalogs: its kind, the base type of a domain, the columns of a row.

use crate::{encoding, error};
use pgrx::pg_sys::{self, Oid};
use plwasm_engine::sql::{Base, SqlKind};
use std::ffi::CStr;

/// Returns the base type of a domain, that type's modifier, and the domain. Any other type is its own base type, and
/// the domain is `None`.
pub(super) fn base_type(oid: Oid, typmod: i32) -> (Oid, i32, Option<Oid>) {
    let mut typmod = typmod;
    // SAFETY: raises if the type is gone.
    let base = unsafe { pg_sys::getBaseTypeAndTypmod(oid, &mut typmod) };
    (base, typmod, (base != oid).then_some(oid))
}

/// Returns the kind of a type that is not a domain.
///
/// Raises 0A000 for pseudo-types, which have no values.
pub(super) fn kind(oid: Oid) -> SqlKind<Oid> {
    // SAFETY: any OID is allowed.
    let (kind, element) = unsafe { (pg_sys::get_typtype(oid), pg_sys::get_element_type(oid)) };
    match kind as u8 {
        pg_sys::TYPTYPE_ENUM => SqlKind::Enum,
        pg_sys::TYPTYPE_COMPOSITE => SqlKind::Composite,
        pg_sys::TYPTYPE_RANGE => SqlKind::Range(subtype(range_cache(oid))),
        pg_sys::TYPTYPE_MULTIRANGE => SqlKind::Multirange(subtype(range_cache(range_of(oid)))),
        pg_sys::TYPTYPE_PSEUDO if oid == pg_sys::RECORDOID => SqlKind::Record,
        pg_sys::TYPTYPE_PSEUDO => unsupported(oid),
        // Their lower bound is 0, which a list cannot express.
        _ if matches!(oid, pg_sys::INT2VECTOROID | pg_sys::OIDVECTOROID) => SqlKind::Other,
        _ if element != pg_sys::InvalidOid => SqlKind::Array(element),
        _ => Base::of_oid(oid.to_u32()).map_or(SqlKind::Other, SqlKind::Base),
    }
}

/// Raises 0A000 for a type that has no values.
pub(super) fn unsupported(oid: Oid) -> ! {
    error::raise_sql(
        "0A000",
        format!("PL/Wasm functions cannot accept or return type {}", error::type_name(oid)),
        None,
    )
}

pub(super) fn range_cache(oid: Oid) -> *mut pg_sys::TypeCacheEntry {
    // SAFETY: a range type; the entry lives as long as the backend.
    unsafe { pg_sys::lookup_type_cache(oid, pg_sys::TYPECACHE_RANGE_INFO as i32) }
}

pub(super) fn range_of(multirange: Oid) -> Oid {
    // SAFETY: any OID is allowed.
    unsafe { pg_sys::get_multirange_range(multirange) }
}

pub(super) fn subtype(cache: *mut pg_sys::TypeCacheEntry) -> Oid {
    // SAFETY: a range type's entry, whose subtype's entry lives as long.
    unsafe { (*(*cache).rngelemtype).type_id }
}

/// Returns the column with this number, from 0.
///
/// # Safety
/// The descriptor must be valid as long as the result is used, and have such a column.
pub(super) unsafe fn column<'a>(
    descriptor: pg_sys::TupleDesc,
    number: usize,
) -> &'a pg_sys::FormData_pg_attribute {
    // SAFETY: the caller's promise.
    unsafe {
        #[cfg(any(feature = "pg15", feature = "pg16", feature = "pg17"))]
        let found = (*descriptor).attrs.as_ptr().add(number);
        #[cfg(not(any(feature = "pg15", feature = "pg16", feature = "pg17")))]
        let found = pg_sys::TupleDescAttr(descriptor, number as i32);
        &*found
    }
}

/// Returns the columns that are not dropped, with their numbers from 0.
pub(super) fn columns<'a>(
    descriptor: pg_sys::TupleDesc,
) -> impl Iterator<Item = (usize, &'a pg_sys::FormData_pg_attribute)> {
    // SAFETY: the descriptor is valid while the plan is being made.
    let count = unsafe { (*descriptor).natts } as usize;
    (0..count)
        // SAFETY: it has a column of each of these numbers.
        .map(move |number| (number, unsafe { column(descriptor, number) }))
        .filter(|(_, column)| !column.attisdropped)
}

pub(super) fn column_name(column: &pg_sys::FormData_pg_attribute) -> String {
    // SAFETY: a name is a C string in 64 bytes.
    let name = unsafe { CStr::from_ptr((&raw const column.attname.data).cast()) };
    encoding::lossy(name.to_bytes())
}
