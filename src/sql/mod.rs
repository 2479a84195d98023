//! What users see in schema `wasm`: functions that create, describe and list modules and create functions of them,
//! the code cache, the backend's memory, and statistics.

mod backend_memory;
mod build;
mod code_cache;
mod create;
mod create_functions;
pub(crate) mod description;
mod exports;
pub(crate) mod follow_names;
mod state;
mod statement;
mod statistics;
