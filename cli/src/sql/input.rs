//! Reads values from text, as PostgreSQL's input functions do.
//!
//! It must never accept what the server would refuse: a test that passes here must pass there.

use super::datum::{Array, Datum, Range};
use super::types::SqlType;
use super::{calendar, container, error, jsonb};
use bigdecimal::BigDecimal;
use plwasm_engine::sql::Base;
use plwasm_engine::{Error, Result, name};

/// Reads a value.
///
/// # Errors
/// 22P02 and others, as the server raises them.
pub(crate) fn input(text: &str, ty: &SqlType) -> Result<Datum> {
    Ok(match ty {
        SqlType::Void => return Err(error("0A000", "cannot accept a value of type void", None)),
        SqlType::Base(base) => return base_input(text, *base, ty),
        SqlType::Enum(of) => {
            let label = of.labels.iter().position(|label| label == text);
            let label = label.ok_or_else(|| {
                error(
                    "22P02",
                    format!("invalid input value for enum {ty}: \"{}\"", name::printable(text)),
                    Some(&format!("The labels are {}.", of.labels.join(", "))),
                )
            })?;
            Datum::Int(label as i64)
        }
        SqlType::Array(element) => {
            let (lengths, parts) =
                container::array(text).map_err(|why| malformed("array", text, why))?;
            let elements = parts.into_iter().map(|part| part_of(part, element));
            Datum::Array(Array::new(lengths, elements.collect::<Result<_>>()?))
        }
        SqlType::Row(row) => {
            let malformed = |why: &str| malformed("record", text, why);
            let parts = container::row(text).map_err(malformed)?;
            // A row without columns has nothing between its parentheses.
            if parts.len() != row.columns.len() {
                return Err(malformed(&format!("it does not have {} columns", row.columns.len())));
            }
            let columns =
                parts.into_iter().zip(&row.columns).map(|(part, (_, ty))| part_of(part, ty));
            Datum::Row(columns.collect::<Result<_>>()?)
        }
        SqlType::Range(subtype) => {
            let parts = container::range(text).map_err(|why| malformed("range", text, why))?;
            let Some([(lower, lower_inc), (upper, upper_inc)]) = parts else {
                return Ok(Datum::Range(Range::empty()));
            };
            let subtype = SqlType::Base(*subtype);
            let bound = |part| part_of(part, &subtype).map(Box::new);
            let range = Range {
                is_empty: false,
                lower: (bound(lower)?, lower_inc),
                upper: (bound(upper)?, upper_inc),
            };
            Datum::Range(range.canonical().ok_or_else(|| {
                error(
                    "22000",
                    "range lower bound must be less than or equal to range upper bound",
                    None,
                )
            })?)
        }
    })
}

/// Reads a value of a built-in type, which is `ty` too.
fn base_input(text: &str, base: Base, ty: &SqlType) -> Result<Datum> {
    let invalid = || syntax(text, ty);
    let trimmed = text.trim();
    Ok(match base {
        Base::Bool => Datum::Bool(boolean(trimmed).ok_or_else(invalid)?),
        Base::Int2 => integer(text, ty, i16::MIN.into(), i16::MAX.into())?,
        Base::Int4 => integer(text, ty, i32::MIN.into(), i32::MAX.into())?,
        Base::Int8 => integer(text, ty, i64::MIN, i64::MAX)?,
        Base::Oid => integer(text, ty, 0, u32::MAX.into())?,
        Base::Float4 => {
            let value: f32 = float(trimmed).ok_or_else(invalid)?.parse().map_err(|_| invalid())?;
            in_range(value.into(), trimmed, ty)?;
            Datum::Float4(value)
        }
        Base::Float8 => {
            let value: f64 = float(trimmed).ok_or_else(invalid)?.parse().map_err(|_| invalid())?;
            in_range(value, trimmed, ty)?;
            Datum::Float8(value)
        }
        Base::Numeric => Datum::Text(numeric(trimmed, text)?),
        Base::Text => Datum::Text(text.to_string()),
        Base::Json => match serde_json::from_str::<serde::de::IgnoredAny>(text) {
            Ok(_) => Datum::Text(text.to_string()),
            Err(_) => return Err(invalid()),
        },
        Base::Jsonb => Datum::Text(jsonb::normalized(text)?),
        Base::Bytea => Datum::Bytes(bytes(text).ok_or_else(invalid)?),
        Base::Date => Datum::Date(calendar::date(text).ok_or_else(|| moment(text, ty))?),
        Base::Time => Datum::Time(calendar::time(text).ok_or_else(|| moment(text, ty))?),
        Base::Timestamp => Datum::Time(calendar::timestamp(text).ok_or_else(|| moment(text, ty))?),
        Base::Timestamptz => {
            Datum::Time(calendar::timestamptz(text).ok_or_else(|| moment(text, ty))?)
        }
        Base::Interval => {
            Datum::Interval(calendar::interval(text).ok_or_else(|| moment(text, ty))?)
        }
        Base::Uuid => Datum::Uuid(uuid(trimmed).ok_or_else(invalid)?),
        // No name of a type stands for these without a server.
        Base::Varchar | Base::Bpchar | Base::Name => return Err(invalid()),
    })
}

