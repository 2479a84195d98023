//! Resolves imports: finds the item that takes the place of each.
//!
//! The first of these that exists is taken: what a shim exports for it; a stub that names it; what a module given for
//! it exports; the address where a position-independent module is placed; what the guest itself exports, for the
//! other modules; what a module's own resources need; WASI; an item of a known shape; a stub. This must never guess: an import without any of these is
//! left, and refused.

use super::Replaced;
use super::left::is_logging;
use super::linker::{GUEST, Linker};
use super::options::Stub;
use super::own;
use super::place::GlobalValue;
use super::said;
use super::source::{Role, kind, shown};
use super::stub;
use super::types::{ItemType, signature_of};
use crate::compile::component::assembly::{Instance, Item, Module};
use crate::compile::component::resource::{Destructors, HandleImport};
use crate::error::{Error, Result};
use wasmparser::{ExternalKind, FuncType, Import};

/// The most instances. WASI has a few hundred functions. Ordering many more instances would take long.
const MOST_INSTANCES: usize = 10_000;

/// An item, and what reports call it.
type Found = Option<(Item, String)>;

impl<'a> Linker<'a> {
    /// Finds what takes the place of every import.
    ///
    /// # Errors
    /// [`Error::Adapt`], with all imports that are left.
    pub(super) fn resolve(&mut self) -> Result<()> {
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
            && let Some(import) = HandleImport::of(module, name, &signature_of(ty))
        {
            let destructors = Destructors::of(&self.sources[instance].part);
            let item = self.handles.supply(&mut self.assembly, import, instance, &destructors)?;
            return Ok(Some((item, "what a resource of its own needs".into())));
        }
        if let ItemType::Function(ty) = &ty
            && said::is_import(module, name, ty)
        {
            if instance == 0 {
                return Ok(Some((self.said(), "the same import, which a server supplies".into())));
            }
            let found = self.stub(Stub::Zero, module, name, ty);
            return Ok(found.map(|(item, _)| (item, "a stub that drops what is said".into())));
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
        // Code compares the address of a function that may be undefined with 0 before it calls it.
        let missing = self.is_weak(instance, module, name).then_some(Stub::Trap);
        match (&ty, self.options.other_stub().or(missing)) {
            (ItemType::Function(ty), Some(stub)) => Ok(self.stub(stub, module, name, ty)),
            _ => Ok(None),
        }
    }

    /// Returns what another module exports for an import.
    pub(super) fn linked(
        &self,
        instance: usize,
        module: &str,
        name: &str,
        kind: ExternalKind,
    ) -> Found {
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
        // In dynamic linking all modules share one name space. A module that only re-exports a symbol does not define
        // it.
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

    /// Returns the function in the place of the import that stays.
    fn said(&mut self) -> Item {
        if let Some(known) = self.exports.get(said::PLACE) {
            return known;
        }
        let instance = self.assembly.instances.len();
        let module = self.assembly.modules.len();
        self.assembly.modules.push(Module { binary: said::binary(), offset: None });
        self.assembly.instances.push(Instance { module, imports: Vec::new() });
        let item = Item { instance, kind: ExternalKind::Func, index: 0 };
        self.exports.set(said::PLACE, item);
        item
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
        if !crate::compile::wasi::covers(module, name) {
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
        if self.assembly.instances.len() > MOST_INSTANCES {
            return Err(Error::adapt(format!(
                "more than {MOST_INSTANCES} functions of WASI are imported"
            )));
        }
        let signature = signature_of(ty);
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
        let found = self.supply.stub(
            &mut self.assembly,
            Some(stubs),
            module,
            name,
            &signature,
            (memory, realloc),
        )?;
        if let Some(item) = found
            && is_guest
        {
            self.wasi.insert(key, item);
        }
        Ok(found.map(|item| (item, by())))
    }

    /// Returns the stub for a function of which only the address is taken.
    pub(super) fn stub_named(&mut self, module: &str, name: &str, ty: &FuncType) -> Found {
        let stub = self.options.named_stub(&format!("{module}.{name}"));
        let stub = stub.or_else(|| self.options.other_stub())?;
        self.stub(stub, module, name, ty)
    }

    /// Returns what a shim exports for an import.
    pub(super) fn claimed(&self, module: &str, name: &str) -> Option<Item> {
        self.claims.get(&format!("{module}#{name}")).copied()
    }

    /// Returns a global of `places` with that value.
    pub(super) fn place_global(&mut self, value: GlobalValue, mutable: Option<&str>) -> Item {
        let index = self.places.global(value, mutable);
        Item { instance: self.places_instance(), kind: ExternalKind::Global, index }
    }
}
