//! The linker: which modules are merged, what the result exports, and what shims contribute.
//!
//! `resolve.rs` finds what takes the place of each import, `check.rs` checks its type, and `assembly.rs` makes the assembly
//! for merging. The linker must never export an item of the guest's under a name that a shim has taken.

use super::Replaced;
use super::exports::Exports;
use super::left::Left;
use super::options::Options;
use super::own::Own;
use super::place::Places;
use super::source::{Role, Source, kind};
use super::stub::Stubs;
use super::types::kind_name;
use crate::compile::component::assembly::{Assembly, Instance, Item, Module};
use crate::compile::component::resource::Handles;
use crate::compile::component::supply::Supply;
use crate::error::{Error, Result};
use crate::name::printable;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use wasmparser::{ExternalKind, FuncType};

/// The modules that are merged. Instances are numbered in this order: the sources, [`own`](Self::own),
/// [`places`](Self::places), [`stubs`](Self::stubs), the modules of WASI and of handles, the initializers.
pub(super) struct Linker<'a> {
    pub options: &'a Options,
    pub sources: Vec<Source<'a>>,
    pub assembly: Assembly<'a>,
    pub exports: Exports,
    pub own: Own,
    pub places: Places,
    /// For each source that is position-independent, its number in [`places`](Self::places).
    pub placed: Vec<Option<usize>>,
    /// For each import of each source, what takes its place.
    pub resolved: Vec<Vec<Option<Item>>>,
    pub replaced: Vec<Replaced>,
    pub stubs: Stubs,
    pub claims: HashMap<String, Item>,
    pub supply: Supply,
    pub handles: Handles,
    /// The functions of WASI that take the place of imports, by module, name and type.
    pub wasi: HashMap<(&'a str, &'a str, FuncType), Item>,
    pub left: Left,
}

impl<'a> Linker<'a> {
    /// Creates a linker for the sources, of which the guest is the first.
    pub(super) fn new(options: &'a Options, sources: Vec<Source<'a>>) -> Self {
        let mut assembly = Assembly::default();
        let modules = sources.iter().map(|source| Cow::Borrowed(source.binary));
        // The binaries of own, places and stubs are written later, when their contents are known.
        for binary in modules.chain((0..3).map(|_| Cow::Borrowed(&b""[..]))) {
            assembly
                .instances
                .push(Instance { module: assembly.modules.len(), imports: Vec::new() });
            assembly.modules.push(Module { binary, offset: None });
        }
        assembly.modules[..sources.len()].iter_mut().for_each(|module| module.offset = Some(0));
        let mut places = Places::default();
        let placed = sources
            .iter()
            .map(|source| source.dylink.as_ref().map(|dylink| places.add(dylink.size)));
        let placed = placed.collect();
        let resolved = sources.iter().map(|source| vec![None; source.part.imports.len()]);
        Self {
            options,
            resolved: resolved.collect(),
            assembly,
            exports: Exports::default(),
            own: Own::default(),
            places,
            placed,
            replaced: Vec::new(),
            stubs: Stubs::default(),
            claims: HashMap::new(),
            supply: Supply::silent(),
            handles: Handles::default(),
            wasi: HashMap::new(),
            left: Left::default(),
            sources,
        }
    }

    /// Returns the number of the instance of [`own`](Self::own).
    pub(super) fn own_instance(&self) -> usize {
        self.sources.len()
    }

    /// Returns the number of the instance of [`places`](Self::places).
    pub(super) fn places_instance(&self) -> usize {
        self.sources.len() + 1
    }

    /// Returns the number of the instance of [`stubs`](Self::stubs).
    pub(super) fn stubs_instance(&self) -> usize {
        self.sources.len() + 2
    }

