//! Lowering: arguments to slots, and to the guest's memory.
//!
//! What a value lies in is allocated before what is in the value, and everything in the order of the parameters, as the
//! canonical ABI has it; even what is empty is asked for.

use super::within;
use crate::sql::{Datum, Range, SqlType, error, output};
use plwasm_engine::abi::{Layout, Parts, Type};
use plwasm_engine::{Error, Guest, Result, ValRaw, json, name, number};

/// A value as it is lowered: where it is passed as a string, its text; JSON where it is passed as another type.
pub fn prepared(datum: Datum, sql: &SqlType, ty: &Type) -> Datum {
    let ty = match ty {
        Type::Option(some) => some,
        ty => ty,
    };
    match (datum, sql, ty) {
        (Datum::Null, ..) => Datum::Null,
        (Datum::Text(text), SqlType::Json | SqlType::Jsonb, ty) if *ty != Type::String => {
            Datum::Json(text)
        }
        (Datum::Array(elements), SqlType::Array(sql), Type::List(ty)) => {
            Datum::Array(elements.into_iter().map(|element| prepared(element, sql, ty)).collect())
        }
        (Datum::Row(values), SqlType::Row(row), ty) => {
            let types = row.columns.iter().zip(ty.fields().unwrap_or_default());
            let values = values.into_iter().zip(types);
            Datum::Row(values.map(|(value, ((_, sql), ty))| prepared(value, sql, ty)).collect())
        }
        (datum @ (Datum::Interval(_) | Datum::Uuid(_) | Datum::Int(_)), sql, Type::String) => {
            output(&datum, sql).map_or(Datum::Null, Datum::Text)
        }
        (datum, ..) => datum,
    }
}

/// Arguments to slots.
pub fn flat(guest: &mut Guest, params: &[Type], args: &[Datum]) -> Result<Vec<ValRaw>> {
    let mut slots = Vec::new();
    for (i, (ty, arg)) in params.iter().zip(args).enumerate() {
        let mut bytes = vec![0; Layout::of(ty).size as usize];
        argument(i, || store(guest, arg, ty, &mut bytes))?;
        Parts::of(ty).read(&bytes, &mut |slot| slots.push(slot));
    }
    Ok(slots)
}

/// Arguments to a tuple in memory, and its pointer.
pub fn spilled(guest: &mut Guest, params: &[Type], args: &[Datum]) -> Result<ValRaw> {
    let (layout, offsets) = Layout::of_tuple(params);
    let (pointer, _) = guest.allocate(layout.size, layout.align)?;
    let mut bytes = vec![0; layout.size as usize];
    for (i, ((ty, arg), at)) in params.iter().zip(args).zip(offsets).enumerate() {
        argument(i, || store(guest, arg, ty, &mut bytes[at as usize..]))?;
    }
    copy(guest, pointer, &bytes)?;
    Ok(ValRaw::u32(pointer))
}

fn argument(i: usize, run: impl FnOnce() -> Result<()>) -> Result<()> {
    within(|| format!("argument {}", i + 1), run)
}

fn copy(guest: &mut Guest, pointer: u32, bytes: &[u8]) -> Result<()> {
    let length = length(bytes.len())?;
    guest.bytes_mut(pointer, length, "cabi_realloc returned")?.copy_from_slice(bytes);
    Ok(())
}

/// Bytes of a list, which memory of 4 GiB must be able to hold.
fn length(bytes: usize) -> Result<u32> {
    u32::try_from(bytes).map_err(|_| Error::ArgumentSize(bytes))
}

/// One value to where it lies; what is there is zero.
fn store(guest: &mut Guest, datum: &Datum, ty: &Type, out: &mut [u8]) -> Result<()> {
    if let Type::Option(some) = ty {
        if *datum == Datum::Null {
            return Ok(());
        }
        out[0] = 1;
        let (_, payload) = Layout::of_cases(&[None, Some(some)]);
        return present(guest, datum, some, &mut out[payload as usize..]);
    }
    present(guest, datum, ty, out)
}

