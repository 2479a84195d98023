//! Index spaces: the index of each item of each instance in the merged module.
//!
//! An import has the index of the item that it imports, through however many instances that was passed. An index out
//! of range is an error, and must never be mapped, as the modules' code has not been validated yet.

use super::assembly::{Assembly, Item};
use crate::error::{Error, Result};
use crate::read::inspect::core_module::{CoreModule, Kinds, kind_of};
use wasm_encoder::reencode::{self, Reencode};
use wasmparser::ExternalKind;

/// The indices of one instance's items in the merged module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Space {
    types: Range,
    elements: Range,
    data: Range,
    numbers: Kinds<Vec<u32>>,
    /// Functions whose address code takes.
    pub referenced: Vec<u32>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Range {
    first: u32,
    count: u32,
}

impl Range {
    fn next(free: &mut u32, count: u32) -> Result<Self> {
        let first = *free;
        *free = first.checked_add(count).ok_or_else(|| Error::Invalid("it is too large".into()))?;
        Ok(Self { first, count })
    }

    fn number(self, what: &str, index: u32) -> Result<u32> {
        match index < self.count {
            true => Ok(self.first + index),
            false => Err(unknown(what, index)),
        }
    }
}

fn unknown(what: &str, index: u32) -> Error {
    Error::Invalid(format!("it has no {what} {index}"))
}

impl Space {
    /// Returns the index spaces of all instances of an assembly, whose modules are `parts`.
    ///
    /// # Errors
    /// [`Error::Invalid`] if an imported item does not exist, or is of another kind.
    pub(crate) fn of(assembly: &Assembly<'_>, parts: &[CoreModule<'_>]) -> Result<Vec<Self>> {
        let mut free = Free::default();
        // The main memory is the first: only the first can be restored after a call.
        let main = assembly.main.map(|item| origin(assembly, parts, item)).transpose()?;
        free.counts.memories = u32::from(main.is_some());
        let mut messages = None;
        let mut types = vec![None; parts.len()];
        let mut all = vec![Self::default(); assembly.instances.len()];
        for number in assembly.order.iter().copied() {
            let instance = &assembly.instances[number];
            let part = &parts[instance.module];
            // Instances of one module share its types.
            let types = match types[instance.module] {
                Some(known) => known,
                None => {
                    *types[instance.module].insert(Range::next(&mut free.types, part.type_count)?)
                }
            };
            let mut space = Self {
                types,
                elements: Range::next(&mut free.elements, part.elements.len() as u32)?,
                data: Range::next(&mut free.data, part.data.len() as u32)?,
                ..Self::default()
            };
            let own = part.own();
            for kind in KINDS {
                let imported = part.imported.of(kind).len();
                // These are filled in below, when all defined items have an index.
                let numbers = space.numbers.of_mut(kind);
                numbers.resize(imported, u32::MAX);
                for at in 0..*own.of(kind) {
                    let item = Item { instance: number, kind, index: imported as u32 + at };
                    let next = free.counts.of_mut(kind);
                    numbers.push(match Some(item) {
                        of if of == main => 0,
                        // It must not become the first memory where there is no main memory.
                        of if of == assembly.messages => {
                            messages = Some((number, numbers.len()));
                            u32::MAX
                        }
                        _ => {
                            *next += 1;
                            *next - 1
                        }
                    });
                }
            }
            all[number] = space;
        }
        if let Some((instance, at)) = messages {
            all[instance].numbers.memories[at] = free.counts.memories;
        }
        let mut is_done = vec![false; assembly.instances.len()];
        for number in assembly.order.iter().copied() {
            let instance = &assembly.instances[number];
            let part = &parts[instance.module];
            if instance.imports.len() != part.imports.len() {
                return Err(nothing());
            }
            for (import, item) in part.imports.iter().zip(&instance.imports) {
                if item.kind != kind_of(import.ty) {
                    return Err(nothing());
                }
            }
            for kind in KINDS {
                for (at, place) in part.imported.of(kind).iter().enumerate() {
                    let item = instance.imports[*place as usize];
                    let item = match is_done.get(item.instance) {
                        Some(true) => item,
                        _ => origin(assembly, parts, item)?,
                    };
                    let found = all[item.instance].item(kind, item.index)?;
                    all[number].numbers.of_mut(kind)[at] = found;
                }
            }
            is_done[number] = true;
        }
        Ok(all)
    }

    /// Returns the index of an item.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is no such item.
    pub(crate) fn item(&self, kind: ExternalKind, index: u32) -> Result<u32> {
        let number = self.numbers.of(kind).get(index as usize).copied();
        number.ok_or_else(|| {
            let what = match kind {
                ExternalKind::Func | ExternalKind::FuncExact => "function",
                ExternalKind::Table => "table",
                ExternalKind::Memory => "memory",
                ExternalKind::Global => "global",
                ExternalKind::Tag => "tag",
            };
            unknown(what, index)
        })
    }

    /// Returns the indices of the items of a kind.
    pub(super) fn all(&self, kind: ExternalKind) -> &[u32] {
        self.numbers.of(kind)
    }

    /// Returns the indices of the items of a kind that the instance imports.
    pub(super) fn imported(&self, kind: ExternalKind, part: &CoreModule<'_>) -> &[u32] {
        &self.all(kind)[..part.imported.of(kind).len()]
    }

    /// Returns the indices of the items of a kind that the instance defines.
    pub(crate) fn own(&self, kind: ExternalKind, part: &CoreModule<'_>) -> &[u32] {
        &self.all(kind)[part.imported.of(kind).len()..]
    }

    /// Returns the index of a data segment.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is none.
    pub(crate) fn data(&self, index: u32) -> Result<u32> {
        self.data.number("data segment", index)
    }

    /// Returns the index of an element segment.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is none.
    pub(crate) fn element(&self, index: u32) -> Result<u32> {
        self.elements.number("element segment", index)
    }
}

