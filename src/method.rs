//! Methods: how an SQL function calls a method of a resource, and what is called besides.
//!
//! A prepared function takes the parameters of the constructor, then those of the method. A function whose first
//! parameter is a `wasm.state` works on the state of an aggregate. This must never run the guest's code.

use crate::catalog;
use crate::error;
use crate::function::Target;
use crate::plan::{Caller, Plan, SqlFunction, SqlResult};
use crate::state::Resource;
use pgrx::pg_sys;
use plwasm_engine::name::MemberKind;
use plwasm_engine::run::method;
pub(crate) use plwasm_engine::run::method::Role;
use plwasm_engine::{Export, Isolation, Result};
use std::rc::Rc;

/// What is called for a method besides the method itself.
pub(crate) struct Method {
    pub role: Role,
    /// The constructor; none if the function works on a state that exists.
    pub constructor: Option<Callee>,
    /// The number of SQL parameters that are the constructor's, and their types.
    pub split: usize,
    pub types: Vec<pg_sys::Oid>,
    pub resource: Rc<Resource>,
    /// Whether a call leaves nothing that would have to be put back.
    pub is_pure: bool,
}

/// An export that is called with a plan.
pub(crate) struct Callee {
    pub export: String,
    pub plan: Plan,
}

impl Method {
    /// Returns whether an export is a method.
    pub(crate) fn is(export: &Export<'_>) -> bool {
        export.member().is_some_and(|member| member.kind == MemberKind::Method)
    }

    /// Plans the calls of a method, and what is called besides.
    ///
    /// Raises 0A000 for `isolation=statement`.
    ///
    /// # Errors
    /// The errors of [`Plan::of_method`]; errors if the resource has no constructor, or several.
    pub(crate) fn plan(
        target: &Target,
        types: &SqlFunction,
        export: &Export<'_>,
    ) -> Result<(Plan, Self)> {
        if target.limits.isolation != Isolation::Call {
            error::raise_sql(
                "0A000",
                "a method of a resource cannot be called with isolation=statement".into(),
                Some("What the constructor makes is kept with isolation=call, too."),
            );
        }
        let role = role(types, export);
        if matches!(types.caller, Caller::Window) && role != Role::Prepared {
            error::raise_sql("0A000", "a window function cannot work on a wasm.state".into(), None);
        }
        let constructor = target.module.constructor_of(export.name)?;
        let sql = types.to_string();
        let whole = |error| method::mismatch(error, &sql, export, &constructor);
        let resource = Rc::new(Resource::of(target, &constructor)?);
        let skipped = usize::from(role != Role::Prepared);
        let given = types.without_first(skipped);
        let (constructor_plan, split, plan) = match role {
            Role::Prepared | Role::Step | Role::Unstep => {
                let result = match role {
                    Role::Step => Some(SqlResult::Void),
                    Role::Unstep => Some(SqlResult::Type(pg_sys::BOOLOID)),
                    _ => None,
                };
                let (first, split, plan) =
                    split(&given, result, export, &constructor).map_err(whole)?;
                (Some(first), split, plan)
            }
            Role::Merge => {
                let saved = types.part(&[pg_sys::BYTEAOID], SqlResult::Void);
                let plan = Plan::of_method(&saved, export);
                (None, 0, plan.map_err(|error| whole(method::of(error, "method")))?)
            }
            Role::Finish => {
                let plan = Plan::of_method(&given, export);
                (None, 0, plan.map_err(|error| whole(method::of(error, "method")))?)
            }
        };
        if plan.calls_back {
            error::raise_sql(
                "0A000",
                "a method of a resource cannot return ranges that an SQL function compares".into(),
                None,
            );
        }
        let is_pure = target.module.effects(export.name).is_empty() && plan.is_in_slots();
        let constructor = constructor_plan
            .map(|plan| Callee { export: resource.constructor().to_string(), plan });
        let types = given.args[..split].to_vec();
        Ok((plan, Self { role, constructor, split, types, resource, is_pure }))
    }
}

/// Returns what a function does with a method, by its SQL types.
fn role(types: &SqlFunction, export: &Export<'_>) -> Role {
    let state = catalog::state_type_if_exists();
    let is_state = |oid: &pg_sys::Oid| state != pg_sys::InvalidOid && *oid == state;
    if !types.args.first().is_some_and(is_state) {
        return Role::Prepared;
    }
    let returns_state = matches!(types.result, SqlResult::Type(oid) if is_state(&oid));
    if !returns_state || types.returns_set {
        return Role::Finish;
    }
    match types.args.len() == 2 && types.args.iter().all(is_state) {
        true => Role::Merge,
        false => Role::of_change(export),
    }
}

/// Plans the constructor and the method of a function whose parameters are those of both.
fn split(
    types: &SqlFunction,
    result: Option<SqlResult>,
    export: &Export<'_>,
    constructor: &Export<'_>,
) -> Result<(Plan, usize, Plan)> {
    if matches!(types.caller, Caller::Trigger(_)) {
        check_arguments(types.args.len(), constructor)?;
    }
    method::split(constructor, types.args.len(), |split| {
        let first = types.part(&types.args[..split], SqlResult::Type(pg_sys::INT8OID));
        let rest = match result {
            Some(result) => types.part(&types.args[split..], result),
            None => types.without_first(split),
        };
        let first = Plan::of_constructor(&first, constructor)
            .map_err(|error| method::of(error, "constructor"))?;
        let rest = Plan::of_method(&rest, export).map_err(|error| method::of(error, "method"))?;
        Ok((first, split, rest))
    })
}

/// Checks that a trigger has an argument for each parameter of a constructor.
fn check_arguments(given: usize, constructor: &Export<'_>) -> Result<()> {
    let wanted = constructor.wit.as_ref().map_or(0, |wit| wit.params.len());
    if given == wanted {
        return Ok(());
    }
    Err(method::unfit(format!(
        "CREATE TRIGGER has {given} arguments for the function, and the constructor has {wanted} parameters"
    )))
}