fn part_of(part: Option<String>, ty: &SqlType) -> Result<Datum> {
    part.map_or(Ok(Datum::Null), |text| input(&text, ty))
}

fn syntax(text: &str, ty: &SqlType) -> Error {
    let text = name::printable(text);
    error("22P02", format!("invalid input syntax for type {ty}: \"{text}\""), None)
}

fn moment(text: &str, ty: &SqlType) -> Error {
    let hint = match ty {
        SqlType::Base(Base::Date) => "Without a server dates are read as in '2024-12-31'.",
        SqlType::Base(Base::Time) => "Without a server times are read as in '23:59:59.5'.",
        SqlType::Base(Base::Interval) => {
            "Without a server intervals are read as in '1 mon 2 days 03:04:05'."
        }
        SqlType::Base(Base::Timestamptz) => {
            "Without a server timestamps are read as in '2024-12-31 23:59:59+01'; without an offset they are in UTC."
        }
        _ => "Without a server timestamps are read as in '2024-12-31 23:59:59.5'.",
    };
    // If all fields are there, one of them is out of range.
    let is_complete = text.trim().bytes().take(8).filter(u8::is_ascii_digit).count() >= 6
        && text.contains(['-', ':']);
    let text = name::printable(text);
    match is_complete {
        true => {
            error("22008", format!("date/time field value out of range: \"{text}\""), Some(hint))
        }
        false => {
            error("22007", format!("invalid input syntax for type {ty}: \"{text}\""), Some(hint))
        }
    }
}

fn malformed(what: &str, text: &str, why: &str) -> Error {
    let text = name::printable(text);
    error("22P02", format!("malformed {what} literal \"{text}\": {why}"), None)
}

/// Reads a boolean: any unambiguous beginning of its words.
fn boolean(text: &str) -> Option<bool> {
    let text = text.to_ascii_lowercase();
    let is = |word: &str, least: usize| text.len() >= least && word.starts_with(&text);
    match () {
        () if is("true", 1) || is("yes", 1) || is("on", 2) || text == "1" => Some(true),
        () if is("false", 1) || is("no", 1) || is("off", 2) || text == "0" => Some(false),
        () => None,
    }
}

fn integer(text: &str, ty: &SqlType, least: i64, most: i64) -> Result<Datum> {
    let digits = text.trim();
    let unsigned = digits.strip_prefix(['-', '+']).unwrap_or(digits);
    if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(syntax(text, ty));
    }
    match digits.parse::<i64>() {
        Ok(value) if (least..=most).contains(&value) => Ok(Datum::Int(value)),
        _ => Err(error("22003", format!("value \"{digits}\" is out of range for type {ty}"), None)),
    }
}

/// Returns a text if it is a float; Rust reads it, too.
fn float(text: &str) -> Option<&str> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text).to_ascii_lowercase();
    let is_word = matches!(unsigned.as_str(), "nan" | "inf" | "infinity");
    let is_number = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    (is_word || is_number).then_some(text)
}

/// Refuses a number that became infinite because it is too large, or 0 because it is too small.
fn in_range(value: f64, text: &str, ty: &SqlType) -> Result<()> {
    let is_word =
        text.trim_start_matches(['-', '+']).starts_with(|c: char| c.is_ascii_alphabetic());
    let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
    let is_zero = !mantissa.contains(|c: char| ('1'..='9').contains(&c));
    match value.is_infinite() && !is_word || value == 0.0 && !is_zero {
        true => Err(error("22003", format!("\"{text}\" is out of range for type {ty}"), None)),
        false => Ok(()),
    }
}

/// Returns a numeric as `numeric_out` writes it.
pub(super) fn numeric(trimmed: &str, whole: &str) -> Result<String> {
    let invalid = || syntax(whole, &SqlType::Base(Base::Numeric));
    match trimmed.to_ascii_lowercase().as_str() {
        "nan" => return Ok("NaN".into()),
        "inf" | "+inf" | "infinity" | "+infinity" => return Ok("Infinity".into()),
        "-inf" | "-infinity" => return Ok("-Infinity".into()),
        _ => {}
    }
    // The library accepts underscores between digits. PostgreSQL 15 does not.
    if trimmed.contains('_') {
        return Err(invalid());
    }
    // Written out, a number with a large exponent would fill all of memory.
    let exponent = match trimmed.split_once(['e', 'E']) {
        Some((_, exponent)) => exponent.parse::<i64>().map_err(|_| invalid())?,
        None => 0,
    };
    // `NUMERIC_WEIGHT_MAX` and `NUMERIC_DSCALE_MAX`
    if !(-16_383..=131_071).contains(&exponent) {
        return Err(error("22003", "value overflows numeric format", None));
    }
    let value: BigDecimal = trimmed.parse().map_err(|_| invalid())?;
    let text = value.to_plain_string();
    let is_zero = !text.contains(|c: char| ('1'..='9').contains(&c));
    Ok(if is_zero { text.trim_start_matches('-').into() } else { text })
}

