//! The plan of a call: converts each argument from its Datum for the guest, and the result back.
//!
//! A plan is made once per call site. It does not know how a function was called: it takes arguments and returns the
//! result. While it runs it looks nothing up, and allocates nothing for scalars. It must never use a guest's pointer
//! unchecked.

mod array;
mod composite;
mod dependence;
mod enumeration;
mod finish;
mod flags;
mod json;
mod lift;
mod literal;
mod lower;
mod make;
mod memory;
mod outcome;
mod partition;
mod pg_type;
mod range;
mod raw;
mod resolve;
mod room;
mod slots;
mod sql_function;
mod text_form;
mod trigger;
mod value;

pub(crate) use dependence::Dependence;
use finish::Check;
use lift::Lifting;
pub(crate) use literal::{Literals, Refusal};
use lower::Lowering;
use memory::PlanMemory;
pub(crate) use outcome::Rows;
use outcome::{Lifted, Outcome};
pub(crate) use partition::{Partition, Taken};
use pgrx::pg_sys::{self, Datum, NullableDatum};
use plwasm_engine::abi::{Layout, Parts};
pub(crate) use plwasm_engine::pass::path;
use plwasm_engine::{Guest, Result, Uses, ValRaw};
use raw::Raw;
pub(crate) use slots::Slots;
pub(crate) use sql_function::{Caller, SqlFunction, SqlResult, check_argument};
use std::cell::RefCell;
pub(crate) use trigger::Trigger;
use value::Place;

/// A resolved plan.
#[derive(Debug)]
pub(crate) struct Plan {
    params: Box<[Param]>,
    /// Whether it is a method without a result, whose parameters are passed in slots as their Datums.
    pub is_direct: bool,
    /// Whether the export is a method, whose first parameter is a representation.
    is_method: bool,
    /// The layout of the parameters as a tuple, if there are too many to pass flat.
    spilled: Option<Layout>,
    /// Which arguments are passed for all rows of a partition, if it is a window function.
    pub partition: Option<Taken>,
    /// How the result is read, if each parameter is passed in a slot as its Datum, and the result in its slot.
    pub scalar: Option<Raw>,
    /// How the result is read, if it is returned in a slot, regardless of the parameters.
    raw_result: Option<Raw>,
    pub returns_set: bool,
    outcome: Outcome,
    /// The columns of the row that a procedure returns. The row must not be NULL, only its columns can be.
    procedure_row: Option<pg_sys::TupleDesc>,
    /// True if the result is returned as a pointer.
    result_spilled: bool,
    /// True if a result may have to be checked against a domain.
    has_checks: bool,
    /// Checks that wait until the guest is done, because a constraint may call any function, this guest included.
    checks: RefCell<Vec<Check>>,
    pub uses: Uses,
    /// True if making the result may call SQL functions, this one included, while the guest's memory is read.
    pub calls_back: bool,
    /// The memory that the other fields point into. It is dropped last.
    _memory: PlanMemory,
}

