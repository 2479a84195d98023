//! Arrays as lists. An array of several dimensions is passed as lists of lists.

use super::lift::Lifting;
use super::lower::{Lowering, Server};
use super::value::{Conversion, Place};
use pgrx::pg_sys::{self, Datum, Oid};
use plwasm_engine::pass;
use plwasm_engine::pass::array::{Lists, MAX_DIMENSIONS, element};
use plwasm_engine::pass::lifting::List;
use plwasm_engine::pass::path::within;
use plwasm_engine::{Error, Result, abi};
use std::ffi::c_char;

/// `MaxAllocSize` in bytes, and `MaxArraySize`, the number of Datums that fit it.
const MAX_ALLOC_SIZE: usize = 0x3fff_ffff;
const MAX_ELEMENTS: usize = MAX_ALLOC_SIZE / size_of::<Datum>();

/// The element type of an array, and how its elements are passed.
#[derive(Debug)]
pub(super) struct Array {
    pub element: Place,
    pub lists: Lists,
    pub oid: Oid,
    /// `typlen`, `typbyval` and `typalign` of the element type.
    pub length: i16,
    pub by_value: bool,
    pub alignment: c_char,
}

/// The elements of an array to be lowered.
enum Elements<'a> {
    /// Elements that have the same bytes in the guest's memory.
    Same(&'a [u8]),
    Values(*const Datum, *const bool),
}

/// Returns `ARR_OVERHEAD_NONULLS`, the number of bytes of the header of an array without NULLs. After `ArrayType` it
/// holds the length and the lower bound of each dimension.
const fn header(dimensions: usize) -> usize {
    (size_of::<pg_sys::ArrayType>() + 2 * size_of::<i32>() * dimensions).next_multiple_of(8)
}

impl Array {
    /// Returns true if elements have the same bytes in an array and in the guest's memory, in both directions.
    fn is_same(&self) -> bool {
        use Conversion::{Int2, Int4, Int8, Oid};
        let plain = matches!(self.element.value.conversion, Int2 | Int4 | Int8 | Oid);
        plain && !self.element.is_option() && self.element.value.finish.is_none()
    }

    /// Returns true if the bytes of an array's elements can be copied to the guest without conversion.
    fn is_copied(&self) -> bool {
        use Conversion::{Bool, Date, Float4, Float8, Time, Timestamp};
        let plain = matches!(
            self.element.value.conversion,
            Bool | Float4 | Float8 | Date | Time | Timestamp
        );
        self.is_same() || plain && !self.element.is_option()
    }

    /// Lowers an array as lists. The pointer and length of the outermost list go to scratch at `at`.
    ///
    /// # Errors
    /// 2202E if its dimensions are not as many as the levels of lists in the WIT type; those of its elements.
    ///
    /// # Safety
    /// `datum` must be an array of the element type.
    pub(super) unsafe fn store(&self, datum: Datum, at: usize, to: &mut Lowering) -> Result<()> {
        // SAFETY: the caller's promise; after the header come the lengths of the dimensions, then the elements, which
        // are read in place.
        unsafe {
            let mut array: *mut pg_sys::varlena = datum.cast_mut_ptr();
            if !pgrx::varlena::varatt_is_4b_u(array) {
                array = pg_sys::pg_detoast_datum(array);
            }
            let array: *mut pg_sys::ArrayType = array.cast();
            let dimensions = (*array).ndim as usize;
            let mut lengths = [0; MAX_DIMENSIONS];
            for (i, length) in lengths.iter_mut().enumerate().take(dimensions) {
                *length = *array.add(1).cast::<i32>().add(i) as usize;
            }
            let lengths = &lengths[..dimensions.min(MAX_DIMENSIONS)];
            // This is checked before the elements are read.
            self.lists.check(lengths)?;
            let abi::Layout { size, align } = self.lists.element;
            let elements = if self.is_copied() && (*array).dataoffset == 0 {
                let data = array.cast::<u8>().add(header(dimensions));
                let count: usize = lengths.iter().product();
                let length = if dimensions == 0 { 0 } else { count * size as usize };
                Elements::Same(std::slice::from_raw_parts(data, length))
            } else {
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
                Elements::Values(values, nulls)
            };
            self.lists.store(lengths, at, to, &mut |first, count, at, to| match elements {
                Elements::Same(data) => {
                    let data = &data[first * size as usize..][..count * size as usize];
                    to.copied(at, data, count, align)
                }
                Elements::Values(values, nulls) => to.list(at, count, size, align, |i, at, to| {
                    let (value, null) = (*values.add(first + i), *nulls.add(first + i));
                    let value = (!null).then_some(value);
                    within(|| element(i), || self.element.store(value, at, to))
                }),
            })
        }
    }

