//! The isolate pass: records what a call changes, so that the host can restore it.
//!
//! Memory is divided into blocks. A store looks up its block in a map of bytes. The map is in a memory of our own,
//! whose index is after those of the guest's, so no instruction of the guest can name it. The first store into a
//! block enters the block into a log. After the call the host copies the logged blocks back ([`crate::run::guest`]).
//! So the cost depends on what was touched, not on the size of the memory.
//!
//! The block is looked up after the store, not before it. A store that traps has changed nothing that we keep,
//! because the instance is dropped after a trap. A store that does not trap has an address that is in bounds.
//!
//! A memory that grows is *elastic*. A function of the host grows it, and can make the added part inaccessible again
//! after the call. The size that the guest sees is in our memory. `memory.size` and the bounds of bulk instructions
//! use it.
//!
//! A change that cannot be restored in this way *spoils* the instance, which then serves no other call. Such changes
//! are: growth of other memories and of tables, changes of tables, dropped segments, objects of the garbage
//! collector, and changes of memories that are not the first or have 64-bit addresses.
//!
//! What a guest says lies in a memory that stays as it is: the host takes it after the call. A flag in the same word as
//! for a spoiled instance says that there is something.
//!
//! A block is restored together with the [`SLACK`] bytes after it. So one look-up serves a store that straddles two
//! blocks. It also serves all stores at small offsets from one base, such as a stack frame or a struct, as long as
//! the base is known to have the same value.

mod mark;
mod stores;

use super::function::{Function, Own, Scratch};
use crate::read::opcode::{Effects, access, effects, written_memory};
pub(super) use mark::{check_range, mark_range};
use stores::{BaseAddress, Event};
use wasm_encoder::{Instruction as I, MemArg, ValType};
use wasmparser::Operator as O;

/// The size of a block in bytes, as a power of two.
pub(crate) const BLOCK_SHIFT: u32 = 10;
/// The bytes that are restored after each block.
pub(crate) const SLACK: u32 = 64;

/// The layout of our memory, in bytes. At the beginning is how much of the log is used, in bytes.
pub(crate) const USED: u64 = 0;
/// The place of a word that is not 0 if the instance is spoiled or its memory has grown.
pub(crate) const SPOILED: u64 = 4;
/// A flag in the word at [`SPOILED`] that spoils nothing: the guest has said something.
pub(crate) const HAS_SAID: u32 = 4;
/// The place of the size of an elastic memory, in pages.
pub(crate) const PAGES: u64 = 8;
/// The place of the log, which consists of the numbers of blocks.
pub(crate) const LOG: u64 = 64;
/// The size of the log, which is a power of two. The log is a ring buffer. If a call touches more blocks than fit,
/// [`USED`] shows it. Such a call costs a new instance, which is then cheaper.
pub(crate) const LOG_BYTES: u32 = 16 * 1024;
/// The place of the map, with one byte for each block.
pub(crate) const MAP: u64 = LOG + LOG_BYTES as u64;

/// The parts of the rewritten module that the pass names.
pub(super) struct Input {
    /// The index of our memory.
    pub memory: u32,
    /// The index of the function mark_range(address, length).
    pub mark_range: u32,
    /// Whether memory 0 is the module's own and has 32-bit addresses.
    pub restorable: bool,
    /// Whether all memories have 32-bit addresses.
    pub narrow: bool,
    /// The memory of what the guest says, whose changes stay.
    pub messages: Option<u32>,
    /// If memory 0 is elastic: the indices of [`super::GROW`] and of the function check_range(address, length).
    pub elastic: Option<(u32, u32)>,
}

/// Returns the size of our memory, in pages, for a module with these memories. The map covers the largest size to
/// which memory 0 can grow. Only the touched parts of our memory take memory.
pub(super) fn pages(memories: &[wasmparser::MemoryType]) -> u64 {
    let most = match memories.first() {
        Some(memory) if !memory.memory64 => memory.maximum.unwrap_or(65536).min(65536),
        _ => 0,
    };
    (MAP + ((most << 16) >> BLOCK_SHIFT)).div_ceil(65536)
}

