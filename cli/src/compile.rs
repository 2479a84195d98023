//! `plwasm compile`: the compiler process of a server. It reads WebAssembly and writes an artefact.

use crate::confined::{self, Confines};
use plwasm_engine::{Compiler, Engine, Isolation, Limits, MemoryBudget, Runtime, Threads};
use std::process::ExitCode;

/// Compile a module for a server; a server runs this itself.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// call or statement
    #[arg(long, value_parser = |name: &str| Isolation::named(name).ok_or("neither call nor statement"))]
    isolation: Isolation,
    /// Units of fuel for trying to initialize it
    #[arg(long)]
    fuel: u64,
    /// Bytes of memory for trying to initialize it
    #[arg(long)]
    guest_memory: usize,
    #[command(flatten)]
    confines: Confines,
}

/// Runs the command: compiles, and tries what runs before any call. This process can run guests as well as the server
/// can.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let Arguments { isolation, fuel, guest_memory, confines } = arguments;
    let limits = Limits { fuel: *fuel, memory: *guest_memory, isolation: *isolation };
    confines.run(|source, wasi| {
        let compiled = Compiler::new(&Runtime::new()?, Threads::Many).compile(
            source,
            *isolation,
            wasi.stubs(),
        )?;
        confines.time_a_part();
        let engine = Engine::new(confined::is_over, MemoryBudget::new(confines.memory()))?;
        compiled.tried(&engine, limits)
    })
}
