//! See `engine/tests/fuzz/loader.rs`.

#![no_main]

plwasm_fuzz::target!(1);
