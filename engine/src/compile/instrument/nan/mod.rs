//! The nan pass: a NaN that the guest computes is canonical wherever its bits can be seen.
//!
//! WebAssembly does not specify the sign and the payload of a computed NaN, and processors differ. NaNs are made
//! canonical before they reach anything that looks at bits: a store, a reinterpretation, `neg`, `abs` and `copysign`,
//! a call, a global, a label, the end of the function. Between these, values pass from operation to operation
//! unchanged. A value that was loaded or received, not computed, is never touched: guests that box values in NaNs
//! keep their payloads.
//!
//! Every operand is tracked to the instruction that computed it. A local is *computed* if all values assigned to it
//! are computed. A value that is read from a computed local counts as computed by that read.
//!
//! A value that can be seen only by stores is checked right after the store. Stores between which nothing can see the
//! values are checked together. The loops of numeric code take as long as the processor takes to issue their
//! instructions, so the number of instructions is what counts.

mod check;
mod group;

use super::function::{Function, Scratch};
use super::operands::Operands;
use crate::read::opcode::{Float, FloatUse, float_use};
use wasmparser::Operator as O;

/// What is known of an operand. Nothing is known of one that was not computed or is no floating-point number: its
/// bits are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operand {
    /// It is not a NaN, but a constant or converted from an integer.
    Number,
    /// It was computed, or selected among computed values, by the instruction with this index.
    Computed(usize, Float),
}

impl Operand {
    fn is(self, wanted: Float) -> bool {
        matches!(self, Self::Computed(_, float) if float == wanted)
    }
}

/// Makes the NaNs that `function` computes canonical.
pub(super) fn run(function: &mut Function<'_>, memories: &[wasmparser::MemoryType]) {
    let mut locals = Locals::of(function);
    // Each round can only find more locals that are not computed.
    let sites = loop {
        match track(function, &mut locals) {
            Some(sites) => break sites,
            None if locals.rounds > 4 => locals.computed.fill(None),
            None => {}
        }
    };
    let mut scratch = Scratches::default();
    for (at, float) in sites.values {
        let local = scratch.values[float as usize].of(function, float.ty());
        function.ops[at].after.extend(check::canonicalize(float, local));
    }
    for group in group::groups(function, memories, &sites.stores) {
        check::check(function, &group, &mut scratch);
    }
}

/// The locals that the added code uses.
#[derive(Default)]
struct Scratches {
    values: [Scratch; 4],
    /// For f32 and for f64.
    sums: [Scratch; 2],
    /// For 32-bit and for 64-bit addresses.
    addresses: [Scratch; 2],
}

/// Which locals hold only computed values.
struct Locals {
    computed: Vec<Option<Float>>,
    rounds: usize,
}

impl Locals {
    fn of(function: &Function<'_>) -> Self {
        let float = |ty: &wasmparser::ValType| match ty {
            wasmparser::ValType::F32 => Some(Float::F32),
            wasmparser::ValType::F64 => Some(Float::F64),
            // The type of a vector does not say what its lanes are.
            _ => None,
        };
        // A parameter comes from elsewhere. A declared local starts as 0, which is a number.
        let mut computed = vec![None; function.params.len()];
        for (count, ty) in &function.locals {
            computed.extend(std::iter::repeat_n(float(ty), *count as usize));
        }
        Self { computed, rounds: 0 }
    }
}

/// What is to be made canonical.
struct Sites {
    /// The instructions whose results are made canonical at once.
    values: Vec<(usize, Float)>,
    /// The stores of scalars that are followed by a check.
    stores: Vec<(usize, Float)>,
}

/// Finds what is to be made canonical. Returns `None` if a local turned out not to be computed, which takes another
/// round.
fn track(function: &Function<'_>, locals: &mut Locals) -> Option<Sites> {
    locals.rounds += 1;
    let mut settled = true;
    let mut wanted = vec![false; function.ops.len()];
    let mut values = Vec::new();
    let mut stores: Vec<(usize, usize, Float)> = Vec::new();
    let mut stack = Operands::new();
    for (at, op) in function.ops.iter().enumerate() {
        let operands = stack.take(op);
        if !op.live {
            stack.put(op, None);
            continue;
        }
        let mut show = |operand: &Option<Operand>| {
            if let Some(Operand::Computed(by, float)) = *operand
                && !std::mem::replace(&mut wanted[by], true)
            {
                values.push((by, float));
            }
        };
        let is = |operand: &Option<Operand>, wanted| operand.is_some_and(|o| o.is(wanted));
        let result = match (&op.code, float_use(&op.code)) {
            (_, FloatUse::Computes(takes, gives)) => {
                operands.iter().filter(|o| !is(o, takes)).for_each(&mut show);
                Some(Operand::Computed(at, gives))
            }
            (_, FloatUse::Absorbs(takes)) => {
                operands.iter().filter(|o| !is(o, takes)).for_each(&mut show);
                None
            }
            (_, FloatUse::Number) => Some(Operand::Number),
            (_, FloatUse::Selects) => match (operands[0], operands[1]) {
                (Some(Operand::Computed(_, a)), Some(Operand::Computed(_, b))) if a == b => {
                    Some(Operand::Computed(at, a))
                }
                (Some(Operand::Computed(_, float)), Some(Operand::Number))
                | (Some(Operand::Number), Some(Operand::Computed(_, float))) => {
                    Some(Operand::Computed(at, float))
                }
                (Some(Operand::Number), Some(Operand::Number)) => Some(Operand::Number),
                _ => {
                    operands.iter().for_each(&mut show);
                    None
                }
            },
            (O::Drop, _) => None,
            (O::F32Store { .. } | O::F64Store { .. }, _) => {
                if let Some(Operand::Computed(by, float)) = operands[1] {
                    stores.push((at, by, float));
                }
                None
            }
            (O::LocalGet { local_index }, _) => {
                locals.computed[*local_index as usize].map(|float| Operand::Computed(at, float))
            }
            (O::LocalSet { local_index } | O::LocalTee { local_index }, _) => {
                let local = &mut locals.computed[*local_index as usize];
                let value = operands[0];
                match *local {
                    Some(float) if is(&value, float) || value == Some(Operand::Number) => {}
                    None => show(&value),
                    Some(_) => {
                        *local = None;
                        settled = false;
                    }
                }
                match *local {
                    Some(_) => value,
                    None => value.filter(|value| *value == Operand::Number),
                }
            }
            _ => {
                operands.iter().for_each(&mut show);
                None
            }
        };
        stack.put(op, result);
    }
    values.sort_unstable_by_key(|(at, _)| *at);
    let stores = stores
        .into_iter()
        .filter(|(_, by, _)| !wanted[*by])
        .map(|(at, _, float)| (at, float))
        .collect();
    settled.then_some(Sites { values, stores })
}
