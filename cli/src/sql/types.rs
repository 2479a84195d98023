//! The SQL types that the command knows: by their names, and for the types of a module's WIT.
//!
//! The engine says which type is passed as which ([`plwasm_engine::sql`]).

use plwasm_engine::abi::{Layout, Type};
use plwasm_engine::name::snake;
use plwasm_engine::pass::array::Lists;
use plwasm_engine::read::wit::Spelling;
use plwasm_engine::sql::{
    Base, Column, Mismatch, Passed, Proposed, RANGES, Reason, SqlKind, Types, fields, proposed,
};
use std::fmt;
use std::rc::Rc;

/// A type whose values the command knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SqlType {
    Void,
    Base(Base),
    Enum(Rc<EnumType>),
    Row(Rc<RowType>),
    Array(Rc<SqlType>),
    /// A range with this subtype.
    Range(Base),
}

/// An enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnumType {
    pub name: String,
    pub labels: Vec<String>,
}

/// A composite type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowType {
    pub name: String,
    pub columns: Vec<(String, SqlType)>,
}

/// Names that sqlparser or a user may write, besides those that a type has in `pg_type` and in `format_type`.
const ALIASES: [(&str, Base); 8] = [
    ("int", Base::Int4),
    ("double", Base::Float8),
    ("float", Base::Float8),
    ("decimal", Base::Numeric),
    ("string", Base::Text),
    ("time without time zone", Base::Time),
    ("timestamp without time zone", Base::Timestamp),
    ("timestamp with time zone", Base::Timestamptz),
];

