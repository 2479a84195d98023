//! `plwasm state`: makes a pristine state for a server. It reads an artefact and writes a state, or nothing if the
//! state depends on the limits.

use crate::confined::Confines;
use plwasm_engine::read::body;
use plwasm_engine::warm_up::WarmUp;
use plwasm_engine::{
    Artefact, Engine, Error, Isolation, Limits, MemoryBudget, Module, Result, State,
};
use std::process::ExitCode;
use std::rc::Rc;

/// Do what runs before any call, for a server; a server runs this itself.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Units of fuel
    #[arg(long)]
    fuel: u64,
    /// Bytes of memory of the instance
    #[arg(long)]
    guest_memory: usize,
    /// The warm-up, as a function's body has it
    #[arg(long, allow_hyphen_values = true, value_parser = warm_up)]
    warm_up: WarmUp,
    #[command(flatten)]
    confines: Confines,
}

fn warm_up(text: &str) -> std::result::Result<WarmUp, String> {
    body::parse_warm_up(text).map_err(|error| error.to_string())
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let Arguments { fuel, guest_memory, warm_up, confines } = arguments;
    let limits = Limits { fuel: *fuel, memory: *guest_memory, isolation: Isolation::Call };
    confines.run(|artefact, _| -> Result<Vec<u8>> {
        let engine = Engine::new(|| false, MemoryBudget::new(confines.memory()))?;
        let artefact = Artefact::from_bytes(engine.runtime(), artefact.to_vec())
            .map_err(|damage| Error::Internal(format!("the artefact: {damage}")))?;
        let module = Rc::new(Module::load(&engine, &artefact)?);
        let state = State::of(&engine, module, limits, warm_up)?;
        Ok(state.map_or_else(Vec::new, |state| state.bytes().to_vec()))
    })
}
