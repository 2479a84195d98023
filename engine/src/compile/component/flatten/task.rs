//! Our modules around lifted functions, and our modules whose functions a guest's call can import.

use super::super::assembly::Item;
use super::super::builtin::{self, FunctionType};
use super::super::task::{self, Held, Lifted};
use super::{Flattener, untold};
use crate::error::Result;
use crate::read::inspect::core_module::CoreModule;
use crate::read::inspect::invalid;
use wasmparser::{ExternalKind, Operator as O};
use wasmtime_environ::component::{RuntimeComponentInstanceIndex, StaticModuleIndex};
use wasmtime_environ::{EntityType, Trap};

impl Flattener<'_, '_> {
    /// Returns the global that says whether a component instance may be left.
    pub(super) fn may_leave(&mut self, of: RuntimeComponentInstanceIndex) -> Result<Item> {
        if let Some(known) = self.flags.get(&of) {
            return Ok(*known);
        }
        let instance = self.own(builtin::FLAGS, Vec::new())?;
        let item = Item { instance, kind: ExternalKind::Global, index: 0 };
        self.flags.insert(of, item);
        Ok(item)
    }

    /// Returns the global that is a slot of the current task's storage.
    pub(super) fn slot(&mut self, slot: u32) -> Result<Item> {
        let instance = match self.context {
            Some(known) => known,
            None => {
                let made = self.own(task::CONTEXT, Vec::new())?;
                *self.context.insert(made)
            }
        };
        Ok(Item { instance, kind: ExternalKind::Global, index: slot })
    }

    /// Returns the function `context.get` or `context.set`.
    pub(super) fn context(&mut self, slot: u32, is_set: bool) -> Result<Item> {
        let slot = self.slot(slot)?;
        self.own_function(task::context(is_set), vec![slot])
    }

    /// Returns the function `backpressure.inc` or `backpressure.dec`.
    pub(super) fn backpressure(
        &mut self,
        of: RuntimeComponentInstanceIndex,
        name: &str,
    ) -> Result<Item> {
        let instance = match self.backpressure.get(&of) {
            Some(known) => *known,
            None => {
                let made = self.own(task::BACKPRESSURE, Vec::new())?;
                self.backpressure.insert(of, made);
                made
            }
        };
        self.exported(instance, name)
    }

    /// Returns the function by which the host calls a lifted function.
    pub(super) fn lifted(
        &mut self,
        function: Item,
        post_return: Option<Item>,
        ty: &FunctionType,
    ) -> Result<Item> {
        let around = Lifted { tells: post_return.is_some(), has_storage: self.has_storage };
        if !around.tells && !around.has_storage {
            return Ok(function);
        }
        let mut imports = vec![function];
        imports.extend(post_return);
        if around.has_storage {
            imports.extend([self.slot(0)?, self.slot(1)?]);
        }
        self.own_function(&around.text(ty), imports)
    }

    /// Returns the function by which the host calls a post-return function of a component instance.
    pub(super) fn post_return(
        &mut self,
        function: Item,
        of: RuntimeComponentInstanceIndex,
        ty: &FunctionType,
    ) -> Result<Item> {
        self.held(function, of, "post-return", ty, false)
    }

    /// Returns the function by which the host calls the allocator of a component instance.
    pub(super) fn realloc(
        &mut self,
        function: Item,
        of: RuntimeComponentInstanceIndex,
    ) -> Result<Item> {
        let ty = FunctionType { params: vec!["i32".into(); 4], results: vec!["i32".into()] };
        self.held(function, of, "realloc", &ty, self.has_storage)
    }

    fn held(
        &mut self,
        function: Item,
        of: RuntimeComponentInstanceIndex,
        name: &str,
        ty: &FunctionType,
        has_storage: bool,
    ) -> Result<Item> {
        // Exports come last. If nothing has asked yet whether the instance may be left, nothing will.
        let is_asked = self.flags.contains_key(&of);
        let around = Held { is_asked, has_storage };
        if around.is_nothing() {
            return Ok(function);
        }
        // A function gets only one wrapper, whichever instance re-exports it, because all exports must share one
        // allocator.
        let function = self.origin(function)?;
        let key = (function.instance, function.index);
        if let Some(known) = self.held.get(&key) {
            return Ok(*known);
        }
        let mut imports = vec![function];
        if is_asked {
            imports.push(self.may_leave(of)?);
        }
        if has_storage {
            imports.extend([self.slot(0)?, self.slot(1)?]);
        }
        let item = self.own_function(&around.text(name, ty), imports)?;
        self.held.insert(key, item);
        Ok(item)
    }

    /// Returns an item as the instance that defines it has it, before other instances imported and re-exported it.
    fn origin(&self, mut item: Item) -> Result<Item> {
        loop {
            let instance = &self.assembly.instances[item.instance];
            let part = CoreModule::read(&self.assembly.modules[instance.module].binary)?;
            let Some(import) = part.imported.of(item.kind).get(item.index as usize) else {
                return Ok(item);
            };
            // An instance imports only from instances that were made before it.
            item = *instance.imports.get(*import as usize).ok_or_else(untold)?;
        }
    }

    /// Wraps the post-return functions among an adapter's imports. wasmtime's adapters call them like any other
    /// function.
    pub(super) fn hold_post_returns(
        &mut self,
        adapter: StaticModuleIndex,
        imports: &mut [Item],
    ) -> Result<()> {
        let module = &self.statics[adapter].module;
        for (item, (name, _, ty)) in imports.iter_mut().zip(module.imports()) {
            let owner = self.owners.get(item.instance).copied().flatten();
            let (EntityType::Function(ty), Some(owner)) = (ty, owner) else { continue };
            if name == "post_return" {
                let ty = self.core_type(ty.unwrap_module_type_index())?;
                *item = self.post_return(*item, owner, &ty)?;
            }
        }
        Ok(())
    }

    /// Records which of an adapter's functions only trap. wasmtime's adapters do not let an instance be entered from
    /// itself, from a component within it, or from the component that contains it, although the specification allows
    /// it (`may_enter_from`).
    pub(super) fn note_reentrance(
        &mut self,
        adapter: StaticModuleIndex,
        instance: usize,
    ) -> Result<()> {
        let part = CoreModule::read(self.statics[adapter].wasm)?;
        let imported = part.imported.functions.len() as u32;
        for (at, body) in part.bodies.iter().enumerate() {
            let code = body.get_operators_reader().map_err(invalid)?.into_iter();
            let begin = code.take(3).collect::<wasmparser::Result<Vec<_>>>().map_err(invalid)?;
            if let [O::I32Const { value }, O::Call { .. }, O::Unreachable] = begin.as_slice()
                && *value == Trap::CannotEnterComponent as i32
            {
                let item = Item { instance, kind: ExternalKind::Func, index: imported + at as u32 };
                self.assembly.absent.push((item, "a call between a component and one within it"));
            }
        }
        Ok(())
    }
}
