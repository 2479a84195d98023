//! The functions that run before any call: the start function, and others that are found by their names and callers.
//!
//! Constructors must never be run if something else runs them: objects that count would count twice.

use super::effects::CallGraph;
use super::profile::Profile;
use crate::error::Result;
use crate::initialization::{CONSTRUCTORS, INITIALIZE, Phase};

/// The export in which a command runs its constructors itself. Nothing calls it here unless an SQL function names it.
const COMMAND: &str = "_start";

/// Returns the functions in the order in which they run.
///
/// `__wasm_call_ctors` runs if it is exported and neither the start function nor `_initialize` nor any other export
/// calls it, directly or indirectly. wasm-ld exports it with `--export-all`, or by its name, and then leaves it to
/// the host. Otherwise wasm-ld has libc's `_initialize` or each export call it (tool-conventions, Linking.md).
///
/// # Errors
/// [`crate::Error::Internal`] for a function without a type, which validation excludes.
pub(super) fn of(profile: &Profile<'_>, graph: &CallGraph) -> Result<Vec<(Phase, u32)>> {
    let mut found: Vec<_> =
        profile.module.start.map(|start| (Phase::Start, start)).into_iter().collect();
    let initialize = procedure(profile, INITIALIZE)?;
    if let Some(constructors) = procedure(profile, CONSTRUCTORS)?
        && !is_run(profile, graph, constructors, initialize)
    {
        found.push((Phase::Constructors, constructors));
    }
    found.extend(initialize.map(|function| (Phase::Initialize, function)));
    Ok(found)
}

/// Returns the function that is exported under a name, if it has neither parameters nor results.
fn procedure(profile: &Profile<'_>, export: &str) -> Result<Option<u32>> {
    let Some(function) = profile.function(export) else { return Ok(None) };
    let ty = profile.type_of(function)?;
    Ok((ty.params().is_empty() && ty.results().is_empty()).then_some(function))
}

/// Returns whether the module runs its constructors by itself.
fn is_run(
    profile: &Profile<'_>,
    graph: &CallGraph,
    constructors: u32,
    initialize: Option<u32>,
) -> bool {
    let first = graph.reached(profile, profile.module.start.into_iter().chain(initialize));
    let is_reached = |function: u32| first[function as usize];
    // An optimizer may have inlined the function in which the linker calls the constructors.
    let parts = graph.calls(constructors);
    if is_reached(constructors) || !parts.is_empty() && parts.iter().all(|part| is_reached(*part)) {
        return true;
    }
    let exports = profile.exported_functions().filter(|(name, function)| {
        // An optimizer merges equal functions.
        *name != COMMAND && *function != constructors
    });
    graph.reached(profile, exports.map(|(_, function)| function))[constructors as usize]
}
