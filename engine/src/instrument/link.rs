//! Writes the rewritten module: the guest's sections with new numbers, and what is ours.
//!
//! It must never let the guest name what is ours: every number of ours comes after the guest's, but for
//! the imported `refill`, which every number of the guest's is shifted past.

use super::effects::{CallGraph, Change, Effects};
use super::function::{Function, Own, too_long};
use super::manifest::{Manifest, Offsets};
use super::profile::Profile;
use super::types::{PlainTypes, Spills, encoded};
use super::{GROW, Instrumented, Passes, REFILL, divide, isolate, meter, nan, startup};
use crate::error::{Error, Result};
use crate::initialization::Phase;
use crate::inspect::invalid;
use std::collections::BTreeMap;
use std::convert::Infallible;
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    BranchHint, BranchHints, CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection,
    Elements, EntityType, ExportKind, ExportSection, FunctionSection, GlobalSection, ImportSection,
    Instruction as I, MemorySection, MemoryType, NameMap, NameSection, RefType, StartSection,
    TableSection, TagSection, TypeSection, ValType,
};
use wasmparser::{ExternalKind, Operator as O, Parser, Payload};

/// The most globals that are put back in each function that is exported, and not in one for all of them.
const MOST_INLINE: usize = 16;

/// One module on its way.
pub(super) struct Linker<'p, 'a> {
    passes: Passes,
    profile: &'p Profile<'a>,
    types: PlainTypes<'p>,
    /// Functions of ours, after the guest's.
    own: Vec<OwnFunction>,
    /// Our imports: two at most.
    shift: u32,
    /// Whether memory 0 is elastic (`isolate`).
    elastic: bool,
    /// What the names of our exports begin with: nothing of the guest's does.
    prefix: String,
}

struct OwnFunction {
    ty: u32,
    locals: Vec<(u32, ValType)>,
    code: Vec<I<'static>>,
}

/// The code section, and what belongs to it.
#[derive(Default)]
struct Code {
    section: CodeSection,
    hints: BranchHints,
    /// Where each instruction is in the section's content, and was in the binary.
    places: Vec<(u32, u32)>,
}

/// What is added to the guest's sections.
struct Added<'s> {
    exports: ExportSection,
    /// Functions that `ref.func` names.
    referenced: Vec<u32>,
    start: Option<u32>,
    /// Pages of our memory.
    memory: Option<u64>,
    has_fuel_global: bool,
    /// Types of the globals that hold locals.
    spills: &'s [ValType],
}

impl<'p, 'a> Linker<'p, 'a> {
    /// See [`super::instrument`].
    pub fn instrument(binary: &[u8], passes: Passes) -> Result<Instrumented> {
        if passes == Passes::NONE {
            return Ok(Instrumented { binary: binary.to_vec(), manifest: Manifest::default() });
        }
        let mut profile = Profile::of(binary)?;
        let bodies = std::mem::take(&mut profile.bodies);
        let names = profile.exports.iter().map(|export| export.name);
        let elastic = passes.isolate && !passes.linkable && profile.can_grow() && grows(&bodies)?;
        let mut linker = Linker {
            passes,
            types: PlainTypes::new(&profile.types),
            own: Vec::new(),
            shift: u32::from(passes.meter) + u32::from(elastic),
            elastic,
            prefix: unused_prefix(names),
            profile: &profile,
        };
        linker.run(binary, bodies)
    }

