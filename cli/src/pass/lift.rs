//! Lifting: converts results from slots and guest memory to values. Everything that the guest returned is checked.
//!
//! The engine has the part that does not depend on SQL values ([`pass::Lifting`]).

use super::signature::Signature;
use super::{Output, Pass};
use crate::sql::{Array, Datum, Interval, Range, SqlType, input, output};
use plwasm_engine::abi::{Layout, Type, word};
use plwasm_engine::pass::array::element;
use plwasm_engine::pass::path::within;
use plwasm_engine::pass::{
    self, GuestError, Lift, Narrow, Place, lifting, load_char, load_date, load_time, load_timestamp,
};
use plwasm_engine::sql::Base;
use plwasm_engine::{Error, Guest, Result, ValRaw, json};
use std::borrow::Cow;
use std::cell::Cell;

/// The default of `plwasm.max_result_size`, in bytes: the maximum size of all strings, lists and rows of one result.
const MAX_RESULT: usize = 256 << 20;

impl Signature {
    /// Lifts the result in a slot, or in the memory that the slot points to.
    ///
    /// # Errors
    /// [`Error::Abi`] if the guest breaks the ABI; the error that the guest returned.
    pub(crate) fn lift(&self, guest: &Guest, slot: &ValRaw) -> Result<Output> {
        let void = || Ok(Output::Value(Datum::Text(String::new())));
        let Some(ty) = &self.result else { return void() };
        let from = Lifting { memory: pass::Lifting::new(guest), taken: Cell::new(0) };
        let bytes = &*from.memory.result(ty, slot)?;
        let Some(result) = self.failure() else { return self.value(ty, bytes, &from) };
        let cases = [result.ok.as_ref(), result.err.as_ref()];
        let (_, payload) = Layout::of_cases(&cases);
        let payload = &bytes[(payload as usize).min(bytes.len())..];
        match (lifting::is_ok(bytes)?, &result.ok) {
            (true, Some(ok)) => self.value(ok, payload, &from),
            (true, None) => void(),
            (false, _) => Err(GuestError::of(result.err.as_ref()).load(payload, &from)),
        }
    }

    fn value(&self, ty: &Type, bytes: &[u8], from: &Lifting) -> Result<Output> {
        if let (Type::List(ty), true) = (ty, self.returns_set) {
            let place = Place::new(ty, 0, "a row");
            let row = |(i, bytes)| {
                let row = || format!("row {}", i + 1);
                within(row, || from.load(&self.sql_result, ty, &place, bytes))
            };
            return Ok(Output::Rows(from.list(ty, bytes)?.map(row).collect::<Result<_>>()?));
        }
        let place = Place::new(ty, 0, "the result");
        Ok(Output::Value(from.part(&self.sql_result, ty, &place, bytes)?))
    }
}

/// A result that is read out of a guest.
struct Lifting<'g> {
    memory: pass::Lifting<'g, Pass>,
    /// The number of bytes that were read, counted because a few bytes of a guest can stand for any number of values.
    taken: Cell<usize>,
}

