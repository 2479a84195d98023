//! Constants: the numbers that constant expressions have in every instance.
//!
//! It must never take the value of a global that can change or that is imported.

use super::core_module::CoreModule;
use wasmparser::Operator as O;

/// An integer of a constant expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Number {
    I32(i32),
    I64(i64),
}

impl Number {
    /// Returns the address that it is in a 32-bit memory.
    pub(crate) fn address(self) -> Option<u32> {
        match self {
            Self::I32(value) => Some(value.cast_unsigned()),
            Self::I64(_) => None,
        }
    }
}

/// For each global of a module the integer that it has in every instance, if it has one.
#[derive(Debug, Default)]
pub(crate) struct Constants(Vec<Option<Number>>);

impl Constants {
    /// Finds the constants of a module.
    pub(crate) fn of(module: &CoreModule<'_>) -> Self {
        let mut found = Self(vec![None; module.imported.globals.len()]);
        for global in &module.globals {
            let value = (!global.ty.mutable).then(|| found.value(&global.init_expr)).flatten();
            found.0.push(value);
        }
        found
    }

    /// Returns the value of a constant expression (specification, "Constant Expressions"), if it is an integer that is
    /// the same in every instance.
    pub(crate) fn value(&self, expression: &wasmparser::ConstExpr<'_>) -> Option<Number> {
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
        match stack[..] {
            [value] => Some(value),
            _ => None,
        }
    }
}
