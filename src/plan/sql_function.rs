//! The SQL side of a signature: the types of a function's arguments and result at one call.

use super::trigger::Trigger;
use crate::catalog::Proc;
use crate::error;
use pgrx::pg_sys::{self, Oid, TypeFuncClass};
use std::fmt;

/// The types of a function. Polymorphic types are resolved.
#[derive(Debug)]
pub(crate) struct SqlFunction {
    pub name: String,
    pub args: Vec<Oid>,
    pub result: SqlResult,
    pub returns_set: bool,
    pub is_procedure: bool,
    pub caller: Caller,
}

/// What calls a function, which decides what its parameters stand for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Caller {
    /// An expression, with an argument for each parameter.
    Expression,
    /// A window, with the arguments of all rows of a partition at once. The result is a list of as many values.
    Window,
    /// A trigger, whose arguments are those of the constructor if the function calls a method.
    Trigger(Trigger),
}

/// The type of a function's result, or of each row of the set that it returns.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SqlResult {
    Void,
    Type(Oid),
    /// OUT parameters, the columns of TABLE, or those that the query names.
    Row(pg_sys::TupleDesc),
    /// The row that a trigger function returns.
    NewRow(Trigger),
}

impl SqlFunction {
    /// Returns the types at a call.
    ///
    /// Raises 42804 if a polymorphic type is not known at the call, and 0A000 if the columns of a RECORD are not known.
    ///
    /// # Safety
    /// `call` must be a call of the function.
    pub(crate) unsafe fn of_call(function: &Proc, call: pg_sys::FunctionCallInfo) -> Self {
        let mut args = function.args.clone();
        let (mut result, mut row) = (pg_sys::InvalidOid, std::ptr::null_mut());
        // SAFETY: the caller's promise; the types are as many as the arguments.
        let class = unsafe {
            let expression = (*(*call).flinfo).fn_expr;
            let count = args.len() as i32;
            let modes = std::ptr::null_mut();
            if function.args.iter().any(is_polymorphic)
                && !pg_sys::resolve_polymorphic_argtypes(
                    count,
                    args.as_mut_ptr(),
                    modes,
                    expression,
                )
            {
                error::raise_sql(
                    "42804",
                    "could not determine the actual types of polymorphic arguments".into(),
                    None,
                );
            }
            pg_sys::get_call_result_type(call, &mut result, &mut row)
        };
        match SqlResult::of(class, result, row) {
            Some(result) => Self::new(function, args, result),
            None => error::raise_sql(
                "0A000",
                "function returning record called in context that cannot accept type record".into(),
                Some("Name the columns: FROM function(...) AS t(column type, ...)."),
            ),
        }
    }

    /// Returns the types in a function's definition, `None` if they are known only at a call.
    pub(crate) fn of_definition(function: &Proc) -> Option<Self> {
        if function.args.iter().any(is_polymorphic) {
            return None;
        }
        let (mut result, mut row) = (pg_sys::InvalidOid, std::ptr::null_mut());
        // SAFETY: a function that exists.
        let class =
            unsafe { pg_sys::get_func_result_type(function.version.oid, &mut result, &mut row) };
        let result = SqlResult::of(class, result, row)?;
        Some(Self::new(function, function.args.clone(), result))
    }

    /// Returns a trigger function, and the types of the arguments that a trigger has for it.
    pub(crate) fn of_trigger(function: &Proc, trigger: Trigger, arguments: usize) -> Self {
        Self {
            name: function.name.clone(),
            args: vec![pg_sys::TEXTOID; arguments],
            result: SqlResult::NewRow(trigger),
            returns_set: false,
            is_procedure: false,
            caller: Caller::Trigger(trigger),
        }
    }

    /// Returns a function that is called for another.
    pub(crate) fn of_types(name: String, args: &[Oid], result: SqlResult) -> Self {
        Self {
            name,
            args: args.to_vec(),
            result,
            returns_set: false,
            is_procedure: false,
            caller: Caller::Expression,
        }
    }

    /// Returns a function with some of the parameters, and another result.
    pub(crate) fn part(&self, args: &[Oid], result: SqlResult) -> Self {
        Self::of_types(self.name.clone(), args, result)
    }

