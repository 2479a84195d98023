//! A value: one SQL type passed as one WIT type, resolved.
//!
//! It must never be used after the type has changed: `backend` bumps its definitions then, and call
//! sites resolve anew.

use super::array::Array;
use super::composite::{AnyRecord, Composite};
use super::enumeration::Enumeration;
use super::finish::Finish;
use super::flags::Flags;
use super::json::Json;
use super::range::Range;
use super::raw::Raw;
use super::text_form::TextForm;
use pgrx::pg_sys::Oid;
use plwasm_engine::abi::{Layout, Type, align_to};

/// How a value gets from its Datum to the guest and back.
#[derive(Debug)]
pub struct Value {
    pub conversion: Conversion,
    pub layout: Layout,
    /// What is left to do with a Datum that was lifted.
    pub finish: Option<Box<Finish>>,
    pub oid: Oid,
}

/// The conversions, cheapest first.
#[derive(Debug)]
pub enum Conversion {
    Bool,
    Int2,
    Int4,
    Int8,
    Oid,
    Float4,
    Float8,
    /// An integer passed as a type that holds fewer values or others.
    Narrow(Narrow),
    Date,
    Time,
    /// With time zone or without.
    Timestamp,
    /// text, varchar, bpchar
    Text,
    Name,
    Bytea,
    /// text of one character as `char`
    Char,
    /// As `tuple<u64, u64>`.
    Uuid,
    Interval,
    /// numeric as `u64`
    Unsigned(Box<TextForm>),
    /// Through the type's own text form.
    TextForm(Box<TextForm>),
    /// json and jsonb as any type but `string`.
    Json(Box<Json>),
    Enumeration(Box<Enumeration>),
    Flags(Box<Flags>),
    Array(Box<Array>),
    Composite(Box<Composite>),
    /// A RECORD, whose columns are known when it is there.
    AnyRecord(Box<AnyRecord>),
    Range(Box<Range>),
    Multirange(Box<Range>),
}

/// WIT's integers that SQL has no type for. The SQL type holds all their values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Narrow {
    S8,
    U8,
    U16,
    U32,
}

/// Where a value lies, and whether it may be NULL there.
#[derive(Debug)]
pub struct Place {
    pub value: Value,
    /// From the beginning of what it lies in, in bytes.
    pub offset: u32,
    /// Of `option<T>`: where T begins, from `offset`.
    pub payload: Option<u32>,
    /// What it is, for messages: `argument 1`, `column "x"`.
    pub what: Box<str>,
}

impl Value {
    /// What its slot is read as, if it is no more than that.
    #[inline]
    pub fn raw(&self) -> Option<Raw> {
        Some(match self.conversion {
            Conversion::Int4 => Raw::Int4,
            Conversion::Int8 => Raw::Int8,
            Conversion::Oid => Raw::Oid,
            Conversion::Float4 => Raw::Float4,
            Conversion::Float8 => Raw::Float8,
            _ => return None,
        })
    }

    /// Whether it is passed in one slot, or in pointer and length, straight from the Datum.
    #[inline]
    pub fn is_flat(&self) -> bool {
        use Conversion::{
            AnyRecord, Array, Composite, Flags, Interval, Json, Multirange, Range, Uuid,
        };
        !matches!(
            self.conversion,
            Uuid | Interval
                | Array(_)
                | Composite(_)
                | AnyRecord(_)
                | Range(_)
                | Multirange(_)
                | Flags(_)
                | Json(_)
        )
    }
}

impl Place {
    /// Of type `ty`, an option or not, of which `value` is the payload.
    pub fn new(value: Value, ty: &Type, offset: u32, what: impl Into<Box<str>>) -> Self {
        let payload = match ty {
            Type::Option(some) => Some(Layout::of_cases(&[None, Some(some)]).1),
            _ => None,
        };
        Self { value, offset, payload, what: what.into() }
    }

    /// Bytes in memory, the `option` included.
    pub fn size(&self) -> u32 {
        let Layout { size, align } = self.value.layout;
        self.payload.map_or(size, |payload| align_to(payload + size, align))
    }

    /// Whether it is an `option`.
    #[inline]
    pub fn is_option(&self) -> bool {
        self.payload.is_some()
    }
}

impl Narrow {
    /// Bytes in memory.
    pub fn size(self) -> usize {
        match self {
            Self::S8 | Self::U8 => 1,
            Self::U16 => 2,
            Self::U32 => 4,
        }
    }

    /// The value, if the WIT type has it.
    pub fn check(self, value: i64) -> Option<i64> {
        let range = match self {
            Self::S8 => -128..=127,
            Self::U8 => 0..=255,
            Self::U16 => 0..=65_535,
            Self::U32 => 0..=0xffff_ffff,
        };
        range.contains(&value).then_some(value)
    }

    /// From the bits of a slot, or of memory, beyond which nothing counts.
    pub fn extend(self, bits: u32) -> i64 {
        match self {
            Self::S8 => i64::from(bits as i8),
            Self::U8 => i64::from(bits as u8),
            Self::U16 => i64::from(bits as u16),
            Self::U32 => i64::from(bits),
        }
    }

    /// As WIT calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::S8 => "s8",
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
        }
    }
}
