//! See `engine/tests/fuzz/wit.rs`.

#![no_main]

plwasm_fuzz::target!(2);
