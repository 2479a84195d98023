//! The assembly: what is merged, in which order instances are made, and what initializes them.
//!
//! It must never run an initializer twice, nor before the state that it reads exists.

use super::linker::Linker;
use super::source::Role;
use super::{Replaced, init, order};
use crate::compile::component::assembly::{Assembly, Instance, Item, Module};
use crate::error::Result;
use std::borrow::Cow;
use std::collections::HashSet;
use wasmparser::ExternalKind;

impl<'a> Linker<'a> {
    /// Returns the functions of a source that its host would call after instantiation, with their names.
    pub(super) fn initializers(&self, instance: usize) -> Vec<(&'static str, Item)> {
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
        self.assembly.modules.push(Module { binary, offset: None });
        self.assembly
            .instances
            .push(Instance { module: self.assembly.modules.len() - 1, imports: functions });
        self.assembly.instances.len() - 1
    }

    /// Returns the assembly for merging, and what replaced each import.
    ///
    /// # Errors
    /// [`Error::Adapt`] if instances need each other in a circle.
    pub(super) fn into_plan(mut self) -> Result<(Assembly<'a>, Vec<Replaced>)> {
        self.write_places()?;
        self.check_types()?;
        self.enlarge_for_shims()?;
        let (own, stubs) = (self.own_instance(), self.stubs_instance());
        self.assembly.modules[own].binary = Cow::Owned(self.own.binary());
        self.assembly.modules[stubs].binary = Cow::Owned(self.stubs.binary());
        for (instance, all) in self.resolved.iter().enumerate() {
            self.assembly.instances[instance].imports = all.iter().flatten().copied().collect();
        }
        self.order()?;
        let memory = self.exports.get("memory");
        let memory = memory.filter(|item| item.kind == ExternalKind::Memory);
        let first = Item { instance: 0, kind: ExternalKind::Memory, index: 0 };
        self.assembly.main = memory.or_else(|| self.sources[0].has_memory().then_some(first));
        self.assembly.exports = self.exports.into_all();
        Ok((self.assembly, self.replaced))
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
        // Of the instances after the sources, only those of `places` and of WASI import anything.
        for (instance, made) in self.assembly.instances.iter().enumerate().skip(self.sources.len())
        {
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
        // Relocations come before any code that may read the relocated addresses.
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
        // Where nothing else decides, shims come first and the guest comes last.
        let count = self.assembly.instances.len();
        let rank = |instance: usize| match self.sources.get(instance).map(|source| source.role) {
            Some(Role::Shim { .. }) => 1,
            Some(Role::With(_)) => 2,
            Some(Role::Guest) => 3,
            None => 0,
        };
        self.assembly.order = order::of(count, &needs, &rank)?;
        // The host calls the guest's own initializer, unless an initializer of another module comes after the guest.
        let guest =
            self.assembly.order.iter().position(|instance| *instance == 0).unwrap_or_default();
        let of_guest: Vec<_> = self.initializers(0).into_iter().map(|(_, item)| item).collect();
        let is_before = self.assembly.order[guest..].iter().any(|one| initializers.contains(one));
        if is_before && self.placed[0].is_none() && !of_guest.is_empty() {
            let instance = self.add_initializers(of_guest);
            self.assembly.order.insert(guest + 1, instance);
            self.forget_initializers();
        }
        Ok(())
    }

    /// Removes the exports of initializers that the start function calls.
    fn forget_initializers(&mut self) {
        for name in ["_initialize", "__wasm_call_ctors", "__wasm_apply_data_relocs"] {
            if self.exports.get(name).is_some_and(|item| item.instance == 0) {
                self.exports.remove(name);
            }
        }
    }
}
