//! SQL types: their names, which WIT type means which of them, and which is passed as which.
//!
//! It must say what `engine/src/suggestion.rs` and the extension's type table say.

use plwasm_engine::abi::{Field, Labels, Record, Type};
use plwasm_engine::name::{folded, kebab, snake};
use plwasm_engine::wit::Spelling;
use std::fmt;
use std::rc::Rc;

/// A type that values are known of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqlType {
    Void,
    Bool,
    Int2,
    Int4,
    Int8,
    Oid,
    Float4,
    Float8,
    Numeric,
    Text,
    Bytea,
    Json,
    Jsonb,
    Date,
    Time,
    Timestamp,
    Timestamptz,
    Interval,
    Uuid,
    Enum(Rc<EnumType>),
    Row(Rc<RowType>),
    Array(Rc<SqlType>),
    /// Of that subtype.
    Range(Rc<SqlType>),
}

/// An enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumType {
    pub name: String,
    pub labels: Vec<String>,
}

/// A composite type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowType {
    pub name: String,
    pub columns: Vec<(String, SqlType)>,
}

/// Names that sqlparser or a user may write, and the types.
const NAMES: [(&str, SqlType); 35] = [
    ("boolean", SqlType::Bool),
    ("bool", SqlType::Bool),
    ("smallint", SqlType::Int2),
    ("int2", SqlType::Int2),
    ("integer", SqlType::Int4),
    ("int", SqlType::Int4),
    ("int4", SqlType::Int4),
    ("bigint", SqlType::Int8),
    ("int8", SqlType::Int8),
    ("oid", SqlType::Oid),
    ("real", SqlType::Float4),
    ("float4", SqlType::Float4),
    ("double precision", SqlType::Float8),
    ("double", SqlType::Float8),
    ("float8", SqlType::Float8),
    ("float", SqlType::Float8),
    ("numeric", SqlType::Numeric),
    ("decimal", SqlType::Numeric),
    ("text", SqlType::Text),
    ("varchar", SqlType::Text),
    ("character varying", SqlType::Text),
    ("bytea", SqlType::Bytea),
    ("json", SqlType::Json),
    ("jsonb", SqlType::Jsonb),
    ("date", SqlType::Date),
    ("time", SqlType::Time),
    ("time without time zone", SqlType::Time),
    ("timestamp", SqlType::Timestamp),
    ("timestamp without time zone", SqlType::Timestamp),
    ("timestamp with time zone", SqlType::Timestamptz),
    ("timestamptz", SqlType::Timestamptz),
    ("interval", SqlType::Interval),
    ("uuid", SqlType::Uuid),
    ("void", SqlType::Void),
    ("string", SqlType::Text),
];

/// Range types and their subtypes.
const RANGES: [(&str, SqlType); 6] = [
    ("int4range", SqlType::Int4),
    ("int8range", SqlType::Int8),
    ("numrange", SqlType::Numeric),
    ("daterange", SqlType::Date),
    ("tsrange", SqlType::Timestamp),
    ("tstzrange", SqlType::Timestamptz),
];

/// Why a WIT type has no SQL type, or cannot be passed as one.
pub type Reason = String;