const KINDS: [ExternalKind; 5] = [
    ExternalKind::Func,
    ExternalKind::Table,
    ExternalKind::Memory,
    ExternalKind::Global,
    ExternalKind::Tag,
];

/// The next free index of each kind.
#[derive(Default)]
struct Free {
    types: u32,
    elements: u32,
    data: u32,
    counts: Kinds<u32>,
}

/// Returns the item as its own instance defines it, before other instances imported and re-exported it.
///
/// # Errors
/// [`Error::Invalid`] if there is no such item.
pub(crate) fn origin(
    assembly: &Assembly<'_>,
    parts: &[CoreModule<'_>],
    mut item: Item,
) -> Result<Item> {
    // Each step leads to another instance, unless two instances import from each other.
    for _ in 0..=assembly.instances.len() {
        let instance = assembly.instances.get(item.instance).ok_or_else(nothing)?;
        let part = &parts[instance.module];
        let Some(place) = part.imported.of(item.kind).get(item.index as usize) else {
            return Ok(item);
        };
        let from = instance.imports.get(*place as usize).ok_or_else(nothing)?;
        if from.kind != item.kind {
            return Err(nothing());
        }
        item = *from;
    }
    Err(nothing())
}

fn nothing() -> Error {
    Error::Invalid("an import of a core module does not exist, or is of another kind".into())
}

/// The result of writing a part of a module again.
pub(super) type Reencoded<T> = std::result::Result<T, reencode::Error<Error>>;

/// Converts an error to the encoder's type of errors.
fn user<T>(result: Result<T>) -> Reencoded<T> {
    result.map_err(reencode::Error::UserError)
}

impl Reencode for Space {
    type Error = Error;

    fn type_index(&mut self, ty: u32) -> Reencoded<u32> {
        user(self.types.number("type", ty))
    }

    fn function_index(&mut self, function: u32) -> Reencoded<u32> {
        user(self.item(ExternalKind::Func, function))
    }

    fn table_index(&mut self, table: u32) -> Reencoded<u32> {
        user(self.item(ExternalKind::Table, table))
    }

    fn memory_index(&mut self, memory: u32) -> Reencoded<u32> {
        user(self.item(ExternalKind::Memory, memory))
    }

    fn global_index(&mut self, global: u32) -> Reencoded<u32> {
        user(self.item(ExternalKind::Global, global))
    }

    fn tag_index(&mut self, tag: u32) -> Reencoded<u32> {
        user(self.item(ExternalKind::Tag, tag))
    }

    fn data_index(&mut self, data: u32) -> Reencoded<u32> {
        user(self.data(data))
    }

    fn element_index(&mut self, element: u32) -> Reencoded<u32> {
        user(self.element(element))
    }

    fn instruction<'a>(
        &mut self,
        code: wasmparser::Operator<'a>,
    ) -> Reencoded<wasm_encoder::Instruction<'a>> {
        if let wasmparser::Operator::RefFunc { function_index } = code {
            let number = self.function_index(function_index)?;
            self.referenced.push(number);
        }
        reencode::utils::instruction(self, code)
    }
}
