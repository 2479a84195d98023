//! The isolate pass: notes what a call changes, so that the host can put it back.
//!
//! Memory is divided into blocks. A store looks its block up in a map of bytes, which is in a memory
//! of our own, after the guest's, so that no instruction of the guest's can name it; the first store
//! into a block enters the block into a log. After the call the host copies the logged blocks back
//! ([`crate::guest`]) and so pays for what was touched, not for the size of the memory.
//!
//! Looking up after the store and not before: a store that traps has changed nothing we keep, as
//! after a trap the instance is thrown away, and one that did not has an address that is in bounds.
//!
//! A memory that grows is *elastic*: it is asked to grow by a function of the host's, which can make what
//! was added inaccessible again after the call; how much of it there is to the guest is in our memory,
//! and `memory.size` and the bounds of bulk instructions go by that.
//!
//! What cannot be put back so *spoils* the instance, which is then used for no other call: growth of others,
//! tables, dropped segments, objects of the garbage collector, and memories that are not the first
//! or have 64-bit addresses.
//!
//! A block is put back together with [`SLACK`] bytes after it. So one look-up serves a store that
//! straddles two blocks, and it serves all stores at small offsets from one base, a stack frame or a
//! struct, as far as the base is seen to be the same value.

use super::effects::Effects;
use super::function::{Function, Own, Scratch};
use std::collections::HashMap;
use wasm_encoder::{BlockType, Instruction as I, MemArg, ValType};
use wasmparser::Operator as O;

/// Bytes of a block, as a power of two.
pub(crate) const BLOCK_SHIFT: u32 = 10;
/// Bytes that are put back after each block.
pub(crate) const SLACK: u32 = 64;

/// The layout of our memory, in bytes: how much of the log is used; whether the instance is spoiled, or its
/// memory grown;
/// the log, of blocks; the map, of one byte a block.
pub(crate) const USED: u64 = 0;
pub(crate) const SPOILED: u64 = 4;
/// The size of an elastic memory, in pages.
pub(crate) const PAGES: u64 = 8;
pub(crate) const LOG: u64 = 64;
/// A power of two. A call that touches more blocks than the log holds costs a new instance, which is
/// then cheaper; the log is written round and round, and the count shows it.
pub(crate) const LOG_BYTES: u32 = 16 * 1024;
pub(crate) const MAP: u64 = LOG + LOG_BYTES as u64;

/// Instructions of a function that is long: no loop of its is worth what marks in place cost the compiler, whose
/// time grows faster than a function does. Python, as a component, compiles in 25 s and not in 42.
const LONG: usize = 20_000;

/// What of the module's the pass needs to know.
pub(super) struct Plan {
    /// The number of our memory.
    pub memory: u32,
    /// The number of the function that marks a range: (address, length).
    pub mark_range: u32,
    /// Whether memory 0 is the module's own and has 32-bit addresses.
    pub restorable: bool,
    /// Whether all memories have 32-bit addresses.
    pub narrow: bool,
    /// If memory 0 is elastic: the numbers of [`super::GROW`] and of the function that checks a range:
    /// (address, length).
    pub elastic: Option<(u32, u32)>,
}

/// A value that is an address: what a local held at one time, plus a constant.
type Base = (u32, u32, u32);

/// A store of up to 16 bytes.
struct Store {
    at: usize,
    base: Option<Base>,
    offset: u64,
    size: u64,
}

/// What the second walk has to know of control flow.
enum Event {
    Store(Store),
    /// A block begins.
    Enter,
    /// What was learned since the last unmatched `Enter` need not hold.
    Forget,
    /// It holds.
    Keep,
}

/// The size of our memory, in pages, for memories of a module: the map covers the largest size that
/// memory 0 can grow to. Only what is touched of it takes memory.
pub(super) fn pages(memories: &[wasmparser::MemoryType]) -> u64 {
    let most = match memories.first() {
        Some(memory) if !memory.memory64 => memory.maximum.unwrap_or(65536).min(65536),
        _ => 0,
    };
    (MAP + ((most << 16) >> BLOCK_SHIFT)).div_ceil(65536)
}