    fn run(
        &mut self,
        binary: &'a [u8],
        bodies: Vec<super::profile::Body<'a>>,
    ) -> Result<Instrumented> {
        let profile = self.profile;
        let fuel_global = (self.passes.meter && (self.passes.linkable || profile.has_tags))
            .then_some(profile.globals.len() as u32);
        if let Some(fuel) = fuel_global.filter(|_| self.passes.linkable) {
            self.adapt_imports(fuel)?;
        }
        let marking = isolate::Plan {
            memory: profile.memories.len() as u32,
            mark_range: self.next_function(),
            restorable: profile.is_restorable(),
            narrow: profile.is_narrow(),
            elastic: self.elastic.then(|| {
                let grow = profile.imported_functions as u32 + u32::from(self.passes.meter);
                (grow, self.next_function() + 1)
            }),
        };
        let metering = meter::Plan {
            refill: profile.imported_functions as u32,
            spill: fuel_global.filter(|_| profile.has_tags),
            tables64: &profile.tables64,
            memories: &profile.memories,
        };
        let twins = match self.passes.isolate && !self.passes.linkable {
            true => profile.own_mutable_globals().count(),
            false => 0,
        };
        let globals = profile.globals.len() + usize::from(fuel_global.is_some()) + twins;
        let mut spills = Spills::new(globals as u32);
        let mut graph = CallGraph::new(profile.functions.len());
        let mut code = Code::default();
        let mut marks = self.elastic;
        for (body, text) in bodies {
            let ty = profile.type_of(body.index)?;
            let mut function = Function::read(body, &text, ty, self.passes.meter)?;
            for op in &function.ops {
                graph.enter(function.index, &op.code);
            }
            if self.passes.nan {
                nan::run(&mut function, &profile.memories);
            }
            if self.passes.meter || self.passes.isolate {
                divide::run(&mut function);
            }
            if self.passes.isolate {
                marks |= isolate::run(&mut function, &marking);
            }
            if self.passes.meter {
                meter::run(&mut function, &metering, &mut self.types, &mut spills);
            }
            self.encode(&function, &mut code)?;
        }
        let referenced = graph.referenced();
        let startup = startup::of(profile, &graph)?;
        let changes = graph.solve(profile);
        // The host writes arguments where the guest's allocator says.
        marks |= self.passes.isolate
            && !self.passes.linkable
            && profile.function("cabi_realloc").is_some();
        if marks {
            self.own.push(OwnFunction {
                ty: self.types.of(&[ValType::I32, ValType::I32], &[]),
                locals: vec![(2, ValType::I32)],
                code: isolate::mark_range(&marking),
            });
        }
        if self.elastic {
            let ty = self.types.of(&[ValType::I32, ValType::I32], &[]);
            self.push(ty, isolate::check_range(&marking));
        }
        let mut manifest = Manifest {
            shift: self.shift,
            functions: (profile.functions.len() - profile.imported_functions) as u32,
            ..Manifest::default()
        };
        let mut exports = ExportSection::new();
        let mut start = None;
        match self.passes.linkable {
            true => start = self.export_plain(&mut exports, fuel_global)?,
            false => {
                self.export_direct(&mut exports, &mut manifest, &changes, fuel_global)?;
                self.export_startup(&mut exports, &mut manifest, &startup);
            }
        }
        if marks {
            let pages = isolate::pages(&profile.memories);
            let name = format!("{}memory", self.prefix);
            exports.export(&name, ExportKind::Memory, marking.memory);
            manifest.memory = Some((name, pages as usize * 65536));
            if marking.restorable && !self.passes.linkable {
                let name = format!("{}restored", self.prefix);
                exports.export(&name, ExportKind::Memory, 0);
                manifest.restored = Some(name);
                manifest.elastic = self.elastic;
            }
        }
        let memory = manifest.memory.as_ref().map(|(_, bytes)| (*bytes / 65536) as u64);
        let spills = spills.types();
        let has_fuel_global = fuel_global.is_some();
        let added = Added { exports, referenced, start, memory, has_fuel_global, spills };
        let (binary, places) = self.write(binary, code, &added)?;
        manifest.offsets = places;
        Ok(Instrumented { binary, manifest })
    }

    fn next_function(&self) -> u32 {
        self.profile.functions.len() as u32 + self.shift + self.own.len() as u32
    }

    fn push(&mut self, ty: u32, code: Vec<I<'static>>) -> u32 {
        self.own.push(OwnFunction { ty, locals: Vec::new(), code });
        self.next_function() - 1
    }

    /// For each imported function one of the type that ours have: keeps the fuel in the global.
    fn adapt_imports(&mut self, fuel: u32) -> Result<()> {
        for import in 0..self.profile.imported_functions as u32 {
            let params = self.profile.type_of(import)?.params().len() as u32;
            let mut code = vec![I::LocalGet(params), I::GlobalSet(fuel)];
            code.extend((0..params).map(I::LocalGet));
            code.extend([I::Call(import), I::GlobalGet(fuel), I::End]);
            self.push(self.profile.functions[import as usize], code);
        }
        Ok(())
    }

