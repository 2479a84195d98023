//! What the exports of a module are proved to be, in words for people: stateless, or what they change and where.

use super::effects::CallGraph;
use super::function::Function;
use super::profile::Profile;
use crate::error::Result;
use crate::name::source;
use crate::read::opcode::Effects;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;
use wasmparser::ExternalKind;

/// What an exported function can change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Purity {
    effects: Effects,
    /// The nearest function that changes something by itself, as its printable name or its number, and what it
    /// changes.
    by: Option<(String, Effects)>,
}

impl Purity {
    /// Returns whether the export cannot reach anything that changes state. If so, its calls need no reset.
    pub fn is_stateless(&self) -> bool {
        self.effects.is_empty()
    }

    /// Returns whether the export may change what is not kept of a resource: a table, or a segment, which is dropped.
    pub fn may_be_unkeepable(&self) -> bool {
        self.effects.intersects(Effects::TABLE | Effects::SEGMENT)
    }
}

/// Writes what is changed, and where one such change is.
impl fmt::Display for Purity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.by {
            None => write!(f, "{}", self.effects),
            Some((name, own)) => {
                write!(f, "{} (function {name} changes {own})", self.effects)
            }
        }
    }
}

/// Returns what every exported function can change, by name. Changes of the memory `messages` do not count.
///
/// # Errors
/// [`crate::Error::Invalid`] if the module does not validate.
pub fn purity(binary: &[u8], messages: Option<u32>) -> Result<HashMap<String, Purity>> {
    let mut profile = Profile::of(binary)?;
    let bodies = std::mem::take(&mut profile.bodies);
    let mut graph = CallGraph::new(profile.functions.len(), messages);
    for (body, text) in bodies {
        let ty = profile.type_of(body.index)?;
        let function = Function::read(body, &text, ty, false)?;
        for op in &function.ops {
            graph.enter(function.index, &op.code);
        }
    }
    let changes = graph.solve(&profile);
    let names = profile.names();
    let mut shown = HashMap::new();
    let mut found = HashMap::new();
    for export in profile.module.exports.iter().filter(|export| export.kind == ExternalKind::Func) {
        let change = changes[export.index as usize];
        let by = change.by.map(|(function, own)| {
            let name = shown.entry(function).or_insert_with(|| {
                names.get(&function).map_or_else(|| function.to_string(), |name| source(name))
            });
            (name.clone(), own)
        });
        found.insert(export.name.to_string(), Purity { effects: change.effects, by });
    }
    Ok(found)
}
