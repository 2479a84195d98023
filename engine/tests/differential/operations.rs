//! Instructions by the type that they give or take.

use wasm_encoder::ValType::{self, F32, F64, I32, I64, V128};
use wasm_encoder::{Instruction as I, MemArg};

/// A load or store, of some place.
pub(super) type Access = fn(MemArg) -> I<'static>;

pub(super) fn stores(ty: ValType) -> &'static [Access] {
    match ty {
        I32 => &[I::I32Store, I::I32Store, I::I32Store8, I::I32Store16],
        I64 => &[I::I64Store, I::I64Store, I::I64Store8, I::I64Store16, I::I64Store32],
        F32 => &[I::F32Store],
        F64 => &[I::F64Store],
        _ => &[
            I::V128Store,
            |memarg| I::V128Store8Lane { memarg, lane: 3 },
            |memarg| I::V128Store16Lane { memarg, lane: 7 },
            |memarg| I::V128Store32Lane { memarg, lane: 0 },
            |memarg| I::V128Store64Lane { memarg, lane: 1 },
        ],
    }
}

pub(super) fn loads(ty: ValType) -> &'static [Access] {
    match ty {
        I32 => &[I::I32Load, I::I32Load8S, I::I32Load8U, I::I32Load16S, I::I32Load16U],
        I64 => &[I::I64Load, I::I64Load8U, I::I64Load16S, I::I64Load32S, I::I64Load32U],
        F32 => &[I::F32Load],
        F64 => &[I::F64Load],
        _ => &[I::V128Load, I::V128Load8x8S, I::V128Load32Zero, I::V128Load64Splat],
    }
}

/// Operations that give that type: what they take, and the instruction.
#[rustfmt::skip]
pub(super) fn operations(ty: ValType) -> &'static [(&'static [ValType], I<'static>)] {
    match ty {
        I32 => &[
            (&[I32, I32], I::I32Add), (&[I32, I32], I::I32Sub), (&[I32, I32], I::I32Mul),
            (&[I32, I32], I::I32And), (&[I32, I32], I::I32Xor), (&[I32, I32], I::I32Shl),
            (&[I32, I32], I::I32ShrU), (&[I32, I32], I::I32Rotl), (&[I32, I32], I::I32LtS),
            (&[I32, I32], I::I32GeU), (&[I32, I32], I::I32DivS), (&[I32, I32], I::I32RemS),
            (&[I32, I32], I::I32DivU), (&[I32], I::I32Eqz), (&[I32], I::I32Popcnt),
            (&[I64], I::I32WrapI64), (&[I64, I64], I::I64LtU), (&[I64], I::I64Eqz),
            (&[F32], I::I32ReinterpretF32), (&[F32], I::I32ReinterpretF32),
            (&[F32, F32], I::F32Lt), (&[F64, F64], I::F64Ne), (&[F64], I::I32TruncSatF64S),
            (&[F32], I::I32TruncF32S), (&[V128], I::I32x4ExtractLane(2)), (&[V128], I::I8x16Bitmask),
        ],
        I64 => &[
            (&[I64, I64], I::I64Add), (&[I64, I64], I::I64Sub), (&[I64, I64], I::I64Mul),
            (&[I64, I64], I::I64Or), (&[I64, I64], I::I64Xor), (&[I64, I64], I::I64Rotr),
            (&[I64, I64], I::I64ShrS), (&[I64, I64], I::I64DivU), (&[I64, I64], I::I64RemS),
            (&[I32], I::I64ExtendI32S), (&[I32], I::I64ExtendI32U), (&[I64], I::I64Ctz),
            (&[F64], I::I64ReinterpretF64), (&[F64], I::I64ReinterpretF64),
            (&[F32], I::I64TruncSatF32U), (&[F64], I::I64TruncF64S),
            (&[V128], I::I64x2ExtractLane(0)), (&[V128], I::I64x2ExtractLane(1)),
        ],
        F32 => &[
            (&[F32, F32], I::F32Add), (&[F32, F32], I::F32Sub), (&[F32, F32], I::F32Mul),
            (&[F32, F32], I::F32Div), (&[F32, F32], I::F32Min), (&[F32, F32], I::F32Max),
            (&[F32, F32], I::F32Copysign), (&[F32], I::F32Sqrt), (&[F32], I::F32Nearest),
            (&[F32], I::F32Neg), (&[F32], I::F32Abs), (&[F32], I::F32Ceil),
            (&[F64], I::F32DemoteF64), (&[I32], I::F32ReinterpretI32), (&[I64], I::F32ConvertI64U),
            (&[V128], I::F32x4ExtractLane(1)),
        ],
        F64 => &[
            (&[F64, F64], I::F64Add), (&[F64, F64], I::F64Sub), (&[F64, F64], I::F64Mul),
            (&[F64, F64], I::F64Div), (&[F64, F64], I::F64Min), (&[F64, F64], I::F64Max),
            (&[F64, F64], I::F64Copysign), (&[F64], I::F64Sqrt), (&[F64], I::F64Floor),
            (&[F64], I::F64Neg), (&[F64], I::F64Abs), (&[F64], I::F64Trunc),
            (&[F32], I::F64PromoteF32), (&[I64], I::F64ReinterpretI64), (&[I32], I::F64ConvertI32S),
            (&[V128], I::F64x2ExtractLane(0)),
        ],
        _ => &[
            (&[V128, V128], I::F32x4Add), (&[V128, V128], I::F32x4Mul), (&[V128, V128], I::F32x4Div),
            (&[V128, V128], I::F32x4Min), (&[V128, V128], I::F32x4PMax), (&[V128], I::F32x4Sqrt),
            (&[V128, V128], I::F64x2Sub), (&[V128, V128], I::F64x2Div), (&[V128, V128], I::F64x2Max),
            (&[V128], I::F64x2Sqrt), (&[V128], I::F64x2PromoteLowF32x4),
            (&[V128], I::F32x4DemoteF64x2Zero), (&[V128, V128, V128], I::F32x4RelaxedMadd),
            (&[V128, V128], I::F64x2RelaxedMin), (&[V128, V128], I::I32x4Add),
            (&[V128, V128], I::V128Xor), (&[V128], I::F32x4Neg), (&[V128], I::F64x2Abs),
            (&[F32], I::F32x4Splat), (&[F64], I::F64x2Splat), (&[I32], I::I32x4Splat),
            (&[I64], I::I64x2Splat), (&[V128, V128], I::F32x4Lt),
            (&[V128, V128, V128], I::V128Bitselect),
        ],
    }
}
