//! States of aggregates that a call works on: new ones, copies, and those that are constructed of flat ones.
//!
//! A state that nodeAgg owns must never be replaced by another.

use super::state::no_method;
use super::{CallSite, seated};
use crate::backend::seats;
use crate::method::{Callee, Method};
use crate::state::{self, Flat, Owned, Resource, StateObject};
use pgrx::pg_sys::{self, Datum, FunctionCallInfo, NullableDatum};
use plwasm_engine::Result;
use std::rc::Rc;

impl CallSite {
    /// Returns the state that a Datum is, as one that can be changed.
    ///
    /// # Safety
    /// `datum` must be a valid `wasm.state` that is not NULL.
    #[inline]
    pub(super) unsafe fn own<'a>(
        &mut self,
        fcinfo: FunctionCallInfo,
        datum: Datum,
    ) -> Result<&'a mut StateObject> {
        let resource = &self.method()?.resource;
        // SAFETY: the caller's promise.
        unsafe {
            match StateObject::of(datum) {
                Some((object, true)) if object.is_of(resource) => Ok(object),
                Some((other, false)) if other.is_of(resource) => {
                    let object = new_object(fcinfo, resource);
                    object.copy_from(other)?;
                    Ok(object)
                }
                // A state that nodeAgg owns must be returned as it is.
                Some((other, true)) if other.owner == Owned::ByAggregate => {
                    other.check_exchange(resource)?;
                    Err(state::other_code())
                }
                other => {
                    if let Some((other, _)) = other {
                        other.check_exchange(resource)?;
                    }
                    let resource = resource.clone();
                    let object = new_object(fcinfo, &resource);
                    Flat::of(datum)?.construct(object, &resource)?;
                    Ok(object)
                }
            }
        }
    }

    /// Constructs the state of a new group.
    ///
    /// # Safety
    /// As for [`call_with_state`](Self::call_with_state).
    pub(super) unsafe fn construct<'a>(
        &mut self,
        fcinfo: FunctionCallInfo,
        first: &[NullableDatum],
    ) -> Result<&'a mut StateObject> {
        let resource = self.method()?.resource.clone();
        let object = new_object(fcinfo, &resource);
        // SAFETY: the caller's promise.
        unsafe {
            let method: *const Method = self.method()?;
            // The function, which has the method, stays as it is.
            let Method { constructor, types, .. } = &*method;
            if !first.is_empty() && resource.save.is_some() {
                object.keep_arguments(&state::arguments(types, first));
            }
            let constructor = constructor.as_ref().ok_or_else(no_method)?;
            self.run_constructor(fcinfo, object, constructor, first)?;
        }
        Ok(object)
    }

    /// # Safety
    /// As for [`call_with_state`](Self::call_with_state); `first` must be the arguments for which the constructor was
    /// planned.
    pub(super) unsafe fn run_constructor(
        &mut self,
        fcinfo: FunctionCallInfo,
        object: &mut StateObject,
        constructor: &Callee,
        first: &[NullableDatum],
    ) -> Result<()> {
        let target = &self.function.target;
        self.account.pay();
        let seat = seats::take(target, self.states.last_seat())?;
        object.state.sit(&seat);
        let Callee { export, plan } = constructor;
        // SAFETY: the caller's promise.
        object.state.representation =
            unsafe { seated::construct(&seat, self.caller(fcinfo), plan, export, first)? };
        Ok(())
    }
}

/// Makes a state that has not been constructed: for the aggregate that calls, or in the current context.
pub(super) fn new_object<'a>(
    fcinfo: FunctionCallInfo,
    resource: &Rc<Resource>,
) -> &'a mut StateObject {
    // It reads what nodeAgg and nodeWindowAgg have put into the call, and raises nothing.
    unsafe extern "C-unwind" {
        fn AggCheckCallContext(
            fcinfo: FunctionCallInfo,
            context: *mut pg_sys::MemoryContext,
        ) -> std::ffi::c_int;
    }
    let mut context = std::ptr::null_mut();
    // SAFETY: the call is in progress.
    let kind = unsafe { AggCheckCallContext(fcinfo, &raw mut context) };
    match kind as u32 {
        pg_sys::AGG_CONTEXT_AGGREGATE => StateObject::new(resource, context, Owned::ByAggregate),
        pg_sys::AGG_CONTEXT_WINDOW => StateObject::new(resource, context, Owned::ByWindow),
        _ => temporary(resource),
    }
}

/// Makes a state that has not been constructed, in the current context.
pub(super) fn temporary<'a>(resource: &Rc<Resource>) -> &'a mut StateObject {
    // SAFETY: reads a static.
    StateObject::new(resource, unsafe { pg_sys::CurrentMemoryContext }, Owned::Otherwise)
}
