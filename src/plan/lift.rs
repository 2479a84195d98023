//! Lifting: results from slot or memory to Datum. Everything the guest returned is checked.

use super::bulk;
use super::finish::Check;
use super::room::Room;
use super::value::{Conversion, Place, Value};
use crate::{allocator, encoding};
use pgrx::pg_sys::{self, Datum};
use plwasm_engine::abi::{Lift, word};
use plwasm_engine::{Error, Guest, Result};
use std::borrow::Cow;
use std::cell::RefCell;
use std::ffi::CStr;

/// `MaxAllocSize`: no datum is larger.
const MAX_ALLOC_SIZE: usize = 0x3fff_ffff;

/// Days and microseconds that PostgreSQL has dates for, `IS_VALID_DATE` and `IS_VALID_TIMESTAMP`
/// (datatype/timestamp.h): 4713-01-01 BC to 5874897-12-31, or to 294276-12-31.
const DATES: std::ops::Range<i32> = -2_451_545..2_145_031_949;
const TIMESTAMPS: std::ops::Range<i64> = -211_813_488_000_000_000..9_223_371_331_200_000_000;
/// `time` has midnight at both ends.
const TIMES: std::ops::RangeInclusive<i64> = 0..=86_400_000_000;

/// From how many bytes on it is asked whether there is room for an error's text.
const LONG: usize = 64 << 10;

/// A result on its way out of a guest. Its memory stays as it is meanwhile.
pub struct Lifting<'g> {
    pub guest: &'g Guest,
    /// What is to be checked once the guest is done.
    pub checks: RefCell<Vec<Check>>,
    pub room: Room,
}

/// The bytes of a list's elements.
pub struct List<'g> {
    bytes: &'g [u8],
    size: usize,
    count: usize,
    next: usize,
}

impl<'g> Lifting<'g> {
    /// From a guest that has returned.
    pub fn new(guest: &'g Guest) -> Self {
        Self { guest, checks: RefCell::default(), room: Room::new() }
    }

    /// The elements of a list whose pointer and length are there.
    ///
    /// # Errors
    /// [`Error::Abi`] if they are not aligned or not in memory (`load_list_from_range`).
    pub fn list(&self, bytes: &[u8], size: u32, align: u32) -> Result<List<'g>> {
        let count = u32::from_le_bytes(word(&bytes[4..]));
        let bytes = self.guest.list(bytes, size, align)?;
        Ok(List { bytes, size: size as usize, count: count as usize, next: 0 })
    }

    /// The bytes of a string that will be copied.
    pub fn string(&self, bytes: &[u8]) -> Result<&'g [u8]> {
        let bytes = self.list(bytes, 1, 1)?.bytes;
        self.room.check(encoding::server_size(bytes.len()))?;
        checked(bytes)
    }
}

impl<'g> List<'g> {
    /// Of all elements.
    pub fn bytes(&self) -> &'g [u8] {
        self.bytes
    }
}

