//! Lifting: converts results from slots and guest memory to Datums. Everything that the guest returned is checked.
//!
//! The engine has the part that does not depend on Datums ([`pass::Lifting`]).

use super::finish::Check;
use super::lower::Server;
use super::room::Room;
use super::value::{Conversion, Place, Value};
use crate::{allocator, encoding};
use pgrx::pg_sys::{self, Datum};
use plwasm_engine::abi::word;
use plwasm_engine::pass::{self, Lift, lifting, load_char, load_date, load_time, load_timestamp};
use plwasm_engine::{Error, Guest, Result};
use std::borrow::Cow;
use std::cell::RefCell;
use std::ffi::CStr;

/// `MaxAllocSize`: the maximum size of a Datum's memory.
const MAX_ALLOC_SIZE: usize = 0x3fff_ffff;

/// The length of an error's text, in bytes, from which room is requested for it.
const LONG: usize = 64 << 10;

/// A result that is read out of a guest.
pub(crate) struct Lifting<'g> {
    pub memory: pass::Lifting<'g, Server>,
    /// The checks to run after the guest is done.
    pub checks: RefCell<Vec<Check>>,
    pub room: Room,
}

impl<'g> Lifting<'g> {
    /// Starts lifting from a guest whose call has returned.
    pub(crate) fn new(guest: &'g Guest) -> Self {
        let memory = pass::Lifting::new(guest);
        Self { memory, checks: RefCell::default(), room: Room::new() }
    }

    /// Returns a string that will be copied. Checks that there is room for the copy.
    #[inline]
    pub(crate) fn text(&self, bytes: &[u8]) -> Result<&'g str> {
        self.memory.string(bytes, |length| self.room.check(encoding::server_size(length)))
    }
}

/// Reads the parts of a guest's error.
impl Lift for Lifting<'_> {
    fn string(&self, bytes: &[u8]) -> Result<Cow<'_, str>> {
        Ok(self.text(bytes)?.into())
    }

    fn owned(&self, bytes: &[u8]) -> Result<String> {
        let text = self.text(bytes)?;
        // The text is copied a few times. The copies of the error report are PostgreSQL's.
        self.room.take(2 * text.len());
        if text.len() > LONG {
            allocator::room_beside_guest(8 * text.len());
        }
        let text = encoding::from_guest(text.as_bytes());
        Ok(String::from_utf8_lossy(encoding::to_guest(text)).into_owned())
    }

    fn list(&self, bytes: &[u8], size: u32, align: u32) -> Result<impl Iterator<Item = &[u8]>> {
        Ok(self.memory.list(bytes, size, align)?.map(|(_, element)| element))
    }
}

impl Place {
    /// Loads a value from the bytes of the larger value that it is a part of. Returns `None` for NULL.
    ///
    /// Raises the errors of PostgreSQL's functions for its type.
    ///
    /// # Errors
    /// [`Error::Abi`] if the guest breaks the ABI; an error if the value is not one of its type.
    pub(super) fn load(&self, bytes: &[u8], from: &Lifting) -> Result<Option<Datum>> {
        let datum = pass::Place::load(self, bytes, |bytes| self.value.load(bytes, from))?;
        match &self.value.finish {
            None => Ok(datum),
            // SAFETY: the Datum was just made, and is of the base type.
            Some(finish) => unsafe { finish.apply(datum, from) },
        }
    }
}

