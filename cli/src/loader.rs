//! The loader: loads modules as a server does, with the same engine and a cache of compiled code.
//!
//! It must never give a guest more than a server would: the engine, the limits and the passes are the same.

use crate::failure::{Failure, Kind, Result};
use plwasm_engine::code_cache::{CodeCache, Key};
use plwasm_engine::initialization::Trial;
use plwasm_engine::{
    Artefact, Compiler, Engine, Error, ErrorData, Hash, Isolation, Limits, MemoryBudget, Module,
    Threads, Wasi,
};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::AtomicU64;

/// The values that `plwasm.backend_memory` and `plwasm.code_cache_size` have in a server, in bytes.
const BACKEND_MEMORY: usize = 1 << 30;
const CODE_CACHE_SIZE: u64 = 1 << 30;

static ROOM: AtomicU64 = AtomicU64::new(0);

/// Loads modules.
#[derive(Debug)]
pub(crate) struct Loader {
    pub engine: Engine,
    directory: Option<PathBuf>,
}

impl Loader {
    /// Creates the loader.
    ///
    /// # Errors
    /// This machine cannot run it.
    pub(crate) fn new() -> Result<Self> {
        let engine = Engine::new(|| false, MemoryBudget::new(BACKEND_MEMORY))
            .map_err(|error| Failure::of(Kind::Internal, "the engine", &error))?;
        Ok(Self { engine, directory: cache_directory() })
    }

    /// Returns the module of some code, from the cache or compiled now.
    ///
    /// # Errors
    /// The errors of compiling.
    pub(crate) fn module(&self, code: &[u8], wasi: Wasi) -> plwasm_engine::Result<Rc<Module>> {
        Ok(Rc::new(Module::load(&self.engine, &self.artefact(code, wasi)?)?))
    }

    /// Returns the error with which calls of some code end before they begin, within limits, as far as a trial
    /// shows.
    ///
    /// # Errors
    /// The errors of compiling.
    pub(crate) fn initialization_failure(
        &self,
        code: &[u8],
        wasi: Wasi,
        limits: Limits,
    ) -> plwasm_engine::Result<Option<ErrorData>> {
        let trial = Trial::of(&self.engine, &self.artefact(code, wasi)?, limits);
        Ok(trial.and_then(|trial| trial.failure(limits)).map(|(_, error)| error))
    }

    fn artefact(&self, code: &[u8], wasi: Wasi) -> plwasm_engine::Result<Artefact> {
        let compile = || {
            let compiler = Compiler::new(self.engine.runtime(), Threads::Many);
            let compiled = compiler.compile(code, Isolation::Call, wasi.stubs())?;
            compiled.tried(&self.engine, Limits::DEFAULT)
        };
        let Some(cache) = self.cache() else { return compile() };
        let key = Key { hash: Hash::of(code), isolation: Isolation::Call };
        if let Some(found) = cache.open(&key)?
            && (!found.is_supplied() || wasi == Wasi::Inert)
        {
            return Ok(found);
        }
        let compiled = compile()?;
        cache.store(&key, &compiled);
        Ok(compiled)
    }

    fn cache(&self) -> Option<CodeCache<'_>> {
        Some(CodeCache {
            runtime: self.engine.runtime(),
            directory: self.directory.clone()?,
            size: CODE_CACHE_SIZE,
            room: &ROOM,
            durable: false,
            // The command works without the cache, too.
            log: |_| {},
            poll: || false,
        })
    }
}

/// Returns `$XDG_CACHE_HOME/plwasm`, or None if there is no home directory.
fn cache_directory() -> Option<PathBuf> {
    let absolute = |name: &str| {
        let path = PathBuf::from(std::env::var_os(name)?);
        path.is_absolute().then_some(path)
    };
    let base = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    std::fs::create_dir_all(&base).ok()?;
    Some(base.join("plwasm"))
}

/// Returns whether an error is the module's own, and not one of this call or machine.
pub(crate) fn is_of_module(error: &Error) -> bool {
    matches!(
        error,
        Error::Invalid(_)
            | Error::WitPackage
            | Error::Unsupported(_)
            | Error::Imports(_)
            | Error::TooLarge { .. }
            | Error::TooComplex { .. }
            | Error::LongFunction { .. }
            | Error::DeepLoops { .. }
    )
}
