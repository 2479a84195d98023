//! ToJson: writes a value as JSON, from its bytes and the guest's memory. Everything the guest returned is checked.

use super::path::{JsonPath, Step};
use super::reader::Poll;
use super::{INFINITY, MINUS_INFINITY, MINUS_ZERO, NAN, SOME, cases, is_wrapped};
use crate::abi::{Layout, Type, discriminant_size, word};
use crate::error::{Error, Result};
use crate::pass::lifting;
use crate::run::guest::Guest;
use std::fmt::Write;

/// Makes room in a text for that many more bytes, or returns why there is none.
pub type Room<'r> = &'r dyn Fn(&mut String, usize) -> Result<()>;

/// The bytes of a string that are read between two polls.
const PIECE: usize = 1 << 20;

/// Returns the JSON of the value that lies at the beginning of `bytes`.
///
/// A few bytes of a guest can stand for any number of values. Therefore `room` bounds what is written, and `poll` is
/// called for each element. `poll` may raise a pending error.
///
/// # Errors
/// [`Error::Abi`], with the place in the JSON, for what breaks the ABI; the errors of `room`.
pub fn lift(ty: &Type, bytes: &[u8], guest: &Guest, room: Room<'_>, poll: Poll) -> Result<String> {
    let mut from = ToJson { guest, room, poll, place: JsonPath::default(), text: String::new() };
    match from.value(ty, bytes) {
        Err(Error::Abi(what)) => Err(Error::Abi(format!("{what}, at {} in JSON", from.place))),
        Err(error) => Err(error),
        Ok(()) => Ok(from.text),
    }
}

struct ToJson<'a> {
    guest: &'a Guest,
    room: Room<'a>,
    poll: Poll,
    place: JsonPath<'a>,
    text: String,
}

impl<'a> ToJson<'a> {
    fn value(&mut self, ty: &'a Type, bytes: &[u8]) -> Result<()> {
        match ty {
            // `convert_int_to_bool`
            Type::Bool => self.push(if bytes[0] != 0 { "true" } else { "false" }),
            Type::S8 => self.number(bytes[0] as i8),
            Type::U8 => self.number(bytes[0]),
            Type::S16 => self.number(i16::from_le_bytes(word(bytes))),
            Type::U16 => self.number(u16::from_le_bytes(word(bytes))),
            Type::S32 => self.number(i32::from_le_bytes(word(bytes))),
            Type::U32 => self.number(u32::from_le_bytes(word(bytes))),
            Type::S64 => self.number(i64::from_le_bytes(word(bytes))),
            Type::U64 => self.number(u64::from_le_bytes(word(bytes))),
            Type::F32 => {
                let value = f32::from_le_bytes(word(bytes));
                self.float(value.into(), value)
            }
            Type::F64 => {
                let value = f64::from_le_bytes(word(bytes));
                self.float(value, value)
            }
            Type::Char => {
                let code = u32::from_le_bytes(word(bytes));
                let char = char::from_u32(code).ok_or_else(|| Error::no_char(code))?;
                self.string(char.encode_utf8(&mut [0; 4]).as_bytes())
            }
            Type::String => {
                let bytes = self.guest.list(bytes, 1, 1)?;
                self.string(bytes)
            }
            Type::List(element) if **element == Type::U8 => {
                let bytes = self.guest.list(bytes, 1, 1)?;
                self.bytes(bytes)
            }
            Type::List(element) => {
                let Layout { size, align } = Layout::of(element);
                let bytes = self.guest.list(bytes, size, align)?;
                // Every type in WIT has at least one byte. `max` only satisfies `chunks_exact`.
                let elements = bytes.chunks_exact(size.max(1) as usize);
                self.elements(elements.map(|bytes| (&**element, bytes)))
            }
            Type::Tuple(types) => {
                let (_, offsets) = Layout::of_tuple(types.iter());
                let fields = types.iter().zip(offsets);
                self.elements(fields.map(|(ty, at)| (ty, &bytes[at as usize..])))
            }
            Type::Record(record) => {
                let (_, offsets) = Layout::of_tuple(record.fields.iter().map(|field| &field.ty));
                for (i, (field, at)) in record.fields.iter().zip(offsets).enumerate() {
                    self.push(if i == 0 { "{" } else { ", " })?;
                    self.member(&field.name, Some((&field.ty, &bytes[at as usize..])))?;
                }
                self.push(if record.fields.is_empty() { "{}" } else { "}" })
            }
            Type::Variant(_) | Type::Result(_) => {
                let cases = cases(ty).unwrap_or_default();
                let size = discriminant_size(cases.len());
                let (name, payload) = cases[lifting::case(bytes, size, cases.len())? as usize];
                let (_, at) = Layout::of_cases(&ty.cases().unwrap_or_default());
                self.push("{")?;
                self.member(name, payload.map(|ty| (ty, &bytes[at as usize..])))?;
                self.push("}")
            }
            Type::Enum(labels) => {
                let case = lifting::case(bytes, Layout::of(ty).size, labels.labels.len())?;
                self.string(labels.labels[case as usize].as_bytes())
            }
            Type::Flags(labels) => {
                self.push("[")?;
                for (i, flag) in lifting::flags(bytes, Layout::of(ty).size, labels).enumerate() {
                    self.push(if i == 0 { "" } else { ", " })?;
                    self.string(flag.as_bytes())?;
                }
                self.push("]")
            }
            Type::Option(some) => {
                let (_, payload) = Layout::of_cases(&[None, Some(some)]);
                let payload = || &bytes[payload as usize..];
                match (bytes[0], is_wrapped(some)) {
                    (0, _) => self.push("null"),
                    (1, false) => self.value(some, payload()),
                    (1, true) => {
                        self.push("{")?;
                        self.member(SOME, Some((some, payload())))?;
                        self.push("}")
                    }
                    (other, _) => Err(Error::no_case(other.into(), 2)),
                }
            }
            Type::Own(_) | Type::Borrow(_) => Err(Error::handle(ty)),
        }
    }

