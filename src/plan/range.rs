//! Ranges as records, and multiranges as lists of such records.

use super::lift::Lifting;
use super::lower::Lowering;
use super::value::Place;
use crate::sqlstate;
use pgrx::pg_sys::ffi::pg_guard_ffi_boundary;
use pgrx::pg_sys::{self, Datum, Oid};
use plwasm_engine::Result;
use plwasm_engine::pass::path::within;
use std::ffi::c_void;

/// The record of a range type: `empty`, the two bounds, and whether each bound is inclusive.
#[derive(Debug)]
pub(super) struct Range {
    /// The type cache's entry, which lives as long as the backend.
    pub cache: *mut pg_sys::TypeCacheEntry,
    /// The multirange type, if the record is an element of one.
    pub multirange: Oid,
    /// The two bounds, both options, and the offset of the flag that says whether each is inclusive.
    pub bounds: [(Place, u32); 2],
    /// The size and the alignment of the record, in bytes.
    pub size: u32,
    pub align: u32,
}

// multirangetypes.h, which pgrx leaves out of its bindings. These functions raise, so they must be called within the
// boundary.
unsafe extern "C-unwind" {
    fn multirange_deserialize(
        range_type: *mut pg_sys::TypeCacheEntry,
        multirange: *const c_void,
        count: *mut i32,
        ranges: *mut *mut *mut pg_sys::RangeType,
    );
    fn make_multirange(
        oid: Oid,
        range_type: *mut pg_sys::TypeCacheEntry,
        count: i32,
        ranges: *mut *mut pg_sys::RangeType,
    ) -> *mut c_void;
}

impl Range {
    /// Writes the fields of a range to scratch at `at`.
    ///
    /// # Errors
    /// Those of its bounds.
    ///
    /// # Safety
    /// `range` must be a range of the type.
    pub(super) unsafe fn store(&self, range: Datum, at: usize, to: &mut Lowering) -> Result<()> {
        let mut bounds = [pg_sys::RangeBound::default(); 2];
        let mut empty = false;
        // SAFETY: the caller's promise; the range is de-TOASTed first, because bounds are read in place.
        unsafe {
            let range = pg_sys::pg_detoast_datum(range.cast_mut_ptr()).cast();
            let [lower, upper] = &mut bounds;
            pg_sys::range_deserialize(self.cache, range, lower, upper, &mut empty);
        }
        to.put(at, &[u8::from(empty)]);
        if empty {
            return Ok(());
        }
        for ((place, inclusive), bound) in self.bounds.iter().zip(bounds) {
            let value = (!bound.infinite).then_some(bound.val);
            // SAFETY: a bound is of the range's subtype.
            place.within(|| unsafe { place.store(value, at, to) })?;
            to.put(at + *inclusive as usize, &[u8::from(bound.inclusive)]);
        }
        Ok(())
    }

    /// Loads a range from its fields.
    pub(super) fn load(&self, bytes: &[u8], from: &Lifting) -> Result<Datum> {
        // SAFETY: the type cache's entry is that of the range type, the bounds are of its subtype.
        unsafe {
            if bytes[0] != 0 {
                return Ok(Datum::from(pg_sys::make_empty_range(self.cache)));
            }
            let taken = from.room.taken();
            let mut bounds = [pg_sys::RangeBound::default(); 2];
            for (i, (place, inclusive)) in self.bounds.iter().enumerate() {
                let value = place.within(|| place.load(bytes, from))?;
                bounds[i] = pg_sys::RangeBound {
                    val: value.unwrap_or(Datum::from(0)),
                    infinite: value.is_none(),
                    inclusive: value.is_some() && bytes[*inclusive as usize] != 0,
                    lower: i == 0,
                };
            }
            from.room.check_copy(taken)?;
            let [lower, upper] = &mut bounds;
            #[cfg(feature = "pg15")]
            let make = || pg_sys::make_range(self.cache, lower, upper, false);
            #[cfg(not(feature = "pg15"))]
            let make = || pg_sys::make_range(self.cache, lower, upper, false, std::ptr::null_mut());
            Ok(Datum::from(sqlstate::keeping(make)))
        }
    }

    /// Lowers a multirange as a list of its ranges. The pointer and length of the list go to scratch at `at`.
    ///
    /// # Errors
    /// Those of the bounds.
    ///
    /// # Safety
    /// `datum` must be a multirange of the type.
    pub(super) unsafe fn store_multirange(
        &self,
        datum: Datum,
        at: usize,
        to: &mut Lowering,
    ) -> Result<()> {
        let (mut count, mut ranges) = (0, std::ptr::null_mut());
        // SAFETY: the caller's promise; the ranges are `count` pointers.
        let ranges = unsafe {
            let multirange = pg_sys::pg_detoast_datum(datum.cast_mut_ptr());
            pg_guard_ffi_boundary(|| {
                multirange_deserialize(self.cache, multirange.cast(), &mut count, &mut ranges);
            });
            match count {
                0 => &[],
                _ => std::slice::from_raw_parts(ranges, count as usize),
            }
        };
        to.list(at, ranges.len(), self.size, self.align, |i, at, to| {
            // SAFETY: a range of the type.
            within(|| number(i), || unsafe { self.store(Datum::from(ranges[i]), at, to) })
        })
    }

    /// Loads a multirange from a list of ranges, which are sorted and merged.
    pub(super) fn load_multirange(&self, bytes: &[u8], from: &Lifting) -> Result<Datum> {
        let ranges = from.memory.list(bytes, self.size, self.align)?;
        let taken = from.room.taken();
        from.room.take(ranges.len() * size_of::<Datum>());
        from.room.check(0)?;
        let mut ranges = ranges
            .map(|(i, bytes)| {
                within(
                    || number(i),
                    || {
                        let range = self.load(bytes, from)?;
                        from.room.check(0)?;
                        Ok(range.cast_mut_ptr())
                    },
                )
            })
            .collect::<Result<Vec<*mut pg_sys::RangeType>>>()?;
        from.room.check_copy(taken)?;
        // SAFETY: ranges of the type, which the function may reorder.
        let make = || unsafe {
            pg_guard_ffi_boundary(|| {
                let count = ranges.len() as i32;
                make_multirange(self.multirange, self.cache, count, ranges.as_mut_ptr())
            })
        };
        Ok(Datum::from(sqlstate::keeping(make)))
    }
}

fn number(i: usize) -> String {
    format!("range {}", i + 1)
}
