//! Stubs: functions that trap, or return zeros, in place of imported ones.
//!
//! The name section names a trapping stub after its import. Thus the backtrace of any runtime shows the import, and
//! so does this engine's error (`trap.rs`).

use super::options::Stub;
use super::source::shown;
use super::types::is_concrete;
use crate::name::STUB_NAME;
use std::collections::HashMap;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, Function, FunctionSection, HeapType, Instruction as I, Module, NameMap,
    NameSection, TypeSection,
};
use wasmparser::{FuncType, ValType};

/// All stubs, in one module.
#[derive(Default)]
pub(super) struct Stubs {
    functions: Vec<(String, Stub, FuncType)>,
    known: HashMap<(String, String, Stub), Vec<u32>>,
}

impl Stubs {
    /// Returns the index of the stub for an import, or None if no stub can have its type.
    pub(super) fn function(
        &mut self,
        stub: Stub,
        module: &str,
        name: &str,
        ty: &FuncType,
    ) -> Option<u32> {
        let is_impossible = |ty: &ValType| {
            is_concrete(*ty)
                || stub == Stub::Zero && matches!(ty, ValType::Ref(ty) if !ty.is_nullable())
        };
        if ty.params().iter().copied().any(is_concrete) || ty.results().iter().any(is_impossible) {
            return None;
        }
        let known = self.known.entry((module.to_string(), name.to_string(), stub)).or_default();
        if let Some(found) = known.iter().find(|at| self.functions[**at as usize].2 == *ty) {
            return Some(*found);
        }
        let number = self.functions.len() as u32;
        known.push(number);
        self.functions.push((shown(module, name), stub, ty.clone()));
        Some(number)
    }

    /// Returns the type of a stub.
    pub(super) fn ty(&self, function: u32) -> Option<&FuncType> {
        self.functions.get(function as usize).map(|(_, _, ty)| ty)
    }

    /// Returns the module.
    pub(super) fn binary(&self) -> Vec<u8> {
        let mut encoder = RoundtripReencoder;
        let (mut types, mut functions) = (TypeSection::new(), FunctionSection::new());
        let (mut code, mut names) = (CodeSection::new(), NameMap::new());
        let mut type_numbers: HashMap<&FuncType, u32> = HashMap::new();
        for (number, (import, stub, ty)) in self.functions.iter().enumerate() {
            let ty_number = *type_numbers.entry(ty).or_insert_with(|| {
                // Types with references to the module's own types were refused before.
                let encoded = encoder.func_type(ty.clone());
                let encoded = encoded.unwrap_or_else(|_| wasm_encoder::FuncType::new([], []));
                let next = types.len();
                types.ty().func_type(&encoded);
                next
            });
            functions.function(ty_number);
            let mut body = Function::new([]);
            match stub {
                Stub::Trap => {
                    names.append(number as u32, &format!("{STUB_NAME}{import}"));
                    body.instruction(&I::Unreachable);
                }
                Stub::Zero => {
                    names.append(number as u32, &format!("zero stub for the import {import}"));
                    ty.results().iter().for_each(|ty| {
                        body.instruction(&zero(*ty));
                    });
                }
            }
            body.instruction(&I::End);
            code.function(&body);
        }
        let mut section = NameSection::new();
        section.functions(&names);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&code).section(&section);
        module.finish()
    }
}

/// Returns the instruction that pushes the zero of a type.
fn zero(ty: ValType) -> I<'static> {
    match ty {
        ValType::I32 => I::I32Const(0),
        ValType::I64 => I::I64Const(0),
        ValType::F32 => I::F32Const(0.0.into()),
        ValType::F64 => I::F64Const(0.0.into()),
        ValType::V128 => I::V128Const(0),
        ValType::Ref(ty) => {
            let ty = RoundtripReencoder.heap_type(ty.heap_type());
            I::RefNull(ty.unwrap_or(HeapType::FUNC))
        }
    }
}

/// Returns what reports call a stub.
pub(super) fn what(stub: Stub) -> &'static str {
    match stub {
        Stub::Trap => "a stub that traps",
        Stub::Zero => "a stub that returns zeros",
    }
}