    /// Exports under the guest's names and types; the start function, for the start section.
    fn export_plain(
        &mut self,
        exports: &mut ExportSection,
        fuel: Option<u32>,
    ) -> Result<Option<u32>> {
        let profile = self.profile;
        let mut wrappers = std::collections::HashMap::new();
        let mut wrapped = |this: &mut Self, function: u32| -> Result<u32> {
            let Some(fuel) = fuel else { return Ok(this.number(function)) };
            if (function as usize) < profile.imported_functions {
                return Ok(function);
            }
            if let Some(known) = wrappers.get(&function) {
                return Ok(*known);
            }
            let params = profile.type_of(function)?.params().len() as u32;
            let mut code: Vec<I<'static>> = (0..params).map(I::LocalGet).collect();
            let call = I::Call(this.number(function));
            code.extend([I::GlobalGet(fuel), call, I::GlobalSet(fuel), I::End]);
            let ty = this.types.plain(profile.functions[function as usize]);
            let number = this.push(ty, code);
            wrappers.insert(function, number);
            Ok(number)
        };
        for export in &profile.exports {
            let (kind, index) = match export.kind {
                ExternalKind::Func | ExternalKind::FuncExact => {
                    (ExportKind::Func, wrapped(self, export.index)?)
                }
                ExternalKind::Table => (ExportKind::Table, export.index),
                ExternalKind::Memory => (ExportKind::Memory, export.index),
                ExternalKind::Global => (ExportKind::Global, export.index),
                ExternalKind::Tag => (ExportKind::Tag, export.index),
            };
            exports.export(export.name, kind, index);
        }
        profile.start.map(|start| wrapped(self, start)).transpose()
    }

    /// Exports for our own host: functions as they now are, and what resets them.
    fn export_direct(
        &mut self,
        exports: &mut ExportSection,
        manifest: &mut Manifest,
        changes: &[Change],
        fuel_global: Option<u32>,
    ) -> Result<()> {
        let profile = self.profile;
        let globals: Vec<(u32, wasmparser::GlobalType)> = match self.passes.isolate {
            true => profile.own_mutable_globals().map(|(at, ty)| (at, *ty)).collect(),
            false => Vec::new(),
        };
        let first_twin = profile.globals.len() as u32 + u32::from(fuel_global.is_some());
        let twins = |at: usize| first_twin + at as u32;
        let mut restore: Vec<I<'static>> = Vec::new();
        for (at, (global, ty)) in globals.iter().enumerate() {
            restore.push(I::GlobalGet(twins(at)));
            if is_non_null(ty) {
                restore.push(I::RefAsNonNull);
            }
            restore.push(I::GlobalSet(*global));
        }
        if globals.len() > MOST_INLINE {
            let ty = self.types.of(&[], &[]);
            restore.push(I::End);
            restore = vec![I::Call(self.push(ty, restore))];
        }
        for (at, export) in profile.exports.iter().enumerate() {
            let kind = match export.kind {
                ExternalKind::Func | ExternalKind::FuncExact => {
                    let effects = changes[export.index as usize].effects;
                    manifest.effects.insert(export.name.to_string(), effects);
                    let number = self.number(export.index);
                    exports.export(export.name, ExportKind::Func, number);
                    let of = |name: &str| match profile.function(name) {
                        Some(function) => changes[function as usize].effects,
                        None => Effects::NONE,
                    };
                    // What was called for the same call before it.
                    let result_of = export.name.strip_prefix("cabi_post_");
                    let all = effects | of("cabi_realloc") | result_of.map_or(Effects::NONE, of);
                    if globals.is_empty() || !all.intersects(Effects::GLOBAL) {
                        continue;
                    }
                    let params = profile.type_of(export.index)?.params().len() as u32;
                    let mut code: Vec<I<'static>> =
                        (0..params + u32::from(self.passes.meter)).map(I::LocalGet).collect();
                    code.push(I::Call(number));
                    code.extend(restore.iter().cloned());
                    code.push(I::End);
                    let last = self.push(profile.functions[export.index as usize], code);
                    let name = format!("{}last {at}", self.prefix);
                    exports.export(&name, ExportKind::Func, last);
                    manifest.last.insert(export.name.to_string(), name);
                    continue;
                }
                ExternalKind::Table => ExportKind::Table,
                ExternalKind::Memory => ExportKind::Memory,
                ExternalKind::Global => ExportKind::Global,
                ExternalKind::Tag => ExportKind::Tag,
            };
            exports.export(export.name, kind, export.index);
        }
        if !globals.is_empty() {
            let mut code = Vec::new();
            for (at, (global, _)) in globals.iter().enumerate() {
                code.extend([I::GlobalGet(*global), I::GlobalSet(twins(at))]);
            }
            code.push(I::End);
            let ty = self.types.of(&[], &[]);
            let snapshot = self.push(ty, code);
            let name = format!("{}snapshot", self.prefix);
            exports.export(&name, ExportKind::Func, snapshot);
            manifest.snapshot = Some(name);
        }
        Ok(())
    }

