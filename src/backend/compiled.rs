//! Compiled code: artefacts from the code cache (L3), or newly compiled by one process for all.
//!
//! A backend has no compiler: [`compiler_process`] compiles and reads.
//!
//! This must never be called while a guest is on the stack or the backend's state is borrowed: it waits, and raises
//! what is pending.

use super::{compiler_process, engine};
use crate::{error, interrupt, settings};
use pgrx::pg_sys;
use plwasm_engine::code_cache::{CodeCache, Key, Lock};
use plwasm_engine::{Artefact, Depth, Error, Listing, Result, Wasi};
use std::borrow::Cow;
use std::cell::Cell;
use std::ffi::{CStr, OsStr};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

/// How long to wait before checking again whether another process has compiled the code.
const AGAIN: Duration = Duration::from_millis(20);

/// The bytes that this process may store before it checks how large the cache is.
static ROOM: AtomicU64 = AtomicU64::new(0);

/// Returns the code cache, which is below the data directory.
pub(crate) fn cache() -> CodeCache<'static> {
    // SAFETY: the first is a C string, which is set when the server starts; the second is a flag.
    let (data, durable) = unsafe { (CStr::from_ptr(pg_sys::DataDir), pg_sys::enableFsync) };
    CodeCache {
        runtime: engine().runtime(),
        directory: Path::new(OsStr::from_bytes(data.to_bytes())).join("plwasm_cache"),
        size: settings::code_cache_size(),
        room: &ROOM,
        durable,
        log: error::log,
        poll: interrupt::poll,
    }
}

/// Returns the artefact for a key. Compiles it if the cache does not have it, and returns how long that took. `code` returns
/// the code that the key names.
///
/// # Errors
/// The errors of `code` and of compiling; [`Error::Reserve`] if the operating system refuses the memory.
pub(crate) fn artefact<'a>(
    key: &Key,
    wasi: Wasi,
    code: impl FnOnce() -> Result<Cow<'a, [u8]>>,
) -> Result<(Artefact, Option<Duration>)> {
    let cache = cache();
    let compiling = Cell::new(None);
    // Where imports may not be stubbed, compiling reports it.
    let is_allowed = |found: &Artefact| !found.is_supplied() || wasi == Wasi::Inert;
    let found = once(
        || cache.open(key).map(|found| found.filter(is_allowed)),
        || cache.lock(key),
        || {
            let code = code()?;
            let start = Instant::now();
            let compiled = compiler_process::compile(&code, key.isolation, wasi)?;
            compiling.set(Some(start.elapsed()));
            cache.store(key, &compiled);
            // The artefact is read from the file, whose pages are shared.
            Ok(Some(cache.open(key)?.unwrap_or(compiled)))
        },
    )?;
    let artefact = found.ok_or_else(|| Error::Internal("nothing was compiled".into()))?;
    Ok((artefact, compiling.get()))
}

/// Returns what `find` finds. If that is nothing, `make` makes it, in one process at a time.
///
/// # Errors
/// The errors of `find` and `make`.
pub(super) fn once<T>(
    find: impl Fn() -> Result<Option<T>>,
    lock: impl Fn() -> io::Result<Option<Lock>>,
    make: impl FnOnce() -> Result<Option<T>>,
) -> Result<Option<T>> {
    if let Some(found) = find()? {
        return Ok(Some(found));
    }
    let _lock = loop {
        let lock = lock();
        if let Some(found) = find()? {
            return Ok(Some(found));
        }
        match lock {
            Ok(Some(lock)) => break Some(lock),
            Ok(None) => compiler_process::pause(AGAIN),
            // Where nothing can be locked, nothing can be stored.
            Err(_) => break None,
        }
    };
    make()
}

/// Reads what code is and exports: in a compiler process, except for the kind of a binary, which its first bytes tell.
///
/// # Errors
/// The errors of [`Listing::of`], and of running the process.
pub(crate) fn list(code: &[u8], wasi: Wasi, depth: Depth) -> Result<Listing> {
    match depth == Depth::Kind && code.starts_with(b"\0asm") {
        true => Listing::of_kind(code),
        false => compiler_process::list(code, wasi, depth),
    }
}
