//! The command `plwasm`.

mod compile;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// PL/Wasm: WebAssembly functions in PostgreSQL.
#[derive(Debug, Parser)]
#[command(name = "plwasm", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Compile(compile::Arguments),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Compile(arguments) => compile::run(&arguments),
    }
}
