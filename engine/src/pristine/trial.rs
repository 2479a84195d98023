//! Trials: an instance is initialized once, to learn what happens.
//!
//! A trial must never attribute to a module what may be true only of the process that tried it.

use super::heap;
use crate::compile::artefact::Artefact;
use crate::error::{Error, Result};
use crate::initialization::{Heap, Trial, TrialFailure};
use crate::limits::{Isolation, Limits};
use crate::run::engine::Engine;
use crate::run::guest::Guest;
use crate::run::module::Module;
use std::rc::Rc;

impl Trial {
    /// Initializes an instance of compiled code, until the engine's host asks it to stop. Returns `None` if the
    /// result says nothing about the module, because this process lacked something.
    pub fn of(engine: &Engine, artefact: &Artefact, limits: Limits) -> Option<Self> {
        let module = Rc::new(Module::load(engine, artefact).ok()?);
        Self::with_heap(engine, module, limits).map(|(trial, _)| trial)
    }

    /// Does the same as [`of`](Self::of) with a loaded module. Also returns how a warm heap helps, if initialization
    /// succeeds and it does.
    fn with_heap(
        engine: &Engine,
        module: Rc<Module>,
        limits: Limits,
    ) -> Option<(Self, Option<Heap>)> {
        let Limits { fuel, memory, .. } = limits;
        let (mut spent, mut lacked_memory) = (0, false);
        let mut trial = Self { fuel, memory, used: Vec::new(), failure: None, is_cut_short: false };
        let (own, isolation) = (module.warm_up().clone(), module.isolation());
        let (mut heap, mut messages) = (None, None);
        let made = Guest::instantiate(engine, module, limits).and_then(|mut guest| {
            guest.draw_uncounted();
            let initialized = guest.run_phases(&own);
            messages = guest.take_messages();
            trial.used = guest.phases().to_vec();
            spent = guest.fuel_used();
            lacked_memory = guest.lacked_memory();
            // A heap that is not restored is not warmed by default.
            if initialized.is_ok() && isolation == Isolation::Call {
                match heap::measure(&mut guest) {
                    Ok(found) => heap = found,
                    Err(_) => trial.is_cut_short = true,
                }
            }
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
                    let error = (&error.after(messages.as_ref())).into();
                    trial.failure = Some(TrialFailure { phase, error, lacked_memory });
                }
            },
            Err(_) => return None,
        }
        Some((trial, heap))
    }
}

impl Artefact {
    /// Tries to initialize an instance within limits, and adds the result, if there is one, to the artefact.
    ///
    /// # Errors
    /// [`Error::Internal`] if the facts cannot be written, which does not happen.
    pub fn tried(self, engine: &Engine, limits: Limits) -> Result<Self> {
        let tried = Module::load(engine, &self)
            .ok()
            .and_then(|module| Trial::with_heap(engine, Rc::new(module), limits));
        match tried {
            Some((trial, heap)) => self.with_trial(engine.runtime().build(), trial, heap),
            None => Ok(self),
        }
    }
}
