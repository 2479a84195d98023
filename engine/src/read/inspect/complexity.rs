//! Estimates how long a function may take to compile, beyond what the size of its code says.

use crate::read::opcode::{call, conditional_branch, division, effects, opens_block};
use wasmparser::{FunctionBody, Operator as O};

/// The most locals with which a function takes only as long to compile as the size of its code says.
const FEW_LOCALS: u64 = 64;

/// Returns what compiling a function costs beyond the size of its code: the number of places where control branches
/// or merges, times the number of locals above [`FEW_LOCALS`].
///
/// Such places are branches, and the instructions at which metering and isolation add a branch: calls, stores,
/// divisions. Code without them takes no longer with thousands of locals. Compilers unroll loops into such code.
///
/// # Errors
/// The errors of the reader.
pub(super) fn complexity(body: &FunctionBody<'_>, locals: u64) -> wasmparser::Result<u64> {
    let Some(many) = locals.checked_sub(FEW_LOCALS).filter(|many| *many > 0) else { return Ok(0) };
    let mut places = 1;
    let mut reader = body.get_operators_reader()?;
    while !reader.eof() {
        places += places_at(&reader.read()?);
    }
    Ok(many.saturating_mul(places))
}

/// Returns at how many places control branches or merges because of an instruction.
fn places_at(code: &O<'_>) -> u64 {
    match code {
        O::BrTable { targets } => u64::from(targets.len()) + 1,
        O::Else
        | O::Br { .. }
        | O::RefTestNonNull { .. }
        | O::RefTestNullable { .. }
        | O::RefCastNonNull { .. }
        | O::RefCastNullable { .. } => 1,
        code => u64::from(
            opens_block(code)
                || conditional_branch(code).is_some()
                || call(code).is_some_and(|call| !call.is_tail)
                || division(code).is_some()
                || !effects(code).is_empty(),
        ),
    }
}
