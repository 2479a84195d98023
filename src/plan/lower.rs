//! Lowering: converts arguments from Datums to slots and guest memory.
//!
//! The engine has the part that does not depend on Datums ([`pass::Lowering`]).

use super::slots::Slots;
use super::text_form::TextForm;
use super::value::{Conversion, Place, Value};
use crate::{encoding, interrupt};
use pgrx::pg_sys::{self, Datum};
use plwasm_engine::pass::{self, Interrupts, char_of, lowering};
use plwasm_engine::{Guest, Result, ValRaw, number};

/// Arguments that are passed into a guest.
pub(super) type Lowering<'g> = pass::Lowering<'g, Server>;

/// A backend, which raises pending interrupts.
#[derive(Debug)]
pub(crate) struct Server;

impl Interrupts for Server {
    #[inline]
    fn check() {
        interrupt::check();
    }
}

impl Place {
    /// Writes a value to scratch. `datum` is `None` for NULL. The larger value that it is a part of begins at offset
    /// `base`.
    ///
    /// # Errors
    /// 22004 if the value is NULL but its WIT type is not an option; those of its type.
    ///
    /// # Safety
    /// `datum` must be of the value's type.
    pub(super) unsafe fn store(
        &self,
        datum: Option<Datum>,
        base: usize,
        to: &mut Lowering,
    ) -> Result<()> {
        // SAFETY: the caller's promise.
        pass::Place::store(self, datum, base, to, |datum, at, to| unsafe {
            self.value.store(datum, at, to)
        })
    }
}

impl Value {
    /// Lowers one value that is not NULL to its slot, or to its two slots.
    ///
    /// # Safety
    /// `datum` must be of the value's type, and the value must be [flat](Self::is_flat).
    #[inline]
    pub(super) unsafe fn lower_flat(
        &self,
        datum: Datum,
        guest: &mut Guest,
        slots: &mut Slots,
    ) -> Result<()> {
        let bits = datum.value();
        if self.raw().is_some() {
            slots.push(ValRaw::u64(bits as u64));
            return Ok(());
        }
        match &self.conversion {
            Conversion::Bool => slots.push(ValRaw::u32(u32::from(bits as u8 != 0))),
            Conversion::Int2 => slots.push(ValRaw::i32(i32::from(bits as i16))),
            Conversion::Date | Conversion::Time | Conversion::Timestamp => {
                slots.push(ValRaw::u64(bits as u64));
            }
            Conversion::Unsigned(form) => {
                // SAFETY: the caller's promise.
                slots.push(ValRaw::u64(unsafe { unsigned(form, datum)? }));
            }
            Conversion::Narrow(narrow) => {
                slots.push(ValRaw::u32(narrow.lower(self.integer(datum))?));
            }
            // SAFETY: the caller's promise.
            Conversion::Char => slots.push(ValRaw::u32(unsafe { self.character(datum)? }.into())),
            Conversion::Enumeration(labels) => {
                slots.push(ValRaw::u32(labels.discriminant(pg_sys::Oid::from(bits as u32))?));
            }
            _ => {
                // SAFETY: the caller's promise.
                let (pointer, length) = unsafe { self.lower_string(datum, guest)? };
                slots.push(ValRaw::u32(pointer));
                slots.push(ValRaw::u32(length));
            }
        }
        Ok(())
    }

    /// Lowers a string or bytes. Not inlined, to keep the scalars' path short.
    ///
    /// # Safety
    /// The same as for [`lower_flat`](Self::lower_flat).
    #[inline(never)]
    unsafe fn lower_string(&self, datum: Datum, guest: &mut Guest) -> Result<(u32, u32)> {
        // SAFETY: the caller's promise.
        let bytes = unsafe { self.string(datum) };
        lowering::string::<Server>(guest, bytes)
    }

    /// Returns the bytes of a string or bytea.
    ///
    /// # Safety
    /// The same as for [`lower_flat`](Self::lower_flat).
    #[inline]
    pub(super) unsafe fn string<'a>(&self, datum: Datum) -> &'a [u8] {
        // SAFETY: the caller's promise: a varlena, or a name, which is a C string in 64 bytes.
        unsafe {
            match &self.conversion {
                Conversion::Bytea => varlena(datum),
                Conversion::Name => {
                    encoding::to_guest(std::ffi::CStr::from_ptr(datum.cast_mut_ptr()).to_bytes())
                }
                Conversion::TextForm(form) => form.write(datum),
                Conversion::JsonRow(row) => row.text(datum),
                _ => encoding::to_guest(varlena(datum)),
            }
        }
    }

    /// Returns an integer of any width.
    #[inline]
    pub(super) fn integer(&self, datum: Datum) -> i64 {
        match self.oid {
            pg_sys::INT2OID => i64::from(datum.value() as i16),
            pg_sys::INT4OID => i64::from(datum.value() as i32),
            _ => datum.value() as i64,
        }
    }

    /// Returns the character of a text of one character.
    ///
    /// # Errors
    /// 22023 if the text does not have exactly one character.
    ///
    /// # Safety
    /// `datum` must be a text.
    unsafe fn character(&self, datum: Datum) -> Result<char> {
        // SAFETY: the caller's promise.
        char_of(unsafe { self.characters(datum) })
    }

