//! Transition tables: the rows that a statement has changed, as a list.
//!
//! A table must never be read by the read pointer of another reader.

use super::super::lower::Lowering;
use super::super::value::Place;
use pgrx::pg_sys::{self, Datum, TriggerData};
use plwasm_engine::Result;
use plwasm_engine::abi::Layout;
use plwasm_engine::pass::path::within;
use plwasm_engine::run::trigger::Part;

/// The rows before the change, or those after it. The Datum is a pointer to `TriggerData`.
#[derive(Debug)]
pub(in super::super) struct TransitionTable {
    part: Part,
    row: Place,
    layout: Layout,
}

impl TransitionTable {
    /// Returns how the rows of a part are passed.
    pub(super) fn new(part: Part, row: Place, layout: Layout) -> Self {
        Self { part, row, layout }
    }

    /// Writes the list of rows to scratch at `at`.
    ///
    /// # Errors
    /// Those of the rows.
    ///
    /// # Safety
    /// `datum` must be a pointer to `TriggerData` of a trigger that has this table.
    pub(in super::super) unsafe fn store(
        &self,
        datum: Datum,
        at: usize,
        to: &mut Lowering,
    ) -> Result<()> {
        // SAFETY: the caller's promise. The table is read by a pointer of our own, which starts at its first row
        // (`EXEC_FLAG_REWIND`, as all pointers of a transition table may).
        unsafe {
            let data: *mut TriggerData = datum.cast_mut_ptr();
            let table = match self.part {
                Part::OldTable => (*data).tg_oldtable,
                _ => (*data).tg_newtable,
            };
            let count = pg_sys::tuplestore_tuple_count(table) as usize;
            let pointer =
                pg_sys::tuplestore_alloc_read_pointer(table, pg_sys::EXEC_FLAG_REWIND as i32);
            pg_sys::tuplestore_select_read_pointer(table, pointer);
            pg_sys::tuplestore_rescan(table);
            let descriptor = (*(*data).tg_relation).rd_att;
            let slot =
                pg_sys::MakeSingleTupleTableSlot(descriptor, &raw const pg_sys::TTSOpsMinimalTuple);
            let Layout { size, align } = self.layout;
            to.list(at, count, size, align, |i, at, to| {
                pg_sys::tuplestore_select_read_pointer(table, pointer);
                pg_sys::tuplestore_gettupleslot(table, true, false, slot);
                within(
                    || format!("row {}", i + 1),
                    || self.row.store(Some(Datum::from(slot)), at, to),
                )
            })?;
            pg_sys::ExecDropSingleTupleTableSlot(slot);
            Ok(())
        }
    }
}
