//! From SQL to WIT: the WIT types that an SQL type can be passed as, and the one it is passed as without WIT.

use super::table::Base;
use crate::abi::{Field, Labels, Record, Type};
use crate::name::{self, kebab};
use crate::pass::MAX_DIMENSIONS;
use std::rc::Rc;

/// The reason why a type cannot be passed as another.
pub type Mismatch = String;

/// The kind of an SQL type. That of a domain is the kind of its base type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqlKind<T> {
    /// A built-in type.
    Base(Base),
    /// A type that can only be passed as its text form.
    Other,
    /// An enum.
    Enum,
    /// An array with this element type.
    Array(T),
    /// A composite type.
    Composite,
    /// A range with this subtype.
    Range(T),
    /// A multirange of ranges with this subtype.
    Multirange(T),
    /// RECORD. Its columns are not known before there is a row.
    Record,
}

/// How a value of an SQL type is passed as a WIT type.
#[derive(Debug, PartialEq, Eq)]
pub enum Passed<'t> {
    /// As one value that does not contain other SQL values.
    Leaf,
    /// An enum as the number of its label.
    Label,
    /// An array as a list of its elements, or as lists within lists if it has several dimensions.
    List {
        /// The type of an element of the innermost lists.
        element: &'t Type,
        /// The number of levels of lists.
        dimensions: usize,
    },
    /// An array of text as flags. Its elements are the names of the flags that are set.
    Flags(&'t Rc<Labels>),
    /// A row as a record or tuple of its columns.
    Fields,
    /// A range as the record of its two bounds.
    Bounds([&'t Type; 2]),
    /// A multirange as a list of ranges: the type of the record of each range, and the types of its two bounds.
    Ranges(&'t Type, [&'t Type; 2]),
}

/// A source of SQL types: the catalogs of a server, or the types that the command knows.
pub trait Types {
    /// An SQL type.
    type Sql;

    /// Returns the kind of a type.
    fn kind_of(&mut self, sql: &Self::Sql) -> SqlKind<Self::Sql>;

    /// Returns the labels of an enum, in their order.
    fn labels_of(&mut self, sql: &Self::Sql) -> Vec<String>;

    /// Returns the names and types of a composite type's columns.
    fn columns_of(&mut self, sql: &Self::Sql) -> Vec<(String, Self::Sql)>;

    /// Returns the name of a type for messages.
    fn name_of(&self, sql: &Self::Sql) -> String;

    /// Runs `inner` for a type within another. Limits the number of types within others, and their depth.
    ///
    /// # Errors
    /// Those of `inner`; an error if a limit is exceeded.
    fn enter<R>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<R, Mismatch>,
    ) -> Result<R, Mismatch>;

    /// Returns how a type is passed as a WIT type that is not an option. Types within the type are not checked.
    ///
    /// # Errors
    /// An error if the type cannot be passed so.
    fn passed<'t>(&mut self, sql: &Self::Sql, ty: &'t Type) -> Result<Passed<'t>, Mismatch> {
        if ty.is_handle() {
            return Err(format!("{ty:#} is a handle, which SQL has no type for"));
        }
        let kind = self.kind_of(sql);
        let passed = match (&kind, ty) {
            (SqlKind::Base(base), ty) => base.is_passed_as(ty).then_some(Passed::Leaf),
            (SqlKind::Other | SqlKind::Enum, Type::String) => Some(Passed::Leaf),
            (SqlKind::Enum, Type::Enum(labels)) => {
                self.check_labels(sql, labels, ty)?;
                Some(Passed::Label)
            }
            (SqlKind::Array(element), Type::List(ty)) => Some(self.passed_list(element, ty)?),
            (SqlKind::Array(element), Type::Flags(flags)) => {
                matches!(self.kind_of(element), SqlKind::Base(Base::Text))
                    .then_some(Passed::Flags(flags))
            }
            (SqlKind::Composite | SqlKind::Record, Type::Record(_) | Type::Tuple(_)) => {
                Some(Passed::Fields)
            }
            (SqlKind::Range(_), ty) => bounds(ty).map(Passed::Bounds),
            (SqlKind::Multirange(_), Type::List(range)) => {
                bounds(range).map(|bounds| Passed::Ranges(range, bounds))
            }
            _ => None,
        };
        passed.ok_or_else(|| format!("{} cannot be passed as {ty:#}", self.name_of(sql)))
    }

    /// Returns how an array with elements of type `sql` is passed as a list of `ty`. Lists within the list are
    /// dimensions, unless the element type itself is passed as a list, as bytea and jsonb can be.
    ///
    /// # Errors
    /// An error if the lists have more levels than an array can have dimensions.
    fn passed_list<'t>(&mut self, sql: &Self::Sql, ty: &'t Type) -> Result<Passed<'t>, Mismatch> {
        let (mut element, mut dimensions) = (ty, 1);
        while let Type::List(inner) = element
            && self.passed(sql, element).is_err()
        {
            element = inner;
            dimensions += 1;
            if dimensions > MAX_DIMENSIONS {
                return Err(format!("an array has at most {MAX_DIMENSIONS} dimensions"));
            }
        }
        Ok(Passed::List { element, dimensions })
    }

    /// Checks that an SQL enum has the labels of a WIT enum. Upper case, `_` and spaces do not count as differences.
    ///
    /// # Errors
    /// An error if the labels differ.
    fn check_labels(
        &mut self,
        sql: &Self::Sql,
        labels: &Labels,
        ty: &Type,
    ) -> Result<(), Mismatch> {
        let found = self.labels_of(sql);
        let labels = &labels.labels;
        let is_same = found.len() == labels.len()
            && found.iter().zip(labels).all(|(a, b)| kebab(a) == kebab(b));
        let listed =
            |labels: &[String]| name::listed(labels.iter().map(|label| name::printable(label)));
        match is_same {
            true => Ok(()),
            false => Err(format!(
                "the labels of {} are {}, those of {ty} are {}",
                self.name_of(sql),
                listed(&found),
                listed(labels)
            )),
        }
    }

    /// Returns the WIT type that a type is passed as without WIT. With `nulls`, every value within it can be NULL.
    ///
    /// # Errors
    /// An error if the type can only be passed with WIT.
    fn default_type(&mut self, sql: &Self::Sql, nulls: bool) -> Result<Type, Mismatch> {
        self.enter(|this| {
            Ok(match this.kind_of(sql) {
                SqlKind::Base(base) => base.default_type(),
                SqlKind::Other => Type::String,
                SqlKind::Enum => {
                    let labels = this.labels_of(sql).iter().map(|label| kebab(label)).collect();
                    Type::Enum(Rc::new(Labels { name: None, docs: None, labels }))
                }
                SqlKind::Composite => {
                    let columns = this.columns_of(sql);
                    this.default_record(columns, nulls)?
                }
                SqlKind::Array(element) => this.default_or_null(&element, nulls)?.list(),
                SqlKind::Range(subtype) => range(this.default_type(&subtype, nulls)?),
                SqlKind::Multirange(subtype) => range(this.default_type(&subtype, nulls)?).list(),
                SqlKind::Record => {
                    return Err("a RECORD needs a module with WIT, which says its columns".into());
                }
            })
        })
    }

    /// Returns the [`default_type`](Self::default_type) of a value that can itself be NULL: an option if `nulls` is
    /// true.
    ///
    /// # Errors
    /// Those of [`default_type`](Self::default_type).
    fn default_or_null(&mut self, sql: &Self::Sql, nulls: bool) -> Result<Type, Mismatch> {
        let ty = self.default_type(sql, nulls)?;
        Ok(if nulls { ty.option() } else { ty })
    }

    /// Returns the record that a row with these columns is passed as without WIT.
    ///
    /// # Errors
    /// Those of [`default_type`](Self::default_type).
    fn default_record(
        &mut self,
        columns: Vec<(String, Self::Sql)>,
        nulls: bool,
    ) -> Result<Type, Mismatch> {
        let field = |(name, sql): (String, Self::Sql)| {
            Ok((kebab(&name), self.default_or_null(&sql, nulls)?))
        };
        Ok(record(columns.into_iter().map(field).collect::<Result<Vec<_>, Mismatch>>()?))
    }
}

