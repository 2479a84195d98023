//! The type table: SQL types and their WIT types.

use crate::error;
use pgrx::pg_sys::{self, Oid};
use plwasm_engine::abi::Type;

/// An SQL type that a guest can take or return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqlType {
    Void,
    Bool,
    Int2,
    Int4,
    Int8,
    Oid,
    Float4,
    Float8,
    /// text, varchar, bpchar
    Text,
    Name,
    /// Checked by its own input function on the way out.
    Xml,
    Bytea,
}

impl SqlType {
    /// The type of a parameter.
    ///
    /// Raises 0A000 if it is none of ours.
    pub fn argument(oid: Oid) -> Self {
        match Self::of(oid) {
            Some(ty) if ty != Self::Void => ty,
            _ => unsupported("accept", oid),
        }
    }

    /// The type of a result.
    ///
    /// Raises 0A000 if it is none of ours.
    pub fn result(oid: Oid) -> Self {
        Self::of(oid).unwrap_or_else(|| unsupported("return", oid))
    }

    fn of(oid: Oid) -> Option<Self> {
        Some(match oid {
            // A procedure without OUT parameters has InvalidOid or void.
            pg_sys::VOIDOID | pg_sys::InvalidOid => Self::Void,
            pg_sys::BOOLOID => Self::Bool,
            pg_sys::INT2OID => Self::Int2,
            pg_sys::INT4OID => Self::Int4,
            pg_sys::INT8OID => Self::Int8,
            pg_sys::OIDOID => Self::Oid,
            pg_sys::FLOAT4OID => Self::Float4,
            pg_sys::FLOAT8OID => Self::Float8,
            pg_sys::TEXTOID | pg_sys::VARCHAROID | pg_sys::BPCHAROID => Self::Text,
            pg_sys::NAMEOID => Self::Name,
            pg_sys::XMLOID => Self::Xml,
            pg_sys::BYTEAOID => Self::Bytea,
            _ => return None,
        })
    }

    /// The WIT type; none for void.
    pub fn wit(&self) -> Option<Type> {
        Some(match self {
            Self::Void => return None,
            Self::Bool => Type::Bool,
            Self::Int2 => Type::S16,
            Self::Int4 => Type::S32,
            Self::Int8 => Type::S64,
            Self::Oid => Type::U32,
            Self::Float4 => Type::F32,
            Self::Float8 => Type::F64,
            Self::Text | Self::Name | Self::Xml => Type::String,
            Self::Bytea => Type::Bytes,
        })
    }
}

fn unsupported(verb: &str, oid: Oid) -> ! {
    error::raise_sql(
        "0A000",
        format!("PL/Wasm functions cannot {verb} type {}", error::type_name(oid)),
        Some(
            "Types are bool, int2, int4, int8, oid, float4, float8, text, varchar, char, name, xml, bytea, and void as a result.",
        ),
    )
}
