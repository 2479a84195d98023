//! Lifting: the result from slot or memory to Datum. Everything the guest returned is checked.

use super::{Plan, SqlType};
use crate::encoding;
use pgrx::pg_sys::{self, Datum};
use plwasm_engine::abi::Layout;
use plwasm_engine::{Entry, Error, Guest, Result, ValRaw};
use std::ffi::CString;

/// `MaxAllocSize`: no datum is larger.
const MAX_ALLOC_SIZE: usize = 0x3fff_ffff;

impl Plan {
    /// A result in memory, after a call; the guest is told that it has been read. None is NULL.
    #[inline]
    pub(super) fn lift_spilled(
        &self,
        guest: &mut Guest,
        entry: &Entry,
        pointer: u32,
    ) -> Result<Option<Datum>> {
        let datum = self.load(guest, pointer)?;
        guest.post_return(entry, pointer)?;
        Ok(datum)
    }

    fn load(&self, guest: &Guest, pointer: u32) -> Result<Option<Datum>> {
        let Some(wit) = self.result.wit() else {
            return Ok(None);
        };
        let some = Layout::of(&wit);
        let (layout, payload) = match self.result_option {
            true => (Layout::of(&wit.option()), some.align),
            false => (some, 0),
        };
        if pointer & (layout.align - 1) != 0 {
            return Err(Error::Abi(format!(
                "the result's pointer {pointer:#x} is not a multiple of {}",
                layout.align
            )));
        }
        let area = guest.bytes(pointer, layout.size, "the result is")?;
        if self.result_option {
            match area[0] {
                0 => return Ok(None),
                1 => {}
                other => {
                    return Err(Error::Abi(format!(
                        "the discriminant of an option is {other}, not 0 or 1"
                    )));
                }
            }
        }
        let value = &area[payload as usize..(payload + some.size) as usize];
        self.result.load(value, guest).map(Some)
    }
}

impl SqlType {
    /// One value from its slot, which must be read in the width that the guest has just written:
    /// a wider load would wait for the store.
    #[inline]
    pub(super) fn lift_flat(self, slot: &ValRaw) -> Datum {
        match self {
            Self::Int4 => Datum::from(slot.get_i32()),
            Self::Int8 => Datum::from(slot.get_i64()),
            Self::Bool => Datum::from(slot.get_u32() != 0),
            // Canonical ABI: the guest's i32 is taken modulo 2^16 (`lift_flat_signed`).
            Self::Int2 => Datum::from(slot.get_i32() as i16),
            Self::Oid => Datum::from(slot.get_u32()),
            // As Int32GetDatum and Int64GetDatum do it: datums are compared as images.
            Self::Float4 => Datum::from(canonical32(slot.get_f32()) as i32),
            Self::Float8 => Datum::from(canonical64(slot.get_f64()) as i64),
            // Void; the others are never flat.
            _ => Datum::from(0),
        }
    }

    /// One value from memory, where it lies little-endian in its own size.
    #[inline]
    fn load(self, bytes: &[u8], guest: &Guest) -> Result<Datum> {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        let word = u64::from_le_bytes(word);
        if !self.is_list() {
            return Ok(match self {
                Self::Bool if word > 1 => {
                    return Err(Error::Abi(format!("a bool in memory is {word}, not 0 or 1")));
                }
                _ => self.lift_flat(&ValRaw::u64(word)),
            });
        }
        let data = guest.bytes(word as u32, (word >> 32) as u32, "the result has")?;
        if self == Self::Bytea {
            return varlena(data);
        }
        let text = encoding::from_guest(checked(data)?);
        match self {
            Self::Text => varlena(text),
            Self::Name => Ok(input(pg_sys::NAMEOID, text)),
            _ => Ok(input(pg_sys::XMLOID, text)),
        }
    }
}

/// A guest's string: UTF-8, and without the one character that PostgreSQL's text lacks.
#[inline]
fn checked(data: &[u8]) -> Result<&[u8]> {
    if let Err(error) = std::str::from_utf8(data) {
        return Err(Error::Abi(format!(
            "a string is not UTF-8 at byte {} of {}",
            error.valid_up_to(),
            data.len()
        )));
    }
    match data.contains(&0) {
        true => Err(Error::NulByte),
        false => Ok(data),
    }
}

/// A palloc'd varlena with these bytes.
#[inline]
fn varlena(data: &[u8]) -> Result<Datum> {
    let size = data.len() + pg_sys::VARHDRSZ;
    if size > MAX_ALLOC_SIZE {
        return Err(Error::Abi(format!("a result of {} bytes is larger than 1 GB", data.len())));
    }
    // SAFETY: palloc returns `size` bytes or raises; the header is written before the bytes.
    unsafe {
        let pointer = pg_sys::palloc(size).cast::<pg_sys::varlena>();
        pgrx::set_varsize_4b(pointer, size as i32);
        let to = pointer.cast::<u8>().add(pg_sys::VARHDRSZ);
        std::ptr::copy_nonoverlapping(data.as_ptr(), to, data.len());
        Ok(Datum::from(pointer))
    }
}

/// Through the type's own input function, which cuts names and parses XML.
fn input(oid: pg_sys::Oid, text: &[u8]) -> Datum {
    // A conversion cannot add a NUL, and `checked` found none.
    let text = CString::new(text).unwrap_or_default();
    let (mut function, mut param) = (pg_sys::InvalidOid, pg_sys::InvalidOid);
    // SAFETY: a type that exists; its input function takes a C string and does not keep it.
    unsafe {
        pg_sys::getTypeInputInfo(oid, &mut function, &mut param);
        pg_sys::OidInputFunctionCall(function, text.as_ptr().cast_mut(), param, -1)
    }
}

/// The one NaN that leaves, whatever the CPU made of it; so IMMUTABLE is true.
#[inline]
fn canonical32(bits: u32) -> u32 {
    if f32::from_bits(bits).is_nan() { 0x7fc0_0000 } else { bits }
}

#[inline]
fn canonical64(bits: u64) -> u64 {
    if f64::from_bits(bits).is_nan() { 0x7ff8_0000_0000_0000 } else { bits }
}
