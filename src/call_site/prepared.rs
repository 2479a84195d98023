//! Prepared functions: a constructor's value is kept, and the method is called of it for each row.
//!
//! The result must be the same as if the value were constructed for each row.

use super::CallSite;
use super::seated::{self, Caller};
use crate::backend;
use crate::backend::prepared::{self, Key, Prepared};
use crate::backend::seats::{self, Occupant, Seat};
use crate::fuel;
use crate::method::{Callee, Method};
use crate::plan::Dependence;
use crate::statistics::counts::Event;
use pgrx::pg_sys::{self, Datum, FmgrInfo, FunctionCallInfo, NullableDatum};
use plwasm_engine::{Entry, Error, Result};
use std::rc::Rc;

/// What a call site keeps of its prepared value.
#[derive(Default)]
pub(super) struct PreparedSite {
    /// Whether all arguments of the constructor are constants.
    is_constant: bool,
    /// Each argument's type, the type's length (`typlen`), and whether it is passed by value.
    types: Vec<(pg_sys::Oid, i16, bool)>,
    /// The arguments of the last call, and those of this one.
    arguments: Vec<u8>,
    next: Vec<u8>,
    value: Option<Rc<Prepared>>,
    /// The instance that stands on the value, and the method in it.
    seat: Option<(Rc<Seat>, Entry)>,
    /// Whether values cannot be kept, and are constructed for each call.
    is_unkeepable: bool,
}

impl PreparedSite {
    /// Returns a site that has no value yet. The arguments of a trigger never change.
    ///
    /// # Safety
    /// `flinfo` must be that of a function whose first arguments have these types, and are the constructor's.
    pub(super) unsafe fn new(
        flinfo: *const FmgrInfo,
        types: &[pg_sys::Oid],
        is_trigger: bool,
    ) -> Self {
        // SAFETY: the caller's promise.
        let is_constant = |number| unsafe { is_constant(flinfo, number) };
        let is_constant = is_trigger || (0..types.len()).all(is_constant);
        let types = types.iter().map(|oid| {
            let (mut length, mut by_value) = (0, false);
            // SAFETY: types of arguments exist.
            unsafe { pg_sys::get_typlenbyval(*oid, &mut length, &mut by_value) };
            (*oid, length, by_value)
        });
        Self { is_constant, types: types.collect(), ..Self::default() }
    }

    /// Returns the fuel that the constructor took for the value that is kept.
    pub(super) fn fuel(&self) -> u64 {
        self.value.as_ref().map_or(0, |value| value.fuel)
    }
}

impl CallSite {
    /// Calls a prepared function.
    ///
    /// # Errors
    /// The errors of the guest.
    ///
    /// # Safety
    /// As for [`call`](Self::call); the function must be a prepared one.
    pub(super) unsafe fn call_prepared(
        &mut self,
        fcinfo: FunctionCallInfo,
        args: &[NullableDatum],
    ) -> Result<Option<Datum>> {
        let Some((method, constructor)) = self.function.method.as_deref().and_then(both) else {
            return Err(Error::Internal("a prepared function has no constructor".into()));
        };
        let plan = &self.function.plan;
        let (first, rest) = args.split_at(method.split);
        if !constructor.plan.takes(first) || !plan.takes(rest) {
            return Ok(plan.null());
        }
        let site = &mut self.prepared;
        if !(site.is_constant && site.value.is_some()) {
            // SAFETY: the caller's promise.
            unsafe { write_arguments(&mut site.next, &site.types, first) };
            if site.value.is_none() || site.next != site.arguments {
                std::mem::swap(&mut site.next, &mut site.arguments);
                site.value = None;
                site.seat = None;
            }
        }
        // SAFETY: the caller's promise.
        unsafe {
            if self.prepared.value.is_none()
                && let Some(result) = self.prepare(fcinfo, first, rest)?
            {
                return Ok(result.0);
            }
            self.call_of_value(fcinfo, rest)
        }
    }

    /// Finds the value of the arguments, or constructs it. If it is not to be kept, calls the method at once, and returns
    /// the result.
    ///
    /// # Safety
    /// As for [`call_prepared`](Self::call_prepared).
    #[cold]
    #[inline(never)]
    unsafe fn prepare(
        &mut self,
        fcinfo: FunctionCallInfo,
        first: &[NullableDatum],
        rest: &[NullableDatum],
    ) -> Result<Option<(Option<Datum>,)>> {
        let target = &self.function.target;
        let Some((_, constructor)) = self.function.method.as_deref().and_then(both) else {
            return Err(Error::Internal("a prepared function has no constructor".into()));
        };
        let site = &mut self.prepared;
        let dependence = constructor.plan.dependence();
        let key = match dependence {
            Dependence::Bytes => Key::new(target, &constructor.export, 0, &site.arguments),
            _ => Key::new(target, &constructor.export, backend::definitions(), &site.arguments),
        };
        self.account.pay();
        if let Some(found) = prepared::find(&key) {
            // As if it were constructed with the fuel that this function may use.
            if found.fuel > target.limits.fuel {
                return Err(Error::Fuel { limit: target.limits.fuel });
            }
            site.value = Some(found);
            fuel::count(Event::StateReused);
            return Ok(None);
        }
        let seat = seats::take(target, None)?;
        seat.occupant.set(Occupant::Constructing);
        let using = seat.using();
        let caller = Caller { account: &self.account, fuel: target.limits.fuel, fcinfo };
        let Callee { export, plan } = constructor;
        // SAFETY: the caller's promise.
        let representation = unsafe { seated::construct(&seat, caller, plan, export, first)? };
        let guest = seat.guest()?;
        let fuel = guest.fuel_used();
        // A value that is not used again is not worth what keeping it costs.
        let is_kept = !site.is_unkeepable && dependence < Dependence::Settings;
        if is_kept && (site.is_constant || prepared::is_recent(&key)) {
            let mut kept = Vec::new();
            match guest.keep(&mut kept) {
                Ok(()) => {
                    let value = Prepared::new(&key, &kept, representation, fuel)?;
                    guest.stand(value.kept.clone())?;
                    using.done();
                    seat.occupant.set(Occupant::Prepared(value.kept.as_ptr()));
                    prepared::keep(key, &value);
                    site.value = Some(value);
                    return Ok(None);
                }
                Err(Error::Unkeepable(_)) => site.is_unkeepable = true,
                Err(error) => return Err(error),
            }
        }
        let plan = &self.function.plan;
        let entry = guest.entry(&target.export, plan.uses)?;
        // SAFETY: the caller's promise; the entry was made for the plan.
        let result = unsafe { seated::call(&seat, caller, plan, &entry, representation, rest)? };
        using.done();
        seat.clear();
        Ok(Some((result,)))
    }

