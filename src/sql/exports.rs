//! `wasm.exports(module)` and the rows of the view `wasm.modules`.

use super::create_functions::schema_name;
use super::{description, statement};
use crate::backend::compiled;
use crate::catalog::Proc;
use crate::source::Code;
use pgrx::pg_sys;
use pgrx::prelude::*;
use plwasm_engine::compile::instrument::Purity;
use plwasm_engine::suggestion::Suggestions;
use plwasm_engine::{Depth, Wasi};
use std::collections::HashMap;

/// Returns the functions that a module exports: the name; the type in WIT, or else in WebAssembly text; whether it is
/// proved stateless, and otherwise what it can change; and the statement that creates the SQL function, in the
/// server's encoding.
#[pg_extern(sql = false)]
#[allow(clippy::type_complexity)] // pgrx reads the columns from here
fn exports(
    module: pg_sys::Oid,
) -> TableIterator<
    'static,
    (
        name!(export, String),
        name!(signature, String),
        name!(stateless, Option<bool>),
        name!(changes, Option<String>),
        name!(create_function, Option<Vec<u8>>),
    ),
> {
    let (proc, listing) = description::list(module, Depth::Purity);
    let schema = schema_name(proc.schema);
    let suggestions =
        Suggestions::of(&listing.exports, &schema, &schema, &proc.name, statement::DIALECT);
    let mut statements: HashMap<String, Vec<u8>> = suggestions
        .functions
        .iter()
        .map(|found| (found.export.clone(), statement::server(&found.sql(false)).into_bytes()))
        .collect();
    TableIterator::new(listing.exports.into_iter().map(move |export| {
        let purity = export.purity.as_ref();
        (
            crate::encoding::message(&plwasm_engine::name::printable(&export.name)),
            export.signature(),
            purity.map(Purity::is_stateless),
            purity
                .filter(|found| !found.is_stateless())
                .map(|found| crate::encoding::message(&found.to_string())),
            statements.remove(&export.name),
        )
    }))
}

/// Returns kind, size and SHA-256 of a module for the view. There is no row if its body is invalid, so that one bad
/// module does not hide the others, nor if the module does not exist: the view's snapshot can be older than a DROP.
#[pg_extern(sql = false)]
fn module_summary(
    module: pg_sys::Oid,
) -> TableIterator<'static, (name!(kind, String), name!(size, i64), name!(sha256, String))> {
    let code = Proc::get_if_exists(module, |_, row| Code::Stored(row.stored()));
    let code = code.as_ref().and_then(|code| code.decode().ok());
    let listing = code.and_then(|code| compiled::list(&code, Wasi::None, Depth::Kind).ok());
    TableIterator::new(
        listing.map(|listing| {
            (listing.kind.to_string(), listing.size as i64, listing.hash.to_string())
        }),
    )
}
