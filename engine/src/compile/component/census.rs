//! Counts how large a component becomes when it is flattened, before that is done.
//!
//! A component may instantiate another twice, which instantiates a third twice, and so on: it is small, but what it
//! becomes grows without limit. The count must never be too low.

use crate::error::{Error, Result};
use crate::read::inspect::invalid;
use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind,
    ComponentTypeRef, Encoding, Parser, Payload,
};

/// The most instances, of components and of core modules, plus lifted and lowered functions. Components made of
/// JavaScript have a few hundred.
const MOST: u64 = 20_000;

/// A component that is being read.
#[derive(Default)]
struct Frame {
    /// The count of what it becomes, so far.
    size: u64,
    /// The same count for each component in its index space.
    components: Vec<u64>,
}

/// Refuses a component that becomes too large.
///
/// # Errors
/// [`Error::Invalid`] if it cannot be read; [`Error::Unsupported`] if it is too large or cannot be counted.
pub(super) fn check(binary: &[u8]) -> Result<()> {
    let mut open: Vec<Frame> = Vec::new();
    // Core modules are skipped.
    let mut is_module = Vec::new();
    for payload in Parser::new(0).parse_all(binary) {
        let payload = payload.map_err(invalid)?;
        match &payload {
            Payload::Version { encoding, .. } => {
                is_module.push(*encoding == Encoding::Module);
                if *encoding == Encoding::Component {
                    open.push(Frame { size: 1, components: Vec::new() });
                }
            }
            Payload::End(_) => {
                if is_module.pop() == Some(false)
                    && let Some(done) = open.pop()
                {
                    if done.size > MOST {
                        return Err(Error::Unsupported(format!(
                            "more than {MOST} instances and functions between them"
                        )));
                    }
                    if let Some(around) = open.last_mut() {
                        around.components.push(done.size);
                    }
                }
            }
            _ => {
                if let Some(at) = open.len().checked_sub(1) {
                    enter(&mut open, at, payload)?;
                }
            }
        }
    }
    Ok(())
}

fn enter(open: &mut [Frame], at: usize, payload: Payload<'_>) -> Result<()> {
    match payload {
        Payload::InstanceSection(reader) => open[at].size += u64::from(reader.count()),
        Payload::ComponentCanonicalSection(reader) => open[at].size += u64::from(reader.count()),
        Payload::ComponentInstanceSection(reader) => {
            for instance in reader {
                if let ComponentInstance::Instantiate { component_index, .. } =
                    instance.map_err(invalid)?
                {
                    let size = component(&open[at], component_index)?;
                    open[at].size = open[at].size.saturating_add(size);
                }
            }
        }
        Payload::ComponentAliasSection(reader) => {
            for alias in reader {
                match alias.map_err(invalid)? {
                    ComponentAlias::Outer {
                        kind: ComponentOuterAliasKind::Component,
                        count,
                        index,
                    } => {
                        let outer = at.checked_sub(count as usize).ok_or_else(unknown)?;
                        let size = component(&open[outer], index)?;
                        open[at].components.push(size);
                    }
                    ComponentAlias::InstanceExport {
                        kind: ComponentExternalKind::Component,
                        ..
                    } => return Err(passed_on()),
                    _ => {}
                }
            }
        }
        Payload::ComponentExportSection(reader) => {
            for export in reader {
                let export = export.map_err(invalid)?;
                if export.kind == ComponentExternalKind::Component {
                    let size = component(&open[at], export.index)?;
                    open[at].components.push(size);
                }
            }
        }
        Payload::ComponentImportSection(reader) => {
            for import in reader {
                if let ComponentTypeRef::Component(_) = import.map_err(invalid)?.ty {
                    return Err(passed_on());
                }
            }
        }
        _ => {}
    }
    Ok(())
}

fn component(frame: &Frame, index: u32) -> Result<u64> {
    frame.components.get(index as usize).copied().ok_or_else(unknown)
}

fn unknown() -> Error {
    Error::Invalid("it instantiates a component that does not exist".into())
}

/// The size of such a component is known only when it is inlined.
fn passed_on() -> Error {
    Error::Unsupported("components that are imported, or exported by instances".into())
}
