//! The engine of PL/Wasm: reads, compiles, limits and calls WebAssembly, and passes values by the canonical ABI.
//!
//! It must never need a server: no pgrx, no Datum. It knows those concepts of SQL that other programs need too:
//! bodies, SQLSTATEs, the names of types. When it is made ([`Engine::new`]), its host gives it what else it needs:
//! functions that say whether to stop and how much fuel there is.
//!
//! A call reads top to bottom: [`Body`](read::body::Body) -> [`Module`] -> [`Guest`] -> [`Entry`].
//!
//! The modules are rooms. Each room uses only the rooms below it (`tests/rooms.rs`):
//!
//! | room | does |
//! |---|---|
//! | [`adapt`], [`json`], [`pass`], [`pristine`], [`sql`], [`suggestion`] | what is done with modules and their values |
//! | [`run`] | loads, instantiates and calls |
//! | [`code_cache`] | keeps artefacts and pristine states in files |
//! | [`compile`] | makes an artefact of WebAssembly |
//! | [`read`] | says what bytes are, without making anything of them |
//! | the others | words that all rooms use: types, errors, limits, names |

// Without the compiler some code is not used. The linker leaves it out.
#![cfg_attr(not(feature = "compiler"), allow(dead_code))]

pub mod abi;
pub mod adapt;
pub mod code_cache;
pub mod compile;
mod error;
pub mod family;
mod generated;
mod hash;
mod import;
pub mod initialization;
pub mod json;
mod limits;
mod messages;
pub mod name;
pub mod number;
pub mod pass;
pub mod pristine;
pub mod read;
pub mod replay;
pub mod run;
pub mod sql;
pub mod suggestion;
pub mod warm_up;

pub use code_cache::State;
pub use compile::artefact::Artefact;
pub use compile::build::{SOURCES, before_fork};
#[cfg(feature = "compiler")]
pub use compile::compiler::{Compiler, Threads};
pub use compile::linked::Linked;
pub use compile::listing::{Depth, Listed, Listing};
pub use compile::runtime::Runtime;
pub use compile::sealed::Damage;
pub use compile::wasi::Wasi;
pub use error::{CompilerEnd, Error, ErrorData, Remedy, Result, TrapKind};
pub use generated::Generated;
pub use hash::{Hash, NoHash};
pub use import::Import;
pub use limits::{BACKEND, FuelSupply, Isolation, Limits, MemoryBudget, Poll, Scope};
pub use messages::Messages;
pub use read::anatomy::{Anatomy, Memory};
pub use run::cache::ModuleCache;
pub use run::engine::Engine;
pub use run::export::Export;
pub use run::guest::{Entry, Guest, Uses};
pub use run::module::Module;
pub use run::samples::Sample;
pub use run::trap::Backtrace;
/// A value as it is passed between host and guest, in wasmtime's calling convention.
pub use wasmtime::ValRaw;
