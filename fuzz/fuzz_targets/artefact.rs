//! See `engine/tests/fuzz/artefact.rs`.

#![no_main]

plwasm_fuzz::target!(3);
