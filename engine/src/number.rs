//! Reads whole numbers in decimal text, as PostgreSQL writes a numeric and as JSON contains them.
//!
//! It must never round: a fraction other than zero is an error.

use crate::error::{Error, Result};
use crate::name::printable;

/// Why a text is not a whole number of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotWhole {
    /// It has a fraction other than zero.
    #[error("has a fraction, so it cannot be passed as")]
    Fraction,
    /// It is too large, infinite, or not a number.
    #[error("is out of range for")]
    Range,
}

/// Returns a numeric's value as a `u64`.
///
/// # Errors
/// [`Error::NotWhole`] if it is not a whole number, or out of range.
pub fn unsigned(text: &str) -> Result<u64> {
    let why = match whole(text).map(u64::try_from) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(_)) => NotWhole::Range,
        Err(why) => why,
    };
    Err(Error::NotWhole { value: printable(text), ty: "u64".into(), why })
}

/// Returns the whole number that a text denotes, such as `300`, `300.00` or `3e2`.
///
/// # Errors
/// [`NotWhole`] if it denotes none.
pub fn whole(text: &str) -> std::result::Result<i128, NotWhole> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent_of(exponent).ok_or(NotWhole::Range)?),
        None => (unsigned, 0),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = || before.bytes().chain(after.bytes());
    if before.is_empty() && after.is_empty() || !digits().all(|byte| byte.is_ascii_digit()) {
        return Err(NotWhole::Range);
    }
    let count = before.len() + after.len();
    // The number of digits before the decimal point.
    let point = (before.len() as i64).saturating_add(exponent);
    let mut value = 0i128;
    for (place, digit) in (0..).zip(digits()) {
        let digit = i128::from(digit - b'0');
        if place >= point {
            match digit {
                0 => continue,
                _ => return Err(NotWhole::Fraction),
            }
        }
        value = value
            .checked_mul(10)
            .and_then(|value| value.checked_add(digit))
            .ok_or(NotWhole::Range)?;
    }
    let zeros = u32::try_from(point.saturating_sub(count as i64).max(0)).unwrap_or(u32::MAX);
    if value != 0 {
        let power = 10i128.checked_pow(zeros);
        value = power.and_then(|power| value.checked_mul(power)).ok_or(NotWhole::Range)?;
    }
    Ok(if text.starts_with('-') { -value } else { value })
}

/// Returns an exponent, limited to a range that is wider than any number needs.
fn exponent_of(text: &str) -> Option<i64> {
    const MOST: i64 = 1 << 40;
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value = digits.parse().unwrap_or(MOST).min(MOST);
    Some(if text.starts_with('-') { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::NotWhole::{Fraction, Range};
    use super::*;

    #[test]
    fn zeros_behind_the_point_do_not_count() {
        for (text, found) in [
            ("0", Ok(0)),
            ("-0", Ok(0)),
            ("300.00", Ok(300)),
            ("-300.000", Ok(-300)),
            ("3e2", Ok(300)),
            ("3.5E+1", Ok(35)),
            ("300e-2", Ok(3)),
            ("0.0000", Ok(0)),
            ("0e99999999999999999999", Ok(0)),
            ("0.00e-99999999999999999999", Ok(0)),
            ("18446744073709551616.0", Ok(1 << 64)),
            ("1.5", Err(Fraction)),
            ("0.001", Err(Fraction)),
            ("1e-1", Err(Fraction)),
            ("1e-99999999999999999999", Err(Fraction)),
            ("1e99999999999999999999", Err(Range)),
            ("1e40", Err(Range)),
            ("999999999999999999999999999999999999999999", Err(Range)),
            ("NaN", Err(Range)),
            ("Infinity", Err(Range)),
            ("-Infinity", Err(Range)),
            ("", Err(Range)),
            (".", Err(Range)),
            ("1e", Err(Range)),
            ("--1", Err(Range)),
        ] {
            assert_eq!(whole(text), found, "{text}");
        }
    }
}
