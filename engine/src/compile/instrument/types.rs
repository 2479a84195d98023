//! Function types that the module does not declare as they are needed. They are appended to its own types.
//!
//! With the meter pass every function type of the module gets one more parameter and result. A block, a tag and an
//! import need the type without them: its *plain* copy.

use std::collections::HashMap;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{BlockType, TypeSection, ValType};
use wasmparser::FuncType;

/// The appended types, by what they are.
pub(super) struct PlainTypes<'p> {
    declared: &'p [Option<FuncType>],
    appended: Vec<(Vec<ValType>, Vec<ValType>)>,
    numbers: HashMap<(Vec<ValType>, Vec<ValType>), u32>,
}

impl<'p> PlainTypes<'p> {
    pub(super) fn new(declared: &'p [Option<FuncType>]) -> Self {
        Self { declared, appended: Vec::new(), numbers: HashMap::new() }
    }

    /// Returns the index of a type, and appends the type if it is missing.
    pub(super) fn of(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        let key = (params.to_vec(), results.to_vec());
        let next = (self.declared.len() + self.appended.len()) as u32;
        *self.numbers.entry(key).or_insert_with_key(|key| {
            self.appended.push(key.clone());
            next
        })
    }

    /// Returns the index of the plain copy of a declared type.
    pub(super) fn plain(&mut self, declared: u32) -> u32 {
        match self.declared.get(declared as usize).and_then(Option::as_ref) {
            Some(ty) => self.of(&encoded(ty.params()), &encoded(ty.results())),
            None => declared,
        }
    }

    /// Returns the type of a block with these results.
    pub(super) fn block_of(&mut self, results: &[wasmparser::ValType]) -> BlockType {
        match encoded(results).as_slice() {
            [] => BlockType::Empty,
            [one] => BlockType::Result(*one),
            many => BlockType::FunctionType(self.of(&[], many)),
        }
    }

    /// Writes the appended types after the declared ones.
    pub(super) fn append_to(&self, section: &mut TypeSection) {
        for (params, results) in &self.appended {
            section.ty().function(params.iter().copied(), results.iter().copied());
        }
    }
}

/// Converts types to those of the encoder.
pub(super) fn encoded(types: &[wasmparser::ValType]) -> Vec<ValType> {
    types.iter().filter_map(|ty| RoundtripReencoder.val_type(*ty).ok()).collect()
}

/// Globals that hold locals while the host is asked for fuel. There are as many of each type as any one function
/// needs at once. One function uses them at a time.
#[derive(Debug)]
pub(super) struct Spills {
    first: u32,
    types: Vec<ValType>,
}

impl Spills {
    /// Makes the set, which is empty at first. `first` is the index that the first global gets.
    pub(super) fn new(first: u32) -> Self {
        Self { first, types: Vec::new() }
    }

    /// Returns the indices of globals, one for each of the types.
    pub(super) fn for_types(&mut self, wanted: &[ValType]) -> Vec<u32> {
        let mut free: Vec<Option<ValType>> = self.types.iter().copied().map(Some).collect();
        let mut taken = Vec::new();
        for ty in wanted {
            let at = match free.iter().position(|found| *found == Some(*ty)) {
                Some(at) => {
                    free[at] = None;
                    at
                }
                None => {
                    self.types.push(*ty);
                    free.push(None);
                    self.types.len() - 1
                }
            };
            taken.push(self.first + at as u32);
        }
        taken
    }

    /// Returns the types of all the globals.
    pub(super) fn types(&self) -> &[ValType] {
        &self.types
    }
}
