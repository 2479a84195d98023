//! Lifting: results from slot or memory to values. Everything the guest returned is checked.

use super::signature::Signature;
use super::{Output, within};
use crate::sql::{Datum, Interval, Range, SqlType, input, output};
use plwasm_engine::abi::{Failure, Layout, Lift, Parts, Type, discriminant, word};
use plwasm_engine::{Error, Guest, Result, ValRaw, json};
use std::borrow::Cow;
use std::cell::Cell;

/// `plwasm.max_result_size` as a server has it, in bytes: the most of all strings, lists and rows of one result.
const MAX_RESULT: usize = 256 << 20;

/// `IS_VALID_DATE`, `IS_VALID_TIMESTAMP` and `time` with midnight at both ends.
const DATES: std::ops::Range<i32> = -2_451_545..2_145_031_949;
const TIMESTAMPS: std::ops::Range<i64> = -211_813_488_000_000_000..9_223_371_331_200_000_000;
const TIMES: std::ops::RangeInclusive<i64> = 0..=86_400_000_000;

impl Signature {
    /// The result that is in a slot, or behind it.
    ///
    /// # Errors
    /// What breaks the ABI; what the guest says went wrong.
    pub fn lift(&self, guest: &Guest, slot: &ValRaw) -> Result<Output> {
        let Some(ty) = &self.result else { return Ok(Output::Value(Datum::Text(String::new()))) };
        let from = Lifting { guest, taken: Cell::new(0) };
        let Layout { size, align } = Layout::of(ty);
        let mut flat;
        let bytes = match self.core().result_spilled() {
            true => {
                let pointer = slot.get_u32();
                if pointer & (align - 1) != 0 {
                    return Err(Error::Abi(format!(
                        "the result's pointer {pointer:#x} is not a multiple of {align}"
                    )));
                }
                guest.bytes(pointer, size, "the result is")?
            }
            false => {
                flat = vec![0; size as usize];
                let slots = std::slice::from_ref(slot);
                within(|| "the result".into(), || Parts::of(ty).write(slots, &mut flat))?;
                &flat
            }
        };
        match self.failure() {
            None => self.value(ty, bytes, &from),
            Some(result) => {
                let cases = [result.ok.as_ref(), result.err.as_ref()];
                let (_, payload) = Layout::of_cases(&cases);
                let payload = &bytes[(payload as usize).min(bytes.len())..];
                match (bytes[0], &result.ok) {
                    (0, Some(ok)) => self.value(ok, payload, &from),
                    (0, None) => Ok(Output::Value(Datum::Text(String::new()))),
                    (1, _) => Err(Failure::of(result.err.as_ref()).load(payload, &from)),
                    (other, _) => Err(Error::no_case(other.into(), 2)),
                }
            }
        }
    }

    fn value(&self, ty: &Type, bytes: &[u8], from: &Lifting) -> Result<Output> {
        match (ty, self.returns_set) {
            (Type::List(row), true) => {
                let Layout { size, align } = Layout::of(row);
                let rows = from.list(bytes, size, align)?;
                let row = |(i, bytes)| {
                    within(|| format!("row {}", i + 1), || from.load(&self.sql_result, row, bytes))
                };
                Ok(Output::Rows(rows.enumerate().map(row).collect::<Result<_>>()?))
            }
            _ => within(
                || "the result".into(),
                || Ok(Output::Value(from.load(&self.sql_result, ty, bytes)?)),
            ),
        }
    }
}

/// A result on its way out of a guest.
struct Lifting<'g> {
    guest: &'g Guest,
    /// Bytes of what was read: a few bytes of a guest's can stand for any number of values.
    taken: Cell<usize>,
}

