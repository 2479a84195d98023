//! The divide pass: no division of the guest raises the processor's own trap.
//!
//! x86 reports a division by zero, and MIN / -1, as SIGFPE. Other libraries in the same process take that signal for
//! themselves: PL/Perl gives it back to PostgreSQL's handler, which would jump across the guest's frames. With the
//! check in the code, the guest traps in the same way without that signal. Signed division by zero needs no check, as
//! Cranelift has one (`nonzero_sdiv_divisor`). So the code makes the other divisions trap on zero by a signed
//! division.

use super::function::{Function, Own, Scratch};
use crate::read::opcode::{Division, division};
use wasm_encoder::{BlockType, Ieee64, Instruction as I, ValType};
use wasmparser::Operator as O;

/// Checks the divisors of `function`.
pub(super) fn run(function: &mut Function<'_>) {
    let mut scratch = [Scratch::default(), Scratch::default()];
    for at in 0..function.ops.len() {
        let Some(Division { wide, overflows }) = division(&function.ops[at].code) else { continue };
        // A divisor that is another constant needs no check.
        let constant = at.checked_sub(1).map(|before| &function.ops[before].code);
        match constant {
            Some(O::I32Const { value }) if *value != 0 && *value != -1 => continue,
            Some(O::I64Const { value }) if *value != 0 && *value != -1 => continue,
            _ => {}
        }
        let ty = if wide { ValType::I64 } else { ValType::I32 };
        let divisor = scratch[usize::from(wide)].of(function, ty);
        let added = match overflows {
            false => division_by_zero(wide, divisor),
            true => {
                let dividend = function.own_local(ty);
                overflow(wide, dividend, divisor)
            }
        };
        function.ops[at].before.extend(added);
    }
}

/// Returns code that traps if the divisor on top of the stack is zero.
fn division_by_zero(wide: bool, divisor: u32) -> Vec<Own> {
    vec![
        I::LocalTee(divisor).into(),
        I::LocalGet(divisor).into(),
        if wide { I::I64Eqz } else { I::I32Eqz }.into(),
        Own::Unlikely(BlockType::Empty),
        I::I32Const(1).into(),
        I::I32Const(0).into(),
        I::I32DivS.into(),
        I::Drop.into(),
        I::End.into(),
    ]
}

/// Returns code that traps on an overflow. It calls `i32.trunc_f64_s` on a number that is too large: that traps with
/// the same "integer overflow", and finds it by a comparison.
fn overflow(wide: bool, dividend: u32, divisor: u32) -> Vec<Own> {
    let (minus_one, least, eq) = match wide {
        true => (I::I64Const(-1), I::I64Const(i64::MIN), I::I64Eq),
        false => (I::I32Const(-1), I::I32Const(i32::MIN), I::I32Eq),
    };
    vec![
        I::LocalSet(divisor).into(),
        I::LocalTee(dividend).into(),
        I::LocalGet(divisor).into(),
        I::LocalGet(divisor).into(),
        minus_one.into(),
        eq.clone().into(),
        Own::Unlikely(BlockType::Empty),
        I::LocalGet(dividend).into(),
        least.into(),
        eq.into(),
        Own::Unlikely(BlockType::Empty),
        I::F64Const(Ieee64::from(1e300)).into(),
        I::I32TruncF64S.into(),
        I::Drop.into(),
        I::End.into(),
        I::End.into(),
    ]
}
