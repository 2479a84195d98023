//! Components: merged into one core module without imports when they are compiled.
//!
//! So a component runs as a core module does: instrumented, isolated, metered, called directly. A component is
//! [flattened](flatten) to a [`plan`] of core modules and how they are put together, which is then
//! [merged](merge()). It must never run anything, and must never panic on any bytes whatever.
//!
//! | file | noun |
//! |---|---|
//! | `asynchrony.rs` | async functions, refused |
//! | `census.rs` | how much a component becomes |
//! | `flatten/` | from component to plan: validity; items; what it exports; what stands between its modules |
//! | `builtin.rs`, `utf8.wat` | our modules for what the component model does between core modules |
//! | `handles.rs`, `handles.wat` | those for handles |
//! | `task.rs` | those for calls, and for what a task can ask for |
//! | `core.rs` | the plan of a core module with stubs |
//! | `stubs.rs`, `supply.rs` | modules in place of imports |
//! | `plan.rs` | core modules and how they are put together |
//! | `space.rs` | numbers in the merged module |
//! | `start.rs` | segments and start functions, in order |
//! | `merge.rs` | the merged module |
//! | `reach.rs` | what of it exported functions can reach |

mod asynchrony;
mod builtin;
mod census;
mod core;
mod flatten;
mod handles;
mod merge;
pub(crate) mod plan;
mod reach;
pub(crate) mod space;
mod start;
mod stubs;
pub(crate) mod supply;
mod task;

use crate::error::Result;
pub use merge::Merged;
pub(crate) use merge::merge as merge_plan;
pub(crate) use merge::{MEMORY, REALLOC};
pub use stubs::{GUEST, Stub, Stubs};

/// Merges a component.
///
/// Each function that it exports is exported under its own name, or `instance#name` if an instance is what
/// it exports; with the memory and the allocator that their calls need as [`MEMORY`] and [`REALLOC`], and
/// with `cabi_post_*`. Nothing else is exported.
///
/// # Errors
/// [`crate::Error::Invalid`]; [`crate::Error::Imports`] if it imports functions that no stub takes the
/// place of; [`crate::Error::Unsupported`]; [`crate::Error::TooLarge`].
pub fn merge(component: &[u8], stubs: Option<&dyn Stubs>) -> Result<Merged> {
    let scope = wasmtime_environ::ScopeVec::new();
    let merged = merge::merge(&flatten::flatten(component, &scope, stubs)?, component.len())?;
    reach::check(component, &merged.binary, &merged.absent)?;
    Ok(merged)
}

/// Merges a core module with stubs in place of its imports. It exports what it did.
///
/// # Errors
/// As [`merge`].
pub fn merge_core(module: &[u8], stubs: &dyn Stubs) -> Result<Merged> {
    merge::merge(&core::supplied(module, stubs)?, module.len())
}
