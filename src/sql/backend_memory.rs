//! The rows of the view `wasm.backend_memory`: what this session keeps in memory.

use crate::backend;
use pgrx::prelude::*;

/// Returns code, instances and prepared values, as they count against `plwasm.backend_memory`.
#[pg_extern(sql = false)]
#[allow(clippy::type_complexity)] // pgrx reads the columns from here
fn backend_memory() -> TableIterator<
    'static,
    (
        name!(object, &'static str),
        name!(sha256, String),
        name!(isolation, &'static str),
        name!(memory_limit, Option<i64>),
        name!(bytes, i64),
    ),
> {
    TableIterator::new(backend::uses().into_iter().map(|found| {
        (
            found.object,
            found.hash.to_string(),
            found.isolation.name(),
            found.limit.map(|limit| limit as i64),
            found.bytes as i64,
        )
    }))
}
