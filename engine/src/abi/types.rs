//! The WIT types of the Component Model.
//!
//! Types that no value can be passed as must never be added here: streams and futures. A handle has no value outside of
//! its guest, either: see [`Type::Own`].

use super::CoreType;
use crate::name::listed;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::rc::Rc;

/// A WIT type. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Type {
    /// `bool`
    Bool,
    /// `s8`
    S8,
    /// `u8`
    U8,
    /// `s16`
    S16,
    /// `u16`
    U16,
    /// `s32`
    S32,
    /// `u32`
    U32,
    /// `s64`
    S64,
    /// `u64`
    U64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `char`
    Char,
    /// `string`
    String,
    /// `list<T>`
    List(Rc<Type>),
    /// `record`
    Record(Rc<Record>),
    /// `tuple<...>`
    Tuple(Rc<[Type]>),
    /// `variant`
    Variant(Rc<Variant>),
    /// `enum`
    Enum(Rc<Labels>),
    /// `flags`
    Flags(Rc<Labels>),
    /// `option<T>`
    Option(Rc<Type>),
    /// `result<T, E>`
    Result(Rc<ResultType>),
    /// `own<R>`, with the name of the resource. It occurs only as the result of a constructor or of a static function of
    /// that resource, or as the `ok` of such a result.
    Own(Rc<str>),
    /// `borrow<R>`, with the name of the resource. It occurs only as the first parameter of a method: its
    /// representation.
    Borrow(Rc<str>),
}

/// `record`: fields in a fixed order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The name, as WIT spells it (`kebab-case`); none if it was not read from WIT.
    pub name: Option<String>,
    /// The comment in the WIT.
    pub docs: Option<String>,
    /// The fields, in their order.
    pub fields: Vec<Field>,
}

/// One field of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The name, as WIT spells it (`kebab-case`).
    pub name: String,
    /// The comment in the WIT.
    pub docs: Option<String>,
    /// The type of the field.
    pub ty: Type,
}

/// `variant`: one of its cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// The name, as WIT spells it (`kebab-case`).
    pub name: Option<String>,
    /// The comment in the WIT.
    pub docs: Option<String>,
    /// The cases, in the order of their discriminants.
    pub cases: Vec<Case>,
}

/// One case of a variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// The name, as WIT spells it (`kebab-case`).
    pub name: String,
    /// The type of the payload, if there is one.
    pub ty: Option<Type>,
}

/// The labels of an `enum` or of `flags`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// The name of the type, as WIT spells it (`kebab-case`).
    pub name: Option<String>,
    /// The comment in the WIT.
    pub docs: Option<String>,
    /// The labels, in the order of their numbers.
    pub labels: Vec<String>,
}

/// `result<ok, err>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultType {
    /// The type of the value, if there is one.
    pub ok: Option<Type>,
    /// The type of the error, if there is one.
    pub err: Option<Type>,
}

impl Type {
    /// `list<self>`
    #[must_use]
    pub fn list(self) -> Self {
        Self::List(Rc::new(self))
    }

    /// `list<u8>`
    pub fn bytes() -> Self {
        Self::U8.list()
    }

    /// `option<self>`: the same type, but with NULL.
    #[must_use]
    pub fn option(self) -> Self {
        Self::Option(Rc::new(self))
    }

    /// Returns the payload types of the cases if the type is passed as a discriminant and the payload of one case,
    /// `None` otherwise. This is the specification's `despecialize`.
    pub fn cases(&self) -> Option<Vec<Option<&Type>>> {
        Some(match self {
            Self::Variant(variant) => variant.cases.iter().map(|case| case.ty.as_ref()).collect(),
            Self::Enum(labels) => vec![None; labels.labels.len()],
            Self::Option(some) => vec![None, Some(&**some)],
            Self::Result(result) => vec![result.ok.as_ref(), result.err.as_ref()],
            _ => return None,
        })
    }

    /// Returns the types of the fields if the type is passed as one value after another, `None` otherwise.
    pub fn fields(&self) -> Option<Vec<&Type>> {
        Some(match self {
            Self::Record(record) => record.fields.iter().map(|field| &field.ty).collect(),
            Self::Tuple(types) => types.iter().collect(),
            _ => return None,
        })
    }

    /// Returns true for a handle of a resource.
    pub fn is_handle(&self) -> bool {
        matches!(self, Self::Own(_) | Self::Borrow(_))
    }

