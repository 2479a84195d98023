//! The plan of a call: how each argument gets from its Datum to the guest, and the result back.
//!
//! Made once per call site. Nothing here looks anything up while it runs, and nothing allocates
//! for scalars. It must never pass a guest's pointer on unchecked.

mod lift;
mod lower;
mod sql_type;

use crate::catalog::Proc;
use pgrx::pg_sys;
use plwasm_engine::abi::{CoreSignature, Layout, MAX_FLAT_PARAMS, Signature, Type};
use plwasm_engine::{Entry, Error, Guest, Result, Uses, ValRaw};
pub use sql_type::SqlType;

/// One parameter.
#[derive(Debug, Clone, Copy)]
struct Param {
    ty: SqlType,
    /// `option<T>`: the guest sees NULL.
    option: bool,
    /// Where it lies if the parameters are passed in memory.
    offset: u32,
}

/// A resolved marshalling plan.
#[derive(Debug)]
pub struct Plan {
    params: Box<[Param]>,
    /// The parameters' layout if there are too many to pass flat.
    spilled: Option<Layout>,
    /// Whether all parameters and the result are passed in slots, each parameter as its Datum.
    is_raw: bool,
    /// A NULL argument that the guest must not see means a NULL result.
    skips_nulls: bool,
    result: SqlType,
    result_option: bool,
    /// Whether the result is behind a pointer.
    result_spilled: bool,
    pub uses: Uses,
}

/// The parameters' slots, and one for the fuel.
const MAX_SLOTS: usize = MAX_FLAT_PARAMS + 1;

/// The values of one call: parameters, then the result in their place. On the stack.
pub struct Slots {
    values: [std::mem::MaybeUninit<ValRaw>; MAX_SLOTS],
    len: usize,
}

impl Slots {
    #[inline]
    fn new() -> Self {
        Self { values: [const { std::mem::MaybeUninit::uninit() }; MAX_SLOTS], len: 0 }
    }

    /// A plan pushes at most [`MAX_FLAT_PARAMS`].
    #[inline]
    fn push(&mut self, value: ValRaw) {
        self.values[self.len].write(value);
        self.len += 1;
    }

    /// The Datums as they are, room for the fuel, and at least two slots, as the result needs room too.
    /// A plan has at most [`MAX_FLAT_PARAMS`].
    #[inline]
    fn copied(&mut self, args: &[pg_sys::NullableDatum]) -> &mut [ValRaw] {
        let args = &args[..args.len().min(MAX_FLAT_PARAMS)];
        for (slot, arg) in self.values.iter_mut().zip(args) {
            slot.write(ValRaw::u64(arg.value.value() as u64));
        }
        self.len = args.len();
        self.with_fuel()
    }

    /// The slots pushed.
    #[inline]
    fn pushed(&self) -> &[ValRaw] {
        // SAFETY: the first `len` values are written.
        unsafe { std::slice::from_raw_parts(self.values.as_ptr().cast(), self.len) }
    }

    /// The slots pushed, room for the fuel, and at least two slots, as the result needs room too.
    #[inline]
    fn with_fuel(&mut self) -> &mut [ValRaw] {
        self.values[self.len].write(ValRaw::u64(0));
        self.values[1.max(self.len)].write(ValRaw::u64(0));
        let len = 2.max(self.len + 1);
        // SAFETY: the first `len` values are written.
        unsafe { std::slice::from_raw_parts_mut(self.values.as_mut_ptr().cast(), len) }
    }
}

