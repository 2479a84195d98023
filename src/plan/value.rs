//! Values: one SQL type passed as one WIT type, resolved.
//!
//! A value must never be used after its type has changed. `backend` counts such changes, and call sites then resolve
//! the value again.

use super::array::Array;
use super::composite::{AnyRecord, Composite};
use super::enumeration::Enumeration;
use super::finish::Finish;
use super::flags::Flags;
use super::json::Json;
use super::partition::Share;
use super::range::Range;
use super::raw::Raw;
use super::text_form::TextForm;
use super::trigger::{JsonRow, NamedRow, TransitionTable, TriggerEvent};
use pgrx::pg_sys::Oid;
use plwasm_engine::abi::{Layout, Type};
use plwasm_engine::pass::{self, Narrow};
use std::ops::Deref;

/// How a value is converted from its Datum for the guest, and back.
#[derive(Debug)]
pub(super) struct Value {
    pub conversion: Conversion,
    pub layout: Layout,
    /// The steps that follow after a Datum was lifted.
    pub finish: Option<Box<Finish>>,
    pub oid: Oid,
}

/// The conversions, cheapest first.
#[derive(Debug)]
pub(super) enum Conversion {
    Bool,
    Int2,
    Int4,
    Int8,
    Oid,
    Float4,
    Float8,
    /// An integer as a WIT type with another range.
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
    /// uuid as `tuple<u64, u64>`
    Uuid,
    Interval,
    /// numeric as `u64`
    Unsigned(Box<TextForm>),
    /// Any type, by its text form.
    TextForm(Box<TextForm>),
    /// json and jsonb as any type except `string`
    Json(Box<Json>),
    Enumeration(Box<Enumeration>),
    Flags(Box<Flags>),
    Array(Box<Array>),
    Composite(Box<Composite>),
    /// A RECORD. Its columns are not known before there is a row.
    AnyRecord(Box<AnyRecord>),
    Range(Box<Range>),
    Multirange(Box<Range>),
    /// The event of a trigger, its row as a record or as JSON, or the rows of its statement.
    TriggerEvent(Box<TriggerEvent>),
    NamedRow(Box<NamedRow>),
    JsonRow(Box<JsonRow>),
    TransitionTable(Box<TransitionTable>),
    /// What a window function gets of a partition.
    Partition(Box<Share>),
}

/// A value, and its place.
#[derive(Debug)]
pub(super) struct Place {
    pub value: Value,
    place: pass::Place,
}

impl Value {
    /// Returns how its slot is read, if the slot holds the Datum as it is.
    #[inline]
    pub(super) fn raw(&self) -> Option<Raw> {
        Some(match self.conversion {
            Conversion::Int4 => Raw::Int4,
            Conversion::Int8 => Raw::Int8,
            Conversion::Oid => Raw::Oid,
            Conversion::Float4 => Raw::Float4,
            Conversion::Float8 => Raw::Float8,
            _ => return None,
        })
    }

    /// Returns true if the value is passed straight from the Datum: in one slot, or as a pointer and a length.
    #[inline]
    pub(super) fn is_flat(&self) -> bool {
        use Conversion::{
            AnyRecord, Array, Composite, Flags, Interval, Json, Multirange, NamedRow, Partition,
            Range, TransitionTable, TriggerEvent, Uuid,
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
                | TriggerEvent(_)
                | NamedRow(_)
                | TransitionTable(_)
                | Partition(_)
        )
    }
}

impl Place {
    /// Returns the place of a value that is passed as `ty`, which may be an option, at `offset`.
    pub(super) fn new(value: Value, ty: &Type, offset: u32, what: impl Into<Box<str>>) -> Self {
        Self { value, place: pass::Place::new(ty, offset, what) }
    }
}

impl Deref for Place {
    type Target = pass::Place;

    #[inline]
    fn deref(&self) -> &pass::Place {
        &self.place
    }
}
