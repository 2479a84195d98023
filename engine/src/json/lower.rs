//! FromJson: reads JSON into a value's bytes, and its strings and lists into the guest's memory.

use super::path::{JsonPath, Step};
use super::reader::{Malformed, Poll, Reader};
use super::{INFINITY, MINUS_INFINITY, MINUS_ZERO, NAN, SOME, cases, is_wrapped};
use crate::abi::{Labels, Layout, Type, discriminant_size};
use crate::error::{Error, Result};
use crate::name::{self, printable};
use crate::number::{NotWhole, whole};
use crate::pass::lowering::length;
use crate::run::guest::Guest;
use std::borrow::Cow;

/// The bytes that are copied between two polls.
const PIECE: usize = 1 << 20;

/// Writes the value of a JSON text to `out`, which must be as long as the type's layout and zeroed. Memory is
/// allocated in the order of the canonical ABI: for a list before its elements, for fields in the type's order.
///
/// `poll` is called now and then while a long text is read. It may raise a pending error.
///
/// # Errors
/// [`Error::Json`] if the text is no value of the type; the errors of the guest's allocator.
pub fn lower(text: &str, ty: &Type, guest: &mut Guest, poll: Poll, out: &mut [u8]) -> Result<()> {
    let mut to =
        FromJson { text: Reader::new(text, poll), guest, poll, place: JsonPath::default() };
    to.value(ty, out)?;
    let end = to.text.end();
    to.read(end)
}

struct FromJson<'t, 'g> {
    text: Reader<'t>,
    guest: &'g mut Guest,
    poll: Poll,
    place: JsonPath<'t>,
}

