//! The linker: which item takes the place of each import, and the plan that comes of it.
//!
//! In this order: what a shim exports for it; a stub that names it; what a module given for it exports; where a
//! position-independent module is placed; what the guest itself exports, for the others; WASI; an item of a known
//! shape; a stub. It must never put an item where another type is imported.

use super::exports::Exports;
use super::left::{Left, is_logging};
use super::options::{Options, Stub};
use super::own::{self, Own};
use super::place::{Places, Value};
use super::source::{Role, Source, kind, shown};
use super::stub::{self, Stubs};
use super::types::{ItemType, kind_name};
use super::{Replaced, init, order};
use crate::abi::CoreSignature;
use crate::component::plan::{Instance, Item, Module, Plan};
use crate::component::supply::Supply;
use crate::error::{Error, Result};
use crate::inspect::core_type;
use crate::name::printable;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use wasmparser::{ExternalKind, FuncType, Import};

/// What is put together. Instances are numbered: the sources, [`own`](Self::own), [`places`](Self::places),
/// [`stubs`](Self::stubs), the modules of WASI, initializers.
pub(super) struct Linker<'a> {
    pub options: &'a Options,
    pub sources: Vec<Source<'a>>,
    pub plan: Plan<'a>,
    pub exports: Exports,
    pub own: Own,
    pub places: Places,
    /// The number among [`places`](Self::places) of each source that is position-independent.
    pub placed: Vec<Option<usize>>,
    /// For each source, for each import, what takes its place.
    pub resolved: Vec<Vec<Option<Item>>>,
    pub replaced: Vec<Replaced>,
    stubs: Stubs,
    claims: HashMap<String, Item>,
    supply: Supply,
    /// What takes the place of functions of WASI, by module, name and type.
    wasi: HashMap<(&'a str, &'a str, FuncType), Item>,
    left: Left,
}

/// The most instances. WASI has a few hundred functions; the order of many takes long.
const MOST_INSTANCES: usize = 10_000;

/// An item that was found, and what it is called.
type Found = Option<(Item, String)>;

impl<'a> Linker<'a> {
    /// With sources, the guest first.
    pub fn new(options: &'a Options, sources: Vec<Source<'a>>) -> Self {
        let mut plan = Plan::default();
        let modules = sources.iter().map(|source| Cow::Borrowed(source.binary));
        // Own, places and stubs are written when it is known what is in them.
        for binary in modules.chain((0..3).map(|_| Cow::Borrowed(&b""[..]))) {
            plan.instances.push(Instance { module: plan.modules.len(), imports: Vec::new() });
            plan.modules.push(Module { binary, offset: None });
        }
        plan.modules[..sources.len()].iter_mut().for_each(|module| module.offset = Some(0));
        let mut places = Places::default();
        let placed = sources
            .iter()
            .map(|source| source.dylink.as_ref().map(|dylink| places.add(dylink.size)));
        let placed = placed.collect();
        let resolved = sources.iter().map(|source| vec![None; source.part.imports.len()]);
        Self {
            options,
            resolved: resolved.collect(),
            plan,
            exports: Exports::default(),
            own: Own::default(),
            places,
            placed,
            replaced: Vec::new(),
            stubs: Stubs::default(),
            claims: HashMap::new(),
            supply: Supply::default(),
            wasi: HashMap::new(),
            left: Left::default(),
            sources,
        }
    }

    /// The instance of what is supplied.
    pub fn own_instance(&self) -> usize {
        self.sources.len()
    }

    /// The instance of places.
    pub fn places_instance(&self) -> usize {
        self.sources.len() + 1
    }

    fn stubs_instance(&self) -> usize {
        self.sources.len() + 2
    }