impl<'g> Lifting<'g> {
    /// The elements of a list whose pointer and length are there.
    fn list(&self, bytes: &[u8], size: u32, align: u32) -> Result<std::slice::Chunks<'g, u8>> {
        let count = u32::from_le_bytes(word(&bytes[4..]));
        let bytes = self.guest.list(bytes, size, align)?;
        // A value takes more here than there.
        self.take(count as usize * (size as usize).max(size_of::<Datum>()).min(64))?;
        // Elements without fields: there are none in WIT.
        Ok(bytes.chunks((size as usize).max(1)))
    }

    fn take(&self, bytes: usize) -> Result<()> {
        self.taken.set(self.taken.get().saturating_add(bytes));
        match self.taken.get() > MAX_RESULT {
            true => Err(Error::ResultLimit { limit: MAX_RESULT }),
            false => Ok(()),
        }
    }

    fn raw(&self, bytes: &[u8]) -> Result<&'g [u8]> {
        let bytes = self.guest.list(bytes, 1, 1)?;
        self.take(bytes.len())?;
        Ok(bytes)
    }

    /// A string whose pointer and length are there.
    fn string(&self, bytes: &[u8]) -> Result<&'g str> {
        let bytes = self.raw(bytes)?;
        checked(bytes)
    }

    /// One value from memory, whose bytes those begin with.
    fn load(&self, sql: &SqlType, ty: &Type, bytes: &[u8]) -> Result<Datum> {
        if let Type::Option(some) = ty {
            let (_, payload) = Layout::of_cases(&[None, Some(some)]);
            return match bytes[0] {
                0 => Ok(Datum::Null),
                1 => self.present(sql, some, &bytes[payload as usize..]),
                other => Err(Error::no_case(other.into(), 2)),
            };
        }
        self.present(sql, ty, bytes)
    }

    /// Lifts one value. If its type is an option, `none` does not stand for NULL here.
    fn present(&self, sql: &SqlType, ty: &Type, bytes: &[u8]) -> Result<Datum> {
        Ok(match (ty, sql) {
            (ty, SqlType::Json | SqlType::Jsonb) if *ty != Type::String => {
                let text = self.json(ty, bytes)?;
                input(&text, sql)?
            }
            (Type::Bool, _) => Datum::Bool(bytes[0] != 0),
            (Type::S8, _) => Datum::Int(i64::from(bytes[0] as i8)),
            (Type::U8, _) => Datum::Int(bytes[0].into()),
            (Type::S16, _) => Datum::Int(i16::from_le_bytes(word(bytes)).into()),
            (Type::U16, _) => Datum::Int(u16::from_le_bytes(word(bytes)).into()),
            (Type::S32, SqlType::Date) => date(i32::from_le_bytes(word(bytes)))?,
            (Type::S32, _) => Datum::Int(i32::from_le_bytes(word(bytes)).into()),
            (Type::U32, _) => Datum::Int(u32::from_le_bytes(word(bytes)).into()),
            (Type::S64, SqlType::Time) => time(i64::from_le_bytes(word(bytes)))?,
            (Type::S64, SqlType::Timestamp | SqlType::Timestamptz) => {
                timestamp(i64::from_le_bytes(word(bytes)))?
            }
            (Type::S64, _) => Datum::Int(i64::from_le_bytes(word(bytes))),
            (Type::U64, _) => Datum::Text(u64::from_le_bytes(word(bytes)).to_string()),
            (Type::F32, _) => Datum::Float4(f32::from_le_bytes(word(bytes))),
            (Type::F64, _) => Datum::Float8(f64::from_le_bytes(word(bytes))),
            (Type::Char, _) => {
                let code = u32::from_le_bytes(word(bytes));
                let char = char::from_u32(code).ok_or_else(|| Error::no_char(code))?;
                Datum::Text(checked(char.encode_utf8(&mut [0; 4]).as_bytes())?.to_string())
            }
            (Type::String, SqlType::Text) => Datum::Text(self.string(bytes)?.to_string()),
            // What its input function makes of it.
            (Type::String, sql) => input(self.string(bytes)?, sql)?,
            (Type::List(_), SqlType::Bytea) => Datum::Bytes(self.raw(bytes)?.to_vec()),
            (Type::List(of), SqlType::Array(element)) => {
                let Layout { size, align } = Layout::of(of);
                let elements = self.list(bytes, size, align)?.enumerate().map(|(i, bytes)| {
                    within(|| format!("element {}", i + 1), || self.load(element, of, bytes))
                });
                Datum::Array(elements.collect::<Result<_>>()?)
            }
            (Type::Enum(labels), _) => {
                let label = discriminant(ty, bytes);
                if label as usize >= labels.labels.len() {
                    return Err(Error::no_case(label, labels.labels.len()));
                }
                Datum::Int(label.into())
            }
            (Type::Flags(flags), _) => {
                let set = discriminant(ty, bytes);
                let names = flags.labels.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1);
                Datum::Array(names.map(|(_, name)| Datum::Text(name.clone())).collect())
            }
            (_, SqlType::Interval) => Datum::Interval(Interval {
                months: i32::from_le_bytes(word(bytes)),
                days: i32::from_le_bytes(word(&bytes[4..])),
                microseconds: i64::from_le_bytes(word(&bytes[8..])),
            }),
            (_, SqlType::Uuid) => {
                let [high, low] = [0, 8].map(|at| u64::from_le_bytes(word(&bytes[at..])));
                Datum::Uuid((u128::from(high) << 64 | u128::from(low)).to_be_bytes())
            }
            (ty, SqlType::Row(row)) => {
                let fields = ty.fields().unwrap_or_default();
                let (_, offsets) = Layout::of_tuple(fields.iter().copied());
                let columns =
                    row.columns.iter().zip(fields).zip(offsets).map(|(((name, sql), ty), at)| {
                        within(
                            || format!("column \"{name}\""),
                            || self.load(sql, ty, &bytes[at as usize..]),
                        )
                    });
                Datum::Row(columns.collect::<Result<_>>()?)
            }
            (ty, SqlType::Range(subtype)) => self.range(subtype, ty, bytes)?,
            (ty, sql) => return Err(Error::Internal(format!("{sql} is returned as {ty}"))),
        })
    }

    fn json(&self, ty: &Type, bytes: &[u8]) -> Result<String> {
        let room = |text: &mut String, more: usize| {
            let taken = self.taken.get() + 4 * (text.len() + more);
            match taken > MAX_RESULT {
                true => Err(Error::ResultLimit { limit: MAX_RESULT }),
                false => Ok(()),
            }
        };
        let text = json::lift(ty, bytes, self.guest, &room, || {})?;
        self.take(4 * text.len())?;
        Ok(text)
    }

    fn range(&self, subtype: &SqlType, ty: &Type, bytes: &[u8]) -> Result<Datum> {
        if bytes[0] != 0 {
            return Ok(Datum::Range(Range::empty()));
        }
        let fields = ty.fields().unwrap_or_default();
        let (_, offsets) = Layout::of_tuple(fields.iter().copied());
        let bound = |i: usize| -> Result<(Box<Datum>, bool)> {
            let what = || ["lower bound", "upper bound"][i].to_string();
            let at = offsets[i + 1] as usize;
            let value = within(what, || self.load(subtype, fields[i + 1], &bytes[at..]))?;
            Ok((Box::new(value), bytes[offsets[i + 3] as usize] != 0))
        };
        let range = Range { is_empty: false, lower: bound(0)?, upper: bound(1)? };
        let text = output(&Datum::Range(range), &SqlType::Range(subtype.clone().into()));
        input(text.as_deref().unwrap_or_default(), &SqlType::Range(subtype.clone().into()))
    }
}

