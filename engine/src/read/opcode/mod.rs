//! What an instruction is: the properties that the passes, and whatever else reads code, decide by.
//!
//! Each property stands here and nowhere else. None may depend on where an instruction is in its function. A property
//! must be safe for an instruction that it does not name: such an instruction can trap, is not pure, and costs a unit.

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
    /// Whether it takes the place of the function that makes it.
    pub is_tail: bool,
}

/// What names the function that is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Callee {
    /// Its number.
    Function(u32),
    /// An element of a table.
    Element { ty: u32, table: u32 },
    /// A reference.
    Reference { ty: u32 },
}

/// The call that an instruction is.
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

/// Whether an instruction begins a block, which has an `end`.
pub(crate) fn opens_block(code: &O<'_>) -> bool {
    matches!(code, O::Block { .. } | O::Loop { .. } | O::If { .. } | O::TryTable { .. })
}

/// The depth of the label that an instruction branches to or not, as its operand says.
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

/// The depth of the label that a catch clause branches to.
pub(crate) fn catch_label(catch: &Catch) -> u32 {
    match catch {
        Catch::One { label, .. }
        | Catch::OneRef { label, .. }
        | Catch::All { label }
        | Catch::AllRef { label } => *label,
    }
}

/// A division of whole numbers, or its remainder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Division {
    /// Whether the numbers have 64 bits.
    pub wide: bool,
    /// Whether it traps if the quotient of the least number and -1 does not fit. A remainder does not.
    pub overflows: bool,
}

/// The division that an instruction is.
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

/// What an instruction changes by itself.
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

/// The units of fuel that an instruction costs, besides those for its [`length`].
pub(crate) fn cost(code: &O<'_>) -> u64 {
    match code {
        // These only structure the code, or are nothing once it is compiled.
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
        // A system call; a walk of the stack.
        O::MemoryGrow { .. } | O::TableGrow { .. } | O::Throw { .. } | O::ThrowRef => 128,
        _ => 1,
    }
}

/// The type of a length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    I32,
    /// The index type of these memories; of two that differ the narrower.
    Memories(u32, u32),
    /// The index type of these tables; of two that differ the narrower.
    Tables(u32, u32),
}

/// The type of the topmost operand, if that is the number of bytes or elements that an instruction works through.
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

/// Whether an instruction is known to work with operands and locals alone: it touches no memory, table or global, and
/// control goes on to the next instruction unless it traps.
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

/// Whether an instruction can be in a backtrace: whether it can trap, or calls a function. An `if` can, as its body
/// may be nothing but `unreachable`. The commonest that cannot are named here, to keep the table of offsets small.
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