    /// Exports what the guest does; with its memory as `memory`.
    ///
    /// # Errors
    /// [`Error::Adapt`].
    pub fn export_guest(&mut self) -> Result<()> {
        let guest = &self.sources[0];
        let item = |kind, index| Item { instance: 0, kind, index };
        for export in &guest.part.exports {
            self.exports.set(export.name, item(super::source::plain(export.kind), export.index));
        }
        // Imported ones would be exported by whoever they were imported from.
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

    /// Enters the shims, in order: what they import of the guest, and what they export.
    ///
    /// # Errors
    /// [`Error::Adapt`].
    pub fn enter_shims(&mut self) -> Result<()> {
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
                    .with_hint("What a shim imports from \"guest\" are exports of the module, or of shims before it."));
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

    /// Finds what takes the place of every import.
    ///
    /// # Errors
    /// [`Error::Adapt`], with all imports that are left.
    pub fn resolve(&mut self) -> Result<()> {
        let functions = self.sources.iter().flat_map(|source| {
            let all = source.part.imports.iter();
            all.filter(|import| kind(import) == ExternalKind::Func && import.module != GUEST)
                .map(|import| format!("{}.{}", import.module, import.name))
        });
        self.options.check_patterns(&functions.collect::<Vec<_>>())?;
        for instance in 0..self.sources.len() {
            for at in 0..self.resolved[instance].len() {
                if self.resolved[instance][at].is_some() {
                    continue;
                }
                let import = self.sources[instance].part.imports[at];
                match self.find(instance, &import)? {
                    Some((item, by)) => {
                        self.resolved[instance][at] = Some(item);
                        self.replaced.push(Replaced::import(import.module, import.name, by));
                    }
                    None => self.left.add(&self.sources[instance], &import),
                }
            }
        }
        self.left.check()
    }

    fn find(&mut self, instance: usize, import: &Import<'a>) -> Result<Found> {
        let (module, name) = (import.module, import.name);
        let ty = self.sources[instance].import_type(import);
        let full_name = format!("{module}.{name}");
        if let Some(item) = self.claims.get(&format!("{module}#{name}")).copied()
            && item.instance != instance
            && item.kind == ty.kind()
            && (!self.sources[item.instance].is_ours()
                || self.options.named_stub(&full_name).is_none())
        {
            return Ok(Some((item, self.sources[item.instance].subject())));
        }
        if let ItemType::Function(ty) = &ty
            && let Some(stub) = self.options.named_stub(&full_name)
        {
            let found = self.stub(stub, module, name, ty);
            return found.map(Some).ok_or_else(|| {
                Error::adapt(format!("{} cannot be replaced by a stub", shown(module, name)))
                    .with_detail(format!("It is {}.", ItemType::Function(ty.clone())))
            });
        }
        if self.placed[instance].is_some()
            && let Some(found) = self.place(instance, import)?
        {
            return Ok(Some(found));
        }
        if let Some(found) = self.linked(instance, module, name, ty.kind()) {
            return Ok(Some(found));
        }
        if let ItemType::Function(ty) = &ty
            && let Some(found) = self.wasi(instance, module, name, ty)?
        {
            return Ok(Some(found));
        }
        if let Some(index) = self.own.item(module, name, &ty)? {
            let item = Item { instance: self.own_instance(), kind: ty.kind(), index };
            return Ok(Some((item, own::what(ty.kind()))));
        }
        // Code looks at the address of what may be missing before it calls it.
        let missing = self.is_weak(instance, module, name).then_some(Stub::Trap);
        match (&ty, self.options.other_stub().or(missing)) {
            (ItemType::Function(ty), Some(stub)) => Ok(self.stub(stub, module, name, ty)),
            _ => Ok(None),
        }
    }

    /// What another module exports for an import.
    pub fn linked(&self, instance: usize, module: &str, name: &str, kind: ExternalKind) -> Found {
        let from = |other: usize| {
            let source = &self.sources[other];
            let index = source.export(kind, name)?;
            let by = match source.role {
                Role::Guest => "what the module itself exports".into(),
                _ => source.subject(),
            };
            Some((Item { instance: other, kind, index }, by))
        };
        let all = 0..self.sources.len();
        let given = |other: &usize| self.sources[*other].role == Role::With(module);
        if let Some(found) = all.clone().filter(given).find_map(from) {
            return Some(found);
        }
        // Symbols of dynamic linking are of one name space; who passes one on does not define it.
        if self.placed[instance].is_some() && module == "env" {
            let defines = |other: &usize| {
                let source = &self.sources[*other];
                let index = source.export(kind, name);
                !source.is_shim()
                    && index.is_some_and(|index| source.own_type(kind, index).is_some())
            };
            return all.filter(defines).find_map(from);
        }
        let is_with = matches!(self.sources[instance].role, Role::With(_));
        let is_other = all.clone().any(|other| given(&other)) || super::left::is_wasi(module, name);
        if is_with && !is_other { from(0) } else { None }
    }

    fn stub(&mut self, stub: Stub, module: &str, name: &str, ty: &FuncType) -> Found {
        let index = self.stubs.function(stub, module, name, ty)?;
        let item = Item { instance: self.stubs_instance(), kind: ExternalKind::Func, index };
        Some((item, stub::what(stub).into()))
    }

    fn wasi(
        &mut self,
        instance: usize,
        module: &'a str,
        name: &'a str,
        ty: &FuncType,
    ) -> Result<Found> {
        let Some(stubs) = self.options.wasi.stubs() else { return Ok(None) };
        if is_logging(module) && ty.results().is_empty() {
            let found = self.stub(Stub::Zero, module, name, ty);
            return Ok(found.map(|(item, _)| (item, "a stub that drops what is logged".into())));
        }
        if !crate::wasi::covers(module, name) {
            return Ok(None);
        }
        let by = || "WASI with nothing in it".to_string();
        let key = (module, name, ty.clone());
        let is_guest = instance == 0;
        if let Some(known) = self.wasi.get(&key)
            && is_guest
        {
            return Ok(Some((*known, by())));
        }
        if self.plan.instances.len() > MOST_INSTANCES {
            return Err(Error::adapt(format!(
                "more than {MOST_INSTANCES} functions of WASI are imported"
            )));
        }
        let signature = CoreSignature {
            params: ty.params().iter().map(core_type).collect(),
            results: ty.results().iter().map(core_type).collect(),
        };
        let source = &self.sources[instance];
        let own = |kind, index| Item { instance, kind, index };
        let (memory, realloc) = match is_guest {
            true => (self.exports.get("memory"), self.exports.get("cabi_realloc")),
            false => {
                let export = |kind, name| source.export(kind, name).map(|index| own(kind, index));
                let memory = export(ExternalKind::Memory, "memory");
                (memory, export(ExternalKind::Func, "cabi_realloc"))
            }
        };
        let has_memory = source.has_memory();
        let memory = memory.filter(|item| item.kind == ExternalKind::Memory);
        let memory = memory.or_else(|| has_memory.then(|| own(ExternalKind::Memory, 0)));
        let realloc = realloc.filter(|item| item.kind == ExternalKind::Func);
        let found =
            self.supply.stub(&mut self.plan, stubs, module, name, &signature, (memory, realloc))?;
        if let Some(item) = found
            && is_guest
        {
            self.wasi.insert(key, item);
        }
        Ok(found.map(|item| (item, by())))
    }

    /// What an item was before it was imported and passed on; None: it was passed around in a circle.
    pub fn origin(&self, mut item: Item) -> Option<Item> {
        for _ in 0..=self.sources.len() {
            let Some(source) = self.sources.get(item.instance) else { return Some(item) };
            let Some(place) = source.part.imported.of(item.kind).get(item.index as usize) else {
                return Some(item);
            };
            item = self.resolved[item.instance][*place as usize]?;
        }
        None
    }

    /// The type of an item that was not imported; None: it is of WASI, whose types have been looked at.
    fn ty(&self, item: Item) -> Option<ItemType> {
        let instance = item.instance;
        if let Some(source) = self.sources.get(instance) {
            return source.own_type(item.kind, item.index);
        }
        if instance == self.own_instance() {
            return self.own.ty(item.kind, item.index).cloned();
        }
        if instance == self.places_instance() {
            return self.places.ty(item.index).map(ItemType::Global);
        }
        if instance == self.stubs_instance() {
            return self.stubs.ty(item.index).cloned().map(ItemType::Function);
        }
        None
    }

    /// Checks the types of all that takes an import's place.
    ///
    /// # Errors
    /// [`Error::Adapt`].
    pub fn check_types(&self) -> Result<()> {
        for (instance, source) in self.sources.iter().enumerate() {
            for (import, item) in source.part.imports.iter().zip(&self.resolved[instance]) {
                let Some(item) = item else { continue };
                let what = || format!("the import {}", shown(import.module, import.name));
                let Some(origin) = self.origin(*item) else {
                    return Err(Error::adapt(format!("{} is of itself", what())).with_detail(
                        "The modules that could export it import it from each other.",
                    ));
                };
                let Some(found) = self.ty(origin) else { continue };
                let wanted = source.import_type(import);
                let is_given_room =
                    source.is_shim() && found.clone().unlimited().fits(&wanted.clone().unlimited());
                if !found.fits(&wanted) && !is_given_room {
                    let by = match self.sources.get(origin.instance) {
                        Some(source) if origin.instance != 0 => source.subject(),
                        _ => "the module".into(),
                    };
                    let of = source.subject();
                    return Err(Error::adapt(format!("{} has another type", what()))
                        .with_detail(format!("{of} imports {wanted}, {by} has {found}.")));
                }
            }
        }
        Ok(())
    }

    /// Functions of a source that its host calls when it is instantiated.
    pub fn initializers(&self, instance: usize) -> Vec<(&'static str, Item)> {
        let source = &self.sources[instance];
        let found = |name: &'static str| {
            let ty = source.function(name)?;
            let index = source.export(ExternalKind::Func, name)?;
            let is_called = source.part.start == Some(index);
            let is_initializer = ty.params().is_empty() && ty.results().is_empty() && !is_called;
            let item = Item { instance, kind: ExternalKind::Func, index };
            is_initializer.then_some((name, item))
        };
        let of_all = found("_initialize").or_else(|| found("__wasm_call_ctors"));
        let relocations = source.dylink.as_ref().and_then(|_| found("__wasm_apply_data_relocs"));
        relocations.into_iter().chain(of_all).collect()
    }

