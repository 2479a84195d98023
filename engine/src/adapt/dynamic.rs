//! Links dynamically: supplies what a position-independent module imports from its loader.

use super::enlarge;
use super::linker::Linker;
use super::place::{self, GlobalValue, Occupied};
use super::source::{Source, kind};
use super::types::ItemType;
use crate::compile::component::assembly::Item;
use crate::error::{Error, Result};
use std::borrow::Cow;
use wasmparser::{ExternalKind, Import, Operator, TypeRef};

/// Bytes in a page.
const PAGE: u64 = 1 << 16;

/// Exported globals that are values, not addresses.
const ABSOLUTE: [&str; 4] = ["__dso_handle", "__tls_size", "__tls_align", "__stack_pointer"];

impl<'a> Linker<'a> {
    /// Returns what takes the place of an import that a loader resolves, and what reports call it. Returns None for
    /// any other import.
    ///
    /// # Errors
    /// [`Error::Adapt`] if an address cannot be determined.
    pub(super) fn place(
        &mut self,
        instance: usize,
        import: &Import<'a>,
    ) -> Result<Option<(Item, String)>> {
        let TypeRef::Global(ty) = import.ty else { return Ok(None) };
        let Some(number) = self.placed[instance] else { return Ok(None) };
        let (module, name) = (import.module, import.name);
        let value = match (module, name) {
            ("env", "__memory_base") => GlobalValue::Memory(number, 0),
            ("env", "__table_base") => GlobalValue::Table(number),
            ("env", "__stack_pointer") => {
                if let Some(found) = self.linked(instance, module, name, ExternalKind::Global) {
                    return Ok(Some(found));
                }
                GlobalValue::StackHigh
            }
            ("env" | "GOT.mem", "__heap_base") => GlobalValue::HeapBase,
            ("env" | "GOT.mem", "__heap_end") => GlobalValue::HeapEnd,
            ("GOT.mem", "__stack_high" | "__stack_base") => GlobalValue::StackHigh,
            ("GOT.mem", "__stack_low" | "__stack_end") => GlobalValue::StackLow,
            ("GOT.mem", _) => match self.data_symbol(name)? {
                Some(value) => value,
                None => return Ok(self.undefined(instance, import)),
            },
            ("GOT.func", _) => match self.function_symbol(instance, name)? {
                Some(value) => value,
                None => return Ok(self.undefined(instance, import)),
            },
            _ => return Ok(None),
        };
        let what = place::what(module, name);
        let what = what.map_or_else(|| "its address".to_string(), str::to_string);
        Ok(Some((self.place_global(value, ty.mutable.then_some(name)), what)))
    }

    /// Returns whether a symbol may be undefined.
    pub(super) fn is_weak(&self, instance: usize, module: &str, name: &str) -> bool {
        let dylink = self.sources[instance].dylink.as_ref();
        let weak = dylink.map(|dylink| &dylink.weak);
        weak.is_some_and(|weak| weak.contains(&(module, name)) || weak.contains(&("env", name)))
    }

    /// Returns what takes the place of a symbol that may be undefined.
    fn undefined(&mut self, instance: usize, import: &Import<'a>) -> Option<(Item, String)> {
        let (module, name) = (import.module, import.name);
        if !self.is_weak(instance, module, name) {
            return None;
        }
        let item = self.place_global(GlobalValue::Constant(0), Some(name));
        Some((item, place::undefined(module, name)))
    }

    /// Returns the address of a data symbol, or None if no module defines it.
    fn data_symbol(&self, name: &str) -> Result<Option<GlobalValue>> {
        for (instance, source) in self.sources.iter().enumerate() {
            let Some(index) = source.export(ExternalKind::Global, name) else { continue };
            let value = address(source, index).ok_or_else(|| {
                Error::adapt(format!(
                    "the address of {} in {} is not a constant",
                    crate::name::printable(name),
                    source.subject()
                ))
            })?;
            return Ok(Some(match self.placed[instance] {
                Some(number) => GlobalValue::Memory(number, value),
                None => GlobalValue::Constant(value),
            }));
        }
        Ok(None)
    }

    /// Returns the address of a function symbol, or None if no module defines it.
    fn function_symbol(&mut self, instance: usize, name: &str) -> Result<Option<GlobalValue>> {
        let claimed = self.claimed("env", name);
        let claimed = claimed.filter(|item| item.kind == ExternalKind::Func);
        let found = claimed.or_else(|| {
            self.linked(instance, "env", name, ExternalKind::Func).map(|(item, _)| item)
        });
        let ty = |item: Item| {
            let source = self.sources.get(item.instance)?;
            source.function_type(item.index)
        };
        let (item, ty) = match found {
            Some(item) => (item, ty(item)),
            // A program takes an address other than 0 to mean that the function exists, so there must be no stub.
            None if self.is_weak(instance, "GOT.func", name) => return Ok(None),
            None => {
                // The type of the function is also known from a call that imports it.
                let source = &self.sources[instance];
                let mut imports = source.part.imports.iter();
                let import = imports.find(|import| {
                    (import.module, import.name) == ("env", name)
                        && kind(import) == ExternalKind::Func
                });
                let Some(ItemType::Function(ty)) = import.map(|import| source.import_type(import))
                else {
                    return Ok(None);
                };
                let Some((item, _)) = self.stub_named("env", name, &ty) else { return Ok(None) };
                (item, Some(ty))
            }
        };
        let Some(ty) = ty else { return Ok(None) };
        Ok(Some(self.places.function(item, ty)))
    }

