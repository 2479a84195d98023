//! The meter pass: counts the guest's instructions, and lets the host look in.
//!
//! The fuel left travels with control: each function takes it as one more parameter, keeps it in that
//! local, which the compiler keeps in a register, and returns it as one more result. It is *checked* at loops, at
//! the start of a function that calls others, and so often in straight code that little runs in between: where it
//! has fallen below zero, `refill` asks the host, which looks at interrupts and at the budget, and traps or gives
//! more.
//!
//! What was executed and is not yet charged is *pending*, a number known at each place in the code.
//! Straight code only adds to it. Where ways join, all must arrive with the same number, so each but the
//! first pays the difference; a way round a loop pays what the round cost. So a loop of one path has one
//! subtraction and one comparison, an `if` inside it one more. As pending is never less than nothing,
//! no guest is ever stopped early: a call succeeds exactly if what it executes is within its fuel.
//!
//! Each instruction is one unit, but for those that only structure the code; bulk operations cost one
//! more for every eight bytes or elements.

use super::function::{Function, Own, Scratch};
use super::live;
use super::types::{PlainTypes, Spills, encoded};
use std::collections::HashMap;
use wasm_encoder::{BlockType, HeapType, Instruction as I, RefType, ValType};
use wasmparser::Operator as O;

/// What of the module's the pass needs to know.
pub(super) struct Plan<'p> {
    /// The number of the imported function that gives more fuel.
    pub refill: u32,
    /// The global that holds the fuel while an exception is on its way, if there can be any.
    pub spill: Option<u32>,
    /// Whether a table has 64-bit indices, by table.
    pub tables64: &'p [bool],
    pub memories: &'p [wasmparser::MemoryType],
}

/// Locals that are put into globals at one loop, at most.
const MOST_SPILLS: usize = 24;

/// Units that straight code takes, and calls that it makes, before it is checked. A chain of calls, as deep as the
/// stack allows, returns without a check between two: so few that even that takes milliseconds.
const MOST_PENDING: u64 = 1000;
const MOST_CALLS: u32 = 16;

/// How a label is branched to.
#[derive(Debug, Clone, Copy, Default)]
struct Use {
    /// At all.
    any: bool,
    /// By a `br_table`, which cannot pay on its way.
    table: bool,
    /// By a catch clause.
    catch: bool,
}

/// A place that branches lead to.
struct Label {
    is_loop: bool,
    used: Use,
    /// Whether branches carry no values.
    empty: bool,
    /// What everyone arrives with, once known.
    pending: Option<u64>,
    /// Whether anyone has arrived.
    reached: bool,
    /// At the start of an `if`: what its other way begins with.
    other: Option<u64>,
    /// Calls since the last check: where an `if` began, and the most that anyone arrived with.
    calls_before: u32,
    calls: u32,
}

pub(super) fn run(
    function: &mut Function<'_>,
    plan: &Plan<'_>,
    types: &mut PlainTypes<'_>,
    spills: &mut Spills,
) {
    let (uses, body) = uses(function);
    let has_calls = function.ops.iter().any(|op| is_call(&op.code));
    let mut meter = Meter {
        fuel: function.fuel(),
        plan,
        pending: 0,
        calls: 0,
        live: true,
        labels: vec![Label {
            is_loop: false,
            used: body.all,
            empty: function.results.is_empty(),
            pending: (body.all.table || body.all.catch).then_some(0),
            reached: false,
            other: None,
            calls_before: 0,
            calls: 0,
        }],
        length: Scratch::default(),
        wide_length: Scratch::default(),
        live_at: live::at_loops(function),
        types: function.local_types(),
        spills,
    };
    if has_calls {
        function.prologue.extend(meter.check(&[]));
    }
    function.wrapped = body.wrap;
    if body.wrap {
        let block = types.block_of(&function.results);
        function.prologue.push(I::Block(block).into());
    }
    for (at, used) in uses.into_iter().enumerate() {
        meter.step(function, at, used);
    }
}

