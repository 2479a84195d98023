//! Scalars that are passed without conversion: the guest gets the Datum in a slot, and reads as many of its low bits as
//! it needs.

use super::lift::{canonical32, canonical64};
use pgrx::pg_sys::Datum;
use plwasm_engine::ValRaw;

/// The type that a slot is read as.
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
    /// Returns the result in a slot. The slot must be read in the width that the guest has just written, because a
    /// wider load would wait for the store.
    #[inline]
    pub(crate) fn lift(self, slot: &ValRaw) -> Datum {
        match self {
            Self::Int4 => Datum::from(slot.get_i32()),
            Self::Int8 => Datum::from(slot.get_i64()),
            Self::Oid => Datum::from(slot.get_u32()),
            // As Int32GetDatum and Int64GetDatum do, because Datums are compared as images.
            Self::Float4 => Datum::from(canonical32(slot.get_f32()) as i32),
            Self::Float8 => Datum::from(canonical64(slot.get_f64()) as i64),
            Self::Void => Datum::from(0),
        }
    }
}