    /// Exports what is to be run before any call.
    fn export_startup(
        &self,
        exports: &mut ExportSection,
        manifest: &mut Manifest,
        startup: &[(Phase, u32)],
    ) {
        for (phase, function) in startup {
            let name = format!("{}startup {}", self.prefix, manifest.startup.len());
            exports.export(&name, ExportKind::Func, self.number(*function));
            manifest.startup.push((*phase, name));
        }
    }

    /// What a function of the guest's is numbered for the guest's own uses.
    fn number(&self, guests: u32) -> u32 {
        let imported = self.profile.imported_functions as u32;
        match guests.checked_sub(imported) {
            Some(_) => guests + self.shift,
            None if self.passes.meter => self.profile.functions.len() as u32 + self.shift + guests,
            None => guests,
        }
    }

    fn encode(&mut self, function: &Function<'_>, code: &mut Code) -> Result<()> {
        let mut locals: Vec<(u32, ValType)> = Vec::new();
        for (count, ty) in &function.locals {
            locals.push((*count, self.val_type(*ty).map_err(internal)?));
        }
        locals.extend(function.own_locals().iter().map(|ty| (1, *ty)));
        let mut writer = Writer { body: wasm_encoder::Function::new(locals), hints: Vec::new() };
        writer.add(&function.prologue);
        let mut places = Vec::new();
        for op in &function.ops {
            if can_trap(&op.code) {
                places.push((writer.body.byte_len(), op.offset as u32));
            }
            writer.add(&op.before);
            if !op.replaced {
                let instruction = match &op.code {
                    O::LocalGet { local_index } => I::LocalGet(function.local(*local_index)),
                    O::LocalSet { local_index } => I::LocalSet(function.local(*local_index)),
                    O::LocalTee { local_index } => I::LocalTee(function.local(*local_index)),
                    other => self.instruction(other.clone()).map_err(internal)?,
                };
                writer.body.instruction(&instruction);
            }
            writer.add(&op.after);
        }
        let Writer { body, hints } = writer;
        too_long(function.index, body.byte_len())?;
        if !hints.is_empty() {
            code.hints.function_hints(self.number(function.index), hints);
        }
        code.section.function(&body);
        let start = (code.section.byte_len() - body.byte_len()) as u32;
        code.places.extend(places.into_iter().map(|(now, was)| (start + now as u32, was)));
        Ok(())
    }

