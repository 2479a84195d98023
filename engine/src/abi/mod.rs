//! The Component Model's canonical ABI: from a WIT signature to a core one, and where values lie
//! in memory.
//!
//! Names and rules are those of the specification's `CanonicalABI.md` ("Flattening", "Alignment",
//! "Element Size"). It must never touch a guest: [`crate::pass`] does.

mod core_type;
mod layout;
mod part;
mod signature;
mod types;

pub use core_type::CoreType;
pub use layout::{Layout, align_to, bits, discriminant, discriminant_size, word};
pub use part::Parts;
pub use signature::{CoreSignature, Signature};
pub use types::{Case, Field, Labels, Record, ResultType, Type, Variant};

/// The most flat parameters before they go through memory (`MAX_FLAT_PARAMS`).
pub const MAX_FLAT_PARAMS: usize = 16;

/// The most flat results before they go through memory (`MAX_FLAT_RESULTS`).
pub const MAX_FLAT_RESULTS: usize = 1;

/// The exported i32 global with which a guest that cannot write anywhere leaves the message of its panic. It holds the
/// address of the address and length of a UTF-8 string. No code of the guest's runs when the host reads it.
pub const PANIC_MESSAGE: &str = "plwasm_panic_message";
