//! Merges the instances of an assembly into one core module without imports.
//!
//! Every index space is the concatenation of the instances' index spaces, in order ([`Space`]). What instances do
//! when they are made ([`Start`]) happens in that order, too. Merging must never turn modules that do not validate
//! into one that does and means something else: indices out of range are refused here, and everything else is
//! validated when the merged module is instrumented.

use super::assembly::Assembly;
use super::space::{Reencoded, Space};
use super::start::Start;
use super::touched::Touched;
use crate::compile::offsets::OURS;
use crate::error::{Error, Result};
use crate::read::inspect::core_module::CoreModule;
use crate::read::inspect::invalid;
use crate::read::opcode::can_trap;
use std::collections::BTreeMap;
use wasm_encoder::reencode::utils::export_kind;
use wasm_encoder::reencode::{self, Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, DataCountSection, DataSection, ElementSection, Elements, ExportSection, Function,
    FunctionSection, GlobalSection, MemorySection, NameMap, NameSection, StartSection,
    TableSection, TagSection, TypeSection,
};
use wasmparser::{ExternalKind, FunctionBody, Operator, TableInit};

/// The most bytes of all instances' modules together, as a multiple of the component's size, and the bytes allowed in
/// addition. A module is copied for each of its instances.
const MOST_COPIES: usize = 4;
const MOST_OURS: usize = 1 << 20;

/// A merged module.
#[derive(Debug)]
pub struct Merged {
    /// A core module without imports.
    pub binary: Vec<u8>,
    /// Offsets of instructions in the merged module, and in the binary that the user gave, or [`OURS`].
    pub(crate) places: Vec<(u32, u32)>,
    /// Whether stubs of WASI take the place of imports.
    pub(crate) is_supplied: bool,
    /// The number of the memory of what the guest says, if it can say something.
    pub(crate) messages: Option<u32>,
    /// Exported functions that take or return a handle that is no representation.
    pub(crate) unrepresented: Vec<String>,
    /// Functions that only trap because they are not implemented, and their names.
    pub(crate) absent: Vec<(u32, &'static str)>,
}

/// The names under which the memory and the allocator of a merged component are exported. No function can have such a
/// name.
pub(crate) const MEMORY: &str = "cabi_memory";
pub(crate) const REALLOC: &str = "cabi_realloc";

#[derive(Default)]
struct Sections<'a> {
    types: TypeSection,
    type_count: u32,
    functions: FunctionSection,
    tables: TableSection,
    memories: Vec<(u32, wasm_encoder::MemoryType)>,
    tags: TagSection,
    globals: GlobalSection,
    elements: ElementSection,
    data: DataSection,
    has_data_count: bool,
    code: CodeSection,
    places: Vec<(u32, u32)>,
    names: BTreeMap<u32, &'a str>,
    referenced: Vec<u32>,
}

/// Merges an assembly. `size` is the number of bytes that the assembly was made of.
///
/// # Errors
/// [`Error::Invalid`] for indices out of range; [`Error::Unsupported`] for what cannot be merged; [`Error::TooLarge`]
/// if modules are copied too often.
pub(crate) fn merge(assembly: &Assembly<'_>, size: usize) -> Result<Merged> {
    let copied =
        assembly.instances.iter().map(|instance| assembly.modules[instance.module].binary.len());
    let (copied, limit) = (copied.sum(), size * MOST_COPIES + MOST_OURS);
    if copied > limit {
        return Err(Error::TooLarge { size: copied, limit });
    }
    let parts = assembly.modules.iter().map(|module| CoreModule::read(&module.binary));
    let parts = parts.collect::<Result<Vec<_>>>()?;
    let mut spaces = Space::of(assembly, &parts)?;
    let mut sections = Sections::default();
    let mut start = Start::new(Touched::new(assembly, &parts, &spaces));
    let mut has_types = vec![false; parts.len()];
    for number in assembly.order.iter().copied() {
        let (instance, space) = (&assembly.instances[number], &mut spaces[number]);
        let part = &parts[instance.module];
        if !std::mem::replace(&mut has_types[instance.module], true) {
            sections.types(part, space).map_err(internal)?;
        }
        sections.declarations(part, space).map_err(internal)?;
        start
            .enter((part, number), space, &mut sections.elements, &mut sections.data)
            .map_err(internal)?;
        let offset = assembly.modules[instance.module].offset;
        for body in &part.bodies {
            sections.code(body, space, offset).map_err(internal)?;
        }
        sections.names(part, space, offset.is_none());
        sections.referenced.append(&mut space.referenced);
    }
    let mut exports = ExportSection::new();
    for export in &assembly.exports {
        let number = spaces[export.item.instance].item(export.item.kind, export.item.index)?;
        exports.export(
            &export.name,
            export_kind(&mut RoundtripReencoder, export.item.kind),
            number,
        );
    }
    for (name, items) in [(MEMORY, &assembly.memories), (REALLOC, &assembly.reallocs)] {
        let mut found = None;
        for item in items {
            let number = spaces[item.instance].item(item.kind, item.index)?;
            if *found.get_or_insert(number) != number {
                return Err(Error::Unsupported(
                    "exported functions that do not share one memory and one allocator".into(),
                ));
            }
        }
        if let Some(number) = found {
            exports.export(name, export_kind(&mut RoundtripReencoder, items[0].kind), number);
        }
    }
    let absent = assembly.absent.iter().map(|(item, name)| {
        spaces[item.instance].item(item.kind, item.index).map(|number| (number, *name))
    });
    let absent = absent.collect::<Result<_>>()?;
    let messages = assembly.messages.map(|item| spaces[item.instance].item(item.kind, item.index));
    Ok(Merged {
        is_supplied: assembly.is_supplied,
        messages: messages.transpose()?,
        unrepresented: assembly.unrepresented.clone(),
        absent,
        ..sections.finish(start, &exports)
    })
}

