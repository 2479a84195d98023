//! The code that the isolate pass adds: look-ups of blocks, marks, and our functions on ranges.

use super::super::function::{Function, Own};
use super::{BLOCK_SHIFT, HAS_SAID, Input, LOG, LOG_BYTES, MAP, PAGES, SPOILED, Scratches, USED};
use crate::read::opcode::access;
use wasm_encoder::{BlockType, Instruction as I, MemArg, ValType};

/// The number of instructions from which a function is long. Marks in place make loops faster, but in a long function
/// that is not worth what they cost the compiler, whose time grows faster than the size of a function. With this limit
/// Python, as a component, compiles in 25 s, not in 42 s.
const LONG: usize = 20_000;

fn memarg(offset: u64, input: &Input) -> MemArg {
    MemArg { offset, align: 0, memory_index: input.memory }
}

/// Adds code after the store at `at` that looks up the block of its address plus `offset` and marks it.
pub(super) fn look_up(
    function: &mut Function<'_>,
    input: &Input,
    scratch: &mut Scratches,
    at: usize,
    offset: u64,
) {
    let Some(store) = access(&function.ops[at].code) else { return };
    let address = scratch.address.of(function, ValType::I32);
    let block = scratch.block.of(function, ValType::I32);
    let used = scratch.length.of(function, ValType::I32);
    let value = scratch.value(function, store.ty);
    let is_long = function.ops.len() > LONG;
    let op = &mut function.ops[at];
    op.before.extend([
        I::LocalSet(value).into(),
        I::LocalTee(address).into(),
        I::LocalGet(value).into(),
    ]);
    let mut after: Vec<Own> = vec![I::LocalGet(address).into()];
    if offset > 0 {
        // The store was in bounds of a memory of at most 4 GiB, so the sum does not overflow.
        after.extend([I::I32Const(offset as u32 as i32).into(), I::I32Add.into()]);
    }
    after.extend([
        I::I32Const(BLOCK_SHIFT as i32).into(),
        I::I32ShrU.into(),
        I::LocalTee(block).into(),
        I::I32Load8U(memarg(MAP, input)).into(),
        I::I32Eqz.into(),
        Own::Unlikely(BlockType::Empty),
    ]);
    match is_long {
        true => after.extend([
            I::LocalGet(address).into(),
            I::I32Const(offset as u32 as i32).into(),
            I::I32Add.into(),
            I::I32Const(1).into(),
            I::Call(input.mark_range).into(),
        ]),
        // The marks are in place because a call, even one that is never made, would cost the loop around it its
        // registers.
        false => after.extend(mark(input, block, used).map(Own::from)),
    }
    after.push(I::End.into());
    op.after.extend(after);
}

/// Returns code that spoils the instance.
pub(super) fn spoil(input: &Input) -> [Own; 3] {
    [I::I32Const(0).into(), I::I32Const(1).into(), I::I32Store(memarg(SPOILED, input)).into()]
}

/// Returns code that records that the guest has said something.
pub(super) fn say(input: &Input) -> [Own; 6] {
    let flags = memarg(SPOILED, input);
    [
        I::I32Const(0),
        I::I32Const(0),
        I::I32Load(flags),
        I::I32Const(HAS_SAID as i32),
        I::I32Or,
        I::I32Store(flags),
    ]
    .map(Own::from)
}

/// Returns code that marks an unmarked block, whose number is in the local `block`: it sets map[block] to 1, and adds
/// an entry to the log.
fn mark(input: &Input, block: u32, used: u32) -> [I<'static>; 15] {
    let word = |offset| MemArg { offset, align: 2, memory_index: input.memory };
    [
        I::LocalGet(block),
        I::I32Const(1),
        I::I32Store8(memarg(MAP, input)),
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

/// Returns the code of our function mark_range(address, length), which has two more locals. It marks every block of a
/// range that is in bounds, from the block of the first byte to that of the last.
pub(in super::super) fn mark_range(input: &Input) -> Vec<I<'static>> {
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
        I::I32Load8U(memarg(MAP, input)),
        I::I32Eqz,
        I::If(BlockType::Empty),
    ];
    code.extend(mark(input, address, used));
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

/// Returns the code of our function check_range(address, length), which traps unless a range is within an elastic
/// memory.
pub(in super::super) fn check_range(input: &Input) -> Vec<I<'static>> {
    let (address, length) = (0, 1);
    let at = |offset, memory_index| MemArg { offset, align: 0, memory_index };
    vec![
        I::LocalGet(address),
        I::I64ExtendI32U,
        I::LocalGet(length),
        I::I64ExtendI32U,
        I::I64Add,
        I::I32Const(0),
        I::I64Load32U(at(PAGES, input.memory)),
        I::I64Const(16),
        I::I64Shl,
        I::I64GtU,
        I::If(BlockType::Empty),
        // The memory then has less than 4 GiB, so this load is out of bounds, as the range was.
        I::I32Const(-1),
        I::I32Load8U(at(0, 0)),
        I::Drop,
        I::End,
        I::End,
    ]
}
