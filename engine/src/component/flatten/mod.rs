//! Flattens a component: nested components are inlined, and what adapts one to another becomes core modules.
//!
//! wasmtime's own translator does that ([`Translator`]); here its list of what to instantiate becomes a
//! [`Plan`]. It must never let anything through that the plan cannot say: what is not known here is an error.

mod export;
mod task;
mod trampoline;

use super::asynchrony;
use super::builtin::{self, Type};
use super::census;
use super::plan::{Instance, Item, Module, Plan};
use super::stubs::Stubs;
use super::supply::Supply;
use crate::abi::{CoreSignature, CoreType};
use crate::error::{Error, Result};
use crate::inspect::{Import, invalid};
use crate::instrument::FEATURES;
use crate::name::paragraph;
use std::borrow::Cow;
use std::collections::HashMap;
use wasmparser::{ExternalKind, FuncValidatorAllocations, Validator, WasmFeatures};
use wasmtime_environ::component::{
    CanonicalOptionsDataModel, ComponentTranslation, ComponentTypesBuilder, CoreDef, CoreExport,
    ExportItem, GlobalInitializer, InstantiateModule, LinearMemoryOptions, OptionsIndex,
    RuntimeComponentInstanceIndex, RuntimeImportIndex, RuntimeInstanceIndex, RuntimeMemoryIndex,
    RuntimePostReturnIndex, RuntimeReallocIndex, StaticModuleIndex, TrampolineIndex, Translator,
    UnsafeIntrinsic,
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
    let has_storage = census::check(component)
        .and_then(|()| asynchrony::check(component))
        .map_err(|error| unless_invalid(component, error))?;
    let tunables = Tunables {
        // Nothing of a component's is async: only what a task stores has to be kept account of.
        concurrency_support: has_storage,
        parse_wasm_debuginfo: false,
        ..Tunables::default_host()
    };
    // A task's second slot belongs to threads.
    let asynchronous = WasmFeatures::CM_ASYNC.union(WasmFeatures::CM_THREADING);
    let features = FEATURES.union(WasmFeatures::COMPONENT_MODEL).union(asynchronous);
    let mut validator = Validator::new_with_features(features);
    let mut types = ComponentTypesBuilder::new(&validator);
    let translator = Translator::new(&tunables, &mut validator, &mut types, scope);
    let (translation, mut modules) =
        translator.translate(component).map_err(|error| refusal(component, &error))?;
    validate(&mut modules)?;
    Flattener::new(&translation, &types, &modules, stubs, has_storage).run()
}

/// Validates the code of all core modules, also of those that nothing instantiates: the translator has validated
/// the rest. What is merged is validated as a whole later, but then more is declared than a module may use.
fn validate(modules: &mut PrimaryMap<StaticModuleIndex, ModuleTranslation<'_>>) -> Result<()> {
    let mut allocations = FuncValidatorAllocations::default();
    for (_, module) in modules.iter_mut() {
        for (_, function) in std::mem::take(&mut module.function_body_inputs) {
            let mut validator = function.validator.into_validator(allocations);
            validator.validate(&function.body).map_err(invalid)?;
            allocations = validator.into_allocations();
        }
    }
    Ok(())
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

/// What is not valid is that first of all.
#[cold]
fn unless_invalid(component: &[u8], error: Error) -> Error {
    match Validator::new_with_features(WasmFeatures::all()).validate_all(component) {
        Ok(_) => error,
        Err(found) => invalid(found),
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
    backpressure: HashMap<RuntimeComponentInstanceIndex, usize>,
    context: Option<usize>,
    may_block: Option<Item>,
    held: HashMap<(usize, u32), Item>,
    /// Which component instance each instance of a core module belongs to.
    owners: Vec<Option<RuntimeComponentInstanceIndex>>,
    /// Whether tasks store anything.
    has_storage: bool,
    supply: Supply,
    missing: Vec<Import>,
}

impl<'c, 'a> Flattener<'c, 'a> {
    fn new(
        translation: &'c ComponentTranslation,
        types: &'c ComponentTypesBuilder,
        statics: &'c PrimaryMap<StaticModuleIndex, ModuleTranslation<'a>>,
        stubs: Option<&'c dyn Stubs>,
        has_storage: bool,
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
            backpressure: HashMap::new(),
            context: None,
            may_block: None,
            held: HashMap::new(),
            owners: Vec::new(),
            has_storage,
            supply: Supply::default(),
            missing: Vec::new(),
        }
    }

    fn run(mut self) -> Result<Plan<'a>> {
        let component = &self.translation.component;
        let mut instances = Vec::new();
        for initializer in &component.initializers {
            match initializer {
                GlobalInitializer::InstantiateModule(instance, owner) => {
                    instances.push(instance);
                    self.owners.push(*owner);
                }
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
                GlobalInitializer::ExtractCallback(_) => {
                    return Err(Error::Unsupported("async functions".into()));
                }
                GlobalInitializer::ExtractTable(_) => {
                    return Err(Error::Unsupported("thread.new-indirect".into()));
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
            if let InstantiateModule::Static(module, arguments) = instance {
                let imports = arguments.iter().map(|def| self.item(def));
                let mut imports = imports.collect::<Result<Vec<_>>>()?;
                if self.owners[number].is_none() {
                    self.hold_post_returns(*module, &mut imports)?;
                    self.note_reentrance(*module, number)?;
                }
                self.plan.instances[number].imports = imports;
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
            let (memory, realloc) = self.guest(options)?;
            self.supply.guest.0 = self.supply.guest.0.or(memory);
            self.supply.guest.1 = self.supply.guest.1.or(realloc);
        }
        Ok(())
    }

    /// The memory and the allocator of a lowered import, as a stub uses them.
    fn guest(&mut self, options: OptionsIndex) -> Result<(Option<Item>, Option<Item>)> {
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

    /// The memory and the allocator that a call uses.
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
            // Nobody reads it, as nothing blocks.
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