    fn elements<'b>(&mut self, elements: impl Iterator<Item = (&'a Type, &'b [u8])>) -> Result<()> {
        self.push("[")?;
        for (i, (ty, bytes)) in elements.enumerate() {
            (self.poll)();
            self.push(if i == 0 { "" } else { ", " })?;
            self.place.enter(Step::Element(i));
            self.value(ty, bytes)?;
            self.place.leave();
        }
        self.push("]")
    }

    /// Writes a key and its value, or null.
    fn member(&mut self, key: &'a str, value: Option<(&'a Type, &[u8])>) -> Result<()> {
        self.string(key.as_bytes())?;
        self.push(": ")?;
        let Some((ty, bytes)) = value else { return self.push("null") };
        self.place.enter(Step::Key(key));
        self.value(ty, bytes)?;
        self.place.leave();
        Ok(())
    }

    fn push(&mut self, text: &str) -> Result<()> {
        (self.room)(&mut self.text, text.len())?;
        self.text.push_str(text);
        Ok(())
    }

    fn number(&mut self, value: impl std::fmt::Display) -> Result<()> {
        const MOST_DIGITS: usize = 20;
        (self.room)(&mut self.text, MOST_DIGITS)?;
        let _ = write!(self.text, "{value}");
        Ok(())
    }

    /// Writes the shortest digits that denote this number and no other.
    fn float(&mut self, value: f64, exact: impl std::fmt::Debug) -> Result<()> {
        let word = match value {
            value if value.is_nan() => NAN,
            f64::INFINITY => INFINITY,
            f64::NEG_INFINITY => MINUS_INFINITY,
            value if value == 0.0 && value.is_sign_negative() => MINUS_ZERO,
            _ => {
                let digits = format!("{exact:?}");
                return self.push(digits.strip_suffix(".0").unwrap_or(&digits));
            }
        };
        self.string(word.as_bytes())
    }

    /// Writes the guest's UTF-8 as a string.
    fn string(&mut self, bytes: &[u8]) -> Result<()> {
        self.push("\"")?;
        let mut start = 0;
        while start < bytes.len() {
            (self.poll)();
            let piece = &bytes[start..bytes.len().min(start + PIECE)];
            let valid = match std::str::from_utf8(piece) {
                Ok(text) => text,
                // The piece ends in the middle of a character. The next piece begins with that character.
                Err(error) if error.error_len().is_none() && start + piece.len() < bytes.len() => {
                    std::str::from_utf8(&piece[..error.valid_up_to()]).unwrap_or_default()
                }
                Err(error) => {
                    let at = start + error.valid_up_to();
                    return Err(Error::not_utf8(at, bytes.len()));
                }
            };
            self.escaped(valid)?;
            start += valid.len();
        }
        self.push("\"")
    }

    fn escaped(&mut self, text: &str) -> Result<()> {
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| matches!(c, '"' | '\\' | '\0'..='\x1f')) {
            self.push(&rest[..at])?;
            match rest.as_bytes()[at] {
                b'"' => self.push("\\\"")?,
                b'\\' => self.push("\\\\")?,
                b'\n' => self.push("\\n")?,
                b'\r' => self.push("\\r")?,
                b'\t' => self.push("\\t")?,
                control => self.push(&format!("\\u{control:04x}"))?,
            }
            rest = &rest[at + 1..];
        }
        self.push(rest)
    }

    /// Writes bytes as PostgreSQL writes bytea.
    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        self.push("\"\\\\x")?;
        for piece in bytes.chunks(PIECE) {
            (self.poll)();
            (self.room)(&mut self.text, 2 * piece.len())?;
            let digits = piece.iter().flat_map(|byte| [byte >> 4, byte & 15]);
            self.text.extend(digits.map(|digit| char::from(DIGITS[usize::from(digit)])));
        }
        self.push("\"")
    }
}