/// Adds code that records everything that `function` changes. Returns whether it changes anything.
pub(super) fn run(function: &mut Function<'_>, input: &Input) -> bool {
    let events = match input.restorable {
        true => stores::walk(function),
        false => Vec::new(),
    };
    let mut marks = events.iter().any(|event| matches!(event, Event::Store(_)));
    let offsets = stores::offsets_by_base(&events);
    let mut scratch = Scratches::default();
    // The (base, offset) pairs that have been looked up on every path to here.
    let mut known: Vec<(BaseAddress, u64)> = Vec::new();
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
                    let serves = |(of, from): &(BaseAddress, u64)| {
                        *of == base && *from <= store.offset && end - from <= u64::from(SLACK)
                    };
                    // The latest look-ups are the likeliest to serve, and a function can have 100,000.
                    if known.iter().rev().take(64).any(serves) {
                        continue;
                    }
                    // The look-up is at an offset low enough to serve later stores, too.
                    let all = &offsets[&base];
                    let least = end.saturating_sub(u64::from(SLACK));
                    first = all[all.partition_point(|offset| *offset < least)].min(first);
                    known.push((base, first));
                }
                mark::look_up(function, input, &mut scratch, store.at, first);
            }
        }
    }
    for at in 0..function.ops.len() {
        marks |= note(function, input, &mut scratch, at);
    }
    marks
}

/// The locals that the added code uses.
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

/// Adds code for an instruction that is not a plain store: ranges are marked, all other changes spoil the instance.
/// Returns whether the instruction changes anything.
fn note(function: &mut Function<'_>, input: &Input, scratch: &mut Scratches, at: usize) -> bool {
    if let Some((grow, _)) = input.elastic {
        let op = &mut function.ops[at];
        let own: Option<[Own; 2]> = match op.code {
            O::MemorySize { mem: 0 } => Some([
                I::I32Const(0).into(),
                I::I32Load(MemArg { offset: PAGES, align: 2, memory_index: input.memory }).into(),
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
        code if input.messages.is_some() && written_memory(code) == input.messages => {
            let is_read = matches!(code, O::MemoryCopy { src_mem: 0, .. });
            if is_read && input.elastic.is_some() {
                check_source(function, input, scratch, at);
            }
            function.ops[at].before.extend(mark::say(input));
        }
        O::MemoryFill { mem: 0 }
        | O::MemoryInit { mem: 0, .. }
        | O::MemoryCopy { dst_mem: 0, .. }
            if input.restorable && input.narrow =>
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
            op.before.extend(check(input, address, length));
            if reads {
                op.before.extend(check(input, middle, length));
            }
            op.after.extend([
                I::LocalGet(address).into(),
                I::LocalGet(length).into(),
                I::Call(input.mark_range).into(),
            ]);
        }
        O::MemoryCopy { src_mem: 0, .. } if input.elastic.is_some() => {
            check_source(function, input, scratch, at);
            function.ops[at].before.extend(mark::spoil(input));
        }
        // It is a load, or a store that is marked already.
        code if input.restorable && access(code).is_some_and(|to| to.memarg.memory == 0) => {
            return false;
        }
        code => {
            let spoils = Effects::MEMORY
                | Effects::GROWTH
                | Effects::TABLE
                | Effects::SEGMENT
                | Effects::HEAP;
            if !effects(code).intersects(spoils) {
                return false;
            }
            function.ops[at].before.extend(mark::spoil(input));
        }
    }
    true
}

/// Adds code before a copy that checks what it reads, where the copy's destination needs nothing.
fn check_source(function: &mut Function<'_>, input: &Input, scratch: &mut Scratches, at: usize) {
    let source = scratch.value(function, ValType::I32);
    let length = scratch.length.of(function, ValType::I32);
    let op = &mut function.ops[at];
    op.before.extend([
        I::LocalSet(length).into(),
        I::LocalTee(source).into(),
        I::LocalGet(length).into(),
    ]);
    op.before.extend(check(input, source, length));
}

/// Returns the check of a range before a bulk instruction. The instruction's own check would use the largest size
/// that an elastic memory has ever had.
fn check(input: &Input, address: u32, length: u32) -> Vec<Own> {
    match input.elastic {
        None => Vec::new(),
        Some((_, check)) => {
            [I::LocalGet(address), I::LocalGet(length), I::Call(check)].map(Own::from).into()
        }
    }
}
