//! `plwasm compile`: the compiler process of a server. WebAssembly in, an artefact out.

use crate::confined::Confines;
use plwasm_engine::{Compiler, Isolation, Threads};
use std::process::ExitCode;

/// Compile a module for a server, which runs this itself.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// call or statement
    #[arg(long, value_parser = |name: &str| Isolation::named(name).ok_or("neither call nor statement"))]
    isolation: Isolation,
    #[command(flatten)]
    confines: Confines,
}

/// Compiles.
pub fn run(arguments: &Arguments) -> ExitCode {
    arguments.confines.run(|source, wasi| {
        Compiler::new(Threads::Many)?.compile(source, arguments.isolation, wasi.stubs())
    })
}
