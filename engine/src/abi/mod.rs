//! The Component Model's canonical ABI: from a WIT signature to a core one, and where values lie
//! in memory.
//!
//! Names and rules are those of the specification's `CanonicalABI.md` ("Flattening", "Alignment",
//! "Element Size"). It must never touch a guest: it only computes, on bytes that it is given ([`Lift`]).

mod core_type;
mod failure;
mod layout;
mod part;
mod signature;
mod types;
mod wave;

pub use core_type::CoreType;
pub use failure::{Failure, Lift};
pub use layout::{Layout, align_to, discriminant, discriminant_size, word};
pub use part::Parts;
pub use signature::{CoreSignature, Signature};
pub use types::{Case, Field, Labels, Record, ResultType, Type, Variant};

/// The most flat parameters before they go through memory (`MAX_FLAT_PARAMS`).
pub const MAX_FLAT_PARAMS: usize = 16;

/// The most flat results before they go through memory (`MAX_FLAT_RESULTS`).
pub const MAX_FLAT_RESULTS: usize = 1;
