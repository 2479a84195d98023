//! Writes a value as text in WAVE, the WebAssembly Value Encoding, which resembles WIT
//! (<https://github.com/bytecodealliance/wasm-tools/tree/main/crates/wasm-wave>).
//!
//! The text is for people. A long value is cut, and `...` stands for the rest.

use super::{Lift, lifting};
use crate::abi::{Layout, Type, discriminant_size, word};
use crate::error::{Error, Result};
use std::fmt::{Display, Write};

/// The maximum length of a string in characters, and of the whole text in bytes. The rest is left out.
const MAX_SHOWN: usize = 1000;

/// The maximum number of elements of a list. The rest is left out.
const MAX_ELEMENTS: usize = 20;

/// Labels that are written with `%` before them, because they are also keywords.
const KEYWORDS: [&str; 8] = ["true", "false", "inf", "nan", "some", "none", "ok", "err"];

/// Returns the value of type `ty` that `bytes` begins with, as text.
///
/// # Errors
/// [`Error::Abi`], and whatever else `from` finds invalid.
pub(super) fn shown(ty: &Type, bytes: &[u8], from: &impl Lift) -> Result<String> {
    let mut out = String::new();
    show(ty, bytes, from, &mut out)?;
    Ok(out)
}

fn show(ty: &Type, bytes: &[u8], from: &impl Lift, out: &mut String) -> Result<()> {
    let mut put = |value: &dyn Display| {
        let _ = write!(out, "{value}");
    };
    match ty {
        Type::Bool => put(&(bytes[0] != 0)),
        Type::S8 => put(&(bytes[0] as i8)),
        Type::U8 => put(&bytes[0]),
        Type::S16 => put(&i16::from_le_bytes(word(bytes))),
        Type::U16 => put(&u16::from_le_bytes(word(bytes))),
        Type::S32 => put(&i32::from_le_bytes(word(bytes))),
        Type::U32 => put(&u32::from_le_bytes(word(bytes))),
        Type::S64 => put(&i64::from_le_bytes(word(bytes))),
        Type::U64 => put(&u64::from_le_bytes(word(bytes))),
        Type::F32 => match f32::from_le_bytes(word(bytes)) {
            value if value.is_nan() => put(&"nan"),
            value => put(&value),
        },
        Type::F64 => match f64::from_le_bytes(word(bytes)) {
            value if value.is_nan() => put(&"nan"),
            value => put(&value),
        },
        Type::Char => {
            let code = u32::from_le_bytes(word(bytes));
            let char = char::from_u32(code).ok_or_else(|| Error::no_char(code))?;
            out.push('\'');
            escape(char, '\'', out);
            out.push('\'');
        }
        Type::String => {
            let text = from.string(bytes)?;
            out.push('"');
            text.chars().take(MAX_SHOWN).for_each(|char| escape(char, '"', out));
            out.push_str(if text.chars().nth(MAX_SHOWN).is_some() { "..." } else { "" });
            out.push('"');
        }
        Type::List(element) => {
            let Layout { size, align } = Layout::of(element);
            let elements = from.list(bytes, size, align)?;
            let elements = elements.take(MAX_ELEMENTS + 1).map(|bytes| (None, &**element, bytes));
            sequence(['[', ']'], elements, from, out)?;
        }
        Type::Tuple(types) => {
            let (_, offsets) = Layout::of_tuple(types.iter());
            let fields = types.iter().zip(offsets);
            let fields = fields.map(|(ty, at)| (None, ty, &bytes[at as usize..]));
            sequence(['(', ')'], fields, from, out)?;
        }
        Type::Record(record) => {
            let (_, offsets) = Layout::of_tuple(record.fields.iter().map(|field| &field.ty));
            let fields =
                record.fields.iter().zip(offsets).map(|(field, at)| {
                    (Some(field.name.as_str()), &field.ty, &bytes[at as usize..])
                });
            sequence(['{', '}'], fields, from, out)?;
        }
        Type::Flags(labels) => {
            let flags: Vec<_> = lifting::flags(bytes, Layout::of(ty).size, labels).collect();
            put(&format_args!("{{{}}}", flags.join(", ")));
        }
        Type::Variant(_) | Type::Enum(_) | Type::Option(_) | Type::Result(_) => {
            let cases = ty.cases().unwrap_or_default();
            let size = discriminant_size(cases.len());
            let case = lifting::case(bytes, size, cases.len())? as usize;
            match ty {
                Type::Variant(variant) => label(&variant.cases[case].name, out),
                Type::Enum(labels) => label(&labels.labels[case], out),
                Type::Option(_) => out.push_str(["none", "some"][case]),
                _ => out.push_str(["ok", "err"][case]),
            }
            if let Some(payload) = cases[case] {
                let (_, at) = Layout::of_cases(&cases);
                out.push('(');
                show(payload, &bytes[at as usize..], from, out)?;
                out.push(')');
            }
        }
        Type::Own(_) | Type::Borrow(_) => return Err(Error::handle(ty)),
    }
    Ok(())
}

