//! How much a component becomes when it is flattened, counted before that is done.
//!
//! A component that instantiates another twice, which instantiates a third twice, and so on, is small and
//! becomes anything. It must never count less than there will be.

use crate::error::{Error, Result};
use crate::inspect::invalid;
use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind,
    ComponentTypeRef, Encoding, Parser, Payload,
};

/// The most instances, of components and of core modules, and functions that are lifted or lowered. What is
/// made of JavaScript has a few hundred.
const MOST: u64 = 20_000;

/// One component that is being read.
#[derive(Default)]
struct Frame {
    /// What it becomes, so far.
    size: u64,
    /// What each of the components in its index space becomes.
    components: Vec<u64>,
}

/// Refuses a component that becomes too much.
///
/// # Errors
/// [`Error::Invalid`] if it cannot be read; [`Error::Unsupported`].
pub(super) fn check(binary: &[u8]) -> Result<()> {
    let mut open: Vec<Frame> = Vec::new();
    // Core modules are read over.
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
    Error::Invalid("it instantiates a component that is not there".into())
}

/// What such a component becomes is known only when it is inlined.
fn passed_on() -> Error {
    Error::Unsupported("components that are imported, or exported by instances".into())
}
