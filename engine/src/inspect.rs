//! Reading a binary without running or compiling it: what it is, what it imports and exports.
//!
//! It must never panic on any bytes whatever.

use crate::abi::{CoreSignature, CoreType};
use crate::component::{self, Merged, Stubs};
use crate::error::{Error, Result};
use crate::family::Family;
use crate::initialization::{CONSTRUCTORS, INITIALIZE};
use crate::instrument::Effects;
use crate::limits::{MAX_MEMORIES, MAX_TABLES};
use crate::name::printable;
use crate::wasi;
use crate::wit::bounds;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::rc::Rc;
use wasmparser::{
    BinaryReader, CompositeInnerType, ConstExpr, DataKind, ElementItems, ElementKind, ExternalKind,
    FunctionBody, Operator, Parser, Payload, TypeRef, ValType,
};

/// The most types, the most exports, and the most bytes of their names: every process that loads a module enters
/// them into its tables, which cannot be interrupted.
const MAX_TYPES: usize = 50_000;
const MAX_EXPORTS: usize = 100_000;
const MAX_NAMES: usize = 4 << 20;

/// wasmtime writes the elements of a table that begins with no more down, one by one, however few are set.
const LARGE_TABLE: u64 = 1 << 20;

/// The most elements of such tables.
const MAX_ELEMENTS: usize = 2 << 20;

/// The most complexity ([`complexity`]) of all functions: what has more, as 500 nested loops around 1,000 locals have,
/// is refused at once and on any machine alike. Of 100 packages of npm and PyPI a physics engine has the most, 7.4e6;
/// CPython has 3.3e5. What was written to have little of it and to keep the allocator of registers busy all the same
/// (`ifs-of-locals-allowed` of `tests/client/bombs.py`, minutes) is ended by the limits of the compiler process.
const MAX_COMPLEXITY: u64 = 15_000_000;

/// What kind of binary it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    Module,
    Component,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Module => "module",
            Self::Component => "component",
        })
    }
}

/// One thing that a module wants from its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    module: String,
    name: String,
    kind: &'static str,
    family: Family,
}

impl Import {
    /// A function that a component imports, of an instance that it imports.
    pub(crate) fn function(instance: &str, name: &str) -> Self {
        Self::new(instance, name, "function", None)
    }

    /// Of a core module. The signature is that of a function, if its type has one.
    pub(crate) fn of(import: &wasmparser::Import<'_>, signature: Option<&CoreSignature>) -> Self {
        let kind = match import.ty {
            TypeRef::Func(_) | TypeRef::FuncExact(_) => "function",
            TypeRef::Table(_) => "table",
            TypeRef::Memory(memory) if memory.shared => "shared memory",
            TypeRef::Memory(_) => "memory",
            TypeRef::Global(_) => "global",
            TypeRef::Tag(_) => "tag",
        };
        Self::new(import.module, import.name, kind, signature)
    }

    fn new(
        module: &str,
        name: &str,
        kind: &'static str,
        signature: Option<&CoreSignature>,
    ) -> Self {
        let is_inert = kind == "function" && wasi::covers(module, name);
        let family = Family::of_import(module, name, kind, signature, is_inert);
        Self { module: module.to_string(), name: name.to_string(), kind, family }
    }

    /// The module or instance, and the name in it.
    pub(crate) fn names(&self) -> (&str, &str) {
        (&self.module, &self.name)
    }

    /// Who expects it.
    pub fn family(&self) -> Family {
        self.family
    }

    /// It was looked for, and not found.
    fn refuse(&mut self) {
        if self.family == Family::InertWasi {
            self.kind = "function of another type";
            self.family = Family::Wasi;
        }
    }
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} \"{}\".\"{}\"", self.kind, printable(&self.module), printable(&self.name))
    }
}

/// What a binary says of itself.
#[derive(Debug)]
pub struct Inspection {
    pub kind: Kind,
    pub imports: Vec<Import>,
    /// Exported functions with their types, in the module's order. Shared: a type of 2,000 values
    /// can be exported a million times by 3 MB.
    pub functions: Vec<(String, Rc<CoreSignature>)>,
    /// Bytes of code times locals, over all functions: what compiling little code costs at most.
    weight: u64,
    /// What compiling much code costs at worst: the sum of its functions' [`complexity`].
    complexity: u64,
    /// Whether code of its own may run before any call, or an active segment may not fit.
    has_startup: bool,
    /// Bytes of code, of all functions.
    code: u64,
    /// The most values that an instruction moves: of any type, parameters and results, or fields.
    width: u64,
    /// The core module that it is merged into, if it is a component or has stubs.
    pub(crate) merged: Option<Merged>,
}

