//! Makes a memory or a table larger than its module declares: for position-independent modules, which are placed
//! behind its contents, and for shims.

use super::linker::Linker;
use super::types::ItemType;
use crate::compile::component::assembly::Item;
use crate::error::{Error, Result};
use std::borrow::Cow;
use std::convert::Infallible;
use wasm_encoder::reencode::{Error as Failed, Reencode};
use wasm_encoder::{MemorySection, Module, TableSection};
use wasmparser::{ExternalKind, MemorySectionReader, Parser, TableSectionReader};

/// Sizes of a memory in pages, or of a table in elements.
#[derive(Debug, Clone, Copy)]
pub(super) struct SizeRange {
    /// The least initial size.
    pub least: u64,
    /// The maximum size, if it is to have one.
    pub most: Option<u64>,
}

impl SizeRange {
    fn enlarge(self, initial: &mut u64, maximum: &mut Option<u64>) {
        *initial = self.least.max(*initial);
        *maximum = maximum.map(|maximum| maximum.max(self.most.unwrap_or_default()).max(*initial));
    }
}

impl Linker<'_> {
    /// Enlarges a memory or a table that is not imported.
    ///
    /// # Errors
    /// [`Error::Internal`] if its module cannot be rewritten.
    pub(super) fn enlarge(&mut self, item: Item, range: SizeRange) -> Result<()> {
        match (self.sources.get(item.instance), self.own.ty_mut(item.kind, item.index)) {
            (Some(source), _) => {
                let index = item.index - source.part.imported.of(item.kind).len() as u32;
                let module = &mut self.assembly.modules[item.instance];
                module.binary = Cow::Owned(of(&module.binary, item.kind, index, range)?);
            }
            (None, Some(ItemType::Memory(ty))) => range.enlarge(&mut ty.initial, &mut ty.maximum),
            (None, Some(ItemType::Table(ty))) => range.enlarge(&mut ty.initial, &mut ty.maximum),
            (None, _) => {}
        }
        Ok(())
    }

    /// Gives the guest's memories and tables the sizes with which shims import them.
    ///
    /// # Errors
    /// [`Error::Internal`] if the guest cannot be rewritten.
    pub(super) fn enlarge_for_shims(&mut self) -> Result<()> {
        let mut wanted = Vec::new();
        for (instance, source) in self.sources.iter().enumerate().filter(|(_, one)| one.is_shim()) {
            for (import, item) in source.part.imports.iter().zip(&self.resolved[instance]) {
                let range = match source.import_type(import) {
                    ItemType::Memory(ty) => SizeRange { least: ty.initial, most: ty.maximum },
                    ItemType::Table(ty) => SizeRange { least: ty.initial, most: ty.maximum },
                    _ => continue,
                };
                let Some(item) = item.and_then(|item| self.origin(item)) else { continue };
                let (initial, maximum) = match self.item_type(item) {
                    Some(ItemType::Memory(ty)) => (ty.initial, ty.maximum),
                    Some(ItemType::Table(ty)) => (ty.initial, ty.maximum),
                    _ => continue,
                };
                let is_small = |maximum: u64| range.most.is_some_and(|most| most > maximum);
                if range.least > initial || maximum.is_some_and(is_small) {
                    wanted.push((item, range));
                }
            }
        }
        wanted.into_iter().try_for_each(|(item, range)| self.enlarge(item, range))
    }
}

struct Enlarge {
    kind: ExternalKind,
    /// Index among those that the module defines itself.
    index: u32,
    range: SizeRange,
}

/// Returns the module with the memory or table enlarged.
fn of(binary: &[u8], kind: ExternalKind, index: u32, range: SizeRange) -> Result<Vec<u8>> {
    let mut module = Module::new();
    Enlarge { kind, index, range }
        .parse_core_module(&mut module, Parser::new(0), binary)
        .map_err(|error| Error::Internal(error.to_string()))?;
    Ok(module.finish())
}

impl Enlarge {
    fn limits(&self, kind: ExternalKind, at: usize, initial: &mut u64, maximum: &mut Option<u64>) {
        if kind == self.kind && at == self.index as usize {
            self.range.enlarge(initial, maximum);
        }
    }
}

impl Reencode for Enlarge {
    type Error = Infallible;

    fn parse_memory_section(
        &mut self,
        memories: &mut MemorySection,
        section: MemorySectionReader<'_>,
    ) -> std::result::Result<(), Failed<Infallible>> {
        for (at, memory) in section.into_iter().enumerate() {
            let mut memory = memory?;
            self.limits(ExternalKind::Memory, at, &mut memory.initial, &mut memory.maximum);
            memories.memory(self.memory_type(memory)?);
        }
        Ok(())
    }

    fn parse_table_section(
        &mut self,
        tables: &mut TableSection,
        section: TableSectionReader<'_>,
    ) -> std::result::Result<(), Failed<Infallible>> {
        for (at, table) in section.into_iter().enumerate() {
            let mut table = table?;
            self.limits(ExternalKind::Table, at, &mut table.ty.initial, &mut table.ty.maximum);
            self.parse_table(tables, table)?;
        }
        Ok(())
    }
}
