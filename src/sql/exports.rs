//! `wasm.exports(module)` and the rows of the view `wasm.modules`.

use crate::catalog::{self, Proc};
use crate::error::{self, OrRaise};
use crate::sql::source;
use pgrx::pg_sys;
use pgrx::prelude::*;
use plwasm_engine::Hash;
use plwasm_engine::inspect::{Inspection, Kind};
use plwasm_engine::instrument::{Purity, purity};
use std::collections::HashMap;

/// The functions that a module exports: name, type as WebAssembly text writes it, whether they are proved
/// stateless, and if not, what they can change.
#[pg_extern(sql = false)]
fn exports(
    module: pg_sys::Oid,
) -> TableIterator<
    'static,
    (
        name!(export, String),
        name!(signature, String),
        name!(stateless, Option<bool>),
        name!(changes, Option<String>),
    ),
> {
    let source = Proc::get(module, |function, row| {
        if function.result != catalog::module_type() {
            error::raise_sql(
                "42809",
                format!("{} is not a WebAssembly module", function.name),
                Some(
                    "Modules are functions that return wasm.module; the view wasm.modules lists them.",
                ),
            );
        }
        row.source()
    });
    let binary = source::binary(&source, true).or_raise();
    let inspection = Inspection::of(&binary).or_raise();
    // What a component's functions change is not known.
    let mut purity = match inspection.kind {
        Kind::Module => purity(&binary).or_raise(),
        Kind::Component => HashMap::new(),
    };
    TableIterator::new(inspection.functions.into_iter().map(move |(name, signature)| {
        let purity = purity.remove(&name);
        (
            crate::encoding::message(&plwasm_engine::name::printable(&name)),
            signature.to_string(),
            purity.as_ref().map(Purity::is_stateless),
            purity
                .filter(|found| !found.is_stateless())
                .map(|found| crate::encoding::message(&found.to_string())),
        )
    }))
}

/// Kind, size and SHA-256 of a module for the view; no row where its body is invalid, so that one
/// bad module does not hide the others.
#[pg_extern(sql = false)]
fn module_summary(
    module: pg_sys::Oid,
) -> TableIterator<'static, (name!(kind, String), name!(size, i64), name!(sha256, String))> {
    let source = Proc::get(module, |_, row| row.source());
    let summary = source::binary(&source, true).ok().and_then(|binary| {
        let kind = Inspection::of(&binary).ok()?.kind.to_string();
        Some((kind, binary.len() as i64, Hash::of(&binary).to_string()))
    });
    TableIterator::new(summary)
}
