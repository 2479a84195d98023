//! What users see in schema `wasm`: creating, describing and listing modules.

mod create;
pub mod description;
mod exports;
pub mod source;