    fn write(
        &mut self,
        binary: &'a [u8],
        mut code: Code,
        added: &Added<'_>,
    ) -> Result<(Vec<u8>, Offsets)> {
        let mut types = TypeSection::new();
        let mut imports = ImportSection::new();
        let mut functions = FunctionSection::new();
        let mut tables = TableSection::new();
        let mut memories = MemorySection::new();
        let mut tags = TagSection::new();
        let mut globals = GlobalSection::new();
        let mut elements = ElementSection::new();
        let mut data_count = None;
        let mut data = DataSection::new();
        let mut names = self.export_names();
        for payload in Parser::new(0).parse_all(binary) {
            match payload.map_err(invalid)? {
                Payload::TypeSection(s) => self.parse_type_section(&mut types, s),
                Payload::ImportSection(s) => self.parse_import_section(&mut imports, s),
                Payload::FunctionSection(s) => self.parse_function_section(&mut functions, s),
                Payload::TableSection(s) => self.parse_table_section(&mut tables, s),
                Payload::MemorySection(s) => self.parse_memory_section(&mut memories, s),
                Payload::TagSection(s) => self.parse_tag_section(&mut tags, s),
                Payload::GlobalSection(s) => self.parse_global_section(&mut globals, s),
                Payload::ElementSection(s) => self.parse_element_section(&mut elements, s),
                Payload::DataCountSection { count, .. } => {
                    data_count = Some(DataCountSection { count });
                    Ok(())
                }
                Payload::DataSection(s) => self.parse_data_section(&mut data, s),
                Payload::CustomSection(s) => {
                    if let wasmparser::KnownCustom::Name(reader) = s.as_known() {
                        names = self.names(reader).unwrap_or(names);
                    }
                    Ok(())
                }
                _ => Ok(()),
            }
            .map_err(internal)?;
        }
        if self.passes.meter {
            let ty = self.types.of(&[ValType::I64], &[ValType::I64]);
            imports.import(REFILL.0, REFILL.1, EntityType::Function(ty));
        }
        if self.elastic {
            let ty = self.types.of(&[ValType::I32], &[ValType::I32]);
            imports.import(GROW.0, GROW.1, EntityType::Function(ty));
        }
        if let Some(pages) = added.memory {
            memories.memory(MemoryType {
                minimum: pages,
                maximum: Some(pages),
                memory64: false,
                shared: false,
                page_size_log2: None,
            });
        }
        if added.has_fuel_global {
            globals.global(global(ValType::I64), &ConstExpr::i64_const(0));
        }
        if self.passes.isolate && !self.passes.linkable {
            for (_, ty) in self.profile.own_mutable_globals() {
                let ty = encoded(&[ty.content_type]);
                let (ty, init) = ty.first().map(twin).ok_or_else(unsupported)?;
                globals.global(global(ty), &init);
            }
        }
        for ty in added.spills {
            globals.global(global(*ty), &twin(ty).1);
        }
        if !added.referenced.is_empty() {
            // An export declares a function for `ref.func`, but what is exported may be ours.
            let all: Vec<u32> =
                added.referenced.iter().map(|function| self.number(*function)).collect();
            elements.declared(Elements::Functions(all.into()));
        }
        for own in &self.own {
            functions.function(own.ty);
            let mut body = wasm_encoder::Function::new(own.locals.iter().copied());
            own.code.iter().for_each(|instruction| {
                body.instruction(instruction);
            });
            code.section.function(&body);
        }
        self.types.append_to(&mut types);

        let mut module = wasm_encoder::Module::new();
        module.section(&types).section(&imports).section(&functions).section(&tables);
        module.section(&memories);
        if !tags.is_empty() {
            module.section(&tags);
        }
        module.section(&globals).section(&added.exports);
        if let Some(function_index) = added.start {
            module.section(&StartSection { function_index });
        }
        module.section(&elements);
        if let Some(count) = data_count {
            module.section(&count);
        }
        if !code.hints.is_empty() {
            module.section(&code.hints);
        }
        module.section(&code.section);
        let content = (module.len() - code.section.byte_len()) as u32;
        module.section(&data);
        if !names.is_empty() {
            let mut functions = NameMap::new();
            names.iter().for_each(|(function, name)| {
                let own = *function as usize >= self.profile.imported_functions;
                functions.append(function + u32::from(own) * self.shift, name);
            });
            let mut names = NameSection::new();
            names.functions(&functions);
            module.section(&names);
        }
        code.places.iter_mut().for_each(|(now, _)| *now += content);
        Ok((module.finish(), Offsets::new(&code.places)))
    }

    /// Names of functions that have no other: what they are exported as, the first where there are several.
    fn export_names(&self) -> BTreeMap<u32, &'a str> {
        let mut names = BTreeMap::new();
        for (name, function) in self.profile.exported_functions() {
            names.entry(function).or_insert(name);
        }
        names
    }

    /// The names of functions, for backtraces. A damaged section is no error, as in wasmtime.
    fn names(&self, reader: wasmparser::NameSectionReader<'a>) -> Option<BTreeMap<u32, &'a str>> {
        let mut names = self.export_names();
        for subsection in reader {
            if let wasmparser::Name::Function(map) = subsection.ok()? {
                for naming in map {
                    let naming = naming.ok()?;
                    if (naming.index as usize) < self.profile.functions.len() {
                        names.insert(naming.index, naming.name);
                    }
                }
            }
        }
        Some(names)
    }
}

