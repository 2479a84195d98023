//! Code: artefacts, from the code cache or compiled, by one process for all.
//!
//! It must never be called while a guest is on the stack or the backend's state is borrowed: it waits, and raises
//! what is pending.

use crate::{allocator, backend, compiler, settings};
use plwasm_engine::code_cache::Key;
use plwasm_engine::{Artefact, Error, Isolation, Result, Wasi};
use std::borrow::Cow;
use std::time::Duration;

/// What is smaller is compiled in this process, in bytes. The worst that was found takes 60 ms here, most less
/// than a process takes to start.
const SMALL: usize = 8 << 10;

/// Without the command, the most bytes that are compiled in this process, which cannot be cancelled meanwhile.
const ALONE: usize = 1 << 20;

/// Memory that compiling in this process takes at most: for what is small, and for each byte of what is not.
const COMPILING: usize = 32 << 20;
const FACTOR: usize = 512;

/// How long to wait before looking again whether another process has compiled it.
const AGAIN: Duration = Duration::from_millis(20);

/// The artefact of that key. `code` gives what it names.
///
/// # Errors
/// Those of `code` and of compiling; [`Error::Reserve`].
pub fn artefact<'a>(key: &Key, wasi: Wasi, code: impl FnOnce() -> Result<Cow<'a, [u8]>>) -> Result<Artefact> {
    let cache = settings::code_cache();
    // Another may not have its imports stubbed, and then has to be told so.
    let is_allowed = |found: &Artefact| !found.is_supplied() || wasi == Wasi::Inert;
    if let Some(found) = cache.open(key)?.filter(is_allowed) {
        return Ok(found);
    }
    let code = code()?;
    // Where nothing can be locked, nothing can be kept.
    let lock = loop {
        match cache.lock(key) {
            Ok(Some(lock)) => break Some(lock),
            Ok(None) => compiler::pause(AGAIN),
            Err(_) => break None,
        }
        if let Some(found) = cache.open(key)?.filter(is_allowed) {
            return Ok(found);
        }
    };
    if lock.is_some()
        && let Some(found) = cache.open(key)?.filter(is_allowed)
    {
        return Ok(found);
    }
    let compiled = compile(&code, key.isolation, wasi)?;
    cache.store(key, &compiled);
    // From the file, whose pages are shared.
    Ok(cache.open(key)?.unwrap_or(compiled))
}

/// Compiles, here or in a process for it.
///
/// # Errors
/// Those of compiling; [`Error::NoCompiler`].
pub fn compile(code: &[u8], isolation: Isolation, wasi: Wasi) -> Result<Artefact> {
    if code.len() > SMALL {
        if let Some(compiled) = compiler::compile(code, isolation, wasi)? {
            return Ok(compiled);
        }
        if code.len() > ALONE {
            let path = compiler::program().display().to_string();
            return Err(Error::NoCompiler { size: code.len(), limit: ALONE, path });
        }
    }
    allocator::room(COMPILING.max(code.len() * FACTOR));
    backend::engine().compiler().compile(code, isolation, wasi.stubs())
}
