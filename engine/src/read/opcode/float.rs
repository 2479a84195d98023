//! Floating-point numbers: which instructions compute them, and which only use them.

use wasm_encoder::ValType;
use wasmparser::Operator as O;

/// A kind of floating-point value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Float {
    F32,
    F64,
    F32x4,
    F64x2,
}

impl Float {
    /// Returns the type of the values of this kind.
    pub(crate) fn ty(self) -> ValType {
        match self {
            Self::F32 => ValType::F32,
            Self::F64 => ValType::F64,
            Self::F32x4 | Self::F64x2 => ValType::V128,
        }
    }
}

/// What an instruction does with floating-point numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FloatUse {
    /// It takes operands of the first kind and computes one of the second. The sign and payload of a NaN are
    /// unspecified.
    Computes(Float, Float),
    /// It takes operands of this kind, and its result does not depend on the sign and payload of a NaN.
    Absorbs(Float),
    /// Its result is one or more numbers that are not NaNs.
    Number,
    /// Its result is one of its first two operands.
    Selects,
    /// Anything else.
    Other,
}

/// Returns what an instruction does with floating-point numbers.
pub(crate) fn float_use(code: &O<'_>) -> FloatUse {
    use Float::{F32, F32x4, F64, F64x2};
    use FloatUse::{Absorbs, Computes, Number, Other, Selects};
    match code {
        O::F32Add
        | O::F32Sub
        | O::F32Mul
        | O::F32Div
        | O::F32Sqrt
        | O::F32Min
        | O::F32Max
        | O::F32Ceil
        | O::F32Floor
        | O::F32Trunc
        | O::F32Nearest => Computes(F32, F32),
        O::F64Add
        | O::F64Sub
        | O::F64Mul
        | O::F64Div
        | O::F64Sqrt
        | O::F64Min
        | O::F64Max
        | O::F64Ceil
        | O::F64Floor
        | O::F64Trunc
        | O::F64Nearest => Computes(F64, F64),
        O::F64PromoteF32 => Computes(F32, F64),
        O::F32DemoteF64 => Computes(F64, F32),
        O::F32x4Add
        | O::F32x4Sub
        | O::F32x4Mul
        | O::F32x4Div
        | O::F32x4Sqrt
        | O::F32x4Min
        | O::F32x4Max
        | O::F32x4Ceil
        | O::F32x4Floor
        | O::F32x4Trunc
        | O::F32x4Nearest
        | O::F32x4RelaxedMadd
        | O::F32x4RelaxedNmadd
        | O::F32x4RelaxedMin
        | O::F32x4RelaxedMax => Computes(F32x4, F32x4),
        O::F64x2Add
        | O::F64x2Sub
        | O::F64x2Mul
        | O::F64x2Div
        | O::F64x2Sqrt
        | O::F64x2Min
        | O::F64x2Max
        | O::F64x2Ceil
        | O::F64x2Floor
        | O::F64x2Trunc
        | O::F64x2Nearest
        | O::F64x2RelaxedMadd
        | O::F64x2RelaxedNmadd
        | O::F64x2RelaxedMin
        | O::F64x2RelaxedMax => Computes(F64x2, F64x2),
        O::F64x2PromoteLowF32x4 => Computes(F32x4, F64x2),
        O::F32x4DemoteF64x2Zero => Computes(F64x2, F32x4),
        O::F32Eq
        | O::F32Ne
        | O::F32Lt
        | O::F32Gt
        | O::F32Le
        | O::F32Ge
        | O::I32TruncF32S
        | O::I32TruncF32U
        | O::I64TruncF32S
        | O::I64TruncF32U
        | O::I32TruncSatF32S
        | O::I32TruncSatF32U
        | O::I64TruncSatF32S
        | O::I64TruncSatF32U => Absorbs(F32),
        O::F64Eq
        | O::F64Ne
        | O::F64Lt
        | O::F64Gt
        | O::F64Le
        | O::F64Ge
        | O::I32TruncF64S
        | O::I32TruncF64U
        | O::I64TruncF64S
        | O::I64TruncF64U
        | O::I32TruncSatF64S
        | O::I32TruncSatF64U
        | O::I64TruncSatF64S
        | O::I64TruncSatF64U => Absorbs(F64),
        O::F32x4Eq
        | O::F32x4Ne
        | O::F32x4Lt
        | O::F32x4Gt
        | O::F32x4Le
        | O::F32x4Ge
        | O::I32x4TruncSatF32x4S
        | O::I32x4TruncSatF32x4U => Absorbs(F32x4),
        O::F64x2Eq
        | O::F64x2Ne
        | O::F64x2Lt
        | O::F64x2Gt
        | O::F64x2Le
        | O::F64x2Ge
        | O::I32x4TruncSatF64x2SZero
        | O::I32x4TruncSatF64x2UZero => Absorbs(F64x2),
        O::F32ConvertI32S
        | O::F32ConvertI32U
        | O::F32ConvertI64S
        | O::F32ConvertI64U
        | O::F64ConvertI32S
        | O::F64ConvertI32U
        | O::F64ConvertI64S
        | O::F64ConvertI64U
        | O::F32x4ConvertI32x4S
        | O::F32x4ConvertI32x4U
        | O::F64x2ConvertLowI32x4S
        | O::F64x2ConvertLowI32x4U => Number,
        O::F32Const { value } if !f32::from_bits(value.bits()).is_nan() => Number,
        O::F64Const { value } if !f64::from_bits(value.bits()).is_nan() => Number,
        O::Select | O::TypedSelect { .. } => Selects,
        _ => Other,
    }
}
