//! Passes arguments into a guest, and results out of it.
//!
//! [`Lowering`] and [`Lifting`] do what the server and the command have in common: they make the guest allocate, pass
//! lists and strings, check bounds, and record where in a value something went wrong. They must never know a Datum.
//!
//! | file | noun |
//! |---|---|
//! | `lowering.rs`, `lifting.rs` | arguments on their way in, results on their way out |
//! | `place.rs`, `path.rs` | the place of a value within a larger one; the path to a part of a value that failed |
//! | `array.rs` | arrays of several dimensions as lists of lists |
//! | `event.rs` | why a trigger function is called |
//! | `scalar.rs` | integers that SQL has no type for, characters, dates and times |
//! | `bulk.rs` | large values, copied and checked in pieces |
//! | `failure.rs`, `wave.rs` | the error that a guest returns; a value as text |

pub mod array;
mod bulk;
pub mod event;
mod failure;
pub mod lifting;
pub mod lowering;
pub mod path;
mod place;
mod scalar;
mod wave;

pub use array::MAX_DIMENSIONS;
pub use bulk::{Interrupts, copy, not_utf8};
pub use failure::{GuestError, Lift};
pub use lifting::Lifting;
pub use lowering::Lowering;
pub use place::Place;
pub use scalar::{Narrow, char_of, load_char, load_date, load_time, load_timestamp};
