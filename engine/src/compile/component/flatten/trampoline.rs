//! Our modules between core modules: transcoders, handles of resources, lowered imports.

use super::super::assembly::{Instance, Item, Module};
use super::super::builtin;
use super::super::handles;
use super::super::task;
use super::{Flattener, untold};
use crate::error::{Error, Result};
use crate::read::inspect::core_module::CoreModule;
use std::borrow::Cow;
use wasmparser::ExternalKind;
use wasmtime_environ::ModuleInternedTypeIndex;
use wasmtime_environ::component::{
    FixedEncoding, OptionsIndex, RuntimeComponentInstanceIndex, RuntimeImportIndex, Trampoline,
    TrampolineIndex, Transcode, TypeResourceTable, TypeResourceTableIndex,
};

enum Destructor {
    Imported,
    None,
    Function {
        function: Item,
        /// The component instance that the resource belongs to.
        home: RuntimeComponentInstanceIndex,
    },
}

impl Flattener<'_, '_> {
    /// Instantiates a module of ours. Returns the number of the instance.
    pub(super) fn own(&mut self, text: &str, imports: Vec<Item>) -> Result<usize> {
        let module = match self.ours.get(text) {
            Some(known) => *known,
            None => {
                let binary = Cow::Owned(builtin::binary(text)?);
                self.assembly.modules.push(Module { binary, offset: None });
                self.ours.insert(text.to_string(), self.assembly.modules.len() - 1);
                self.assembly.modules.len() - 1
            }
        };
        self.assembly.instances.push(Instance { module, imports });
        Ok(self.assembly.instances.len() - 1)
    }

    /// Instantiates a module of ours that exports one function. Returns that function.
    pub(super) fn own_function(&mut self, text: &str, imports: Vec<Item>) -> Result<Item> {
        let instance = self.own(text, imports)?;
        let module = &self.assembly.modules[self.assembly.instances[instance].module];
        let part = CoreModule::read(&module.binary)?;
        let mut exports = part.exports.iter().filter(|export| export.kind == ExternalKind::Func);
        let index = exports.next().ok_or_else(untold)?.index;
        Ok(Item { instance, kind: ExternalKind::Func, index })
    }