impl<'a> Sections<'a> {
    fn types(&mut self, part: &CoreModule<'a>, space: &mut Space) -> Reencoded<()> {
        for group in &part.types {
            space.parse_recursive_type_group(self.types.ty(), group.clone())?;
        }
        self.type_count += part.type_count;
        Ok(())
    }

    fn declarations(&mut self, part: &CoreModule<'a>, space: &mut Space) -> Reencoded<()> {
        for ty in &part.functions {
            self.functions.function(space.type_index(*ty)?);
        }
        for table in &part.tables {
            // Globals come after tables: they do not exist yet.
            if let TableInit::Expr(init) = &table.init
                && init
                    .get_operators_reader()
                    .into_iter()
                    .any(|code| matches!(code, Ok(Operator::GlobalGet { .. })))
            {
                return Err(reencode::Error::UserError(Error::Unsupported(
                    "a table filled from an imported global".into(),
                )));
            }
            space.parse_table(&mut self.tables, table.clone())?;
        }
        let imported = part.imported.memories.len() as u32;
        for (at, memory) in part.memories.iter().enumerate() {
            let number = space.memory_index(imported + at as u32)?;
            self.memories.push((number, space.memory_type(*memory)?));
        }
        for tag in &part.tags {
            self.tags.tag(space.tag_type(*tag)?);
        }
        for global in &part.globals {
            space.parse_global(&mut self.globals, global.clone())?;
        }
        self.has_data_count |= part.has_data_count;
        Ok(())
    }

    fn code(
        &mut self,
        body: &FunctionBody<'a>,
        space: &mut Space,
        offset: Option<usize>,
    ) -> Reencoded<()> {
        let mut function = space.new_function_with_parsed_locals(body)?;
        let mut reader = body.get_operators_reader()?;
        let first = self.places.len();
        while !reader.eof() {
            let was = reader.original_position();
            let code = reader.read()?;
            if can_trap(&code) {
                let was = offset.and_then(|offset| u32::try_from(offset + was).ok());
                self.places.push((function.byte_len() as u32, was.unwrap_or(OURS)));
            }
            function.instruction(&space.instruction(code)?);
        }
        self.code.function(&function);
        let start = (self.code.byte_len() - function.byte_len()) as u32;
        self.places[first..].iter_mut().for_each(|(now, _)| *now += start);
        Ok(())
    }

    /// Names functions, for backtraces. Our functions are named as they are exported.
    fn names(&mut self, part: &CoreModule<'a>, space: &Space, ours: bool) {
        let imported = part.imported.functions.len();
        let mut name = |function: u32, name: &'a str| {
            let own = (function as usize).checked_sub(imported);
            if let Some(number) = own.and_then(|own| space.own(ExternalKind::Func, part).get(own)) {
                self.names.insert(*number, name);
            }
        };
        if ours {
            let exports = part.exports.iter().filter(|export| export.kind == ExternalKind::Func);
            exports.for_each(|export| name(export.index, export.name));
        }
        part.names.iter().for_each(|(function, is)| name(*function, is));
    }

    fn finish(mut self, start: Start, exports: &ExportSection) -> Merged {
        self.has_data_count |= start.has_late_data();
        let next = self.functions.len();
        let start = start.function().map(|(body, number)| match body {
            None => number,
            Some(body) => {
                self.functions.function(self.type_count);
                self.types.ty().function([], []);
                self.code.function(&body);
                next
            }
        });
        self.referenced.sort_unstable();
        self.referenced.dedup();
        if !self.referenced.is_empty() {
            // Their own modules exported or declared these functions.
            self.elements.declared(Elements::Functions(self.referenced.into()));
        }
        let mut memories = MemorySection::new();
        self.memories.sort_by_key(|(number, _)| *number);
        self.memories.iter().for_each(|(_, ty)| {
            memories.memory(*ty);
        });
        let mut module = wasm_encoder::Module::new();
        module.section(&self.types).section(&self.functions).section(&self.tables);
        module.section(&memories);
        if !self.tags.is_empty() {
            module.section(&self.tags);
        }
        module.section(&self.globals).section(exports);
        if let Some(function_index) = start {
            module.section(&StartSection { function_index });
        }
        module.section(&self.elements);
        if self.has_data_count {
            module.section(&DataCountSection { count: self.data.len() });
        }
        module.section(&self.code);
        let content = (module.len() - self.code.byte_len()) as u32;
        module.section(&self.data);
        if !self.names.is_empty() {
            let mut map = NameMap::new();
            self.names.iter().for_each(|(number, name)| map.append(*number, name));
            let mut names = NameSection::new();
            names.functions(&map);
            module.section(&names);
        }
        self.places.iter_mut().for_each(|(now, _)| *now += content);
        Merged {
            binary: module.finish(),
            places: self.places,
            is_supplied: false,
            messages: None,
            unrepresented: Vec::new(),
            absent: Vec::new(),
        }
    }
}

/// Returns the body of a function without parameters and results, consisting of these instructions.
pub(super) fn body(code: &[wasm_encoder::Instruction<'_>]) -> Function {
    let mut body = Function::new([]);
    code.iter().for_each(|instruction| {
        body.instruction(instruction);
    });
    body.instruction(&wasm_encoder::Instruction::End);
    body
}

fn internal(error: reencode::Error<Error>) -> Error {
    match error {
        reencode::Error::ParseError(error) => invalid(error),
        reencode::Error::UserError(error) => error,
        other => Error::Invalid(other.to_string()),
    }
}
