//! Finds the item of the assembly for each item that the translation names.

use super::super::assembly::{Item, Module};
use super::super::builtin::{self, FunctionType};
use super::{Flattener, untold};
use crate::abi::{CoreSignature, CoreType};
use crate::error::{Error, Result};
use crate::import::Import;
use std::borrow::Cow;
use wasmparser::ExternalKind;
use wasmtime_environ::component::{
    CanonicalOptionsDataModel, CoreDef, ExportItem, LinearMemoryOptions, OptionsIndex,
    RuntimeImportIndex, RuntimeInstanceIndex, RuntimeMemoryIndex, StaticModuleIndex,
    UnsafeIntrinsic,
};
use wasmtime_environ::{EntityIndex, ModuleInternedTypeIndex, WasmValType};

impl Flattener<'_, '_> {
    /// Returns the assembly's number of a static module.
    pub(super) fn module(&mut self, index: StaticModuleIndex) -> usize {
        *self.modules.entry(index).or_insert_with(|| {
            let found = &self.statics[index];
            // Adapters are ours and have no offset. A module of the component begins at its offset.
            let offset = match found.wasm_module_offset {
                0 => None,
                offset => usize::try_from(offset).ok(),
            };
            self.assembly.modules.push(Module { binary: Cow::Borrowed(found.wasm), offset });
            self.assembly.modules.len() - 1
        })
    }

    /// Returns all functions and modules that are imported.
    pub(super) fn imports(&self) -> Vec<Import> {
        let component = &self.translation.component;
        let resources: Vec<_> = component.imported_resources.values().collect();
        let imports = component.imports.keys().filter(|import| !resources.contains(&import));
        imports.map(|import| self.import(import)).collect()
    }

    pub(super) fn import(&self, import: RuntimeImportIndex) -> Import {
        let component = &self.translation.component;
        let (of, path) = &component.imports[import];
        let (name, _) = &component.import_types[*of];
        match path.as_slice() {
            // wit-component names the world so in core modules.
            [] => Import::function("$root", name),
            path => Import::function(name, &path.join("#")),
        }
    }

    /// Finds the memory and the allocator for stubs of imports that name none.
    pub(super) fn find_guest(&mut self) -> Result<()> {
        let options = self.translation.component.options.keys();
        for options in options.collect::<Vec<_>>() {
            let (memory, realloc) = self.guest(options)?;
            self.supply.guest.0 = self.supply.guest.0.or(memory);
            self.supply.guest.1 = self.supply.guest.1.or(realloc);
        }
        Ok(())
    }

    /// Returns the memory and the allocator that the stub of a lowered import uses.
    pub(super) fn guest(&mut self, options: OptionsIndex) -> Result<(Option<Item>, Option<Item>)> {
        let (memory, realloc) = self.memory(options)?;
        let component = &self.translation.component;
        let realloc = match realloc {
            Some(realloc) if self.stubs.is_some() && !component.imports.is_empty() => {
                let of = component.options[options].instance;
                self.may_leave(of)?;
                Some(self.realloc(realloc, of)?)
            }
            other => other,
        };
        Ok((memory, realloc))
    }

    /// Returns the memory and the allocator that a call uses.
    pub(super) fn memory(&mut self, options: OptionsIndex) -> Result<(Option<Item>, Option<Item>)> {
        let options = &self.translation.component.options[options];
        match options.data_model {
            CanonicalOptionsDataModel::Gc {} => Err(Error::Unsupported("GC types".into())),
            CanonicalOptionsDataModel::LinearMemory(LinearMemoryOptions { memory, realloc }) => {
                let memory = memory.map(|memory| self.runtime_memory(memory)).transpose()?;
                let realloc = match realloc {
                    None => None,
                    Some(realloc) => {
                        let def = *self.reallocs.get(&realloc).ok_or_else(untold)?;
                        Some(self.item(def)?)
                    }
                };
                Ok((memory, realloc))
            }
        }
    }

    pub(super) fn runtime_memory(&self, memory: RuntimeMemoryIndex) -> Result<Item> {
        let export = self.memories.get(&memory).ok_or_else(untold)?;
        match &export.item {
            ExportItem::Index(index) => Ok(Item {
                instance: number(export.instance),
                kind: ExternalKind::Memory,
                index: index.as_u32(),
            }),
            ExportItem::Name(_) => Err(untold()),
        }
    }

    pub(super) fn item(&mut self, def: &CoreDef) -> Result<Item> {
        match def {
            CoreDef::Export(export) => {
                let (kind, index) = match &export.item {
                    ExportItem::Name(_) => return Err(untold()),
                    ExportItem::Index(index) => match index {
                        EntityIndex::Function(index) => (ExternalKind::Func, index.as_u32()),
                        EntityIndex::Table(index) => (ExternalKind::Table, index.as_u32()),
                        EntityIndex::Memory(index) => (ExternalKind::Memory, index.as_u32()),
                        EntityIndex::Global(index) => (ExternalKind::Global, index.as_u32()),
                        EntityIndex::Tag(index) => (ExternalKind::Tag, index.as_u32()),
                    },
                };
                Ok(Item { instance: number(export.instance), kind, index })
            }
            CoreDef::InstanceFlags(instance) => self.may_leave(*instance),
            CoreDef::Trampoline(index) => match self.trampolines.get(index) {
                Some(known) => Ok(*known),
                None => {
                    let item = self.trampoline(*index)?;
                    self.trampolines.insert(*index, item);
                    Ok(item)
                }
            },
            CoreDef::UnsafeIntrinsic(intrinsic) => match intrinsic {
                UnsafeIntrinsic::ContextGetI32_0 => self.context(0, false),
                UnsafeIntrinsic::ContextGetI32_1 => self.context(1, false),
                UnsafeIntrinsic::ContextSetI32_0 => self.context(0, true),
                UnsafeIntrinsic::ContextSetI32_1 => self.context(1, true),
                _ => Err(untold()),
            },
            // Nothing reads it, because nothing blocks.
            CoreDef::TaskMayBlock => match self.may_block {
                Some(known) => Ok(known),
                None => {
                    let instance = self.own(builtin::FLAGS, Vec::new())?;
                    let item = Item { instance, kind: ExternalKind::Global, index: 0 };
                    Ok(*self.may_block.insert(item))
                }
            },
        }
    }

    pub(super) fn core_type(&self, ty: ModuleInternedTypeIndex) -> Result<FunctionType> {
        let signature = self.signature(ty)?;
        let text = |types: &[CoreType]| types.iter().map(ToString::to_string).collect();
        Ok(FunctionType { params: text(&signature.params), results: text(&signature.results) })
    }

    pub(super) fn signature(&self, ty: ModuleInternedTypeIndex) -> Result<CoreSignature> {
        let ty = self.types[ty].unwrap_func();
        let all = |types: &[WasmValType]| types.iter().map(core_type).collect::<Result<Vec<_>>>();
        Ok(CoreSignature { params: all(ty.params())?, results: all(ty.results())? })
    }
}

fn number(instance: RuntimeInstanceIndex) -> usize {
    instance.as_u32() as usize
}

fn core_type(ty: &WasmValType) -> Result<CoreType> {
    Ok(match ty {
        WasmValType::I32 => CoreType::I32,
        WasmValType::I64 => CoreType::I64,
        WasmValType::F32 => CoreType::F32,
        WasmValType::F64 => CoreType::F64,
        WasmValType::V128 | WasmValType::Ref(_) => return Err(untold()),
    })
}
