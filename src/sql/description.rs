//! Descriptions: what a module says about itself, as a `wasm.module`.
//!
//! This must never compile or run: it only reads.

use crate::catalog;
use crate::sql::source;
use pgrx::IntoDatum;
use pgrx::pg_sys::{self, Datum};
use plwasm_engine::Depth;

/// Returns a module's description, as a composite Datum.
///
/// Raises the errors of its body.
pub fn of_module(oid: pg_sys::Oid) -> Datum {
    let (_, listing) = source::list(oid, Depth::Exports);
    let exports: Vec<String> =
        listing.exports.iter().map(|export| crate::encoding::message(&export.line())).collect();
    composite([
        listing.kind.to_string().into_datum(),
        (listing.size as i64).into_datum(),
        listing.hash.to_string().into_datum(),
        exports.into_datum(),
    ])
}

/// Returns a `wasm.module` of these columns, in the type's order.
fn composite<const N: usize>(columns: [Option<Datum>; N]) -> Datum {
    let mut values = columns.map(|column| column.unwrap_or(Datum::from(0)));
    let mut nulls = columns.map(|column| column.is_none());
    // SAFETY: the install script creates wasm.module with these columns.
    unsafe {
        let desc = pg_sys::lookup_rowtype_tupdesc_copy(catalog::module_type(), -1);
        let tuple = pg_sys::heap_form_tuple(desc, values.as_mut_ptr(), nulls.as_mut_ptr());
        pg_sys::HeapTupleHeaderGetDatum((*tuple).t_data)
    }
}
