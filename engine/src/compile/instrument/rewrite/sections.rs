//! The sections of the rewritten module, in order. Each has the guest's items, and then ours.

use super::super::types::encoded;
use super::super::{GROW, REFILL};
use super::code::Code;
use super::{Added, Rewriter, internal};
use crate::compile::offsets::Offsets;
use crate::error::{Error, Result};
use crate::read::inspect::invalid;
use wasm_encoder::reencode::Reencode;
use wasm_encoder::{
    ConstExpr, DataCountSection, DataSection, ElementSection, Elements, EntityType,
    FunctionSection, GlobalSection, ImportSection, MemorySection, MemoryType, NameMap, NameSection,
    RefType, StartSection, TableSection, TagSection, TypeSection, ValType,
};
use wasmparser::{Parser, Payload};

impl<'a> Rewriter<'_, 'a> {
    /// Writes all sections. Returns the binary, and where each instruction is in it and was before.
    pub(super) fn write(
        &mut self,
        binary: &'a [u8],
        mut code: Code,
        added: &Added,
    ) -> Result<(Vec<u8>, Offsets)> {
        let mut types = TypeSection::new();
        let mut imports = ImportSection::new();
        let mut functions = FunctionSection::new();
        let mut tables = TableSection::new();
        let mut memories = MemorySection::new();
        let mut tags = TagSection::new();
        let mut globals = GlobalSection::new();
        let mut elements = ElementSection::new();
        let mut data_count = None;
        let mut data = DataSection::new();
        for payload in Parser::new(0).parse_all(binary) {
            match payload.map_err(invalid)? {
                Payload::TypeSection(s) => self.parse_type_section(&mut types, s),
                Payload::ImportSection(s) => self.parse_import_section(&mut imports, s),
                Payload::FunctionSection(s) => self.parse_function_section(&mut functions, s),
                Payload::TableSection(s) => self.parse_table_section(&mut tables, s),
                Payload::MemorySection(s) => self.parse_memory_section(&mut memories, s),
                Payload::TagSection(s) => self.parse_tag_section(&mut tags, s),
                Payload::GlobalSection(s) => self.parse_global_section(&mut globals, s),
                Payload::ElementSection(s) => self.parse_element_section(&mut elements, s),
                Payload::DataCountSection { count, .. } => {
                    data_count = Some(DataCountSection { count });
                    Ok(())
                }
                Payload::DataSection(s) => self.parse_data_section(&mut data, s),
                _ => Ok(()),
            }
            .map_err(internal)?;
        }
        if self.passes.meter {
            let ty = self.types.of(&[ValType::I64], &[ValType::I64]);
            imports.import(REFILL.0, REFILL.1, EntityType::Function(ty));
        }
        if self.elastic {
            let ty = self.types.of(&[ValType::I32], &[ValType::I32]);
            imports.import(GROW.0, GROW.1, EntityType::Function(ty));
        }
        if let Some(pages) = added.memory {
            memories.memory(MemoryType {
                minimum: pages,
                maximum: Some(pages),
                memory64: false,
                shared: false,
                page_size_log2: None,
            });
        }
        if self.fuel_global().is_some() {
            globals.global(global(ValType::I64), &ConstExpr::i64_const(0));
        }
        for (_, ty) in self.restored_globals() {
            let ty = encoded(&[ty.content_type]);
            let (ty, init) = ty.first().map(twin).ok_or_else(unsupported)?;
            globals.global(global(ty), &init);
        }
        for ty in &added.spills {
            globals.global(global(*ty), &twin(ty).1);
        }
        if !added.referenced.is_empty() {
            // An export declares a function for `ref.func`, but the exported function may be one of ours.
            let all: Vec<u32> =
                added.referenced.iter().map(|function| self.number(*function)).collect();
            elements.declared(Elements::Functions(all.into()));
        }
        for own in &self.own {
            functions.function(own.ty);
            let mut body = wasm_encoder::Function::new(own.locals.iter().copied());
            own.code.iter().for_each(|instruction| {
                body.instruction(instruction);
            });
            code.section.function(&body);
        }
        self.types.append_to(&mut types);

        let mut module = wasm_encoder::Module::new();
        module.section(&types).section(&imports).section(&functions).section(&tables);
        module.section(&memories);
        if !tags.is_empty() {
            module.section(&tags);
        }
        module.section(&globals).section(&added.exports);
        if let Some(function_index) = added.start {
            module.section(&StartSection { function_index });
        }
        module.section(&elements);
        if let Some(count) = data_count {
            module.section(&count);
        }
        if !code.hints.is_empty() {
            module.section(&code.hints);
        }
        module.section(&code.section);
        let content = (module.len() - code.section.byte_len()) as u32;
        module.section(&data);
        let names = self.profile.names();
        if !names.is_empty() {
            let mut functions = NameMap::new();
            names.iter().for_each(|(function, name)| {
                let own = *function as usize >= self.profile.imported_functions;
                functions.append(function + u32::from(own) * self.shift, name);
            });
            let mut names = NameSection::new();
            names.functions(&functions);
            module.section(&names);
        }
        code.places.iter_mut().for_each(|(now, _)| *now += content);
        Ok((module.finish(), Offsets::new(&code.places)))
    }
}

fn unsupported() -> Error {
    Error::Internal("a global of a type that cannot be encoded".into())
}

fn global(val_type: ValType) -> wasm_encoder::GlobalType {
    wasm_encoder::GlobalType { val_type, mutable: true, shared: false }
}

/// Returns the type of the global that keeps a value of type `ty`, and the global's first value.
fn twin(ty: &ValType) -> (ValType, ConstExpr) {
    match *ty {
        ValType::I32 => (*ty, ConstExpr::i32_const(0)),
        ValType::I64 => (*ty, ConstExpr::i64_const(0)),
        ValType::F32 => (*ty, ConstExpr::f32_const(0f32.into())),
        ValType::F64 => (*ty, ConstExpr::f64_const(0f64.into())),
        ValType::V128 => (*ty, ConstExpr::v128_const(0)),
        ValType::Ref(RefType { heap_type, .. }) => {
            let nullable = ValType::Ref(RefType { nullable: true, heap_type });
            (nullable, ConstExpr::ref_null(heap_type))
        }
    }
}
