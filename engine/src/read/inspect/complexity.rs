//! How long a function may take to compile, beyond what the size of its code says.

use crate::read::opcode::{call, conditional_branch, division, effects, opens_block};
use wasmparser::{FunctionBody, Operator as O};

/// The most locals of a function that takes as long to compile as its code is.
const FEW_LOCALS: u64 = 64;

/// Returns what compiling a function costs beyond its code: for each place where ways of control meet or part, all
/// locals that are alive, above [`FEW_LOCALS`].
///
/// Such places are branches, and whatever metering and isolation put a branch beside: calls, stores, divisions. Code
/// without them takes no longer for thousands of locals: compilers unroll loops into such code.
///
/// # Errors
/// Those of the reader.
pub(super) fn complexity(body: &FunctionBody<'_>, locals: u64) -> wasmparser::Result<u64> {
    let Some(many) = locals.checked_sub(FEW_LOCALS).filter(|many| *many > 0) else { return Ok(0) };
    let mut places = 1;
    let mut reader = body.get_operators_reader()?;
    while !reader.eof() {
        places += places_at(&reader.read()?);
    }
    Ok(many.saturating_mul(places))
}

/// Returns at how many places ways of control meet or part because of an instruction.
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
