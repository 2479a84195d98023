//! Which code is read or compiled in no time, whatever is in it.
//!
//! It must never let through what takes 100 ms: where it is asked, nothing can be cancelled. The worst that it lets
//! through, `examples/worst_quick.rs` looks for.

use crate::body;
use crate::inspect::{Inspection, Kind};

/// The most bytes of a binary to be compiled. A table instruction in a row takes the compiler longest, and two more
/// than twice as long.
const MOST_BYTES: usize = 2 << 10;

/// The most bytes of code to be read: of text, some four make a byte of binary.
const SMALL: usize = 4 * MOST_BYTES;

/// The most bytes of code times values that one byte can move: locals, and the parameters, results or fields of a
/// type. 8 kB of calls of a function with 100 parameters and results take minutes.
const MOST_WORK: u64 = 50_000;

/// Whether reading that, text or binary, takes less than 100 ms.
pub fn is_small(code: &[u8]) -> bool {
    code.len() <= SMALL
}

/// Whether compiling that takes less than 100 ms, and initializing it cannot fail, which is tried where it can be
/// stopped. What is invalid is found to be so as quickly.
pub fn is_quick(code: &[u8]) -> bool {
    is_small(code)
        && body::binary(code).map_or(true, |binary| {
            binary.len() <= MOST_BYTES
                && Inspection::of(&binary).map_or(true, |found| {
                    // What is merged is larger than what was given.
                    found.kind == Kind::Module
                        && found.imports.is_empty()
                        && !found.has_startup()
                        && found.work() <= MOST_WORK
                })
        })
}
