//! What stands between core modules: transcoders, handles of resources, lowered imports, as modules of ours.

use super::super::builtin;
use super::super::part::Part;
use super::super::plan::{Instance, Item, Module};
use super::{Flattener, untold};
use crate::error::{Error, Result};
use std::borrow::Cow;
use wasmparser::ExternalKind;
use wasmtime_environ::ModuleInternedTypeIndex;
use wasmtime_environ::component::{
    FixedEncoding, OptionsIndex, RuntimeImportIndex, Trampoline, TrampolineIndex, Transcode,
    TypeResourceTable, TypeResourceTableIndex,
};

enum Destructor {
    Imported,
    None,
    Function(Item),
}

impl Flattener<'_, '_> {
    /// An instance of a module of ours.
    pub(super) fn own(&mut self, text: &str, imports: Vec<Item>) -> Result<usize> {
        let module = match self.ours.get(text) {
            Some(known) => *known,
            None => {
                let binary = Cow::Owned(builtin::binary(text)?);
                self.plan.modules.push(Module { binary, offset: None });
                self.ours.insert(text.to_string(), self.plan.modules.len() - 1);
                self.plan.modules.len() - 1
            }
        };
        self.plan.instances.push(Instance { module, imports });
        Ok(self.plan.instances.len() - 1)
    }

    /// The first function that a module of ours defines, or the one after so many.
    pub(super) fn own_function(
        &mut self,
        text: &str,
        imports: Vec<Item>,
        after: u32,
    ) -> Result<Item> {
        let imported = imports.iter().filter(|item| item.kind == ExternalKind::Func).count() as u32;
        let instance = self.own(text, imports)?;
        Ok(Item { instance, kind: ExternalKind::Func, index: imported + after })
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
                self.own_function(builtin::UTF8, memories, 0)
            }
            Trampoline::Transcoder { op, .. } => {
                Err(Error::Unsupported(format!("strings converted from {}", op.desc())))
            }
            Trampoline::ResourceNew { ty, .. } => {
                let of = self.handles("resource.new")?;
                let text = builtin::of_table("resource.new", ty.as_u32());
                self.own_function(&text, vec![of], 0)
            }
            Trampoline::ResourceRep { ty, .. } => {
                let of = self.handles("resource.rep")?;
                let text = builtin::of_table("resource.rep", ty.as_u32());
                self.own_function(&text, vec![of], 0)
            }
            Trampoline::ResourceDrop { ty: table, .. } => match self.destructor(*table)? {
                // Of the host's resources there are none.
                Destructor::Imported => {
                    let ty = self.core_type(ty)?;
                    let text = builtin::nothing("resource.drop", &ty);
                    self.own_function(&text, Vec::new(), 0)
                }
                Destructor::None => {
                    let of = self.handles("resource.drop")?;
                    self.own_function(&builtin::drop(table.as_u32(), false), vec![of], 0)
                }
                Destructor::Function(destructor) => {
                    let of = self.handles("resource.drop")?;
                    let text = builtin::drop(table.as_u32(), true);
                    self.own_function(&text, vec![of, destructor], 0)
                }
            },
            Trampoline::ResourceTransferOwn => self.handles("transfer own"),
            Trampoline::ResourceTransferBorrow => self.handles("transfer borrow"),
            Trampoline::EnterSyncCall => self.handles("enter call"),
            Trampoline::ExitSyncCall => self.handles("exit call"),
            Trampoline::Trap => {
                let ty = self.core_type(ty)?;
                self.own_function(&builtin::trap("trap", &ty), Vec::new(), 0)
            }
            // What only async functions need.
            other => {
                let ty = self.core_type(ty)?;
                self.own_function(&builtin::trap(&other.symbol_name(), &ty), Vec::new(), 0)
            }
        }
    }

    /// A function of the instance that keeps the handles of resources.
    pub(super) fn handles(&mut self, name: &str) -> Result<Item> {
        let instance = match self.handles {
            Some(known) => known,
            None => {
                let count = self.types.num_resource_tables() as u32;
                let (mut imported, mut at_home) = (Vec::new(), Vec::new());
                let component = &self.translation.component;
                for table in 0..count {
                    if let TypeResourceTable::Concrete { ty, instance } =
                        &self.types[TypeResourceTableIndex::from_u32(table)]
                    {
                        match component.defined_resource_index(*ty) {
                            None => imported.push(table),
                            Some(defined)
                                if component.defined_resource_instances[defined] == *instance =>
                            {
                                at_home.push(table);
                            }
                            Some(_) => {}
                        }
                    }
                }
                let text = builtin::tables(&imported, &at_home, count);
                let tables = self.own(&text, Vec::new())?;
                let function = |index| Item { instance: tables, kind: ExternalKind::Func, index };
                let made = self.own(builtin::HANDLES, vec![function(0), function(1)])?;
                self.handles = Some(made);
                made
            }
        };
        self.exported(instance, name)
    }

    /// A function of an instance of ours, by its name.
    pub(super) fn exported(&self, instance: usize, name: &str) -> Result<Item> {
        let module = &self.plan.modules[self.plan.instances[instance].module];
        let part = Part::read(&module.binary)?;
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
            Some(def) => Ok(Destructor::Function(self.item(def)?)),
        }
    }

    /// What takes the place of an imported function.
    fn lowered(
        &mut self,
        import: RuntimeImportIndex,
        options: OptionsIndex,
        ty: ModuleInternedTypeIndex,
    ) -> Result<Item> {
        let signature = self.signature(ty)?;
        let wanted = self.import(import);
        let guest = self.memory(options)?;
        let found = match self.stubs {
            None => None,
            Some(stubs) => {
                let (module, name) = wanted.names();
                self.supply.stub(&mut self.plan, stubs, module, name, &signature, guest)?
            }
        };
        match found {
            Some(item) => Ok(item),
            None => {
                if !self.missing.contains(&wanted) {
                    self.missing.push(wanted);
                }
                // Never used: the component is refused.
                let ty = self.core_type(ty)?;
                self.own_function(&builtin::trap("missing", &ty), Vec::new(), 0)
            }
        }
    }
}
