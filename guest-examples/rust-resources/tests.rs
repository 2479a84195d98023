//! The tests of what is written here, for the machine that builds it: `rustc --edition 2024 --test tests.rs`.
#![allow(dead_code)]

#[path = "tdigest/src/digest.rs"]
mod digest;
#[path = "bloom/src/filter.rs"]
mod filter;
mod hash;
mod saved;
#[path = "hyperloglog/src/sketch.rs"]
mod sketch;
#[path = "small/src/states.rs"]
mod states;
