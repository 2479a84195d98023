//! Converted types, and how large they are, written as trees.
//!
//! A type can be defined once and used many times, so a few bytes can describe a tree of any size. This must never let
//! a tree pass the bounds.

use super::source::package_of;
use super::{Spelling, Value};
use crate::abi::Type;
use std::rc::Rc;
use wasmparser::PrimitiveValType as Primitive;

/// The most parts in the types of one function, written as a tree.
const MAX_PARTS: usize = 10_000;

/// The deepest nesting of types.
const MAX_DEPTH: usize = 64;

/// The package whose type names have a meaning here.
const TYPES: &str = "plwasm:types";

/// Why a function cannot be called.
pub(super) type Reason = Rc<str>;

pub(super) type Result<T, E = Reason> = std::result::Result<T, E>;

/// A type that has been converted.
#[derive(Clone)]
pub(super) struct Converted {
    pub value: Value,
    pub size: Size,
}

/// The size of a type, written as a tree.
#[derive(Clone, Copy)]
pub(super) struct Size {
    pub parts: usize,
    pub depth: usize,
    pub strings: bool,
}

/// A name that a binary gives to a type.
#[derive(Clone, Copy)]
pub(super) struct Name<'a> {
    /// The interface, or None for the world itself.
    pub owner: Option<&'a str>,
    pub name: &'a str,
}

/// The parts of a type that have been counted so far.
pub(super) struct Tree {
    pub size: Size,
    pub spellings: Vec<Spelling>,
}

impl Tree {
    pub(super) fn new() -> Self {
        Self { size: Size { parts: 1, depth: 0, strings: false }, spellings: Vec::new() }
    }

    pub(super) fn add(&mut self, part: Converted) -> Result<Value> {
        self.grow(part.size.parts)?;
        self.size.depth = self.size.depth.max(part.size.depth);
        self.size.strings |= part.size.strings;
        Ok(part.value)
    }

    pub(super) fn grow(&mut self, parts: usize) -> Result<()> {
        self.size.parts += parts;
        match self.size.parts > MAX_PARTS {
            true => Err(format!("its types have more than {MAX_PARTS} parts").into()),
            false => Ok(()),
        }
    }
}

/// Returns a type that is made of the parts of `tree`.
pub(super) fn composed(ty: Type, tree: Tree, names: &[Name<'_>]) -> Result<Converted> {
    let spelling = spelled(Spelling::of_parts(tree.spellings), names);
    let size = Size { depth: tree.size.depth + 1, ..tree.size };
    match size.depth > MAX_DEPTH {
        true => Err(format!("its types are nested more than {MAX_DEPTH} deep").into()),
        false => Ok(Converted { value: Value { ty, spelling }, size }),
    }
}

pub(super) fn primitive(ty: Primitive) -> Result<Converted> {
    let ty = match ty {
        Primitive::Bool => Type::Bool,
        Primitive::S8 => Type::S8,
        Primitive::U8 => Type::U8,
        Primitive::S16 => Type::S16,
        Primitive::U16 => Type::U16,
        Primitive::S32 => Type::S32,
        Primitive::U32 => Type::U32,
        Primitive::S64 => Type::S64,
        Primitive::U64 => Type::U64,
        Primitive::F32 => Type::F32,
        Primitive::F64 => Type::F64,
        Primitive::Char => Type::Char,
        Primitive::String => Type::String,
        Primitive::ErrorContext => return Err("it uses an error-context".into()),
    };
    let size = Size { parts: 1, depth: 1, strings: ty == Type::String };
    Ok(Converted { value: Value { ty, spelling: Spelling::default() }, size })
}

/// Adds the name that plwasm:types has for a type, if one of its names is from there.
pub(super) fn spelled(spelling: Spelling, names: &[Name<'_>]) -> Spelling {
    let ours = names.iter().find(|name| name.owner.and_then(package_of) == Some(TYPES));
    match ours {
        Some(name) => spelling.named(name.name.into()),
        None => spelling,
    }
}
