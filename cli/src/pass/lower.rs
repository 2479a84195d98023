//! Lowering: converts arguments to slots and guest memory.
//!
//! The engine has the part that does not depend on SQL values ([`pass::Lowering`]).

use super::Pass;
use crate::sql::{Datum, Range, SqlType, output};
use plwasm_engine::abi::{Layout, Type};
use plwasm_engine::pass::array::element;
use plwasm_engine::pass::path::within;
use plwasm_engine::pass::{self, Narrow, Place, char_of, lowering};
use plwasm_engine::sql::Base;
use plwasm_engine::{Error, Guest, Result, ValRaw, number};

type Lowering<'g> = pass::Lowering<'g, Pass>;

/// Lowers arguments to their slots, or to a single slot with a pointer to all of them. A method gets `representation`
/// first.
///
/// # Errors
/// Errors of an argument, and of the guest's allocator.
pub(super) fn lower(
    guest: &mut Guest,
    signature: &super::Signature,
    representation: u32,
    args: &[Datum],
) -> Result<Vec<ValRaw>> {
    let first = usize::from(signature.is_method);
    Lowering::new(guest).arguments(&signature.core(), |i, place, base, to| {
        let Some(i) = i.checked_sub(first) else {
            to.put(base + place.offset as usize, &representation.to_le_bytes());
            return Ok(());
        };
        let (sql, ty) = (&signature.sql_params[i], &signature.params[i]);
        place.within(|| store(&args[i], sql, ty, place, base, to))
    })
}

/// Writes a value to its place in scratch. The larger value begins at offset `base`.
fn store(
    datum: &Datum,
    sql: &SqlType,
    ty: &Type,
    place: &Place,
    base: usize,
    to: &mut Lowering,
) -> Result<()> {
    let ty = match ty {
        Type::Option(some) => some,
        ty => ty,
    };
    let datum = (*datum != Datum::Null).then_some(datum);
    place.store(datum, base, to, |datum, at, to| present(datum, sql, ty, at, to))
}

/// Writes a value that is not NULL to scratch at `at`.
fn present(datum: &Datum, sql: &SqlType, ty: &Type, at: usize, to: &mut Lowering) -> Result<()> {
    match (datum, sql, ty) {
        (Datum::Text(text), _, Type::String) => to.string(at, text.as_bytes())?,
        (_, _, Type::String) => {
            to.string(at, output(datum, sql).unwrap_or_default().as_bytes())?;
        }
        (Datum::Text(text), SqlType::Base(Base::Json | Base::Jsonb), ty) => {
            to.json(at, text, ty)?;
        }
        (Datum::Text(text), _, Type::Char) => {
            to.put(at, &u32::from(char_of(text)?).to_le_bytes());
        }
        (Datum::Text(text), ..) => to.put(at, &number::unsigned(text)?.to_le_bytes()),
        (Datum::Bool(value), ..) => to.put(at, &[u8::from(*value)]),
        (Datum::Int(value), ..) => {
            let bits = match Narrow::of(ty) {
                Some(narrow) => narrow.lower(*value)?.into(),
                None => *value,
            };
            to.put(at, &bits.to_le_bytes()[..Layout::of(ty).size as usize]);
        }
        (Datum::Float4(value), ..) => to.put(at, &value.to_bits().to_le_bytes()),
        (Datum::Float8(value), ..) => to.put(at, &value.to_bits().to_le_bytes()),
        (Datum::Date(days), ..) => to.put(at, &days.to_le_bytes()),
        (Datum::Time(time), ..) => to.put(at, &time.to_le_bytes()),
        (Datum::Bytes(bytes), ..) => to.string(at, bytes)?,
        (Datum::Interval(interval), ..) => {
            to.put(at, &interval.months.to_le_bytes());
            to.put(at + 4, &interval.days.to_le_bytes());
            to.put(at + 8, &interval.microseconds.to_le_bytes());
        }
        (Datum::Uuid(value), ..) => {
            let value = u128::from_be_bytes(*value);
            to.put(at, &((value >> 64) as u64).to_le_bytes());
            to.put(at + 8, &(value as u64).to_le_bytes());
        }
        (Datum::Array(names), _, Type::Flags(flags)) => {
            let set = names.elements.iter().try_fold(0, |set, name| {
                let name = if let Datum::Text(name) = name { Some(name.as_str()) } else { None };
                Ok::<_, Error>(set | lowering::flag(flags, name)?)
            })?;
            to.discriminate(at, set, Layout::of(ty).size);
        }
        (Datum::Array(array), SqlType::Array(sql), Type::List(_)) => {
            let (lists, ty) = sql.lists(ty);
            let Layout { size, align } = lists.element;
            let place = Place::new(ty, 0, "an element");
            lists.store(&array.lengths, at, to, &mut |first, count, at, to| {
                to.list(at, count, size, align, |i, base, to| {
                    let datum = &array.elements[first + i];
                    within(|| element(i), || store(datum, sql, ty, &place, base, to))
                })
            })?;
        }
        (Datum::Row(values), SqlType::Row(row), ty) => {
            let fields = ty.fields().unwrap_or_default();
            let (_, offsets) = Layout::of_tuple(fields.iter().copied());
            let columns = row.columns.iter().zip(values).zip(fields.into_iter().zip(offsets));
            for (((name, sql), value), (ty, offset)) in columns {
                let place = Place::new(ty, offset, format!("column \"{name}\""));
                place.within(|| store(value, sql, ty, &place, at, to))?;
            }
        }
        (Datum::Range(range), SqlType::Range(subtype), ty) => {
            bounds(range, &SqlType::Base(*subtype), ty, at, to)?;
        }
        (Datum::Null | Datum::Array(_) | Datum::Row(_) | Datum::Range(_), sql, ty) => {
            return Err(Error::Internal(format!("{sql} is passed as {ty}")));
        }
    }
    Ok(())
}

/// Writes the record of a range to scratch at `at`.
fn bounds(range: &Range, sql: &SqlType, ty: &Type, at: usize, to: &mut Lowering) -> Result<()> {
    to.put(at, &[u8::from(range.is_empty)]);
    if range.is_empty {
        return Ok(());
    }
    let fields = ty.fields().unwrap_or_default();
    let (_, offsets) = Layout::of_tuple(fields.iter().copied());
    let bounds = [("lower bound", &range.lower), ("upper bound", &range.upper)];
    for (i, (what, (bound, inclusive))) in bounds.into_iter().enumerate() {
        let place = Place::new(fields[i + 1], offsets[i + 1], what);
        place.within(|| store(bound, sql, fields[i + 1], &place, at, to))?;
        to.put(at + offsets[i + 3] as usize, &[u8::from(*inclusive)]);
    }
    Ok(())
}
