//! The command `plwasm`.

mod compile;
mod confined;
mod list;

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
    List(list::Arguments),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Compile(arguments) => compile::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
    }
}
