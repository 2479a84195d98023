//! json and jsonb as WIT types that SQL has no type for, such as `variant`.
//!
//! How a value is written in JSON is up to the engine ([`plwasm_engine::json`]).

use super::bulk;
use super::lift::Lifting;
use super::memory::PlanMemory;
use super::text_form::TextForm;
use crate::{allocator, interrupt};
use pgrx::pg_sys::{Datum, Oid};
use plwasm_engine::abi::Type;
use plwasm_engine::{Error, Guest, Result, json};

/// From how many bytes on it is asked whether there is room for what a string's escapes stand for.
const LONG: usize = 64 << 10;

/// Bytes that one byte of JSON takes at least while its input function reads it.
const COST: usize = 4;

/// The WIT type, and the text form of json or jsonb.
#[derive(Debug)]
pub struct Json {
    ty: Type,
    form: TextForm,
}

impl Json {
    /// Of `oid`, json or jsonb.
    pub fn new(oid: Oid, ty: &Type, memory: &mut PlanMemory) -> Self {
        Self { ty: ty.clone(), form: TextForm::new(oid, memory) }
    }

    /// The value that the JSON is, to its bytes, which are zero.
    ///
    /// # Errors
    /// Those of [`json::lower`].
    ///
    /// # Safety
    /// `datum` must be of the type.
    pub unsafe fn lower(&self, datum: Datum, guest: &mut Guest, out: &mut [u8]) -> Result<()> {
        // SAFETY: the caller's promise.
        let text = unsafe { self.form.write(datum) };
        if bulk::not_utf8(text).is_some() {
            return Err(Error::Internal("json that is not UTF-8".into()));
        }
        // SAFETY: it is, as was just looked at.
        let text = unsafe { std::str::from_utf8_unchecked(text) };
        if text.len() > LONG {
            allocator::room(2 * text.len());
        }
        json::lower(text, &self.ty, guest, interrupt::check, out)
    }

    /// The JSON of the value that lies there. Raises what the input function raises, as for U+0000 in jsonb.
    ///
    /// # Errors
    /// Those of [`json::lift`]; [`Error::ResultLimit`].
    pub fn load(&self, bytes: &[u8], from: &Lifting) -> Result<Datum> {
        let room = |text: &mut String, more: usize| {
            from.room.check(COST * (text.len() + more))?;
            if text.try_reserve(more).is_err() {
                allocator::room(text.len() + more);
            }
            Ok(())
        };
        let text = json::lift(&self.ty, bytes, from.guest, &room, interrupt::check)?;
        self.form.read(text.as_bytes(), &from.room)
    }
}