    pub(super) fn trampoline(&mut self, index: TrampolineIndex) -> Result<Item> {
        let ty = self.translation.component.trampolines[index];
        match &self.translation.trampolines[index] {
            Trampoline::LowerImport { index, options, .. } => {
                let import = *self.lowered.get(index.as_u32() as usize).ok_or_else(untold)?;
                self.lowered(import, *options, ty)
            }
            Trampoline::Transcoder { from64: true, .. }
            | Trampoline::Transcoder { to64: true, .. } => {
                Err(Error::Unsupported("strings in 64-bit memories".into()))
            }
            Trampoline::Transcoder {
                op: Transcode::Copy(FixedEncoding::Utf8), from, to, ..
            } => {
                let memories = vec![self.runtime_memory(*from)?, self.runtime_memory(*to)?];
                self.own_function(builtin::UTF8, memories)
            }
            Trampoline::Transcoder { op, .. } => {
                Err(Error::Unsupported(format!("strings converted from {}", op.desc())))
            }
            Trampoline::ResourceNew { instance, ty } if self.is_represented(*ty) => {
                let imports = vec![self.may_leave(*instance)?];
                self.own_function(&handles::represented_new(), imports)
            }
            Trampoline::ResourceNew { instance, ty } => {
                let imports = vec![self.handles("new")?, self.may_leave(*instance)?];
                let text = handles::new(instance.as_u32(), ty.as_u32());
                self.own_function(&text, imports)
            }
            Trampoline::ResourceRep { ty, .. } if self.is_represented(*ty) => {
                self.own_function(handles::REPRESENTED_REP, Vec::new())
            }
            Trampoline::ResourceRep { instance, ty } => {
                let imports = vec![self.handles("rep")?];
                let text = handles::rep(instance.as_u32(), ty.as_u32());
                self.own_function(&text, imports)
            }
            Trampoline::ResourceDrop { instance, ty: resource } => {
                self.resource_drop(*instance, *resource, ty)
            }
            Trampoline::BackpressureInc { instance } => {
                self.backpressure(*instance, "backpressure.inc")
            }
            Trampoline::BackpressureDec { instance } => {
                self.backpressure(*instance, "backpressure.dec")
            }
            Trampoline::ThreadYield { instance, .. } => {
                let imports = vec![self.may_leave(*instance)?];
                self.own_function(&task::thread_yield(), imports)
            }
            Trampoline::WaitableSetNew { instance } => {
                let imports = vec![self.handles("new")?, self.may_leave(*instance)?];
                self.own_function(&handles::new_set(instance.as_u32()), imports)
            }
            Trampoline::WaitableSetDrop { instance } => {
                let imports = vec![self.handles("drop")?, self.may_leave(*instance)?];
                self.own_function(&handles::drop_set(instance.as_u32()), imports)
            }
            Trampoline::WaitableSetPoll { instance, options } => {
                let memory = self.memory(*options)?.0.ok_or_else(untold)?;
                let imports = vec![self.handles("rep")?, memory, self.may_leave(*instance)?];
                self.own_function(&handles::poll_set(instance.as_u32()), imports)
            }
            Trampoline::ResourceTransferOwn => self.handles("transfer own"),
            Trampoline::ResourceTransferBorrow => self.handles("transfer borrow"),
            Trampoline::EnterSyncCall => self.handles("enter call"),
            Trampoline::ExitSyncCall => self.handles("exit call"),
            Trampoline::Trap => {
                let ty = self.core_type(ty)?;
                self.own_function(&builtin::trap("trap", &ty), Vec::new())
            }
            // No handle of a stream, future or thread can be made, so all their other functions can only trap.
            Trampoline::StreamNew { .. } => self.absent("stream.new", ty),
            Trampoline::FutureNew { .. } => self.absent("future.new", ty),
            Trampoline::ThreadIndex { .. } => self.absent("thread.index", ty),
            // A synchronous task must not call these: see `asynchrony.rs`.
            other => {
                let ty = self.core_type(ty)?;
                self.own_function(&builtin::trap(&other.symbol_name(), &ty), Vec::new())
            }
        }
    }

    /// Returns a function of the instance that keeps the handles.
    pub(super) fn handles(&mut self, name: &str) -> Result<Item> {
        let instance = match self.handles {
            Some(known) => known,
            None => {
                let component = &self.translation.component;
                let types = (0..self.types.num_resource_tables() as u32).map(|number| {
                    let (resource, instance) = match &self.types
                        [TypeResourceTableIndex::from_u32(number)]
                    {
                        TypeResourceTable::Concrete { ty, instance } => (*ty, *instance),
                        // No instance has handles of this type.
                        TypeResourceTable::Abstract(_) => return handles::ResourceType::default(),
                    };
                    let defined = component.defined_resource_index(resource);
                    let home = defined.map(|defined| component.defined_resource_instances[defined]);
                    handles::ResourceType {
                        instance: instance.as_u32(),
                        is_imported: home.is_none(),
                        is_at_home: home == Some(instance),
                    }
                });
                let types: Vec<_> = types.collect();
                let text = handles::tables(&types, component.num_runtime_component_instances);
                let tables = self.own(&text, Vec::new())?;
                let item = |kind| Item { instance: tables, kind, index: 0 };
                let imports = vec![
                    item(ExternalKind::Func),
                    item(ExternalKind::Global),
                    self.slot(0)?,
                    self.slot(1)?,
                ];
                let made = self.own(handles::HANDLES, imports)?;
                *self.handles.insert(made)
            }
        };
        self.exported(instance, name)
    }