impl Value {
    /// Loads a value that is not NULL, which `bytes` begins with.
    pub(super) fn load(&self, bytes: &[u8], from: &Lifting) -> Result<Datum> {
        Ok(match &self.conversion {
            // `convert_int_to_bool`
            Conversion::Bool => Datum::from(bytes[0] != 0),
            Conversion::Int2 => Datum::from(i16::from_le_bytes(word(bytes))),
            Conversion::Int4 => Datum::from(i32::from_le_bytes(word(bytes))),
            Conversion::Int8 => Datum::from(i64::from_le_bytes(word(bytes))),
            Conversion::Oid => Datum::from(u32::from_le_bytes(word(bytes))),
            Conversion::Float4 => Datum::from(canonical32(u32::from_le_bytes(word(bytes))) as i32),
            Conversion::Float8 => Datum::from(canonical64(u64::from_le_bytes(word(bytes))) as i64),
            Conversion::Narrow(narrow) => Datum::from(narrow.load(bytes)),
            Conversion::Date => Datum::from(load_date(bytes)?),
            Conversion::Time => Datum::from(load_time(bytes)?),
            Conversion::Timestamp => Datum::from(load_timestamp(bytes)?),
            Conversion::Char => text(load_char(bytes)?.encode_utf8(&mut [0; 4]))?,
            Conversion::Enumeration(labels) => {
                let case = lifting::case(bytes, self.layout.size, labels.count())?;
                Datum::from(labels.label(case)?)
            }
            Conversion::Flags(flags) => flags.load(bytes, self.layout.size)?,
            Conversion::Uuid => {
                let halves = [0, 8].map(|at| u64::from_le_bytes(word(&bytes[at..])));
                allocated(halves.map(u64::to_be_bytes))
            }
            Conversion::Interval => allocated(pg_sys::Interval {
                month: i32::from_le_bytes(word(bytes)),
                day: i32::from_le_bytes(word(&bytes[4..])),
                time: i64::from_le_bytes(word(&bytes[8..])),
            }),
            Conversion::Text => text(from.text(bytes)?)?,
            Conversion::Bytea => {
                let bytes = from.memory.bytes(bytes)?;
                from.room.check(bytes.len())?;
                varlena(bytes)?
            }
            Conversion::Name => name(from.text(bytes)?),
            Conversion::TextForm(form) => form.read(from.text(bytes)?, &from.room)?,
            Conversion::Unsigned(form) => {
                let text = u64::from_le_bytes(word(bytes)).to_string();
                form.read(&text, &from.room)?
            }
            Conversion::Json(json) => json.load(bytes, from)?,
            Conversion::Array(array) => array.load(bytes, from)?,
            Conversion::Multirange(range) => range.load_multirange(bytes, from)?,
            Conversion::Composite(composite) => composite.load(bytes, from)?,
            Conversion::Range(range) => range.load(bytes, from)?,
            Conversion::NamedRow(row) => row.load(bytes, from)?,
            Conversion::JsonRow(row) => row.load(bytes, from)?,
            Conversion::AnyRecord(_)
            | Conversion::TriggerEvent(_)
            | Conversion::TransitionTable(_)
            | Conversion::Partition(_) => {
                return Err(Error::Internal("a value was returned that is only passed".into()));
            }
        })
    }
}

/// Returns a text made from UTF-8 without NUL.
#[inline]
pub(super) fn text(text: &str) -> Result<Datum> {
    varlena(encoding::from_guest(text.as_bytes()))
}

/// Returns a palloc'd varlena with these bytes.
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
        pass::copy::<Server>(data, to);
        Ok(Datum::from(pointer))
    }
}

/// Returns a palloc'd value of a type that is passed by reference and has no length word.
fn allocated<T>(value: T) -> Datum {
    // SAFETY: palloc returns aligned memory of the size, or raises.
    unsafe {
        let pointer: *mut T = pg_sys::palloc(size_of::<T>()).cast();
        pointer.write(value);
        Datum::from(pointer)
    }
}

/// Returns a name, truncated as its input function does.
fn name(text: &str) -> Datum {
    let data = encoding::from_guest(text.as_bytes());
    // SAFETY: namein takes a C string and cuts it between characters.
    unsafe {
        let text = pg_sys::pnstrdup(data.as_ptr().cast(), data.len());
        pgrx::direct_function_call_as_datum(pg_sys::namein, &[Some(Datum::from(text))])
            .unwrap_or_else(|| unreachable!("namein({:?}) returned NULL", CStr::from_ptr(text)))
    }
}

/// Returns the bits of a float, with one NaN in place of all others. Which NaN the guest computes depends on the CPU,
/// but the result of an IMMUTABLE function must not.
#[inline]
pub(super) fn canonical32(bits: u32) -> u32 {
    if f32::from_bits(bits).is_nan() { 0x7fc0_0000 } else { bits }
}

#[inline]
pub(super) fn canonical64(bits: u64) -> u64 {
    if f64::from_bits(bits).is_nan() { 0x7ff8_0000_0000_0000 } else { bits }
}
