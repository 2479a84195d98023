//! Supplies memories, tables, tags and constants whose shape is known, in place of imports that nothing else
//! supplies.
//!
//! All imports of one name get the same item, and it fits them all. This must never supply an item whose value only
//! the module's author knows.
//! module's author knows.

use super::source::shown;
use super::types::{ItemType, is_concrete, kind_name};
use crate::error::{Error, Result};
use crate::read::inspect::core_module::Kinds;
use std::collections::HashMap;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    ConstExpr, GlobalSection, MemorySection, Module, TableSection, TagKind, TagSection, TagType,
    TypeSection,
};
use wasmparser::{ExternalKind, GlobalType, ValType};

/// The items that are supplied, in one module.
#[derive(Default)]
pub(super) struct Own {
    entries: Vec<Entry>,
    by_name: HashMap<(u8, String, String), usize>,
    /// Indices of the entries, by kind and by the index of the item.
    numbers: Kinds<Vec<usize>>,
}

struct Entry {
    ty: ItemType,
    /// The index among the items of its kind.
    index: u32,
    value: f64,
}

impl Own {
    /// Returns the index of the item that takes an import's place, or None if none can be supplied.
    ///
    /// # Errors
    /// [`Error::Adapt`] if the same name was imported before with another type, and no item fits both.
    pub(super) fn item(&mut self, module: &str, name: &str, ty: &ItemType) -> Result<Option<u32>> {
        let value = match ty {
            ItemType::Memory(_) => 0.0,
            ItemType::Table(ty)
                if ty.element_type.is_nullable() && !is_concrete(ty.element_type.into()) =>
            {
                0.0
            }
            ItemType::Tag(ty) if !ty.params().iter().copied().any(is_concrete) => 0.0,
            ItemType::Global(ty) => match constant(module, name, ty) {
                Some(value) => value,
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        let key = (ty.kind() as u8, module.to_string(), name.to_string());
        if let Some(at) = self.by_name.get(&key) {
            let entry = &mut self.entries[*at];
            entry.ty = both(&entry.ty, ty).ok_or_else(|| {
                Error::adapt(format!("{} is imported with two types", shown(module, name)))
                    .with_detail(format!("One import has the type {}, another {ty}.", entry.ty))
            })?;
            return Ok(Some(entry.index));
        }
        let numbers = self.numbers.of_mut(ty.kind());
        let index = numbers.len() as u32;
        numbers.push(self.entries.len());
        self.by_name.insert(key, self.entries.len());
        self.entries.push(Entry { ty: ty.clone(), index, value });
        Ok(Some(index))
    }

    /// Returns the type of an item.
    pub(super) fn ty(&self, kind: ExternalKind, index: u32) -> Option<&ItemType> {
        let at = *self.numbers.of(kind).get(index as usize)?;
        Some(&self.entries[at].ty)
    }

    /// Returns the type of an item to change it, so that it can be made larger.
    pub(super) fn ty_mut(&mut self, kind: ExternalKind, index: u32) -> Option<&mut ItemType> {
        let at = *self.numbers.of(kind).get(index as usize)?;
        Some(&mut self.entries[at].ty)
    }

    /// Returns the module.
    pub(super) fn binary(&self) -> Vec<u8> {
        let mut encoder = RoundtripReencoder;
        let (mut types, mut tables) = (TypeSection::new(), TableSection::new());
        let (mut memories, mut tags) = (MemorySection::new(), TagSection::new());
        let mut globals = GlobalSection::new();
        for entry in &self.entries {
            match &entry.ty {
                ItemType::Memory(ty) => {
                    if let Ok(ty) = encoder.memory_type(*ty) {
                        memories.memory(ty);
                    }
                }
                ItemType::Table(ty) => {
                    if let Ok(ty) = encoder.table_type(*ty) {
                        tables.table(ty);
                    }
                }
                ItemType::Tag(ty) => {
                    if let Ok(ty) = encoder.func_type(ty.clone()) {
                        let func_type_idx = types.len();
                        types.ty().func_type(&ty);
                        tags.tag(TagType { kind: TagKind::Exception, func_type_idx });
                    }
                }
                ItemType::Global(ty) => {
                    let value = match ty.content_type {
                        ValType::I32 => ConstExpr::i32_const(entry.value as i32),
                        _ => ConstExpr::f64_const(entry.value.into()),
                    };
                    if let Ok(ty) = encoder.global_type(*ty) {
                        globals.global(ty, &value);
                    }
                }
                ItemType::Function(_) => {}
            }
        }
        let mut module = Module::new();
        module.section(&types).section(&tables).section(&memories);
        if !tags.is_empty() {
            module.section(&tags);
        }
        module.section(&globals);
        module.finish()
    }
}

/// Returns the value of a global that means the same in every module: the constants of asm.js, and where a module
/// that is not position-independent starts in the table.
fn constant(module: &str, name: &str, ty: &GlobalType) -> Option<f64> {
    match (module, name) {
        _ if ty.mutable => None,
        ("global", "NaN") if ty.content_type == ValType::F64 => Some(f64::NAN),
        ("global", "Infinity") if ty.content_type == ValType::F64 => Some(f64::INFINITY),
        ("env", "__table_base") if ty.content_type == ValType::I32 => Some(0.0),
        _ => None,
    }
}

/// Returns the type that fits two imports, or None if there is none.
fn both(a: &ItemType, b: &ItemType) -> Option<ItemType> {
    let limits = |a: (u64, Option<u64>), b: (u64, Option<u64>)| {
        let initial = a.0.max(b.0);
        let maximum = match (a.1, b.1) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (one, other) => one.or(other),
        };
        maximum.is_none_or(|maximum| initial <= maximum).then_some((initial, maximum))
    };
    let both = match (a, b) {
        (ItemType::Memory(a), ItemType::Memory(b)) => {
            let (initial, maximum) = limits((a.initial, a.maximum), (b.initial, b.maximum))?;
            ItemType::Memory(wasmparser::MemoryType { initial, maximum, ..*a })
        }
        (ItemType::Table(a), ItemType::Table(b)) => {
            let (initial, maximum) = limits((a.initial, a.maximum), (b.initial, b.maximum))?;
            ItemType::Table(wasmparser::TableType { initial, maximum, ..*a })
        }
        _ => a.clone(),
    };
    (both.fits(a) && both.fits(b)).then_some(both)
}

/// Returns what reports call a supplied item.
pub(super) fn what(kind: ExternalKind) -> String {
    format!("a {} of its own", kind_name(kind))
}