/// Notes everything that `function` changes. False if there is nothing.
pub(super) fn run(function: &mut Function<'_>, plan: &Plan) -> bool {
    let events = match plan.restorable {
        true => walk(function),
        false => Vec::new(),
    };
    let mut marks = events.iter().any(|event| matches!(event, Event::Store(_)));
    let offsets = offsets_by_base(&events);
    let mut scratch = Scratches::default();
    // (base, offset) that was looked up on every way to here.
    let mut known: Vec<(Base, u64)> = Vec::new();
    let mut entered = Vec::new();
    for event in events {
        match event {
            Event::Enter => entered.push(known.len()),
            Event::Forget => known.truncate(entered.pop().unwrap_or(0)),
            Event::Keep => {
                entered.pop();
            }
            Event::Store(store) => {
                let end = store.offset + store.size;
                let mut first = store.offset;
                if let Some(base) = store.base {
                    let serves = |(of, from): &(Base, u64)| {
                        *of == base && *from <= store.offset && end - from <= u64::from(SLACK)
                    };
                    // The latest are the likeliest, and a function can have 100,000.
                    if known.iter().rev().take(64).any(serves) {
                        continue;
                    }
                    // One look-up, low enough for the stores to come.
                    let all = &offsets[&base];
                    let least = end.saturating_sub(u64::from(SLACK));
                    first = all[all.partition_point(|offset| *offset < least)].min(first);
                    known.push((base, first));
                }
                look_up(function, plan, &mut scratch, store.at, first);
            }
        }
    }
    for at in 0..function.ops.len() {
        marks |= bulk(function, plan, &mut scratch, at);
    }
    marks
}

/// Follows the operands of a function as far as they are addresses, and lists its stores.
fn walk(function: &Function<'_>) -> Vec<Event> {
    let assigned = Assigned::of(function);
    let mut events = Vec::new();
    let mut stack: Vec<Option<Base>> = Vec::new();
    let mut constant = None;
    let mut versions: HashMap<u32, u32> = HashMap::new();
    let mut next = 0;
    let mut open: Vec<(usize, bool)> = Vec::new();
    let renew = |versions: &mut HashMap<u32, u32>, next: &mut u32, opener: usize| {
        for local in assigned.within(opener) {
            *next += 1;
            versions.insert(*local, *next);
        }
    };
    for (at, op) in function.ops.iter().enumerate() {
        let base = stack.len().saturating_sub(if op.live { op.pops } else { 0 });
        let operands = stack.split_off(base);
        let before = constant.take();
        let mut result = None;
        match &op.code {
            O::LocalGet { local_index } => {
                result = Some((*local_index, *versions.get(local_index).unwrap_or(&0), 0));
            }
            O::LocalSet { local_index } | O::LocalTee { local_index } => {
                next += 1;
                versions.insert(*local_index, next);
                result = Some((*local_index, next, 0));
            }
            O::I32Const { value } => constant = Some(*value as u32),
            O::I32Add if op.live => {
                if let (Some((local, version, plus)), Some(value)) = (operands[0], before) {
                    result = Some((local, version, plus.wrapping_add(value)));
                }
            }
            O::Block { .. } | O::If { .. } | O::TryTable { .. } => {
                open.push((at, matches!(op.code, O::Block { .. })));
                events.push(Event::Enter);
            }
            O::Loop { .. } => {
                renew(&mut versions, &mut next, at);
                open.push((at, false));
                events.push(Event::Enter);
            }
            O::Else => {
                if let Some((opener, _)) = open.last() {
                    renew(&mut versions, &mut next, *opener);
                }
                events.push(Event::Forget);
                events.push(Event::Enter);
            }
            O::End => {
                if let Some((opener, _)) = open.pop() {
                    // Only a loop is left at its end alone.
                    let keep = matches!(function.ops[opener].code, O::Loop { .. }) && op.live;
                    events.push(if keep { Event::Keep } else { Event::Forget });
                    renew(&mut versions, &mut next, opener);
                }
            }
            code => {
                if op.live
                    && let Some((memarg, size, _)) = store(code)
                    && memarg.memory == 0
                {
                    events.push(Event::Store(Store {
                        at,
                        base: if assigned.known { operands[0] } else { None },
                        offset: memarg.offset,
                        size,
                    }));
                }
            }
        }
        stack.truncate(op.height);
        stack.resize(op.height, None);
        // What unreachable code leaves on the stack stands for operands that other ways leave.
        if op.live
            && result.is_some()
            && !matches!(op.code, O::LocalSet { .. })
            && let Some(top) = stack.last_mut()
        {
            *top = result;
        }
    }
    events
}

