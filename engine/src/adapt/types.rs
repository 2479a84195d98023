//! Compares and shows the types of imports and exports of different modules.
//!
//! This must never call two types the same that validation would tell apart.

use crate::abi::CoreSignature;
use crate::name::listed;
use crate::read::inspect::core_type;
use std::fmt;
use wasmparser::{ExternalKind, FuncType, GlobalType, HeapType, MemoryType, TableType, ValType};

/// Returns a function's type as a signature.
pub(super) fn signature_of(ty: &FuncType) -> CoreSignature {
    CoreSignature {
        params: ty.params().iter().map(core_type).collect(),
        results: ty.results().iter().map(core_type).collect(),
    }
}

/// The type of an item.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ItemType {
    Function(FuncType),
    Table(TableType),
    Memory(MemoryType),
    Global(GlobalType),
    Tag(FuncType),
}

impl ItemType {
    pub(crate) fn kind(&self) -> ExternalKind {
        match self {
            Self::Function(_) => ExternalKind::Func,
            Self::Table(_) => ExternalKind::Table,
            Self::Memory(_) => ExternalKind::Memory,
            Self::Global(_) => ExternalKind::Global,
            Self::Tag(_) => ExternalKind::Tag,
        }
    }

    /// Returns the type of the memory or table without limits of size.
    pub(super) fn unlimited(mut self) -> Self {
        match &mut self {
            Self::Memory(ty) => (ty.initial, ty.maximum) = (0, None),
            Self::Table(ty) => (ty.initial, ty.maximum) = (0, None),
            _ => {}
        }
        self
    }

    /// Returns whether an item of this type may take the place of an import of that type (core specification,
    /// matching of external types). References to types that a module defines are compared later, when the merged
    /// module is validated.
    pub(super) fn fits(&self, import: &Self) -> bool {
        match (self, import) {
            (Self::Function(found), Self::Function(import))
            | (Self::Tag(found), Self::Tag(import)) => {
                let all = |of: &FuncType| [of.params(), of.results()].concat();
                found.params().len() == import.params().len()
                    && found.results().len() == import.results().len()
                    && all(found).into_iter().zip(all(import)).all(|(a, b)| is_same(a, b))
            }
            (Self::Table(found), Self::Table(import)) => {
                is_same(found.element_type.into(), import.element_type.into())
                    && found.table64 == import.table64
                    && is_within(found.initial, found.maximum, import.initial, import.maximum)
            }
            (Self::Memory(found), Self::Memory(import)) => {
                found.memory64 == import.memory64
                    && found.shared == import.shared
                    && found.page_size_log2.unwrap_or(16) == import.page_size_log2.unwrap_or(16)
                    && is_within(found.initial, found.maximum, import.initial, import.maximum)
            }
            (Self::Global(found), Self::Global(import)) => {
                found.mutable == import.mutable
                    && (is_same(found.content_type, import.content_type)
                        // An immutable global may have a subtype.
                        || !found.mutable
                            && is_ref(found.content_type) && is_ref(import.content_type))
            }
            _ => false,
        }
    }
}

fn is_within(initial: u64, maximum: Option<u64>, least: u64, most: Option<u64>) -> bool {
    initial >= least
        && match (maximum, most) {
            (_, None) => true,
            (Some(maximum), Some(most)) => maximum <= most,
            (None, Some(_)) => false,
        }
}

fn is_same(a: ValType, b: ValType) -> bool {
    a == b || is_concrete(a) && is_concrete(b) && nullable(a) == nullable(b)
}

/// Returns whether it is a reference to a type that a module defines.
pub(super) fn is_concrete(ty: ValType) -> bool {
    matches!(ty, ValType::Ref(ty) if !matches!(ty.heap_type(), HeapType::Abstract { .. }))
}

fn is_ref(ty: ValType) -> bool {
    matches!(ty, ValType::Ref(_))
}

fn nullable(ty: ValType) -> bool {
    matches!(ty, ValType::Ref(ty) if ty.is_nullable())
}

/// Returns the name of a kind of item.
pub(super) fn kind_name(kind: ExternalKind) -> &'static str {
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => "function",
        ExternalKind::Table => "table",
        ExternalKind::Memory => "memory",
        ExternalKind::Global => "global",
        ExternalKind::Tag => "tag",
    }
}

impl fmt::Display for ItemType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limits = |initial: u64, maximum: Option<u64>| match maximum {
            None => format!("{initial} or more"),
            Some(maximum) => format!("{initial} to {maximum}"),
        };
        match self {
            Self::Function(ty) => write!(f, "a function {}", signature(ty)),
            Self::Tag(ty) => write!(f, "a tag ({})", listed(ty.params().iter())),
            Self::Table(ty) => {
                let wide = if ty.table64 { " with 64-bit indices" } else { "" };
                let limits = limits(ty.initial, ty.maximum);
                write!(f, "a table of {limits} {}{wide}", ty.element_type)
            }
            Self::Memory(ty) => {
                let shared = if ty.shared { "shared " } else { "" };
                let wide = if ty.memory64 { "64-bit " } else { "" };
                let limits = limits(ty.initial, ty.maximum);
                write!(f, "a {shared}{wide}memory of {limits} pages")?;
                match ty.page_size_log2 {
                    None => Ok(()),
                    Some(size) => write!(f, " of 2^{size} bytes"),
                }
            }
            Self::Global(ty) => {
                let mutable = if ty.mutable { "mutable " } else { "" };
                write!(f, "a {mutable}global {}", ty.content_type)
            }
        }
    }
}

/// Returns a function's type as `(i32, i64) -> i32`.
fn signature(ty: &FuncType) -> String {
    let params = listed(ty.params().iter());
    match ty.results() {
        [] => format!("({params})"),
        [one] => format!("({params}) -> {one}"),
        more => format!("({params}) -> ({})", listed(more.iter())),
    }
}
