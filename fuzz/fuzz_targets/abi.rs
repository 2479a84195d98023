//! See `engine/tests/fuzz/abi.rs`.

#![no_main]

plwasm_fuzz::target!(4);