/// Lowers one value. If its type is an option, `none` does not stand for NULL here.
fn present(guest: &mut Guest, datum: &Datum, ty: &Type, out: &mut [u8]) -> Result<()> {
    let put = |out: &mut [u8], bytes: &[u8]| out[..bytes.len()].copy_from_slice(bytes);
    match (datum, ty) {
        (Datum::Null, _) => {
            return Err(error(
                "22004",
                "a value is null, which its WIT type does not allow",
                Some("An option<T> takes null values."),
            ));
        }
        (Datum::Bool(value), _) => put(out, &[u8::from(*value)]),
        (Datum::Int(value), ty) => put(out, integer(*value, ty)?.as_slice()),
        (Datum::Float4(value), _) => put(out, &value.to_bits().to_le_bytes()),
        (Datum::Float8(value), _) => put(out, &value.to_bits().to_le_bytes()),
        (Datum::Date(days), _) => put(out, &days.to_le_bytes()),
        (Datum::Time(time), _) => put(out, &time.to_le_bytes()),
        (Datum::Text(text), Type::Char) => {
            let mut chars = text.chars();
            match (chars.next(), chars.next()) {
                (Some(only), None) => put(out, &u32::from(only).to_le_bytes()),
                _ => {
                    return Err(error(
                        "22023",
                        "a char takes a text of exactly one character",
                        None,
                    ));
                }
            }
        }
        (Datum::Text(text), Type::U64) => put(out, &number::unsigned(text)?.to_le_bytes()),
        (Datum::Json(text), ty) => json::lower(text, ty, guest, || {}, out)?,
        (Datum::Text(text), _) => bytes(guest, text.as_bytes(), out)?,
        (Datum::Bytes(value), _) => bytes(guest, value, out)?,
        (Datum::Interval(interval), Type::Record(_) | Type::Tuple(_)) => {
            put(out, &interval.months.to_le_bytes());
            put(&mut out[4..], &interval.days.to_le_bytes());
            put(&mut out[8..], &interval.microseconds.to_le_bytes());
        }
        (Datum::Uuid(value), Type::Tuple(_)) => {
            let value = u128::from_be_bytes(*value);
            put(out, &((value >> 64) as u64).to_le_bytes());
            put(&mut out[8..], &(value as u64).to_le_bytes());
        }
        (Datum::Array(flags), Type::Flags(known)) => {
            let mut set = 0u32;
            for flag in flags {
                let flag = if let Datum::Text(flag) = flag { Some(flag) } else { None };
                let bit = flag.and_then(|flag| {
                    known.labels.iter().position(|known| name::matches(known, flag))
                });
                let bit = bit.ok_or_else(|| {
                    let shown =
                        flag.map_or("null".into(), |flag| format!("\"{}\"", name::printable(flag)));
                    error(
                        "22023",
                        format!("{shown} is none of the flags"),
                        Some(&format!("The flags are {}.", known.labels.join(", "))),
                    )
                })?;
                set |= 1 << bit;
            }
            put(out, &set.to_le_bytes()[..Layout::of(ty).size as usize]);
        }
        (Datum::Array(elements), Type::List(of)) => {
            let Layout { size, align } = Layout::of(of);
            let total = length(elements.len().saturating_mul(size as usize))?;
            let (pointer, _) = guest.allocate(total, align)?;
            let mut list = vec![0; total as usize];
            for (i, (element, at)) in
                elements.iter().zip(list.chunks_mut(size as usize)).enumerate()
            {
                within(|| format!("element {}", i + 1), || store(guest, element, of, at))?;
            }
            copy(guest, pointer, &list)?;
            put(out, &pointer.to_le_bytes());
            put(&mut out[4..], &(elements.len() as u32).to_le_bytes());
        }
        (Datum::Row(values), ty) => {
            let fields = ty.fields().unwrap_or_default();
            let (_, offsets) = Layout::of_tuple(fields.iter().copied());
            for (i, ((value, field), at)) in values.iter().zip(fields).zip(offsets).enumerate() {
                let column = || format!("column {}", i + 1);
                within(column, || store(guest, value, field, &mut out[at as usize..]))?;
            }
        }
        (Datum::Range(range), ty) => self::range(guest, range, ty, out)?,
        (Datum::Interval(_) | Datum::Uuid(_) | Datum::Array(_), ty) => {
            return Err(Error::Internal(format!("{datum:?} is passed as {ty}")));
        }
    }
    Ok(())
}

/// An integer, in the width that its type has in memory.
fn integer(value: i64, ty: &Type) -> Result<Vec<u8>> {
    let size = Layout::of(ty).size as usize;
    let range = match ty {
        Type::S8 => Some((-128, 127, "s8")),
        Type::U8 => Some((0, 255, "u8")),
        Type::U16 => Some((0, 65_535, "u16")),
        Type::U32 => Some((0, 0xffff_ffff, "u32")),
        _ => None,
    };
    match range {
        Some((least, most, name)) if !(least..=most).contains(&value) => {
            Err(error("22003", format!("value \"{value}\" is out of range for {name}"), None))
        }
        _ => Ok(value.to_le_bytes()[..size].to_vec()),
    }
}

fn bytes(guest: &mut Guest, bytes: &[u8], out: &mut [u8]) -> Result<()> {
    let length = length(bytes.len())?;
    let (pointer, memory) = guest.allocate(length, 1)?;
    memory.copy_from_slice(bytes);
    out[..4].copy_from_slice(&pointer.to_le_bytes());
    out[4..8].copy_from_slice(&length.to_le_bytes());
    Ok(())
}

fn range(guest: &mut Guest, range: &Range, ty: &Type, out: &mut [u8]) -> Result<()> {
    let fields = ty.fields().unwrap_or_default();
    let (_, offsets) = Layout::of_tuple(fields.iter().copied());
    out[0] = u8::from(range.is_empty);
    if range.is_empty {
        return Ok(());
    }
    for (i, (bound, inclusive)) in [&range.lower, &range.upper].into_iter().enumerate() {
        let what = || ["lower bound", "upper bound"][i].to_string();
        within(what, || store(guest, bound, fields[i + 1], &mut out[offsets[i + 1] as usize..]))?;
        out[offsets[i + 3] as usize] = u8::from(*inclusive);
    }
    Ok(())
}