    /// Returns the text that is passed as a character.
    ///
    /// # Safety
    /// `datum` must be a text.
    pub(super) unsafe fn characters<'a>(&self, datum: Datum) -> &'a str {
        // SAFETY: the caller's promise.
        let text = std::str::from_utf8(unsafe { self.string(datum) }).unwrap_or_default();
        match self.oid {
            // Trailing blanks of a char(n) are insignificant, but one is kept if there is nothing else.
            pg_sys::BPCHAROID if !text.trim_end_matches(' ').is_empty() => {
                text.trim_end_matches(' ')
            }
            pg_sys::BPCHAROID => &text[..text.len().min(1)],
            _ => text,
        }
    }

    /// Writes one value that is not NULL to scratch at `at`.
    ///
    /// # Safety
    /// `datum` must be of the value's type.
    pub(super) unsafe fn store(&self, datum: Datum, at: usize, to: &mut Lowering) -> Result<()> {
        let bits = datum.value();
        // SAFETY: the caller's promise, in all that follows.
        unsafe {
            match &self.conversion {
                Conversion::Bool => to.put(at, &[u8::from(bits as u8 != 0)]),
                Conversion::Int2 => to.put(at, &(bits as u16).to_le_bytes()),
                Conversion::Int4 | Conversion::Oid | Conversion::Float4 | Conversion::Date => {
                    to.put(at, &(bits as u32).to_le_bytes());
                }
                Conversion::Int8
                | Conversion::Float8
                | Conversion::Time
                | Conversion::Timestamp => to.put(at, &(bits as u64).to_le_bytes()),
                Conversion::Narrow(narrow) => {
                    let bits = narrow.lower(self.integer(datum))?;
                    to.discriminate(at, bits, self.layout.size);
                }
                Conversion::Unsigned(form) => to.put(at, &unsigned(form, datum)?.to_le_bytes()),
                Conversion::Char => {
                    to.put(at, &u32::from(self.character(datum)?).to_le_bytes());
                }
                Conversion::Enumeration(labels) => {
                    let discriminant = labels.discriminant(pg_sys::Oid::from(bits as u32))?;
                    to.discriminate(at, discriminant, self.layout.size);
                }
                Conversion::Uuid => {
                    let uuid = *datum.cast_mut_ptr::<[[u8; 8]; 2]>();
                    to.put(at, &u64::from_be_bytes(uuid[0]).to_le_bytes());
                    to.put(at + 8, &u64::from_be_bytes(uuid[1]).to_le_bytes());
                }
                Conversion::Interval => {
                    let interval = *datum.cast_mut_ptr::<pg_sys::Interval>();
                    to.put(at, &interval.month.to_le_bytes());
                    to.put(at + 4, &interval.day.to_le_bytes());
                    to.put(at + 8, &interval.time.to_le_bytes());
                }
                Conversion::Text
                | Conversion::Name
                | Conversion::Bytea
                | Conversion::TextForm(_)
                | Conversion::JsonRow(_) => return to.string(at, self.string(datum)),
                Conversion::Flags(flags) => {
                    to.discriminate(at, flags.lower(datum)?, self.layout.size);
                }
                Conversion::Json(json) => return json.store(datum, at, to),
                Conversion::Array(array) => return array.store(datum, at, to),
                Conversion::Multirange(range) => return range.store_multirange(datum, at, to),
                Conversion::Composite(composite) => return composite.store(datum, at, to),
                Conversion::AnyRecord(record) => return record.store(datum, at, to),
                Conversion::Range(range) => return range.store(datum, at, to),
                Conversion::TriggerEvent(event) => return event.store(datum, at, to),
                Conversion::NamedRow(row) => return row.store(datum, at, to),
                Conversion::TransitionTable(table) => return table.store(datum, at, to),
                Conversion::Partition(share) => return share.store(datum, at, to),
            }
        }
        Ok(())
    }
}

/// Returns a numeric as `u64`.
///
/// # Errors
/// Those of [`number::unsigned`].
///
/// # Safety
/// `datum` must be a numeric.
unsafe fn unsigned(form: &TextForm, datum: Datum) -> Result<u64> {
    // SAFETY: the caller's promise.
    let text = String::from_utf8_lossy(unsafe { form.write(datum) });
    number::unsigned(&text)
}

/// Returns the bytes of a varlena: in place if it is short or plain, otherwise de-TOASTed.
///
/// # Safety
/// `datum` must be a varlena that lives as long as the result is used.
#[inline]
pub(super) unsafe fn varlena<'a>(datum: Datum) -> &'a [u8] {
    // SAFETY: the caller's promise; the header says what follows (postgres.h, VARATT_IS_*).
    unsafe {
        let mut pointer: *mut pg_sys::varlena = datum.cast_mut_ptr();
        if pgrx::varlena::varatt_is_1b_e(pointer) || pgrx::varlena::varatt_is_4b_c(pointer) {
            pointer = pg_sys::pg_detoast_datum_packed(pointer);
        }
        let data = pgrx::varlena::vardata_any(pointer).cast::<u8>();
        std::slice::from_raw_parts(data, pgrx::varlena::varsize_any_exhdr(pointer))
    }
}
