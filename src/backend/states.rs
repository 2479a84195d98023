//! Pristine states that take long to make: from the code cache (L3), or made by one process for all.
//!
//! This must never be called while a guest is on the stack or the backend's state is borrowed: it waits, and raises
//! what is pending.

use super::compiled::{self, once};
use super::{compiler_process, with_room};
use crate::function::Target;
use crate::settings;
use plwasm_engine::code_cache::{Key, StateKey};
use plwasm_engine::{Artefact, Isolation, Limits, Result};

/// Gives the module of a function the pristine state with which its new instances begin. Does nothing if an instance
/// makes the state quickly, or if no file can hold it: then each instance makes it.
///
/// # Errors
/// The errors of making the state.
pub(crate) fn prepare(target: &Target) -> Result<()> {
    let Target { module, limits, warm_up, .. } = target;
    let warm_up = module.warm_up_for(warm_up);
    if !module.is_slow(&warm_up) || module.has_state(&warm_up) {
        return Ok(());
    }
    let cache = compiled::cache();
    let key = StateKey::new(module.hash(), &warm_up);
    // What an instance has is limited by the function, but a state should serve functions with other limits, too.
    let limits = Limits { fuel: limits.fuel, ..settings::limits(None) };
    let found = once(
        || cache.open_state(&key),
        || cache.lock_state(&key),
        || {
            // Only code for isolation by call knows what it changes.
            let own;
            let artefact = match module.isolation() {
                Isolation::Call => module.artefact(),
                Isolation::Statement => {
                    own = cache.open(&Key { hash: module.hash(), isolation: Isolation::Call })?;
                    match &own {
                        Some(artefact) => Artefact::bytes(artefact),
                        None => return Ok(None),
                    }
                }
            };
            let Some(made) = compiler_process::state(artefact, limits, &warm_up)? else {
                return Ok(None);
            };
            cache.store_state(&key, &made);
            // It is read from the file, whose pages are shared.
            Ok(Some(cache.open_state(&key)?.unwrap_or(made)))
        },
    )?;
    match found {
        Some(state) => with_room(|| module.keep_state(&warm_up, &state)),
        None => Ok(()),
    }
}
