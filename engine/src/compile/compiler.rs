//! The compiler: makes an artefact of WebAssembly, text or binary.
//!
//! It must never run what it compiles.

use crate::compile::artefact::Artefact;
use crate::compile::component::Stubs;
use crate::compile::data;
use crate::compile::facts::{Data, Facts, Functions};
use crate::compile::instrument::{Passes, instrument};
use crate::compile::lines::section;
use crate::compile::linked::Linked;
use crate::compile::pages;
use crate::compile::runtime::{Runtime, code_error, config, internal};
use crate::error::Result;
use crate::hash::Hash;
use crate::limits::Isolation;
use crate::read::body;
use crate::read::warm_up_of;
use std::sync::Arc;
use std::sync::OnceLock;
use wasmtime::OptLevel;

/// Whether compiling may use threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// No: it compiles on the thread that calls it.
    One,
    /// Yes, as many as rayon's global pool has.
    Many,
}

/// The compiler.
///
/// It makes wasmtime's own compiler when it first compiles something: an [`Engine`](crate::Engine) has a compiler, but most
/// only run what is compiled.
pub struct Compiler {
    /// wasmtime's compiler.
    inner: OnceLock<wasmtime::Engine>,
    threads: Threads,
    /// The [`Runtime::build`] of the runtime for which it compiles.
    build: Arc<str>,
}

impl std::fmt::Debug for Compiler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiler").field("build", &self.build).finish_non_exhaustive()
    }
}

impl Compiler {
    /// Creates a compiler whose artefacts `runtime` loads.
    pub fn new(runtime: &Runtime, threads: Threads) -> Self {
        Self { inner: OnceLock::new(), threads, build: runtime.build().clone() }
    }

    /// Returns wasmtime's compiler, which is made at its first use.
    fn inner(&self) -> Result<&wasmtime::Engine> {
        if let Some(inner) = self.inner.get() {
            return Ok(inner);
        }
        let mut config = config();
        config
            .parallel_compilation(self.threads == Threads::Many)
            .cranelift_opt_level(OptLevel::Speed);
        let inner = wasmtime::Engine::new(&config).map_err(|e| internal(&e))?;
        Ok(self.inner.get_or_init(|| inner))
    }

    /// Checks, instruments and compiles a module or component, given as binary or text, with stubs in place of
    /// imports. Instances of code for [`Isolation::Statement`] cannot be reset.
    ///
    /// # Errors
    /// [`Error::Imports`], [`Error::Invalid`], [`Error::Unsupported`], [`Error::TooComplex`] and other errors of the
    /// code.
    pub fn compile(
        &self,
        source: &[u8],
        isolation: Isolation,
        stubs: Option<&dyn Stubs>,
    ) -> Result<Artefact> {
        let binary = &*body::binary(source)?;
        let linked = Linked::of(binary, stubs)?;
        linked.inspection.check()?;
        let interface = linked.interface(binary)?;
        let Linked { inspection, merged } = linked;
        let passes = Passes {
            isolate: isolation == Isolation::Call,
            messages: merged.as_ref().and_then(|merged| merged.messages),
            ..Passes::ALL
        };
        let functions = Functions::new(inspection.functions, interface.as_ref())?;
        let is_supplied = merged.as_ref().is_some_and(|merged| merged.is_supplied);
        let core = merged.as_ref().map_or(binary, |merged| &merged.binary);
        let mut instrumented = instrument(core, passes)?;
        if let Some(merged) = merged {
            instrumented.manifest.offsets.go_through(&merged.places);
        }
        let taken = data::take(&instrumented.binary)?;
        let (binary_of_code, memory) = match &taken {
            Some((module, memory)) => (module, &**memory),
            None => (&instrumented.binary, &[][..]),
        };
        let code = self.inner()?.precompile_module(binary_of_code).map_err(|e| code_error(&e))?;
        let (runs, pages) = pages::of(memory);
        let facts = Facts {
            hash: Hash::of(source),
            is_isolated: passes.isolate,
            kind: inspection.kind,
            functions,
            manifest: instrumented.manifest,
            is_supplied,
            trial: None,
            data: taken.is_some().then_some(Data { runs, size: memory.len() }),
            lines: 0,
            warm_up: warm_up_of(binary)?,
            heap: None,
        };
        // Without lines, backtraces have offsets.
        let (lines, _) = section::table(binary);
        Artefact::new(&self.build, pages, &code, &lines, facts)
    }
}
