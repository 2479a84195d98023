//! Places position-independent modules in the memory and in the table, as a dynamic linker would (tool-conventions,
//! DynamicLinking.md).
//!
//! The result is a module of globals: base addresses, the stack pointer, and the global offset table (GOT), which
//! holds the addresses of data and of functions. The address of a function is an index of the table. All values are
//! known before anything runs. This must never place a module where another keeps something.

use super::source::shown;
use crate::compile::component::assembly::Item;
use crate::error::{Error, Result};
use std::collections::HashMap;
use wasm_encoder::{
    ConstExpr, ElementSection, Elements, EntityType, GlobalSection, GlobalType, ImportSection,
    Module, RefType, TableType, TypeSection, ValType,
};
use wasmparser::{FuncType, MemInfo};

/// Bytes of the stack, as wasm-ld and Emscripten have it.
const STACK: u64 = 64 << 10;

/// Where data begins if the memory is ours. Addresses near null stay unused.
const FIRST: u64 = 1024;

/// The value of a global.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum GlobalValue {
    /// An address relative to the memory of the position-independent module of that number.
    Memory(usize, u32),
    /// The first table element of the position-independent module of that number.
    Table(usize),
    /// The table element that holds the function of that number.
    Function(usize),
    StackLow,
    StackHigh,
    HeapBase,
    HeapEnd,
    Constant(u32),
}

/// The addresses that are known, and the functions that have one.
#[derive(Debug, Default)]
pub(super) struct Places {
    modules: Vec<MemInfo>,
    globals: Vec<(GlobalValue, bool)>,
    known: HashMap<(GlobalValue, bool, Option<String>), u32>,
    functions: Vec<(Item, FuncType)>,
    has_stack: bool,
}

/// What other modules than the placed ones use of the memory and the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Occupied {
    /// The bytes, or None if no other module uses the memory.
    pub bytes: Option<u64>,
    /// The elements.
    pub elements: u64,
}

impl Places {
    /// Adds a module, and returns its number.
    pub(super) fn add(&mut self, size: MemInfo) -> usize {
        self.modules.push(size);
        self.modules.len() - 1
    }

    /// Returns the index of a global of that value. Each name of a mutable global gets a global of its own.
    pub(super) fn global(&mut self, value: GlobalValue, mutable: Option<&str>) -> u32 {
        self.has_stack |= matches!(value, GlobalValue::StackHigh | GlobalValue::StackLow);
        let next = self.globals.len() as u32;
        let key = (value, mutable.is_some(), mutable.map(str::to_string));
        *self.known.entry(key).or_insert_with(|| {
            self.globals.push((value, mutable.is_some()));
            next
        })
    }

    /// Returns the address of a function. A function has only one.
    pub(super) fn function(&mut self, item: Item, ty: FuncType) -> GlobalValue {
        let known = self.functions.iter().position(|(known, _)| *known == item);
        GlobalValue::Function(known.unwrap_or_else(|| {
            self.functions.push((item, ty));
            self.functions.len() - 1
        }))
    }

    /// Returns the type of a global.
    pub(super) fn ty(&self, global: u32) -> Option<wasmparser::GlobalType> {
        let (_, mutable) = *self.globals.get(global as usize)?;
        Some(wasmparser::GlobalType {
            content_type: wasmparser::ValType::I32,
            mutable,
            shared: false,
        })
    }

