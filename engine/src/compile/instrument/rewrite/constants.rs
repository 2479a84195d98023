//! Constants: the numbers that constant expressions have in every instance.
//!
//! The offsets of a module that was made of several are globals, as its parts did not know where their memory and their
//! table would begin. wasmtime prepares tables and memories once for all instances only where the offset is a plain number.
//! Otherwise compiled code fills them in each new instance, function by function: that was half of the 0.5 ms that an
//! instance of `guest-examples/python` took.
//!
//! It must never take the value of a global that can change or that is imported.

use crate::read::inspect::core_module::CoreModule;
use wasm_encoder::ConstExpr;
use wasmparser::Operator as O;

/// An integer of a constant expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    I32(i32),
    I64(i64),
}

impl Number {
    pub(super) fn expression(self) -> ConstExpr {
        match self {
            Self::I32(value) => ConstExpr::i32_const(value),
            Self::I64(value) => ConstExpr::i64_const(value),
        }
    }
}

/// For each global of a module the integer that it has in every instance, if it has one.
#[derive(Debug, Default)]
pub(super) struct Constants(Vec<Option<Number>>);

impl Constants {
    /// Finds the constants of a module.
    pub(super) fn of(module: &CoreModule<'_>) -> Self {
        let mut found = Self(vec![None; module.imported.globals.len()]);
        for global in &module.globals {
            let value = (!global.ty.mutable).then(|| found.value(&global.init_expr)).flatten();
            found.0.push(value);
        }
        found
    }

    /// Returns the value of a constant expression (specification, "Constant Expressions"), if it is an integer that is
    /// the same in every instance.
    pub(super) fn value(&self, expression: &wasmparser::ConstExpr<'_>) -> Option<Number> {
        use Number::{I32, I64};
        let mut stack: Vec<Number> = Vec::new();
        let mut reader = expression.get_operators_reader();
        while !reader.is_end_then_eof() {
            let value = match reader.read().ok()? {
                O::I32Const { value } => I32(value),
                O::I64Const { value } => I64(value),
                O::GlobalGet { global_index } => (*self.0.get(global_index as usize)?)?,
                operator => match (operator, stack.pop()?, stack.pop()?) {
                    (O::I32Add, I32(b), I32(a)) => I32(a.wrapping_add(b)),
                    (O::I32Sub, I32(b), I32(a)) => I32(a.wrapping_sub(b)),
                    (O::I32Mul, I32(b), I32(a)) => I32(a.wrapping_mul(b)),
                    (O::I64Add, I64(b), I64(a)) => I64(a.wrapping_add(b)),
                    (O::I64Sub, I64(b), I64(a)) => I64(a.wrapping_sub(b)),
                    (O::I64Mul, I64(b), I64(a)) => I64(a.wrapping_mul(b)),
                    _ => return None,
                },
            };
            stack.push(value);
        }
        stack.pop()
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