    fn add_initializers(&mut self, functions: Vec<Item>) -> usize {
        let binary = Cow::Owned(init::calls(functions.len() as u32));
        self.plan.modules.push(Module { binary, offset: None });
        self.plan
            .instances
            .push(Instance { module: self.plan.modules.len() - 1, imports: functions });
        self.plan.instances.len() - 1
    }

    /// The plan, with all that has been found.
    ///
    /// # Errors
    /// [`Error::Adapt`].
    pub fn into_plan(mut self) -> Result<(Plan<'a>, Vec<Replaced>)> {
        self.write_places()?;
        self.check_types()?;
        self.enlarge_for_shims()?;
        let (own, stubs) = (self.own_instance(), self.stubs_instance());
        self.plan.modules[own].binary = Cow::Owned(self.own.binary());
        self.plan.modules[stubs].binary = Cow::Owned(self.stubs.binary());
        for (instance, all) in self.resolved.iter().enumerate() {
            self.plan.instances[instance].imports = all.iter().flatten().copied().collect();
        }
        self.order()?;
        let memory = self.exports.get("memory");
        let memory = memory.filter(|item| item.kind == ExternalKind::Memory);
        let first = Item { instance: 0, kind: ExternalKind::Memory, index: 0 };
        self.plan.main = memory.or_else(|| self.sources[0].has_memory().then_some(first));
        self.plan.exports = self.exports.into_all();
        Ok((self.plan, self.replaced))
    }