    /// Exports what the guest exports, and its memory as `memory`.
    ///
    /// # Errors
    /// [`Error::Adapt`] if no such memory is exported, or the name is taken.
    pub(super) fn export_guest(&mut self) -> Result<()> {
        let guest = &self.sources[0];
        let item = |kind, index| Item { instance: 0, kind, index };
        for export in &guest.part.exports {
            self.exports.set(export.name, item(super::source::plain(export.kind), export.index));
        }
        // A memory or a table that the guest imports is exported, too: in its own host, another module would export it.
        for (kind, index, import) in guest.numbered_imports() {
            let name = match kind {
                ExternalKind::Memory if index == 0 && self.options.memory.is_none() => "memory",
                ExternalKind::Table => import.name,
                _ => continue,
            };
            if self.exports.get(name).is_none() {
                self.exports.set(name, item(kind, index));
            }
        }
        let Some(name) = self.options.memory.as_deref() else { return Ok(()) };
        match (guest.any_export(name), self.exports.get("memory")) {
            (Some((ExternalKind::Memory, index)), known) => {
                let memory = item(ExternalKind::Memory, index);
                if known.is_some_and(|known| known != memory) {
                    return Err(Error::adapt(format!(
                        "the module exports both \"memory\" and \"{}\"",
                        printable(name)
                    )));
                }
                if known.is_none() {
                    self.replaced.push(Replaced::export("memory", &printable(name)));
                }
                self.exports.set("memory", memory);
                Ok(())
            }
            (found, _) => {
                let all = guest.part.exports.iter();
                let memories = all.filter(|export| export.kind == ExternalKind::Memory);
                let names: Vec<_> = memories.map(|export| printable(export.name)).collect();
                let error = Error::adapt(match found {
                    None => format!("the module exports no memory \"{}\"", printable(name)),
                    Some((kind, _)) => {
                        format!("the export \"{}\" is a {}", printable(name), kind_name(kind))
                    }
                });
                Err(match names.as_slice() {
                    [] => error.with_hint("It exports no memory: link it with --export-memory."),
                    names => error.with_hint(format!("It exports {}.", names.join(", "))),
                })
            }
        }
    }

    /// Enters the shims in order: connects what they import from the guest, and adds what they export.
    ///
    /// # Errors
    /// [`Error::Adapt`] if an import is not exported, or a name is exported twice.
    pub(super) fn enter_shims(&mut self) -> Result<()> {
        let keys = |source: &Source<'a>| {
            let imports = source.part.imports.iter();
            imports.map(|import| format!("{}#{}", import.module, import.name)).collect::<Vec<_>>()
        };
        let others = self.sources.iter().filter(|source| !source.is_shim());
        let wanted: HashSet<String> = others.flat_map(keys).collect();
        let mut users = HashSet::new();
        for (instance, shim) in self.sources.iter().enumerate() {
            let Role::Shim { is_ours } = shim.role else { continue };
            for (at, import) in shim.part.imports.iter().enumerate() {
                if import.module != GUEST {
                    continue;
                }
                let found = self.exports.get(import.name);
                let Some(item) = found.filter(|item| item.kind == kind(import)) else {
                    return Err(Error::adapt(format!(
                        "{} imports a {} \"{}\" that the module does not export",
                        shim.subject(),
                        kind_name(kind(import)),
                        printable(import.name)
                    ))
                    .with_hint("A shim imports from \"guest\" what the module exports, or what the shims before it export."));
                };
                self.resolved[instance][at] = Some(item);
            }
            for export in &shim.part.exports {
                let kind = super::source::plain(export.kind);
                let item = Item { instance, kind, index: export.index };
                if !wanted.contains(export.name) {
                    let had = self.exports.get(export.name).is_some();
                    if had || !is_ours {
                        self.replaced.push(Replaced::export(export.name, &shim.subject()));
                    }
                    self.exports.set(export.name, item);
                } else if !is_ours && !users.insert(export.name) {
                    return Err(Error::adapt(format!(
                        "two shims export \"{}\"",
                        printable(export.name)
                    )));
                } else {
                    self.claims.insert(export.name.to_string(), item);
                }
            }
        }
        Ok(())
    }
}

/// The name of the module from which shims import the guest's exports.
pub(super) const GUEST: &str = crate::compile::component::GUEST;
