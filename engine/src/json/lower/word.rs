//! Words of the text: numbers, null, strings and keys.
//!
//! A number is read from its digits into its type, so that it is rounded once.

use super::FromJson;
use crate::abi::Type;
use crate::error::Result;
use crate::json::reader::Malformed;
use crate::json::{INFINITY, MINUS_INFINITY, MINUS_ZERO, NAN};
use crate::number::{NotWhole, whole};
use std::borrow::Cow;

impl<'t> FromJson<'t, '_> {
    pub(super) fn integer<T: TryFrom<i128>>(&mut self, ty: &Type) -> Result<T> {
        let word = self.number(ty)?;
        match whole(word) {
            Ok(value) => T::try_from(value).map_err(|_| NotWhole::Range),
            Err(why) => Err(why),
        }
        .map_err(|why| self.not_whole(word, ty, why))
    }

    pub(super) fn float<T: Float>(&mut self, ty: &Type) -> Result<T> {
        if self.peek()? == b'"' {
            let text = self.string(ty)?;
            return match &*text {
                NAN | INFINITY | MINUS_INFINITY | MINUS_ZERO => Ok(T::of(&text)),
                _ => Err(self.error(
                    "22023",
                    format!("a string that stands for a number must be \"{NAN}\", \"{INFINITY}\", \"{MINUS_INFINITY}\" or \"{MINUS_ZERO}\""),
                )),
            };
        }
        let word = self.number(ty)?;
        let value = T::of(word);
        let mantissa = word.split(['e', 'E']).next().unwrap_or(word);
        let is_zero = !mantissa.contains(|c: char| ('1'..='9').contains(&c));
        match value.is_beyond() || value.is_zero() && !is_zero {
            true => Err(self.not_whole(word, ty, NotWhole::Range)),
            false => Ok(value),
        }
    }

    pub(super) fn number(&mut self, ty: &Type) -> Result<&'t str> {
        match self.peek()? {
            b'-' | b'0'..=b'9' => self.word(),
            _ => Err(self.mismatch(ty)),
        }
    }

    pub(super) fn null(&mut self) -> Result<()> {
        match self.word()? {
            "null" => Ok(()),
            _ => Err(self.malformed(Malformed::Json)),
        }
    }

    /// Reads a string, where the type requires one.
    pub(super) fn string(&mut self, ty: &Type) -> Result<Cow<'t, str>> {
        if self.peek()? != b'"' {
            return Err(self.mismatch(ty));
        }
        let text = self.text.string();
        self.read(text)
    }

    pub(super) fn key(&mut self) -> Result<Cow<'t, str>> {
        let key = self.text.string();
        let key = self.read(key)?;
        let colon = self.text.take(b':');
        self.read(colon)?;
        Ok(key)
    }

    pub(super) fn word(&mut self) -> Result<&'t str> {
        let word = self.text.word();
        self.read(word)
    }

    pub(super) fn peek(&mut self) -> Result<u8> {
        let byte = self.text.peek();
        self.read(byte)
    }

    pub(super) fn takes(&mut self, byte: u8) -> Result<bool> {
        let taken = self.text.takes(byte);
        self.read(taken)
    }

    pub(super) fn another(&mut self, end: u8) -> Result<bool> {
        let another = self.text.another(end);
        self.read(another)
    }
}

/// `f32` and `f64`. Each is read directly from its digits, so that it is rounded once.
pub(super) trait Float: Copy {
    /// Reads a text that is a number.
    fn of(text: &str) -> Self;
    fn is_beyond(self) -> bool;
    fn is_zero(self) -> bool;
}

macro_rules! float {
    ($float:ty) => {
        impl Float for $float {
            fn of(text: &str) -> Self {
                // NaN also stands for a text that is not a number. JSON has no NaN.
                text.parse().unwrap_or(<$float>::NAN)
            }
            fn is_beyond(self) -> bool {
                !self.is_finite()
            }
            fn is_zero(self) -> bool {
                self == 0.0
            }
        }
    };
}

float!(f32);
float!(f64);
