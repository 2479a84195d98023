//! The meter pass: counts the guest's instructions, and calls the host at times.
//!
//! The remaining fuel travels with control. Each function takes it as one more parameter, keeps it in that local,
//! which the compiler keeps in a register, and returns it as one more result. It is *checked* at loops, at the start
//! of a function that calls others, and in straight code often enough that little runs between two checks. Where it
//! has fallen below zero, the code calls `refill`. There the host serves interrupts, looks at the budget, and traps
//! or gives more.
//!
//! Units that have been executed and not yet charged are *pending*. Their number is known at each place in the code.
//! Straight code only adds to it. Where paths join, all must arrive with the same number, so each path but the first
//! pays the difference. A branch back to the start of a loop pays what the iteration cost. So a loop with one path
//! has one subtraction and one comparison, and an `if` inside it adds one subtraction. As pending is never negative,
//! no guest is stopped early: a call succeeds exactly if what it executes is within its fuel.
//!
//! Each instruction costs one unit, except those that only structure the code. Bulk operations cost one more for
//! every eight bytes or elements ([`opcode`](super::opcode)).

mod code;
mod labels;

use super::function::{Function, Own, Scratch};
use super::live;
use super::types::{PlainTypes, Spills};
use crate::read::opcode::{call, catch_label, conditional_branch, cost, length};
use labels::{Label, Use, has_else, uses};
use std::collections::HashMap;
use wasm_encoder::{BlockType, Instruction as I};
use wasmparser::Operator as O;

/// The parts of the rewritten module that the pass names, and what it needs to know of the guest's module.
pub(super) struct Input<'i> {
    /// The index of the imported function that gives more fuel.
    pub refill: u32,
    /// The global that holds the fuel while an exception is on its way, if the module can throw any.
    pub spill: Option<u32>,
    /// Whether each table has 64-bit indices.
    pub tables64: &'i [bool],
    pub memories: &'i [wasmparser::MemoryType],
}

/// The most units that straight code takes, and the most calls that it makes, before it is checked. A chain of calls,
/// as deep as the stack allows, returns without any check. With so few units even that takes only milliseconds.
const MOST_PENDING: u64 = 1000;
const MOST_CALLS: u32 = 16;

/// Meters `function`.
pub(super) fn run(
    function: &mut Function<'_>,
    input: &Input<'_>,
    types: &mut PlainTypes<'_>,
    spills: &mut Spills,
) {
    let (uses, own) = uses(function);
    let has_calls = function.ops.iter().any(|op| call(&op.code).is_some());
    let mut meter = Meter {
        fuel: function.fuel(),
        input,
        pending: 0,
        calls: 0,
        live: true,
        labels: vec![Label::of_function(own.used, function.results.is_empty())],
        length: Scratch::default(),
        wide_length: Scratch::default(),
        live_at: live::at_loops(function),
        types: function.local_types(),
        spills,
    };
    if has_calls {
        function.prologue.extend(meter.check(&[]));
    }
    function.wrapped = own.wrap;
    if own.wrap {
        let block = types.block_of(&function.results);
        function.prologue.push(I::Block(block).into());
    }
    for (at, used) in uses.into_iter().enumerate() {
        meter.step(function, at, used);
    }
}

struct Meter<'m> {
    fuel: u32,
    input: &'m Input<'m>,
    /// The units that have been executed on the way here and not charged.
    pending: u64,
    /// The most calls on any path to here since the last check.
    calls: u32,
    /// Whether control can get here.
    live: bool,
    labels: Vec<Label>,
    length: Scratch,
    wide_length: Scratch,
    /// The guest's locals that are live at each loop.
    live_at: HashMap<usize, Vec<u32>>,
    /// The types of the guest's locals.
    types: Vec<wasmparser::ValType>,
    spills: &'m mut Spills,
}

