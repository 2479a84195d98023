//! The built-in SQL types, and the WIT types that each can be passed as.
//!
//! A WIT type in a row of the table must have all values of the SQL type. Integers are an exception: their values are
//! checked. The WIT value must not depend on the settings of a session, as the text of a date does.

use crate::abi::{Field, Record, Type};
use std::rc::Rc;

/// A built-in type that is not passed as its text form, or that `plwasm:types` has a name for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// `boolean`
    Bool,
    /// `smallint`
    Int2,
    /// `integer`
    Int4,
    /// `bigint`
    Int8,
    /// `oid`
    Oid,
    /// `real`
    Float4,
    /// `double precision`
    Float8,
    /// `text`
    Text,
    /// `character varying`
    Varchar,
    /// `character`
    Bpchar,
    /// `name`
    Name,
    /// `bytea`
    Bytea,
    /// `numeric`
    Numeric,
    /// `date`
    Date,
    /// `time without time zone`
    Time,
    /// `timestamp without time zone`
    Timestamp,
    /// `timestamp with time zone`
    Timestamptz,
    /// `interval`
    Interval,
    /// `uuid`
    Uuid,
    /// `jsonb`
    Jsonb,
    /// `json`
    Json,
}

/// A row of the table: one type.
#[derive(Debug)]
struct Row {
    base: Base,
    /// Its OID, which is the same in all servers (`pg_type.dat`).
    oid: u32,
    /// Its name in `pg_type`, and in `plwasm:types` if it is defined there.
    name: &'static str,
    /// Its name in declarations of SQL.
    sql: &'static str,
    /// The WIT types that it can be passed as. The first is the one it is passed as without WIT.
    wit: &'static [Wit],
}

/// A WIT type as a constant.
#[derive(Debug)]
enum Wit {
    Bool,
    S8,
    U8,
    S16,
    U16,
    S32,
    U32,
    S64,
    U64,
    F32,
    F64,
    Char,
    String,
    /// `list<u8>`
    Bytes,
    Tuple(&'static [Wit]),
    /// A record with fields of these types, or a tuple of the same types.
    Record(&'static [(&'static str, Wit)]),
    /// Any type except `string`. Its value is converted from and to JSON.
    Json,
}

const fn row(
    base: Base,
    oid: u32,
    name: &'static str,
    sql: &'static str,
    wit: &'static [Wit],
) -> Row {
    Row { base, oid, name, sql, wit }
}

/// The table. If several SQL types can be passed as one WIT type, the first is proposed for it.
static TYPES: [Row; 21] = [
    row(Base::Bool, 16, "bool", "boolean", &[Wit::Bool]),
    row(Base::Int2, 21, "int2", "smallint", &[Wit::S16, Wit::S8, Wit::U8]),
    row(Base::Int4, 23, "int4", "integer", &[Wit::S32, Wit::U16]),
    row(Base::Int8, 20, "int8", "bigint", &[Wit::S64, Wit::U32]),
    row(Base::Oid, 26, "oid", "oid", &[Wit::U32]),
    row(Base::Float4, 700, "float4", "real", &[Wit::F32]),
    row(Base::Float8, 701, "float8", "double precision", &[Wit::F64]),
    row(Base::Text, 25, "text", "text", &[Wit::String, Wit::Char]),
    row(Base::Varchar, 1043, "varchar", "character varying", &[Wit::String, Wit::Char]),
    row(Base::Bpchar, 1042, "bpchar", "character", &[Wit::String, Wit::Char]),
    row(Base::Name, 19, "name", "name", &[Wit::String]),
    row(Base::Bytea, 17, "bytea", "bytea", &[Wit::Bytes]),
    row(Base::Numeric, 1700, "numeric", "numeric", &[Wit::String, Wit::U64]),
    row(Base::Date, 1082, "date", "date", &[Wit::S32]),
    row(Base::Time, 1083, "time", "time", &[Wit::S64]),
    row(Base::Timestamp, 1114, "timestamp", "timestamp", &[Wit::S64]),
    row(Base::Timestamptz, 1184, "timestamptz", "timestamptz", &[Wit::S64]),
    row(Base::Interval, 1186, "interval", "interval", &[INTERVAL]),
    row(Base::Uuid, 2950, "uuid", "uuid", &[Wit::Tuple(&[Wit::U64, Wit::U64]), Wit::String]),
    row(Base::Jsonb, 3802, "jsonb", "jsonb", &[Wit::String, Wit::Json]),
    row(Base::Json, 114, "json", "json", &[Wit::String, Wit::Json]),
];

const INTERVAL: Wit =
    Wit::Record(&[("months", Wit::S32), ("days", Wit::S32), ("microseconds", Wit::S64)]);

/// A built-in range type.
#[derive(Debug)]
pub struct RangeType {
    /// Its name in `pg_type`.
    pub name: &'static str,
    /// The type of its bounds.
    pub subtype: Base,
}

/// The built-in range types.
pub static RANGES: [RangeType; 6] = [
    RangeType { name: "int4range", subtype: Base::Int4 },
    RangeType { name: "int8range", subtype: Base::Int8 },
    RangeType { name: "numrange", subtype: Base::Numeric },
    RangeType { name: "daterange", subtype: Base::Date },
    RangeType { name: "tsrange", subtype: Base::Timestamp },
    RangeType { name: "tstzrange", subtype: Base::Timestamptz },
];

