//! The function `wasm.build()`: which library this is.

use pgrx::prelude::*;

/// Returns the version of the library, and a name of the sources of its engine.
#[pg_extern(sql = false)]
fn build() -> String {
    format!("{} {}", env!("CARGO_PKG_VERSION"), plwasm_engine::SOURCES)
}
