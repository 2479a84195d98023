//! Keeping a pristine state: it is made once, in a process that can be stopped, and read by all others.
//!
//! A state must never depend on the process that made it.

use crate::code_cache::state::{State, StateFacts};
use crate::error::Result;
use crate::limits::Limits;
use crate::run::engine::Engine;
use crate::run::guest::Guest;
use crate::run::module::Module;
use crate::warm_up::WarmUp;
use std::rc::Rc;

impl State {
    /// Makes the pristine state of a module that was compiled for [`Isolation::Call`](crate::Isolation::Call), with
    /// the warm-up `own` of a function's body. Returns `None` if the state depends on the limit of memory.
    ///
    /// # Errors
    /// The errors of [`Guest::new`].
    pub fn of(
        engine: &Engine,
        module: Rc<Module>,
        limits: Limits,
        own: &WarmUp,
    ) -> Result<Option<Self>> {
        let warm_up = module.warm_up_for(own);
        let hash = Self::name(module.hash(), &warm_up);
        let mut guest = Guest::instantiate(engine, module, limits)?;
        let with_data = guest.pages_with_data();
        guest.make_state(&warm_up)?;
        if guest.lacked_memory() {
            return Ok(None);
        }
        let (kept, pages) = guest.kept(&with_data).unzip();
        let facts = StateFacts { hash, kept };
        Self::new(engine.runtime().build(), pages.unwrap_or_default(), facts).map(Some)
    }
}