/// Branches to the function's own label.
#[derive(Default)]
struct Body {
    all: Use,
    /// Whether some of them cannot be made into a return.
    wrap: bool,
}

/// How each block's label is used, by the block's index, and the function's own.
fn uses(function: &Function<'_>) -> (Vec<Use>, Body) {
    let mut uses = vec![Use::default(); function.ops.len()];
    let mut body = Body::default();
    let mut open: Vec<usize> = Vec::new();
    for (at, op) in function.ops.iter().enumerate() {
        let mut branch = |depth: u32, table: bool, catch: bool, wrap: bool| {
            let found = open.len().checked_sub(depth as usize + 1);
            let used = match found {
                Some(label) => &mut uses[open[label]],
                None => {
                    body.wrap |= wrap;
                    &mut body.all
                }
            };
            used.any = true;
            used.table |= table;
            used.catch |= catch;
        };
        match &op.code {
            O::Br { relative_depth } => branch(*relative_depth, false, false, false),
            O::BrIf { relative_depth }
            | O::BrOnNull { relative_depth }
            | O::BrOnNonNull { relative_depth }
            | O::BrOnCast { relative_depth, .. }
            | O::BrOnCastFail { relative_depth, .. } => branch(*relative_depth, false, false, true),
            O::BrTable { targets } => {
                branch(targets.default(), true, false, true);
                targets.targets().flatten().for_each(|depth| branch(depth, true, false, true));
            }
            O::TryTable { try_table } => {
                for catch in &try_table.catches {
                    branch(catch_label(catch), false, true, true);
                }
                open.push(at);
            }
            O::Block { .. } | O::Loop { .. } | O::If { .. } => open.push(at),
            O::End => {
                open.pop();
            }
            _ => {}
        }
    }
    (uses, body)
}

fn catch_label(catch: &wasmparser::Catch) -> u32 {
    match catch {
        wasmparser::Catch::One { label, .. }
        | wasmparser::Catch::OneRef { label, .. }
        | wasmparser::Catch::All { label }
        | wasmparser::Catch::AllRef { label } => *label,
    }
}

fn is_call(code: &O<'_>) -> bool {
    matches!(
        code,
        O::Call { .. }
            | O::CallIndirect { .. }
            | O::CallRef { .. }
            | O::ReturnCall { .. }
            | O::ReturnCallIndirect { .. }
            | O::ReturnCallRef { .. }
    )
}

/// Units of one instruction, but for what depends on lengths.
fn cost(code: &O<'_>) -> u64 {
    match code {
        // What structures code, or is nothing once compiled.
        O::Nop
        | O::Drop
        | O::Block { .. }
        | O::Loop { .. }
        | O::Else
        | O::End
        | O::Return
        | O::Unreachable => 0,
        // What is thrown is compared with each handler on its way.
        O::TryTable { try_table } => try_table.catches.len() as u64,
        // A system call; a walk of the stack.
        O::MemoryGrow { .. } | O::TableGrow { .. } | O::Throw { .. } | O::ThrowRef => 128,
        _ => 1,
    }
}

struct Meter<'m, 'p> {
    fuel: u32,
    plan: &'m Plan<'p>,
    /// Executed on the way here, and not charged.
    pending: u64,
    /// Calls made on the way here, at most, since it was checked.
    calls: u32,
    /// Whether control gets here.
    live: bool,
    labels: Vec<Label>,
    length: Scratch,
    wide_length: Scratch,
    /// The guest's locals that are live at each loop.
    live_at: HashMap<usize, Vec<u32>>,
    /// Types of the guest's locals.
    types: Vec<wasmparser::ValType>,
    spills: &'m mut Spills,
}

