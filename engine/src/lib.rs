//! The engine of PL/Wasm: compile, inspect, cache, limit, call, and the canonical ABI.
//!
//! It must never know PostgreSQL: no pgrx, no Datum, no SQL type. What it needs of its host it is
//! given when it is made ([`Engine::new`]): functions that say whether to stop and how much fuel there is.
//!
//! A call reads top to bottom:
//! [`Body`](body::Body) -> [`Module`] -> [`Guest`] -> [`Entry`](guest::Entry).

pub mod abi;
pub mod body;
mod cache;
pub mod component;
mod elastic;
mod engine;
mod error;
pub mod guest;
mod host;
mod image;
pub mod inspect;
pub mod instrument;
mod limits;
mod module;
pub mod name;
mod trap;
pub mod wasi;
pub mod wit;

pub use cache::ModuleCache;
pub use engine::{Engine, Poll, Supply};
pub use error::{Error, Result, TrapKind};
pub use guest::{Entry, Guest, Uses};
pub use limits::{BACKEND, Budget, Isolation, Limits, Scope};
pub use module::{Export, Hash, Module};
pub use wasi::Wasi;
/// One value at the border between host and guest, as the calling convention has it.
pub use wasmtime::ValRaw;
