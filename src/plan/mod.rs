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
mod memory;
mod outcome;
mod pg_type;
mod range;
mod raw;
mod resolve;
mod room;
mod slots;
mod sql_function;
mod text_form;
mod value;

pub(crate) use dependence::Dependence;
use finish::Check;
use lift::Lifting;
pub(crate) use literal::{Literals, Refusal};
use lower::Lowering;
use memory::PlanMemory;
pub(crate) use outcome::Rows;
use outcome::{Lifted, Outcome};
use pgrx::pg_sys::{self, Datum, NullableDatum};
use plwasm_engine::abi::{Layout, Parts, Signature, Type};
use plwasm_engine::name::MemberKind;
pub(crate) use plwasm_engine::pass::path;
use plwasm_engine::sql::Types;
use plwasm_engine::{Error, Export, Guest, Result, Uses, ValRaw};
use raw::Raw;
use resolve::{Mismatch, Resolver};
pub(crate) use slots::Slots;
pub(crate) use sql_function::{SqlFunction, SqlResult, check_argument};
use std::cell::RefCell;
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
    /// Plans the calls of a function.
    ///
    /// # Errors
    /// [`Error::Signature`] if the export has neither of the signatures that are guessed, [`Error::Wit`] if its WIT has
    /// other types.
    pub(crate) fn new(function: &SqlFunction, export: &Export) -> Result<Self> {
        if let Some(reason) = export.refusal() {
            let wit =
                export.wit.as_ref().map_or_else(|| export.core.to_string(), ToString::to_string);
            return Err(mismatch(function, export, wit, reason.into()));
        }
        Self::of(function, export, &[])
    }

    /// Plans the calls of a method. `function` has the parameters of the method without its representation.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub(crate) fn of_method(function: &SqlFunction, export: &Export) -> Result<Self> {
        Self::of(function, export, &[Type::Borrow("self".into())])
    }

    /// Plans the calls of a constructor, whose result is a representation, as `function`'s must be an `int8`.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub(crate) fn of_constructor(function: &SqlFunction, export: &Export) -> Result<Self> {
        Self::of(function, export, &[])
    }

    /// Plans the calls of an export. Its first parameters are `leading`, if its WIT does not say what they are.
    ///
    /// A core module without WIT has no types of its own. The plain signature is tried first, then the one that allows
    /// NULL everywhere by options.
    fn of(function: &SqlFunction, export: &Export, leading: &[Type]) -> Result<Self> {
        let mut resolver = Resolver::new();
        let signature = match &export.wit {
            None => guess(function, export, leading, &mut resolver)?,
            Some(wit) => {
                let unsupported = || wit.unsupported.as_deref().unwrap_or_default().to_string();
                let signature = wit
                    .signature()
                    .ok_or_else(|| mismatch(function, export, wit.to_string(), unsupported()))?;
                if signature.core() != *export.core {
                    return Err(Error::Signature {
                        export: plwasm_engine::name::printable(export.name),
                        found: export.core.to_string(),
                        expected: format!("{} for {wit}", signature.core()),
                    });
                }
                signature.with_representation()
            }
        };
        Self::resolve(function, &signature, resolver).map_err(|reason| {
            let wit =
                export.wit.as_ref().map_or_else(|| signature.to_string(), ToString::to_string);
            mismatch(function, export, wit, reason)
        })
    }

    fn resolve(
        function: &SqlFunction,
        signature: &Signature,
        mut resolver: Resolver,
    ) -> std::result::Result<Self, Mismatch> {
        let is_method = signature.is_method();
        let given = signature.params.len() - usize::from(is_method);
        if function.args.len() != given {
            return Err(format!(
                "the SQL function has {} parameters, the export {given}",
                function.args.len(),
            ));
        }
        let (layout, offsets) = Layout::of_tuple(&signature.params);
        let types = signature.params.iter().zip(offsets).skip(usize::from(is_method));
        let mut params = Vec::new();
        for (i, (oid, (ty, offset))) in function.args.iter().zip(types).enumerate() {
            let what = format!("argument {}", i + 1);
            let place = resolver
                .place(*oid, -1, ty, offset, what.as_str())
                .map_err(|reason| format!("{what}: {reason}"))?;
            let parts = Parts::of(ty);
            let payload_slots = parts.slots().saturating_sub(1);
            let parts = (!place.value.is_flat()).then_some(parts);
            params.push(Param { place, parts, payload_slots });
        }
        let outcome = Outcome::new(
            &function.result,
            function.returns_set,
            signature.result.as_ref(),
            &mut resolver,
        )
        .map_err(|reason| format!("result: {reason}"))?;
        let params_spilled = signature.params_spilled();
        let is_raw = !params_spilled
            && !function.returns_set
            && params
                .iter()
                .all(|param| param.place.value.raw().is_some() && !param.place.is_option());
        Ok(Self {
            scalar: outcome.raw().filter(|_| is_raw && !is_method),
            is_direct: is_raw && is_method && matches!(outcome.raw(), Some(Raw::Void)),
            raw_result: outcome.raw(),
            params: params.into(),
            is_method,
            spilled: params_spilled.then_some(layout),
            returns_set: function.returns_set,
            result_spilled: signature.result_spilled(),
            has_checks: resolver.has_domains(),
            calls_back: resolver.calls_back(),
            checks: RefCell::default(),
            uses: Uses::of(signature),
            procedure_row: function.is_procedure.then(|| outcome.row()).flatten(),
            outcome,
            _memory: resolver.into_memory(),
        })
    }

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
            Lifted::Set(set, list) => Returned::Rows(Rows::new(set, list, from, &self.checks)),
        })
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

fn mismatch(function: &SqlFunction, export: &Export, wit: String, reason: Mismatch) -> Error {
    Error::Wit {
        export: plwasm_engine::name::printable(export.name),
        sql: function.to_string(),
        wit,
        reason,
    }
}

/// Guesses the signature of an export that has only a core type. Its first parameters are `leading`.
fn guess(
    function: &SqlFunction,
    export: &Export,
    leading: &[Type],
    resolver: &mut Resolver,
) -> Result<Signature> {
    let unsupported = |reason: Mismatch| {
        mismatch(function, export, format!("unknown, its core type is {}", export.core), reason)
    };
    let is_constructor =
        export.member().is_some_and(|member| member.kind == MemberKind::Constructor);
    let mut candidates = Vec::new();
    for nulls in [false, true] {
        let mut params = leading.to_vec();
        for oid in &function.args {
            let ty = resolver.default_type(oid, nulls).map_err(unsupported)?;
            params.push(if nulls { ty.option() } else { ty });
        }
        let result = match is_constructor {
            true => Some(Type::U32),
            false => Outcome::default_type(&function.result, function.returns_set, nulls, resolver)
                .map_err(unsupported)?,
        };
        let signature = Signature { params, result };
        if signature.core() == *export.core {
            return Ok(signature);
        }
        candidates.push(signature);
    }
    let mut expected = format!("{} for {}", candidates[0].core(), candidates[0]);
    if candidates[1] != candidates[0] {
        expected.push_str(&format!(", or {} for {}", candidates[1].core(), candidates[1]));
    }
    Err(Error::Signature {
        export: plwasm_engine::name::printable(export.name),
        found: export.core.to_string(),
        expected,
    })
}
