//! Dependence: what determines what a guest gets for an argument, besides the bytes of its Datum.
//!
//! A prepared value may be used again for equal bytes only as far as this says.

use super::value::{Conversion, Place, Value};
use pgrx::pg_sys::{self, Oid};

/// What an argument depends on. Each depends on the one before, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dependence {
    /// The bytes of the Datum alone.
    Bytes,
    /// The catalogs: names of labels, columns of rows.
    Catalogs,
    /// Settings of the session: the text forms of dates, of money, of names of objects.
    Settings,
}

impl Place {
    pub(super) fn dependence(&self) -> Dependence {
        self.value.dependence()
    }
}

impl Value {
    fn dependence(&self) -> Dependence {
        match &self.conversion {
            Conversion::Bool
            | Conversion::Int2
            | Conversion::Int4
            | Conversion::Int8
            | Conversion::Oid
            | Conversion::Float4
            | Conversion::Float8
            | Conversion::Narrow(_)
            | Conversion::Date
            | Conversion::Time
            | Conversion::Timestamp
            | Conversion::Text
            | Conversion::Name
            | Conversion::Bytea
            | Conversion::Char
            | Conversion::Uuid
            | Conversion::Interval
            | Conversion::Unsigned(_)
            | Conversion::Json(_) => Dependence::Bytes,
            Conversion::TextForm(_) => of_text_form(self.oid),
            Conversion::Enumeration(_) | Conversion::Flags(_) => Dependence::Catalogs,
            Conversion::Array(array) => array.element.dependence(),
            Conversion::Composite(composite) => {
                let columns = composite.columns.iter().map(|(_, place)| place.dependence());
                columns.max().map_or(Dependence::Catalogs, |most| most.max(Dependence::Catalogs))
            }
            // Their columns may be of any type.
            Conversion::AnyRecord(_)
            | Conversion::TriggerEvent(_)
            | Conversion::NamedRow(_)
            | Conversion::JsonRow(_)
            | Conversion::TransitionTable(_)
            | Conversion::Partition(_) => Dependence::Settings,
            Conversion::Range(range) | Conversion::Multirange(range) => range
                .bounds
                .iter()
                .map(|(place, _)| place.dependence())
                .max()
                .unwrap_or(Dependence::Settings),
        }
    }
}

/// Returns what the text form of a type depends on. Output functions of types that are not known here can read any
/// setting.
fn of_text_form(oid: Oid) -> Dependence {
    match oid {
        pg_sys::NUMERICOID
        | pg_sys::UUIDOID
        | pg_sys::JSONOID
        | pg_sys::JSONBOID
        | pg_sys::XMLOID
        | pg_sys::INETOID
        | pg_sys::CIDROID
        | pg_sys::MACADDROID
        | pg_sys::MACADDR8OID
        | pg_sys::BITOID
        | pg_sys::VARBITOID
        | pg_sys::TSVECTOROID
        | pg_sys::TSQUERYOID => Dependence::Bytes,
        _ => Dependence::Settings,
    }
}
