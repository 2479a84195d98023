//! Making the pristine state of a guest: everything that is done before any call.
//!
//! In this order: the phases of initialization, the warm-up call, the warm heap. All of it depends on the code and on
//! the body of the function alone. It must never depend on arguments, or on what ran before.
//!
//! | file | noun |
//! |---|---|
//! | `heap.rs` | the warm heap: memory that the allocator has before the first call |
//! | `call.rs` | the warm-up call |
//! | `trial.rs` | making the state once, to learn what happens |
//! | `kept.rs` | making the state once, to keep it for all processes |

mod call;
mod heap;
mod kept;
mod trial;

#[cfg(feature = "compiler")]
use crate::compile::component::Stubs;
use crate::error::{Error, Result};
use crate::initialization::{self, Phase};
#[cfg(feature = "compiler")]
use crate::limits::Isolation;
use crate::limits::Limits;
use crate::run::engine::Engine;
use crate::run::guest::Guest;
use crate::run::module::Module;
use crate::warm_up::WarmUp;
use std::rc::Rc;

impl Guest {
    /// Instantiates a module, and does everything that is done before any call. This leaves the pristine state.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::Error::Memory) and [`Error::Reserve`](crate::Error::Reserve) if the instance does not
    /// fit; [`Error::Initialization`](crate::Error::Initialization) for everything that fails after that.
    pub fn new(engine: &Engine, module: Rc<Module>, limits: Limits) -> Result<Self> {
        Self::warmed(engine, module, limits, &WarmUp::default())
    }

    /// Does the same as [`new`](Self::new), for functions whose body asks for `own`. Where the body says nothing, the
    /// module's own warm-up counts.
    ///
    /// # Errors
    /// The same as those of [`new`](Self::new).
    pub fn warmed(
        engine: &Engine,
        module: Rc<Module>,
        limits: Limits,
        own: &WarmUp,
    ) -> Result<Self> {
        let warm_up = module.warm_up_for(own);
        let state = module.state(&warm_up, limits);
        let mut guest = Self::instantiate(engine, module, limits)?;
        match state {
            Some(state) => guest.begin_with(&state)?,
            None => {
                guest.make_state(&warm_up)?;
                guest.keep_pristine(warm_up)?;
            }
        }
        Ok(guest)
    }

    /// Does everything that is done before any call. What the guest says meanwhile is lost, unless this fails.
    ///
    /// # Errors
    /// The errors of [`new`](Self::new).
    fn make_state(&mut self, warm_up: &WarmUp) -> Result<()> {
        let made = self.run_phases(warm_up);
        let messages = self.take_messages();
        made.map_err(|error| match error {
            Error::Initialization { .. } => error.after(messages.as_ref()),
            // The host may make room, and try again.
            other => other,
        })
    }

    /// Runs all phases.
    fn run_phases(&mut self, warm_up: &WarmUp) -> Result<()> {
        let module = self.module().clone();
        self.fill_data()?;
        self.initialize()?;
        if let Some(wanted) = &warm_up.call {
            self.in_phase(Phase::WarmUp, |guest| call::make(guest, wanted))?;
        }
        match (warm_up.heap, module.heap()) {
            (Some(0), _) | (None, None) => {}
            (Some(bytes), _) => {
                self.in_phase(Phase::Heap, |guest| heap::warm_as_asked(guest, bytes))?
            }
            (None, Some(found)) => heap::warm_by_default(self, found)?,
        }
        Ok(())
    }

    /// Runs a phase that is more than the call of one function, and records the fuel that it takes.
    fn in_phase(&mut self, phase: Phase, run: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        if let Err(error) = run(self) {
            let refused = self.refused_by_host();
            return Err(initialization::failed(phase, refused.unwrap_or(error)));
        }
        self.has_ended(phase)
    }
}

#[cfg(feature = "compiler")]
impl Module {
    /// Checks, instruments and compiles a module, binary or text, in this process.
    ///
    /// # Errors
    /// The errors of [`Engine::compile`] and [`load`](Self::load).
    pub fn compile(engine: &Engine, source: &[u8], isolation: Isolation) -> Result<Self> {
        Self::compile_with(engine, source, isolation, None)
    }

    /// Does the same as [`compile`](Self::compile), with stubs in place of imports.
    ///
    /// # Errors
    /// The same as those of [`compile`](Self::compile).
    pub fn compile_with(
        engine: &Engine,
        source: &[u8],
        isolation: Isolation,
        stubs: Option<&dyn Stubs>,
    ) -> Result<Self> {
        let compiled = engine.compiler().compile(source, isolation, stubs)?;
        Self::load(engine, &compiled.tried(engine, Limits::DEFAULT)?)
    }
}
