//! From JSON: reads a text into a value's bytes, and its strings and lists into the guest's memory.
//!
//! It must never build a tree of the text: what is read is written where it belongs, one value at a time.

mod error;
mod parts;
mod word;

use super::path::{JsonPath, Step};
use super::reader::{Poll, Reader};
use super::{SOME, cases, is_wrapped};
use crate::abi::{Labels, Layout, Type, discriminant_size};
use crate::error::Result;
use crate::name::{self, printable};
use crate::pass::lowering::length;
use crate::run::guest::Guest;

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
            Type::Own(_) | Type::Borrow(_) => return Err(self.mismatch(ty)),
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

    fn within(&mut self, step: Step<'t>, run: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.place.enter(step);
        run(self)?;
        self.place.leave();
        Ok(())
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
