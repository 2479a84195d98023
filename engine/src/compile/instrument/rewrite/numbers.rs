//! The indices and types of the guest's items in the rewritten module, where they differ from the original.

use super::super::types::encoded;
use super::Rewriter;
use std::convert::Infallible;
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{ConstExpr, EntityType, ValType};

type Reencoded<T> = std::result::Result<T, reencode::Error<Infallible>>;

impl Reencode for Rewriter<'_, '_> {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Reencoded<u32> {
        Ok(self.number(function))
    }

    fn const_expr(&mut self, expression: wasmparser::ConstExpr<'_>) -> Reencoded<ConstExpr> {
        match self.constants.value(&expression) {
            Some(value) => Ok(value.expression()),
            None => reencode::utils::const_expr(self, expression),
        }
    }

    fn func_type(&mut self, ty: wasmparser::FuncType) -> Reencoded<wasm_encoder::FuncType> {
        let (mut params, mut results) = (encoded(ty.params()), encoded(ty.results()));
        if self.passes.meter {
            params.push(ValType::I64);
            results.push(ValType::I64);
        }
        Ok(wasm_encoder::FuncType::new(params, results))
    }

    fn block_type(&mut self, ty: wasmparser::BlockType) -> Reencoded<wasm_encoder::BlockType> {
        match ty {
            wasmparser::BlockType::FuncType(declared) if self.passes.meter => {
                Ok(wasm_encoder::BlockType::FunctionType(self.types.plain(declared)))
            }
            other => reencode::utils::block_type(self, other),
        }
    }

    fn entity_type(&mut self, ty: wasmparser::TypeRef) -> Reencoded<EntityType> {
        match ty {
            wasmparser::TypeRef::Func(declared) if self.passes.meter => {
                Ok(EntityType::Function(self.types.plain(declared)))
            }
            other => reencode::utils::entity_type(self, other),
        }
    }

    fn tag_type(&mut self, ty: wasmparser::TagType) -> Reencoded<wasm_encoder::TagType> {
        let mut encoded = reencode::utils::tag_type(self, ty)?;
        if self.passes.meter {
            encoded.func_type_idx = self.types.plain(encoded.func_type_idx);
        }
        Ok(encoded)
    }
}
