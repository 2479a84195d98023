//! The sections of a core module, read but not yet validated, from which other code writes another module.
//!
//! This must never panic, whatever the bytes. It has no limits of its own: [`super::reading`] has them.

use super::{core_type, invalid};
use crate::abi::CoreSignature;
use crate::error::{Error, Result};
use wasmparser::{
    CompositeInnerType, Data, Element, Export, ExternalKind, FuncType, FunctionBody, Global,
    Import, KnownCustom, MemoryType, Name, Parser, Payload, RecGroup, SubType, Table, TagType,
    TypeRef,
};

/// One `T` for each kind of item that can be imported.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kinds<T> {
    pub functions: T,
    pub tables: T,
    pub memories: T,
    pub globals: T,
    pub tags: T,
}

impl<T> Kinds<T> {
    /// Returns the `T` of a kind.
    pub(crate) fn of(&self, kind: ExternalKind) -> &T {
        match kind {
            ExternalKind::Func | ExternalKind::FuncExact => &self.functions,
            ExternalKind::Table => &self.tables,
            ExternalKind::Memory => &self.memories,
            ExternalKind::Global => &self.globals,
            ExternalKind::Tag => &self.tags,
        }
    }

    /// Returns the `T` of a kind, mutably.
    pub(crate) fn of_mut(&mut self, kind: ExternalKind) -> &mut T {
        match kind {
            ExternalKind::Func | ExternalKind::FuncExact => &mut self.functions,
            ExternalKind::Table => &mut self.tables,
            ExternalKind::Memory => &mut self.memories,
            ExternalKind::Global => &mut self.globals,
            ExternalKind::Tag => &mut self.tags,
        }
    }
}

/// A core module.
#[derive(Default)]
pub(crate) struct CoreModule<'a> {
    pub types: Vec<RecGroup>,
    /// The number of types in all groups.
    pub type_count: u32,
    pub imports: Vec<Import<'a>>,
    /// The indices of the imports of each kind.
    pub imported: Kinds<Vec<u32>>,
    /// The type index of each function that is not imported.
    pub functions: Vec<u32>,
    pub tables: Vec<Table<'a>>,
    pub memories: Vec<MemoryType>,
    pub globals: Vec<Global<'a>>,
    pub tags: Vec<TagType>,
    pub exports: Vec<Export<'a>>,
    pub start: Option<u32>,
    pub elements: Vec<Element<'a>>,
    /// Whether there is a data count section, without which code cannot name data segments.
    pub has_data_count: bool,
    pub data: Vec<Data<'a>>,
    pub bodies: Vec<FunctionBody<'a>>,
    /// The indices of functions that have a name, with the names.
    pub names: Vec<(u32, &'a str)>,
}

impl<'a> CoreModule<'a> {
    /// Reads a binary.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the binary is malformed.
    pub(crate) fn read(binary: &'a [u8]) -> Result<Self> {
        let mut found = Self::default();
        for payload in Parser::new(0).parse_all(binary) {
            found.enter(payload.map_err(invalid)?).map_err(invalid)?;
        }
        if found.functions.len() != found.bodies.len() {
            return Err(Error::Invalid(format!(
                "it declares {} functions and has {} bodies",
                found.functions.len(),
                found.bodies.len()
            )));
        }
        Ok(found)
    }

