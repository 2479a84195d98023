//! `plwasm list`: what code is and what it exports, for a server. It reads WebAssembly and writes a listing.

use crate::confined::Confines;
use plwasm_engine::{Depth, Listing};
use std::process::ExitCode;

/// List what a module exports for a server; a server runs this itself.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// kind, exports or purity
    #[arg(long, value_parser = |name: &str| Depth::named(name).ok_or("neither kind, exports nor purity"))]
    depth: Depth,
    #[command(flatten)]
    confines: Confines,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    arguments
        .confines
        .run(|source, wasi| Listing::of(source, wasi.stubs(), arguments.depth)?.to_bytes())
}