    /// Returns the functions that the module imports. The table is its first import.
    pub(super) fn functions(&self) -> impl Iterator<Item = Item> + '_ {
        self.functions.iter().map(|(item, _)| *item)
    }

    /// Returns whether any function has an address.
    pub(super) fn needs_table(&self) -> bool {
        !self.functions.is_empty()
    }

    /// Returns the module, the bytes of memory, and the elements of the table, all placed modules included.
    ///
    /// # Errors
    /// [`Error::Adapt`] if they exceed 32-bit addresses.
    pub(super) fn binary(&self, occupied: Occupied) -> Result<(Vec<u8>, u64, u64)> {
        let layout = Layout::of(self, occupied)?;
        let mut encoder = wasm_encoder::reencode::RoundtripReencoder;
        let (mut types, mut imports) = (TypeSection::new(), ImportSection::new());
        let (mut globals, mut elements) = (GlobalSection::new(), ElementSection::new());
        if self.needs_table() {
            let ty = TableType {
                element_type: RefType::FUNCREF,
                table64: false,
                minimum: 0,
                maximum: None,
                shared: false,
            };
            imports.import("", "", EntityType::Table(ty));
            let offset = ConstExpr::i32_const(layout.functions as i32);
            let all: Vec<u32> = (0..self.functions.len() as u32).collect();
            elements.active(None, &offset, Elements::Functions(all.into()));
        }
        for (at, (_, ty)) in self.functions.iter().enumerate() {
            use wasm_encoder::reencode::Reencode;
            let encoded = encoder.func_type(ty.clone());
            types.ty().func_type(&encoded.map_err(|error| Error::Internal(error.to_string()))?);
            imports.import("", "", EntityType::Function(at as u32));
        }
        for (value, mutable) in &self.globals {
            let value = match *value {
                GlobalValue::Memory(module, address) => layout.memory[module].wrapping_add(address),
                GlobalValue::Table(module) => layout.table[module],
                GlobalValue::Function(function) => layout.functions + function as u32,
                GlobalValue::StackLow => layout.stack.0,
                GlobalValue::StackHigh => layout.stack.1,
                GlobalValue::HeapBase => layout.heap.0,
                GlobalValue::HeapEnd => layout.heap.1,
                GlobalValue::Constant(value) => value,
            };
            let ty = GlobalType { val_type: ValType::I32, mutable: *mutable, shared: false };
            globals.global(ty, &ConstExpr::i32_const(value as i32));
        }
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&globals).section(&elements);
        Ok((module.finish(), layout.bytes, layout.elements))
    }
}

/// The addresses where everything begins.
struct Layout {
    memory: Vec<u32>,
    table: Vec<u32>,
    /// The first of the elements that hold functions with an address.
    functions: u32,
    stack: (u32, u32),
    heap: (u32, u32),
    bytes: u64,
    elements: u64,
}

impl Layout {
    fn of(places: &Places, occupied: Occupied) -> Result<Self> {
        let too_much = || Error::adapt("position-independent modules need more than 4 GB");
        let number = |at: u64| u32::try_from(at).map_err(|_| too_much());
        let align = |at: u64, power: u32| match power {
            0..=31 => Ok(at.next_multiple_of(1 << power)),
            _ => Err(too_much()),
        };
        let mut at = occupied.bytes.unwrap_or(FIRST);
        let mut stack = (0, 0);
        if places.has_stack {
            at = align(at, 4)?;
            stack = (number(at)?, number(at + STACK)?);
            at += STACK;
        }
        // Element 0 is the null pointer of C.
        let mut element = occupied.elements.max(1);
        let (mut memory, mut table) = (Vec::new(), Vec::new());
        for size in &places.modules {
            at = align(at, size.memory_alignment)?;
            memory.push(number(at)?);
            at += u64::from(size.memory_size);
            element = align(element, size.table_alignment)?;
            table.push(number(element)?);
            element += u64::from(size.table_size);
        }
        at = align(at, 4)?;
        let functions = number(element)?;
        let end = at.next_multiple_of(1 << 16);
        // The end of the last page is no 32-bit number.
        let heap = (number(at)?, number(end)?);
        let elements = element + places.functions.len() as u64;
        Ok(Self { memory, table, functions, stack, heap, bytes: end, elements })
    }
}

/// Returns what reports call the address of a placed module.
pub(super) fn what(module: &str, name: &str) -> Option<&'static str> {
    Some(match (module, name) {
        ("env", "__memory_base") => "the address where it is placed",
        ("env", "__table_base") => "the first element of its part of the table",
        ("env", "__stack_pointer") => "a stack of 64 kB",
        ("GOT.mem", "__heap_base" | "__heap_end") | ("env", "__heap_base" | "__heap_end") => {
            "the memory behind all that is placed"
        }
        ("GOT.mem", "__stack_low" | "__stack_high" | "__stack_base" | "__stack_end") => {
            "the bounds of the stack"
        }
        _ => return None,
    })
}

/// Returns what reports call the address of a symbol that nobody defines.
pub(super) fn undefined(module: &str, name: &str) -> String {
    format!("0, as {} may be undefined", shown(module, name))
}