    /// Appends the core types that a value of this type is passed as (`flatten_type`).
    pub fn flatten(&self, out: &mut Vec<CoreType>) {
        if let Some(fields) = self.fields() {
            return fields.into_iter().for_each(|field| field.flatten(out));
        }
        if let Some(cases) = self.cases() {
            out.push(CoreType::I32);
            let start = out.len();
            let mut flat = Vec::new();
            for case in cases.into_iter().flatten() {
                flat.clear();
                case.flatten(&mut flat);
                for (i, ty) in flat.iter().enumerate() {
                    match out.get_mut(start + i) {
                        Some(joined) => *joined = joined.join(*ty),
                        None => out.push(*ty),
                    }
                }
            }
            return;
        }
        match self {
            Self::S64 | Self::U64 => out.push(CoreType::I64),
            Self::F32 => out.push(CoreType::F32),
            Self::F64 => out.push(CoreType::F64),
            Self::String | Self::List(_) => out.extend([CoreType::I32, CoreType::I32]),
            _ => out.push(CoreType::I32),
        }
    }

    /// Returns true if the guest's memory is written when a value of this type is passed as an argument.
    pub fn is_in_memory(&self) -> bool {
        if let Some(fields) = self.fields() {
            return fields.into_iter().any(Self::is_in_memory);
        }
        if let Some(cases) = self.cases() {
            return cases.into_iter().flatten().any(Self::is_in_memory);
        }
        matches!(self, Self::String | Self::List(_))
    }
}

/// Writes the type as WIT does. A named type is written as its name, a type without a name as its definition. `{:#}`
/// writes the kind of type before a name. It is used beside the name of an SQL type, which can be the same.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Bool => "bool",
            Self::S8 => "s8",
            Self::U8 => "u8",
            Self::S16 => "s16",
            Self::U16 => "u16",
            Self::S32 => "s32",
            Self::U32 => "u32",
            Self::S64 => "s64",
            Self::U64 => "u64",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Char => "char",
            Self::String => "string",
            Self::List(element) => return write!(f, "list<{element}>"),
            Self::Option(some) => return write!(f, "option<{some}>"),
            Self::Tuple(types) => return write!(f, "tuple<{}>", listed(types.iter())),
            Self::Own(resource) if f.alternate() => return write!(f, "resource {resource}"),
            Self::Own(resource) => resource,
            Self::Borrow(resource) => return write!(f, "borrow<{resource}>"),
            Self::Result(result) => {
                return match (&result.ok, &result.err) {
                    (None, None) => f.write_str("result"),
                    (Some(ok), None) => write!(f, "result<{ok}>"),
                    (None, Some(err)) => write!(f, "result<_, {err}>"),
                    (Some(ok), Some(err)) => write!(f, "result<{ok}, {err}>"),
                };
            }
            Self::Record(record) => match &record.name {
                Some(name) if f.alternate() => return write!(f, "record {name}"),
                Some(name) => name,
                None => return write!(f, "record {{{}}}", listed(record.fields.iter())),
            },
            Self::Variant(variant) => match &variant.name {
                Some(name) if f.alternate() => return write!(f, "variant {name}"),
                Some(name) => name,
                None => return write!(f, "variant {{{}}}", listed(variant.cases.iter())),
            },
            Self::Enum(labels) => match &labels.name {
                Some(name) if f.alternate() => return write!(f, "enum {name}"),
                Some(name) => name,
                None => return write!(f, "enum {{{}}}", listed(labels.labels.iter())),
            },
            Self::Flags(labels) => match &labels.name {
                Some(name) if f.alternate() => return write!(f, "flags {name}"),
                Some(name) => name,
                None => return write!(f, "flags {{{}}}", listed(labels.labels.iter())),
            },
        };
        f.write_str(name)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.ty)
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.ty {
            Some(ty) => write!(f, "{}({ty})", self.name),
            None => f.write_str(&self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CoreType::{F32, F64, I32, I64};

    fn flat(ty: &Type) -> Vec<CoreType> {
        let mut out = Vec::new();
        ty.flatten(&mut out);
        out
    }

    /// `join` of the specification: f32 and i32 share an i32, any other two types that differ share an i64.
    #[test]
    fn cases_share_their_slots() {
        let result = |ok, err| Type::Result(Rc::new(ResultType { ok: Some(ok), err: Some(err) }));
        assert_eq!(flat(&result(Type::F32, Type::S32)), [I32, I32]);
        assert_eq!(flat(&result(Type::F32, Type::F32)), [I32, F32]);
        assert_eq!(flat(&result(Type::F64, Type::F32)), [I32, I64]);
        assert_eq!(flat(&result(Type::F64, Type::String)), [I32, I64, I32]);
        assert_eq!(flat(&Type::F64.option()), [I32, F64]);
        assert_eq!(flat(&Type::String.list()), [I32, I32]);
    }

    #[test]
    fn wit_is_written_as_wit() {
        let error = Type::Record(Rc::new(Record {
            name: Some("error".into()),
            docs: None,
            fields: Vec::new(),
        }));
        let result = ResultType { ok: Some(Type::S32.option().list()), err: Some(error) };
        let found = Type::Result(Rc::new(result)).to_string();
        assert_eq!(found, "result<list<option<s32>>, error>");
        assert_eq!(Type::Tuple([Type::U64, Type::Char].into()).to_string(), "tuple<u64, char>");
    }
}
