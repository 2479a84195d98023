//! Flattens a component: nested components are inlined, and what adapts one to another becomes core modules.
//!
//! wasmtime's own translator does that ([`Translator`]); here its list of what to instantiate becomes a
//! [`Plan`]. It must never let anything through that the plan cannot say: what is not known here is an error.

use super::asynchrony;
use super::builtin::{self, Type};
use super::census;
use super::part::Part;
use super::plan::{Export, Instance, Item, Module, Plan};
use super::stubs::Stubs;
use super::supply::Supply;
use crate::abi::{CoreSignature, CoreType};
use crate::error::{Error, Result};
use crate::guest::PANIC_MESSAGE;
use crate::inspect::Import;
use crate::instrument::FEATURES;
use crate::name::{printable, printable_message};
use std::borrow::Cow;
use std::collections::HashMap;
use wasmparser::{ExternalKind, Validator, WasmFeatures};
use wasmtime_environ::component::{
    CanonicalOptionsDataModel, ComponentTranslation, ComponentTypesBuilder, CoreDef, CoreExport,
    Export as Exported, ExportIndex, ExportItem, FixedEncoding, GlobalInitializer,
    InstantiateModule, LinearMemoryOptions, OptionsIndex, RuntimeComponentInstanceIndex,
    RuntimeImportIndex, RuntimeInstanceIndex, RuntimeMemoryIndex, RuntimePostReturnIndex,
    RuntimeReallocIndex, StaticModuleIndex, StringEncoding, Trampoline, TrampolineIndex, Transcode,
    Translator, TypeResourceTable, TypeResourceTableIndex,
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
    let message = printable_message(error);
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

    /// An instance of a module of ours.
    fn own(&mut self, text: &str, imports: Vec<Item>) -> Result<usize> {
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
    fn own_function(&mut self, text: &str, imports: Vec<Item>, after: u32) -> Result<Item> {
        let imported = imports.iter().filter(|item| item.kind == ExternalKind::Func).count() as u32;
        let instance = self.own(text, imports)?;
        Ok(Item { instance, kind: ExternalKind::Func, index: imported + after })
    }

    fn trampoline(&mut self, index: TrampolineIndex) -> Result<Item> {
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
    fn handles(&mut self, name: &str) -> Result<Item> {
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
    fn exported(&self, instance: usize, name: &str) -> Result<Item> {
        let module = &self.plan.modules[self.plan.instances[instance].module];
        let part = super::part::Part::read(&module.binary)?;
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

    /// Exports the component's functions, and what their calls need.
    fn export(&mut self) -> Result<()> {
        let component = &self.translation.component;
        let exports = component.exports.raw_iter();
        let mut open: Vec<(String, ExportIndex)> =
            exports.map(|(name, (index, _))| (name.to_string(), *index)).collect();
        open.reverse();
        while let Some((name, index)) = open.pop() {
            match &component.export_items[index] {
                Exported::LiftedFunction { ty, func, options } => {
                    let uses = self.memory(*options)?;
                    self.plan.memories.extend(uses.0);
                    self.plan.reallocs.extend(uses.1);
                    self.export_function(&name, *ty, func, *options)?;
                }
                Exported::Instance { exports, .. } => {
                    let inner = exports
                        .raw_iter()
                        .map(|(inner, (index, _))| (format!("{name}#{}", &**inner), *index));
                    let first = open.len();
                    open.extend(inner);
                    open[first..].reverse();
                }
                Exported::ModuleStatic { .. }
                | Exported::ModuleImport { .. }
                | Exported::Type(_) => {}
            }
        }
        self.plan.main = self.plan.memories.first().copied().or(self.supply.guest.0);
        self.export_panic_message()
    }

    /// What the module whose memory it is has for that; no function can have such a name.
    fn export_panic_message(&mut self) -> Result<()> {
        let Some(main) = self.plan.main else { return Ok(()) };
        let module = &self.plan.modules[self.plan.instances[main.instance].module];
        let kind = ExternalKind::Global;
        if let Some(index) = Part::read(&module.binary)?.export(kind, PANIC_MESSAGE) {
            let item = Item { instance: main.instance, kind, index };
            self.plan.exports.push(Export { name: PANIC_MESSAGE.into(), item });
        }
        Ok(())
    }

    fn export_function(
        &mut self,
        name: &str,
        ty: wasmtime_environ::component::TypeFuncIndex,
        func: &CoreDef,
        options: OptionsIndex,
    ) -> Result<()> {
        let results = &self.types[self.types[ty].results];
        let is_in_memory = results.abi.flat_count(1).is_none();
        let options = &self.translation.component.options[options];
        if options.async_ {
            return Err(Error::Unsupported(format!("async function \"{}\"", printable(name))));
        }
        let encoding = match options.string_encoding {
            StringEncoding::Utf8 => None,
            StringEncoding::Utf16 => Some("utf16"),
            StringEncoding::CompactUtf16 => Some("latin1+utf16"),
        };
        if let Some(encoding) = encoding {
            return Err(Error::Unsupported(format!(
                "strings as {encoding}, in function \"{}\"",
                printable(name)
            )));
        }
        let mut item = self.item(func)?;
        if let Some(post_return) = options.post_return {
            let def = *self.post_returns.get(&post_return).ok_or_else(untold)?;
            let post_return = self.item(def)?;
            match is_in_memory {
                true => self
                    .plan
                    .exports
                    .push(Export { name: format!("cabi_post_{name}"), item: post_return }),
                // Nobody comes back for a result that is not in memory.
                false => {
                    let ty = self.core_type(options.core_type)?;
                    item = self.own_function(&builtin::told(&ty), vec![item, post_return], 0)?;
                }
            }
        }
        self.plan.exports.push(Export { name: name.into(), item });
        Ok(())
    }
}

enum Destructor {
    Imported,
    None,
    Function(Item),
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