/// Offsets of all stores with one base, in order.
fn offsets_by_base(events: &[Event]) -> HashMap<Base, Vec<u64>> {
    let mut offsets: HashMap<Base, Vec<u64>> = HashMap::new();
    for event in events {
        if let Event::Store(Store { base: Some(base), offset, .. }) = event {
            offsets.entry(*base).or_default().push(*offset);
        }
    }
    for all in offsets.values_mut() {
        all.sort_unstable();
        all.dedup();
    }
    offsets
}

/// Which locals are assigned within which block.
struct Assigned {
    within: HashMap<usize, Vec<u32>>,
    /// False if there were too many to keep: then no two bases are taken for the same.
    known: bool,
}

impl Assigned {
    /// Entries, over all blocks of a function.
    const MOST: usize = 100_000;

    fn of(function: &Function<'_>) -> Self {
        let mut within: HashMap<usize, Vec<u32>> = HashMap::new();
        let mut open: Vec<(usize, Vec<u32>)> = Vec::new();
        let mut total = 0;
        for (at, op) in function.ops.iter().enumerate() {
            match &op.code {
                O::Block { .. } | O::If { .. } | O::TryTable { .. } | O::Loop { .. } => {
                    open.push((at, Vec::new()));
                }
                O::LocalSet { local_index } | O::LocalTee { local_index } => {
                    if let Some((_, locals)) = open.last_mut() {
                        locals.push(*local_index);
                    }
                }
                O::End => {
                    if let Some((opener, mut locals)) = open.pop() {
                        locals.sort_unstable();
                        locals.dedup();
                        total += locals.len();
                        if total > Self::MOST {
                            return Self { within: HashMap::new(), known: false };
                        }
                        if let Some((_, outer)) = open.last_mut() {
                            outer.extend(&locals);
                        }
                        within.insert(opener, locals);
                    }
                }
                _ => {}
            }
        }
        Self { within, known: true }
    }

    fn within(&self, opener: usize) -> &[u32] {
        self.within.get(&opener).map_or(&[], Vec::as_slice)
    }
}

/// Locals that the added code works with.
#[derive(Default)]
struct Scratches {
    address: Scratch,
    block: Scratch,
    length: Scratch,
    values: [Scratch; 5],
}

impl Scratches {
    fn value(&mut self, function: &mut Function<'_>, ty: ValType) -> u32 {
        let slot = match ty {
            ValType::I32 => 0,
            ValType::I64 => 1,
            ValType::F32 => 2,
            ValType::F64 => 3,
            _ => 4,
        };
        self.values[slot].of(function, ty)
    }
}

fn memarg(offset: u64, plan: &Plan) -> MemArg {
    MemArg { offset, align: 0, memory_index: plan.memory }
}

/// After the store at `at`: looks up the block of its address plus `offset`, and marks it.
fn look_up(
    function: &mut Function<'_>,
    plan: &Plan,
    scratch: &mut Scratches,
    at: usize,
    offset: u64,
) {
    let Some((_, _, ty)) = store(&function.ops[at].code) else { return };
    let address = scratch.address.of(function, ValType::I32);
    let block = scratch.block.of(function, ValType::I32);
    let used = scratch.length.of(function, ValType::I32);
    let value = scratch.value(function, ty);
    let is_long = function.ops.len() > LONG;
    let op = &mut function.ops[at];
    op.before.extend([
        I::LocalSet(value).into(),
        I::LocalTee(address).into(),
        I::LocalGet(value).into(),
    ]);
    let mut after: Vec<Own> = vec![I::LocalGet(address).into()];
    if offset > 0 {
        // The store was in bounds of a memory of 4 GiB at most: the sum does not overflow.
        after.extend([I::I32Const(offset as u32 as i32).into(), I::I32Add.into()]);
    }
    after.extend([
        I::I32Const(BLOCK_SHIFT as i32).into(),
        I::I32ShrU.into(),
        I::LocalTee(block).into(),
        I::I32Load8U(memarg(MAP, plan)).into(),
        I::I32Eqz.into(),
        Own::Unlikely(BlockType::Empty),
    ]);
    match is_long {
        true => after.extend([
            I::LocalGet(address).into(),
            I::I32Const(offset as u32 as i32).into(),
            I::I32Add.into(),
            I::I32Const(1).into(),
            I::Call(plan.mark_range).into(),
        ]),
        // In place: a call, though never made, would cost the loop around it its registers.
        false => after.extend(mark(plan, block, used).map(Own::from)),
    }
    after.push(I::End.into());
    op.after.extend(after);
}