/// Returns the types of the fields of the record or tuple that a row with `columns` columns is passed as.
///
/// # Errors
/// An error if the type is no record or tuple, or has another number of fields.
pub fn fields(columns: usize, ty: &Type) -> Result<Vec<&Type>, Mismatch> {
    let fields = ty.fields().ok_or_else(|| format!("a row cannot be passed as {ty:#}"))?;
    match fields.len() == columns {
        true => Ok(fields),
        false => Err(format!("the row has {columns} columns, {ty} has {} fields", fields.len())),
    }
}

/// Returns the record of a range: whether it is empty, its bounds, and whether each bound is inclusive. A missing bound
/// is none.
fn range(bound: Type) -> Type {
    let bound = bound.option();
    record([
        ("empty".into(), Type::Bool),
        ("lower".into(), bound.clone()),
        ("upper".into(), bound),
        ("lower-inc".into(), Type::Bool),
        ("upper-inc".into(), Type::Bool),
    ])
}

/// Returns the types of the two bounds, both options, if `ty` is the record of a range.
fn bounds(ty: &Type) -> Option<[&Type; 2]> {
    match ty.fields()?[..] {
        [Type::Bool, lower @ Type::Option(_), upper @ Type::Option(_), Type::Bool, Type::Bool] => {
            Some([lower, upper])
        }
        _ => None,
    }
}

fn record(fields: impl IntoIterator<Item = (String, Type)>) -> Type {
    let fields = fields.into_iter().map(|(name, ty)| Field { name, docs: None, ty }).collect();
    Type::Record(Rc::new(Record { name: None, docs: None, fields }))
}