fn uuid(text: &str) -> Option<[u8; 16]> {
    let inner = text.strip_prefix('{').map_or(Some(text), |text| text.strip_suffix('}'))?;
    let digits: String = inner.chars().filter(|c| *c != '-').collect();
    let value = u128::from_str_radix(&digits, 16).ok()?;
    (digits.len() == 32 && !digits.starts_with('+')).then(|| value.to_be_bytes())
}

/// Reads `\x...`, or PostgreSQL's older form: bytes, `\\` and `\ooo`.
fn bytes(text: &str) -> Option<Vec<u8>> {
    if let Some(hex) = text.strip_prefix("\\x") {
        let digits: Vec<u32> = hex
            .chars()
            .filter(|c| !c.is_ascii_whitespace())
            .map(|c| c.to_digit(16))
            .collect::<Option<_>>()?;
        let (pairs, rest) = digits.as_chunks::<2>();
        let bytes = pairs.iter().map(|[high, low]| (high << 4 | low) as u8).collect();
        return rest.is_empty().then_some(bytes);
    }
    let mut found = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'\\' {
            found.push(*byte);
        } else if let Some(after) = after.strip_prefix(b"\\") {
            found.push(b'\\');
            rest = after;
        } else {
            let digits = std::str::from_utf8(after.get(..3)?).ok()?;
            found.push(u8::from_str_radix(digits, 8).ok()?);
            rest = &after[3..];
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::super::output;
    use super::*;

    /// These are PostgreSQL 15's answers to `SELECT 'text'::type`.
    #[test]
    fn values_are_read_and_written_as_by_postgres() {
        for (ty, text, written) in [
            ("numeric", "1e3", "1000"),
            ("numeric", "-0.00", "0.00"),
            ("numeric", "1.50e1", "15.0"),
            ("numeric", ".5", "0.5"),
            ("numeric", "inf", "Infinity"),
            ("float8", "1e15", "1e+15"),
            ("float8", "123456789012345", "123456789012345"),
            ("float8", "0.0001", "0.0001"),
            ("float8", "0.00001", "1e-05"),
            ("float8", "-0", "-0"),
            ("float8", "1.5e300", "1.5e+300"),
            ("float8", "nan", "NaN"),
            ("float4", "1e6", "1e+06"),
            ("float4", "0.1", "0.1"),
            ("bool", "y", "t"),
            (
                "jsonb",
                " {\"bb\" : [1.50,-0, 1e3], \"a\":null,\"bb\":{} } ",
                "{\"a\": null, \"bb\": {}}",
            ),
            (
                "jsonb",
                "[1.50,-0,1e3,\"\\u00e4\\n\\/\\u001f\"]",
                "[1.50, 0, 1000, \"ä\\n/\\u001f\"]",
            ),
            ("bytea", "abc\\000\\\\", "\\x616263005c"),
            ("bytea", "\\xDEad", "\\xdead"),
            (
                "uuid",
                "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}",
                "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
            ),
            ("int4[]", "{1, 2,null}", "{1,2,NULL}"),
            ("int4[]", "{{1, 2},{3,null}}", "{{1,2},{3,NULL}}"),
            ("int4range", "[1,4]", "[1,5)"),
            ("int4range", "(1,2)", "empty"),
            ("int4range", "(,5]", "(,6)"),
            ("numrange", "[1.0,1.00]", "[1.0,1.00]"),
            ("numrange", "[1,1)", "empty"),
            ("daterange", "[2024-01-01,2024-01-31]", "[2024-01-01,2024-02-01)"),
            ("tsrange", "[2024-01-01,)", "[\"2024-01-01 00:00:00\",)"),
        ] {
            let sql = SqlType::named(ty).unwrap();
            let found = input(text, &sql).map(|datum| output(&datum, &sql));
            assert_eq!(found.ok().flatten().as_deref(), Some(written), "{ty} {text}");
        }
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for (ty, text, sqlstate) in [
            ("int4", "2147483648", "22003"),
            ("int4", "1.5", "22P02"),
            ("int4", "", "22P02"),
            ("int4", "--1", "22P02"),
            ("float8", "1e400", "22003"),
            ("float4", "1e-60", "22003"),
            ("float8", "x", "22P02"),
            ("numeric", "1e999999999", "22003"),
            ("numeric", "1_0", "22P02"),
            ("bool", "o", "22P02"),
            ("json", "{", "22P02"),
            ("jsonb", "{", "22P02"),
            ("jsonb", "{\"a\": \"\\u0000\"}", "22P05"),
            ("jsonb", "[\"\\ud800\"]", "22P02"),
            ("jsonb", "1e999999", "22003"),
            ("uuid", "123", "22P02"),
            ("date", "tomorrow", "22007"),
            ("date", "2023-02-29", "22008"),
            ("time", "25:00:00", "22008"),
            ("bytea", "\\x1", "22P02"),
            ("bytea", "\\9", "22P02"),
            ("int4range", "[5,1]", "22000"),
        ] {
            let error = input(text, &SqlType::named(ty).unwrap()).unwrap_err();
            assert_eq!(error.sqlstate(), sqlstate, "{ty} {text}: {error}");
        }
    }
}