/// The result of a call.
pub(crate) enum Returned<'a> {
    Datum(Datum),
    Null,
    /// A set. Its rows are still in the guest's memory.
    Rows(Rows<'a>),
    /// The results of a window function for all rows of a partition. They are still in the guest's memory.
    Column(Rows<'a>),
}

/// One parameter.
#[derive(Debug)]
struct Param {
    place: Place,
    /// The parts of the value in memory. `None` for a scalar or a string, which is lowered without scratch.
    parts: Option<Parts>,
    /// The number of slots of the payload of an option.
    payload_slots: usize,
}

impl Plan {
    /// Returns what determines what the guest gets for the arguments, besides the bytes of their Datums.
    pub(crate) fn dependence(&self) -> Dependence {
        let params = self.params.iter().map(|param| param.place.dependence());
        params.max().unwrap_or(Dependence::Bytes)
    }

    /// Returns whether arguments and result are passed in slots alone, so that the host neither allocates nor writes
    /// memory of the guest.
    pub(crate) fn is_in_slots(&self) -> bool {
        self.raw_result.is_some() && !self.uses.realloc
    }

    /// Writes arguments as constants of SQL.
    ///
    /// # Errors
    /// One has no constant that the command reads, or there is no room for it.
    ///
    /// # Safety
    /// `args` must have the types of the plan.
    pub(crate) unsafe fn write(
        &self,
        args: &[NullableDatum],
        to: &mut Literals,
    ) -> std::result::Result<(), Refusal> {
        for (param, arg) in self.params.iter().zip(args) {
            let value = (!arg.isnull).then_some(arg.value);
            // SAFETY: the caller's promise.
            unsafe { to.argument(&param.place.value, value)? };
        }
        Ok(())
    }

    /// Returns what follows `returns` in a declaration of the function.
    ///
    /// # Errors
    /// The command does not know the type.
    pub(crate) fn declared_result(
        &self,
        to: &mut Literals,
    ) -> std::result::Result<String, Refusal> {
        self.outcome.declared(to)
    }

    /// Returns the number of parameters.
    #[inline]
    pub(crate) fn arity(&self) -> usize {
        self.params.len()
    }

    /// Returns true if the guest is called with these arguments. It is not if an argument is NULL whose WIT type is not
    /// an option.
    #[inline]
    pub(crate) fn takes(&self, args: &[NullableDatum]) -> bool {
        let mut params = self.params.iter().zip(args);
        !params.any(|(param, arg)| arg.isnull && !param.place.is_option())
    }

    /// Returns the number of the first argument for which [`takes`](Self::takes) is false.
    pub(crate) fn refused(&self, args: &[NullableDatum]) -> Option<usize> {
        let mut params = self.params.iter().zip(args);
        params.position(|(param, arg)| arg.isnull && !param.place.is_option())
    }

    /// Lowers the arguments of a call into a guest. Returns the slots of the call. A method gets `representation` first;
    /// other exports do not.
    ///
    /// # Errors
    /// Errors of the guest's allocator; errors for values that the WIT types do not hold.
    ///
    /// # Safety
    /// `args` must have the types of the plan, which must accept them ([`takes`](Self::takes)).
    #[inline]
    pub(crate) unsafe fn lower<'s>(
        &self,
        representation: u32,
        args: &[NullableDatum],
        guest: &mut Guest,
        slots: &'s mut Slots,
    ) -> Result<&'s mut [ValRaw]> {
        // SAFETY: the caller's promise.
        unsafe {
            match self.spilled {
                None => {
                    if self.is_method {
                        slots.push(ValRaw::u32(representation));
                    }
                    self.lower_flat(args, guest, slots)?;
                }
                Some(layout) => self.lower_spilled(representation, args, layout, guest, slots)?,
            }
        }
        Ok(slots.with_fuel())
    }

    /// Lifts the result of a call. `slot` is the first slot, as the call left it.
    ///
    /// # Errors
    /// [`Error::Abi`] if the guest breaks the ABI; the error that the guest returned.
    #[inline]
    pub(crate) fn lift<'a>(&'a self, slot: &ValRaw, guest: &'a Guest) -> Result<Returned<'a>> {
        if let Some(raw) = self.raw_result {
            return Ok(Returned::Datum(raw.lift(slot)));
        }
        let from = Lifting::new(guest);
        let lifted = match self.result_spilled {
            false => self.outcome.lift_flat(slot, &from)?,
            true => self.outcome.lift_spilled(slot.get_u32(), &from)?,
        };
        Ok(match lifted {
            Lifted::Value(value) => {
                if self.has_checks {
                    self.checks.replace(from.checks.into_inner());
                }
                value.or_else(|| self.null()).map_or(Returned::Null, Returned::Datum)
            }
            Lifted::Set(set, list) => {
                let rows = Rows::new(set, list, from, &self.checks);
                match self.partition {
                    None => Returned::Rows(rows),
                    Some(_) => Returned::Column(rows),
                }
            }
        })
    }

    /// Returns the tuple of the row that a trigger function has returned. It is `tuple` itself if nothing has changed.
    ///
    /// Raises the errors of [`check_domains`](Self::check_domains), and those of JSON that is no row of the table.
    ///
    /// # Safety
    /// `returned` must be what this plan, of a trigger function, has lifted, and `slot` and `tuple` the row that the function
    /// was given, of that descriptor.
    pub(crate) unsafe fn modify(
        &self,
        returned: Datum,
        slot: *mut pg_sys::TupleTableSlot,
        tuple: pg_sys::HeapTuple,
        descriptor: pg_sys::TupleDesc,
    ) -> pg_sys::HeapTuple {
        match self.outcome.value() {
            // SAFETY: the caller's promise.
            Some(value) => unsafe { value.modify(returned, slot, tuple, descriptor) },
            None => tuple,
        }
    }

    /// Returns the value that stands for a NULL result: none, but a row of NULLs for a procedure that returns a row.
    pub(crate) fn null(&self) -> Option<Datum> {
        self.procedure_row.map(composite::null_row)
    }

    /// Checks that the values that the last call returned belong to their domains. Must be called after the guest is
    /// done, because the constraint of a domain may call any function.
    ///
    /// Raises the errors of `domain_check` (23502, 23514).
    #[inline(always)]
    pub(crate) fn check_domains(&self) {
        if self.has_checks {
            self.run_checks();
        }
    }

    #[inline(never)]
    fn run_checks(&self) {
        for check in self.checks.take() {
            crate::interrupt::check();
            check.run();
        }
    }

    /// Lowers arguments to slots.
    ///
    /// # Safety
    /// `args` must have the types of the plan.
    #[inline]
    unsafe fn lower_flat(
        &self,
        args: &[NullableDatum],
        guest: &mut Guest,
        slots: &mut Slots,
    ) -> Result<()> {
        for (param, arg) in self.params.iter().zip(args) {
            if let Some(parts) = &param.parts {
                // SAFETY: the caller's promise.
                unsafe { param.lower_parts(parts, arg, guest, slots)? };
                continue;
            }
            if param.place.is_option() {
                slots.push(ValRaw::u32(u32::from(!arg.isnull)));
                if arg.isnull {
                    // The payload of none is zero in every slot (`lower_flat_variant`).
                    (0..param.payload_slots).for_each(|_| slots.push(ValRaw::i64(0)));
                    continue;
                }
            }
            // SAFETY: the caller's promise; the argument is not NULL.
            unsafe { param.place.value.lower_flat(arg.value, guest, slots)? };
        }
        Ok(())
    }

    /// Lowers arguments to a tuple in memory. Its pointer takes the only slot.
    ///
    /// # Safety
    /// The same as for [`lower_flat`](Self::lower_flat).
    #[cold]
    unsafe fn lower_spilled(
        &self,
        representation: u32,
        args: &[NullableDatum],
        layout: Layout,
        guest: &mut Guest,
        slots: &mut Slots,
    ) -> Result<()> {
        let mut to = Lowering::new(guest);
        let tuple = to.spilled(layout, |at, to| {
            if self.is_method {
                to.put(at, &representation.to_le_bytes());
            }
            for (param, arg) in self.params.iter().zip(args) {
                let value = (!arg.isnull).then_some(arg.value);
                let place = &param.place;
                // SAFETY: the caller's promise.
                place.within(|| unsafe { place.store(value, at, to) })?;
            }
            Ok(())
        })?;
        slots.push(ValRaw::u32(tuple));
        Ok(())
    }
}

impl Param {
    /// Lowers an argument of several fields to slots.
    ///
    /// # Safety
    /// `arg` must have the parameter's type.
    unsafe fn lower_parts(
        &self,
        parts: &Parts,
        arg: &NullableDatum,
        guest: &mut Guest,
        slots: &mut Slots,
    ) -> Result<()> {
        let place = &self.place;
        let value = (!arg.isnull).then_some(arg.value);
        Lowering::new(guest).flat(
            place,
            parts,
            // SAFETY: the caller's promise.
            |at, to| place.within(|| unsafe { place.store(value, at, to) }),
            |slot| slots.push(slot),
        )
    }
}