    /// Returns the same function without its first parameters.
    pub(crate) fn without_first(&self, first: usize) -> Self {
        Self { name: self.name.clone(), args: self.args[first..].to_vec(), ..*self }
    }

    fn new(function: &Proc, args: Vec<Oid>, result: SqlResult) -> Self {
        let name = function.name.clone();
        let is_procedure = function.kind == pg_sys::PROKIND_PROCEDURE;
        let (returns_set, caller) = match function.kind {
            // All results of a partition are returned at once.
            pg_sys::PROKIND_WINDOW => (true, Caller::Window),
            _ => (function.returns_set, Caller::Expression),
        };
        Self { name, args, result, returns_set, is_procedure, caller }
    }
}

impl SqlResult {
    /// Returns the result for the answer of funcapi, `None` for a RECORD without columns.
    ///
    /// Raises 0A000 for pseudo-types.
    fn of(class: TypeFuncClass::Type, oid: Oid, row: pg_sys::TupleDesc) -> Option<Self> {
        match class {
            TypeFuncClass::TYPEFUNC_RECORD => None,
            TypeFuncClass::TYPEFUNC_COMPOSITE if oid == pg_sys::RECORDOID => Some(Self::Row(row)),
            TypeFuncClass::TYPEFUNC_COMPOSITE | TypeFuncClass::TYPEFUNC_COMPOSITE_DOMAIN => {
                Some(Self::Type(oid))
            }
            TypeFuncClass::TYPEFUNC_SCALAR if oid != pg_sys::CSTRINGOID => match oid {
                // A procedure without OUT parameters has no type at all.
                pg_sys::VOIDOID | pg_sys::InvalidOid => Some(Self::Void),
                oid => Some(Self::Type(oid)),
            },
            _ if oid == pg_sys::InvalidOid => Some(Self::Void),
            _ => super::pg_type::unsupported(oid),
        }
    }
}

/// Returns true if a type is polymorphic, that is, resolved at each call.
fn is_polymorphic(oid: &Oid) -> bool {
    matches!(
        *oid,
        pg_sys::ANYELEMENTOID
            | pg_sys::ANYARRAYOID
            | pg_sys::ANYNONARRAYOID
            | pg_sys::ANYENUMOID
            | pg_sys::ANYRANGEOID
            | pg_sys::ANYMULTIRANGEOID
            | pg_sys::ANYCOMPATIBLEOID
            | pg_sys::ANYCOMPATIBLEARRAYOID
            | pg_sys::ANYCOMPATIBLENONARRAYOID
            | pg_sys::ANYCOMPATIBLERANGEOID
            | pg_sys::ANYCOMPATIBLEMULTIRANGEOID
    )
}

/// Raises 0A000 for an argument of a pseudo-type that has no values.
pub(crate) fn check_argument(oid: &Oid) {
    // SAFETY: any OID is allowed.
    let is_pseudo = unsafe { pg_sys::get_typtype(*oid) } as u8 == pg_sys::TYPTYPE_PSEUDO;
    if is_pseudo && !is_polymorphic(oid) && *oid != pg_sys::RECORDOID {
        super::pg_type::unsupported(*oid);
    }
}

/// Writes the function as SQL declares it.
impl fmt::Display for SqlFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let args: Vec<_> = self.args.iter().take(20).map(|oid| error::type_name(*oid)).collect();
        let more = if self.args.len() > 20 { ", ..." } else { "" };
        let is_window = matches!(self.caller, Caller::Window);
        let set = if self.returns_set && !is_window { "SETOF " } else { "" };
        write!(f, "{}({}{more})", self.name, args.join(", "))?;
        match &self.result {
            SqlResult::Void => f.write_str(" returns void"),
            SqlResult::Type(oid) => write!(f, " returns {set}{}", error::type_name(*oid)),
            SqlResult::Row(_) => write!(f, " returns {set}record"),
            SqlResult::NewRow(trigger) => {
                write!(f, " returns trigger for {}", error::type_name(trigger.row_type))
            }
        }?;
        f.write_str(if is_window { " window" } else { "" })
    }
}
