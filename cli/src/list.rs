//! `plwasm list`: what code is and exports, for a server. WebAssembly in, a listing out.

use crate::confined::Confines;
use plwasm_engine::{Depth, Listing};
use std::process::ExitCode;

/// List what a module exports for a server, which runs this itself.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// kind, exports or purity
    #[arg(long, value_parser = |name: &str| Depth::named(name).ok_or("none of kind, exports and purity"))]
    depth: Depth,
    #[command(flatten)]
    confines: Confines,
}

/// Lists.
pub fn run(arguments: &Arguments) -> ExitCode {
    arguments
        .confines
        .run(|source, wasi| Listing::of(source, wasi.stubs(), arguments.depth)?.to_bytes())
}