/// Each element with its number, from 0.
impl<'g> Iterator for List<'g> {
    type Item = (usize, &'g [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let i = self.next;
        (i < self.count).then(|| {
            self.next += 1;
            (i, &self.bytes[i * self.size..(i + 1) * self.size])
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.count - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for List<'_> {}

/// What a guest's own error is read from.
impl Lift for Lifting<'_> {
    fn string(&self, bytes: &[u8]) -> Result<Cow<'_, str>> {
        Ok(String::from_utf8_lossy(self.string(bytes)?))
    }

    fn text(&self, bytes: &[u8]) -> Result<String> {
        let text = self.string(bytes)?;
        // It is copied a few times on its way; the report's copies are PostgreSQL's.
        self.room.take(2 * text.len());
        if text.len() > LONG {
            allocator::room_beside_guest(8 * text.len());
        }
        let text = encoding::from_guest(text);
        Ok(String::from_utf8_lossy(encoding::to_guest(text)).into_owned())
    }

    fn list(&self, bytes: &[u8], size: u32, align: u32) -> Result<impl Iterator<Item = &[u8]>> {
        Ok(self.list(bytes, size, align)?.map(|(_, element)| element))
    }
}

impl Place {
    /// A value from what it lies in. None is NULL.
    ///
    /// Raises what a domain's constraints raise.
    pub fn load(&self, bytes: &[u8], from: &Lifting) -> Result<Option<Datum>> {
        let bytes = &bytes[self.offset as usize..];
        let datum = match self.payload {
            None => Some(self.value.load(bytes, from)?),
            Some(payload) => match bytes[0] {
                0 => None,
                1 => Some(self.value.load(&bytes[payload as usize..], from)?),
                other => return Err(Error::no_case(other.into(), 2)),
            },
        };
        match &self.value.finish {
            None => Ok(datum),
            // SAFETY: just made, of the type's base type.
            Some(finish) => unsafe { finish.apply(datum, from) },
        }
    }
}

impl Value {
    /// One value from memory, whose bytes those begin with.
    pub fn load(&self, bytes: &[u8], from: &Lifting) -> Result<Datum> {
        Ok(match &self.conversion {
            // `convert_int_to_bool`
            Conversion::Bool => Datum::from(bytes[0] != 0),
            Conversion::Int2 => Datum::from(i16::from_le_bytes(word(bytes))),
            Conversion::Int4 => Datum::from(i32::from_le_bytes(word(bytes))),
            Conversion::Int8 => Datum::from(i64::from_le_bytes(word(bytes))),
            Conversion::Oid => Datum::from(u32::from_le_bytes(word(bytes))),
            Conversion::Float4 => Datum::from(canonical32(u32::from_le_bytes(word(bytes))) as i32),
            Conversion::Float8 => Datum::from(canonical64(u64::from_le_bytes(word(bytes))) as i64),
            Conversion::Narrow(narrow) => {
                let mut bits = [0; 4];
                bits[..narrow.size()].copy_from_slice(&bytes[..narrow.size()]);
                Datum::from(narrow.extend(u32::from_le_bytes(bits)))
            }
            Conversion::Date => date(i32::from_le_bytes(word(bytes)))?,
            Conversion::Time => time(i64::from_le_bytes(word(bytes)))?,
            Conversion::Timestamp => timestamp(i64::from_le_bytes(word(bytes)))?,
            Conversion::Char => {
                let code = u32::from_le_bytes(word(bytes));
                let char = char::from_u32(code).ok_or_else(|| Error::no_char(code))?;
                text(checked(char.encode_utf8(&mut [0; 4]).as_bytes())?)?
            }
            Conversion::Enumeration(labels) => {
                let mut bits = [0; 4];
                let size = labels.size() as usize;
                bits[..size].copy_from_slice(&bytes[..size]);
                Datum::from(labels.label(u32::from_le_bytes(bits))?)
            }
            Conversion::Flags(flags) => {
                let mut bits = [0; 4];
                let size = self.layout.size as usize;
                bits[..size].copy_from_slice(&bytes[..size]);
                flags.load(u32::from_le_bytes(bits))?
            }
            Conversion::Uuid => {
                let halves = [0, 8].map(|at| u64::from_le_bytes(word(&bytes[at..])));
                allocated(halves.map(u64::to_be_bytes))
            }
            Conversion::Interval => allocated(pg_sys::Interval {
                month: i32::from_le_bytes(word(bytes)),
                day: i32::from_le_bytes(word(&bytes[4..])),
                time: i64::from_le_bytes(word(&bytes[8..])),
            }),
            Conversion::Text => text(from.string(bytes)?)?,
            Conversion::Bytea => {
                let bytes = from.list(bytes, 1, 1)?.bytes;
                from.room.check(bytes.len())?;
                varlena(bytes)?
            }
            Conversion::Name => name(from.string(bytes)?),
            Conversion::TextForm(form) => form.read(from.string(bytes)?, &from.room)?,
            Conversion::Unsigned(form) => {
                let text = u64::from_le_bytes(word(bytes)).to_string();
                form.read(text.as_bytes(), &from.room)?
            }
            Conversion::Json(json) => json.load(bytes, from)?,
            Conversion::Array(array) => array.load(bytes, from)?,
            Conversion::Multirange(range) => range.load_multirange(bytes, from)?,
            Conversion::Composite(composite) => composite.load(bytes, from)?,
            Conversion::Range(range) => range.load(bytes, from)?,
            Conversion::AnyRecord(_) => {
                return Err(Error::Internal("a RECORD without columns was returned".into()));
            }
        })
    }
}

fn date(days: i32) -> Result<Datum> {
    match days {
        i32::MIN | i32::MAX => {}
        days if DATES.contains(&days) => {}
        _ => return Err(Error::DateRange { what: "date", value: days.into() }),
    }
    Ok(Datum::from(days))
}

fn time(microseconds: i64) -> Result<Datum> {
    match TIMES.contains(&microseconds) {
        true => Ok(Datum::from(microseconds)),
        false => Err(Error::DateRange { what: "time", value: microseconds }),
    }
}

fn timestamp(microseconds: i64) -> Result<Datum> {
    match microseconds {
        i64::MIN | i64::MAX => {}
        found if TIMESTAMPS.contains(&found) => {}
        value => return Err(Error::DateRange { what: "timestamp", value }),
    }
    Ok(Datum::from(microseconds))
}

/// A guest's string: UTF-8, and without the one character that PostgreSQL's text lacks.
#[inline]
pub fn checked(data: &[u8]) -> Result<&[u8]> {
    if let Some(at) = bulk::not_utf8(data) {
        return Err(Error::not_utf8(at, data.len()));
    }
    match bulk::has_zero(data) {
        true => Err(Error::NulByte),
        false => Ok(data),
    }
}

/// A text, from UTF-8 without NUL.
#[inline]
pub fn text(data: &[u8]) -> Result<Datum> {
    varlena(encoding::from_guest(data))
}

/// A palloc'd varlena with these bytes.
#[inline]
fn varlena(data: &[u8]) -> Result<Datum> {
    let size = data.len() + pg_sys::VARHDRSZ;
    if size > MAX_ALLOC_SIZE {
        return Err(Error::ResultSize(format!("a value of {} bytes", data.len())));
    }
    // SAFETY: palloc returns `size` bytes or raises; the header is written before the bytes.
    unsafe {
        let pointer = pg_sys::palloc(size).cast::<pg_sys::varlena>();
        pgrx::set_varsize_4b(pointer, size as i32);
        let to = pointer.cast::<u8>().add(pg_sys::VARHDRSZ);
        bulk::copy(data, to);
        Ok(Datum::from(pointer))
    }
}

/// A palloc'd value, of a type that is passed by reference and has no length word.
fn allocated<T>(value: T) -> Datum {
    // SAFETY: palloc returns aligned memory of the size, or raises.
    unsafe {
        let pointer: *mut T = pg_sys::palloc(size_of::<T>()).cast();
        pointer.write(value);
        Datum::from(pointer)
    }
}

/// A name, cut as its input function cuts it.
fn name(data: &[u8]) -> Datum {
    let data = encoding::from_guest(data);
    // SAFETY: namein takes a C string and cuts it between characters.
    unsafe {
        let text = pg_sys::pnstrdup(data.as_ptr().cast(), data.len());
        pgrx::direct_function_call_as_datum(pg_sys::namein, &[Some(Datum::from(text))])
            .unwrap_or_else(|| unreachable!("namein({:?}) returned NULL", CStr::from_ptr(text)))
    }
}

/// The one NaN that leaves, whatever the CPU made of it; so IMMUTABLE is true.
#[inline]
pub fn canonical32(bits: u32) -> u32 {
    if f32::from_bits(bits).is_nan() { 0x7fc0_0000 } else { bits }
}

#[inline]
pub fn canonical64(bits: u64) -> u64 {
    if f64::from_bits(bits).is_nan() { 0x7ff8_0000_0000_0000 } else { bits }
}