    /// Loads an array from lists.
    ///
    /// # Errors
    /// 2202E if they are not rectangular; [`Error::ResultSize`]; those of its elements.
    pub(super) fn load(&self, bytes: &[u8], from: &Lifting) -> Result<Datum> {
        let (list, lengths) = self.lists.open(bytes, &from.memory)?;
        let visited = lengths.visited();
        if visited > MAX_ELEMENTS {
            return Err(Error::ResultSize(format!("a list of {visited} elements")));
        }
        let count = lengths.elements();
        if count > 0 && self.is_same() {
            from.room.check(count * self.lists.element.size as usize)?;
            return self.copy(list, &lengths, from);
        }
        from.room.check(visited * (size_of::<Datum>() + size_of::<bool>()))?;
        // SAFETY: palloc returns as many bytes as it is asked for, or raises; each value is written once, because
        // `load` checks that the lists have the lengths that `open` returned.
        unsafe {
            let values: *mut Datum = pg_sys::palloc(count * size_of::<Datum>()).cast();
            let nulls: *mut bool = pg_sys::palloc(count).cast();
            let taken = from.room.taken();
            let mut next = 0;
            self.lists.load(list, &lengths, &from.memory, &mut |list| {
                for (i, bytes) in list {
                    let value = within(|| element(i), || self.element.load(bytes, from))?;
                    nulls.add(next).write(value.is_none());
                    values.add(next).write(value.unwrap_or(Datum::from(0)));
                    next += 1;
                    from.room.check(0)?;
                }
                Ok(())
            })?;
            let array = if count == 0 {
                Datum::from(pg_sys::construct_empty_array(self.oid))
            } else {
                from.room.check_copy(taken)?;
                // The lengths fit, because there are at most `MAX_ELEMENTS`.
                let mut lengths: [i32; MAX_DIMENSIONS] =
                    std::array::from_fn(|i| lengths.get(i).map_or(0, |length| *length as i32));
                Datum::from(pg_sys::construct_md_array(
                    values,
                    nulls,
                    self.lists.dimensions as i32,
                    lengths.as_mut_ptr(),
                    [1; MAX_DIMENSIONS].as_mut_ptr(),
                    self.oid,
                    self.length.into(),
                    self.by_value,
                    self.alignment,
                ))
            };
            pg_sys::pfree(values.cast());
            pg_sys::pfree(nulls.cast());
            Ok(array)
        }
    }

    /// Copies an array whose elements have the same bytes in the guest's memory.
    fn copy(&self, list: List<Server>, lengths: &[usize], from: &Lifting) -> Result<Datum> {
        let header = header(lengths.len());
        let elements: usize = lengths.iter().product();
        let size = header + elements * self.lists.element.size as usize;
        if size > MAX_ALLOC_SIZE {
            return Err(Error::ResultSize(format!("an array of {size} bytes")));
        }
        // SAFETY: palloc returns `size` bytes or raises; the header is written first (`construct_md_array`); `load`
        // checks that the lists have the lengths that `open` returned.
        unsafe {
            let array: *mut pg_sys::ArrayType = pg_sys::palloc(size).cast();
            pgrx::set_varsize_4b(array.cast(), size as i32);
            (*array).ndim = lengths.len() as i32;
            (*array).dataoffset = 0;
            (*array).elemtype = self.oid;
            let dimensions = array.add(1).cast::<i32>();
            for (i, length) in lengths.iter().enumerate() {
                dimensions.add(i).write(*length as i32);
                dimensions.add(lengths.len() + i).write(1);
            }
            let mut data = array.cast::<u8>().add(header);
            self.lists.load(list, lengths, &from.memory, &mut |list| {
                pass::copy::<Server>(list.bytes(), data);
                data = data.add(list.bytes().len());
                Ok(())
            })?;
            Ok(Datum::from(array))
        }
    }
}
