//! Transition tables: the rows that a statement has changed, as a list.
//!
//! A table must never be read by the read pointer of another reader.

use super::super::literal::{Literals, Refusal, Written};
use super::super::lower::Lowering;
use super::super::value::Place;
use pgrx::pg_sys::{self, Datum, TriggerData, TupleTableSlot, Tuplestorestate};
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
        // SAFETY: the caller's promise.
        unsafe {
            let reader = Reader::of(self.part, &*datum.cast_mut_ptr());
            let Layout { size, align } = self.layout;
            to.list(at, reader.count, size, align, |i, at, to| {
                let row = Some(Datum::from(reader.next()));
                within(|| format!("row {}", i + 1), || self.row.store(row, at, to))
            })?;
            pg_sys::ExecDropSingleTupleTableSlot(reader.slot);
            Ok(())
        }
    }

    /// Returns the type of the rows, as an array.
    pub(in super::super) fn declared(
        &self,
        to: &mut Literals,
    ) -> std::result::Result<String, Refusal> {
        Ok(to.declared(&self.row.value)? + "[]")
    }

    /// Writes the rows as a constant.
    ///
    /// # Safety
    /// As for [`store`](Self::store).
    pub(in super::super) unsafe fn write(&self, datum: Datum, to: &mut Literals) -> Written {
        // SAFETY: the caller's promise.
        unsafe {
            let reader = Reader::of(self.part, &*datum.cast_mut_ptr());
            let written = to.array_of(0..reader.count, |to, _| {
                to.write(&self.row.value, Some(Datum::from(reader.next())))
            });
            pg_sys::ExecDropSingleTupleTableSlot(reader.slot);
            written
        }
    }
}

/// A reader of a transition table, with a read pointer of its own. The slot is to be dropped.
struct Reader {
    table: *mut Tuplestorestate,
    pointer: i32,
    slot: *mut TupleTableSlot,
    count: usize,
}

impl Reader {
    /// Returns a reader that is before the first row.
    ///
    /// # Safety
    /// The trigger must have this table.
    unsafe fn of(part: Part, data: &TriggerData) -> Self {
        let table = match part {
            Part::OldTable => data.tg_oldtable,
            _ => data.tg_newtable,
        };
        // SAFETY: the caller's promise; all pointers of a transition table may be put back to the first row.
        unsafe {
            let pointer =
                pg_sys::tuplestore_alloc_read_pointer(table, pg_sys::EXEC_FLAG_REWIND as i32);
            pg_sys::tuplestore_select_read_pointer(table, pointer);
            pg_sys::tuplestore_rescan(table);
            let descriptor = (*data.tg_relation).rd_att;
            let slot =
                pg_sys::MakeSingleTupleTableSlot(descriptor, &raw const pg_sys::TTSOpsMinimalTuple);
            let count = pg_sys::tuplestore_tuple_count(table) as usize;
            Self { table, pointer, slot, count }
        }
    }

    /// Reads the next row, which is in the slot until the one after it is read.
    ///
    /// # Safety
    /// There must be another row.
    unsafe fn next(&self) -> *mut TupleTableSlot {
        // SAFETY: the caller's promise.
        unsafe {
            pg_sys::tuplestore_select_read_pointer(self.table, self.pointer);
            pg_sys::tuplestore_gettupleslot(self.table, true, false, self.slot);
        }
        self.slot
    }
}
