//! See `engine/tests/fuzz/lines.rs`.

#![no_main]

plwasm_fuzz::target!(5);
