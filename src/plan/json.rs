//! json and jsonb as WIT types that SQL has no type for, such as `variant`.
//!
//! The engine defines how a value is written in JSON ([`plwasm_engine::json`]).

use super::lift::Lifting;
use super::lower::{Lowering, Server};
use super::memory::PlanMemory;
use super::text_form::TextForm;
use crate::{allocator, interrupt};
use pgrx::pg_sys::{Datum, Oid};
use plwasm_engine::abi::Type;
use plwasm_engine::pass::not_utf8;
use plwasm_engine::{Error, Result, json};

/// The length of a text, in bytes, from which room is requested for the characters that its escapes stand for.
const LONG: usize = 64 << 10;

/// The number of bytes that one byte of JSON takes at least while its input function reads it.
const COST: usize = 4;

/// The WIT type, and the text form of json or jsonb.
#[derive(Debug)]
pub(super) struct Json {
    ty: Type,
    pub form: TextForm,
}

impl Json {
    /// Returns the conversion of json or jsonb, which `oid` is, as `ty`.
    pub(super) fn new(oid: Oid, ty: &Type, memory: &mut PlanMemory) -> Self {
        Self { ty: ty.clone(), form: TextForm::new(oid, memory) }
    }

    /// Writes the value that the JSON denotes to scratch at `at`.
    ///
    /// # Errors
    /// Those of [`json::lower`].
    ///
    /// # Safety
    /// `datum` must be of the type.
    pub(super) unsafe fn store(&self, datum: Datum, at: usize, to: &mut Lowering) -> Result<()> {
        // SAFETY: the caller's promise.
        let text = unsafe { self.form.write(datum) };
        if not_utf8::<Server>(text).is_some() {
            return Err(Error::Internal("json that is not UTF-8".into()));
        }
        // SAFETY: `not_utf8` has just checked that it is UTF-8.
        let text = unsafe { std::str::from_utf8_unchecked(text) };
        if text.len() > LONG {
            allocator::room(2 * text.len());
        }
        to.json(at, text, &self.ty)
    }

    /// Loads a value as JSON. Raises the errors of the input function, such as for U+0000 in jsonb.
    ///
    /// # Errors
    /// Those of [`json::lift`]; [`Error::ResultLimit`].
    pub(super) fn load(&self, bytes: &[u8], from: &Lifting) -> Result<Datum> {
        let room = |text: &mut String, more: usize| {
            from.room.check(COST * (text.len() + more))?;
            if text.try_reserve(more).is_err() {
                allocator::room(text.len() + more);
            }
            Ok(())
        };
        let text = json::lift(&self.ty, bytes, from.memory.guest, &room, interrupt::check)?;
        self.form.read(&text, &from.room)
    }
}
