//! The build: a name for all that compiled code depends on besides its source.
//!
//! It must never be the same for two that cannot load each other's code.

use crate::error::{Error, Result};
use cranelift_codegen::settings::{Configurable, SetResult};
use std::hash::{Hash, Hasher};
use xxhash_rust::xxh3::Xxh3;

/// Our sources, wasmtime's version and settings, and what this machine's CPU can do.
///
/// # Errors
/// [`Error::Internal`] if there is no compiler for this machine.
pub fn name(runtime: &wasmtime::Engine) -> Result<String> {
    let mut seen = Seen(Xxh3::new());
    env!("PLWASM_SOURCES").hash(&mut seen.0);
    runtime.precompile_compatibility_hash().hash(&mut seen.0);
    cranelift_native::infer_native_flags(&mut seen)
        .map_err(|error| Error::Internal(error.to_string()))?;
    Ok(format!("{:016x}", seen.0.finish()))
}

/// Finds out what is remembered, also by processes that are forked of this one: what the CPU can do, asked by whoever
/// asks it (in a virtual machine each time takes ten microseconds and more), and where destructors of thread-locals are
/// registered (the dynamic linker looks through all libraries).
pub fn before_fork() {
    // What there is to complain of, [`name`] will say.
    let _ = cranelift_native::infer_native_flags(&mut Seen(Xxh3::new()));
    crate::hash::Hash::of(&[]);
    thread_local!(static DROPPED: Vec<u8> = const { Vec::new() });
    DROPPED.with(|_| ());
}

/// In place of wasmtime's compiler, which is told what the CPU can do.
struct Seen(Xxh3);

impl Configurable for Seen {
    fn set(&mut self, name: &str, value: &str) -> SetResult<()> {
        (name, value).hash(&mut self.0);
        Ok(())
    }

    fn enable(&mut self, name: &str) -> SetResult<()> {
        name.hash(&mut self.0);
        Ok(())
    }
}
