//! Lowering: arguments from Datum to slots, and to the guest's memory.
//!
//! What lies in memory as several fields is put together in a scratch buffer and copied once.

use super::bulk;
use super::json::Json;
use super::slots::Slots;
use super::text_form::TextForm;
use super::value::{Conversion, Place, Value};
use crate::{allocator, encoding, error};
use pgrx::pg_sys::{self, Datum};
use plwasm_engine::abi::Layout;
use plwasm_engine::{Error, Guest, Result, ValRaw, number};
use std::cell::Cell;

/// Arguments on their way into a guest.
pub struct Lowering<'g> {
    guest: &'g mut Guest,
    /// The bytes of everything that is being put together, the innermost last.
    scratch: Vec<u8>,
}

thread_local! {
    /// The scratch of the last call, for the next.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A larger scratch is not kept. In bytes.
const KEPT: usize = 64 * 1024;

impl<'g> Lowering<'g> {
    /// Lowering into a guest.
    pub fn new(guest: &'g mut Guest) -> Self {
        let mut scratch = SCRATCH.take();
        scratch.clear();
        Self { guest, scratch }
    }

    /// Writes to scratch.
    #[inline]
    pub fn put(&mut self, at: usize, bytes: &[u8]) {
        self.scratch[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn put_list(&mut self, at: usize, (pointer, length): (u32, u32)) {
        self.put(at, &pointer.to_le_bytes());
        self.put(at + 4, &length.to_le_bytes());
    }

    /// So many zeros more at the end of scratch; where they begin.
    pub fn reserve(&mut self, size: usize) -> usize {
        let at = self.scratch.len();
        allocator::grow(&mut self.scratch, size);
        self.scratch.resize(at + size, 0);
        at
    }

    /// What was written to scratch.
    pub fn scratch(&self) -> &[u8] {
        &self.scratch
    }

    /// A tuple in memory that the guest gives, written by `store`, to which its place in scratch is given.
    pub fn spill(
        &mut self,
        layout: Layout,
        mut store: impl FnMut(usize, &mut Self) -> Result<()>,
    ) -> Result<u32> {
        let (pointer, _) = self.list(1, layout.size, layout.align, |_, at, to| store(at, to))?;
        Ok(pointer)
    }

    /// A string or the like: pointer and length.
    #[inline]
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(u32, u32)> {
        self.copied(bytes, bytes.len(), 1)
    }

    /// A list of `count` elements whose bytes are there.
    #[inline]
    pub fn copied(&mut self, bytes: &[u8], count: usize, align: u32) -> Result<(u32, u32)> {
        let (pointer, memory) = self.guest.allocate(length(bytes.len())?, align)?;
        bulk::copy_to(memory, bytes);
        // Not more than bytes.
        Ok((pointer, count as u32))
    }

    /// A value in JSON, to its place in scratch.
    ///
    /// # Safety
    /// `datum` must be of the type that `json` is for.
    unsafe fn json(&mut self, json: &Json, datum: Datum, at: usize, size: u32) -> Result<()> {
        let out = &mut self.scratch[at..at + size as usize];
        // SAFETY: the caller's promise.
        unsafe { json.lower(datum, self.guest, out) }
    }

    /// A list, each element written by `store`, to which its number and its place in scratch are given.
    pub fn list(
        &mut self,
        count: usize,
        size: u32,
        align: u32,
        mut store: impl FnMut(usize, usize, &mut Self) -> Result<()>,
    ) -> Result<(u32, u32)> {
        let bytes = length(count.saturating_mul(size as usize))?;
        // Before what the elements allocate, as the specification has it (`store_list_into_range`).
        let (pointer, _) = self.guest.allocate(bytes, align)?;
        let start = self.reserve(bytes as usize);
        for i in 0..count {
            crate::interrupt::check();
            store(i, start + i * size as usize, self)?;
        }
        let memory = self.guest.bytes_mut(pointer, bytes, "cabi_realloc returned")?;
        bulk::copy_to(memory, &self.scratch[start..]);
        self.scratch.truncate(start);
        Ok((pointer, count as u32))
    }
}

impl Drop for Lowering<'_> {
    fn drop(&mut self) {
        if self.scratch.capacity() <= KEPT {
            SCRATCH.set(std::mem::take(&mut self.scratch));
        }
    }
}

/// Bytes of a list, which memory of 4 GiB must be able to hold.
fn length(bytes: usize) -> Result<u32> {
    u32::try_from(bytes).map_err(|_| Error::ArgumentSize(bytes))
}

impl Place {
    /// A value to scratch, where what it lies in begins at `base`.
    ///
    /// Raises 22004 for a NULL where WIT allows none.
    ///
    /// # Safety
    /// `datum` must be of the value's type.
    pub unsafe fn store(&self, datum: Option<Datum>, base: usize, to: &mut Lowering) -> Result<()> {
        let at = base + self.offset as usize;
        match (datum, self.payload) {
            // SAFETY: the caller's promise.
            (Some(datum), None) => unsafe { self.value.store(datum, at, to) },
            (Some(datum), Some(payload)) => {
                to.put(at, &[1]);
                // SAFETY: the caller's promise.
                unsafe { self.value.store(datum, at + payload as usize, to) }
            }
            // Scratch is zero.
            (None, Some(_)) => Ok(()),
            (None, None) => error::raise_sql(
                "22004",
                format!("{} is null, which its WIT type does not allow", self.what),
                Some("An option<T> takes null values."),
            ),
        }
    }
}

impl Value {
    /// One value, passed in one slot or in two, that is not NULL.
    ///
    /// # Safety
    /// `datum` must be of the value's type, which [`is_flat`](Self::is_flat).
    #[inline]
    pub unsafe fn lower_flat(
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
            Conversion::Narrow(_) | Conversion::Char => {
                // SAFETY: the caller's promise.
                slots.push(ValRaw::u32(unsafe { self.small(datum) } as u32));
            }
            Conversion::Enumeration(labels) => {
                slots.push(ValRaw::u32(labels.discriminant(pg_sys::Oid::from(bits as u32))));
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

    /// A string or bytes. Not inlined, to keep the scalars' path short.
    ///
    /// # Safety
    /// As [`lower_flat`](Self::lower_flat).
    #[inline(never)]
    unsafe fn lower_string(&self, datum: Datum, guest: &mut Guest) -> Result<(u32, u32)> {
        // SAFETY: the caller's promise.
        let bytes = unsafe { self.string(datum) };
        // PostgreSQL's values are below 1 GB.
        let length = bytes.len() as u32;
        let (pointer, memory) = guest.allocate(length, 1)?;
        bulk::copy_to(memory, bytes);
        Ok((pointer, length))
    }

    /// The bytes of a string or bytea.
    ///
    /// # Safety
    /// As [`lower_flat`](Self::lower_flat).
    #[inline]
    unsafe fn string<'a>(&self, datum: Datum) -> &'a [u8] {
        // SAFETY: the caller's promise: a varlena, or a name, which is a C string in 64 bytes.
        unsafe {
            match &self.conversion {
                Conversion::Bytea => varlena(datum),
                Conversion::Name => {
                    encoding::to_guest(std::ffi::CStr::from_ptr(datum.cast_mut_ptr()).to_bytes())
                }
                Conversion::TextForm(form) => form.write(datum),
                _ => encoding::to_guest(varlena(datum)),
            }
        }
    }

    /// An integer of another width, or a `char`.
    ///
    /// Raises 22003 if the WIT type does not have it, 22023 for a text that is not one character.
    ///
    /// # Safety
    /// `datum` must be of the value's type.
    unsafe fn small(&self, datum: Datum) -> i64 {
        let bits = datum.value();
        if let Conversion::Narrow(narrow) = &self.conversion {
            let value = match self.oid {
                pg_sys::INT2OID => i64::from(bits as i16),
                pg_sys::INT4OID => i64::from(bits as i32),
                _ => bits as i64,
            };
            return narrow.check(value).unwrap_or_else(|| {
                error::raise_sql(
                    "22003",
                    format!("value \"{value}\" is out of range for {}", narrow.name()),
                    None,
                )
            });
        }
        // SAFETY: the caller's promise: a text.
        let text = std::str::from_utf8(unsafe { self.string(datum) }).unwrap_or_default();
        let text = match self.oid {
            // Blanks at the end of a char(n) mean nothing, except that one may be all there is.
            pg_sys::BPCHAROID if !text.trim_end_matches(' ').is_empty() => {
                text.trim_end_matches(' ')
            }
            pg_sys::BPCHAROID => &text[..text.len().min(1)],
            _ => text,
        };
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(only), None) => i64::from(u32::from(only)),
            _ => error::raise_sql(
                "22023",
                "a char takes a text of exactly one character".to_string(),
                None,
            ),
        }
    }

    /// One value that is not NULL, to scratch.
    ///
    /// # Safety
    /// `datum` must be of the value's type.
    pub unsafe fn store(&self, datum: Datum, at: usize, to: &mut Lowering) -> Result<()> {
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
                    to.put(at, &self.small(datum).to_le_bytes()[..narrow.size()]);
                }
                Conversion::Unsigned(form) => to.put(at, &unsigned(form, datum)?.to_le_bytes()),
                Conversion::Char => to.put(at, &(self.small(datum) as u32).to_le_bytes()),
                Conversion::Enumeration(labels) => {
                    let discriminant = labels.discriminant(pg_sys::Oid::from(bits as u32));
                    to.put(at, &discriminant.to_le_bytes()[..labels.size() as usize]);
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
                | Conversion::TextForm(_) => {
                    let list = to.bytes(self.string(datum))?;
                    to.put_list(at, list);
                }
                Conversion::Flags(flags) => {
                    let set = flags.lower(datum);
                    to.put(at, &set.to_le_bytes()[..self.layout.size as usize]);
                }
                Conversion::Json(json) => return to.json(json, datum, at, self.layout.size),
                Conversion::Array(array) => {
                    let list = array.lower(datum, to)?;
                    to.put_list(at, list);
                }
                Conversion::Multirange(range) => {
                    let list = range.lower_multirange(datum, to)?;
                    to.put_list(at, list);
                }
                Conversion::Composite(composite) => return composite.store(datum, at, to),
                Conversion::AnyRecord(record) => return record.store(datum, at, to),
                Conversion::Range(range) => return range.store(datum, at, to),
            }
        }
        Ok(())
    }
}

/// A numeric as `u64`.
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

/// The bytes of a varlena: in place where it is short or plain, de-TOASTed otherwise.
///
/// # Safety
/// `datum` must be a varlena that lives as long as the result is used.
#[inline]
pub unsafe fn varlena<'a>(datum: Datum) -> &'a [u8] {
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