impl Meter<'_, '_> {
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
                    // From anywhere.
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
                        // Out of a loop: the way out pays, not each round.
                        before.push(I::If(BlockType::Empty).into());
                        before.extend(self.charge(difference));
                        before.push(I::Br(relative_depth + 1).into());
                        before.push(I::End.into());
                        function.ops[at].replaced = true;
                    }
                }
            }
            O::BrOnNull { relative_depth }
            | O::BrOnNonNull { relative_depth }
            | O::BrOnCast { relative_depth, .. }
            | O::BrOnCastFail { relative_depth, .. } => before = self.arrive(*relative_depth),
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
            code if is_call(code) => {
                let tail = matches!(
                    code,
                    O::ReturnCall { .. } | O::ReturnCallIndirect { .. } | O::ReturnCallRef { .. }
                );
                // A callee that throws does not come back to pay what this function owes.
                if tail || self.plan.spill.is_some() {
                    before = self.settle();
                }
                before.extend(self.pass_fuel(function, code));
                if tail {
                    self.live = false;
                } else {
                    after.push(I::LocalSet(self.fuel).into());
                    self.calls += 1;
                    if self.calls > MOST_CALLS {
                        after.extend(self.check(&[]));
                    }
                }
            }
            code => before = self.by_length(function, code),
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
        let end = function.ops[at].end;
        let has_else = is_if && self.has_else(function, at, end);
        // Whoever cannot pay on the way arrives owing nothing, and so must all others.
        let fixed = used.table || used.catch;
        let passes_by = is_if && !has_else;
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

    /// Whether the `if` at `at` has an `else`: looked for at its own depth.
    fn has_else(&self, function: &Function<'_>, at: usize, end: usize) -> bool {
        let mut inside = at + 1;
        while inside < end {
            match &function.ops[inside].code {
                O::Else => return true,
                O::Block { .. } | O::Loop { .. } | O::If { .. } | O::TryTable { .. } => {
                    inside = function.ops[inside].end;
                }
                _ => {}
            }
            inside += 1;
        }
        false
    }

    fn close(&mut self, function: &Function<'_>) -> (Vec<Own>, Vec<Own>) {
        let last = self.labels.len() == 1;
        if self.labels.last().is_some_and(|label| label.is_loop) {
            // Left at its end alone, as it is.
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

    /// Makes what is pending what the label expects.
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

    /// For a `br_if` that leaves the innermost loop, and would have to pay: how much.
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

    /// Pays all that is pending.
    fn settle(&mut self) -> Vec<Own> {
        if !self.live {
            return Vec::new();
        }
        let pending = std::mem::take(&mut self.pending);
        self.charge(pending as i64)
    }

    fn charge(&self, units: i64) -> Vec<Own> {
        if units == 0 {
            return Vec::new();
        }
        vec![
            I::LocalGet(self.fuel).into(),
            I::I64Const(units).into(),
            I::I64Sub.into(),
            I::LocalSet(self.fuel).into(),
        ]
    }

    /// At a loop: what lives across the check is in globals during the call, so that to the compiler
    /// nothing lives across it. A register that a call may overwrite would be of no use in the loop
    /// otherwise, and all vector registers are such.
    fn check_loop(&mut self, function: &Function<'_>, live: &[u32]) -> Vec<Own> {
        let is_number = |ty: &wasmparser::ValType| !matches!(ty, wasmparser::ValType::Ref(_));
        let kept: Vec<u32> = live
            .iter()
            .copied()
            .filter(|local| self.types.get(*local as usize).is_some_and(is_number))
            .take(MOST_SPILLS)
            .collect();
        let types: Vec<_> = kept.iter().map(|local| self.types[*local as usize]).collect();
        let globals = self.spills.for_types(&encoded(&types));
        let kept = kept.iter().map(|local| function.local(*local));
        let pairs: Vec<(u32, u32)> = kept.zip(globals).collect();
        self.check(&pairs)
    }

    /// Asks for fuel if there is none, with locals in globals meanwhile.
    fn check(&mut self, spilled: &[(u32, u32)]) -> Vec<Own> {
        self.calls = 0;
        let mut code: Vec<Own> = vec![
            I::LocalGet(self.fuel).into(),
            I::I64Const(0).into(),
            I::I64LtS.into(),
            Own::Unlikely(BlockType::Empty),
        ];
        for (local, global) in spilled {
            code.extend([I::LocalGet(*local).into(), I::GlobalSet(*global).into()]);
        }
        code.extend([
            I::LocalGet(self.fuel).into(),
            I::Call(self.plan.refill).into(),
            I::LocalSet(self.fuel).into(),
        ]);
        for (local, global) in spilled {
            code.extend([I::GlobalGet(*global).into(), I::LocalSet(*local).into()]);
        }
        code.push(I::End.into());
        code
    }

    fn spill(&self) -> Vec<Own> {
        match self.plan.spill {
            Some(global) => vec![I::LocalGet(self.fuel).into(), I::GlobalSet(global).into()],
            None => Vec::new(),
        }
    }

    fn reload(&self) -> Vec<Own> {
        match self.plan.spill {
            Some(global) => vec![I::GlobalGet(global).into(), I::LocalSet(self.fuel).into()],
            None => Vec::new(),
        }
    }

    /// Puts the fuel after the arguments, below what an indirect call takes on top of them.
    fn pass_fuel(&mut self, function: &mut Function<'_>, code: &O<'_>) -> Vec<Own> {
        let callee = match code {
            O::CallIndirect { table_index, .. } | O::ReturnCallIndirect { table_index, .. } => {
                let wide = self.plan.tables64.get(*table_index as usize).is_some_and(|wide| *wide);
                Some(if wide {
                    self.wide_length.of(function, ValType::I64)
                } else {
                    self.length.of(function, ValType::I32)
                })
            }
            O::CallRef { type_index } | O::ReturnCallRef { type_index } => {
                let heap_type = HeapType::Concrete(*type_index);
                Some(function.own_local(ValType::Ref(RefType { nullable: true, heap_type })))
            }
            _ => None,
        };
        match callee {
            None => vec![I::LocalGet(self.fuel).into()],
            Some(callee) => vec![
                I::LocalSet(callee).into(),
                I::LocalGet(self.fuel).into(),
                I::LocalGet(callee).into(),
            ],
        }
    }

    /// Charges a bulk operation by the length on top of the stack, before it is done.
    fn by_length(&mut self, function: &mut Function<'_>, code: &O<'_>) -> Vec<Own> {
        let wide = match code {
            O::MemoryFill { mem } => self.is_memory64(*mem),
            // The narrower of the two, as the specification has it.
            O::MemoryCopy { dst_mem, src_mem } => {
                self.is_memory64(*dst_mem) && self.is_memory64(*src_mem)
            }
            O::TableFill { table } => self.is_table64(*table),
            O::TableCopy { dst_table, src_table } => {
                self.is_table64(*dst_table) && self.is_table64(*src_table)
            }
            O::MemoryInit { .. }
            | O::TableInit { .. }
            | O::ArrayNew { .. }
            | O::ArrayNewDefault { .. }
            | O::ArrayNewData { .. }
            | O::ArrayNewElem { .. }
            | O::ArrayFill { .. }
            | O::ArrayCopy { .. }
            | O::ArrayInitData { .. }
            | O::ArrayInitElem { .. } => false,
            _ => return Vec::new(),
        };
        let length = match wide {
            true => self.wide_length.of(function, ValType::I64),
            false => self.length.of(function, ValType::I32),
        };
        let mut code: Vec<Own> = vec![
            I::LocalSet(length).into(),
            I::LocalGet(self.fuel).into(),
            I::LocalGet(length).into(),
        ];
        if !wide {
            code.push(I::I64ExtendI32U.into());
        }
        code.extend([
            I::I64Const(3).into(),
            I::I64ShrU.into(),
            I::I64Sub.into(),
            I::LocalSet(self.fuel).into(),
        ]);
        code.extend(self.check(&[]));
        code.push(I::LocalGet(length).into());
        code
    }

    fn is_memory64(&self, memory: u32) -> bool {
        self.plan.memories.get(memory as usize).is_some_and(|ty| ty.memory64)
    }

    fn is_table64(&self, table: u32) -> bool {
        self.plan.tables64.get(table as usize).is_some_and(|wide| *wide)
    }
}
