//! Calls for a trigger: its event and its rows are the arguments, and the row that comes back is the result.
//!
//! What PostgreSQL passed must never be changed: a changed row is another tuple.

use super::CallSite;
use crate::function::Arguments;
use crate::trigger::{self, TriggerArguments};
use crate::{encoding, error};
use pgrx::pg_sys::{self, Datum, FunctionCallInfo, HeapTuple, NullableDatum, TriggerData};
use plwasm_engine::run::trigger::Part;
use smallvec::SmallVec;
use std::ffi::{CStr, c_void};

/// The rows for which a trigger is fired.
struct Rows {
    old: *mut pg_sys::TupleTableSlot,
    new: *mut pg_sys::TupleTableSlot,
    /// The tuple that goes on unless the function returns another.
    tuple: HeapTuple,
}

impl Rows {
    /// Returns the rows of a trigger that is fired for each row (trigger.h).
    fn of(data: &TriggerData) -> Self {
        let none = std::ptr::null_mut();
        match data.tg_event & pg_sys::TRIGGER_EVENT_OPMASK {
            _ if data.tg_event & pg_sys::TRIGGER_EVENT_ROW == 0 => {
                Self { old: none, new: none, tuple: std::ptr::null_mut() }
            }
            pg_sys::TRIGGER_EVENT_INSERT => {
                Self { old: none, new: data.tg_trigslot, tuple: data.tg_trigtuple }
            }
            pg_sys::TRIGGER_EVENT_UPDATE => {
                Self { old: data.tg_trigslot, new: data.tg_newslot, tuple: data.tg_newtuple }
            }
            _ => Self { old: data.tg_trigslot, new: none, tuple: data.tg_trigtuple },
        }
    }
}

impl CallSite {
    /// Calls the function for a trigger. Returns the tuple that goes on, or null if the row is to be skipped.
    ///
    /// # Safety
    /// As [`call`](Self::call); the function must be one for the trigger that calls.
    #[inline(never)]
    pub(super) unsafe fn call_for_trigger(&mut self, fcinfo: FunctionCallInfo) -> Datum {
        // SAFETY: the caller's promise.
        unsafe {
            let data = trigger::data(fcinfo);
            let rows = Rows::of(data);
            let args = self.arguments(data, &rows);
            let Some(returned) = self.result(fcinfo, &args) else { return Datum::from(0) };
            let is_after = data.tg_event & pg_sys::TRIGGER_EVENT_TIMINGMASK == 0;
            if is_after || returned.value() == 0 || rows.new.is_null() {
                return Datum::from(rows.tuple);
            }
            let descriptor = (*data.tg_relation).rd_att;
            Datum::from(self.function.plan.modify(returned, rows.new, rows.tuple, descriptor))
        }
    }

    /// Returns the arguments for the trigger that calls.
    ///
    /// Raises the errors of [`arguments`](Self::arguments).
    ///
    /// # Safety
    /// As [`call_for_trigger`](Self::call_for_trigger).
    pub(super) unsafe fn given_by_trigger(
        &self,
        fcinfo: FunctionCallInfo,
    ) -> SmallVec<[NullableDatum; 8]> {
        // SAFETY: the caller's promise.
        let data = unsafe { trigger::data(fcinfo) };
        self.arguments(data, &Rows::of(data))
    }

    /// Returns the arguments of the function.
    ///
    /// Raises 39P01 if the trigger has no row or table for a parameter that is not an option.
    fn arguments(&self, data: &TriggerData, rows: &Rows) -> SmallVec<[NullableDatum; 8]> {
        let mut args = SmallVec::new();
        let Arguments::Trigger(given) = &self.function.arguments else { return args };
        let TriggerArguments { parts, constants } = &**given;
        let given =
            |value: *const c_void, isnull| NullableDatum { value: Datum::from(value), isnull };
        let all: *const c_void = (&raw const *data).cast();
        args.extend_from_slice(constants);
        args.extend(parts.iter().map(|part| match part {
            Part::Event => given(all, false),
            Part::Old => given(rows.old.cast(), rows.old.is_null()),
            Part::New => given(rows.new.cast(), rows.new.is_null()),
            Part::OldTable => given(all, data.tg_oldtable.is_null()),
            Part::NewTable => given(all, data.tg_newtable.is_null()),
        }));
        if let Some(missing) = self.function.plan.refused(&args[constants.len()..]) {
            refuse(data, parts[missing]);
        }
        args
    }
}

/// Raises that a trigger does not have what a parameter stands for.
#[cold]
fn refuse(data: &TriggerData, part: Part) -> ! {
    // SAFETY: PostgreSQL passes a trigger whose name is a C string.
    let name = unsafe { CStr::from_ptr((*data.tg_trigger).tgname) };
    let name = encoding::lossy(name.to_bytes());
    let (what, detail, hint) = match part {
        Part::OldTable | Part::NewTable => (
            "table",
            "A list is passed the rows of a transition table.",
            "Give the trigger REFERENCING OLD TABLE or NEW TABLE, or declare the parameter as an option.",
        ),
        Part::Event | Part::Old | Part::New => (
            "row",
            "Fired FOR EACH ROW, an UPDATE has both rows, an INSERT only new, and a DELETE only old.",
            "Declare the parameter as an option, or create the trigger for other events.",
        ),
    };
    error::raise_with_detail(
        "39P01",
        format!(
            "trigger \"{name}\" has no {what} for the parameter {} of its function",
            part.name()
        ),
        Some(detail.into()),
        Some(hint),
    )
}
