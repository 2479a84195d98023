//! The event of a trigger: what PostgreSQL says about why it is fired.
//!
//! The engine knows how its fields are passed ([`plwasm_engine::pass::event::Event`]). Nothing here may read more of the
//! catalogs than the guest declares.

use super::super::literal::{Literals, ROW, Refusal, Written};
use super::super::lower::Lowering;
use super::super::resolve::Mismatch;
use crate::encoding;
use pgrx::pg_sys::{self, Datum};
use plwasm_engine::abi::Type;
use plwasm_engine::pass::event::{Event, Firing};
use std::borrow::Cow;
use std::ffi::{CStr, c_char};

/// A parameter that is passed the event, for which its Datum is a pointer to `TriggerData`.
#[derive(Debug)]
pub(in super::super) struct TriggerEvent(Event);

/// A trigger that is being fired.
struct Fired<'a>(&'a pg_sys::TriggerData);

impl TriggerEvent {
    /// Returns how an event is passed as `ty`.
    pub(super) fn of(ty: &Type) -> Result<Self, Mismatch> {
        Event::of(ty).map(Self)
    }

    /// Writes the event to scratch at `at`.
    ///
    /// # Errors
    /// Those of [`Event::store`].
    ///
    /// # Safety
    /// `datum` must be a pointer to `TriggerData`.
    pub(in super::super) unsafe fn store(
        &self,
        datum: Datum,
        at: usize,
        to: &mut Lowering,
    ) -> plwasm_engine::Result<()> {
        // SAFETY: the caller's promise.
        let data = unsafe { &*datum.cast_mut_ptr::<pg_sys::TriggerData>() };
        self.0.store(&Fired(data), at, to)
    }

    /// Returns the row type of the event.
    pub(in super::super) fn declared(&self, to: &mut Literals) -> Result<String, Refusal> {
        let types = self.0.types().into_iter().map(|ty| match ty.starts_with("ENUM") {
            true => to.define(&ty),
            false => Ok(ty),
        });
        let types = types.collect::<Result<Vec<_>, Refusal>>()?;
        to.define_row(&types)
    }

    /// Writes the event as a constant.
    ///
    /// # Safety
    /// As for [`store`](Self::store).
    pub(in super::super) unsafe fn write(&self, datum: Datum, to: &mut Literals) -> Written {
        // SAFETY: the caller's promise.
        let data = unsafe { &*datum.cast_mut_ptr::<pg_sys::TriggerData>() };
        to.items(ROW, self.0.constants(&Fired(data)), |to, constant| match constant {
            Some(constant) => {
                to.text.push_str(&constant);
                Ok(())
            }
            None => Err(Refusal::Value("the function's event has no case for it")),
        })
    }
}

impl Fired<'_> {
    fn trigger(&self) -> &pg_sys::Trigger {
        // SAFETY: PostgreSQL passes a trigger that lives during the call.
        unsafe { &*self.0.tg_trigger }
    }

    fn class(&self) -> &pg_sys::FormData_pg_class {
        // SAFETY: an open relation has its row of pg_class.
        unsafe { &*(*self.0.tg_relation).rd_rel }
    }
}

/// Returns a C string as UTF-8.
///
/// # Safety
/// `text` must be a C string that lives as long as the result.
unsafe fn utf8<'a>(text: *const c_char) -> Cow<'a, [u8]> {
    // SAFETY: the caller's promise.
    Cow::Borrowed(encoding::to_guest(unsafe { CStr::from_ptr(text) }.to_bytes()))
}

impl Firing for Fired<'_> {
    fn operation(&self) -> &'static str {
        match self.0.tg_event & pg_sys::TRIGGER_EVENT_OPMASK {
            pg_sys::TRIGGER_EVENT_INSERT => "insert",
            pg_sys::TRIGGER_EVENT_UPDATE => "update",
            pg_sys::TRIGGER_EVENT_DELETE => "delete",
            _ => "truncate",
        }
    }

    fn timing(&self) -> &'static str {
        match self.0.tg_event & pg_sys::TRIGGER_EVENT_TIMINGMASK {
            pg_sys::TRIGGER_EVENT_BEFORE => "before",
            pg_sys::TRIGGER_EVENT_INSTEAD => "instead-of",
            _ => "after",
        }
    }

    fn level(&self) -> &'static str {
        match self.0.tg_event & pg_sys::TRIGGER_EVENT_ROW {
            0 => "statement",
            _ => "row",
        }
    }

    fn name(&self) -> Cow<'_, [u8]> {
        // SAFETY: a trigger's name is a C string.
        unsafe { utf8(self.trigger().tgname) }
    }

    fn schema(&self) -> Cow<'_, [u8]> {
        // SAFETY: any OID is allowed; the result is a C string in the current memory context, or null.
        unsafe {
            match pg_sys::get_namespace_name(self.class().relnamespace) {
                name if name.is_null() => Cow::Borrowed(b""),
                name => utf8(name),
            }
        }
    }

    fn table(&self) -> Cow<'_, [u8]> {
        // SAFETY: a name is a C string in 64 bytes.
        unsafe { utf8(self.class().relname.data.as_ptr()) }
    }

    fn relation(&self) -> u32 {
        // SAFETY: PostgreSQL passes an open relation.
        unsafe { (*self.0.tg_relation).rd_id }.to_u32()
    }

    fn arguments(&self) -> Vec<Cow<'_, [u8]>> {
        let trigger = self.trigger();
        // SAFETY: there are as many arguments as the trigger says, and each is a C string.
        (0..trigger.tgnargs as usize).map(|i| unsafe { utf8(*trigger.tgargs.add(i)) }).collect()
    }
}
