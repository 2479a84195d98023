//! Scalars that are no more than their slot: the guest gets the Datum as it is, and reads as many of its low bits
//! as it needs.

use super::lift::{canonical32, canonical64};
use pgrx::pg_sys::Datum;
use plwasm_engine::ValRaw;

/// What a slot is read as.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Raw {
    Void,
    Int4,
    Int8,
    Oid,
    Float4,
    Float8,
}

impl Raw {
    /// The result from its slot, which must be read in the width that the guest has just written:
    /// a wider load would wait for the store.
    #[inline]
    pub(crate) fn lift(self, slot: &ValRaw) -> Datum {
        match self {
            Self::Int4 => Datum::from(slot.get_i32()),
            Self::Int8 => Datum::from(slot.get_i64()),
            Self::Oid => Datum::from(slot.get_u32()),
            // As Int32GetDatum and Int64GetDatum do it: datums are compared as images.
            Self::Float4 => Datum::from(canonical32(slot.get_f32()) as i32),
            Self::Float8 => Datum::from(canonical64(slot.get_f64()) as i64),
            Self::Void => Datum::from(0),
        }
    }
}
