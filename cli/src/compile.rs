//! `plwasm compile`: the compiler process of a server. WebAssembly in, an artefact out.

use crate::confined::{self, Confines};
use plwasm_engine::{Budget, Compiler, Engine, Isolation, Limits, Runtime, Threads};
use std::process::ExitCode;

/// Compile a module for a server, which runs this itself.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// call or statement
    #[arg(long, value_parser = |name: &str| Isolation::named(name).ok_or("neither call nor statement"))]
    isolation: Isolation,
    /// Units of fuel to try to initialize it with
    #[arg(long)]
    fuel: u64,
    /// Bytes of memory to try to initialize it with
    #[arg(long)]
    guest_memory: usize,
    #[command(flatten)]
    confines: Confines,
}

/// Compiles, and tries what runs before any call: a guest, which this process can run as well as the server can.
pub fn run(arguments: &Arguments) -> ExitCode {
    let Arguments { isolation, fuel, guest_memory, confines } = arguments;
    let limits = Limits { fuel: *fuel, memory: *guest_memory, isolation: *isolation };
    confines.run(|source, wasi| {
        let compiled = Compiler::new(&Runtime::new()?, Threads::Many).compile(
            source,
            *isolation,
            wasi.stubs(),
        )?;
        confines.time_a_part();
        let engine = Engine::new(confined::is_over, Budget::new(confines.memory()))?;
        compiled.tried(&engine, limits)
    })
}
