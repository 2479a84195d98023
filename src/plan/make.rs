//! Making a plan: finds the types by which an export is called, and resolves each of them.
//!
//! It must never accept a signature that is not the export's.

use super::outcome::Outcome;
use super::raw::Raw;
use super::resolve::{Mismatch, Resolver};
use super::sql_function::{Caller, SqlFunction};
use super::value::Place;
use super::{Param, Plan, partition, trigger};
use plwasm_engine::abi::{Layout, Parts, Signature, Type};
use plwasm_engine::name::MemberKind;
use plwasm_engine::sql::Types;
use plwasm_engine::{Error, Export, Result, Uses};
use std::cell::RefCell;

/// A parameter of an export, to be resolved.
pub(super) struct Wanted<'a> {
    /// Its name, if there is WIT.
    pub name: Option<&'a str>,
    pub ty: &'a Type,
    /// Its offset in the tuple of all parameters.
    pub offset: u32,
}

impl Plan {
    /// Plans the calls of a function.
    ///
    /// # Errors
    /// [`Error::Signature`] if the export has neither of the signatures that are guessed, [`Error::Wit`] if its WIT has
    /// other types.
    pub(crate) fn new(function: &SqlFunction, export: &Export) -> Result<Self> {
        if let Some(reason) = export.refusal() {
            return Err(mismatch(function, export, export.shown(), reason.into()));
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
        let names = export.wit.iter().flat_map(|wit| &wit.params).map(|param| &*param.name);
        let names: Vec<_> = names.collect();
        Self::resolve(function, &signature, &names, resolver).map_err(|reason| {
            let wit =
                export.wit.as_ref().map_or_else(|| signature.to_string(), ToString::to_string);
            mismatch(function, export, wit, reason)
        })
    }

    /// Resolves a signature. `names` are those of its parameters, or none.
    fn resolve(
        function: &SqlFunction,
        signature: &Signature,
        names: &[&str],
        mut resolver: Resolver,
    ) -> std::result::Result<Self, Mismatch> {
        let is_method = signature.is_method();
        let (layout, offsets) = Layout::of_tuple(&signature.params);
        let wanted = signature.params.iter().zip(offsets).enumerate();
        let wanted = wanted.skip(usize::from(is_method)).map(|(i, (ty, offset))| Wanted {
            name: names.get(i).copied(),
            ty,
            offset,
        });
        let wanted: Vec<_> = wanted.collect();
        let mut partition = None;
        let places = match function.caller {
            Caller::Expression => arguments(function, &wanted, &mut resolver)?,
            Caller::Window => {
                let (places, taken) = partition::places(function, &wanted, &mut resolver)?;
                partition = Some(taken);
                places
            }
            Caller::Trigger(trigger) => trigger::places(&trigger, &wanted, &mut resolver)?,
        };
        let params: Box<[Param]> = places
            .into_iter()
            .zip(&wanted)
            .map(|(place, Wanted { ty, .. })| {
                let parts = Parts::of(ty);
                let payload_slots = parts.slots().saturating_sub(1);
                let parts = (!place.value.is_flat()).then_some(parts);
                Param { place, parts, payload_slots }
            })
            .collect();
        let outcome = Outcome::new(function, signature.result.as_ref(), &mut resolver)
            .map_err(|reason| format!("result: {reason}"))?;
        let params_spilled = signature.params_spilled();
        let is_raw = !params_spilled
            && !function.returns_set
            && matches!(function.caller, Caller::Expression)
            && params
                .iter()
                .all(|param| param.place.value.raw().is_some() && !param.place.is_option());
        Ok(Self {
            scalar: outcome.raw().filter(|_| is_raw && !is_method),
            is_direct: is_raw && is_method && matches!(outcome.raw(), Some(Raw::Void)),
            raw_result: outcome.raw(),
            params,
            is_method,
            spilled: params_spilled.then_some(layout),
            partition,
            returns_set: function.returns_set,
            result_spilled: signature.result_spilled(),
            has_checks: resolver.has_domains(),
            calls_back: resolver.calls_back(),
            checks: RefCell::default(),
            uses: Uses::of(signature),
            procedure_row: function.is_procedure.then(|| outcome.row()).flatten(),
            outcome,
            _memory: resolver.memory,
        })
    }
}

/// Resolves the arguments of an expression, one for each parameter.
fn arguments(
    function: &SqlFunction,
    wanted: &[Wanted],
    resolver: &mut Resolver,
) -> std::result::Result<Vec<Place>, Mismatch> {
    if function.args.len() != wanted.len() {
        return Err(format!(
            "the SQL function has {} parameters, the export {}",
            function.args.len(),
            wanted.len(),
        ));
    }
    let places = function.args.iter().zip(wanted).enumerate();
    places.map(|(i, (oid, wanted))| resolver.argument(*oid, i, wanted.ty, wanted.offset)).collect()
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
        let mut given = Vec::new();
        for oid in &function.args {
            let ty = resolver.default_type(oid, nulls).map_err(unsupported)?;
            given.push(if nulls { ty.option() } else { ty });
        }
        match function.caller {
            Caller::Expression => params.extend(given),
            Caller::Window => params.extend(partition::default_type(given)),
            Caller::Trigger(_) => {
                return Err(unsupported("a trigger function needs WIT metadata".into()));
            }
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
