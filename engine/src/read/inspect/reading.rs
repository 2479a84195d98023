//! A core module that is being read, section by section.
//!
//! This must stop at the first limit that the module exceeds, because reading cannot be interrupted.

use super::complexity::complexity;
use super::constants::{Constants, Number};
use super::{Inspection, Kind, core_type, invalid};
use crate::abi::CoreSignature;
use crate::error::{Error, Result};
use crate::import::Import;
use crate::initialization::{CONSTRUCTORS, INITIALIZE};
use crate::limits::{MAX_MEMORIES, MAX_TABLES};
use crate::name::printable;
use std::rc::Rc;
use wasmparser::{
    CompositeInnerType, ConstExpr, DataKind, DataSectionReader, ElementItems, ElementKind,
    ElementSectionReader, ExportSectionReader, ExternalKind, FunctionBody, ImportSectionReader,
    Payload, SubType, TableSectionReader, TypeRef,
};

/// The most types, the most exports, and the most bytes of the exports' names. Every process that loads a module
/// enters them into tables, which cannot be interrupted.
const MAX_TYPES: usize = 50_000;
const MAX_EXPORTS: usize = 100_000;
const MAX_NAMES: usize = 4 << 20;

/// The initial size of a large table. wasmtime keeps only those elements of a large table that are set. Of a smaller
/// table it writes down every element, however few are set.
const LARGE_TABLE: u64 = 1 << 20;

/// The most elements of all tables together. A table counts as at most [`LARGE_TABLE`] elements.
const MAX_ELEMENTS: usize = 2 << 20;

/// What has been found, and what later sections refer to.
pub(super) struct Reading {
    found: Inspection,
    /// The function types by type index; `None` for other types.
    types: Vec<Option<Rc<CoreSignature>>>,
    /// The type index of each function, imports first.
    functions: Vec<u32>,
    /// How many of the functions are not imported.
    declared: u32,
    bodies: u32,
    /// The initial sizes of the memories that are not imported, in bytes.
    memories: Vec<u64>,
    tables: Vec<u64>,
}

impl Reading {
    pub(super) fn new() -> Self {
        Self {
            found: Inspection::new(Kind::Module),
            types: Vec::new(),
            functions: Vec::new(),
            declared: 0,
            bodies: 0,
            memories: Vec::new(),
            tables: Vec::new(),
        }
    }

    /// Returns what was found.
    pub(super) fn finish(mut self) -> Inspection {
        self.found.consult_exports();
        self.found
    }

    /// Reads one section, or the body of one function.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the section is malformed or exceeds a limit.
    pub(super) fn enter(&mut self, payload: Payload<'_>) -> Result<()> {
        match payload {
            Payload::TypeSection(reader) => {
                for group in reader {
                    for ty in group.map_err(invalid)?.into_types() {
                        self.declare(&ty)?;
                    }
                }
            }
            Payload::ImportSection(reader) => self.import(reader)?,
            Payload::MemorySection(reader) => {
                at_most("memories", reader.count().into(), MAX_MEMORIES)?;
                for memory in reader {
                    self.memories.push(memory.map_err(invalid)?.initial << 16);
                }
            }
            Payload::TableSection(reader) => self.table(reader)?,
            Payload::FunctionSection(reader) => {
                self.declared = reader.count();
                for index in reader {
                    self.functions.push(index.map_err(invalid)?);
                }
            }
            Payload::ExportSection(reader) => self.export(reader)?,
            Payload::StartSection { .. } => self.found.has_startup = true,
            Payload::ElementSection(reader) => self.elements(reader)?,
            Payload::DataSection(reader) => self.data(reader)?,
            Payload::CodeSectionEntry(body) => self.body(&body)?,
            _ => {}
        }
        Ok(())
    }

    fn declare(&mut self, ty: &SubType) -> Result<()> {
        let signature = match &ty.composite_type.inner {
            CompositeInnerType::Func(func) => {
                let params = func.params().iter().map(core_type).collect();
                let results = func.results().iter().map(core_type).collect();
                Some(Rc::new(CoreSignature { params, results }))
            }
            _ => None,
        };
        self.types.push(signature);
        at_most("types", self.types.len() as u64, MAX_TYPES)
    }