impl<'g> Lifting<'g> {
    /// Returns the elements of a list whose pointer and length `bytes` begins with.
    fn list(&self, ty: &Type, bytes: &[u8]) -> Result<lifting::List<'g, Pass>> {
        let Layout { size, align } = Layout::of(ty);
        let list = self.memory.list(bytes, size, align)?;
        self.take_list(list.len(), size)?;
        Ok(list)
    }

    fn take_list(&self, count: usize, size: u32) -> Result<()> {
        // A value takes more memory here than in the guest.
        self.take(count.saturating_mul((size as usize).max(size_of::<Datum>()).min(64)))
    }

    fn take(&self, bytes: usize) -> Result<()> {
        self.taken.set(self.taken.get().saturating_add(bytes));
        match self.taken.get() > MAX_RESULT {
            true => Err(Error::ResultLimit { limit: MAX_RESULT }),
            false => Ok(()),
        }
    }

    /// Returns the string whose pointer and length `bytes` begins with.
    fn text(&self, bytes: &[u8]) -> Result<&'g str> {
        self.memory.string(bytes, |length| self.take(length))
    }

    /// Loads a value from its place. Adds the place to the path of an error.
    fn part(&self, sql: &SqlType, ty: &Type, place: &Place, bytes: &[u8]) -> Result<Datum> {
        place.within(|| self.load(sql, ty, place, bytes))
    }

    /// Loads a value from its place.
    fn load(&self, sql: &SqlType, ty: &Type, place: &Place, bytes: &[u8]) -> Result<Datum> {
        let ty = match ty {
            Type::Option(some) => some,
            ty => ty,
        };
        let datum = place.load(bytes, |bytes| self.present(sql, ty, bytes))?;
        Ok(datum.unwrap_or(Datum::Null))
    }

    /// Loads a value that is not NULL, which `bytes` begins with.
    fn present(&self, sql: &SqlType, ty: &Type, bytes: &[u8]) -> Result<Datum> {
        Ok(match (sql, ty) {
            (SqlType::Base(Base::Text), Type::String) => Datum::Text(self.text(bytes)?.to_string()),
            // The input function of the type reads the string.
            (sql, Type::String) => input(self.text(bytes)?, sql)?,
            (SqlType::Base(base), ty) => self.base(*base, ty, bytes)?,
            (SqlType::Array(_), Type::Flags(flags)) => {
                let names = lifting::flags(bytes, Layout::of(ty).size, flags);
                Datum::Array(Array::of(names.map(|name| Datum::Text(name.to_string())).collect()))
            }
            (SqlType::Array(sql), Type::List(_)) => self.array(sql, ty, bytes)?,
            (SqlType::Enum(_), Type::Enum(labels)) => {
                let label = lifting::case(bytes, Layout::of(ty).size, labels.labels.len())?;
                Datum::Int(label.into())
            }
            (SqlType::Row(row), ty) => {
                let fields = ty.fields().unwrap_or_default();
                let (_, offsets) = Layout::of_tuple(fields.iter().copied());
                let columns = row.columns.iter().zip(fields.into_iter().zip(offsets));
                let columns = columns.map(|((name, sql), (ty, offset))| {
                    let place = Place::new(ty, offset, format!("column \"{name}\""));
                    self.part(sql, ty, &place, bytes)
                });
                Datum::Row(columns.collect::<Result<_>>()?)
            }
            (SqlType::Range(subtype), ty) => self.range(*subtype, ty, bytes)?,
            (sql, ty) => return Err(Error::Internal(format!("{sql} is returned as {ty}"))),
        })
    }

    /// Loads an array of elements of type `sql` from lists of type `ty`.
    fn array(&self, sql: &SqlType, ty: &Type, bytes: &[u8]) -> Result<Datum> {
        let (lists, ty) = sql.lists(ty);
        let (list, lengths) = lists.open(bytes, &self.memory)?;
        self.take_list(lengths.visited(), lists.element.size)?;
        let place = Place::new(ty, 0, "an element");
        let mut elements = Vec::new();
        lists.load(list, &lengths, &self.memory, &mut |list| {
            for (i, bytes) in list {
                elements.push(within(|| element(i), || self.load(sql, ty, &place, bytes))?);
            }
            Ok(())
        })?;
        Ok(Datum::Array(Array::new(lengths.to_vec(), elements)))
    }

    /// Loads a value of a built-in type that is not passed as a string.
    fn base(&self, base: Base, ty: &Type, bytes: &[u8]) -> Result<Datum> {
        Ok(match (base, ty) {
            (Base::Json | Base::Jsonb, ty) => input(&self.json(ty, bytes)?, &SqlType::Base(base))?,
            (Base::Bool, _) => Datum::Bool(bytes[0] != 0),
            (Base::Date, _) => Datum::Date(load_date(bytes)?),
            (Base::Time, _) => Datum::Time(load_time(bytes)?),
            (Base::Timestamp | Base::Timestamptz, _) => Datum::Time(load_timestamp(bytes)?),
            (Base::Float4, _) => Datum::Float4(f32::from_le_bytes(word(bytes))),
            (Base::Float8, _) => Datum::Float8(f64::from_le_bytes(word(bytes))),
            (Base::Numeric, _) => Datum::Text(u64::from_le_bytes(word(bytes)).to_string()),
            (Base::Text, _) => Datum::Text(load_char(bytes)?.into()),
            (Base::Bytea, _) => {
                let bytes = self.memory.bytes(bytes)?;
                self.take(bytes.len())?;
                Datum::Bytes(bytes.to_vec())
            }
            (Base::Interval, _) => Datum::Interval(Interval {
                months: i32::from_le_bytes(word(bytes)),
                days: i32::from_le_bytes(word(&bytes[4..])),
                microseconds: i64::from_le_bytes(word(&bytes[8..])),
            }),
            (Base::Uuid, _) => {
                let [high, low] = [0, 8].map(|at| u64::from_le_bytes(word(&bytes[at..])));
                Datum::Uuid((u128::from(high) << 64 | u128::from(low)).to_be_bytes())
            }
            (_, Type::S16) => Datum::Int(i16::from_le_bytes(word(bytes)).into()),
            (_, Type::S32) => Datum::Int(i32::from_le_bytes(word(bytes)).into()),
            (_, Type::S64) => Datum::Int(i64::from_le_bytes(word(bytes))),
            (base, ty) => match Narrow::of(ty) {
                Some(narrow) => Datum::Int(narrow.load(bytes)),
                None => return Err(Error::Internal(format!("{} is returned as {ty}", base.sql()))),
            },
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
        let text = json::lift(ty, bytes, self.memory.guest, &room, || {})?;
        self.take(4 * text.len())?;
        Ok(text)
    }

    fn range(&self, subtype: Base, ty: &Type, bytes: &[u8]) -> Result<Datum> {
        if bytes[0] != 0 {
            return Ok(Datum::Range(Range::empty()));
        }
        let fields = ty.fields().unwrap_or_default();
        let (_, offsets) = Layout::of_tuple(fields.iter().copied());
        let bound = |i: usize, what| -> Result<(Box<Datum>, bool)> {
            let place = Place::new(fields[i + 1], offsets[i + 1], what);
            let value = self.part(&SqlType::Base(subtype), fields[i + 1], &place, bytes)?;
            Ok((Box::new(value), bytes[offsets[i + 3] as usize] != 0))
        };
        let (lower, upper) = (bound(0, "lower bound")?, bound(1, "upper bound")?);
        let range = Range { is_empty: false, lower, upper };
        let ty = SqlType::Range(subtype);
        input(output(&Datum::Range(range), &ty).as_deref().unwrap_or_default(), &ty)
    }
}

/// Reads the parts of a guest's error.
impl Lift for Lifting<'_> {
    fn string(&self, bytes: &[u8]) -> Result<Cow<'_, str>> {
        self.text(bytes).map(Cow::Borrowed)
    }

    fn list(&self, bytes: &[u8], size: u32, align: u32) -> Result<impl Iterator<Item = &[u8]>> {
        let list = self.memory.list(bytes, size, align)?;
        self.take(list.bytes().len())?;
        Ok(list.map(|(_, element)| element))
    }
}
