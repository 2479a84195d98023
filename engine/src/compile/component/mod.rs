//! Components: merged into one core module without imports when they are compiled.
//!
//! Therefore a component runs as a core module does: instrumented, isolated, metered, called directly. A component is
//! [flattened](flatten) to an [`assembly`], which lists core modules and how they are connected. The assembly is then
//! [merged](merge()). This must never run anything, and must never panic, whatever the bytes.
//!
//! | file | noun |
//! |---|---|
//! | `asynchrony.rs` | refusing async functions |
//! | `census.rs` | counting how large a component becomes |
//! | `flatten/` | from component to assembly: validity, items, exports, resources, what stands between modules |
//! | `builtin.rs`, `utf8.wat` | our modules for what the component model does between core modules |
//! | `handles.rs`, `handles.wat` | our modules for handles |
//! | `task.rs` | our modules for calls, and for what a task can ask for |
//! | `core.rs` | the assembly of a core module with stubs |
//! | `stubs.rs`, `supply.rs` | modules in place of imports |
//! | `resource.rs` | functions in place of a core module's imports for handles |
//! | `assembly.rs` | core modules and how they are connected |
//! | `space.rs` | indices in the merged module |
//! | `start.rs` | segments and start functions, in order |
//! | `touched.rs` | what start functions can touch |
//! | `merge.rs` | the merged module |
//! | `reach.rs` | which functions exported functions can reach |

pub(crate) mod assembly;
mod asynchrony;
mod builtin;
mod census;
mod core;
mod flatten;
mod handles;
mod merge;
mod reach;
pub(crate) mod resource;
pub(crate) mod space;
mod start;
mod stubs;
pub(crate) mod supply;
mod task;
mod touched;

use crate::error::Result;
pub use merge::Merged;
pub(crate) use merge::merge as merge_assembly;
pub(crate) use merge::{MEMORY, REALLOC};
pub use stubs::{GUEST, Stub, Stubs};

/// Merges a component.
///
/// Each function that it exports is exported under its own name, or under `instance#name` if the component exports an
/// instance. The result also exports the memory and the allocator that their calls need, as [`MEMORY`] and
/// [`REALLOC`], and functions `cabi_post_*`. It exports nothing else.
///
/// # Errors
/// [`crate::Error::Invalid`] if it is malformed; [`crate::Error::Imports`] if it imports functions whose place no
/// stub takes; [`crate::Error::Unsupported`] for features that are not implemented; [`crate::Error::TooLarge`] if it
/// becomes too large.
pub fn merge(component: &[u8], stubs: Option<&dyn Stubs>) -> Result<Merged> {
    let scope = wasmtime_environ::ScopeVec::new();
    let merged = merge::merge(&flatten::flatten(component, &scope, stubs)?, component.len())?;
    reach::check(component, &merged.binary, &merged.absent)?;
    Ok(merged)
}

/// Merges a core module with stubs in place of its imports, and with what its own resources need. The result exports what
/// the module exports.
///
/// # Errors
/// The same as those of [`merge`].
pub fn merge_core(module: &[u8], stubs: Option<&dyn Stubs>) -> Result<Merged> {
    merge::merge(&core::supplied(module, stubs)?, module.len())
}