impl SqlType {
    /// Returns the type with this name, `None` if only the server knows it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        let name = name.strip_prefix("pg_catalog.").unwrap_or(&name);
        if let Some(element) = name.strip_suffix("[]") {
            return Some(Self::Array(Rc::new(Self::named(element)?)));
        }
        // A length only matters for columns.
        let name = match name.find('(') {
            Some(at) if name.ends_with(')') => name[..at].trim_end(),
            _ => name,
        };
        if name == "void" {
            return Some(Self::Void);
        }
        if let Some(range) = RANGES.iter().find(|range| range.name == name) {
            return Some(Self::Range(range.subtype));
        }
        let alias = ALIASES.iter().find(|(known, _)| *known == name).map(|(_, base)| *base);
        match alias.or_else(|| Base::named(name))? {
            Base::Varchar => Some(Self::Base(Base::Text)),
            // These truncate or pad their values.
            Base::Bpchar | Base::Name => None,
            base => Some(Self::Base(base)),
        }
    }

    /// Returns the SQL type for the WIT type of a parameter, a column or an element. A type without a name is named
    /// after `path`.
    ///
    /// # Errors
    /// The reason why SQL has no type for it.
    pub(crate) fn of_wit(ty: &Type, spelling: &Spelling, path: &str) -> Result<Self, Reason> {
        let (ty, spelling) = match ty {
            Type::Option(some) => (&**some, &spelling.part(0)),
            ty => (ty, spelling),
        };
        let of_part = |ty: &Type, i, path: &str| Self::of_wit(ty, &spelling.part(i), path);
        Ok(match proposed(ty, spelling)? {
            Proposed::Base(base) => Self::Base(base),
            Proposed::Range(range) => Self::Range(range.subtype),
            Proposed::Flags => Self::Array(Rc::new(Self::Base(Base::Text))),
            Proposed::Array(element, spelling) => {
                Self::Array(Rc::new(Self::of_wit(element, &spelling, path)?))
            }
            Proposed::Composite(columns) => {
                let name = match ty {
                    Type::Record(record) => own_name(record.name.as_deref(), path),
                    _ => path.into(),
                };
                let column = |(i, Column { name: column, ty, .. }): (usize, Column)| {
                    let ty = of_part(ty, i, &format!("{name}_{column}"))?;
                    Ok((column, ty))
                };
                let columns = columns.into_iter().enumerate().map(column);
                let columns = columns.collect::<Result<_, Reason>>()?;
                Self::Row(Rc::new(RowType { name, columns }))
            }
            Proposed::Enum(labels) => {
                let name = match ty {
                    Type::Enum(labels) => labels.name.as_deref(),
                    _ => None,
                };
                Self::Enum(Rc::new(EnumType { name: own_name(name, path), labels }))
            }
        })
    }

    /// Returns the WIT type that it is passed as without WIT. With `nulls`, every value within it can be NULL.
    ///
    /// # Errors
    /// An error if the type can only be passed with WIT.
    pub(crate) fn default_wit(&self, nulls: bool) -> Result<Type, Mismatch> {
        Known.default_or_null(self, nulls)
    }

    /// Checks that the type can be passed as a WIT type.
    ///
    /// # Errors
    /// The reason why it cannot.
    pub(crate) fn check(&self, ty: &Type) -> Result<(), Mismatch> {
        let ty = match ty {
            Type::Option(some) => some,
            ty => ty,
        };
        if *self == Self::Void {
            return Err(format!("void cannot be passed as {ty:#}"));
        }
        match (Known.passed(self, ty)?, self) {
            (Passed::List { element: ty, .. }, Self::Array(element)) => element.check(ty),
            (Passed::Bounds([lower, upper]), Self::Range(subtype)) => {
                let subtype = Self::Base(*subtype);
                subtype.check(lower)?;
                subtype.check(upper)
            }
            (Passed::Fields, Self::Row(row)) => {
                let columns = row.columns.iter().zip(fields(row.columns.len(), ty)?);
                for ((column, sql), field) in columns {
                    sql.check(field).map_err(|why| format!("column \"{column}\": {why}"))?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Returns the lists that an array with this element type is passed as, and the WIT type of their elements.
    pub(crate) fn lists<'t>(&self, ty: &'t Type) -> (Lists, &'t Type) {
        let (element, dimensions) = match Known.passed(&Self::Array(Rc::new(self.clone())), ty) {
            Ok(Passed::List { element, dimensions }) => (element, dimensions),
            _ => (ty, 1),
        };
        (Lists { dimensions, element: Layout::of(element) }, element)
    }
}

/// The types that the command knows.
struct Known;

impl Types for Known {
    type Sql = SqlType;

    fn kind_of(&mut self, sql: &SqlType) -> SqlKind<SqlType> {
        match sql {
            // It has no values.
            SqlType::Void => SqlKind::Other,
            SqlType::Base(base) => SqlKind::Base(*base),
            SqlType::Enum(_) => SqlKind::Enum,
            SqlType::Row(_) => SqlKind::Composite,
            SqlType::Array(element) => SqlKind::Array((**element).clone()),
            SqlType::Range(subtype) => SqlKind::Range(SqlType::Base(*subtype)),
        }
    }

    fn labels_of(&mut self, sql: &SqlType) -> Vec<String> {
        match sql {
            SqlType::Enum(of) => of.labels.clone(),
            _ => Vec::new(),
        }
    }

    fn columns_of(&mut self, sql: &SqlType) -> Vec<(String, SqlType)> {
        match sql {
            SqlType::Row(row) => row.columns.clone(),
            _ => Vec::new(),
        }
    }

    fn name_of(&self, sql: &SqlType) -> String {
        sql.to_string()
    }

    // The types of WIT are limited elsewhere, and those that a user writes do not contain other types.
    fn enter<R>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<R, Mismatch>,
    ) -> Result<R, Mismatch> {
        inner(self)
    }
}

/// Returns a type's own name, or the path to it.
fn own_name(name: Option<&str>, path: &str) -> String {
    name.map_or(path.to_string(), snake).to_ascii_lowercase()
}

/// Writes the type as `format_type` does, without a schema.
impl fmt::Display for SqlType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Void => "void",
            Self::Base(base) => base.sql(),
            Self::Enum(ty) => &ty.name,
            Self::Row(row) => &row.name,
            Self::Array(element) => return write!(f, "{element}[]"),
            Self::Range(subtype) => {
                let named = RANGES.iter().find(|range| range.subtype == *subtype);
                named.map_or("range", |range| range.name)
            }
        })
    }
}
