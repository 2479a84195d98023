//! The Component Model's canonical ABI: from a WIT signature to a core one, and where values lie
//! in memory.
//!
//! Names and rules are those of the specification's `CanonicalABI.md` ("Flattening", "Alignment",
//! "Element Size"). [`Lowering`] and [`Lifting`] are the ways in and out, which all values take, whoever has them; nothing
//! else here may touch a guest.

pub mod array;
mod bulk;
mod core_type;
mod failure;
mod layout;
pub mod lifting;
pub mod lowering;
mod part;
pub mod path;
mod place;
mod scalar;
mod signature;
mod types;
mod wave;

pub use array::MAX_DIMENSIONS;
pub use bulk::{Interrupts, copy, not_utf8};
pub use core_type::CoreType;
pub use failure::{Failure, Lift};
pub use layout::{Layout, align_to, bits, discriminant, discriminant_size, word};
pub use lifting::Lifting;
pub use lowering::Lowering;
pub use part::Parts;
pub use place::Place;
pub use scalar::{Narrow, char_of, load_char, load_date, load_time, load_timestamp};
pub use signature::{CoreSignature, Signature};
pub use types::{Case, Field, Labels, Record, ResultType, Type, Variant};

/// The most flat parameters before they go through memory (`MAX_FLAT_PARAMS`).
pub const MAX_FLAT_PARAMS: usize = 16;

/// The most flat results before they go through memory (`MAX_FLAT_RESULTS`).
pub const MAX_FLAT_RESULTS: usize = 1;
