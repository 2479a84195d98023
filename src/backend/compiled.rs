//! Compiled code: artefacts from the code cache (L3), or newly compiled by one process for all.
//!
//! This must never be called while a guest is on the stack or the backend's state is borrowed: it waits, and raises
//! what is pending.

use super::{command, compiler_process, engine};
use crate::{allocator, error, interrupt, settings};
use pgrx::pg_sys;
use plwasm_engine::code_cache::{CodeCache, Key, Lock};
use plwasm_engine::{Artefact, Depth, Error, Isolation, Listing, Result, Wasi, is_quick, is_small};
use std::borrow::Cow;
use std::ffi::{CStr, OsStr};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// The most bytes that are compiled in this process if the command is missing. That cannot be cancelled.
const ALONE: usize = 1 << 20;

/// The most memory that compiling in this process takes, in bytes: for small code, and for each byte of other code.
const COMPILING: usize = 32 << 20;
const FACTOR: usize = 512;

/// How long to wait before checking again whether another process has compiled the code.
const AGAIN: Duration = Duration::from_millis(20);

/// Whether this process has warned that the command is missing.
static WARNED: AtomicBool = AtomicBool::new(false);

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

/// Returns the artefact for a key. Compiles it if the cache does not have it. `code` returns the code that the key
/// names.
///
/// # Errors
/// The errors of `code` and of compiling; [`Error::Reserve`] if the operating system refuses the memory.
pub(crate) fn artefact<'a>(
    key: &Key,
    wasi: Wasi,
    code: impl FnOnce() -> Result<Cow<'a, [u8]>>,
) -> Result<Artefact> {
    let cache = cache();
    // Where imports may not be stubbed, compiling reports it.
    let is_allowed = |found: &Artefact| !found.is_supplied() || wasi == Wasi::Inert;
    let found = once(
        || cache.open(key).map(|found| found.filter(is_allowed)),
        || cache.lock(key),
        || {
            let compiled = compile(&code()?, key.isolation, wasi)?;
            cache.store(key, &compiled);
            // The artefact is read from the file, whose pages are shared.
            Ok(Some(cache.open(key)?.unwrap_or(compiled)))
        },
    )?;
    found.ok_or_else(|| Error::Internal("nothing was compiled".into()))
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

/// Compiles code, in this process or in a compiler process.
///
/// # Errors
/// The errors of compiling; [`Error::NoCompiler`] if the command is missing and the code too large to do without.
pub(crate) fn compile(code: &[u8], isolation: Isolation, wasi: Wasi) -> Result<Artefact> {
    let is_quick = is_quick(code);
    if !is_quick {
        if let Some(compiled) = compiler_process::compile(code, isolation, wasi)? {
            return Ok(compiled);
        }
        alone(code)?;
    }
    allocator::room(COMPILING.max(code.len() * FACTOR));
    let compiled = engine().compiler().compile(code, isolation, wasi.stubs())?;
    // Nothing runs before a call of small code, so this is rarely worth the time of an instance.
    if is_quick && !compiled.is_worth_warming() {
        return Ok(compiled);
    }
    let tried = compiled.tried(engine(), settings::limits(None))?;
    match tried.is_cut_short() {
        true => Err(Error::Interrupted),
        false => Ok(tried),
    }
}

/// Reads what code is and exports, in this process or in a compiler process.
///
/// # Errors
/// The errors of [`Listing::of`]; [`Error::NoCompiler`] if the command is missing and the code too large to do
/// without.
pub(crate) fn list(code: &[u8], wasi: Wasi, depth: Depth) -> Result<Listing> {
    // The first bytes of a binary tell its kind.
    if !is_small(code) && (depth > Depth::Kind || !code.starts_with(b"\0asm")) {
        if let Some(listing) = compiler_process::list(code, wasi, depth)? {
            return Ok(listing);
        }
        alone(code)?;
    }
    // This is for the binary, and for what is read from it.
    allocator::room(allocator::SOME + 8 * code.len());
    Listing::of(code, wasi.stubs(), depth)
}

/// Checks that code is small enough to do without the command. Warns once that the command is missing.
fn alone(code: &[u8]) -> Result<()> {
    let places = command::places_in_words();
    if code.len() > ALONE {
        return Err(Error::NoCompiler { size: code.len(), limit: ALONE, places });
    }
    if !WARNED.swap(true, Relaxed) {
        error::warn_without_compiler(&places);
    }
    Ok(())
}