    fn import(&mut self, reader: ImportSectionReader<'_>) -> Result<()> {
        for import in reader.into_imports() {
            let import = import.map_err(invalid)?;
            let mut signature = None;
            if let TypeRef::Func(index) = import.ty {
                self.functions.push(index);
                signature = self.types.get(index as usize).and_then(Option::as_deref);
            }
            self.found.imports.push(Import::of(&import, signature));
        }
        Ok(())
    }

    fn table(&mut self, reader: TableSectionReader<'_>) -> Result<()> {
        at_most("tables", reader.count().into(), MAX_TABLES)?;
        for table in reader {
            self.tables.push(table.map_err(invalid)?.ty.initial);
        }
        let elements = self.tables.iter().map(|initial| (*initial).min(LARGE_TABLE)).sum();
        at_most("elements in its tables", elements, MAX_ELEMENTS)
    }

    fn export(&mut self, reader: ExportSectionReader<'_>) -> Result<()> {
        at_most("exports", reader.count().into(), MAX_EXPORTS)?;
        let mut names = 0;
        for export in reader {
            let export = export.map_err(invalid)?;
            names += export.name.len() as u64;
            at_most("bytes in names of exports", names, MAX_NAMES)?;
            if export.kind != ExternalKind::Func {
                continue;
            }
            self.found.has_startup |= [CONSTRUCTORS, INITIALIZE].contains(&export.name);
            let signature = self.signature(export.index).cloned().ok_or_else(|| {
                Error::Invalid(format!(
                    "export \"{}\" refers to no function",
                    printable(export.name)
                ))
            })?;
            self.found.functions.push((export.name.to_string(), signature));
        }
        Ok(())
    }

    fn signature(&self, function: u32) -> Option<&Rc<CoreSignature>> {
        let ty = *self.functions.get(function as usize)?;
        self.types.get(ty as usize)?.as_ref()
    }

    fn elements(&mut self, reader: ElementSectionReader<'_>) -> Result<()> {
        for element in reader {
            let element = element.map_err(invalid)?;
            if let ElementKind::Active { table_index, offset_expr } = &element.kind {
                let count = match &element.items {
                    ElementItems::Functions(all) => all.count(),
                    ElementItems::Expressions(_, all) => all.count(),
                };
                let table = self.tables.get(table_index.unwrap_or(0) as usize);
                self.found.has_startup |= !fits(offset_expr, count.into(), table);
            }
        }
        Ok(())
    }

    fn data(&mut self, reader: DataSectionReader<'_>) -> Result<()> {
        for data in reader {
            let data = data.map_err(invalid)?;
            if let DataKind::Active { memory_index, offset_expr } = &data.kind {
                let memory = self.memories.get(*memory_index as usize);
                self.found.has_startup |= !fits(offset_expr, data.data.len() as u64, memory);
            }
        }
        Ok(())
    }

    fn body(&mut self, body: &FunctionBody<'_>) -> Result<()> {
        let mut locals = 1;
        for group in body.get_locals_reader().map_err(invalid)? {
            locals += u64::from(group.map_err(invalid)?.0);
        }
        let function = self.functions.len() as u32 - self.declared + self.bodies;
        self.bodies += 1;
        let params = self.signature(function).map_or(0, |signature| signature.params.len() as u64);
        self.found.complexity += complexity(body, locals + params).map_err(invalid)?;
        Ok(())
    }
}

/// Returns whether a segment is known to fit into a memory or table of this size.
fn fits(offset: &ConstExpr<'_>, length: u64, size: Option<&u64>) -> bool {
    let offset = match Constants::default().value(offset) {
        Some(Number::I32(value)) => u64::from(value.cast_unsigned()),
        Some(Number::I64(value)) => value.cast_unsigned(),
        None => return false,
    };
    offset.checked_add(length).zip(size).is_some_and(|(end, size)| end <= *size)
}

fn at_most(what: &str, found: u64, limit: usize) -> Result<()> {
    match found > limit as u64 {
        true => Err(Error::Invalid(format!("it has {found} {what}, the limit is {limit}"))),
        false => Ok(()),
    }
}
