//! Descriptions: what the code of a module says of it, also as a `wasm.module`.
//!
//! It must never compile or run the code.

use crate::backend::compiled;
use crate::catalog::{self, Proc};
use crate::error::{self, OrRaise};
use crate::settings;
use crate::source::Code;
use pgrx::IntoDatum;
use pgrx::pg_sys::{self, Datum};
use plwasm_engine::{Depth, Listing};

/// Returns a module, and what is known of its code.
///
/// Raises 42809 if the function is not a module, and whatever is wrong with its body; it can be cancelled.
pub(crate) fn list(oid: pg_sys::Oid, depth: Depth) -> (Proc, Listing) {
    let (module, stored) = Proc::get(oid, |function, row| {
        if function.result != catalog::module_type() {
            error::raise_sql(
                "42809",
                format!("{} is not a WebAssembly module", function.name),
                Some(
                    "Modules are functions that return wasm.module; the view wasm.modules lists them.",
                ),
            );
        }
        (function, row.stored())
    });
    let code = Code::Stored(stored);
    let code = code.decode().or_raise();
    let listing = compiled::list(&code, settings::wasi(), depth).or_raise();
    (module, listing)
}

/// Returns a module's description, as a composite Datum.
///
/// Raises the errors of its body.
pub(crate) fn of_module(oid: pg_sys::Oid) -> Datum {
    let (_, listing) = list(oid, Depth::Exports);
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