/// What is no plain store: ranges are marked, the rest spoils. False if there is nothing to note.
fn bulk(function: &mut Function<'_>, plan: &Plan, scratch: &mut Scratches, at: usize) -> bool {
    if let Some((grow, _)) = plan.elastic {
        let op = &mut function.ops[at];
        let own: Option<[Own; 2]> = match op.code {
            O::MemorySize { mem: 0 } => Some([
                I::I32Const(0).into(),
                I::I32Load(MemArg { offset: PAGES, align: 2, memory_index: plan.memory }).into(),
            ]),
            O::MemoryGrow { mem: 0 } => Some([I::Nop.into(), I::Call(grow).into()]),
            _ => None,
        };
        if let Some(own) = own {
            op.replaced = true;
            op.before.extend(own);
            return true;
        }
    }
    if !function.ops[at].live {
        return false;
    }
    match &function.ops[at].code {
        O::MemoryFill { mem: 0 }
        | O::MemoryInit { mem: 0, .. }
        | O::MemoryCopy { dst_mem: 0, .. }
            if plan.restorable && plan.narrow =>
        {
            let address = scratch.address.of(function, ValType::I32);
            let length = scratch.length.of(function, ValType::I32);
            let middle = scratch.value(function, ValType::I32);
            let reads = matches!(function.ops[at].code, O::MemoryCopy { src_mem: 0, .. });
            let op = &mut function.ops[at];
            op.before.extend([
                I::LocalSet(length).into(),
                I::LocalSet(middle).into(),
                I::LocalTee(address).into(),
                I::LocalGet(middle).into(),
                I::LocalGet(length).into(),
            ]);
            op.before.extend(check(plan, address, length));
            if reads {
                op.before.extend(check(plan, middle, length));
            }
            op.after.extend([
                I::LocalGet(address).into(),
                I::LocalGet(length).into(),
                I::Call(plan.mark_range).into(),
            ]);
        }
        O::MemoryCopy { src_mem: 0, .. } if plan.elastic.is_some() => {
            let source = scratch.value(function, ValType::I32);
            let length = scratch.length.of(function, ValType::I32);
            let op = &mut function.ops[at];
            op.before.extend([
                I::LocalSet(length).into(),
                I::LocalTee(source).into(),
                I::LocalGet(length).into(),
            ]);
            op.before.extend(check(plan, source, length));
            op.before.extend(spoil(plan));
        }
        code if plan.restorable && store(code).is_some_and(|(to, ..)| to.memory == 0) => {
            return false;
        }
        code => {
            let spoils = Effects::MEMORY
                | Effects::GROWTH
                | Effects::TABLE
                | Effects::SEGMENT
                | Effects::HEAP;
            if !Effects::of(code).intersects(spoils) {
                return false;
            }
            function.ops[at].before.extend(spoil(plan));
        }
    }
    true
}

/// Before a bulk instruction, whose own check is of all that an elastic memory ever was.
fn check(plan: &Plan, address: u32, length: u32) -> Vec<Own> {
    match plan.elastic {
        None => Vec::new(),
        Some((_, check)) => {
            [I::LocalGet(address), I::LocalGet(length), I::Call(check)].map(Own::from).into()
        }
    }
}

