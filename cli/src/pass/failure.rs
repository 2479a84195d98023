//! What a guest returns in place of a result: the `err` of a `result`, as an SQL error.

use super::lift::{Lifting, discriminant, word};
use plwasm_engine::abi::{Layout, Type};
use plwasm_engine::{Error, Result, name};
use std::fmt::Write;

/// SQLSTATE 38000, external_routine_exception.
const EXTERNAL: &str = "38000";

/// A longer text says no more.
const MAX_SHOWN: usize = 1000;

/// The error that lies there.
pub fn load(ty: Option<&Type>, bytes: &[u8], from: &Lifting) -> Error {
    read(ty, bytes, from).unwrap_or_else(|broken| broken)
}

fn read(ty: Option<&Type>, bytes: &[u8], from: &Lifting) -> Result<Error> {
    let external =
        |message| Error::Guest { sqlstate: EXTERNAL.into(), message, detail: None, hint: None };
    let text = |bytes: &[u8]| from.string(bytes).map(str::to_string);
    Ok(match ty {
        None => external("WebAssembly function failed".into()),
        Some(Type::String) => external(text(bytes)?),
        Some(ty) if is_error(ty) => {
            let (_, offsets) = Layout::of_tuple(ty.fields().unwrap_or_default());
            let (_, payload) = Layout::of_cases(&[None, Some(&Type::String)]);
            let at = |i: usize| &bytes[offsets[i] as usize..];
            let optional = |bytes: &[u8]| match bytes[0] {
                0 => Ok(None),
                1 => text(&bytes[payload as usize..]).map(Some),
                other => Err(Error::no_case(other.into(), 2)),
            };
            Error::Guest {
                sqlstate: sqlstate(text(at(0))?)?,
                message: text(at(1))?,
                detail: optional(at(2))?,
                hint: optional(at(3))?,
            }
        }
        Some(ty) => {
            let mut shown = String::new();
            show(ty, bytes, from, &mut shown)?;
            external(format!("WebAssembly function failed with {shown}"))
        }
    })
}

/// Whether it is `plwasm:types/types.error`.
fn is_error(ty: &Type) -> bool {
    let Type::Record(record) = ty else { return false };
    let optional = Type::String.option();
    let wanted = [
        ("sqlstate", &Type::String),
        ("message", &Type::String),
        ("detail", &optional),
        ("hint", &optional),
    ];
    record.fields.len() == wanted.len()
        && record
            .fields
            .iter()
            .zip(wanted)
            .all(|(field, (name, ty))| field.name == name && field.ty == *ty)
}

/// An SQLSTATE that an error can have: not one of success, warnings or no data.
fn sqlstate(text: String) -> Result<String> {
    let is_error = text.len() == 5
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        && !["00", "01", "02"].contains(&&text[..2]);
    match (text.is_empty(), is_error) {
        (true, _) => Ok(EXTERNAL.into()),
        (_, true) => Ok(text),
        _ => Err(Error::SqlState(name::printable(&text))),
    }
}

/// A value as WIT would write it.
fn show(ty: &Type, bytes: &[u8], from: &Lifting, out: &mut String) -> Result<()> {
    if out.len() > MAX_SHOWN {
        return Ok(());
    }
    if let Some(fields) = ty.fields() {
        let (_, offsets) = Layout::of_tuple(fields.iter().copied());
        out.push('{');
        for (i, (field, at)) in fields.iter().zip(offsets).enumerate() {
            out.push_str(if i == 0 { "" } else { ", " });
            if let Type::Record(record) = ty {
                let _ = write!(out, "{}: ", record.fields[i].name);
            }
            show(field, &bytes[at as usize..], from, out)?;
        }
        out.push('}');
        return Ok(());
    }
    if let Some(cases) = ty.cases() {
        let case = discriminant(ty, bytes);
        let Some(payload) = cases.get(case as usize) else {
            return Err(Error::no_case(case, cases.len()));
        };
        out.push_str(match ty {
            Type::Variant(variant) => &variant.cases[case as usize].name,
            Type::Enum(labels) => &labels.labels[case as usize],
            Type::Option(_) => ["none", "some"][case as usize],
            _ => ["ok", "err"][case as usize],
        });
        if let Some(payload) = payload {
            let (_, at) = Layout::of_cases(&cases);
            out.push('(');
            show(payload, &bytes[at as usize..], from, out)?;
            out.push(')');
        }
        return Ok(());
    }
    let _ = match ty {
        Type::Bool => write!(out, "{}", bytes[0] != 0),
        Type::S8 => write!(out, "{}", bytes[0] as i8),
        Type::U8 => write!(out, "{}", bytes[0]),
        Type::S16 => write!(out, "{}", i16::from_le_bytes(word(bytes))),
        Type::U16 => write!(out, "{}", u16::from_le_bytes(word(bytes))),
        Type::S32 => write!(out, "{}", i32::from_le_bytes(word(bytes))),
        Type::U32 => write!(out, "{}", u32::from_le_bytes(word(bytes))),
        Type::S64 => write!(out, "{}", i64::from_le_bytes(word(bytes))),
        Type::U64 => write!(out, "{}", u64::from_le_bytes(word(bytes))),
        Type::F32 => write!(out, "{}", f32::from_le_bytes(word(bytes))),
        Type::F64 => write!(out, "{}", f64::from_le_bytes(word(bytes))),
        Type::Char => {
            let char = char::from_u32(u32::from_le_bytes(word(bytes))).unwrap_or('\u{fffd}');
            write!(out, "{char:?}")
        }
        Type::String => {
            let text = from.string(bytes)?;
            write!(out, "{:?}", text.chars().take(MAX_SHOWN).collect::<String>())
        }
        Type::List(element) => {
            let Layout { size, align } = Layout::of(element);
            out.push('[');
            for (i, bytes) in from.list(bytes, size, align)?.take(20).enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                show(element, bytes, from, out)?;
            }
            write!(out, "]")
        }
        Type::Flags(flags) => {
            let set = discriminant(ty, bytes);
            let names = flags.labels.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1);
            let names: Vec<_> = names.map(|(_, name)| name.as_str()).collect();
            write!(out, "{{{}}}", names.join(", "))
        }
        _ => Ok(()),
    };
    Ok(())
}