impl<'t> FromJson<'t, '_> {
    /// Reads one value into its bytes, which are zero.
    fn value(&mut self, ty: &'t Type, out: &mut [u8]) -> Result<()> {
        let put = |out: &mut [u8], bytes: &[u8]| out[..bytes.len()].copy_from_slice(bytes);
        match ty {
            Type::Bool => {
                let is_word = matches!(self.peek()?, b't' | b'f');
                match is_word.then(|| self.word()).transpose()? {
                    Some("true") => put(out, &[1]),
                    Some("false") => {}
                    _ => return Err(self.mismatch(ty)),
                }
            }
            Type::S8 => put(out, &self.integer::<i8>(ty)?.to_le_bytes()),
            Type::U8 => put(out, &self.integer::<u8>(ty)?.to_le_bytes()),
            Type::S16 => put(out, &self.integer::<i16>(ty)?.to_le_bytes()),
            Type::U16 => put(out, &self.integer::<u16>(ty)?.to_le_bytes()),
            Type::S32 => put(out, &self.integer::<i32>(ty)?.to_le_bytes()),
            Type::U32 => put(out, &self.integer::<u32>(ty)?.to_le_bytes()),
            Type::S64 => put(out, &self.integer::<i64>(ty)?.to_le_bytes()),
            Type::U64 => put(out, &self.integer::<u64>(ty)?.to_le_bytes()),
            Type::F32 => put(out, &self.float::<f32>(ty)?.to_le_bytes()),
            Type::F64 => put(out, &self.float::<f64>(ty)?.to_le_bytes()),
            Type::Char => {
                let text = self.string(ty)?;
                let mut chars = text.chars();
                match (chars.next(), chars.next()) {
                    (Some(only), None) => put(out, &u32::from(only).to_le_bytes()),
                    _ => {
                        return Err(
                            self.error("22023", "a char must be a string of exactly one character")
                        );
                    }
                }
            }
            Type::String => {
                let text = self.string(ty)?;
                self.bytes(text.as_bytes(), out)?;
            }
            Type::List(element) if **element == Type::U8 && self.peek()? == b'"' => {
                let text = self.string(ty)?;
                let bytes = hexadecimal(&text).ok_or_else(|| {
                    self.error(
                        "22P02",
                        "bytes must be written as \"\\\\x\" followed by two hexadecimal digits for each byte",
                    )
                })?;
                self.bytes(&bytes, out)?;
            }
            Type::List(element) => self.list(ty, element, out)?,
            Type::Tuple(types) => self.tuple(ty, types, out)?,
            Type::Record(_) => self.record(ty, out)?,
            Type::Variant(_) | Type::Result(_) => self.case(ty, out)?,
            Type::Enum(labels) => {
                let label = self.string(ty)?;
                let case = self.label(labels, &label, "label")?;
                discriminate(case, labels.labels.len(), out);
            }
            Type::Flags(labels) => {
                let mut set = 0u32;
                self.elements(ty, |this, _| {
                    let flag = this.string(&Type::String)?;
                    set |= 1 << this.label(labels, &flag, "flag")?;
                    Ok(())
                })?;
                put(out, &set.to_le_bytes()[..Layout::of(ty).size as usize]);
            }
            Type::Option(some) => self.option(some, out)?,
        }
        Ok(())
    }

    fn option(&mut self, some: &'t Type, out: &mut [u8]) -> Result<()> {
        if self.peek()? == b'n' {
            return self.null();
        }
        out[0] = 1;
        let (_, payload) = Layout::of_cases(&[None, Some(some)]);
        let out = &mut out[payload as usize..];
        if !is_wrapped(some) {
            return self.value(some, out);
        }
        self.only_member(|this, key| match key == SOME {
            true => this.within(Step::Key(SOME), |this| this.value(some, out)),
            false => Err(this
                .error("22023", format!("expected key \"{SOME}\", found \"{}\"", printable(key)))),
        })
    }

    /// Reads a variant or a result.
    fn case(&mut self, ty: &'t Type, out: &mut [u8]) -> Result<()> {
        let cases = cases(ty).unwrap_or_default();
        let (_, payload) = Layout::of_cases(&ty.cases().unwrap_or_default());
        let find = |this: &Self, label: &str| {
            let found = cases.iter().position(|(name, _)| name::matches(name, label));
            found.ok_or_else(|| this.unknown("case", label, cases.iter().map(|(name, _)| *name)))
        };
        let case = match self.peek()? {
            b'"' => {
                let label = self.string(ty)?;
                let case = find(self, &label)?;
                if cases[case].1.is_some() {
                    let message = format!("case \"{}\" requires a value", printable(&label));
                    return Err(self.error("22023", message));
                }
                case
            }
            b'{' => {
                let mut found = 0;
                self.only_member(|this, key| {
                    found = find(this, key)?;
                    let (name, ty) = cases[found];
                    this.within(Step::Key(name), |this| match ty {
                        Some(ty) => this.value(ty, &mut out[payload as usize..]),
                        None if this.peek()? == b'n' => this.null(),
                        None => {
                            let message = format!("case \"{name}\" takes no value");
                            Err(this.error("22023", message))
                        }
                    })
                })?;
                found
            }
            _ => return Err(self.mismatch(ty)),
        };
        discriminate(case, cases.len(), out);
        Ok(())
    }

    /// Reads an object that has one key. `run` reads its value.
    fn only_member(&mut self, run: impl FnOnce(&mut Self, &str) -> Result<()>) -> Result<()> {
        const ONE: &str = "expected an object with exactly one key";
        if !self.takes(b'{')? {
            return Err(self.error("22023", ONE));
        }
        if self.peek()? == b'}' {
            return Err(self.error("22023", ONE));
        }
        let key = self.key()?;
        run(self, &key)?;
        match self.another(b'}')? {
            true => Err(self.error("22023", ONE)),
            false => Ok(()),
        }
    }

    fn list(&mut self, ty: &'t Type, element: &'t Type, out: &mut [u8]) -> Result<()> {
        if self.peek()? != b'[' {
            return Err(self.mismatch(ty));
        }
        let count = self.text.count();
        let count = self.read(count)?;
        let Layout { size, align } = Layout::of(element);
        let length = length(count.saturating_mul(size as usize))?;
        let (pointer, _) = self.guest.allocate(length, align)?;
        let mut bytes = vec![0; size as usize];
        self.elements(ty, |this, i| {
            bytes.fill(0);
            this.value(element, &mut bytes)?;
            // This stays within the list, whose length is a u32.
            let at = pointer + i as u32 * size;
            this.guest.bytes_mut(at, size, "cabi_realloc returned")?.copy_from_slice(&bytes);
            Ok(())
        })?;
        out[..4].copy_from_slice(&pointer.to_le_bytes());
        out[4..8].copy_from_slice(&(count as u32).to_le_bytes());
        Ok(())
    }

    fn tuple(&mut self, ty: &'t Type, types: &'t [Type], out: &mut [u8]) -> Result<()> {
        let (_, offsets) = Layout::of_tuple(types);
        let mut count = 0;
        self.elements(ty, |this, i| {
            count = i + 1;
            match (types.get(i), offsets.get(i)) {
                (Some(ty), Some(at)) => this.value(ty, &mut out[*at as usize..]),
                _ => Err(this.error("22023", format!("{ty:#} has {} elements", types.len()))),
            }
        })?;
        match count == types.len() {
            true => Ok(()),
            false => {
                Err(self
                    .error("22023", format!("{ty:#} has {} elements, not {count}", types.len())))
            }
        }
    }

    /// Reads the elements of an array.
    fn elements(
        &mut self,
        ty: &Type,
        mut run: impl FnMut(&mut Self, usize) -> Result<()>,
    ) -> Result<()> {
        if !self.takes(b'[')? {
            return Err(self.mismatch(ty));
        }
        if self.takes(b']')? {
            return Ok(());
        }
        for i in 0.. {
            (self.poll)();
            self.within(Step::Element(i), |this| run(this, i))?;
            if !self.another(b']')? {
                break;
            }
        }
        Ok(())
    }

    fn record(&mut self, ty: &'t Type, out: &mut [u8]) -> Result<()> {
        let Type::Record(record) = ty else { return Err(self.mismatch(ty)) };
        if !self.takes(b'{')? {
            return Err(self.mismatch(ty));
        }
        // Keys come in any order. Fields are lowered in the type's order.
        let fields = &record.fields;
        let mut starts: Vec<Option<usize>> = vec![None; fields.len()];
        let mut next = 0;
        if !self.takes(b'}')? {
            loop {
                (self.poll)();
                let key = self.key()?;
                let mut candidates = (next..fields.len()).chain(0..next);
                let Some(found) = candidates.find(|i| name::matches(&fields[*i].name, &key)) else {
                    let names = fields.iter().map(|field| field.name.as_str());
                    return Err(self.unknown("field", &key, names));
                };
                if starts[found].replace(self.text.at()).is_some() {
                    let message = format!("field \"{}\" appears twice", fields[found].name);
                    return Err(self.error("22030", message));
                }
                next = found + 1;
                let skipped = self.text.skip();
                self.read(skipped)?;
                if !self.another(b'}')? {
                    break;
                }
            }
        }
        let end = self.text.at();
        let (_, offsets) = Layout::of_tuple(fields.iter().map(|field| &field.ty));
        for ((field, start), at) in fields.iter().zip(starts).zip(offsets) {
            match (start, &field.ty) {
                (Some(start), ty) => {
                    self.text.back_to(start);
                    let out = &mut out[at as usize..];
                    self.within(Step::Key(&field.name), |this| this.value(ty, out))?;
                }
                (None, Type::Option(_)) => {}
                (None, _) => {
                    return Err(self.error("22023", format!("field \"{}\" is missing", field.name)));
                }
            }
        }
        self.text.back_to(end);
        Ok(())
    }

    fn within(&mut self, step: Step<'t>, run: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.place.enter(step);
        run(self)?;
        self.place.leave();
        Ok(())
    }

    fn integer<T: TryFrom<i128>>(&mut self, ty: &Type) -> Result<T> {
        let word = self.number(ty)?;
        match whole(word) {
            Ok(value) => T::try_from(value).map_err(|_| NotWhole::Range),
            Err(why) => Err(why),
        }
        .map_err(|why| self.not_whole(word, ty, why))
    }

    fn float<T: Float>(&mut self, ty: &Type) -> Result<T> {
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

    fn number(&mut self, ty: &Type) -> Result<&'t str> {
        match self.peek()? {
            b'-' | b'0'..=b'9' => self.word(),
            _ => Err(self.mismatch(ty)),
        }
    }

    fn null(&mut self) -> Result<()> {
        match self.word()? {
            "null" => Ok(()),
            _ => Err(self.malformed(Malformed::Json)),
        }
    }

    /// Reads a string, where the type requires one.
    fn string(&mut self, ty: &Type) -> Result<Cow<'t, str>> {
        if self.peek()? != b'"' {
            return Err(self.mismatch(ty));
        }
        let text = self.text.string();
        self.read(text)
    }

    fn key(&mut self) -> Result<Cow<'t, str>> {
        let key = self.text.string();
        let key = self.read(key)?;
        let colon = self.text.take(b':');
        self.read(colon)?;
        Ok(key)
    }

    fn word(&mut self) -> Result<&'t str> {
        let word = self.text.word();
        self.read(word)
    }

    fn peek(&mut self) -> Result<u8> {
        let byte = self.text.peek();
        self.read(byte)
    }

    fn takes(&mut self, byte: u8) -> Result<bool> {
        let taken = self.text.takes(byte);
        self.read(taken)
    }

    fn another(&mut self, end: u8) -> Result<bool> {
        let another = self.text.another(end);
        self.read(another)
    }

    /// Returns the number of a label, by its name.
    fn label(&self, labels: &Labels, label: &str, what: &str) -> Result<usize> {
        let found = labels.labels.iter().position(|known| name::matches(known, label));
        found.ok_or_else(|| self.unknown(what, label, labels.labels.iter().map(String::as_str)))
    }

    /// Writes the bytes of a string or a list to the guest's memory, and their pointer and length to `out`.
    fn bytes(&mut self, bytes: &[u8], out: &mut [u8]) -> Result<()> {
        let length = length(bytes.len())?;
        let (pointer, memory) = self.guest.allocate(length, 1)?;
        for (to, from) in memory.chunks_mut(PIECE).zip(bytes.chunks(PIECE)) {
            (self.poll)();
            to.copy_from_slice(from);
        }
        out[..4].copy_from_slice(&pointer.to_le_bytes());
        out[4..8].copy_from_slice(&length.to_le_bytes());
        Ok(())
    }

    /// Returns what was read, or the error for a malformed text.
    fn read<T>(&self, found: std::result::Result<T, Malformed>) -> Result<T> {
        found.map_err(|why| self.malformed(why))
    }

    fn error(&self, sqlstate: &'static str, message: impl Into<String>) -> Error {
        Error::Json { sqlstate, message: message.into(), place: self.place.to_string() }
    }

    fn malformed(&self, why: Malformed) -> Error {
        self.error(
            "22P02",
            match why {
                Malformed::Json => "invalid input syntax for type json",
                Malformed::Surrogate => "a surrogate in a JSON string is not part of a pair",
            },
        )
    }

    fn mismatch(&mut self, ty: &Type) -> Error {
        let what = match self.text.peek() {
            Ok(b'{') => "an object",
            Ok(b'[') => "an array",
            Ok(b'"') => "a string",
            Ok(b't' | b'f') => "a boolean",
            Ok(b'n') => "null",
            Ok(b'-' | b'0'..=b'9') => "a number",
            Ok(_) => return self.malformed(Malformed::Json),
            Err(why) => return self.malformed(why),
        };
        self.error("22023", format!("{what} in JSON cannot be passed as {ty:#}"))
    }

    fn not_whole(&self, word: &str, ty: &Type, why: NotWhole) -> Error {
        let error = Error::NotWhole { value: printable(word), ty: ty.to_string(), why };
        self.error("22003", error.to_string())
    }

    fn unknown<'n>(
        &self,
        what: &str,
        found: &str,
        known: impl ExactSizeIterator<Item = &'n str>,
    ) -> Error {
        let known = name::listed(known);
        self.error(
            "22023",
            format!("\"{}\" is not a {what}, expected one of {known}", printable(found)),
        )
    }
}

/// Writes the number of a case.
fn discriminate(case: usize, cases: usize, out: &mut [u8]) {
    let size = discriminant_size(cases) as usize;
    out[..size].copy_from_slice(&(case as u32).to_le_bytes()[..size]);
}

/// Reads bytes as PostgreSQL writes bytea.
fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.strip_prefix("\\x")?.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |[high, low]: &[u8; 2]| Some((digit(*high)? << 4 | digit(*low)?) as u8);
    rest.is_empty().then(|| pairs.iter().map(byte).collect())?
}

/// `f32` and `f64`. Each is read directly from its digits, so that it is rounded once.
trait Float: Copy {
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
