//! The properties of instructions, by which the passes and all other code that reads instructions decide.
//!
//! Each property is defined here and nowhere else. None may depend on where in its function an instruction is. A
//! property must have a safe value for an instruction that it does not name: such an instruction can trap, is not
//! pure, and costs one unit.

mod access;
mod effects;
mod float;

pub(crate) use access::{Access, access};
pub use effects::Effects;
pub(crate) use float::{Float, FloatUse, float_use};
use wasmparser::{Catch, Operator as O};

/// A call of another function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call {
    pub callee: Callee,
    /// Whether it is a tail call.
    pub is_tail: bool,
}

/// How a call names the function that it calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Callee {
    /// By its index.
    Function(u32),
    /// As an element of a table.
    Element { ty: u32, table: u32 },
    /// By a reference.
    Reference { ty: u32 },
}

/// Returns the call that an instruction makes, if any.
pub(crate) fn call(code: &O<'_>) -> Option<Call> {
    let (callee, is_tail) = match *code {
        O::Call { function_index } => (Callee::Function(function_index), false),
        O::ReturnCall { function_index } => (Callee::Function(function_index), true),
        O::CallIndirect { type_index: ty, table_index: table } => {
            (Callee::Element { ty, table }, false)
        }
        O::ReturnCallIndirect { type_index: ty, table_index: table } => {
            (Callee::Element { ty, table }, true)
        }
        O::CallRef { type_index: ty } => (Callee::Reference { ty }, false),
        O::ReturnCallRef { type_index: ty } => (Callee::Reference { ty }, true),
        _ => return None,
    };
    Some(Call { callee, is_tail })
}

/// Returns whether an instruction begins a block, which an `end` closes.
pub(crate) fn opens_block(code: &O<'_>) -> bool {
    matches!(code, O::Block { .. } | O::Loop { .. } | O::If { .. } | O::TryTable { .. })
}

/// Returns the label depth of an instruction that branches depending on its operand; `None` for other instructions.
pub(crate) fn conditional_branch(code: &O<'_>) -> Option<u32> {
    match *code {
        O::BrIf { relative_depth }
        | O::BrOnNull { relative_depth }
        | O::BrOnNonNull { relative_depth }
        | O::BrOnCast { relative_depth, .. }
        | O::BrOnCastFail { relative_depth, .. } => Some(relative_depth),
        _ => None,
    }
}

/// Returns the depth of the label that a catch clause branches to.
pub(crate) fn catch_label(catch: &Catch) -> u32 {
    match catch {
        Catch::One { label, .. }
        | Catch::OneRef { label, .. }
        | Catch::All { label }
        | Catch::AllRef { label } => *label,
    }
}

/// A division of integers, or the remainder of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Division {
    /// Whether the integers have 64 bits.
    pub wide: bool,
    /// Whether the division of the least integer by -1 traps, as its quotient does not fit. A remainder does not trap
    /// there.
    pub overflows: bool,
}

/// Returns the division that an instruction does, if any.
pub(crate) fn division(code: &O<'_>) -> Option<Division> {
    let (wide, overflows) = match code {
        O::I32DivU | O::I32RemU | O::I32RemS => (false, false),
        O::I64DivU | O::I64RemU | O::I64RemS => (true, false),
        O::I32DivS => (false, true),
        O::I64DivS => (true, true),
        _ => return None,
    };
    Some(Division { wide, overflows })
}

/// Returns what an instruction changes by itself.
pub(crate) fn effects(code: &O<'_>) -> Effects {
    match code {
        O::MemoryFill { .. } | O::MemoryCopy { .. } | O::MemoryInit { .. } => Effects::MEMORY,
        O::MemoryGrow { .. } | O::TableGrow { .. } => Effects::GROWTH,
        O::GlobalSet { .. } => Effects::GLOBAL,
        O::TableSet { .. } | O::TableFill { .. } | O::TableCopy { .. } | O::TableInit { .. } => {
            Effects::TABLE
        }
        O::DataDrop { .. } | O::ElemDrop { .. } => Effects::SEGMENT,
        O::StructNew { .. }
        | O::StructNewDefault { .. }
        | O::StructSet { .. }
        | O::ArrayNew { .. }
        | O::ArrayNewDefault { .. }
        | O::ArrayNewFixed { .. }
        | O::ArrayNewData { .. }
        | O::ArrayNewElem { .. }
        | O::ArraySet { .. }
        | O::ArrayFill { .. }
        | O::ArrayCopy { .. }
        | O::ArrayInitData { .. }
        | O::ArrayInitElem { .. }
        | O::Throw { .. }
        | O::ThrowRef => Effects::HEAP,
        _ if access(code).is_some_and(|access| access.stores) => Effects::MEMORY,
        _ => Effects::NONE,
    }
}

