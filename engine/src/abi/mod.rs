//! The Component Model's canonical ABI: core signatures for WIT signatures, and the layout of values in memory.
//!
//! Names and rules are those of the specification's `CanonicalABI.md` ("Flattening", "Alignment", "Element Size"). This
//! module must never touch a guest: [`crate::pass`] does.

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

/// The maximum number of flat parameters. If there are more, they are passed in memory (`MAX_FLAT_PARAMS`).
pub const MAX_FLAT_PARAMS: usize = 16;

/// The maximum number of flat results. If there are more, they are returned in memory (`MAX_FLAT_RESULTS`).
pub const MAX_FLAT_RESULTS: usize = 1;

/// The name of an exported i32 global. A guest that cannot write anywhere leaves the message of its panic there: the
/// global holds the address of a pair, the address and the length of a UTF-8 string. The host reads it without running
/// any code of the guest.
pub const PANIC_MESSAGE: &str = "plwasm_panic_message";
