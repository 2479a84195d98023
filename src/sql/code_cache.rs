//! `wasm.compile()`, `wasm.prune_code_cache()` and the rows of the view `wasm.code_cache`.

use crate::backend::{self, compiled};
use crate::catalog::{self, Proc};
use crate::error::OrRaise;
use crate::source::{FunctionBody, Source};
use crate::{error, settings};
use pgrx::pg_sys;
use pgrx::prelude::*;
use plwasm_engine::code_cache::Key;
use plwasm_engine::{Hash, Isolation};
use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};

/// Compiles a module, or a function, into the code cache. Returns its size there, in bytes.
///
/// Raises 42501 without EXECUTE, 42809 for a function of another language, and the errors of the body.
#[pg_extern(sql = false)]
fn compile(function: pg_sys::Oid) -> Option<i64> {
    let (function, text) = Proc::get(function, |function, row| {
        // SAFETY: the function reads a static variable.
        let role = unsafe { pg_sys::GetUserId() };
        if !row.is_executable_by(function.owner, role) {
            error::raise_sql(
                "42501",
                format!("permission denied for function {}", function.name),
                None,
            );
        }
        if function.language != catalog::language() {
            error::raise_sql(
                "42809",
                format!("{} is not a function of language wasm", function.name),
                None,
            );
        }
        let is_module = function.result == catalog::module_type();
        let text = (!is_module).then(|| row.source());
        (function, text)
    });
    let (source, limits) = match text {
        None => (Source::Module(function.version), settings::limits(None)),
        Some(text) => {
            let body = FunctionBody::of(&function, &text).or_raise();
            let definition = body.definition(&function);
            (definition.source, definition.limits)
        }
    };
    let code = source.read();
    let code = code.decode().or_raise();
    let key = Key { hash: Hash::of(&code), isolation: limits.isolation };
    let compile = || compiled::artefact(&key, settings::wasi(), || Ok(Cow::Borrowed(&code)));
    backend::with_room(compile).or_raise();
    compiled::cache().size_of(&key).map(|size| size as i64)
}

/// Returns the artefacts and states in the code cache.
#[pg_extern(sql = false)]
#[allow(clippy::type_complexity)] // pgrx reads the columns from here
fn code_cache() -> TableIterator<
    'static,
    (
        name!(sha256, String),
        name!(isolation, Option<&'static str>),
        name!(size, i64),
        name!(last_used, Option<TimestampWithTimeZone>),
        name!(is_current, bool),
        name!(file, String),
    ),
> {
    TableIterator::new(compiled::cache().entries().into_iter().map(|entry| {
        (
            entry.hash.to_string(),
            entry.isolation.map(Isolation::name),
            entry.size as i64,
            timestamp(entry.used),
            entry.is_current,
            entry.file,
        )
    }))
}

/// Removes artefacts that are damaged or belong to another version, then those used least recently, until at most
/// `keep` bytes are left. Returns how many bytes were removed.
#[pg_extern(sql = false)]
fn prune_code_cache(keep: Option<i64>) -> i64 {
    let cache = compiled::cache();
    let keep = match keep.map(u64::try_from) {
        None => cache.size,
        Some(Ok(keep)) => keep,
        Some(Err(_)) => {
            error::raise_sql("22023", "bytes to keep must not be negative".into(), None)
        }
    };
    cache.prune(keep) as i64
}

fn timestamp(time: SystemTime) -> Option<TimestampWithTimeZone> {
    let seconds = time.duration_since(UNIX_EPOCH).ok()?.as_secs();
    // SAFETY: the function only computes.
    TimestampWithTimeZone::try_from(unsafe { pg_sys::time_t_to_timestamptz(seconds as i64) }).ok()
}
