//! States of aggregates: values of the type `wasm.state`.
//!
//! In memory, a state is an expanded object ([`StateObject`]), which sits in an instance or is kept. Stored, and between
//! processes, it is what its resource saves ([`flat`]). A state must never be given to another resource.

mod arguments;
mod flat;
mod handle;
mod history;
mod object;
mod resource;

pub(crate) use arguments::arguments;
pub(crate) use flat::{Flat, check, other_code};
pub(crate) use history::{History, UNKNOWN, push};
pub(crate) use object::{Owned, StateObject};
pub(crate) use resource::Resource;