    /// Decides when each instance is made, and what initializes it.
    fn order(&mut self) -> Result<()> {
        let mut needs = Vec::new();
        for (instance, source) in self.sources.iter().enumerate() {
            for (import, item) in source.part.imports.iter().zip(&self.resolved[instance]) {
                let Some(origin) = item.and_then(|item| self.origin(item)) else { continue };
                needs.push((instance, origin.instance, source.need(import)));
            }
        }
        // Of those after the sources none but the places' and WASI's import anything.
        for (instance, made) in self.plan.instances.iter().enumerate().skip(self.sources.len()) {
            let need = |item: &Item| match item.kind {
                ExternalKind::Global => order::Need::Read,
                _ => order::Need::Call,
            };
            needs.extend(made.imports.iter().map(|item| (instance, item.instance, need(item))));
        }
        let is_placed = |instance: &usize| self.placed[*instance].is_some();
        let mut initialized = Vec::new();
        let all: Vec<_> = (0..self.sources.len()).filter(is_placed).collect();
        let group: Vec<_> = all.iter().flat_map(|instance| self.initializers(*instance)).collect();
        // Relocations come before whatever may read what is relocated.
        let is_late = |(name, _): &&(&str, Item)| *name != "__wasm_apply_data_relocs";
        let (late, early): (Vec<_>, Vec<_>) = group.iter().partition(is_late);
        let group: Vec<_> = early.into_iter().chain(late).map(|(_, item)| item).collect();
        if !group.is_empty() {
            initialized.push((all, group));
        }
        for instance in 1..self.sources.len() {
            let of: Vec<_> =
                self.initializers(instance).into_iter().map(|(_, item)| item).collect();
            if matches!(self.sources[instance].role, Role::With(_))
                && !is_placed(&instance)
                && !of.is_empty()
            {
                initialized.push((vec![instance], of));
            }
        }
        let mut initializers = HashSet::new();
        for (of, functions) in initialized {
            if of.contains(&0) {
                self.forget_initializers();
            }
            let instance = self.add_initializers(functions);
            initializers.insert(instance);
            let users =
                needs.iter().filter(|(user, used, _)| of.contains(used) && !of.contains(user));
            let users: HashSet<usize> = users.map(|(user, _, _)| *user).collect();
            let mut users: Vec<usize> = users.into_iter().collect();
            users.sort_unstable();
            needs.extend(users.into_iter().map(|user| (user, instance, order::Need::Call)));
            needs.extend(of.into_iter().map(|of| (instance, of, order::Need::Read)));
        }
        // Shims first, and the guest last, where nothing else decides.
        let count = self.plan.instances.len();
        let rank = |instance: usize| match self.sources.get(instance).map(|source| source.role) {
            Some(Role::Shim { .. }) => 1,
            Some(Role::With(_)) => 2,
            Some(Role::Guest) => 3,
            None => 0,
        };
        self.plan.order = order::of(count, &needs, &rank)?;
        // The guest's own initializer is the host's to call, unless another's comes after the guest.
        let guest = self.plan.order.iter().position(|instance| *instance == 0).unwrap_or_default();
        let of_guest: Vec<_> = self.initializers(0).into_iter().map(|(_, item)| item).collect();
        let is_before = self.plan.order[guest..].iter().any(|one| initializers.contains(one));
        if is_before && self.placed[0].is_none() && !of_guest.is_empty() {
            let instance = self.add_initializers(of_guest);
            self.plan.order.insert(guest + 1, instance);
            self.forget_initializers();
        }
        Ok(())
    }

    /// The start function calls them.
    fn forget_initializers(&mut self) {
        for name in ["_initialize", "__wasm_call_ctors", "__wasm_apply_data_relocs"] {
            if self.exports.get(name).is_some_and(|item| item.instance == 0) {
                self.exports.remove(name);
            }
        }
    }

    /// A global among the places.
    pub fn place_global(&mut self, value: Value, mutable: Option<&str>) -> Item {
        let index = self.places.global(value, mutable);
        Item { instance: self.places_instance(), kind: ExternalKind::Global, index }
    }

    /// The stub that a function may have that is not called but whose address is taken.
    pub fn stub_named(&mut self, module: &str, name: &str, ty: &FuncType) -> Found {
        let stub = self.options.named_stub(&format!("{module}.{name}"));
        let stub = stub.or_else(|| self.options.other_stub())?;
        self.stub(stub, module, name, ty)
    }

    /// What a shim exports for an import.
    pub fn claimed(&self, module: &str, name: &str) -> Option<Item> {
        self.claims.get(&format!("{module}#{name}")).copied()
    }
}

/// The module that shims import the guest's exports from.
pub(super) const GUEST: &str = crate::component::GUEST;
