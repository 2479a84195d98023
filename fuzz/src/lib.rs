//! The targets of `engine/tests/fuzz/`, as libFuzzer calls them.

#[path = "../../engine/tests/fuzz/mod.rs"]
#[allow(dead_code)]
mod fuzz;

use fuzz::TARGETS;
use fuzz::choices::{Choices, bytes_of};
use libfuzzer_sys::fuzzer_mutate;

/// Runs a target, named by its number in `TARGETS`, with an input.
pub fn run(target: usize, input: &[u8]) {
    (TARGETS[target].run)(input);
}

/// Changes the first `size` bytes, as libFuzzer does or as the target does. Returns how many there are now.
pub fn mutate(target: usize, data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    if seed.is_multiple_of(3) {
        return fuzzer_mutate(data, size, max_size);
    }
    let target = &TARGETS[target];
    let bytes = bytes_of(seed.into(), 4096);
    let input = match seed % 64 {
        1 => (target.generate)(Choices::new(&bytes)),
        _ => (target.mutate)(&data[..size], Choices::new(&bytes)),
    };
    let length = input.len().min(max_size);
    data[..length].copy_from_slice(&input[..length]);
    length
}

/// Defines a target for cargo-fuzz by its number in `TARGETS`.
#[macro_export]
macro_rules! target {
    ($number:literal) => {
        libfuzzer_sys::fuzz_target!(|input: &[u8]| {
            $crate::run($number, input);
        });
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            $crate::mutate($number, data, size, max_size, seed)
        });
    };
}