    /// Calls the method of the value.
    ///
    /// # Safety
    /// As for [`call_prepared`](Self::call_prepared).
    #[inline]
    unsafe fn call_of_value(
        &mut self,
        fcinfo: FunctionCallInfo,
        rest: &[NullableDatum],
    ) -> Result<Option<Datum>> {
        let (target, plan) = (&self.function.target, &self.function.plan);
        let site = &mut self.prepared;
        let Some(value) = &site.value else {
            return Err(Error::Internal("a prepared function has no value".into()));
        };
        let occupant = Occupant::Prepared(value.kept.as_ptr());
        let (seat, entry) = match &site.seat {
            Some((seat, entry))
                if seat.occupant.get() == occupant && !seat.instance.guest().is_null() =>
            {
                (seat, entry)
            }
            _ => {
                self.account.pay();
                let seat = stand(target, value)?;
                let entry = seat.guest()?.entry(&target.export, plan.uses)?;
                let (seat, entry) = site.seat.insert((seat, entry));
                (&*seat, &*entry)
            }
        };
        let caller = Caller { account: &self.account, fuel: target.limits.fuel, fcinfo };
        // SAFETY: the caller's promise; the entry was made for the plan.
        let result =
            unsafe { seated::call(seat, caller, plan, entry, value.representation, rest)? };
        seat.put_back();
        Ok(result)
    }
}

fn both(method: &Method) -> Option<(&Method, &Callee)> {
    Some((method, method.constructor.as_ref()?))
}

/// Returns an instance that stands on a value.
fn stand(target: &crate::function::Target, value: &Prepared) -> Result<Rc<Seat>> {
    if let Some(seat) = seats::of_prepared(target, value.kept.as_ptr()) {
        return Ok(seat);
    }
    let seat = seats::take(target, None)?;
    let using = seat.using();
    let guest = seat.guest()?;
    guest.resume(&value.kept)?;
    guest.stand(value.kept.clone())?;
    using.done();
    seat.occupant.set(Occupant::Prepared(value.kept.as_ptr()));
    Ok(seat)
}

/// Writes the types and the bytes of arguments, by which they are compared. Equal bytes are equal values.
///
/// # Safety
/// The arguments must be of these types.
unsafe fn write_arguments(
    to: &mut Vec<u8>,
    types: &[(pg_sys::Oid, i16, bool)],
    arguments: &[NullableDatum],
) {
    to.clear();
    for ((oid, length, by_value), argument) in types.iter().zip(arguments) {
        to.extend(oid.to_u32().to_ne_bytes());
        if argument.isnull {
            to.push(0);
            continue;
        }
        to.push(1);
        if *by_value {
            to.extend(argument.value.value().to_ne_bytes());
            continue;
        }
        // SAFETY: the caller's promise.
        unsafe {
            let bytes = match *length {
                -1 => {
                    let given: *mut pg_sys::varlena = argument.value.cast_mut_ptr();
                    let plain = pg_sys::pg_detoast_datum_packed(given);
                    pgrx::varlena_to_byte_slice(plain)
                }
                -2 => std::ffi::CStr::from_ptr(argument.value.cast_mut_ptr()).to_bytes(),
                fixed => std::slice::from_raw_parts(argument.value.cast_mut_ptr(), fixed as usize),
            };
            to.extend((bytes.len() as u64).to_ne_bytes());
            to.extend(bytes);
        }
    }
}

/// Returns whether an argument is a constant in the call's expression. Parameters of a prepared statement and variables of
/// PL/pgSQL are not, although they are stable (`get_fn_expr_arg_stable`): PL/pgSQL evaluates one expression with many
/// values of them.
///
/// # Safety
/// `flinfo` must be valid.
unsafe fn is_constant(flinfo: *const FmgrInfo, number: usize) -> bool {
    // SAFETY: the caller's promise; a node has the type that its tag says.
    unsafe {
        let expression: *mut pg_sys::Node = (*flinfo).fn_expr;
        if expression.is_null() {
            return false;
        }
        let list = match (*expression).type_ {
            pg_sys::NodeTag::T_FuncExpr => (*expression.cast::<pg_sys::FuncExpr>()).args,
            pg_sys::NodeTag::T_OpExpr => (*expression.cast::<pg_sys::OpExpr>()).args,
            pg_sys::NodeTag::T_WindowFunc => (*expression.cast::<pg_sys::WindowFunc>()).args,
            _ => return false,
        };
        if list.is_null() || number >= (*list).length as usize {
            return false;
        }
        let node: *mut pg_sys::Node = (*(*list).elements.add(number)).ptr_value.cast();
        (*node).type_ == pg_sys::NodeTag::T_Const
    }
}
