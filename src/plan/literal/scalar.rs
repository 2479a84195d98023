//! Values that are one constant: numbers, dates, texts and text forms, ranges.

use super::super::range::Range;
use super::super::text_form::TextForm;
use super::super::value::{Conversion, Value};
use super::{Literals, Refusal};
use pgrx::pg_sys::{self, Datum, Oid};
use std::fmt::Write;

impl Literals {
    /// Returns the text of a value without parts, and whether it needs no quotes.
    ///
    /// # Safety
    /// `datum` must be of the value's type.
    pub(super) unsafe fn scalar(
        &self,
        value: &Value,
        datum: Datum,
    ) -> Result<(String, bool), Refusal> {
        let bits = datum.value();
        // SAFETY: the caller's promise, in all that follows.
        let text = unsafe {
            match &value.conversion {
                Conversion::Bool => return Ok(((bits as u8 != 0).to_string(), true)),
                Conversion::Int2 => return Ok(((bits as i16).to_string(), true)),
                Conversion::Int4 => return Ok(((bits as i32).to_string(), true)),
                Conversion::Oid => return Ok(((bits as u32).to_string(), true)),
                Conversion::Int8 | Conversion::Narrow(_) => {
                    return Ok((value.integer(datum).to_string(), true));
                }
                Conversion::Float4 => {
                    let bits = bits as u32;
                    let value = f32::from_bits(bits);
                    return float(value, value.into(), bits == f32::NAN.to_bits());
                }
                Conversion::Float8 => {
                    let bits = bits as u64;
                    let value = f64::from_bits(bits);
                    return float(value, value, bits == f64::NAN.to_bits());
                }
                Conversion::Date => match bits as i32 {
                    i32::MIN => "-infinity".into(),
                    i32::MAX => "infinity".into(),
                    days => date(days.into(), ""),
                },
                Conversion::Time => clock(bits as i64),
                Conversion::Timestamp => match bits as i64 {
                    i64::MIN => "-infinity".into(),
                    i64::MAX => "infinity".into(),
                    at => date(at.div_euclid(DAY), &format!(" {}", clock(at.rem_euclid(DAY)))),
                },
                Conversion::Interval => {
                    let pg_sys::Interval { month, day, time } = *datum.cast_mut_ptr();
                    format!("{month} mons {day} days {time} us")
                }
                Conversion::Uuid => {
                    let bytes = *datum.cast_mut_ptr::<[u8; 16]>();
                    format!("{:032x}", u128::from_be_bytes(bytes))
                }
                Conversion::Enumeration(labels) => {
                    let label = labels.discriminant(Oid::from(bits as u32)).ok();
                    match label.and_then(|label| labels.names.get(label as usize)) {
                        Some(name) => name.clone(),
                        None => return Err(Refusal::Value("an enum has a new label")),
                    }
                }
                Conversion::Text => {
                    self.readable(datum)?;
                    utf8(value.string(datum))?
                }
                Conversion::Char => {
                    self.readable(datum)?;
                    value.characters(datum).into()
                }
                Conversion::Name => utf8(value.string(datum))?,
                Conversion::Unsigned(form) => {
                    self.readable(datum)?;
                    return Ok((utf8(form.write(datum))?, false));
                }
                Conversion::Json(json) => {
                    self.readable(datum)?;
                    utf8(json.form.write(datum))?
                }
                Conversion::TextForm(form) => self.text_form(form, value.oid, datum)?,
                _ => return Err(Refusal::Value("an argument has parts where none can be")),
            }
        };
        Ok((text, false))
    }

    /// # Safety
    /// `datum` must be of the type.
    unsafe fn text_form(&self, form: &TextForm, oid: Oid, datum: Datum) -> Result<String, Refusal> {
        if !form.is_plain(oid) {
            return Err(Refusal::Value(
                "the text form of an argument may need catalogs or functions of users",
            ));
        }
        // SAFETY: the caller's promise.
        unsafe {
            if form.is_varlena {
                self.readable(datum)?;
            }
            utf8(form.write(datum))
        }
    }

    /// Returns the text of a range.
    ///
    /// # Safety
    /// `datum` must be a range of the type.
    pub(super) unsafe fn range(&self, range: &Range, datum: Datum) -> Result<String, Refusal> {
        let mut bounds = [pg_sys::RangeBound::default(); 2];
        let mut empty = false;
        // SAFETY: the caller's promise; the range is de-TOASTed first, because bounds are read in place.
        unsafe {
            let found = pg_sys::pg_detoast_datum(datum.cast_mut_ptr()).cast();
            let [lower, upper] = &mut bounds;
            pg_sys::range_deserialize(range.cache, found, lower, upper, &mut empty);
        }
        if empty {
            return Ok("empty".into());
        }
        let mut texts = Vec::new();
        for ((place, _), bound) in range.bounds.iter().zip(bounds) {
            texts.push(match bound.infinite {
                true => String::new(),
                // SAFETY: a bound is of the range's subtype.
                false => format!("\"{}\"", unsafe { self.scalar(&place.value, bound.val)? }.0),
            });
        }
        let [lower, upper] = bounds;
        let open = if lower.inclusive { '[' } else { '(' };
        let close = if upper.inclusive { ']' } else { ')' };
        Ok(format!("{open}{}{close}", texts.join(",")))
    }
}

/// The microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// Returns a date with a time, which may be nothing, before the era.
fn date(days: i64, time: &str) -> String {
    let (mut year, mut month, mut day) = (0, 0, 0);
    // SAFETY: a function of three numbers.
    unsafe {
        let days = days as i32 + pg_sys::POSTGRES_EPOCH_JDATE as i32;
        pg_sys::j2date(days, &mut year, &mut month, &mut day);
    }
    let (year, era) = if year > 0 { (year, "") } else { (1 - year, " BC") };
    format!("{year:04}-{month:02}-{day:02}{time}{era}")
}

/// Returns the time of a day, to microseconds.
fn clock(at: i64) -> String {
    let (seconds, rest) = (at / 1_000_000, at % 1_000_000);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let mut text = format!("{hours:02}:{minutes:02}:{:02}", seconds % 60);
    if rest != 0 {
        let _ = write!(text, ".{rest:06}");
    }
    text
}

/// Returns the shortest digits of a number, and whether it needs no quotes.
fn float(
    value: impl std::fmt::Display + std::fmt::LowerExp,
    wide: f64,
    is_nan: bool,
) -> Result<(String, bool), Refusal> {
    Ok(match () {
        () if wide.is_nan() && !is_nan => {
            return Err(Refusal::Value("a NaN has bits that SQL has no constant for"));
        }
        () if wide.is_nan() => ("NaN".into(), false),
        () if wide.is_infinite() && wide > 0.0 => ("Infinity".into(), false),
        () if wide.is_infinite() => ("-Infinity".into(), false),
        () if wide == 0.0 || (1e-5..1e15).contains(&wide.abs()) => (value.to_string(), true),
        () => (format!("{value:e}"), false),
    })
}

pub(in super::super) fn utf8(bytes: &[u8]) -> Result<String, Refusal> {
    let text = std::str::from_utf8(bytes);
    text.map(str::to_string).map_err(|_| Refusal::Value("a text is not UTF-8"))
}
