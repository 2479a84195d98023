//! Flattens a component: nested components are inlined, and what adapts one to another becomes core modules.
//!
//! wasmtime's own translator does that ([`Translator`]); here its list of what to instantiate becomes a
//! [`Plan`]. It must never let anything through that the plan cannot say: what is not known here is an error.

mod export;
mod trampoline;

use super::asynchrony;
use super::builtin::{self, Type};
use super::census;
use super::plan::{Instance, Item, Module, Plan};
use super::stubs::Stubs;
use super::supply::Supply;
use crate::abi::{CoreSignature, CoreType};
use crate::error::{Error, Result};
use crate::inspect::Import;
use crate::instrument::FEATURES;
use crate::name::paragraph;
use std::borrow::Cow;
use std::collections::HashMap;
use wasmparser::{ExternalKind, Validator, WasmFeatures};
use wasmtime_environ::component::{
    CanonicalOptionsDataModel, ComponentTranslation, ComponentTypesBuilder, CoreDef, CoreExport,
    ExportItem, GlobalInitializer, InstantiateModule, LinearMemoryOptions, OptionsIndex,
    RuntimeComponentInstanceIndex, RuntimeImportIndex, RuntimeInstanceIndex, RuntimeMemoryIndex,
    RuntimePostReturnIndex, RuntimeReallocIndex, StaticModuleIndex, TrampolineIndex, Translator,
};
use wasmtime_environ::{
    EntityIndex, MemoryIndex, ModuleInternedTypeIndex, ModuleTranslation, PrimaryMap, ScopeVec,
    Tunables, WasmValType,
};

/// The plan of a component. `scope` holds the modules that are made on the way.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::Unsupported`]; [`Error::Imports`] if it imports functions that no stub
/// takes the place of.
pub(super) fn flatten<'a>(
    component: &'a [u8],
    scope: &'a ScopeVec<u8>,
    stubs: Option<&dyn Stubs>,
) -> Result<Plan<'a>> {
    census::check(component)?;
    asynchrony::check(component)?;
    let tunables = Tunables {
        // Nothing of a component's is async: no tasks to keep account of.
        concurrency_support: false,
        parse_wasm_debuginfo: false,
        ..Tunables::default_host()
    };
    let features = FEATURES.union(WasmFeatures::COMPONENT_MODEL).union(WasmFeatures::CM_ASYNC);
    let mut validator = Validator::new_with_features(features);
    let mut types = ComponentTypesBuilder::new(&validator);
    let translator = Translator::new(&tunables, &mut validator, &mut types, scope);
    let (translation, modules) =
        translator.translate(component).map_err(|error| refusal(component, &error))?;
    Flattener::new(&translation, &types, &modules, stubs).run()
}

/// Invalid, or valid with what is not enabled here.
#[cold]
fn refusal(component: &[u8], error: &wasmtime::Error) -> Error {
    let message = paragraph(&format!("{error:#}"));
    match Validator::new_with_features(WasmFeatures::all()).validate_all(component) {
        Ok(_) => Error::Unsupported(message),
        Err(_) => Error::Invalid(message),
    }
}

struct Flattener<'c, 'a> {
    translation: &'c ComponentTranslation,
    types: &'c ComponentTypesBuilder,
    statics: &'c PrimaryMap<StaticModuleIndex, ModuleTranslation<'a>>,
    stubs: Option<&'c dyn Stubs>,
    plan: Plan<'a>,
    /// Modules of the plan that are static modules.
    modules: HashMap<StaticModuleIndex, usize>,
    /// What initializers have put aside.
    memories: HashMap<RuntimeMemoryIndex, &'c CoreExport<MemoryIndex>>,
    reallocs: HashMap<RuntimeReallocIndex, &'c CoreDef>,
    post_returns: HashMap<RuntimePostReturnIndex, &'c CoreDef>,
    destructors: HashMap<u32, &'c CoreDef>,
    lowered: Vec<RuntimeImportIndex>,
    /// What has been made already.
    flags: HashMap<RuntimeComponentInstanceIndex, Item>,
    trampolines: HashMap<TrampolineIndex, Item>,
    ours: HashMap<String, usize>,
    handles: Option<usize>,
    supply: Supply,
    missing: Vec<Import>,
}

impl<'c, 'a> Flattener<'c, 'a> {
    fn new(
        translation: &'c ComponentTranslation,
        types: &'c ComponentTypesBuilder,
        statics: &'c PrimaryMap<StaticModuleIndex, ModuleTranslation<'a>>,
        stubs: Option<&'c dyn Stubs>,
    ) -> Self {
        Self {
            translation,
            types,
            statics,
            stubs,
            plan: Plan::default(),
            modules: HashMap::new(),
            memories: HashMap::new(),
            reallocs: HashMap::new(),
            post_returns: HashMap::new(),
            destructors: HashMap::new(),
            lowered: Vec::new(),
            flags: HashMap::new(),
            trampolines: HashMap::new(),
            ours: HashMap::new(),
            handles: None,
            supply: Supply::default(),
            missing: Vec::new(),
        }
    }