/// Whether any function grows memory 0.
fn grows(bodies: &[super::profile::Body<'_>]) -> Result<bool> {
    for (_, body) in bodies {
        for op in body.get_operators_reader().map_err(invalid)? {
            if matches!(op.map_err(invalid)?, O::MemoryGrow { mem: 0 }) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// One function's code as it is written.
struct Writer {
    body: wasm_encoder::Function,
    hints: Vec<BranchHint>,
}

impl Writer {
    fn add(&mut self, all: &[Own]) {
        for own in all {
            match own {
                Own::Plain(instruction) => {
                    self.body.instruction(instruction);
                }
                Own::Unlikely(ty) => self.hinted(*ty, 0),
                Own::Likely(ty) => self.hinted(*ty, 1),
            }
        }
    }

    fn hinted(&mut self, ty: wasm_encoder::BlockType, branch_hint_value: u32) {
        let branch_func_offset = self.body.byte_len() as u32;
        self.hints.push(BranchHint { branch_func_offset, branch_hint_value });
        self.body.instruction(&I::If(ty));
    }
}

/// New numbers and types, where they differ.
impl Reencode for Linker<'_, '_> {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Reencoded<u32> {
        Ok(self.number(function))
    }

    fn func_type(&mut self, ty: wasmparser::FuncType) -> Reencoded<wasm_encoder::FuncType> {
        let (mut params, mut results) = (encoded(ty.params()), encoded(ty.results()));
        if self.passes.meter {
            params.push(ValType::I64);
            results.push(ValType::I64);
        }
        Ok(wasm_encoder::FuncType::new(params, results))
    }

    fn block_type(&mut self, ty: wasmparser::BlockType) -> Reencoded<wasm_encoder::BlockType> {
        match ty {
            wasmparser::BlockType::FuncType(declared) if self.passes.meter => {
                Ok(wasm_encoder::BlockType::FunctionType(self.types.plain(declared)))
            }
            other => reencode::utils::block_type(self, other),
        }
    }

    fn entity_type(&mut self, ty: wasmparser::TypeRef) -> Reencoded<EntityType> {
        match ty {
            wasmparser::TypeRef::Func(declared) if self.passes.meter => {
                Ok(EntityType::Function(self.types.plain(declared)))
            }
            other => reencode::utils::entity_type(self, other),
        }
    }

    fn tag_type(&mut self, ty: wasmparser::TagType) -> Reencoded<wasm_encoder::TagType> {
        let mut encoded = reencode::utils::tag_type(self, ty)?;
        if self.passes.meter {
            encoded.func_type_idx = self.types.plain(encoded.func_type_idx);
        }
        Ok(encoded)
    }
}

type Reencoded<T> = std::result::Result<T, reencode::Error<Infallible>>;

fn internal(error: reencode::Error<Infallible>) -> Error {
    match error {
        reencode::Error::ParseError(error) => invalid(error),
        other => Error::Internal(other.to_string()),
    }
}

fn unsupported() -> Error {
    Error::Internal("a global of a type that cannot be encoded".into())
}

/// What no name of the guest's begins with.
fn unused_prefix<'n>(names: impl Iterator<Item = &'n str> + Clone) -> String {
    let mut prefix = String::from("plwasm ");
    while names.clone().any(|name| name.starts_with(&prefix)) {
        prefix.push('_');
    }
    prefix
}

fn global(val_type: ValType) -> wasm_encoder::GlobalType {
    wasm_encoder::GlobalType { val_type, mutable: true, shared: false }
}

fn is_non_null(ty: &wasmparser::GlobalType) -> bool {
    matches!(ty.content_type, wasmparser::ValType::Ref(ty) if !ty.is_nullable())
}

/// The type of the global that remembers one of this type, and its first value.
fn twin(ty: &ValType) -> (ValType, ConstExpr) {
    match *ty {
        ValType::I32 => (*ty, ConstExpr::i32_const(0)),
        ValType::I64 => (*ty, ConstExpr::i64_const(0)),
        ValType::F32 => (*ty, ConstExpr::f32_const(0f32.into())),
        ValType::F64 => (*ty, ConstExpr::f64_const(0f64.into())),
        ValType::V128 => (*ty, ConstExpr::v128_const(0)),
        ValType::Ref(RefType { heap_type, .. }) => {
            let nullable = ValType::Ref(RefType { nullable: true, heap_type });
            (nullable, ConstExpr::ref_null(heap_type))
        }
    }
}

/// Whether an instruction can be in a backtrace. So can an `if` around an `unreachable`.
pub(crate) fn can_trap(code: &O<'_>) -> bool {
    !matches!(
        code,
        O::LocalGet { .. }
            | O::LocalSet { .. }
            | O::LocalTee { .. }
            | O::GlobalGet { .. }
            | O::GlobalSet { .. }
            | O::I32Const { .. }
            | O::I64Const { .. }
            | O::F32Const { .. }
            | O::F64Const { .. }
            | O::I32Add
            | O::I32Sub
            | O::I32Mul
            | O::I32And
            | O::I32Or
            | O::I32Xor
            | O::I32Shl
            | O::I32ShrS
            | O::I32ShrU
            | O::I32Eqz
            | O::I32Eq
            | O::I32Ne
            | O::I64Add
            | O::F64Add
            | O::F64Mul
            | O::Block { .. }
            | O::Else
            | O::End
            | O::Br { .. }
            | O::Drop
            | O::Select
    )
}
