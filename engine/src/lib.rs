//! The engine of PL/Wasm: compile, inspect, cache, limit, call, and the canonical ABI.
//!
//! It must never know a server: no pgrx, no Datum, and of SQL types no more than [`sql`] says.
//! What it needs from its host it is given when it is made ([`Engine::new`]): functions that say whether to stop and
//! how much fuel there is.
//!
//! A call reads top to bottom:
//! [`Body`](body::Body) -> [`Module`] -> [`Guest`] -> [`Entry`](guest::Entry).

pub mod abi;
pub mod adapt;
mod anatomy;
mod artefact;
pub mod body;
mod build;
mod cache;
mod code;
pub mod code_cache;
mod compiler;
pub mod component;
mod elastic;
mod engine;
mod error;
mod facts;
pub mod family;
mod generated;
pub mod guest;
mod hash;
mod host;
mod image;
pub mod initialization;
pub mod inspect;
pub mod instrument;
pub mod json;
mod limits;
mod linked;
mod listing;
mod module;
pub mod name;
pub mod number;
mod offsets;
mod quick;
mod runtime;
mod samples;
pub mod sql;
pub mod suggestion;
mod trap;
pub mod wasi;
pub mod wit;

pub use anatomy::{Anatomy, Memory};
pub use artefact::{Artefact, Damage};
pub use build::before_fork;
pub use cache::ModuleCache;
pub use compiler::{Compiler, Threads};
pub use engine::{Engine, Poll, Supply};
pub use error::{CompilerEnd, Error, ErrorData, Remedy, Result, TrapKind};
pub use generated::Generated;
pub use guest::{Entry, Guest, Uses};
pub use hash::{Hash, NoHash};
pub use limits::{BACKEND, Isolation, Limits, MemoryBudget, Scope};
pub use linked::Linked;
pub use listing::{Depth, Listed, Listing};
pub use module::{Export, Module};
pub use quick::{is_quick, is_small};
pub use runtime::Runtime;
pub use wasi::Wasi;
/// One value as it passes between host and guest, in wasmtime's calling convention.
pub use wasmtime::ValRaw;
