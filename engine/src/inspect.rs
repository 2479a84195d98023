//! Reading a binary without running or compiling it: what it is, what it imports and exports.
//!
//! It must never panic on any bytes whatever.

use crate::abi::{CoreSignature, CoreType};
use crate::component::{self, Merged, Stubs};
use crate::error::{Error, Result};
use crate::family::Family;
use crate::limits::{MAX_MEMORIES, MAX_TABLES};
use crate::name::printable;
use crate::wasi;
use crate::wit::bounds;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::rc::Rc;
use wasmparser::{
    BinaryReader, CompositeInnerType, ExternalKind, Parser, Payload, TypeRef, ValType,
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

/// The most bytes of code times locals, over all functions. The compiler's worst case is about
/// 25 s for 1e9 of them; an 8 MB module of ordinary functions, with 20 locals each, has 1.6e8.
const MAX_COMPLEXITY: u64 = 300_000_000;

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
    /// Bytes of code times locals, over all functions: what compiling costs at worst.
    pub complexity: u64,
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
        let mut sections = BinaryReader::new(&binary[8..], 8);
        while !sections.eof() {
            sections.read_u8().map_err(invalid)?;
            let length = sections.read_var_u32().map_err(invalid)?;
            sections.read_bytes(length as usize).map_err(invalid)?;
        }
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
            Err(Error::Imports(missing)) => {
                let mut imports = match found.kind {
                    Kind::Component => missing,
                    // What the whole module says of them, too.
                    Kind::Module => {
                        let mut imports = found.imports;
                        imports.retain(|import| {
                            missing.iter().any(|missing| missing.names() == import.names())
                        });
                        imports
                    }
                };
                if stubs.is_some() {
                    imports.iter_mut().for_each(Import::refuse);
                }
                Ok(Self { imports, ..found })
            }
            Err(error) => Err(error),
        }
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
        self.complexity + self.code * self.width
    }

    pub(crate) fn read(binary: &[u8]) -> Result<Self> {
        check_magic(binary)?;
        let mut found = Self {
            kind: Kind::Module,
            imports: Vec::new(),
            functions: Vec::new(),
            complexity: 0,
            code: 0,
            width: 0,
            merged: None,
        };
        let mut types: Vec<Option<Rc<CoreSignature>>> = Vec::new();
        let mut function_types: Vec<u32> = Vec::new();
        let mut elements = 0;
        for payload in Parser::new(0).parse_all(binary) {
            match payload.map_err(invalid)? {
                Payload::Version { encoding: wasmparser::Encoding::Component, .. } => {
                    found.kind = Kind::Component;
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
                    at_most("memories", reader.count().into(), MAX_MEMORIES)?
                }
                Payload::TableSection(reader) => {
                    at_most("tables", reader.count().into(), MAX_TABLES)?;
                    for table in reader {
                        elements += table.map_err(invalid)?.ty.initial.min(LARGE_TABLE);
                    }
                    at_most("elements in its tables", elements, MAX_ELEMENTS)?;
                }
                Payload::FunctionSection(reader) => {
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
                Payload::CodeSectionEntry(body) => {
                    let mut locals = 1;
                    for group in body.get_locals_reader().map_err(invalid)? {
                        locals += u64::from(group.map_err(invalid)?.0);
                    }
                    found.complexity += locals * body.range().len() as u64;
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
