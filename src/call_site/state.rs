//! Functions on states of aggregates: step, unstep, merge and finish.
//!
//! A state that an aggregate owns stays in its instance from row to row. Any other is kept after each change, because
//! the value of before must survive an error.

use super::new_state::{new_object, temporary};
use super::{CallSite, seated};
use crate::backend::seats::{self, Seat};
use crate::method::{Method, Role};
use crate::plan::Slots;
use crate::state::{Flat, Owned, Resource, StateObject};
use pgrx::pg_sys::{Datum, FunctionCallInfo, NullableDatum};
use plwasm_engine::{Entry, Error, Result};
use std::rc::Rc;

/// The most instances whose entries a call site knows.
const MOST: usize = 8;

/// What a call site keeps of the instances in which its states sit.
#[derive(Default)]
pub(super) struct StateSite {
    /// The method in each instance. The last that was used is the first.
    entries: Vec<(Rc<Seat>, Entry)>,
    /// The last step, if the next one can be made like it: nobody looks then whether the guest has said something.
    last: Option<Last>,
}

/// A step of a state that an aggregate owns, whose arguments were passed in slots as they are.
struct Last {
    seat: Rc<Seat>,
    entry: Entry,
    resource: *const Resource,
}

impl StateSite {
    /// Returns the seat that was used last.
    pub(super) fn last_seat(&self) -> Option<&Rc<Seat>> {
        self.entries.first().map(|(seat, _)| seat)
    }
}

impl CallSite {
    /// Calls a function on the state of an aggregate.
    ///
    /// # Errors
    /// The errors of the guest; 42804 for the state of another resource.
    ///
    /// # Safety
    /// As for [`call`](Self::call); the function must be one on states.
    pub(super) unsafe fn call_with_state(
        &mut self,
        fcinfo: FunctionCallInfo,
        args: &[NullableDatum],
        role: Role,
    ) -> Result<Option<Datum>> {
        // SAFETY: the caller's promise.
        unsafe {
            match role {
                Role::Step | Role::Unstep => self.step(fcinfo, args, role),
                Role::Merge => self.merge(fcinfo, args),
                Role::Finish | Role::Prepared => self.finish(fcinfo, args),
            }
        }
    }

    /// Calls `step` of a state that sits where that of the last call sat. Returns the state, or `None` if more is needed
    /// than that: then nothing has been done.
    ///
    /// # Safety
    /// As for [`call`](Self::call).
    #[inline]
    pub(super) unsafe fn step_in_place(
        &self,
        args: &[NullableDatum],
    ) -> Option<std::result::Result<Datum, Box<Error>>> {
        let Last { seat, entry, resource } = self.states.last.as_ref()?;
        let (state, rest) = args.split_first()?;
        let rest = rest.get(self.function.method.as_deref()?.split..)?;
        if args.iter().any(|arg| arg.isnull) {
            return None;
        }
        // SAFETY: the caller's promise. A state sits only in an instance that has not been dropped.
        unsafe {
            let (object, is_writable) = StateObject::of(state.value)?;
            if !object.state.sits_in(Rc::as_ptr(seat))
                || !object.is_at(*resource)
                || !is_writable
                || object.owner == Owned::Otherwise
            {
                return None;
            }
            object.has_changed();
            let using = seat.using();
            let guest = &mut *seat.instance.guest();
            let running = self.account.begin(guest, self.function.target.limits.fuel);
            let mut slots = Slots::new();
            let slots = slots.of_method(object.state.representation, rest);
            if let Err(error) = running.guest.call(entry, slots) {
                return Some(Err(Box::new(error)));
            }
            drop(running);
            using.done();
        }
        Some(Ok(state.value))
    }

