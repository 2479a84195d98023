//! The indices, types and constant expressions of the guest's items in the rewritten module, where they differ from the
//! original.

use super::super::types::encoded;
use super::Rewriter;
use crate::read::inspect::constants::Number;
use std::convert::Infallible;
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{ConstExpr, EntityType, ValType};

type Reencoded<T> = std::result::Result<T, reencode::Error<Infallible>>;

impl Reencode for Rewriter<'_, '_> {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Reencoded<u32> {
        Ok(self.number(function))
    }

    /// Writes a number where the expression has the same value in every instance.
    ///
    /// The offsets of a module that was made from several are globals, as its parts did not know where their memory and
    /// their table would begin. wasmtime prepares tables and memories once for all instances only where the offset is a
    /// plain number. Otherwise compiled code fills them in each new instance, function by function: that was half of the
    /// 0.5 ms that an instance of `guest-examples/python` took (`cargo bench -p plwasm-engine --bench components`).
    fn const_expr(&mut self, expression: wasmparser::ConstExpr<'_>) -> Reencoded<ConstExpr> {
        match self.constants.value(&expression) {
            Some(Number::I32(value)) => Ok(ConstExpr::i32_const(value)),
            Some(Number::I64(value)) => Ok(ConstExpr::i64_const(value)),
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

#[cfg(test)]
mod tests {
    use crate::compile::instrument::{Passes, instrument};

    fn rewritten(fields: &str, passes: Passes) -> String {
        let binary = wat::parse_str(format!("(module {fields})")).unwrap();
        wasmprinter::print_bytes(instrument(&binary, passes).unwrap().binary).unwrap()
    }

    #[test]
    fn what_is_the_same_in_every_instance_is_a_number() {
        let text = rewritten(
            r#"(memory 2) (table 10 funcref) (func)
            (global i32 (i32.const 1024)) (global i32 (i32.const 2))
            (global i32 (i32.add (global.get 0) (i32.mul (global.get 1) (i32.const 8))))
            (global i64 (i64.sub (i64.const 1) (i64.const 2)))
            (global (mut i32) (i32.sub (global.get 2) (i32.const 1)))
            (elem (i32.add (global.get 1) (i32.const 1)) func 0)
            (data (global.get 2) "data")"#,
            Passes::ALL,
        );
        for number in [
            "(global (;2;) i32 i32.const 1040)",
            "(global (;3;) i64 i64.const -1)",
            "(global (;4;) (mut i32) i32.const 1039)",
            "(elem (;0;) (i32.const 3) func 1)",
            r#"(data (;0;) (i32.const 1040) "data")"#,
        ] {
            assert!(text.contains(number), "{number} in {text}");
        }
    }

    #[test]
    fn what_depends_on_an_import_stays() {
        let text = rewritten(
            r#"(import "other" "base" (global i32)) (table 10 funcref) (func)
            (global i32 (i32.add (global.get 0) (i32.const 1)))
            (global f64 (f64.const 1.5)) (global funcref (ref.func 0))
            (elem (i32.sub (global.get 1) (i32.const 1)) func 0)"#,
            Passes { linkable: true, ..Passes::ALL },
        );
        for expression in [
            "(global (;1;) i32 global.get 0 i32.const 1 i32.add)",
            "(global (;2;) f64 f64.const 0x1.8p+0 (;=1.5;))",
            "(elem (;0;) (offset global.get 1 i32.const 1 i32.sub) func 1)",
        ] {
            assert!(text.contains(expression), "{expression} in {text}");
        }
    }
}