/// The code of our function check_range(address, length): traps if a range is not all in an elastic memory.
pub(super) fn check_range(plan: &Plan) -> Vec<I<'static>> {
    let (address, length) = (0, 1);
    let at = |offset, memory_index| MemArg { offset, align: 0, memory_index };
    vec![
        I::LocalGet(address),
        I::I64ExtendI32U,
        I::LocalGet(length),
        I::I64ExtendI32U,
        I::I64Add,
        I::I32Const(0),
        I::I64Load32U(at(PAGES, plan.memory)),
        I::I64Const(16),
        I::I64Shl,
        I::I64GtU,
        I::If(BlockType::Empty),
        // Then it has less than 4 GiB, and this is out of bounds as the range was.
        I::I32Const(-1),
        I::I32Load8U(at(0, 0)),
        I::Drop,
        I::End,
        I::End,
    ]
}

fn spoil(plan: &Plan) -> [Own; 3] {
    [I::I32Const(0).into(), I::I32Const(1).into(), I::I32Store(memarg(SPOILED, plan)).into()]
}

/// Marks the block in a local, which is not marked: map[block] = 1, and an entry in the log.
fn mark(plan: &Plan, block: u32, used: u32) -> [I<'static>; 15] {
    let word = |offset| MemArg { offset, align: 2, memory_index: plan.memory };
    [
        I::LocalGet(block),
        I::I32Const(1),
        I::I32Store8(memarg(MAP, plan)),
        I::I32Const(0),
        I::I32Load(word(USED)),
        I::LocalTee(used),
        I::I32Const(LOG_BYTES as i32 - 4),
        I::I32And,
        I::LocalGet(block),
        I::I32Store(word(LOG)),
        I::I32Const(0),
        I::LocalGet(used),
        I::I32Const(4),
        I::I32Add,
        I::I32Store(word(USED)),
    ]
}

/// The code of our function mark_range(address, length), with two locals more. It marks every block of a
/// range in bounds, from the first byte's to the last's.
pub(super) fn mark_range(plan: &Plan) -> Vec<I<'static>> {
    let (address, length, last, used) = (0, 1, 2, 3);
    let mut code = vec![
        I::LocalGet(length),
        I::I32Eqz,
        I::If(BlockType::Empty),
        I::Return,
        I::End,
        I::LocalGet(address),
        I::LocalGet(length),
        I::I32Add,
        I::I32Const(1),
        I::I32Sub,
        I::I32Const(BLOCK_SHIFT as i32),
        I::I32ShrU,
        I::LocalSet(last),
        I::LocalGet(address),
        I::I32Const(BLOCK_SHIFT as i32),
        I::I32ShrU,
        I::LocalSet(address),
        I::Loop(BlockType::Empty),
        I::LocalGet(address),
        I::I32Load8U(memarg(MAP, plan)),
        I::I32Eqz,
        I::If(BlockType::Empty),
    ];
    code.extend(mark(plan, address, used));
    code.extend([
        I::End,
        I::LocalGet(address),
        I::I32Const(1),
        I::I32Add,
        I::LocalTee(address),
        I::LocalGet(last),
        I::I32LeU,
        I::BrIf(0),
        I::End,
        I::End,
    ]);
    code
}

/// A plain store: where, how many bytes, and the type of its value.
fn store(code: &O<'_>) -> Option<(wasmparser::MemArg, u64, ValType)> {
    Some(match code {
        O::I32Store { memarg } => (*memarg, 4, ValType::I32),
        O::I32Store8 { memarg } => (*memarg, 1, ValType::I32),
        O::I32Store16 { memarg } => (*memarg, 2, ValType::I32),
        O::I64Store { memarg } => (*memarg, 8, ValType::I64),
        O::I64Store8 { memarg } => (*memarg, 1, ValType::I64),
        O::I64Store16 { memarg } => (*memarg, 2, ValType::I64),
        O::I64Store32 { memarg } => (*memarg, 4, ValType::I64),
        O::F32Store { memarg } => (*memarg, 4, ValType::F32),
        O::F64Store { memarg } => (*memarg, 8, ValType::F64),
        O::V128Store { memarg } => (*memarg, 16, ValType::V128),
        O::V128Store8Lane { memarg, .. } => (*memarg, 1, ValType::V128),
        O::V128Store16Lane { memarg, .. } => (*memarg, 2, ValType::V128),
        O::V128Store32Lane { memarg, .. } => (*memarg, 4, ValType::V128),
        O::V128Store64Lane { memarg, .. } => (*memarg, 8, ValType::V128),
        _ => return None,
    })
}