    /// # Safety
    /// As for [`call_with_state`](Self::call_with_state).
    unsafe fn step(
        &mut self,
        fcinfo: FunctionCallInfo,
        args: &[NullableDatum],
        role: Role,
    ) -> Result<Option<Datum>> {
        // SAFETY: the caller's promise.
        unsafe {
            let method = self.method()?;
            let (state, rest) = (args[0], &args[1..]);
            let (first, rest) = rest.split_at(method.split);
            let takes = self.function.plan.takes(rest);
            let constructor = method.constructor.as_ref();
            let is_constructed = || constructor.is_some_and(|found| found.plan.takes(first));
            let object = match state.isnull {
                true if role == Role::Unstep || !is_constructed() => return Ok(None),
                // Also if the row is then left out: a moving frame must not be without a state.
                true => self.construct(fcinfo, first)?,
                false if !takes => return Ok(Some(state.value)),
                false => self.own(fcinfo, state.value)?,
            };
            if !takes {
                return self.returned(object);
            }
            let result = self.call_in_place(fcinfo, object, rest)?;
            self.states.last = None;
            if self.function.plan.is_direct
                && !self.function.target.module.can_say()
                && let Some((seat, entry)) = self.states.entries.first()
            {
                let resource: *const Resource = object.resource();
                self.states.last = Some(Last { seat: seat.clone(), entry: *entry, resource });
            }
            if role == Role::Unstep && result.is_none_or(|undone| undone.value() as u8 == 0) {
                return match object.owner {
                    // nodeAgg would delete the states of all groups.
                    Owned::ByAggregate => Err(Error::sql(
                        "39000",
                        "a method that takes a row back returned false outside a moving frame",
                    )),
                    _ => Ok(None),
                };
            }
            self.returned(object)
        }
    }

    /// # Safety
    /// As for [`call_with_state`](Self::call_with_state).
    unsafe fn merge(
        &mut self,
        fcinfo: FunctionCallInfo,
        args: &[NullableDatum],
    ) -> Result<Option<Datum>> {
        // SAFETY: the caller's promise.
        unsafe {
            let method = self.method()?;
            let resource = method.resource.clone();
            let (into, from) = (args[0], args[1]);
            if from.isnull {
                return Ok((!into.isnull).then_some(into.value));
            }
            if let Some((other, _)) = StateObject::of(from.value)
                && !other.is_of(&resource)
            {
                other.check_exchange(&resource)?;
            }
            // One that is in memory is saved by this.
            let flat = Flat::of(from.value)?;
            flat.check(&resource)?;
            if into.isnull {
                let object = new_object(fcinfo, &resource);
                flat.construct(object, &resource)?;
                return self.returned(object);
            }
            let object = self.own(fcinfo, into.value)?;
            let saved = pgrx::IntoDatum::into_datum(flat.saved).unwrap_or(Datum::from(0));
            let saved = NullableDatum { value: saved, isnull: false };
            self.call_in_place(fcinfo, object, &[saved])?;
            self.returned(object)
        }
    }

    /// # Safety
    /// As for [`call_with_state`](Self::call_with_state).
    unsafe fn finish(
        &mut self,
        fcinfo: FunctionCallInfo,
        args: &[NullableDatum],
    ) -> Result<Option<Datum>> {
        // SAFETY: the caller's promise.
        unsafe {
            let (state, rest) = (args[0], &args[1..]);
            let plan = &self.function.plan;
            if !plan.takes(rest) {
                return Ok(plan.null());
            }
            let resource = self.method()?.resource.clone();
            let object = match state.isnull {
                false => match StateObject::of(state.value) {
                    Some((object, _)) if object.is_of(&resource) => object,
                    other => {
                        if let Some((other, _)) = other {
                            other.check_exchange(&resource)?;
                        }
                        let object = temporary(&resource);
                        Flat::of(state.value)?.construct(object, &resource)?;
                        object
                    }
                },
                // The result of no rows is that of a new state.
                true => match &resource.empty {
                    None => return Ok(plan.null()),
                    Some(empty) => {
                        let object = temporary(&resource);
                        self.run_constructor(fcinfo, object, empty, &[])?;
                        object
                    }
                },
            };
            self.look(fcinfo, object, rest)
        }
    }

