//! What a module's exports are proved to be, for people: stateless, or what they change and where.

use super::effects::{CallGraph, Effects};
use super::function::Function;
use super::profile::Profile;
use crate::error::Result;
use crate::name::source;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;
use wasmparser::{ExternalKind, Name, Parser, Payload};

/// What an exported function can change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Purity {
    effects: Effects,
    /// The nearest function that does, by name as it is printed or by number, and what it changes by itself.
    by: Option<(String, Effects)>,
}

impl Purity {
    /// Whether nothing that changes state can be reached from the export: its calls need no reset.
    pub fn is_stateless(&self) -> bool {
        self.effects.is_empty()
    }
}

/// What is changed, and for one of it where.
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

/// Of every exported function, by name.
///
/// # Errors
/// [`crate::Error::Invalid`].
pub fn purity(binary: &[u8]) -> Result<HashMap<String, Purity>> {
    let mut profile = Profile::of(binary)?;
    let bodies = std::mem::take(&mut profile.bodies);
    let mut graph = CallGraph::new(profile.functions.len());
    for (body, text) in bodies {
        let ty = profile.type_of(body.index)?;
        let function = Function::read(body, &text, ty, false)?;
        for op in &function.ops {
            graph.enter(function.index, &op.code);
        }
    }
    let changes = graph.solve(&profile);
    // What has no other name goes by what it is exported as.
    let mut names: HashMap<u32, &str> = HashMap::new();
    for (name, function) in profile.exported_functions() {
        names.entry(function).or_insert(name);
    }
    names.extend(section_names(binary));
    let mut shown = HashMap::new();
    let mut found = HashMap::new();
    for export in profile.exports.iter().filter(|export| export.kind == ExternalKind::Func) {
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

/// Functions' names from the name section, as far as it can be read.
fn section_names(binary: &[u8]) -> HashMap<u32, &str> {
    let mut names = HashMap::new();
    for payload in Parser::new(0).parse_all(binary).map_while(std::result::Result::ok) {
        let Payload::CustomSection(section) = payload else { continue };
        let wasmparser::KnownCustom::Name(reader) = section.as_known() else { continue };
        for name in reader.into_iter().map_while(std::result::Result::ok) {
            if let Name::Function(map) = name {
                let all = map.into_iter().map_while(std::result::Result::ok);
                names.extend(all.map(|naming| (naming.index, naming.name)));
            }
        }
    }
    names
}
