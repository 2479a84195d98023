//! Running: modules that are loaded, their instances, and calls.
//!
//! This must never raise or unwind across a guest: if a guest fails, an error is returned.
//!
//! | file or folder | noun |
//! |---|---|
//! | `engine.rs` | the engine, and what guests ask it for |
//! | `module.rs`, `cache.rs` | a loaded module; the bounded cache of them |
//! | `export.rs` | an exported function, found by name |
//! | `method.rs` | which parameters of a function that calls a method are the constructor's |
//! | `guest/` | an instance: fuel, calls, its memory, its reset |
//! | `host.rs` | what wasmtime holds for an instance |
//! | `image.rs`, `journal.rs` | the contents of a memory in the pristine state; what calls have changed |
//! | `kept.rs`, `ground.rs` | what differs between a state that was kept and the pristine state; a state to which a guest is put back |
//! | `messages.rs` | where it is kept what a guest says in a call |
//! | `elastic.rs` | a memory that grows in a call and is shrunk after it |
//! | `trap.rs`, `samples.rs` | why a call failed; where a guest's fuel goes |
//! | `trigger.rs` | what the parameters of a trigger function stand for |

pub(crate) mod cache;
pub(crate) mod elastic;
pub(crate) mod engine;
pub(crate) mod export;
pub(crate) mod ground;
pub mod guest;
pub(crate) mod host;
pub(crate) mod image;
pub(crate) mod journal;
pub(crate) mod kept;
pub(crate) mod messages;
pub mod method;
pub(crate) mod module;
pub(crate) mod samples;
pub(crate) mod trap;
pub mod trigger;
