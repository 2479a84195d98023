//! See `engine/tests/fuzz/body.rs`.

#![no_main]

plwasm_fuzz::target!(0);