impl Meter<'_> {
    fn step(&mut self, function: &mut Function<'_>, at: usize, used: Use) {
        let code = function.ops[at].code.clone();
        if self.live {
            self.pending += cost(&code);
        }
        let mut before = Vec::new();
        let mut after = Vec::new();
        let mut checked = Vec::new();
        if self.live && self.pending >= MOST_PENDING && !matches!(code, O::Else | O::End) {
            checked = self.settle();
            checked.extend(self.check(&[]));
        }
        match &code {
            O::Block { blockty } | O::Loop { blockty } | O::If { blockty } => {
                self.open(function, at, *blockty, used, &mut before, &mut after);
            }
            O::TryTable { try_table } => {
                for catch in &try_table.catches {
                    let live = self.live;
                    let label = self.label(catch_label(catch));
                    label.reached |= live;
                    // Any call can throw an exception.
                    label.calls = MOST_CALLS;
                }
                self.open(function, at, try_table.ty, used, &mut before, &mut after);
            }
            O::Else => {
                before = self.arrive(0);
                let other = self.labels.last().and_then(|label| label.other);
                self.live = other.is_some();
                self.pending = other.unwrap_or(0);
                self.calls = self.labels.last().map_or(0, |label| label.calls_before);
            }
            O::End => (before, after) = self.close(function),
            O::Br { relative_depth } if *relative_depth as usize + 1 == self.labels.len() => {
                before = self.settle();
                before.push(I::LocalGet(self.fuel).into());
                before.push(I::Return.into());
                function.ops[at].replaced = true;
                self.live = false;
            }
            O::Br { relative_depth } => {
                before = self.arrive(*relative_depth);
                self.live = false;
            }
            O::BrIf { relative_depth } => {
                match self.pays_on_the_way(*relative_depth) {
                    None => before = self.arrive(*relative_depth),
                    Some(difference) => {
                        // Only the way out of the loop pays, not each iteration.
                        before.push(I::If(BlockType::Empty).into());
                        before.extend(self.charge(difference));
                        before.push(I::Br(relative_depth + 1).into());
                        before.push(I::End.into());
                        function.ops[at].replaced = true;
                    }
                }
            }
            O::BrTable { targets } => {
                before = self.settle();
                let mut spill = false;
                let depths = targets.targets().flatten().chain([targets.default()]);
                for depth in depths {
                    let calls = self.calls;
                    let label = self.label(depth);
                    label.calls = label.calls.max(calls);
                    label.reached = true;
                    spill |= label.used.catch;
                }
                if spill {
                    before.extend(self.spill());
                }
                self.live = false;
            }
            O::Return => {
                before = self.settle();
                before.push(I::LocalGet(self.fuel).into());
                self.live = false;
            }
            O::Unreachable => self.live = false,
            O::Throw { .. } | O::ThrowRef => {
                before = self.settle();
                before.extend(self.spill());
                self.live = false;
            }
            code => {
                if let Some(depth) = conditional_branch(code) {
                    before = self.arrive(depth);
                } else if let Some(call) = call(code) {
                    // If a callee throws, control does not come back here to pay what this function owes.
                    if call.is_tail || self.input.spill.is_some() {
                        before = self.settle();
                    }
                    before.extend(self.pass_fuel(function, call.callee));
                    if call.is_tail {
                        self.live = false;
                    } else {
                        after.push(I::LocalSet(self.fuel).into());
                        self.calls += 1;
                        if self.calls > MOST_CALLS {
                            after.extend(self.check(&[]));
                        }
                    }
                } else if let Some(length) = length(code) {
                    before = self.charge_length(function, length);
                }
            }
        }
        let op = &mut function.ops[at];
        op.before.extend(checked);
        op.before.extend(before);
        op.after.splice(0..0, after);
    }

    fn label(&mut self, depth: u32) -> &mut Label {
        let at = self.labels.len() - 1 - depth as usize;
        &mut self.labels[at]
    }

    fn open(
        &mut self,
        function: &Function<'_>,
        at: usize,
        ty: wasmparser::BlockType,
        used: Use,
        before: &mut Vec<Own>,
        after: &mut Vec<Own>,
    ) {
        let is_loop = matches!(function.ops[at].code, O::Loop { .. });
        let is_if = matches!(function.ops[at].code, O::If { .. });
        // A branch that cannot pay on its way arrives owing nothing, so all others must do so too.
        let fixed = used.table || used.catch;
        let passes_by = is_if && !has_else(function, at);
        if fixed && (is_loop || passes_by) {
            *before = self.settle();
            if used.catch {
                before.extend(self.spill());
            }
        }
        let pending = match fixed {
            true => Some(0),
            false => (is_loop || passes_by).then_some(self.pending),
        };
        self.labels.push(Label {
            is_loop,
            used,
            empty: match ty {
                wasmparser::BlockType::Empty => true,
                wasmparser::BlockType::Type(_) => is_loop,
                wasmparser::BlockType::FuncType(_) => false,
            },
            pending,
            reached: (is_loop || passes_by) && self.live,
            other: (is_if && self.live).then_some(self.pending),
            calls_before: self.calls,
            calls: if passes_by { self.calls } else { 0 },
        });
        if is_loop && used.catch {
            after.extend(self.reload());
        }
        if is_loop && used.any && self.live {
            let live = self.live_at.remove(&at).unwrap_or_default();
            after.extend(self.check_loop(function, &live));
        }
    }

    fn close(&mut self, function: &Function<'_>) -> (Vec<Own>, Vec<Own>) {
        let last = self.labels.len() == 1;
        if self.labels.last().is_some_and(|label| label.is_loop) {
            // Control leaves a loop only at its end, with what is pending there.
            self.labels.pop();
            return Default::default();
        }
        if last && !function.wrapped {
            let mut before = self.settle();
            before.push(I::LocalGet(self.fuel).into());
            return (before, Vec::new());
        }
        let mut before = self.arrive(0);
        let Some(label) = self.labels.pop() else { return Default::default() };
        self.live = label.reached;
        self.pending = label.pending.unwrap_or(0);
        self.calls = label.calls;
        let mut joined = Vec::new();
        if label.used.catch {
            joined = self.reload();
        }
        if last {
            before.push(I::End.into());
            before.extend(joined);
            before.extend(self.settle());
            before.push(I::LocalGet(self.fuel).into());
            joined = Vec::new();
        }
        (before, joined)
    }

    /// Returns code that charges the difference between what is pending here and what the label expects.
    fn arrive(&mut self, depth: u32) -> Vec<Own> {
        if !self.live {
            return Vec::new();
        }
        let (pending, calls) = (self.pending, self.calls);
        let label = self.label(depth);
        label.reached = true;
        label.calls = label.calls.max(calls);
        let target = *label.pending.get_or_insert(pending);
        let catch = label.used.catch;
        self.pending = target;
        let mut code = self.charge(pending as i64 - target as i64);
        if catch {
            code.extend(self.spill());
        }
        code
    }

    /// Returns how much a `br_if` that leaves the innermost loop pays, if it has to pay.
    fn pays_on_the_way(&mut self, depth: u32) -> Option<i64> {
        let leaves = self.labels.iter().rev().take(depth as usize).any(|label| label.is_loop);
        let (pending, live, calls) = (self.pending, self.live, self.calls);
        let label = self.label(depth);
        let target = label.pending?;
        let splits = leaves && live && label.empty && !label.used.catch && target != pending;
        if splits {
            label.reached = true;
            label.calls = label.calls.max(calls);
        }
        splits.then_some(pending as i64 - target as i64)
    }

    /// Returns code that charges all that is pending.
    fn settle(&mut self) -> Vec<Own> {
        if !self.live {
            return Vec::new();
        }
        let pending = std::mem::take(&mut self.pending);
        self.charge(pending as i64)
    }
}
