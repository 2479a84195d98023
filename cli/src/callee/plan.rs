//! Plans what a call means: the types of its parts, from WIT, as declared, or guessed from the call.
//!
//! The rules by which the parameters of an SQL function are divided are the engine's (`run/method.rs`).

use super::aggregate::Aggregate;
use super::function::Function;
use super::method::Method;
use super::part::{Part, Source};
use super::{Callee, Kind, find};
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
        Ok(Self { kind: Kind::Function(Box::new(Function::new(source, part))), types })
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
        Ok(Self { kind: Kind::Method(Box::new(method)), types })
    }

    pub(super) fn aggregate(
        source: Source<'a>,
        step: &Export<'_>,
        finish: Option<&Export<'_>>,
        call: &sql::Call,
        declared: Option<&Declaration>,
    ) -> Result<Self> {
        let module = source.module.clone();
        let constructor = module.constructor_of(step.name)?;
        let guessed = match (declared, &step.wit) {
            (None, None) => {
                let core = CoreSignature {
                    params: [&constructor.core.params, own_params(step)].concat(),
                    results: finish.map(|finish| finish.core.results.clone()).unwrap_or_default(),
                };
                let row =
                    call.rows.as_ref().map_or(Some(&call.arguments), |rows| rows.arguments.first());
                row.and_then(|row| sql::guess(&call.function, row, &core))
            }
            _ => None,
        };
        // One that returns nothing ends with its last step.
        let finish = match declared.is_some_and(|declared| declared.result == SqlType::Void) {
            true => None,
            false => Some(finish.ok_or_else(|| find::no_aggregate(&call.function))?),
        };
        let declared = declared.or(guessed.as_ref());
        let (first, rest) = both(&constructor, step, declared, Some(SqlType::Void))?;
        let finished = finish.map(|finish| {
            let direct = |declared: &Declaration| declared.direct.clone().unwrap_or_default();
            let finished =
                declared.map(|declared| declared.part(&direct(declared), declared.result.clone()));
            let mut finished = Signature::of_member(finish, finished.as_ref())?;
            // An aggregate returns no set.
            if std::mem::take(&mut finished.returns_set) {
                finished.sql_result = SqlType::Array(Rc::new(finished.sql_result));
            }
            Ok((finish, finished))
        });
        let finished = finished.transpose()?;
        let bytes = SqlType::Base(Base::Bytea);
        let beside = |role, params: &[SqlType], result: SqlType| {
            let export = module.beside(step.name, role)?;
            let (params, returns_set) = (params.to_vec(), false);
            let types =
                Declaration { name: role.into(), direct: None, params, result, returns_set };
            let signature = Signature::of_member(&export, Some(&types)).ok()?;
            Some(Part::new(role, &export, signature))
        };
        let save = beside("save", &[], bytes.clone());
        let merge = beside("merge", &[bytes], SqlType::Void);
        let direct = finished.as_ref().map(|(_, finished)| finished.sql_params.clone());
        let direct = direct.filter(|direct| !direct.is_empty());
        if direct.is_some() && !first.sql_params.is_empty() {
            return Err(sql::error(
                "42P13",
                "both the constructor and finish of an aggregate have parameters",
                Some(
                    "The parameters of finish make it an ordered-set aggregate, whose constructor takes nothing.",
                ),
            ));
        }
        let split = first.sql_params.len();
        let result = finished.as_ref().map(|(_, finished)| finished.sql_result.clone());
        let types = Declaration {
            name: call.function.clone(),
            direct,
            params: [&first.sql_params[..], &rest.sql_params].concat(),
            result: result.unwrap_or(SqlType::Void),
            returns_set: false,
        };
        let parts = [Part::new("constructor", &constructor, first), Part::new("step", step, rest)];
        let finish = finished.map(|(export, finished)| Part::new("finish", export, finished));
        let aggregate = Aggregate::new(source, parts, finish, save.zip(merge), split);
        Ok(Self { kind: Kind::Aggregate(Box::new(aggregate)), types })
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
