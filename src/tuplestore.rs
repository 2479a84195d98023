//! The tuplestore of a set-returning call, in which the caller finds all rows (materialize mode).
//!
//! It must never be filled with rows of a plan that was made for another function.

use crate::error;
use crate::plan::Rows;
use pgrx::pg_sys::{self, FunctionCallInfo, ReturnSetInfo, SetFunctionReturnMode};
use plwasm_engine::Result;

/// Announces a set, which is empty at first.
///
/// Raises 0A000 if the caller cannot take a set.
///
/// # Safety
/// `call` must be that of a function that returns a set.
pub(crate) unsafe fn expect_set(call: FunctionCallInfo) {
    // SAFETY: the caller's promise. resultinfo is a ReturnSetInfo if its tag says so.
    unsafe {
        let info: *mut ReturnSetInfo = (*call).resultinfo.cast();
        let takes_set = !info.is_null()
            && (*info).type_ == pg_sys::NodeTag::T_ReturnSetInfo
            && (*info).allowedModes as u32 & SetFunctionReturnMode::SFRM_Materialize != 0
            && !(*info).expectedDesc.is_null();
        if !takes_set {
            error::raise_sql(
                "0A000",
                "set-valued function called in context that cannot accept a set".into(),
                None,
            );
        }
        (*info).returnMode = SetFunctionReturnMode::SFRM_Materialize;
    }
}

/// Fills the tuplestore with rows.
///
/// # Errors
/// The errors of [`Rows::each`].
///
/// # Safety
/// [`expect_set`] must have been called for `call`, and `rows` must be those of its function.
pub(crate) unsafe fn fill(call: FunctionCallInfo, rows: Rows) -> Result<()> {
    // SAFETY: the caller's promise. What the caller of the function reads lives as long as its query.
    unsafe {
        let info: *mut ReturnSetInfo = (*call).resultinfo.cast();
        let random =
            (*info).allowedModes as u32 & SetFunctionReturnMode::SFRM_Materialize_Random != 0;
        let before = pg_sys::MemoryContextSwitchTo((*(*info).econtext).ecxt_per_query_memory);
        let store = pg_sys::tuplestore_begin_heap(random, false, pg_sys::work_mem);
        // Rows of one column have the type that the caller expects.
        let columns = rows.columns().unwrap_or((*info).expectedDesc);
        let descriptor = pg_sys::CreateTupleDescCopy(columns);
        pg_sys::MemoryContextSwitchTo(before);
        (*info).setResult = store;
        (*info).setDesc = descriptor;
        rows.each(|values, nulls| pg_sys::tuplestore_putvalues(store, descriptor, values, nulls))
    }
}
