//! Tells which code is read or compiled quickly, whatever its contents.
//!
//! It must never accept code that takes 100 ms: where it is used, nothing can be cancelled. `examples/worst_quick/`
//! searches for the slowest code that it accepts.

use crate::read::body;
use crate::read::inspect::{Inspection, Kind};

/// The most bytes of a binary that is compiled. A sequence of table instructions takes the compiler longest; twice as
/// many take more than twice as long.
const MOST_BYTES: usize = 2 << 10;

/// The most bytes of code that is read. About four bytes of text make one byte of binary.
const SMALL: usize = 4 * MOST_BYTES;

/// The most bytes of code times the number of values that one byte can move: locals, and the parameters, results or
/// fields of a type. 8 kB of calls of a function with 100 parameters and results take minutes.
const MOST_WORK: u64 = 50_000;

/// Returns whether reading code, text or binary, takes less than 100 ms.
pub fn is_small(code: &[u8]) -> bool {
    code.len() <= SMALL
}

/// Returns whether compiling code takes less than 100 ms, and its initialization cannot fail; initialization that
/// could fail is tried where it can be stopped. Invalid code is detected as quickly.
pub fn is_quick(code: &[u8]) -> bool {
    is_small(code)
        && body::binary(code).map_or(true, |binary| {
            binary.len() <= MOST_BYTES
                && Inspection::of(&binary).map_or(true, |found| {
                    // A merged module is larger than the code that was given.
                    found.kind == Kind::Module
                        && found.imports.is_empty()
                        && !found.has_startup()
                        && found.work() <= MOST_WORK
                })
        })
}