    /// Reads one section, or the body of one function.
    ///
    /// # Errors
    /// The errors of the reader.
    pub(crate) fn enter(&mut self, payload: Payload<'a>) -> wasmparser::Result<()> {
        match payload {
            Payload::TypeSection(reader) => {
                for group in reader {
                    let group = group?;
                    self.type_count += group.types().len() as u32;
                    self.types.push(group);
                }
            }
            Payload::ImportSection(reader) => {
                for import in reader.into_imports() {
                    let import = import?;
                    let place = self.imports.len() as u32;
                    self.imported.of_mut(kind_of(import.ty)).push(place);
                    self.imports.push(import);
                }
            }
            Payload::FunctionSection(reader) => {
                self.functions = reader.into_iter().collect::<wasmparser::Result<_>>()?;
            }
            Payload::TableSection(reader) => {
                self.tables = reader.into_iter().collect::<wasmparser::Result<_>>()?;
            }
            Payload::MemorySection(reader) => {
                self.memories = reader.into_iter().collect::<wasmparser::Result<_>>()?;
            }
            Payload::GlobalSection(reader) => {
                self.globals = reader.into_iter().collect::<wasmparser::Result<_>>()?;
            }
            Payload::TagSection(reader) => {
                self.tags = reader.into_iter().collect::<wasmparser::Result<_>>()?;
            }
            Payload::ExportSection(reader) => {
                self.exports = reader.into_iter().collect::<wasmparser::Result<_>>()?;
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(reader) => {
                self.elements = reader.into_iter().collect::<wasmparser::Result<_>>()?;
            }
            Payload::DataCountSection { .. } => self.has_data_count = true,
            Payload::DataSection(reader) => {
                self.data = reader.into_iter().collect::<wasmparser::Result<_>>()?;
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::CustomSection(reader) => {
                if let KnownCustom::Name(reader) = reader.as_known() {
                    // A damaged name section is not an error. wasmtime ignores it, too.
                    if let Ok(names) = names(reader) {
                        self.names = names;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Returns how many items of each kind the module defines itself.
    pub(crate) fn own(&self) -> Kinds<u32> {
        Kinds {
            functions: self.functions.len() as u32,
            tables: self.tables.len() as u32,
            memories: self.memories.len() as u32,
            globals: self.globals.len() as u32,
            tags: self.tags.len() as u32,
        }
    }

    /// Returns the index of an exported item.
    pub(crate) fn export(&self, kind: ExternalKind, name: &str) -> Option<u32> {
        let mut all = self.exports.iter();
        all.find(|export| export.kind == kind && export.name == name).map(|export| export.index)
    }

    /// Returns the function types by type index; `None` for other types.
    pub(crate) fn function_types(&self) -> Vec<Option<FuncType>> {
        let types = self.types.iter().flat_map(RecGroup::types);
        let function = |ty: &SubType| match &ty.composite_type.inner {
            CompositeInnerType::Func(ty) => Some(ty.clone()),
            _ => None,
        };
        types.map(function).collect()
    }

    /// Returns the type of a function.
    pub(crate) fn signature(&self, function: u32) -> Option<CoreSignature> {
        let ty = match self.imported.functions.get(function as usize) {
            None => *self.functions.get(function as usize - self.imported.functions.len())?,
            Some(place) => match self.imports.get(*place as usize)?.ty {
                TypeRef::Func(ty) | TypeRef::FuncExact(ty) => ty,
                _ => return None,
            },
        };
        let ty = self.types.iter().flat_map(RecGroup::types).nth(ty as usize)?;
        match &ty.composite_type.inner {
            CompositeInnerType::Func(ty) => Some(CoreSignature {
                params: ty.params().iter().map(core_type).collect(),
                results: ty.results().iter().map(core_type).collect(),
            }),
            _ => None,
        }
    }
}

/// Returns the kind of an imported item.
pub(crate) fn kind_of(ty: TypeRef) -> ExternalKind {
    match ty {
        TypeRef::Func(_) | TypeRef::FuncExact(_) => ExternalKind::Func,
        TypeRef::Table(_) => ExternalKind::Table,
        TypeRef::Memory(_) => ExternalKind::Memory,
        TypeRef::Global(_) => ExternalKind::Global,
        TypeRef::Tag(_) => ExternalKind::Tag,
    }
}

fn names<'a>(reader: wasmparser::NameSectionReader<'a>) -> wasmparser::Result<Vec<(u32, &'a str)>> {
    let mut found = Vec::new();
    for subsection in reader {
        if let Name::Function(map) = subsection? {
            for naming in map {
                let naming = naming?;
                found.push((naming.index, naming.name));
            }
        }
    }
    Ok(found)
}
