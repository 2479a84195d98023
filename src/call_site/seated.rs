//! Calls in the instance of a seat: methods and constructors.
//!
//! If a call fails, its instance must be dropped, as its state may be anything.

use super::pass;
use crate::backend::seats::Seat;
use crate::fuel::{self, Account};
use crate::messages;
use crate::plan::Plan;
use crate::statistics::counts::Event;
use pgrx::pg_sys::{Datum, FunctionCallInfo, NullableDatum};
use plwasm_engine::{Entry, Result};

/// For whom a call is made.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    /// The fuel that the call uses is counted here.
    pub account: &'a Account,
    /// The fuel that the call may use.
    pub fuel: u64,
    /// The call of the SQL function, null if there is none. Then the plan must not return a set.
    pub fcinfo: FunctionCallInfo,
}

/// Calls an export in the instance of a seat. A method gets `representation` first.
///
/// # Errors
/// The errors of the guest.
///
/// # Safety
/// The plan must have been made for these arguments, and the entry for the plan.
#[inline]
pub(crate) unsafe fn call(
    seat: &Seat,
    caller: Caller<'_>,
    plan: &Plan,
    entry: &Entry,
    representation: u32,
    args: &[NullableDatum],
) -> Result<Option<Datum>> {
    let using = seat.using();
    let running = caller.account.begin(seat.guest()?, caller.fuel);
    // SAFETY: the caller's promise.
    let mut result =
        unsafe { pass(plan, caller.fcinfo, representation, args, running.guest, entry) };
    drop(running);
    let guest = seat.guest()?;
    if guest.has_messages() {
        result = messages::settle(caller.account.function(), guest.take_messages(), result);
    }
    let result = result?;
    using.done();
    Ok(result)
}

/// Calls a constructor, whose changes stay. Returns the representation.
///
/// # Errors
/// The errors of the guest.
///
/// # Safety
/// The plan must have been made for these arguments, and for the export.
pub(crate) unsafe fn construct(
    seat: &Seat,
    caller: Caller<'_>,
    plan: &Plan,
    export: &str,
    args: &[NullableDatum],
) -> Result<u32> {
    seat.guest()?.affords(caller.fuel)?;
    let entry = seat.constructor(export, plan.uses)?;
    // SAFETY: the caller's promise; the entry was made for the plan.
    let made = unsafe { call(seat, caller, plan, &entry, 0, args)? };
    fuel::count(Event::StateMade);
    Ok(made.map_or(0, |datum| datum.value() as u32))
}
