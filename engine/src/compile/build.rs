//! The build: a name for everything on which compiled code depends, apart from its source.
//!
//! Two builds that cannot load each other's code must never have the same name.

use crate::error::{Error, Result};
use cranelift_codegen::settings::{Configurable, SetResult};
use std::hash::{Hash, Hasher};
use xxhash_rust::xxh3::Xxh3;

/// A name of this crate's sources and of the versions of everything that they are built with.
pub const SOURCES: &str = env!("PLWASM_SOURCES");

/// Returns a name made of our sources, the versions of everything that they are built with, and the features of this
/// machine's CPU. wasmtime's settings are in our sources.
///
/// # Errors
/// [`Error::Internal`] if there is no compiler for this machine.
pub(crate) fn name() -> Result<String> {
    let mut seen = Seen(Xxh3::new());
    SOURCES.hash(&mut seen.0);
    cranelift_native::infer_native_flags(&mut seen)
        .map_err(|error| Error::Internal(error.to_string()))?;
    Ok(format!("{:016x}", seen.0.finish()))
}

/// Determines facts that are remembered, so that forked processes inherit them: the features of the CPU (in a virtual
/// machine each query takes ten microseconds or more), and where destructors of thread-locals are registered (for
/// which the dynamic linker searches all libraries).
pub fn before_fork() {
    // [`name`] reports an error of this.
    let _ = cranelift_native::infer_native_flags(&mut Seen(Xxh3::new()));
    crate::hash::Hash::of(&[]);
    thread_local!(static DROPPED: Vec<u8> = const { Vec::new() });
    DROPPED.with(|_| ());
}

/// Takes the place of wasmtime's compiler, which is told the features of the CPU.
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