    fn run(mut self) -> Result<Plan<'a>> {
        let component = &self.translation.component;
        let mut instances = Vec::new();
        for initializer in &component.initializers {
            match initializer {
                GlobalInitializer::InstantiateModule(instance, _) => instances.push(instance),
                GlobalInitializer::LowerImport { import, .. } => self.lowered.push(*import),
                GlobalInitializer::ExtractMemory(memory) => {
                    self.memories.insert(memory.index, &memory.export);
                }
                GlobalInitializer::ExtractRealloc(realloc) => {
                    self.reallocs.insert(realloc.index, &realloc.def);
                }
                GlobalInitializer::ExtractPostReturn(post_return) => {
                    self.post_returns.insert(post_return.index, &post_return.def);
                }
                GlobalInitializer::Resource(resource) => {
                    if let Some(destructor) = &resource.dtor {
                        self.destructors.insert(resource.index.as_u32(), destructor);
                    }
                }
                GlobalInitializer::ExtractCallback(_) | GlobalInitializer::ExtractTable(_) => {
                    return Err(Error::Unsupported("async functions and threads".into()));
                }
            }
        }
        // The component's own come first, so that they have the translation's numbers.
        for instance in &instances {
            let InstantiateModule::Static(module, _) = instance else {
                return Err(Error::Imports(self.imports()));
            };
            let module = self.module(*module);
            self.plan.instances.push(Instance { module, imports: Vec::new() });
        }
        self.find_guest()?;
        for (number, instance) in instances.iter().enumerate() {
            if let InstantiateModule::Static(_, arguments) = instance {
                let imports = arguments.iter().map(|def| self.item(def));
                self.plan.instances[number].imports = imports.collect::<Result<_>>()?;
            }
        }
        self.export()?;
        if !self.missing.is_empty() {
            return Err(Error::Imports(self.missing));
        }
        // What is ours does nothing but be there when the component's first start function runs.
        let own = instances.len();
        self.plan.order = (own..self.plan.instances.len()).chain(0..own).collect();
        Ok(self.plan)
    }

    /// The number of a static module among the plan's.
    fn module(&mut self, index: StaticModuleIndex) -> usize {
        *self.modules.entry(index).or_insert_with(|| {
            let found = &self.statics[index];
            // Adapters are ours; a module of the component's begins where it does.
            let offset = match found.wasm_module_offset {
                0 => None,
                offset => usize::try_from(offset).ok(),
            };
            self.plan.modules.push(Module { binary: Cow::Borrowed(found.wasm), offset });
            self.plan.modules.len() - 1
        })
    }

    /// All functions and modules that are imported.
    fn imports(&self) -> Vec<Import> {
        let component = &self.translation.component;
        let resources: Vec<_> = component.imported_resources.values().collect();
        let imports = component.imports.keys().filter(|import| !resources.contains(&import));
        imports.map(|import| self.import(import)).collect()
    }

    fn import(&self, import: RuntimeImportIndex) -> Import {
        let component = &self.translation.component;
        let (of, path) = &component.imports[import];
        let (name, _) = &component.import_types[*of];
        match path.as_slice() {
            // As wit-component names the world in core modules.
            [] => Import::function("$root", name),
            path => Import::function(name, &path.join("#")),
        }
    }

    /// The memory and the allocator that stubs get where an import names none.
    fn find_guest(&mut self) -> Result<()> {
        let options = self.translation.component.options.keys();
        for options in options.collect::<Vec<_>>() {
            let (memory, realloc) = self.memory(options)?;
            self.supply.guest.0 = self.supply.guest.0.or(memory);
            self.supply.guest.1 = self.supply.guest.1.or(realloc);
        }
        Ok(())
    }

    fn memory(&mut self, options: OptionsIndex) -> Result<(Option<Item>, Option<Item>)> {
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

    fn runtime_memory(&self, memory: RuntimeMemoryIndex) -> Result<Item> {
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

    fn item(&mut self, def: &CoreDef) -> Result<Item> {
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
            CoreDef::InstanceFlags(instance) => match self.flags.get(instance) {
                Some(known) => Ok(*known),
                None => {
                    let instance_of_flags = self.own(builtin::FLAGS, Vec::new())?;
                    let item =
                        Item { instance: instance_of_flags, kind: ExternalKind::Global, index: 0 };
                    self.flags.insert(*instance, item);
                    Ok(item)
                }
            },
            CoreDef::Trampoline(index) => match self.trampolines.get(index) {
                Some(known) => Ok(*known),
                None => {
                    let item = self.trampoline(*index)?;
                    self.trampolines.insert(*index, item);
                    Ok(item)
                }
            },
            CoreDef::UnsafeIntrinsic(intrinsic) => {
                let text = |types: &[WasmValType]| {
                    let types = types.iter().map(|ty| Ok(core_type(ty)?.to_string()));
                    types.collect::<Result<Vec<_>>>()
                };
                let ty = Type {
                    params: text(intrinsic.core_params())?,
                    results: text(intrinsic.core_results())?,
                };
                self.own_function(&builtin::trap(intrinsic.name(), &ty), Vec::new(), 0)
            }
            CoreDef::TaskMayBlock => Err(untold()),
        }
    }

    fn core_type(&self, ty: ModuleInternedTypeIndex) -> Result<Type> {
        let signature = self.signature(ty)?;
        let text = |types: &[CoreType]| types.iter().map(ToString::to_string).collect();
        Ok(Type { params: text(&signature.params), results: text(&signature.results) })
    }

    fn signature(&self, ty: ModuleInternedTypeIndex) -> Result<CoreSignature> {
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

/// What the translator is not known to produce.
#[cold]
fn untold() -> Error {
    Error::Internal("a component was translated to what is not expected".into())
}