/// Writes values between brackets, with their names if they have any.
fn sequence<'a>(
    [open, close]: [char; 2],
    values: impl Iterator<Item = (Option<&'a str>, &'a Type, &'a [u8])>,
    from: &impl Lift,
    out: &mut String,
) -> Result<()> {
    out.push(open);
    for (i, (name, ty, bytes)) in values.enumerate() {
        out.push_str(if i == 0 { "" } else { ", " });
        if out.len() > MAX_SHOWN || open == '[' && i == MAX_ELEMENTS {
            out.push_str("...");
            break;
        }
        if let Some(name) = name {
            out.push_str(name);
            out.push_str(": ");
        }
        show(ty, bytes, from, out)?;
    }
    out.push(close);
    Ok(())
}

/// Writes the label of a case.
fn label(label: &str, out: &mut String) {
    out.push_str(if KEYWORDS.contains(&label) { "%" } else { "" });
    out.push_str(label);
}

/// Writes a character of a literal that stands between two `quote` characters.
fn escape(char: char, quote: char, out: &mut String) {
    match char {
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\\' => out.push_str("\\\\"),
        char if char == quote => out.extend(['\\', char]),
        '\'' | '"' => out.push(char),
        '\0' => out.push_str("\\u{0}"),
        // This also escapes characters that are invisible or combine with the one before them.
        char => out.extend(char.escape_debug()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{Case, Field, Labels, Record, ResultType, Variant};
    use std::borrow::Cow;
    use std::rc::Rc;

    /// A memory that holds everything that a value points to.
    struct Memory(Vec<u8>);

    impl Lift for Memory {
        fn string(&self, bytes: &[u8]) -> Result<Cow<'_, str>> {
            let [start, length] = [0, 4].map(|at| u32::from_le_bytes(word(&bytes[at..])) as usize);
            Ok(String::from_utf8_lossy(&self.0[start..start + length]))
        }

        fn list(&self, bytes: &[u8], size: u32, _: u32) -> Result<impl Iterator<Item = &[u8]>> {
            let [start, count] = [0, 4].map(|at| u32::from_le_bytes(word(&bytes[at..])) as usize);
            Ok(self.0[start..start + count * size as usize].chunks(size as usize))
        }
    }

    fn wave(ty: &Type, bytes: &[u8], memory: &[u8]) -> String {
        shown(ty, bytes, &Memory(memory.to_vec())).unwrap()
    }

    fn labels(labels: &[&str]) -> Rc<Labels> {
        let labels = labels.iter().map(ToString::to_string).collect();
        Rc::new(Labels { name: None, docs: None, labels })
    }

    #[test]
    fn scalars() {
        for (value, written) in [
            (1.0f64, "1"),
            (-0.0, "-0"),
            (0.1, "0.1"),
            (f64::NAN, "nan"),
            (-f64::NAN, "nan"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(wave(&Type::F64, &value.to_le_bytes(), b""), written);
            assert_eq!(wave(&Type::F32, &(value as f32).to_le_bytes(), b""), written);
        }
        assert_eq!(wave(&Type::S8, &[0xff], b""), "-1");
        assert_eq!(wave(&Type::U64, &[0xff; 8], b""), "18446744073709551615");
        assert_eq!(wave(&Type::Bool, &[1], b""), "true");
    }

    #[test]
    fn characters_are_escaped() {
        for (char, written) in [
            ('x', "'x'"),
            ('\'', r"'\''"),
            ('"', "'\"'"),
            ('\\', r"'\\'"),
            ('\n', r"'\n'"),
            ('\0', r"'\u{0}'"),
            ('\u{1b}', r"'\u{1b}'"),
            ('ß', "'ß'"),
            ('\u{202e}', r"'\u{202e}'"),
        ] {
            assert_eq!(wave(&Type::Char, &u32::from(char).to_le_bytes(), b""), written);
        }
        assert!(shown(&Type::Char, &0xd800u32.to_le_bytes(), &Memory(Vec::new())).is_err());
        let text = "a\"'\\\0\r\n";
        let bytes = [0u32.to_le_bytes(), (text.len() as u32).to_le_bytes()].concat();
        assert_eq!(wave(&Type::String, &bytes, text.as_bytes()), r#""a\"'\\\u{0}\r\n""#);
    }

    #[test]
    fn what_is_put_together() {
        let pair = Type::Tuple([Type::U8, Type::S8.option()].into());
        assert_eq!(wave(&pair, &[1, 1, 0xfe], b""), "(1, some(-2))");
        assert_eq!(wave(&pair, &[1, 0, 0xfe], b""), "(1, none)");
        let field = |name: &str, ty| Field { name: name.into(), docs: None, ty };
        let fields = vec![field("a", Type::U8), field("b-c", pair.clone())];
        let record = Type::Record(Rc::new(Record { name: None, docs: None, fields }));
        assert_eq!(wave(&record, &[7, 1, 0, 0], b""), "{a: 7, b-c: (1, none)}");
        let bytes = [0u32.to_le_bytes(), 3u32.to_le_bytes()].concat();
        assert_eq!(wave(&Type::U8.list(), &bytes, &[1, 2, 3]), "[1, 2, 3]");
        let bytes = [0u32.to_le_bytes(), 30u32.to_le_bytes()].concat();
        assert!(wave(&Type::U8.list(), &bytes, &[1; 30]).ends_with("1, 1, ...]"));
        let flags = Type::Flags(labels(&["a", "ok", "c"]));
        assert_eq!(wave(&flags, &[6], b""), "{ok, c}");
        assert_eq!(wave(&flags, &[0xf8], b""), "{}");
    }

    #[test]
    fn cases_are_told_from_keywords() {
        let case = |name: &str, ty| Case { name: name.into(), ty };
        let cases =
            vec![case("none", None), case("err", Some(Type::U8)), case("x", Some(Type::U8))];
        let variant = Type::Variant(Rc::new(Variant { name: None, docs: None, cases }));
        assert_eq!(wave(&variant, &[0, 9], b""), "%none");
        assert_eq!(wave(&variant, &[1, 9], b""), "%err(9)");
        assert_eq!(wave(&variant, &[2, 9], b""), "x(9)");
        assert!(shown(&variant, &[3, 9], &Memory(Vec::new())).is_err());
        assert_eq!(wave(&Type::Enum(labels(&["inf", "info"])), &[0], b""), "%inf");
        assert_eq!(wave(&Type::Enum(labels(&["inf", "info"])), &[1], b""), "info");
        let result = Type::Result(Rc::new(ResultType { ok: None, err: Some(Type::U8) }));
        assert_eq!(wave(&result, &[0, 9], b""), "ok");
        assert_eq!(wave(&result, &[1, 9], b""), "err(9)");
    }
}
