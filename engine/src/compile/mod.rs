//! Compiling: from WebAssembly to an artefact.
//!
//! It must never run what it compiles.
//!
//! | file or folder | noun |
//! |---|---|
//! | `compiler.rs` | the compiler |
//! | `linked.rs` | a binary as it is compiled: merged, with stubs in place of its imports |
//! | `component/` | components, merged into one core module |
//! | `wasi/` | the WASI with nothing in it |
//! | `instrument/` | the rewriting of a module: metered, isolated, deterministic |
//! | `artefact.rs`, `facts.rs`, `code.rs`, `offsets.rs` | the results of compiling |
//! | `sealed.rs`, `bytes.rs`, `pages.rs` | files with facts and a checksum; bytes in memory or in a file; pages of a memory |
//! | `lines/` | the source lines that instructions come from |
//! | `data.rs` | the initial contents of a large memory |
//! | `runtime.rs`, `build.rs` | the configuration that compiler and runtime share, and its name |
//! | `listing.rs` | what code is and exports, reported by one process to another |

pub(crate) mod artefact;
pub(crate) mod build;
pub(crate) mod bytes;
pub(crate) mod code;
#[cfg(feature = "compiler")]
pub(crate) mod compiler;
pub mod component;
pub(crate) mod data;
pub(crate) mod facts;
pub mod instrument;
pub mod lines;
pub(crate) mod linked;
pub(crate) mod listing;
pub(crate) mod offsets;
pub(crate) mod pages;
pub(crate) mod runtime;
pub(crate) mod sealed;
pub mod wasi;
