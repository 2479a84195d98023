//! What users see in schema `wasm`: creating, describing and listing modules, and creating functions of them.

mod create;
mod create_functions;
pub mod description;
mod exports;
mod listing;
pub mod source;
mod statement;
mod suggestion;