impl Base {
    /// Returns the type with this OID.
    pub fn of_oid(oid: u32) -> Option<Self> {
        TYPES.iter().find(|row| row.oid == oid).map(|row| row.base)
    }

    /// Returns the type with this name in `pg_type` or in SQL.
    pub fn named(name: &str) -> Option<Self> {
        TYPES.iter().find(|row| row.name == name || row.sql == name).map(|row| row.base)
    }

    /// Returns the type that is proposed for a WIT type.
    pub fn proposed_for(ty: &Type) -> Option<Self> {
        TYPES.iter().find(|row| row.base.is_passed_as(ty)).map(|row| row.base)
    }

    /// Returns its name in declarations of SQL.
    pub fn sql(self) -> &'static str {
        self.row().sql
    }

    /// Returns true if the type can be passed as this WIT type.
    pub fn is_passed_as(self, ty: &Type) -> bool {
        self.row().wit.iter().any(|wit| wit.is(ty))
    }

    /// Returns the WIT type that it is passed as without WIT.
    pub fn default_type(self) -> Type {
        self.row().wit[0].to_type()
    }

    fn row(self) -> &'static Row {
        // A test checks that the rows have the order of the variants.
        &TYPES[self as usize]
    }
}

impl Wit {
    fn is(&self, ty: &Type) -> bool {
        match self {
            Self::Json => *ty != Type::String && !ty.is_handle(),
            Self::Record(fields) => ty.fields().is_some_and(|found| {
                found.len() == fields.len()
                    && found.iter().zip(*fields).all(|(ty, (_, field))| field.is(ty))
            }),
            Self::Tuple(items) => match ty {
                Type::Tuple(found) => {
                    found.len() == items.len()
                        && found.iter().zip(*items).all(|(ty, item)| item.is(ty))
                }
                _ => false,
            },
            scalar => *ty == scalar.to_type(),
        }
    }

    fn to_type(&self) -> Type {
        match self {
            Self::Bool => Type::Bool,
            Self::S8 => Type::S8,
            Self::U8 => Type::U8,
            Self::S16 => Type::S16,
            Self::U16 => Type::U16,
            Self::S32 => Type::S32,
            Self::U32 => Type::U32,
            Self::S64 => Type::S64,
            Self::U64 => Type::U64,
            Self::F32 => Type::F32,
            Self::F64 => Type::F64,
            Self::Char => Type::Char,
            Self::String | Self::Json => Type::String,
            Self::Bytes => Type::bytes(),
            Self::Tuple(items) => Type::Tuple(items.iter().map(Self::to_type).collect()),
            Self::Record(fields) => {
                let field = |(name, wit): &(&str, Self)| Field {
                    name: (*name).into(),
                    docs: None,
                    ty: wit.to_type(),
                };
                let fields = fields.iter().map(field).collect();
                Type::Record(Rc::new(Record { name: None, docs: None, fields }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Labels;

    #[test]
    fn rows_stand_in_the_order_of_the_variants() {
        for (i, row) in TYPES.iter().enumerate() {
            assert_eq!(row.base as usize, i, "{}", row.name);
            assert!(row.base.is_passed_as(&row.base.default_type()), "{}", row.name);
            assert_eq!(Base::named(row.name), Some(row.base));
            assert_eq!(Base::named(row.sql), Some(row.base));
            assert_eq!(Base::of_oid(row.oid), Some(row.base));
        }
    }

    #[test]
    fn the_first_type_that_fits_is_proposed() {
        for (ty, sql) in [
            (Type::U8, "smallint"),
            (Type::U16, "integer"),
            (Type::U32, "bigint"),
            (Type::S64, "bigint"),
            (Type::U64, "numeric"),
            (Type::String, "text"),
            (Type::Char, "text"),
            (Type::bytes(), "bytea"),
            (Type::U64.option(), "jsonb"),
        ] {
            assert_eq!(Base::proposed_for(&ty).map(Base::sql), Some(sql), "{ty}");
        }
    }

    #[test]
    fn json_takes_every_type_but_no_other_does() {
        let labels = Labels { name: None, docs: None, labels: vec!["a".into()] };
        let ty = Type::Enum(Rc::new(labels));
        for row in &TYPES {
            let is_json = matches!(row.base, Base::Json | Base::Jsonb);
            assert_eq!(row.base.is_passed_as(&ty), is_json, "{}", row.name);
        }
        assert!(!Base::Interval.is_passed_as(&Type::String));
        for handle in [Type::Own("r".into()), Type::Borrow("r".into())] {
            assert_eq!(Base::proposed_for(&handle), None);
        }
    }

    /// The SQL type is found by its name in `plwasm:types`.
    #[test]
    fn all_names_of_plwasm_types_are_known() {
        let package = include_str!("../../../wit/types.wit");
        let defined = package.lines().filter_map(|line| {
            let line = line.trim();
            let rest = line.strip_prefix("type ").or_else(|| line.strip_prefix("record "))?;
            rest.split_whitespace().next()
        });
        let names: Vec<_> = defined.collect();
        assert!(names.len() > 10, "{names:?}");
        // They have no SQL type: one is raised, the other is passed by triggers.
        for name in names.into_iter().filter(|name| !["error", "trigger-event"].contains(name)) {
            let is_range = RANGES.iter().any(|range| range.name == name);
            assert!(is_range || Base::named(name).is_some(), "{name}");
        }
    }
}
