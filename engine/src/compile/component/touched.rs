//! What start functions can touch: the memories and the tables that are named by code that they can call.
//!
//! The segments of an instance are applied after the start functions of earlier instances. If none of these can touch the
//! memory or the table, nobody sees whether they are applied before.
//!
//! It must never miss code that a start function can call, directly or through a table or a global.

use super::assembly::Assembly;
use super::space::Space;
use crate::read::inspect::core_module::{CoreModule, Kinds};
use std::collections::{HashMap, HashSet};
use wasmparser::{ExternalKind, Import, TypeRef, ValType};

/// What the start functions that have been entered so far can touch. Memories and tables have the numbers of the merged
/// module.
#[derive(Default)]
pub(super) struct Touched {
    instances: Vec<Reach>,
    /// Whether code of the instance can run.
    runs: Vec<bool>,
    memories: HashSet<u32>,
    tables: HashSet<u32>,
    /// The instances whose segments have filled a table that nothing touches yet.
    fillers: HashMap<u32, Vec<usize>>,
}

/// What the code of one instance can name.
#[derive(Default)]
struct Reach {
    /// The instances that define what it imports and can lead to their code: functions, and tables and globals, which can
    /// hold functions from the beginning.
    callees: Vec<usize>,
    memories: Vec<u32>,
    tables: Vec<u32>,
}

impl Touched {
    /// Looks at what each instance can name. Nothing is touched yet.
    pub(super) fn new(assembly: &Assembly<'_>, parts: &[CoreModule<'_>], spaces: &[Space]) -> Self {
        // Without start functions nothing is ever asked.
        if parts.iter().all(|part| part.start.is_none()) {
            return Self::default();
        }
        let mut owners: Kinds<HashMap<u32, usize>> = Kinds::default();
        for (number, part) in made(assembly, parts) {
            for kind in CALLED {
                let own = spaces[number].own(kind, part).iter();
                owners.of_mut(kind).extend(own.map(|item| (*item, number)));
            }
        }
        let mut instances: Vec<Reach> =
            assembly.instances.iter().map(|_| Reach::default()).collect();
        for (number, part) in made(assembly, parts) {
            let mut callees = HashSet::new();
            for kind in CALLED {
                let imported = spaces[number].imported(kind, part).iter();
                let imported = imported.zip(part.imported.of(kind));
                let imported =
                    imported.filter(|(_, import)| leads_to_code(&part.imports[**import as usize]));
                callees.extend(imported.filter_map(|(item, _)| owners.of(kind).get(item)));
            }
            instances[number] = Reach {
                callees: callees.into_iter().copied().collect(),
                memories: spaces[number].all(ExternalKind::Memory).to_vec(),
                tables: spaces[number].all(ExternalKind::Table).to_vec(),
            };
        }
        Self { runs: vec![false; instances.len()], instances, ..Self::default() }
    }

    /// Returns whether a start function can have read or written a memory.
    pub(super) fn has_memory(&self, memory: u32) -> bool {
        self.memories.contains(&memory)
    }

    /// Records that a segment of an instance fills a table. Returns whether a start function can have read or written the
    /// table before.
    pub(super) fn fill(&mut self, table: u32, instance: usize) -> bool {
        match self.tables.contains(&table) {
            // The next start functions can call what is in the table.
            true => self.run(instance),
            false => self.fillers.entry(table).or_default().push(instance),
        }
        self.tables.contains(&table)
    }

    /// Records that code of an instance can run: its start function, or a function that another can call.
    pub(super) fn run(&mut self, instance: usize) {
        let mut open = vec![instance];
        while let Some(instance) = open.pop() {
            if std::mem::replace(&mut self.runs[instance], true) {
                continue;
            }
            let reach = &self.instances[instance];
            open.extend(&reach.callees);
            self.memories.extend(&reach.memories);
            for table in &reach.tables {
                self.tables.insert(*table);
                open.extend(self.fillers.remove(table).into_iter().flatten());
            }
        }
    }
}

/// The kinds of items through which code of another instance can be called.
const CALLED: [ExternalKind; 3] = [ExternalKind::Func, ExternalKind::Table, ExternalKind::Global];

/// Returns the instances that are made, with their modules.
fn made<'p, 'a>(
    assembly: &Assembly<'_>,
    parts: &'p [CoreModule<'a>],
) -> impl Iterator<Item = (usize, &'p CoreModule<'a>)> {
    assembly.order.iter().map(|number| (*number, &parts[assembly.instances[*number].module]))
}

/// Returns whether code can be called through an import of one of these kinds: not through a global that holds a number.
fn leads_to_code(import: &Import<'_>) -> bool {
    match import.ty {
        TypeRef::Global(ty) => matches!(ty.content_type, ValType::Ref(_)),
        _ => true,
    }
}