    /// Calls the method of a state, which stays as it is.
    ///
    /// # Safety
    /// As for [`call_with_state`](Self::call_with_state).
    unsafe fn look(
        &mut self,
        fcinfo: FunctionCallInfo,
        object: &mut StateObject,
        rest: &[NullableDatum],
    ) -> Result<Option<Datum>> {
        self.bring_in(object)?;
        if self.method()?.is_pure {
            // SAFETY: the caller's promise.
            return unsafe { self.call_seated(fcinfo, object, rest, false) };
        }
        object.state.keep()?;
        // SAFETY: the caller's promise.
        let result = unsafe { self.call_seated(fcinfo, object, rest, false)? };
        if let Some(seat) = object.state.seat() {
            seat.clear();
        }
        Ok(result)
    }

    /// Calls the method of a state, whose changes stay.
    ///
    /// # Safety
    /// As for [`call_with_state`](Self::call_with_state).
    #[inline]
    unsafe fn call_in_place(
        &mut self,
        fcinfo: FunctionCallInfo,
        object: &mut StateObject,
        rest: &[NullableDatum],
    ) -> Result<Option<Datum>> {
        self.bring_in(object)?;
        object.has_changed();
        // SAFETY: the caller's promise.
        unsafe { self.call_seated(fcinfo, object, rest, true) }
    }

    /// Calls the method of a state that sits in an instance. `lasts` says whether changes of globals stay.
    ///
    /// # Safety
    /// As for [`call_with_state`](Self::call_with_state).
    #[inline]
    unsafe fn call_seated(
        &mut self,
        fcinfo: FunctionCallInfo,
        object: &StateObject,
        rest: &[NullableDatum],
        lasts: bool,
    ) -> Result<Option<Datum>> {
        let seat = object.state.seated()?;
        let entry = self.entry(seat, lasts)?;
        let (caller, plan) = (self.caller(fcinfo), &self.function.plan);
        // SAFETY: the caller's promise; the entry was made for the plan.
        unsafe { seated::call(seat, caller, plan, &entry, object.state.representation, rest) }
    }

    /// Returns a state that has changed. One that no aggregate owns is kept.
    #[inline]
    fn returned(&self, object: &mut StateObject) -> Result<Option<Datum>> {
        if object.owner == Owned::Otherwise {
            object.state.keep()?;
        }
        Ok(Some(object.datum()))
    }

    /// Returns the method in the instance of a seat.
    #[inline]
    fn entry(&mut self, seat: &Seat, lasts: bool) -> Result<Entry> {
        let entries = &mut self.states.entries;
        if let Some((last, entry)) = entries.first()
            && std::ptr::eq(&raw const **last, seat)
        {
            return Ok(*entry);
        }
        if let Some(at) =
            entries.iter().position(|(known, _)| std::ptr::eq(&raw const **known, seat))
        {
            entries.swap(0, at);
            return Ok(entries[0].1);
        }
        let (export, uses) = (&self.function.target.export, self.function.plan.uses);
        let guest = seat.guest()?;
        let entry = match lasts {
            true => guest.lasting_entry(export, uses)?,
            false => guest.entry(export, uses)?,
        };
        entries.truncate(MOST);
        entries.insert(0, (seats::shared(seat), entry));
        Ok(entry)
    }

    /// Makes sure that a state sits in an instance.
    #[inline]
    fn bring_in(&self, object: &mut StateObject) -> Result<()> {
        if object.state.seat().is_some() {
            return Ok(());
        }
        self.account.pay();
        let resource: *const Resource = object.resource();
        // SAFETY: the resource lives as long as the object's context. The state keeps the limit with which it was made.
        object.state.bring_in(unsafe { &(*resource).target }, self.states.last_seat())
    }

    pub(super) fn method(&self) -> Result<&Method> {
        self.function.method.as_deref().ok_or_else(no_method)
    }
}

pub(super) fn no_method() -> Error {
    Error::Internal("a function on states has no method".into())
}