impl SqlType {
    /// The type of that name; none if it is known to the server alone.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        let name = name.strip_prefix("pg_catalog.").unwrap_or(&name);
        if let Some(element) = name.strip_suffix("[]") {
            return Some(Self::Array(Rc::new(Self::named(element)?)));
        }
        // Lengths are for columns.
        let name = match name.find('(') {
            Some(at) if name.ends_with(')') => name[..at].trim_end(),
            _ => name,
        };
        let range = RANGES.iter().find(|(known, _)| *known == name);
        if let Some((_, subtype)) = range {
            return Some(Self::Range(Rc::new(subtype.clone())));
        }
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, ty)| ty.clone())
    }

    /// What a parameter, a column or an element is declared as that WIT says is so. `path` names what has no name.
    ///
    /// # Errors
    /// What SQL has no type for.
    pub fn of_wit(ty: &Type, spelling: &Spelling, path: &str) -> Result<Self, Reason> {
        if let Some(name) = spelling.name()
            && let Some(found) = Self::named(name)
        {
            return Ok(found);
        }
        let inner = |ty: &Type, i, path: &str| Self::of_wit(ty, &spelling.part(i), path);
        Ok(match ty {
            Type::Bool => Self::Bool,
            Type::S8 | Type::U8 | Type::S16 => Self::Int2,
            Type::U16 | Type::S32 => Self::Int4,
            Type::U32 | Type::S64 => Self::Int8,
            Type::U64 => Self::Numeric,
            Type::F32 => Self::Float4,
            Type::F64 => Self::Float8,
            Type::Char | Type::String => Self::Text,
            Type::Flags(_) => Self::Array(Rc::new(Self::Text)),
            Type::List(element) if **element == Type::U8 && spelling.part(0).name().is_none() => {
                Self::Bytea
            }
            Type::List(element) => match inner(element, 0, path)? {
                Self::Array(_) => {
                    return Err("it uses a list of lists, which no array holds".into());
                }
                element => Self::Array(Rc::new(element)),
            },
            Type::Option(some) => match **some {
                Type::Option(_) => return Err("it uses an option of an option".into()),
                _ => inner(some, 0, path)?,
            },
            Type::Record(record) => {
                let name = own_name(record.name.as_deref(), path);
                let names = folded(record.fields.iter().map(|field| snake(&field.name)).collect());
                let columns = record.fields.iter().zip(names).enumerate();
                let columns = columns.map(|(i, (field, column))| {
                    let ty = inner(&field.ty, i, &format!("{name}_{column}"))?;
                    Ok((column, ty))
                });
                let columns = columns.collect::<Result<_, Reason>>()?;
                Self::Row(Rc::new(RowType { name, columns }))
            }
            Type::Tuple(items) => {
                let columns = items.iter().enumerate().map(|(i, item)| {
                    let column = format!("f{}", i + 1);
                    Ok((column.clone(), inner(item, i, &format!("{path}_{column}"))?))
                });
                let columns = columns.collect::<Result<_, Reason>>()?;
                Self::Row(Rc::new(RowType { name: path.into(), columns }))
            }
            Type::Enum(labels) => Self::Enum(Rc::new(EnumType {
                name: own_name(labels.name.as_deref(), path),
                labels: labels.labels.iter().map(|label| snake(label)).collect(),
            })),
            Type::Result(_) | Type::Variant(_) => Self::Jsonb,
        })
    }

    /// What it is passed as where no WIT says otherwise; with `nulls`, NULL is allowed in it everywhere.
    pub fn default_wit(&self, nulls: bool) -> Type {
        let or_null = |ty: Type| if nulls { ty.option() } else { ty };
        match self {
            Self::Bool => Type::Bool,
            Self::Int2 => Type::S16,
            Self::Int4 | Self::Date => Type::S32,
            Self::Oid => Type::U32,
            Self::Int8 | Self::Time | Self::Timestamp | Self::Timestamptz => Type::S64,
            Self::Float4 => Type::F32,
            Self::Float8 => Type::F64,
            Self::Bytea => Type::bytes(),
            Self::Uuid => Type::Tuple([Type::U64, Type::U64].into()),
            Self::Interval => {
                record([("months", Type::S32), ("days", Type::S32), ("microseconds", Type::S64)])
            }
            Self::Array(element) => or_null(element.default_wit(nulls)).list(),
            Self::Range(subtype) => {
                let bound = subtype.default_wit(nulls).option();
                record([
                    ("empty", Type::Bool),
                    ("lower", bound.clone()),
                    ("upper", bound),
                    ("lower-inc", Type::Bool),
                    ("upper-inc", Type::Bool),
                ])
            }
            Self::Enum(ty) => {
                Type::Enum(Rc::new(Labels { name: None, docs: None, labels: ty.labels.clone() }))
            }
            Self::Row(row) => {
                let field = |(name, ty): &(String, Self)| Field {
                    name: name.clone(),
                    docs: None,
                    ty: or_null(ty.default_wit(nulls)),
                };
                let fields = row.columns.iter().map(field).collect();
                Type::Record(Rc::new(Record { name: None, docs: None, fields }))
            }
            Self::Void | Self::Numeric | Self::Text | Self::Json | Self::Jsonb => Type::String,
        }
    }

    /// Whether it can be passed as that.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, ty: &Type) -> Result<(), Reason> {
        let ty = match ty {
            Type::Option(some) => &**some,
            ty => ty,
        };
        let is_passed = match (self, ty) {
            (Self::Bool, Type::Bool)
            | (Self::Int2, Type::S16 | Type::S8 | Type::U8)
            | (Self::Int4, Type::S32 | Type::U16)
            | (Self::Int8, Type::S64 | Type::U32)
            | (Self::Oid, Type::U32)
            | (Self::Float4, Type::F32)
            | (Self::Float8, Type::F64)
            | (Self::Text, Type::String | Type::Char)
            | (Self::Numeric, Type::String | Type::U64)
            | (Self::Interval | Self::Uuid | Self::Enum(_), Type::String)
            // All that WIT has, though what is a string is the JSON itself.
            | (Self::Json | Self::Jsonb, _)
            | (Self::Date, Type::S32)
            | (Self::Time | Self::Timestamp | Self::Timestamptz, Type::S64) => true,
            (Self::Bytea, Type::List(element)) => **element == Type::U8,
            (Self::Array(element), Type::Flags(_)) => **element == Self::Text,
            (Self::Array(element), Type::List(of)) => return element.check(of),
            (Self::Interval, ty) => {
                ty.fields().is_some_and(|f| f == [&Type::S32, &Type::S32, &Type::S64])
            }
            (Self::Uuid, Type::Tuple(halves)) => **halves == [Type::U64, Type::U64],
            (Self::Enum(of), Type::Enum(labels)) => {
                let same = |(a, b): (&String, &String)| kebab(a) == kebab(b);
                of.labels.len() == labels.labels.len()
                    && of.labels.iter().zip(&labels.labels).all(same)
            }
            (Self::Range(subtype), ty) => match ty.fields().as_deref() {
                Some([Type::Bool, Type::Option(a), Type::Option(b), Type::Bool, Type::Bool]) => {
                    subtype.check(a)?;
                    return subtype.check(b);
                }
                _ => false,
            },
            (Self::Row(row), Type::Record(_) | Type::Tuple(_)) => {
                let fields = ty.fields().unwrap_or_default();
                if fields.len() != row.columns.len() {
                    return Err(format!(
                        "the row has {} columns, {ty} has {} fields",
                        row.columns.len(),
                        fields.len()
                    ));
                }
                for ((column, sql), field) in row.columns.iter().zip(fields) {
                    sql.check(field).map_err(|why| format!("column \"{column}\": {why}"))?;
                }
                true
            }
            _ => false,
        };
        match is_passed {
            true => Ok(()),
            false => Err(format!("{self} cannot be passed as {ty:#}")),
        }
    }
}