    /// Exports absolute addresses of data, in place of addresses relative to where the guest was placed.
    pub(super) fn export_addresses(&mut self) {
        let Some(number) = self.placed[0] else { return };
        let exports = self.sources[0].part.exports.iter();
        let globals = exports.filter(|export| export.kind == ExternalKind::Global);
        let globals: Vec<_> = globals.map(|export| (export.name, export.index)).collect();
        for (name, index) in globals {
            let is_own = self.exports.get(name).is_some_and(|item| item.instance == 0);
            if let Some(value) = address(&self.sources[0], index)
                && is_own
                && !ABSOLUTE.contains(&name)
            {
                let item = self.place_global(GlobalValue::Memory(number, value), None);
                self.exports.set(name, item);
            }
        }
    }

    /// Writes the module of places, and enlarges the memory and the table to hold all that is placed in them.
    ///
    /// # Errors
    /// [`Error::Adapt`] if the memory or the table cannot hold it.
    pub(super) fn write_places(&mut self) -> Result<()> {
        let empty = wasm_encoder::Module::new().finish();
        let places = self.places_instance();
        let memory = self.shared(ExternalKind::Memory)?;
        let table = self.shared(ExternalKind::Table)?;
        if self.placed.iter().all(Option::is_none) {
            self.assembly.modules[places].binary = Cow::Owned(empty);
            return Ok(());
        }
        let mut occupied = Occupied { bytes: None, elements: 0 };
        if let Some(memory) = memory {
            let Some(ItemType::Memory(ty)) = self.item_type(memory) else { return Ok(()) };
            if ty.memory64 || ty.page_size_log2.is_some_and(|size| size != 16) {
                return Err(Error::adapt(
                    "a position-independent module needs a 32-bit memory of pages of 64 kB",
                ));
            }
            let is_others =
                memory.instance != self.own_instance() || self.is_used_by_others(memory);
            occupied.bytes = is_others.then_some(ty.initial.saturating_mul(PAGE));
        }
        if let Some(table) = table {
            let Some(ItemType::Table(ty)) = self.item_type(table) else { return Ok(()) };
            let is_others = table.instance != self.own_instance() || self.is_used_by_others(table);
            occupied.elements = if is_others { ty.initial } else { 0 };
        }
        let (binary, bytes, elements) = self.places.binary(occupied)?;
        self.assembly.modules[places].binary = Cow::Owned(binary);
        let table_item = match (self.places.needs_table(), table) {
            (true, None) => {
                return Err(Error::adapt("functions have addresses, and no table is imported"));
            }
            (true, table) => table,
            (false, _) => None,
        };
        self.assembly.instances[places].imports =
            table_item.into_iter().chain(self.places.functions()).collect();
        if let Some(memory) = memory {
            self.make_room(memory, bytes.div_ceil(PAGE))?;
        }
        if let Some(table) = table {
            self.make_room(table, elements)?;
        }
        Ok(())
    }

    /// Returns the memory or the table that all position-independent modules import.
    fn shared(&self, kind: ExternalKind) -> Result<Option<Item>> {
        let mut found = None;
        for (instance, source) in self.sources.iter().enumerate() {
            if self.placed[instance].is_none() {
                continue;
            }
            let Some(place) = source.part.imported.of(kind).first() else { continue };
            let item = self.resolved[instance][*place as usize];
            let Some(item) = item.and_then(|item| self.origin(item)) else { continue };
            if *found.get_or_insert(item) != item {
                return Err(Error::adapt(
                    "position-independent modules import different memories or tables",
                ));
            }
        }
        Ok(found)
    }

    /// Returns whether a module that is not position-independent uses a memory or a table.
    fn is_used_by_others(&self, item: Item) -> bool {
        let others = (0..self.sources.len()).filter(|instance| self.placed[*instance].is_none());
        others
            .flat_map(|instance| self.resolved[instance].iter().flatten())
            .any(|found| found.kind == item.kind && self.origin(*found) == Some(item))
    }

    /// Returns the type of a memory or a table that is not imported.
    pub(super) fn item_type(&self, item: Item) -> Option<ItemType> {
        match self.sources.get(item.instance) {
            Some(source) => source.own_type(item.kind, item.index),
            None => self.own.ty(item.kind, item.index).cloned(),
        }
    }

    /// Makes room for what is placed. An import's own limits stay as the modules declare them.
    fn make_room(&mut self, item: Item, least: u64) -> Result<()> {
        let maximum = match self.own.ty(item.kind, item.index) {
            Some(ItemType::Memory(ty)) if item.instance == self.own_instance() => ty.maximum,
            Some(ItemType::Table(ty)) if item.instance == self.own_instance() => ty.maximum,
            _ => None,
        };
        match maximum {
            Some(maximum) if maximum < least => Err(Error::adapt(format!(
                "what is placed needs a {} of {least} {}, but its import allows at most {maximum}",
                super::types::kind_name(item.kind),
                if item.kind == ExternalKind::Memory { "pages" } else { "elements" },
            ))),
            _ => self.enlarge(item, enlarge::SizeRange { least, most: None }),
        }
    }
}

/// Returns the value of a constant, immutable i32 global that the module defines itself.
fn address(source: &Source<'_>, index: u32) -> Option<u32> {
    let own = (index as usize).checked_sub(source.part.imported.globals.len())?;
    let global = source.part.globals.get(own)?;
    if global.ty.mutable || global.ty.content_type != wasmparser::ValType::I32 {
        return None;
    }
    let mut code = global.init_expr.get_operators_reader();
    match (code.read().ok()?, code.read().ok()?) {
        (Operator::I32Const { value }, Operator::End) => Some(value as u32),
        _ => None,
    }
}
