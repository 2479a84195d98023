//! From WIT to SQL: proposes the SQL type for a WIT type, one level at a time.
//!
//! | WIT | SQL |
//! |---|---|
//! | a type of plwasm:types | the SQL type with the same name |
//! | record, tuple | a composite type |
//! | enum | an enum |
//! | flags | text[] |
//! | `list<T>`, `list<option<T>>`, except `list<u8>` | T[] |
//! | `list<list<T>>` and so on | T[] of several dimensions |
//! | any other type | the first type of the table that can be passed as it: jsonb for variant and result |

use super::table::{Base, RANGES, RangeType};
use crate::abi::Type;
use crate::name::{folded, snake};
use crate::pass::MAX_DIMENSIONS;
use crate::read::wit::Spelling;
use std::rc::Rc;

/// Why there is no SQL for a WIT type.
pub type Reason = Rc<str>;

/// The SQL type that is proposed for a WIT type.
#[derive(Debug)]
pub enum Proposed<'t> {
    /// A built-in type.
    Base(Base),
    /// A range type.
    Range(&'static RangeType),
    /// An array of text for flags.
    Flags,
    /// An array. Its element type is the one that is proposed for this WIT type with this spelling, or for the type
    /// within it if it is an option.
    Array(&'t Type, Spelling),
    /// A composite type. Its columns are the fields of the record or tuple, in their order.
    Composite(Vec<Column<'t>>),
    /// An enum with these labels.
    Enum(Vec<String>),
}

/// A column of a composite type.
#[derive(Debug)]
pub struct Column<'t> {
    /// The name.
    pub name: String,
    /// The type.
    pub ty: &'t Type,
    /// The comment in the WIT.
    pub docs: Option<&'t str>,
}

/// Returns the SQL type that is proposed for a WIT type. `spelling` says by which names the WIT wrote the type.
///
/// # Errors
/// The reason why SQL has no type for it.
pub fn proposed<'t>(ty: &'t Type, spelling: &Spelling) -> Result<Proposed<'t>, Reason> {
    if let Some(name) = spelling.name() {
        if let Some(base) = Base::named(name) {
            return Ok(Proposed::Base(base));
        }
        if let Some(range) = RANGES.iter().find(|range| range.name == name) {
            return Ok(Proposed::Range(range));
        }
    }
    Ok(match ty {
        Type::Record(record) => {
            let fields = &record.fields;
            let names = folded(fields.iter().map(|field| snake(&field.name)).collect());
            let column = |(field, name): (&'t crate::abi::Field, String)| Column {
                name,
                ty: &field.ty,
                docs: field.docs.as_deref(),
            };
            Proposed::Composite(fields.iter().zip(names).map(column).collect())
        }
        Type::Tuple(items) => {
            let column =
                |(i, ty): (usize, &'t Type)| Column { name: format!("f{}", i + 1), ty, docs: None };
            Proposed::Composite(items.iter().enumerate().map(column).collect())
        }
        Type::Enum(labels) => {
            Proposed::Enum(labels.labels.iter().map(|label| snake(label)).collect())
        }
        Type::Flags(_) => Proposed::Flags,
        Type::Option(_) => return Err("it uses an option of an option".into()),
        Type::Own(_) | Type::Borrow(_) => {
            return Err(format!("{ty:#} is a handle, which SQL has no type for").into());
        }
        Type::List(element) if is_array(element, &spelling.part(0)) => {
            array(element, spelling.part(0))?
        }
        ty => {
            let found = Base::proposed_for(ty);
            Proposed::Base(found.ok_or_else(|| format!("there is no SQL type for {ty}"))?)
        }
    })
}

/// Returns true if a list with this element is an array, and not a bytea.
fn is_array(element: &Type, spelling: &Spelling) -> bool {
    *element != Type::U8 || spelling.name().is_some()
}

/// Returns the array that is proposed for a list of `element`. A list of lists is an array of several dimensions.
fn array<'t>(element: &'t Type, spelling: Spelling) -> Result<Proposed<'t>, Reason> {
    let (mut element, mut spelling, mut dimensions) = (element, spelling, 1);
    while let Some(inner) = list_of(element, &spelling) {
        (element, spelling, dimensions) = (inner, spelling.part(0), dimensions + 1);
    }
    let what = match element {
        Type::Option(some) if list_of(some, &spelling.part(0)).is_some() => {
            "a list of lists that can be none"
        }
        Type::Option(some) if matches!(**some, Type::Flags(_)) => "a list of flags",
        Type::Flags(_) => "a list of flags",
        _ if dimensions > MAX_DIMENSIONS => "too many lists within each other",
        _ => return Ok(Proposed::Array(element, spelling)),
    };
    Err(format!("it uses {what}, which no array holds").into())
}

/// Returns the element of a list that is an array, `None` for any other type.
fn list_of<'t>(ty: &'t Type, spelling: &Spelling) -> Option<&'t Type> {
    match ty {
        Type::List(element) if spelling.name().is_none() => {
            is_array(element, &spelling.part(0)).then_some(&**element)
        }
        _ => None,
    }
}
