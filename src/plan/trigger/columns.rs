//! The columns of a row in a slot, and a row of which a trigger function may have changed some.
//!
//! A value that comes back as it was must never count as a change.

use super::super::lower::varlena;
use super::super::pg_type;
use pgrx::pg_sys::{self, Datum, FormData_pg_attribute, HeapTuple, TupleDesc, TupleTableSlot};
use smallvec::SmallVec;
use std::ffi::{CStr, c_int};

/// The columns of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns(*const TupleTableSlot);

// tuptable.h. It raises nothing for a slot that has a tuple of its descriptor. Calling it through pgrx's guard would double its
// cost.
unsafe extern "C-unwind" {
    fn slot_getsomeattrs_int(slot: *mut TupleTableSlot, count: c_int);
}

/// A row of which some columns may have been changed.
#[derive(Debug)]
pub(super) struct Modified {
    descriptor: TupleDesc,
    values: SmallVec<[Datum; 16]>,
    nulls: SmallVec<[bool; 16]>,
    is_changed: bool,
}

impl Columns {
    /// Returns all columns of the row in a slot (`slot_getallattrs`).
    ///
    /// # Safety
    /// The slot must have a row as long as the result is used.
    pub(super) unsafe fn of(slot: *mut TupleTableSlot) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            let count = (*(*slot).tts_tupleDescriptor).natts;
            if i32::from((*slot).tts_nvalid) < count {
                slot_getsomeattrs_int(slot, count);
            }
        }
        Self(slot)
    }

    /// Returns the value of the column with this number, from 0.
    ///
    /// # Safety
    /// There must be such a column.
    pub(super) unsafe fn get(self, number: usize) -> Option<Datum> {
        // SAFETY: the caller's promise: the slot's arrays have values for these columns.
        unsafe {
            let is_null = *(*self.0).tts_isnull.add(number);
            (!is_null).then(|| *(*self.0).tts_values.add(number))
        }
    }
}

impl Modified {
    /// Returns the row of a slot, of which nothing has been changed.
    ///
    /// # Safety
    /// As [`Columns::of`], with the columns of the descriptor.
    pub(super) unsafe fn new(slot: *mut TupleTableSlot, descriptor: TupleDesc) -> Self {
        // SAFETY: the caller's promise: the slot's arrays have a value for each column.
        unsafe {
            let count = (*descriptor).natts as usize;
            let Columns(slot) = Columns::of(slot);
            Self {
                descriptor,
                values: std::slice::from_raw_parts((*slot).tts_values, count).into(),
                nulls: std::slice::from_raw_parts((*slot).tts_isnull, count).into(),
                is_changed: false,
            }
        }
    }

    /// Sets a column, by its number from 0, to a value of its type, or to NULL.
    pub(super) fn set(&mut self, number: usize, value: Option<Datum>) {
        let is_same = match value {
            None => self.nulls[number],
            // SAFETY: the row has the columns of the descriptor, with values of their types.
            Some(new) => unsafe {
                let column = pg_type::column(self.descriptor, number);
                !self.nulls[number] && is_same(column, self.values[number], new)
            },
        };
        if !is_same {
            self.is_changed = true;
            self.values[number] = value.unwrap_or(Datum::from(0));
            self.nulls[number] = value.is_none();
        }
    }

    /// Returns a tuple with the changes, or the tuple itself if there are none (`heap_modify_tuple`).
    ///
    /// # Safety
    /// `tuple` must be the row of the slot.
    pub(super) unsafe fn apply(mut self, tuple: HeapTuple) -> HeapTuple {
        if !self.is_changed {
            return tuple;
        }
        // SAFETY: the caller's promise; there is a value for each column.
        unsafe {
            let (values, nulls) = (self.values.as_mut_ptr(), self.nulls.as_mut_ptr());
            let new = pg_sys::heap_form_tuple(self.descriptor, values, nulls);
            (*(*new).t_data).t_ctid = (*(*tuple).t_data).t_ctid;
            (*new).t_self = (*tuple).t_self;
            (*new).t_tableOid = (*tuple).t_tableOid;
            new
        }
    }
}

/// Returns whether two values of a column have the same bytes (`datum_image_eq`, which costs ten times as much for short texts, as
/// it can raise).
///
/// # Safety
/// Both must be values of the column.
unsafe fn is_same(column: &FormData_pg_attribute, old: Datum, new: Datum) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        let bytes =
            |value: Datum, length| std::slice::from_raw_parts(value.cast_mut_ptr::<u8>(), length);
        match (column.attbyval, column.attlen) {
            (true, _) => old.value() == new.value(),
            (false, -1) => varlena(old) == varlena(new),
            (false, -2) => {
                let text = |value: Datum| CStr::from_ptr(value.cast_mut_ptr());
                text(old) == text(new)
            }
            (false, length) => bytes(old, length as usize) == bytes(new, length as usize),
        }
    }
}
