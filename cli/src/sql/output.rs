//! Writes values as text, as PostgreSQL's output functions do.

use super::datum::Datum;
use super::types::SqlType;
use super::{calendar, container};
use plwasm_engine::sql::Base;
use std::fmt::{LowerExp, Write};

/// Returns a value's text. None is NULL.
pub(crate) fn output(datum: &Datum, ty: &SqlType) -> Option<String> {
    Some(match (datum, ty) {
        (Datum::Null, _) => return None,
        (Datum::Bool(value), _) => if *value { "t" } else { "f" }.into(),
        (Datum::Int(label), SqlType::Enum(of)) => of.labels[*label as usize].clone(),
        (Datum::Int(value), _) => value.to_string(),
        (Datum::Float4(value), _) => float(*value, (*value).into(), 6),
        (Datum::Float8(value), _) => float(*value, *value, 15),
        (Datum::Text(text), _) => text.clone(),
        (Datum::Bytes(bytes), _) => {
            let mut text = String::with_capacity(2 + 2 * bytes.len());
            text.push_str("\\x");
            bytes.iter().for_each(|byte| {
                let _ = write!(text, "{byte:02x}");
            });
            text
        }
        (Datum::Date(days), _) => calendar::date_text(*days),
        (Datum::Time(time), SqlType::Base(Base::Timestamp)) => calendar::timestamp_text(*time, ""),
        (Datum::Time(time), SqlType::Base(Base::Timestamptz)) => {
            calendar::timestamp_text(*time, "+00")
        }
        (Datum::Time(time), _) => calendar::time_text(*time),
        (Datum::Interval(interval), _) => calendar::interval_text(*interval),
        (Datum::Uuid(bytes), _) => {
            let digits = format!("{:032x}", u128::from_be_bytes(*bytes));
            [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]]
                .join("-")
        }
        (Datum::Array(array), SqlType::Array(of)) => {
            // As PostgreSQL does: a NULL element is never quoted.
            let parts: Vec<_> = array.elements.iter().map(|element| output(element, of)).collect();
            container::array_text(&array.lengths, &parts)
        }
        (Datum::Row(values), SqlType::Row(row)) => {
            let parts = values.iter().zip(&row.columns).map(|(value, (_, ty))| output(value, ty));
            container::row_text(&parts.collect())
        }
        (Datum::Range(range), _) if range.is_empty => "empty".into(),
        (Datum::Range(range), SqlType::Range(of)) => {
            let of = SqlType::Base(*of);
            let bound = |datum: &Datum| container::bound_text(output(datum, &of).as_deref());
            let open = if range.lower.1 { '[' } else { '(' };
            let close = if range.upper.1 { ']' } else { ')' };
            format!("{open}{},{}{close}", bound(&range.lower.0), bound(&range.upper.0))
        }
        (Datum::Array(_) | Datum::Row(_) | Datum::Range(_), _) => {
            unreachable!("a value of its type")
        }
    })
}

/// Returns a value as a call in SQL contains it: numbers and booleans bare, others quoted.
pub(crate) fn literal(datum: &Datum, ty: &SqlType) -> String {
    let Some(text) = output(datum, ty) else { return "NULL".into() };
    match datum {
        Datum::Bool(value) => value.to_string(),
        Datum::Int(_) if !matches!(ty, SqlType::Enum(_)) => text,
        Datum::Float4(_) | Datum::Float8(_) if text.ends_with(|c: char| c.is_ascii_digit()) => text,
        Datum::Text(_)
            if *ty == SqlType::Base(Base::Numeric)
                && text.ends_with(|c: char| c.is_ascii_digit()) =>
        {
            text
        }
        // As with standard_conforming_strings, which is on since PostgreSQL 9.1.
        _ => format!("'{}'", text.replace('\'', "''")),
    }
}

/// Returns the shortest digits that denote this number and no other, with an exponent from 10 to the power of
/// `digits` on.
fn float(value: impl LowerExp, wide: f64, digits: i32) -> String {
    if wide.is_nan() {
        return "NaN".into();
    }
    if wide.is_infinite() {
        return if wide > 0.0 { "Infinity" } else { "-Infinity" }.into();
    }
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if exponent < -4 || exponent >= digits {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(mantissa) => ("-", mantissa),
        None => ("", mantissa),
    };
    let digits = mantissa.replace('.', "");
    let point = exponent + 1;
    if point <= 0 {
        format!("{sign}0.{}{digits}", "0".repeat(-point as usize))
    } else if point as usize >= digits.len() {
        format!("{sign}{digits}{}", "0".repeat(point as usize - digits.len()))
    } else {
        let (whole, part) = digits.split_at(point as usize);
        format!("{sign}{whole}.{part}")
    }
}
