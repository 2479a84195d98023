//! Flattens a component: nested components are inlined, and the adapters between components become core modules.
//!
//! wasmtime's own translator does that ([`Translator`]). This module makes an [`Assembly`] of the translator's list
//! of instantiations. It must never ignore anything that an assembly cannot express: whatever it does not know is an
//! error.

mod export;
mod item;
mod represented;
mod task;
mod trampoline;
mod valid;

use super::assembly::{Assembly, Instance, Item};
use super::asynchrony;
use super::census;
use super::stubs::Stubs;
use super::supply::Supply;
use crate::compile::instrument::FEATURES;
use crate::error::{Error, Result};
use crate::import::Import;
use std::collections::{HashMap, HashSet};
use wasmparser::{Validator, WasmFeatures};
use wasmtime_environ::component::{
    ComponentTranslation, ComponentTypesBuilder, CoreDef, CoreExport, GlobalInitializer,
    InstantiateModule, ResourceIndex, RuntimeComponentInstanceIndex, RuntimeImportIndex,
    RuntimeMemoryIndex, RuntimePostReturnIndex, RuntimeReallocIndex, StaticModuleIndex,
    TrampolineIndex, Translator,
};
use wasmtime_environ::{MemoryIndex, ModuleTranslation, PrimaryMap, ScopeVec, Tunables};

/// Makes the assembly of a component. `scope` holds the modules that are made on the way.
///
/// # Errors
/// [`Error::Invalid`] if the component is invalid; [`Error::Unsupported`] if it uses something that is not
/// implemented; [`Error::Imports`] if it imports functions that have no stub.
pub(super) fn flatten<'a>(
    component: &'a [u8],
    scope: &'a ScopeVec<u8>,
    stubs: Option<&dyn Stubs>,
) -> Result<Assembly<'a>> {
    let has_storage = census::check(component)
        .and_then(|()| asynchrony::check(component))
        .map_err(|error| valid::unless_invalid(component, error))?;
    let tunables = Tunables {
        // No component is async here. Tasks need to be tracked only if they have storage.
        concurrency_support: has_storage,
        parse_wasm_debuginfo: false,
        ..Tunables::default_host()
    };
    // The second slot of a task belongs to the threading proposal.
    let asynchronous = WasmFeatures::CM_ASYNC.union(WasmFeatures::CM_THREADING);
    let features = FEATURES.union(WasmFeatures::COMPONENT_MODEL).union(asynchronous);
    let mut validator = Validator::new_with_features(features);
    let mut types = ComponentTypesBuilder::new(&validator);
    let translator = Translator::new(&tunables, &mut validator, &mut types, scope);
    let (translation, mut modules) =
        translator.translate(component).map_err(|error| valid::refusal(component, &error))?;
    valid::validate(&mut modules)?;
    Flattener::new(&translation, &types, &modules, stubs, has_storage).run()
}

/// A component that is being made into an assembly.
struct Flattener<'c, 'a> {
    translation: &'c ComponentTranslation,
    types: &'c ComponentTypesBuilder,
    statics: &'c PrimaryMap<StaticModuleIndex, ModuleTranslation<'a>>,
    stubs: Option<&'c dyn Stubs>,
    assembly: Assembly<'a>,
    /// The assembly's number of each static module.
    modules: HashMap<StaticModuleIndex, usize>,
    /// Items that initializers have extracted.
    memories: HashMap<RuntimeMemoryIndex, &'c CoreExport<MemoryIndex>>,
    reallocs: HashMap<RuntimeReallocIndex, &'c CoreDef>,
    post_returns: HashMap<RuntimePostReturnIndex, &'c CoreDef>,
    destructors: HashMap<u32, &'c CoreDef>,
    lowered: Vec<RuntimeImportIndex>,
    /// Items that have been made.
    flags: HashMap<RuntimeComponentInstanceIndex, Item>,
    trampolines: HashMap<TrampolineIndex, Item>,
    ours: HashMap<String, usize>,
    handles: Option<usize>,
    backpressure: HashMap<RuntimeComponentInstanceIndex, usize>,
    context: Option<usize>,
    may_block: Option<Item>,
    held: HashMap<(usize, u32), Item>,
    /// The component instance that each instance of a core module belongs to.
    owners: Vec<Option<RuntimeComponentInstanceIndex>>,
    /// The resources whose handles are their representations.
    represented: HashSet<ResourceIndex>,
    /// Whether tasks have storage.
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
            assembly: Assembly::default(),
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
            represented: HashSet::new(),
            has_storage,
            supply: Supply::default(),
            missing: Vec::new(),
        }
    }

    fn run(mut self) -> Result<Assembly<'a>> {
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
        // The component's own instances come first, so that they keep the translation's numbers.
        for instance in &instances {
            let InstantiateModule::Static(module, _) = instance else {
                return Err(Error::Imports(self.imports()));
            };
            let module = self.module(*module);
            self.assembly.instances.push(Instance { module, imports: Vec::new() });
        }
        self.represented = self.find_represented();
        self.find_guest()?;
        for (number, instance) in instances.iter().enumerate() {
            if let InstantiateModule::Static(module, arguments) = instance {
                let imports = arguments.iter().map(|def| self.item(def));
                let mut imports = imports.collect::<Result<Vec<_>>>()?;
                if self.owners[number].is_none() {
                    self.hold_post_returns(*module, &mut imports)?;
                    self.note_reentrance(*module, number)?;
                }
                self.assembly.instances[number].imports = imports;
            }
        }
        self.export()?;
        if !self.missing.is_empty() {
            return Err(Error::Imports(self.missing));
        }
        // Our instances are made first, because they must exist when the component's first start function runs.
        let own = instances.len();
        self.assembly.order = (own..self.assembly.instances.len()).chain(0..own).collect();
        Ok(self.assembly)
    }
}

/// Returns the error for output that the translator is not known to produce.
#[cold]
fn untold() -> Error {
    Error::Internal("a component was translated to what is not expected".into())
}
