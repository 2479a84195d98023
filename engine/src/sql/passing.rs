//! From SQL to WIT: what an SQL type may be passed as, and what it is passed as where no WIT says otherwise.

use super::table::Base;
use crate::abi::{Field, Labels, Record, Type};
use crate::name::{self, kebab};
use crate::pass::MAX_DIMENSIONS;
use std::rc::Rc;

/// Why a type cannot be passed as another.
pub type Mismatch = String;

/// What kind of type an SQL type is. Of a domain, its base type counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqlKind<T> {
    /// A type of the table.
    Base(Base),
    /// A type that has nothing but its text form.
    Other,
    /// An enum.
    Enum,
    /// Of that element type.
    Array(T),
    /// A composite type.
    Composite,
    /// Of that subtype.
    Range(T),
    /// Of ranges of that subtype.
    Multirange(T),
    /// RECORD, whose columns are known once a row is there.
    Record,
}

/// How a value of an SQL type is passed as a WIT type.
#[derive(Debug, PartialEq, Eq)]
pub enum Passed<'t> {
    /// As one value, which has no other SQL values in it.
    Leaf,
    /// An enum as the number of its label.
    Label,
    /// An array as a list of its elements; one of several dimensions as that many lists within each other.
    List {
        /// The type of an element of the innermost lists.
        element: &'t Type,
        /// How many lists are within each other.
        dimensions: usize,
    },
    /// An array of text as the flags whose names are in it.
    Flags(&'t Rc<Labels>),
    /// A row as a record or tuple of its columns.
    Fields,
    /// A range as the record of its two bounds.
    Bounds([&'t Type; 2]),
    /// A multirange as a list of ranges: the record of each, and its two bounds.
    Ranges(&'t Type, [&'t Type; 2]),
}

/// Whoever knows SQL types: the catalogs of a server, or the command.
pub trait Types {
    /// An SQL type.
    type Sql;

    /// What kind of type it is.
    fn kind_of(&mut self, sql: &Self::Sql) -> SqlKind<Self::Sql>;

    /// The labels of an enum, in their order.
    fn labels_of(&mut self, sql: &Self::Sql) -> Vec<String>;

    /// The names and types of a composite type's columns.
    fn columns_of(&mut self, sql: &Self::Sql) -> Vec<(String, Self::Sql)>;

    /// As a message names it.
    fn name_of(&self, sql: &Self::Sql) -> String;

    /// Runs `inner` for a type within another. Bounds how many types there are within others, and how deep.
    ///
    /// # Errors
    /// Those of `inner`; that there are too many.
    fn enter<R>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<R, Mismatch>,
    ) -> Result<R, Mismatch>;

    /// How a type is passed as a WIT type that is not an option. What is within the type is not looked at.
    ///
    /// # Errors
    /// That it is not.
    fn passed<'t>(&mut self, sql: &Self::Sql, ty: &'t Type) -> Result<Passed<'t>, Mismatch> {
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

    /// How an array of elements of type `sql` is passed as a list of `ty`. Lists within the list are dimensions, unless an
    /// element itself is passed as one, as bytea is, and what jsonb is passed as.
    ///
    /// # Errors
    /// That there are more of them than an array can have dimensions.
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

    /// That an enum has the labels of WIT's, upper case, `_` and spaces aside.
    ///
    /// # Errors
    /// That it has others.
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

    /// What a type is passed as where no WIT says otherwise; with `nulls`, NULL is allowed everywhere in it.
    ///
    /// # Errors
    /// That only WIT can say it.
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

    /// The same of what can be NULL by itself: an option where NULL is allowed.
    ///
    /// # Errors
    /// As [`default_type`](Self::default_type).
    fn default_or_null(&mut self, sql: &Self::Sql, nulls: bool) -> Result<Type, Mismatch> {
        let ty = self.default_type(sql, nulls)?;
        Ok(if nulls { ty.option() } else { ty })
    }

    /// The same of a row with these columns.
    ///
    /// # Errors
    /// As [`default_type`](Self::default_type).
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

/// The fields of the record or tuple that a row of that number of columns is passed as.
///
/// # Errors
/// That the type has another number of fields, or none.
pub fn fields(columns: usize, ty: &Type) -> Result<Vec<&Type>, Mismatch> {
    let fields = ty.fields().ok_or_else(|| format!("a row cannot be passed as {ty:#}"))?;
    match fields.len() == columns {
        true => Ok(fields),
        false => Err(format!("the row has {columns} columns, {ty} has {} fields", fields.len())),
    }
}

/// The record of a range: whether it is empty, its bounds, and whether each belongs to it. Without a bound there is none.
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

/// The types of the bounds in such a record, options both.
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