impl Inspection {
    /// Reads a binary's sections.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is not WebAssembly, with the place. Function bodies are not looked
    /// at: compilation validates them. Of a component also those of [`component::merge`], but for imports.
    pub fn of(binary: &[u8]) -> Result<Self> {
        Self::with(binary, None)
    }

    /// What a binary is, by its first bytes; that it ends where its last section does, and no more.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn kind(binary: &[u8]) -> Result<Kind> {
        check_magic(binary)?;
        let kind = match binary.get(4..8) {
            Some(&[1, 0, 0, 0]) => Kind::Module,
            Some(&[0x0d, 0, 1, 0]) => Kind::Component,
            _ => return Err(Error::Invalid("it is of an unknown version".into())),
        };
        sections(binary)?;
        Ok(kind)
    }

    /// As [`of`](Self::of), with stubs in place of imports: what is left of those has none.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn with(binary: &[u8], stubs: Option<&dyn Stubs>) -> Result<Self> {
        let found = Self::read(binary)?;
        let merged = match (found.kind, stubs) {
            (Kind::Component, _) => component::merge(binary, stubs),
            (Kind::Module, Some(stubs)) if !found.imports.is_empty() => {
                component::merge_core(binary, stubs)
            }
            (Kind::Module, _) => return Ok(found),
        };
        match merged {
            Ok(merged) => {
                let read = Self::read(&merged.binary)?;
                Ok(Self { kind: found.kind, merged: Some(merged), ..read })
            }
            Err(Error::Imports(imports)) => {
                let mut found = Self { imports, ..found };
                found.consult_exports();
                if stubs.is_some() {
                    found.imports.iter_mut().for_each(Import::refuse);
                }
                Ok(found)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether code of its own may run before any call, or an active segment may not fit.
    pub fn has_startup(&self) -> bool {
        self.has_startup
    }

    /// Who made it, as far as its imports tell; none if it has none.
    pub fn family(&self) -> Option<Family> {
        Family::of(&self.imports)
    }

    /// Whether it may be compiled.
    ///
    /// # Errors
    /// [`Error::Imports`], [`Error::TooComplex`].
    pub fn check(&self) -> Result<()> {
        if !self.imports.is_empty() {
            return Err(Error::Imports(self.imports.clone()));
        }
        match self.complexity > MAX_COMPLEXITY {
            true => Err(Error::TooComplex { complexity: self.complexity, limit: MAX_COMPLEXITY }),
            false => Ok(()),
        }
    }

    /// The core module that would be compiled for the binary it was read from; none if that is a component with
    /// imports.
    pub fn core<'a>(&'a self, binary: &'a [u8]) -> Option<&'a [u8]> {
        match (&self.merged, self.kind) {
            (Some(merged), _) => Some(&merged.binary),
            (None, Kind::Module) => Some(binary),
            (None, Kind::Component) => None,
        }
    }

    /// Bytes of code times the values that one byte can move.
    pub(crate) fn work(&self) -> u64 {
        self.weight + self.code * self.width
    }

    pub(crate) fn read(binary: &[u8]) -> Result<Self> {
        check_magic(binary)?;
        let mut found = Self {
            kind: Kind::Module,
            imports: Vec::new(),
            functions: Vec::new(),
            weight: 0,
            complexity: 0,
            has_startup: false,
            code: 0,
            width: 0,
            merged: None,
        };
        let mut types: Vec<Option<Rc<CoreSignature>>> = Vec::new();
        let mut function_types: Vec<u32> = Vec::new();
        let (mut elements, mut functions, mut bodies) = (0, 0, 0);
        let (mut memories, mut tables): (Vec<u64>, Vec<u64>) = Default::default();
        for payload in Parser::new(0).parse_all(binary) {
            match payload.map_err(invalid)? {
                Payload::Version { encoding: wasmparser::Encoding::Component, .. } => {
                    found.kind = Kind::Component;
                    if is_wit_package(binary)? {
                        return Err(Error::WitPackage);
                    }
                    // Whoever reads on recurses.
                    bounds::check(binary)?;
                    return Ok(found);
                }
                Payload::TypeSection(reader) => {
                    for group in reader {
                        for ty in group.map_err(invalid)?.into_types() {
                            let (width, signature) = match ty.composite_type.inner {
                                CompositeInnerType::Func(func) => {
                                    let params = func.params().iter().map(core_type).collect();
                                    let results = func.results().iter().map(core_type).collect();
                                    let width = func.params().len() + func.results().len();
                                    (width, Some(Rc::new(CoreSignature { params, results })))
                                }
                                CompositeInnerType::Struct(ty) => (ty.fields.len(), None),
                                _ => (1, None),
                            };
                            found.width = found.width.max(width as u64);
                            types.push(signature);
                            at_most("types", types.len() as u64, MAX_TYPES)?;
                        }
                    }
                }
                Payload::ImportSection(reader) => {
                    for import in reader.into_imports() {
                        let import = import.map_err(invalid)?;
                        let mut signature = None;
                        if let TypeRef::Func(index) = import.ty {
                            function_types.push(index);
                            signature = types.get(index as usize).and_then(Option::as_deref);
                        }
                        found.imports.push(Import::of(&import, signature));
                    }
                }
                Payload::MemorySection(reader) => {
                    at_most("memories", reader.count().into(), MAX_MEMORIES)?;
                    for memory in reader {
                        memories.push(memory.map_err(invalid)?.initial << 16);
                    }
                }
                Payload::TableSection(reader) => {
                    at_most("tables", reader.count().into(), MAX_TABLES)?;
                    for table in reader {
                        let initial = table.map_err(invalid)?.ty.initial;
                        tables.push(initial);
                        elements += initial.min(LARGE_TABLE);
                    }
                    at_most("elements in its tables", elements, MAX_ELEMENTS)?;
                }
                Payload::FunctionSection(reader) => {
                    functions = reader.count();
                    for index in reader {
                        function_types.push(index.map_err(invalid)?);
                    }
                }
                Payload::ExportSection(reader) => {
                    at_most("exports", reader.count().into(), MAX_EXPORTS)?;
                    let mut names = 0;
                    for export in reader {
                        let export = export.map_err(invalid)?;
                        names += export.name.len() as u64;
                        at_most("bytes in names of exports", names, MAX_NAMES)?;
                        if export.kind != ExternalKind::Func {
                            continue;
                        }
                        found.has_startup |= [CONSTRUCTORS, INITIALIZE].contains(&export.name);
                        let signature = function_types
                            .get(export.index as usize)
                            .and_then(|ty| types.get(*ty as usize)?.clone())
                            .ok_or_else(|| {
                                Error::Invalid(format!(
                                    "export \"{}\" refers to no function",
                                    printable(export.name)
                                ))
                            })?;
                        found.functions.push((export.name.to_string(), signature));
                    }
                }
                Payload::StartSection { .. } => found.has_startup = true,
                Payload::ElementSection(reader) => {
                    for element in reader {
                        let element = element.map_err(invalid)?;
                        if let ElementKind::Active { table_index, offset_expr } = &element.kind {
                            let count = match &element.items {
                                ElementItems::Functions(all) => all.count(),
                                ElementItems::Expressions(_, all) => all.count(),
                            };
                            let table = tables.get(table_index.unwrap_or(0) as usize);
                            found.has_startup |= !fits(offset_expr, count.into(), table);
                        }
                    }
                }
                Payload::DataSection(reader) => {
                    for data in reader {
                        let data = data.map_err(invalid)?;
                        if let DataKind::Active { memory_index, offset_expr } = &data.kind {
                            let memory = memories.get(*memory_index as usize);
                            found.has_startup |= !fits(offset_expr, data.data.len() as u64, memory);
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let mut locals = 1;
                    for group in body.get_locals_reader().map_err(invalid)? {
                        locals += u64::from(group.map_err(invalid)?.0);
                    }
                    found.weight += locals * body.range().len() as u64;
                    let function = function_types.len() as u32 - functions + bodies;
                    bodies += 1;
                    let ty = function_types.get(function as usize);
                    let params = ty.and_then(|ty| types.get(*ty as usize)?.as_ref());
                    let params = params.map_or(0, |signature| signature.params.len() as u64);
                    found.complexity += complexity(&body, locals + params).map_err(invalid)?;
                    found.code += body.range().len() as u64;
                }
                _ => {}
            }
        }
        found.consult_exports();
        Ok(found)
    }

    /// Tells who expects imports that do not tell it themselves.
    fn consult_exports(&mut self) {
        if self.imports.iter().any(|import| import.family.is_vague())
            && let Some(family) = Family::by_exports(self.functions.iter().map(|(name, _)| &**name))
        {
            let vague = self.imports.iter_mut().filter(|import| import.family.is_vague());
            vague.for_each(|import| import.family = family);
        }
    }
}

/// Refuses what is no WebAssembly binary by its first bytes.
///
/// # Errors
/// [`Error::Invalid`].
pub(crate) fn check_magic(binary: &[u8]) -> Result<()> {
    if binary.starts_with(b"\0asm") {
        return Ok(());
    }
    let start = match binary {
        [] => "nothing".to_string(),
        bytes => format!("\"{}\"", bytes[..bytes.len().min(4)].escape_ascii()),
    };
    Err(Error::Invalid(format!("it starts with {start}, a WebAssembly binary with \\0asm")))
}

/// What compiling a function costs beyond what its code takes: for each place where ways of control meet or part, all
/// locals that are alive. A function with no more locals than this takes as long as its code is.
///
/// Such places are branches, and whatever metering and isolation put a branch beside: calls, stores, divisions. Code
/// without them takes no longer for thousands of locals: those that compilers unroll into it.
///
/// # Errors
/// Those of the reader.
fn complexity(body: &FunctionBody<'_>, locals: u64) -> wasmparser::Result<u64> {
    const FEW_LOCALS: u64 = 64;
    let Some(many) = locals.checked_sub(FEW_LOCALS).filter(|many| *many > 0) else { return Ok(0) };
    let mut places = 1;
    let mut reader = body.get_operators_reader()?;
    while !reader.eof() {
        use Operator as O;
        places += match reader.read()? {
            O::BrTable { targets } => u64::from(targets.len()) + 1,
            O::Block { .. }
            | O::Loop { .. }
            | O::If { .. }
            | O::Else
            | O::TryTable { .. }
            | O::Br { .. }
            | O::BrIf { .. }
            | O::BrOnNull { .. }
            | O::BrOnNonNull { .. }
            | O::BrOnCast { .. }
            | O::BrOnCastFail { .. }
            | O::Call { .. }
            | O::CallIndirect { .. }
            | O::CallRef { .. }
            | O::I32DivS
            | O::I32DivU
            | O::I32RemS
            | O::I32RemU
            | O::I64DivS
            | O::I64DivU
            | O::I64RemS
            | O::I64RemU
            | O::RefTestNonNull { .. }
            | O::RefTestNullable { .. }
            | O::RefCastNonNull { .. }
            | O::RefCastNullable { .. } => 1,
            other => u64::from(!Effects::of(&other).is_empty()),
        };
    }
    Ok(many.saturating_mul(places))
}

/// The sections of a binary, by number, in its own order.
///
/// # Errors
/// [`Error::Invalid`] if the last one does not end where the binary does.
fn sections(binary: &[u8]) -> Result<Vec<(u8, &[u8])>> {
    let mut found = Vec::new();
    let mut reader = BinaryReader::new(binary.get(8..).unwrap_or_default(), 8);
    while !reader.eof() {
        let number = reader.read_u8().map_err(invalid)?;
        let length = reader.read_var_u32().map_err(invalid)?;
        found.push((number, reader.read_bytes(length as usize).map_err(invalid)?));
    }
    Ok(found)
}

/// Whether a component is a WIT package in binary form: types of components, which it exports, and nothing that is of
/// such a type (as wit-component's `decode` tells them apart).
///
/// # Errors
/// Those of [`sections`].
fn is_wit_package(component: &[u8]) -> Result<bool> {
    // Component Model, Binary.md.
    const CUSTOM: u8 = 0;
    const TYPE: u8 = 7;
    const EXPORT: u8 = 11;
    const COMPONENT_TYPE: u8 = 0x41;
    let sections = sections(component)?;
    let is_of_component = |section: &&[u8]| {
        let mut reader = BinaryReader::new(section, 0);
        reader.read_var_u32().is_ok() && reader.read_u8().ok() == Some(COMPONENT_TYPE)
    };
    let mut types = sections.iter().filter(|(number, _)| *number == TYPE).map(|(_, bytes)| bytes);
    Ok(types.any(is_of_component)
        && sections.iter().any(|(number, _)| *number == EXPORT)
        && sections.iter().all(|(number, _)| [CUSTOM, TYPE, EXPORT].contains(number)))
}

/// Whether a segment is known to lie in a memory or table of that size.
fn fits(offset: &ConstExpr<'_>, length: u64, size: Option<&u64>) -> bool {
    let mut reader = offset.get_operators_reader();
    let offset = match (reader.read(), reader.is_end_then_eof()) {
        (Ok(Operator::I32Const { value }), true) => u64::from(value.cast_unsigned()),
        (Ok(Operator::I64Const { value }), true) => value.cast_unsigned(),
        _ => return false,
    };
    offset.checked_add(length).zip(size).is_some_and(|(end, size)| end <= *size)
}

fn at_most(what: &str, found: u64, limit: usize) -> Result<()> {
    match found > limit as u64 {
        true => Err(Error::Invalid(format!("it has {found} {what}, the limit is {limit}"))),
        false => Ok(()),
    }
}

pub(crate) fn invalid(error: wasmparser::BinaryReaderError) -> Error {
    Error::Invalid(format!("{} at offset {:#x}", printable(error.message()), error.offset()))
}

pub(crate) fn core_type(ty: &ValType) -> CoreType {
    match ty {
        ValType::I32 => CoreType::I32,
        ValType::I64 => CoreType::I64,
        ValType::F32 => CoreType::F32,
        ValType::F64 => CoreType::F64,
        ValType::V128 => CoreType::V128,
        ValType::Ref(_) => CoreType::Ref,
    }
}
