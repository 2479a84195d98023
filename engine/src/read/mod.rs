//! Reading: what bytes are and say of themselves.
//!
//! It must never compile or run anything, or make another binary of one.
//!
//! | file or folder | noun |
//! |---|---|
//! | `body/` | the grammar of a function's body |
//! | `inspect/` | a binary: its kind, imports, exports, complexity |
//! | `opcode/` | what an instruction is and can change |
//! | `wit/` | what a binary says of types and comments |
//! | `anatomy.rs` | how many bytes of a binary are what |
//! | `quick.rs` | what is small enough to be compiled in a server process |

pub(crate) mod anatomy;
pub mod body;
pub mod inspect;
pub mod opcode;
pub(crate) mod quick;
pub mod wit;
