//! Scalars that are checked when they are passed: integers that SQL has no type for, characters, dates and times.

use crate::abi::{Type, word};
use crate::error::{Error, Result};

/// An integer type of WIT that SQL has no type for. The SQL type it is passed as has all its values and more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Narrow {
    /// `s8`
    S8,
    /// `u8`
    U8,
    /// `u16`
    U16,
    /// `u32`
    U32,
}

impl Narrow {
    /// Returns the variant for a WIT type.
    pub fn of(ty: &Type) -> Option<Self> {
        Some(match ty {
            Type::S8 => Self::S8,
            Type::U8 => Self::U8,
            Type::U16 => Self::U16,
            Type::U32 => Self::U32,
            _ => return None,
        })
    }

    /// Returns the size in memory, in bytes.
    pub fn size(self) -> usize {
        match self {
            Self::S8 | Self::U8 => 1,
            Self::U16 => 2,
            Self::U32 => 4,
        }
    }

    /// Returns the bits of a value in a slot. A signed value is sign-extended to the whole slot (`lower_flat_signed`).
    ///
    /// # Errors
    /// 22003 if the value is out of the type's range.
    pub fn lower(self, value: i64) -> Result<u32> {
        let (range, name) = match self {
            Self::S8 => (-128..=127, "s8"),
            Self::U8 => (0..=255, "u8"),
            Self::U16 => (0..=65_535, "u16"),
            Self::U32 => (0..=0xffff_ffff, "u32"),
        };
        match range.contains(&value) {
            true => Ok(value as u32),
            false => {
                Err(Error::sql("22003", format!("value \"{value}\" is out of range for {name}")))
            }
        }
    }

    /// Returns the value that `bytes` begins with.
    pub fn load(self, bytes: &[u8]) -> i64 {
        match self {
            Self::S8 => i64::from(bytes[0] as i8),
            Self::U8 => i64::from(bytes[0]),
            Self::U16 => i64::from(u16::from_le_bytes(word(bytes))),
            Self::U32 => i64::from(u32::from_le_bytes(word(bytes))),
        }
    }
}

/// Returns the only character of a text.
///
/// # Errors
/// 22023 if the text does not have exactly one character.
pub fn char_of(text: &str) -> Result<char> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(Error::sql("22023", "a char takes a text of exactly one character")),
    }
}

/// Loads a `char` that PostgreSQL's text can hold.
///
/// # Errors
/// [`Error::Abi`] if it is no Unicode scalar value, [`Error::NulByte`] if it is U+0000.
pub fn load_char(bytes: &[u8]) -> Result<char> {
    let code = u32::from_le_bytes(word(bytes));
    match char::from_u32(code).ok_or_else(|| Error::no_char(code))? {
        '\0' => Err(Error::NulByte),
        char => Ok(char),
    }
}

/// The dates that PostgreSQL has, in days since 2000-01-01: 4714-11-24 BC to 5874897-12-31 (`IS_VALID_DATE`,
/// datatype/timestamp.h).
const DATES: std::ops::Range<i32> = -2_451_545..2_145_031_949;

/// The timestamps that PostgreSQL has, in microseconds since 2000-01-01 00:00: 4714-11-24 BC to 294276-12-31
/// (`IS_VALID_TIMESTAMP`).
const TIMESTAMPS: std::ops::Range<i64> = -211_813_488_000_000_000..9_223_371_331_200_000_000;

/// The times of a day, in microseconds. Midnight is at both ends.
const TIMES: std::ops::RangeInclusive<i64> = 0..=86_400_000_000;

/// Loads a date, in days since 2000-01-01. The least and the greatest value are the infinities.
///
/// # Errors
/// [`Error::DateRange`] if PostgreSQL has no such value.
pub fn load_date(bytes: &[u8]) -> Result<i32> {
    match i32::from_le_bytes(word(bytes)) {
        days if matches!(days, i32::MIN | i32::MAX) || DATES.contains(&days) => Ok(days),
        days => Err(Error::DateRange { what: "date", value: days.into() }),
    }
}

/// Loads a time, in microseconds since midnight.
///
/// # Errors
/// [`Error::DateRange`] if PostgreSQL has no such value.
pub fn load_time(bytes: &[u8]) -> Result<i64> {
    match i64::from_le_bytes(word(bytes)) {
        time if TIMES.contains(&time) => Ok(time),
        value => Err(Error::DateRange { what: "time", value }),
    }
}

/// Loads a timestamp, in microseconds since 2000-01-01 00:00. The least and the greatest value are the infinities.
///
/// # Errors
/// [`Error::DateRange`] if PostgreSQL has no such value.
pub fn load_timestamp(bytes: &[u8]) -> Result<i64> {
    match i64::from_le_bytes(word(bytes)) {
        time if matches!(time, i64::MIN | i64::MAX) || TIMESTAMPS.contains(&time) => Ok(time),
        value => Err(Error::DateRange { what: "timestamp", value }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_integers_are_checked() {
        for (narrow, least, most) in
            [(Narrow::S8, -128, 127), (Narrow::U8, 0, 255), (Narrow::U32, 0, u32::MAX.into())]
        {
            for value in [least, most] {
                let bits = narrow.lower(value).unwrap();
                assert_eq!(narrow.load(&bits.to_le_bytes()), value);
            }
            assert!(narrow.lower(least - 1).is_err() && narrow.lower(most + 1).is_err());
        }
    }

    #[test]
    fn dates_end_where_those_of_postgres_do() {
        let is_date = |days: i32| load_date(&days.to_le_bytes()).is_ok();
        assert!(is_date(-2_451_545) && is_date(2_145_031_948) && is_date(i32::MAX));
        assert!(!is_date(-2_451_546) && !is_date(2_145_031_949));
        assert!(load_time(&86_400_000_000i64.to_le_bytes()).is_ok());
        assert!(load_time(&(-1i64).to_le_bytes()).is_err());
        assert!(load_timestamp(&(i64::MAX - 1).to_le_bytes()).is_err());
    }
}
