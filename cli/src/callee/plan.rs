//! Plans what a call means: the types of its parts, from WIT, as declared, or guessed from the call.
//!
//! The rules by which the parameters of an SQL function are divided are the engine's (`run/method.rs`).

use super::aggregate::Aggregate;
use super::function::Function;
use super::method::Method;
use super::part::{Part, Source};
use super::{Callee, Kind};
use crate::pass::Signature;
use crate::sql::{self, Declaration, SqlType};
use plwasm_engine::abi::{CoreSignature, CoreType};
use plwasm_engine::run::method as rules;
use plwasm_engine::sql::Base;
use plwasm_engine::{Export, Result};
use std::rc::Rc;

impl<'a> Callee<'a> {
    pub(super) fn function(
        source: Source<'a>,
        export: &Export<'_>,
        call: &sql::Call,
        declared: Option<&Declaration>,
    ) -> Result<Self> {
        let guessed = match (declared, &export.wit) {
            (None, None) => sql::guess(&call.function, &call.arguments, export.core),
            _ => None,
        };
        let signature = Signature::of(export, declared.or(guessed.as_ref()))?;
        let types = signature.types();
        let part = Part::new("function", export, signature);
        Ok(Self {
            kind: Kind::Function(Box::new(Function::new(source, part))),
            types,
            direct: None,
        })
    }

    pub(super) fn method(
        source: Source<'a>,
        method: &Export<'_>,
        call: &sql::Call,
        declared: Option<&Declaration>,
    ) -> Result<Self> {
        let module = source.module.clone();
        let constructor = module.constructor_of(method.name)?;
        let guessed = match (declared, &method.wit) {
            (None, None) => {
                let core = CoreSignature {
                    params: [&constructor.core.params, own_params(method)].concat(),
                    results: method.core.results.clone(),
                };
                sql::guess(&call.function, &call.arguments, &core)
            }
            _ => None,
        };
        let declared = declared.or(guessed.as_ref());
        let (first, rest) = both(&constructor, method, declared, None)?;
        let types = Declaration {
            name: call.function.clone(),
            params: [&first.sql_params[..], &rest.sql_params].concat(),
            ..rest.types()
        };
        let split = first.sql_params.len();
        let (first, rest) =
            (Part::new("constructor", &constructor, first), Part::new("method", method, rest));
        let method = Method::new(source, first, rest, split);
        Ok(Self { kind: Kind::Method(Box::new(method)), types, direct: None })
    }

    pub(super) fn aggregate(
        source: Source<'a>,
        step: &Export<'_>,
        finish: &Export<'_>,
        call: &sql::Call,
        declared: Option<&Declaration>,
    ) -> Result<Self> {
        let module = source.module.clone();
        let constructor = module.constructor_of(step.name)?;
        let guessed = match (declared, &step.wit) {
            (None, None) => {
                let core = CoreSignature {
                    params: [&constructor.core.params, own_params(step)].concat(),
                    results: finish.core.results.clone(),
                };
                let row =
                    call.rows.as_ref().map_or(Some(&call.arguments), |rows| rows.arguments.first());
                row.and_then(|row| sql::guess(&call.function, row, &core))
            }
            _ => None,
        };
        let declared = declared.or(guessed.as_ref());
        let (first, rest) = both(&constructor, step, declared, Some(SqlType::Void))?;
        // A declaration says what an aggregate takes from each row, so there are no direct arguments.
        let finished = declared.map(|declared| declared.part(&[], declared.result.clone()));
        let mut finished = Signature::of_member(finish, finished.as_ref())?;
        // An aggregate returns no set.
        if std::mem::take(&mut finished.returns_set) {
            finished.sql_result = SqlType::Array(Rc::new(finished.sql_result));
        }
        let bytes = SqlType::Base(Base::Bytea);
        let beside = |role, params: &[SqlType], result: SqlType| {
            let export = module.beside(step.name, role)?;
            let (params, returns_set) = (params.to_vec(), false);
            let types = Declaration { name: role.into(), params, result, returns_set };
            let signature = Signature::of_member(&export, Some(&types)).ok()?;
            Some(Part::new(role, &export, signature))
        };
        let save = beside("save", &[], bytes.clone());
        let merge = beside("merge", &[bytes], SqlType::Void);
        let types = Declaration {
            name: call.function.clone(),
            params: [&first.sql_params[..], &rest.sql_params].concat(),
            ..finished.types()
        };
        let direct = finished.sql_params.clone();
        if !direct.is_empty() && !first.sql_params.is_empty() {
            return Err(sql::error(
                "42P13",
                "both the constructor and finish of an aggregate have parameters",
                Some(
                    "The parameters of finish make it an ordered-set aggregate, whose constructor takes nothing.",
                ),
            ));
        }
        let split = first.sql_params.len();
        let parts = [
            Part::new("constructor", &constructor, first),
            Part::new("step", step, rest),
            Part::new("finish", finish, finished),
        ];
        let aggregate = Aggregate::new(source, parts, save.zip(merge), split);
        let direct = (!direct.is_empty()).then_some(direct);
        Ok(Self { kind: Kind::Aggregate(Box::new(aggregate)), types, direct })
    }
}

/// Returns the signatures of a constructor and a method, whose parameters a declaration has one after the other. `result`
/// is the method's result if that is not the declared one.
fn both(
    constructor: &Export<'_>,
    method: &Export<'_>,
    declared: Option<&Declaration>,
    result: Option<SqlType>,
) -> Result<(Signature, Signature)> {
    let Some(declared) = declared else {
        return Ok((Signature::of_member(constructor, None)?, Signature::of_member(method, None)?));
    };
    let planned = rules::split(constructor, declared.params.len(), |split| {
        let first = declared.part(&declared.params[..split], SqlType::Base(Base::Int8));
        let rest = match &result {
            Some(result) => declared.part(&declared.params[split..], result.clone()),
            None => Declaration { params: declared.params[split..].to_vec(), ..declared.clone() },
        };
        let first = Signature::of_member(constructor, Some(&first))
            .map_err(|error| rules::of(error, "constructor"))?;
        let rest = Signature::of_member(method, Some(&rest))
            .map_err(|error| rules::of(error, "method"))?;
        Ok((first, rest))
    });
    planned.map_err(|error| rules::mismatch(error, &declared.to_string(), method, constructor))
}

/// Returns the core types of a method's parameters without the representation.
fn own_params<'e>(method: &Export<'e>) -> &'e [CoreType] {
    method.core.params.get(1..).unwrap_or_default()
}
