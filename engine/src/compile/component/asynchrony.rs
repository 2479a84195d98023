//! Finds and refuses async functions before a component is translated.
//!
//! Built-in functions for async functions are not refused, because toolchains import them even where no function is
//! async. Where all tasks are synchronous, most of them need little or can only trap (Canonical ABI, "Canonical
//! Definitions"):
//!
//! | built-in | implementation here |
//! |---|---|
//! | `context.get`, `.set` | complete |
//! | `backpressure.inc`, `.dec` | complete: only async tasks wait |
//! | `thread.yield` | complete: there is no other thread |
//! | `waitable-set.new`, `.poll`, `.drop` | complete: a set stays empty |
//! | `waitable-set.wait` | traps: a synchronous task must not block, and nothing can happen |
//! | `task.return`, `task.cancel` | trap, as they do in synchronous tasks |
//! | `subtask.*`, `waitable.join`, the rest of `stream.*` and `future.*` | trap: no such handle exists |
//! | `stream.new`, `future.new`, `thread.index` | refused where an exported function can reach them (`reach.rs`) |
//! | `thread.new-indirect` | refused |
//! | the rest of `thread.*` | traps: there is no other thread |
//! | `error-context.*` | refused: not enabled |

use crate::error::{Error, Result};
use crate::read::inspect::invalid;
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentType, ComponentTypeDeclaration,
    InstanceTypeDeclaration, Parser, Payload,
};

/// Refuses a component that lifts or lowers a function as async, or declares one so. Returns whether the component
/// uses the storage of tasks.
///
/// # Errors
/// [`Error::Unsupported`] for async functions; [`Error::Invalid`] if it cannot be read.
pub(super) fn check(component: &[u8]) -> Result<bool> {
    let (mut is_async, mut has_storage) = (false, false);
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(invalid)? {
            Payload::ComponentCanonicalSection(reader) => {
                for function in reader {
                    match function.map_err(invalid)? {
                        CanonicalFunction::Lift { options, .. }
                        | CanonicalFunction::Lower { options, .. } => {
                            is_async |= options
                                .iter()
                                .any(|option| matches!(option, CanonicalOption::Async));
                        }
                        CanonicalFunction::ContextGet { .. }
                        | CanonicalFunction::ContextSet { .. } => has_storage = true,
                        _ => {}
                    }
                }
            }
            Payload::ComponentTypeSection(reader) => {
                for ty in reader {
                    is_async |= declares(&ty.map_err(invalid)?);
                }
            }
            _ => {}
        }
    }
    match is_async {
        true => Err(Error::Unsupported("async functions".into())),
        false => Ok(has_storage),
    }
}

fn declares(ty: &ComponentType<'_>) -> bool {
    match ty {
        ComponentType::Func(ty) => ty.async_,
        ComponentType::Component(all) => all.iter().any(|declaration| match declaration {
            ComponentTypeDeclaration::Type(ty) => declares(ty),
            _ => false,
        }),
        ComponentType::Instance(all) => all.iter().any(|declaration| match declaration {
            InstanceTypeDeclaration::Type(ty) => declares(ty),
            _ => false,
        }),
        ComponentType::Defined(_) | ComponentType::Resource { .. } => false,
    }
}
