//! The columns of a row in a slot, and those that a trigger function has changed.
//!
//! A value that comes back as it was must never count as a change.

use super::super::pg_type;
use pgrx::pg_sys::{self, Datum, HeapTuple, TupleDesc, TupleTableSlot};
use smallvec::SmallVec;

/// The columns of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns(*const TupleTableSlot);

/// The columns of a row whose values differ from those that it has.
#[derive(Debug)]
pub(super) struct Modified {
    row: Columns,
    descriptor: TupleDesc,
    numbers: SmallVec<[i32; 16]>,
    values: SmallVec<[Datum; 16]>,
    nulls: SmallVec<[bool; 16]>,
}

impl Columns {
    /// Returns the first `count` columns of the row in a slot (`slot_getsomeattrs`).
    ///
    /// # Safety
    /// The slot must have a row of at least so many columns, as long as the result is used.
    pub(super) unsafe fn of(slot: *mut TupleTableSlot, count: usize) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            if ((*slot).tts_nvalid as usize) < count {
                pg_sys::slot_getsomeattrs_int(slot, count as i32);
            }
        }
        Self(slot)
    }

    /// Returns the value of the column with this number, from 0, which must be one of the first that were asked for.
    ///
    /// # Safety
    /// As [`of`](Self::of).
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
        // SAFETY: the caller's promise.
        let row = unsafe { Columns::of(slot, (*descriptor).natts as usize) };
        let (numbers, values, nulls) = Default::default();
        Self { row, descriptor, numbers, values, nulls }
    }

    /// Sets a column, by its number from 0, to a value of its type, or to NULL.
    pub(super) fn set(&mut self, number: usize, value: Option<Datum>) {
        // SAFETY: the row has the columns of the descriptor, with values of their types.
        let is_same = unsafe {
            match (self.row.get(number), value) {
                (None, None) => true,
                (Some(old), Some(new)) => {
                    let column = pg_type::column(self.descriptor, number);
                    match column.attbyval {
                        true => old.value() == new.value(),
                        false => pg_sys::datum_image_eq(old, new, false, column.attlen.into()),
                    }
                }
                _ => false,
            }
        };
        if !is_same {
            self.numbers.push(number as i32 + 1);
            self.values.push(value.unwrap_or(Datum::from(0)));
            self.nulls.push(value.is_none());
        }
    }

    /// Returns a tuple with the changes, or the tuple itself if there are none (`heap_modify_tuple_by_cols`).
    ///
    /// # Safety
    /// `tuple` must be the row of the slot.
    pub(super) unsafe fn apply(mut self, tuple: HeapTuple) -> HeapTuple {
        if self.numbers.is_empty() {
            return tuple;
        }
        // SAFETY: the caller's promise; the three lists have one length.
        unsafe {
            pg_sys::heap_modify_tuple_by_cols(
                tuple,
                self.descriptor,
                self.numbers.len() as i32,
                self.numbers.as_mut_ptr(),
                self.values.as_mut_ptr(),
                self.nulls.as_mut_ptr(),
            )
        }
    }
}