/// A type's name: its own, or else what it is found at.
fn own_name(name: Option<&str>, path: &str) -> String {
    name.map_or(path.to_string(), snake).to_ascii_lowercase()
}

fn record<const N: usize>(fields: [(&str, Type); N]) -> Type {
    let fields = fields.map(|(name, ty)| Field { name: name.into(), docs: None, ty });
    Type::Record(Rc::new(Record { name: None, docs: None, fields: fields.into() }))
}

/// As `format_type` writes it, without a schema.
impl fmt::Display for SqlType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Void => "void",
            Self::Bool => "boolean",
            Self::Int2 => "smallint",
            Self::Int4 => "integer",
            Self::Int8 => "bigint",
            Self::Oid => "oid",
            Self::Float4 => "real",
            Self::Float8 => "double precision",
            Self::Numeric => "numeric",
            Self::Text => "text",
            Self::Bytea => "bytea",
            Self::Json => "json",
            Self::Jsonb => "jsonb",
            Self::Date => "date",
            Self::Time => "time",
            Self::Timestamp => "timestamp",
            Self::Timestamptz => "timestamptz",
            Self::Interval => "interval",
            Self::Uuid => "uuid",
            Self::Enum(ty) => &ty.name,
            Self::Row(row) => &row.name,
            Self::Array(element) => return write!(f, "{element}[]"),
            Self::Range(subtype) => {
                let named = RANGES.iter().find(|(_, of)| *of == **subtype);
                named.map_or("range", |(name, _)| name)
            }
        })
    }
}
