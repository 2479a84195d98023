//! Finds what a call means: a function, a method, or an aggregate, by the names that they have in SQL.
//!
//! | call | means |
//! |---|---|
//! | `slugify(...)` | the function |
//! | `is_match(...)`, `matcher.is_match(...)` | the method, of the value that the constructor makes of the first arguments |
//! | `total(...)` | the resource that has `step` and `finish`, as an aggregate |
//! | `tdigest.count(...) FROM ...` | the same with another method in place of `finish` |

use crate::sql;
use plwasm_engine::name::{self, Member, MemberKind};
use plwasm_engine::{Error, Export, Module, Result};

/// What a call means.
#[derive(Debug)]
pub(super) enum Found<'m> {
    Function(Export<'m>),
    Method(Export<'m>),
    /// Without `finish`, the steps alone.
    Aggregate {
        step: Export<'m>,
        finish: Option<Export<'m>>,
    },
}

/// Returns what a call means in a module.
///
/// # Errors
/// Those of [`Module::function`].
pub(super) fn find<'m>(module: &'m Module, call: &sql::Call) -> Result<Found<'m>> {
    let is_over_rows = call.rows.is_some();
    if let Some(qualifier) = &call.qualifier
        && let Ok(member) = module.function(&format!("{qualifier}.{}", call.function))
        && let Some(found) = of_export(module, member, is_over_rows)
    {
        return Ok(found);
    }
    let missing = match module.function(&call.function) {
        Ok(export) => match of_export(module, export, is_over_rows) {
            Some(found) => return Ok(found),
            None => return Err(no_aggregate(&call.function)),
        },
        Err(missing @ Error::MissingExport { .. }) => missing,
        Err(error) => return Err(error),
    };
    let methods = || {
        // What is called after a result has been read has the name of a method, too.
        let exports = module.exports().filter(|export| !export.starts_with("cabi_post_"));
        exports.filter_map(|export| {
            let member = name::member(export)?;
            (member.kind == MemberKind::Method).then_some((export, member))
        })
    };
    let answers = |own: &str| name::matches(own, &call.function);
    let is_aggregate = |member: &Member<'_>| member.name == "step" && answers(member.resource);
    let mut found: Vec<_> = methods().filter(|(_, member)| is_aggregate(member)).collect();
    if found.is_empty() {
        found = methods().filter(|(_, member)| answers(member.name)).collect();
    }
    match found[..] {
        [] => Err(missing),
        [(export, member)] => {
            let export = module.function(export)?;
            of_export(module, export, is_over_rows || is_aggregate(&member))
                .ok_or_else(|| no_aggregate(&call.function))
        }
        _ => {
            let shown = found.iter().filter_map(|(_, member)| member.own_name());
            let shown: Vec<_> = shown.map(|own| name::printable(&own.replace('-', "_"))).collect();
            let message =
                format!("several resources have a method \"{}\"", name::printable(&call.function));
            let hint = format!("Call it with its resource: {}.", name::listed(shown.iter()));
            Err(sql::error("42725", message, Some(&hint)))
        }
    }
}

/// Returns what a call of an export means; None if that is not an aggregate, and is called over rows.
fn of_export<'m>(module: &'m Module, export: Export<'m>, is_over_rows: bool) -> Option<Found<'m>> {
    let is_method = export.member().is_some_and(|member| member.kind == MemberKind::Method);
    match (is_method, is_over_rows) {
        (false, true) => None,
        (false, false) => Some(Found::Function(export)),
        (true, false) => Some(Found::Method(export)),
        (true, true) => {
            let step = module.beside(export.name, "step")?;
            let finish = match export.name == step.name {
                true => module.beside(export.name, "finish"),
                false => Some(export),
            };
            Some(Found::Aggregate { step, finish })
        }
    }
}

pub(super) fn no_aggregate(name: &str) -> Error {
    sql::error(
        "42809",
        format!("{} is not an aggregate function", name::printable(name)),
        Some("An aggregate is a resource with a constructor, step and finish."),
    )
}