/// Returns the memory whose contents an instruction changes, if it changes those of a memory.
pub(crate) fn written_memory(code: &O<'_>) -> Option<u32> {
    match *code {
        O::MemoryFill { mem } | O::MemoryInit { mem, .. } => Some(mem),
        O::MemoryCopy { dst_mem, .. } => Some(dst_mem),
        _ => access(code).filter(|access| access.stores).map(|access| access.memarg.memory),
    }
}

/// Returns the units of fuel that an instruction costs, besides those for its [`length`].
pub(crate) fn cost(code: &O<'_>) -> u64 {
    match code {
        // These only structure the code, or compile to nothing.
        O::Nop
        | O::Drop
        | O::Block { .. }
        | O::Loop { .. }
        | O::Else
        | O::End
        | O::Return
        | O::Unreachable => 0,
        // An exception is compared with each handler on its way.
        O::TryTable { try_table } => try_table.catches.len() as u64,
        // The first two make a system call, the others walk the stack.
        O::MemoryGrow { .. } | O::TableGrow { .. } | O::Throw { .. } | O::ThrowRef => 128,
        _ => 1,
    }
}

/// The type of an operand that is a length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    I32,
    /// The index type of these two memories; if they differ, the narrower.
    Memories(u32, u32),
    /// The index type of these two tables; if they differ, the narrower.
    Tables(u32, u32),
}

/// Returns the type of the topmost operand, if that is the number of bytes or elements that an instruction processes.
pub(crate) fn length(code: &O<'_>) -> Option<Length> {
    Some(match *code {
        O::MemoryFill { mem } => Length::Memories(mem, mem),
        O::MemoryCopy { dst_mem, src_mem } => Length::Memories(dst_mem, src_mem),
        O::TableFill { table } => Length::Tables(table, table),
        O::TableCopy { dst_table, src_table } => Length::Tables(dst_table, src_table),
        O::MemoryInit { .. }
        | O::TableInit { .. }
        | O::ArrayNew { .. }
        | O::ArrayNewDefault { .. }
        | O::ArrayNewData { .. }
        | O::ArrayNewElem { .. }
        | O::ArrayFill { .. }
        | O::ArrayCopy { .. }
        | O::ArrayInitData { .. }
        | O::ArrayInitElem { .. } => Length::I32,
        _ => return None,
    })
}

/// Returns whether an instruction is known to work with operands and locals alone: it touches no memory, table or
/// global, and control goes on to the next instruction unless it traps.
pub(crate) fn is_pure(code: &O<'_>) -> bool {
    float_use(code) != FloatUse::Other
        || matches!(
            code,
            O::Nop
                | O::Drop
                | O::LocalGet { .. }
                | O::LocalSet { .. }
                | O::LocalTee { .. }
                | O::I32Const { .. }
                | O::I64Const { .. }
                | O::F32Const { .. }
                | O::F64Const { .. }
                | O::I32Add
                | O::I32Sub
                | O::I32Mul
                | O::I32And
                | O::I32Or
                | O::I32Xor
                | O::I32Shl
                | O::I32ShrS
                | O::I32ShrU
                | O::I32Eqz
                | O::I32Eq
                | O::I32Ne
                | O::I32LtS
                | O::I32LtU
                | O::I32GtS
                | O::I32GtU
                | O::I32LeS
                | O::I32LeU
                | O::I32GeS
                | O::I32GeU
                | O::I32WrapI64
                | O::I64Add
                | O::I64Sub
                | O::I64Mul
                | O::I64ExtendI32S
                | O::I64ExtendI32U
                | O::F32Neg
                | O::F32Abs
                | O::F32Copysign
                | O::F64Neg
                | O::F64Abs
                | O::F64Copysign
        )
}

/// Returns whether an instruction can be in a backtrace, because it can trap or call a function. An `if` can, as its
/// body may consist of a single `unreachable`. This names only the most frequent instructions that cannot, which
/// keeps the table of offsets small.
pub(crate) fn can_trap(code: &O<'_>) -> bool {
    !matches!(
        code,
        O::LocalGet { .. }
            | O::LocalSet { .. }
            | O::LocalTee { .. }
            | O::GlobalGet { .. }
            | O::GlobalSet { .. }
            | O::I32Const { .. }
            | O::I64Const { .. }
            | O::F32Const { .. }
            | O::F64Const { .. }
            | O::I32Add
            | O::I32Sub
            | O::I32Mul
            | O::I32And
            | O::I32Or
            | O::I32Xor
            | O::I32Shl
            | O::I32ShrS
            | O::I32ShrU
            | O::I32Eqz
            | O::I32Eq
            | O::I32Ne
            | O::I64Add
            | O::F64Add
            | O::F64Mul
            | O::Block { .. }
            | O::Else
            | O::End
            | O::Br { .. }
            | O::Drop
            | O::Select
    )
}