    /// Returns a function in place of a built-in function that this release does not have.
    fn absent(&mut self, name: &'static str, ty: ModuleInternedTypeIndex) -> Result<Item> {
        let ty = self.core_type(ty)?;
        let item = self.own_function(&builtin::trap(name, &ty), Vec::new())?;
        self.assembly.absent.push((item, name));
        Ok(item)
    }

    fn resource_drop(
        &mut self,
        instance: RuntimeComponentInstanceIndex,
        resource: TypeResourceTableIndex,
        ty: ModuleInternedTypeIndex,
    ) -> Result<Item> {
        let may_leave = self.may_leave(instance)?;
        let (numbers, found) = ((instance.as_u32(), resource.as_u32()), self.destructor(resource)?);
        let (destructor, how) = match found {
            // The host has no resources.
            Destructor::Imported => {
                let ty = self.core_type(ty)?;
                let text = builtin::nothing("resource.drop", &ty);
                let nothing = self.own_function(&text, Vec::new())?;
                return self.own_function(&task::leave(&ty), vec![nothing, may_leave]);
            }
            Destructor::None => (None, None),
            Destructor::Function { function, home } => {
                let is_task = self.has_storage && home != instance;
                let can_throw = self.statics.values().any(|found| !found.module.tags.is_empty());
                (Some(function), Some(handles::DestructorCall { is_task, can_throw }))
            }
        };
        let is_represented = self.is_represented(resource);
        let mut imports = Vec::new();
        if !is_represented {
            imports.push(self.handles("drop")?);
        }
        imports.extend(destructor);
        if how.is_some_and(|how| how.is_task) {
            imports.extend([self.handles("enter call")?, self.handles("exit call")?]);
        }
        imports.push(may_leave);
        let text = match is_represented {
            true => handles::represented_drop(how),
            false => handles::drop(numbers.0, numbers.1, how),
        };
        self.own_function(&text, imports)
    }

    /// Returns the function that an instance of ours exports under a name.
    pub(super) fn exported(&self, instance: usize, name: &str) -> Result<Item> {
        let module = &self.assembly.modules[self.assembly.instances[instance].module];
        let part = CoreModule::read(&module.binary)?;
        let index = part.export(ExternalKind::Func, name).ok_or_else(untold)?;
        Ok(Item { instance, kind: ExternalKind::Func, index })
    }

    fn destructor(&mut self, table: TypeResourceTableIndex) -> Result<Destructor> {
        let TypeResourceTable::Concrete { ty, .. } = &self.types[table] else {
            return Err(untold());
        };
        let Some(defined) = self.translation.component.defined_resource_index(*ty) else {
            return Ok(Destructor::Imported);
        };
        match self.destructors.get(&defined.as_u32()) {
            None => Ok(Destructor::None),
            Some(def) => Ok(Destructor::Function {
                function: self.item(def)?,
                home: self.translation.component.defined_resource_instances[defined],
            }),
        }
    }

    /// Returns the function in place of an imported one.
    fn lowered(
        &mut self,
        import: RuntimeImportIndex,
        options: OptionsIndex,
        ty: ModuleInternedTypeIndex,
    ) -> Result<Item> {
        let signature = self.signature(ty)?;
        let wanted = self.import(import);
        let of = self.translation.component.options[options].instance;
        let may_leave = self.may_leave(of)?;
        let guest = self.guest(options)?;
        let (module, name) = wanted.names();
        let found =
            self.supply.stub(&mut self.assembly, self.stubs, module, name, &signature, guest)?;
        match found {
            Some(item) => {
                let ty = self.core_type(ty)?;
                self.own_function(&task::leave(&ty), vec![item, may_leave])
            }
            None => {
                if !self.missing.contains(&wanted) {
                    self.missing.push(wanted);
                }
                // This function is never called, because the component is refused.
                let ty = self.core_type(ty)?;
                self.own_function(&builtin::trap("missing", &ty), Vec::new())
            }
        }
    }
}
