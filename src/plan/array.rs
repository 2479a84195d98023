//! Arrays of one dimension as lists.

use super::bulk;
use super::lift::Lifting;
use super::lower::Lowering;
use super::path::within;
use super::value::{Conversion, Place};
use crate::error;
use pgrx::pg_sys::{self, Datum, Oid};
use plwasm_engine::{Error, Result};
use std::ffi::c_char;

/// `ARR_OVERHEAD_NONULLS(1)`: the header of an array of one dimension without NULLs.
const HEADER: usize = 24;

/// `MaxAllocSize`, and `MaxArraySize`, which is as many Datums.
const MAX_ALLOC_SIZE: usize = 0x3fff_ffff;
const MAX_ELEMENTS: usize = MAX_ALLOC_SIZE / size_of::<Datum>();

/// The element type of an array, and what its elements are passed as.
#[derive(Debug)]
pub struct Array {
    pub element: Place,
    /// Bytes from one element to the next in the guest's memory, and their alignment.
    pub size: u32,
    pub align: u32,
    pub oid: Oid,
    /// `typlen`, `typbyval` and `typalign` of the element type.
    pub length: i16,
    pub by_value: bool,
    pub alignment: c_char,
}

impl Array {
    /// Whether elements lie in the array as in the guest's memory, in both directions.
    fn is_same(&self) -> bool {
        use Conversion::{Int2, Int4, Int8, Oid};
        let plain = matches!(self.element.value.conversion, Int2 | Int4 | Int8 | Oid);
        plain && !self.element.is_option() && self.element.value.finish.is_none()
    }

    /// Whether elements of an array can be given to the guest as they lie there.
    fn is_copied(&self) -> bool {
        use Conversion::{Bool, Date, Float4, Float8, Time, Timestamp};
        let plain = matches!(
            self.element.value.conversion,
            Bool | Float4 | Float8 | Date | Time | Timestamp
        );
        self.is_same() || plain && !self.element.is_option()
    }

    /// An array's elements to a list: pointer and length.
    ///
    /// Raises 2202E if it has more dimensions than one, 22004 for a NULL that WIT does not allow.
    ///
    /// # Safety
    /// `datum` must be an array of the element type.
    pub unsafe fn lower(&self, datum: Datum, to: &mut Lowering) -> Result<(u32, u32)> {
        // SAFETY: the caller's promise; the elements are read in place, as often as there are any.
        unsafe {
            let mut array: *mut pg_sys::varlena = datum.cast_mut_ptr();
            if !pgrx::varlena::varatt_is_4b_u(array) {
                array = pg_sys::pg_detoast_datum(array);
            }
            let array: *mut pg_sys::ArrayType = array.cast();
            let dimensions = (*array).ndim;
            if dimensions == 0 {
                return to.list(0, self.size, self.align, |_, _, _| Ok(()));
            }
            if dimensions != 1 {
                error::raise_sql(
                    "2202E",
                    format!("an array of {dimensions} dimensions cannot be passed as a list"),
                    Some("Pass it with array_to_json, or element by element with unnest."),
                );
            }
            let count = *array.add(1).cast::<i32>() as usize;
            if self.is_copied() && (*array).dataoffset == 0 {
                let data = array.cast::<u8>().add(HEADER);
                let data = std::slice::from_raw_parts(data, count * self.size as usize);
                return to.copied(data, count, self.align);
            }
            let (mut values, mut nulls, mut found) =
                (std::ptr::null_mut(), std::ptr::null_mut(), 0);
            pg_sys::deconstruct_array(
                array,
                self.oid,
                self.length.into(),
                self.by_value,
                self.alignment,
                &mut values,
                &mut nulls,
                &mut found,
            );
            to.list(count, self.size, self.align, |i, at, to| {
                let value = (!*nulls.add(i)).then_some(*values.add(i));
                within(|| element(i), || self.element.store(value, at, to))
            })
        }
    }

    /// An array from a list.
    pub fn load(&self, bytes: &[u8], from: &Lifting) -> Result<Datum> {
        let list = from.list(bytes, self.size, self.align)?;
        let count = list.len();
        if count > MAX_ELEMENTS {
            return Err(Error::ResultSize(format!("a list of {count} elements")));
        }
        if count > 0 && self.is_same() {
            from.room.check(list.bytes().len())?;
            return self.copy(list.bytes(), count);
        }
        // SAFETY: palloc returns so many bytes or raises, and each is written once; `count` values of the element
        // type, one dimension from 1.
        unsafe {
            if count == 0 {
                return Ok(Datum::from(pg_sys::construct_empty_array(self.oid)));
            }
            from.room.check(count * (size_of::<Datum>() + size_of::<bool>()))?;
            let values: *mut Datum = pg_sys::palloc(count * size_of::<Datum>()).cast();
            let nulls: *mut bool = pg_sys::palloc(count).cast();
            let taken = from.room.taken();
            for (i, bytes) in list {
                crate::interrupt::check();
                let value = within(|| element(i), || self.element.load(bytes, from))?;
                nulls.add(i).write(value.is_none());
                values.add(i).write(value.unwrap_or(Datum::from(0)));
                from.room.check(0)?;
            }
            from.room.check_copy(taken)?;
            let array = Datum::from(pg_sys::construct_md_array(
                values,
                nulls,
                1,
                &mut (count as i32),
                &mut 1,
                self.oid,
                self.length.into(),
                self.by_value,
                self.alignment,
            ));
            pg_sys::pfree(values.cast());
            pg_sys::pfree(nulls.cast());
            Ok(array)
        }
    }

    /// An array of elements that lie there as here.
    fn copy(&self, bytes: &[u8], count: usize) -> Result<Datum> {
        let size = HEADER + bytes.len();
        if size > MAX_ALLOC_SIZE {
            return Err(Error::ResultSize(format!("an array of {size} bytes")));
        }
        // SAFETY: palloc returns `size` bytes or raises; the header is written first (`construct_md_array`):
        // after ArrayType come the dimension and its lower bound.
        unsafe {
            let array: *mut pg_sys::ArrayType = pg_sys::palloc(size).cast();
            pgrx::set_varsize_4b(array.cast(), size as i32);
            (*array).ndim = 1;
            (*array).dataoffset = 0;
            (*array).elemtype = self.oid;
            array.add(1).cast::<[i32; 2]>().write([count as i32, 1]);
            let data = array.cast::<u8>().add(HEADER);
            bulk::copy(bytes, data);
            Ok(Datum::from(array))
        }
    }
}

fn element(i: usize) -> String {
    format!("element {}", i + 1)
}