impl Plan {
    /// The plan of a function whose export has the core type `found`.
    ///
    /// A core module has no types of its own: the plain signature is tried first, then the one
    /// with options (NULL allowed everywhere).
    ///
    /// # Errors
    /// [`Error::Signature`] if it has neither.
    pub fn new(function: &Proc, export: &str, found: &CoreSignature) -> Result<Self> {
        let params: Vec<SqlType> =
            function.args.iter().map(|oid| SqlType::argument(*oid)).collect();
        let result = SqlType::result(function.result);
        let plain = Signature {
            params: params.iter().filter_map(SqlType::wit).collect(),
            result: result.wit(),
        };
        let with_options = plain.with_options();
        let (signature, option) = match found {
            found if *found == plain.core() => (&plain, false),
            found if *found == with_options.core() => (&with_options, true),
            _ => return Err(mismatch(export, found, &plain, &with_options)),
        };
        let (layout, offsets) = Layout::of_tuple(&signature.params);
        let params: Box<[Param]> = params
            .into_iter()
            .zip(offsets)
            .map(|(ty, offset)| Param { ty, option, offset })
            .collect();
        Ok(Self {
            is_raw: !option
                && !signature.params_spilled()
                && !signature.result_spilled()
                && params.iter().all(|param| param.ty.is_raw()),
            // Also where the function is STRICT: ALTER FUNCTION may have made it so after the
            // executor of a running query has decided to call it for NULLs too.
            skips_nulls: !option && !params.is_empty(),
            spilled: signature.params_spilled().then_some(layout),
            result_option: matches!(signature.result, Some(Type::Option(_))),
            result_spilled: signature.result_spilled(),
            uses: Uses {
                memory: signature.needs_memory(),
                realloc: signature.needs_realloc(),
                post_return: signature.result_spilled(),
            },
            params,
            result,
        })
    }

    /// One call: arguments in, guest, result out.
    ///
    /// # Errors
    /// Whatever the guest does wrong.
    ///
    /// # Safety
    /// `fcinfo` must be that of the function the plan was made for, and `entry` one of `guest`'s
    /// with the core signature the plan was made for.
    #[inline]
    pub unsafe fn call(
        &self,
        fcinfo: pg_sys::FunctionCallInfo,
        guest: &mut Guest,
        entry: &Entry,
        fuel: u64,
    ) -> Result<pg_sys::Datum> {
        // SAFETY: the caller's promise: the arguments are those of the plan.
        unsafe {
            let args = (*fcinfo).args.as_slice(self.params.len());
            if self.skips_nulls && args.iter().any(|arg| arg.isnull) {
                (*fcinfo).isnull = true;
                return Ok(pg_sys::Datum::from(0));
            }
            guest.refuel(fuel);
            let mut slots = Slots::new();
            if !self.is_raw {
                return self.call_lowered(fcinfo, guest, entry, &mut slots);
            }
            let slots = slots.copied(args);
            guest.call(entry, slots)?;
            Ok(self.result.lift_flat(&slots[0]))
        }
    }

    /// A call whose arguments or result need more than copying. Not inlined, to keep the path of
    /// the others short.
    ///
    /// # Safety
    /// As [`call`](Self::call).
    #[inline(never)]
    unsafe fn call_lowered(
        &self,
        fcinfo: pg_sys::FunctionCallInfo,
        guest: &mut Guest,
        entry: &Entry,
        slots: &mut Slots,
    ) -> Result<pg_sys::Datum> {
        // SAFETY: the caller's promise.
        unsafe {
            let args = (*fcinfo).args.as_slice(self.params.len());
            match self.spilled {
                None => self.lower_flat(args, guest, slots)?,
                Some(layout) => self.lower_spilled(args, layout, guest, slots)?,
            }
            let slots = slots.with_fuel();
            guest.call(entry, slots)?;
            let result = match self.result_spilled {
                false => Some(self.result.lift_flat(&slots[0])),
                true => self.lift_spilled(guest, entry, slots[0].get_u32())?,
            };
            (*fcinfo).isnull = result.is_none();
            Ok(result.unwrap_or(pg_sys::Datum::from(0)))
        }
    }
}

#[cold]
fn mismatch(
    export: &str,
    found: &CoreSignature,
    plain: &Signature,
    with_options: &Signature,
) -> Error {
    let mut expected = format!("{} for {plain}", plain.core());
    if with_options != plain {
        expected.push_str(&format!(", or {} for {with_options}", with_options.core()));
    }
    Error::Signature {
        export: plwasm_engine::name::printable(export),
        found: found.to_string(),
        expected,
    }
}
