//! Accesses to memory: which instructions load or store, and how much.

use wasm_encoder::ValType;
use wasmparser::{MemArg, Operator as O};

/// A load or a store of one value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Access {
    pub memarg: MemArg,
    /// The number of bytes in memory.
    pub size: u32,
    /// The type of the value.
    pub ty: ValType,
    /// Whether the access is a store; otherwise it is a load.
    pub stores: bool,
}

impl Access {
    /// Returns whether the access is to a part of a vector: to one lane, or with lanes that are repeated or extended.
    pub(crate) fn is_of_lanes(&self) -> bool {
        self.ty == ValType::V128 && self.size < 16
    }
}

/// Returns the access of an instruction; `None` for other instructions, including those on ranges of a memory.
pub(crate) fn access(code: &O<'_>) -> Option<Access> {
    use ValType::{F32, F64, I32, I64, V128};
    let loads = |memarg: &MemArg, size, ty| Access { memarg: *memarg, size, ty, stores: false };
    let stores = |memarg: &MemArg, size, ty| Access { memarg: *memarg, size, ty, stores: true };
    Some(match code {
        O::I32Load8S { memarg } | O::I32Load8U { memarg } => loads(memarg, 1, I32),
        O::I32Load16S { memarg } | O::I32Load16U { memarg } => loads(memarg, 2, I32),
        O::I32Load { memarg } => loads(memarg, 4, I32),
        O::I64Load8S { memarg } | O::I64Load8U { memarg } => loads(memarg, 1, I64),
        O::I64Load16S { memarg } | O::I64Load16U { memarg } => loads(memarg, 2, I64),
        O::I64Load32S { memarg } | O::I64Load32U { memarg } => loads(memarg, 4, I64),
        O::I64Load { memarg } => loads(memarg, 8, I64),
        O::F32Load { memarg } => loads(memarg, 4, F32),
        O::F64Load { memarg } => loads(memarg, 8, F64),
        O::V128Load8Splat { memarg } | O::V128Load8Lane { memarg, .. } => loads(memarg, 1, V128),
        O::V128Load16Splat { memarg } | O::V128Load16Lane { memarg, .. } => loads(memarg, 2, V128),
        O::V128Load32Splat { memarg }
        | O::V128Load32Zero { memarg }
        | O::V128Load32Lane { memarg, .. } => loads(memarg, 4, V128),
        O::V128Load8x8S { memarg }
        | O::V128Load8x8U { memarg }
        | O::V128Load16x4S { memarg }
        | O::V128Load16x4U { memarg }
        | O::V128Load32x2S { memarg }
        | O::V128Load32x2U { memarg }
        | O::V128Load64Splat { memarg }
        | O::V128Load64Zero { memarg }
        | O::V128Load64Lane { memarg, .. } => loads(memarg, 8, V128),
        O::V128Load { memarg } => loads(memarg, 16, V128),
        O::I32Store8 { memarg } => stores(memarg, 1, I32),
        O::I32Store16 { memarg } => stores(memarg, 2, I32),
        O::I32Store { memarg } => stores(memarg, 4, I32),
        O::I64Store8 { memarg } => stores(memarg, 1, I64),
        O::I64Store16 { memarg } => stores(memarg, 2, I64),
        O::I64Store32 { memarg } => stores(memarg, 4, I64),
        O::I64Store { memarg } => stores(memarg, 8, I64),
        O::F32Store { memarg } => stores(memarg, 4, F32),
        O::F64Store { memarg } => stores(memarg, 8, F64),
        O::V128Store8Lane { memarg, .. } => stores(memarg, 1, V128),
        O::V128Store16Lane { memarg, .. } => stores(memarg, 2, V128),
        O::V128Store32Lane { memarg, .. } => stores(memarg, 4, V128),
        O::V128Store64Lane { memarg, .. } => stores(memarg, 8, V128),
        O::V128Store { memarg } => stores(memarg, 16, V128),
        _ => return None,
    })
}
