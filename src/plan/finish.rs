//! The steps that follow after a Datum was lifted: coercion to the column's length, and the check of a domain.
//!
//! A domain must never be checked while a guest's memory is being read, because a constraint may call any function.

use super::lift::Lifting;
use super::memory::PlanMemory;
use crate::{allocator, sqlstate};
use pgrx::pg_sys::{self, Datum, Oid};
use plwasm_engine::Result;
use std::cell::Cell;
use std::ffi::c_void;
use std::rc::Rc;

/// A type's length coercion and a domain's constraints.
#[derive(Debug)]
pub(super) struct Finish {
    length: Option<(*mut pg_sys::FmgrInfo, i32)>,
    domain: Option<Rc<Domain>>,
}

/// A value whose check is pending.
#[derive(Debug)]
pub(crate) struct Check {
    value: Option<Datum>,
    domain: Rc<Domain>,
}

#[derive(Debug)]
struct Domain {
    oid: Oid,
    /// The state that `domain_check` keeps between calls.
    extra: Cell<*mut c_void>,
    memory: pg_sys::MemoryContext,
}

impl Finish {
    /// Returns the steps for a column of type `oid`, or for a domain over it. Returns `None` if there are none.
    pub(super) fn new(
        oid: Oid,
        typmod: i32,
        domain: Option<Oid>,
        memory: &mut PlanMemory,
    ) -> Option<Box<Self>> {
        let length = if typmod < 0 {
            None
        } else {
            let mut function = pg_sys::InvalidOid;
            // SAFETY: a type that exists; the result says whether `function` was set.
            let found = unsafe { pg_sys::find_typmod_coercion_function(oid, &mut function) };
            let is_function = found == pg_sys::CoercionPathType::COERCION_PATH_FUNC
                && function != pg_sys::InvalidOid;
            is_function.then(|| (memory.function(function), typmod))
        };
        let domain = domain.map(|oid| {
            Rc::new(Domain {
                oid,
                extra: Cell::new(std::ptr::null_mut()),
                memory: memory.context(),
            })
        });
        (length.is_some() || domain.is_some()).then(|| Box::new(Self { length, domain }))
    }

    /// Returns the Datum, coerced. If the type is a domain, adds a check to `from`.
    ///
    /// Raises the errors of the coercion (22001).
    ///
    /// # Errors
    /// [`plwasm_engine::Error::ResultLimit`]
    ///
    /// # Safety
    /// The Datum must be of the base type.
    pub(super) unsafe fn apply(
        &self,
        datum: Option<Datum>,
        from: &Lifting,
    ) -> Result<Option<Datum>> {
        let mut datum = datum;
        if let (Some(value), Some((function, typmod))) = (datum, &self.length) {
            // SAFETY: the function takes the type, its modifier, and whether the cast is explicit, which an
            // assignment is not.
            datum = Some(unsafe {
                pg_sys::FunctionCall3Coll(
                    *function,
                    pg_sys::InvalidOid,
                    value,
                    Datum::from(*typmod),
                    Datum::from(false),
                )
            });
            // The coercion may have padded a bpchar.
            from.room.check(0)?;
        }
        if let Some(domain) = &self.domain {
            // A vector may allocate twice the memory of its elements.
            from.room.take(2 * size_of::<Check>());
            from.room.check(0)?;
            let mut checks = from.checks.borrow_mut();
            allocator::grow(&mut checks, 1);
            checks.push(Check { value: datum, domain: domain.clone() });
        }
        Ok(datum)
    }
}

impl Check {
    /// Runs the check. Raises the errors of `domain_check` (23502, 23514).
    pub(crate) fn run(self) {
        let Self { value, domain } = self;
        let mut extra = domain.extra.get();
        // SAFETY: a value of the base type; domain_check keeps `extra` in `memory`, which lives as long as
        // the plan.
        sqlstate::keeping(|| unsafe {
            pg_sys::domain_check(
                value.unwrap_or(Datum::from(0)),
                value.is_none(),
                domain.oid,
                &mut extra,
                domain.memory,
            );
        });
        domain.extra.set(extra);
    }
}
