//! Reading: what bytes are, and what they say about themselves.
//!
//! This must never compile or run anything, nor make another binary.
//!
//! | file or folder | noun |
//! |---|---|
//! | `body/` | the grammar of a function's body |
//! | `inspect/` | a binary: its kind, imports, exports, complexity |
//! | `opcode/` | what an instruction is and can change |
//! | `wit/` | what a binary says about types, and its comments |
//! | `warm_up_section.rs` | the warm-up that a binary asks for |
//! | `anatomy.rs` | how many bytes of a binary are code, data and custom sections |

pub(crate) mod anatomy;
pub mod body;
pub mod inspect;
pub mod opcode;
mod warm_up_section;
pub mod wit;

pub use warm_up_section::warm_up_of;