/// What a guest's own error is read from.
impl Lift for Lifting<'_> {
    fn string(&self, bytes: &[u8]) -> Result<Cow<'_, str>> {
        self.string(bytes).map(Cow::Borrowed)
    }

    fn list(&self, bytes: &[u8], size: u32, align: u32) -> Result<impl Iterator<Item = &[u8]>> {
        self.list(bytes, size, align)
    }
}

/// A guest's string: UTF-8, and without the one character that PostgreSQL's text lacks.
fn checked(bytes: &[u8]) -> Result<&str> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Error::not_utf8(error.valid_up_to(), bytes.len()))?;
    match text.contains('\0') {
        true => Err(Error::NulByte),
        false => Ok(text),
    }
}

fn date(days: i32) -> Result<Datum> {
    match matches!(days, i32::MIN | i32::MAX) || DATES.contains(&days) {
        true => Ok(Datum::Date(days)),
        false => Err(Error::DateRange { what: "date", value: days.into() }),
    }
}

fn time(microseconds: i64) -> Result<Datum> {
    match TIMES.contains(&microseconds) {
        true => Ok(Datum::Time(microseconds)),
        false => Err(Error::DateRange { what: "time", value: microseconds }),
    }
}

fn timestamp(value: i64) -> Result<Datum> {
    match matches!(value, i64::MIN | i64::MAX) || TIMESTAMPS.contains(&value) {
        true => Ok(Datum::Time(value)),
        false => Err(Error::DateRange { what: "timestamp", value }),
    }
}
