//! Trials: an instance is initialized once, to learn what happens.
//!
//! A trial must never attribute to a module what may be true only of the process that tried it.

use crate::compile::artefact::Artefact;
use crate::error::{Error, Result};
use crate::initialization::{Trial, TrialFailure};
use crate::limits::Limits;
use crate::run::engine::Engine;
use crate::run::guest::Guest;
use crate::run::module::Module;
use std::rc::Rc;

impl Trial {
    /// Initializes an instance of compiled code, until the engine's host asks it to stop. Returns `None` if the
    /// result says nothing about the module, because this process lacked something.
    pub fn of(engine: &Engine, artefact: &Artefact, limits: Limits) -> Option<Self> {
        let module = Rc::new(Module::load(engine, artefact).ok()?);
        let Limits { fuel, memory, .. } = limits;
        let (mut spent, mut lacked_memory) = (0, false);
        let mut trial = Self { fuel, memory, used: Vec::new(), failure: None, is_cut_short: false };
        let made = Guest::instantiate(engine, module, limits).and_then(|mut guest| {
            let initialized = guest.initialize();
            trial.used = guest.phases().to_vec();
            spent = guest.fuel_used();
            lacked_memory = guest.lacked_memory();
            initialized
        });
        match made {
            Ok(()) => {}
            Err(Error::Initialization { phase, error }) => match *error {
                Error::Fuel { .. } => trial.used.push((phase, u64::MAX)),
                Error::Interrupted => {
                    trial.fuel = spent;
                    trial.is_cut_short = true;
                    trial.used.push((phase, u64::MAX));
                }
                error => {
                    let error = Error::Initialization { phase, error: Box::new(error) };
                    trial.failure = Some(TrialFailure { error: (&error).into(), lacked_memory });
                }
            },
            Err(_) => return None,
        }
        Some(trial)
    }
}

impl Artefact {
    /// Tries to initialize an instance within limits, and adds the result, if there is one, to the artefact.
    ///
    /// # Errors
    /// [`Error::Internal`] if the facts cannot be written, which does not happen.
    pub fn tried(self, engine: &Engine, limits: Limits) -> Result<Self> {
        match Trial::of(engine, &self, limits) {
            Some(trial) => self.with_trial(engine.runtime().build(), trial),
            None => Ok(self),
        }
    }
}
