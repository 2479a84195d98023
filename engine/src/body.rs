//! The body of a function: the one string after AS.
//!
//! ```text
//! [#export] (module ...)                  WebAssembly text, and which of its exports
//! AGFzbQEAAAA...                          base64 of a binary, where the function returns wasm.module
//! [schema.]module[#export] [key=value...] an export of a module
//! ```
//! It must never look anything up: it only parses, and writes names into what it has parsed.

use crate::error::{Error, Result};
use crate::inspect;
use crate::limits::Isolation;
use crate::name::printable;
use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::borrow::Cow;

/// A parsed body.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// WebAssembly: text, or a binary from base64; and the export that a text names.
    Code { code: Vec<u8>, export: Option<String> },
    /// An export of a module.
    Reference(Reference),
}

/// `[schema.]module[#export] [key=value...]`
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reference {
    pub schema: Option<String>,
    pub module: String,
    /// None means the SQL function's own name.
    pub export: Option<String>,
    /// Fuel of one call; `fuel=1e6`.
    pub fuel: Option<u64>,
    /// Bytes of one instance; `memory=4MB`.
    pub memory: Option<usize>,
    /// `isolation=call` or `isolation=statement`.
    pub isolation: Option<Isolation>,
}

impl Body {
    /// Whether a body is WebAssembly text: a parenthesis comes first, or the `#` of an export, after white space and
    /// comments.
    pub fn is_text(source: &str) -> bool {
        skip_blank(source).is_ok_and(|start| start.starts_with(['(', '#']))
    }

    /// Parses a body. `is_module`: the function returns `wasm.module`.
    ///
    /// WebAssembly text is not parsed: [`binary`] does that.
    ///
    /// # Errors
    /// [`Error::Body`] naming the place; [`Error::Invalid`] if base64 is of something else.
    pub fn parse(source: &str, is_module: bool) -> Result<Self> {
        let start = skip_blank(source)?;
        if start.starts_with('(') {
            // The whole source, so that lines and columns in messages are the user's.
            return Ok(Self::Code { code: source.as_bytes().to_vec(), export: None });
        }
        if is_module {
            let code = decode(source)?;
            // What does not begin so would be taken for text.
            inspect::check_magic(&code)?;
            return Ok(Self::Code { code, export: None });
        }
        if start.starts_with('#') {
            return text_of_export(source, start);
        }
        if start.is_empty() {
            return Err(Error::Body("it is empty".into()));
        }
        Reference::parse(source).map(Self::Reference)
    }

    /// The export that it names.
    pub fn export(&self) -> Option<&str> {
        match self {
            Self::Code { export, .. } | Self::Reference(Reference { export, .. }) => {
                export.as_deref()
            }
        }
    }
}

/// `#export (module ...)`, where `start` is what comes after white space and comments.
fn text_of_export(source: &str, start: &str) -> Result<Body> {
    let (export, rest) = export(start)?;
    if !skip_blank(rest)?.starts_with('(') {
        return Err(Error::Body(
            "no module before # and no WebAssembly text after the export".into(),
        ));
    }
    // In place of what is not WebAssembly text there is white space, for the sake of lines and columns.
    let (before, name) = (source.len() - start.len(), start.len() - rest.len());
    let code = [&source.as_bytes()[..before], &vec![b' '; name], rest.as_bytes()].concat();
    Ok(Body::Code { code, export })
}

/// A reference with another name of its module, all else as it is. `module`: as SQL writes it, with the schema if the
/// body is to name one.
///
/// # Errors
/// [`Error::Body`] if it does not begin with a module's name.
pub fn with_module(source: &str, module: &str) -> Result<String> {
    let start = source.trim_start();
    let (_, _, rest) = module_name(start)?;
    // White space outside ASCII would become part of a name that is not quoted.
    let gap = if rest.starts_with(|c: char| !c.is_ascii()) { " " } else { "" };
    Ok([&source[..source.len() - start.len()], module, gap, rest].concat())
}

/// A body that names an export, all else as it is, made of one that names none.
///
/// # Errors
/// [`Error::Body`] if it is not WebAssembly text and does not begin with a module's name.
pub fn with_export(source: &str, export: &str) -> Result<String> {
    let export = export_name(export);
    if Body::is_text(source) {
        return Ok(format!("#{export}\n{source}"));
    }
    let (_, _, rest) = module_name(source.trim_start())?;
    let module = &source[..source.len() - rest.len()];
    Ok(format!("{module}#{export}{rest}"))
}

/// The binary of code that is text or binary.
///
/// # Errors
/// [`Error::Invalid`] for text that does not parse, and for what is neither.
pub fn binary(code: &[u8]) -> Result<Cow<'_, [u8]>> {
    if let Err(error) = inspect::check_magic(code)
        && (code.is_empty() || std::str::from_utf8(code).is_err())
    {
        return Err(error);
    }
    wat::parse_bytes(code).map_err(|error| Error::Invalid(text_error(&error)))
}

/// What comes after white space and WebAssembly text's two kinds of comments.
fn skip_blank(source: &str) -> Result<&str> {
    let mut rest = source.trim_start();
    loop {
        if rest.starts_with(";;") {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
        } else if rest.starts_with("(;") {
            rest = skip_block_comment(rest)
                .ok_or_else(|| Error::Body("a (; comment is not closed".into()))?;
        } else {
            return Ok(rest);
        }
        rest = rest.trim_start();
    }
}

/// Block comments nest.
fn skip_block_comment(source: &str) -> Option<&str> {
    let bytes = source.as_bytes();
    let (mut at, mut depth) = (0, 0usize);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"(;" => depth += 1,
            b";)" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return Some(&source[at..]);
        }
    }
    None
}

fn decode(source: &str) -> Result<Vec<u8>> {
    const BASE64: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let mut compact = Vec::with_capacity(source.len());
    for line in source.split_ascii_whitespace() {
        compact.extend_from_slice(line.as_bytes());
    }
    BASE64.decode(compact).map_err(|error| {
        Error::Body(format!("a module is base64 or WebAssembly text: {}", printable_base64(&error)))
    })
}

fn printable_base64(error: &base64::DecodeError) -> String {
    match error {
        base64::DecodeError::InvalidByte(at, byte) => {
            format!("byte {} of it is \"{}\"", at + 1, byte.escape_ascii())
        }
        _ => "it ends too early".into(),
    }
}

/// The first line says what, the others show the source with the user's own lines: all of it,
/// up to a screen.
fn text_error(error: &wat::Error) -> String {
    error.to_string().chars().take(1000).filter(|c| *c == '\n' || !c.is_control()).collect()
}

impl Reference {
    fn parse(source: &str) -> Result<Self> {
        let (schema, module, rest) = module_name(source.trim_start())?;
        let (export, rest) = export(rest)?;
        let mut found = Self { schema, module, export, ..Self::default() };
        for option in rest.split_whitespace() {
            let (key, value) = option.split_once('=').ok_or_else(|| {
                Error::Body(format!("\"{}\" is not of the form key=value", printable(option)))
            })?;
            let again = match key {
                "fuel" => found.fuel.replace(fuel(value)?).is_some(),
                "memory" => found.memory.replace(memory(value)?).is_some(),
                "isolation" => found.isolation.replace(isolation(value)?).is_some(),
                _ => {
                    return Err(Error::Body(format!(
                        "unknown key \"{}\", the keys are fuel, memory and isolation",
                        printable(key)
                    )));
                }
            };
            if again {
                return Err(Error::Body(format!("key \"{key}\" is given twice")));
            }
        }
        Ok(found)
    }
}

/// An export as a body writes it, after `#`.
pub fn export_name(export: &str) -> Cow<'_, str> {
    match export.starts_with('"') || export.contains(char::is_whitespace) {
        true => format!("\"{}\"", export.replace('"', "\"\"")).into(),
        false => export.into(),
    }
}

/// `[schema.]module`, and what follows.
fn module_name(source: &str) -> Result<(Option<String>, String, &str)> {
    let (first, rest) = identifier(source)?;
    let Some(after) = rest.strip_prefix('.') else { return Ok((None, first, rest)) };
    let (module, rest) = identifier(after)?;
    Ok((Some(first), module, rest))
}

/// `[#export]`, and what follows: nothing, or white space. A name with white space in it is quoted as an SQL identifier.
fn export(source: &str) -> Result<(Option<String>, &str)> {
    let (export, rest) = match source.strip_prefix('#') {
        None => (None, source),
        Some(name) if name.starts_with('"') => {
            let (export, rest) = identifier(name)?;
            (Some(export), rest)
        }
        Some(name) => {
            let end = name.find(char::is_whitespace).unwrap_or(name.len());
            if end == 0 {
                return Err(Error::Body("no export after #".into()));
            }
            (Some(name[..end].to_string()), &name[end..])
        }
    };
    match rest.is_empty() || rest.starts_with(char::is_whitespace) {
        true => Ok((export, rest)),
        false => Err(Error::Body(format!("unexpected \"{}\"", printable(rest)))),
    }
}

/// An SQL identifier: folded to lower case unless quoted.
fn identifier(source: &str) -> Result<(String, &str)> {
    if let Some(quoted) = source.strip_prefix('"') {
        let mut name = String::new();
        let mut chars = quoted.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if c != '"' {
                name.push(c);
            } else if chars.next_if(|(_, next)| *next == '"').is_some() {
                name.push('"');
            } else if name.is_empty() {
                break;
            } else {
                return Ok((name, &quoted[at + 1..]));
            }
        }
        return Err(Error::Body("a quoted name is empty or not closed".into()));
    }
    // PostgreSQL's scan.l: ident_start and ident_cont.
    let is_start = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
    let is_more = |c: char| is_start(c) || c.is_ascii_digit() || c == '$';
    let end = source.find(|c| !is_more(c)).unwrap_or(source.len());
    if !source.starts_with(is_start) {
        return Err(Error::Body(format!("\"{}\" is not a module's name", printable(source))));
    }
    Ok((source[..end].to_ascii_lowercase(), &source[end..]))
}

/// A whole number, as `1000000` or `1e6`.
fn fuel(value: &str) -> Result<u64> {
    match value.parse::<f64>() {
        Ok(n) if n >= 1.0 && n <= 2f64.powi(53) && n.fract() == 0.0 => Ok(n as u64),
        _ => Err(Error::Body(format!(
            "fuel=\"{}\" is not a positive whole number",
            printable(value)
        ))),
    }
}

fn isolation(value: &str) -> Result<Isolation> {
    Isolation::named(value).ok_or_else(|| {
        Error::Body(format!("isolation=\"{}\" is neither call nor statement", printable(value)))
    })
}

/// A number with one of PostgreSQL's units of memory.
fn memory(value: &str) -> Result<usize> {
    let digits = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    let unit = match &value[digits..] {
        "B" => 1,
        "kB" => 1 << 10,
        "MB" => 1 << 20,
        "GB" => 1 << 30,
        _ => 0,
    };
    match value[..digits].parse::<usize>().ok().and_then(|n| n.checked_mul(unit)) {
        Some(bytes) if bytes > 0 => Ok(bytes),
        _ => Err(Error::Body(format!(
            "memory=\"{}\" is not a number with a unit (B, kB, MB or GB)",
            printable(value)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(source: &str) -> Reference {
        match Body::parse(source, false) {
            Ok(Body::Reference(reference)) => reference,
            other => panic!("{source:?} gave {other:?}"),
        }
    }

    #[test]
    fn text_may_follow_comments() {
        for source in ["(module)", " \n(module)", ";; a\n(; b (; c ;) ;) (module)"] {
            assert!(matches!(Body::parse(source, false), Ok(Body::Code { .. })), "{source}");
        }
    }

    #[test]
    fn base64_ignores_white_space_and_padding() {
        for source in ["AGFzbQEAAAA=", "AGFz\nbQEA\r\n AAA", " AGFzbQEAAAA= "] {
            let code = b"\0asm\x01\0\0\0".to_vec();
            assert_eq!(Body::parse(source, true).unwrap(), Body::Code { code, export: None });
        }
    }

    #[test]
    fn what_is_neither_text_nor_binary_is_not_taken_for_text() {
        for (code, start) in [(&b""[..], "nothing"), (b"\x7fELF\x02\xff", "\"\\x7fELF\"")] {
            let error = binary(code).unwrap_err().to_string();
            assert!(
                error.ends_with(&format!(
                    "it starts with {start}, a WebAssembly binary with \\0asm"
                )),
                "{error}"
            );
        }
    }

    #[test]
    fn references_are_sql_names() {
        let found = reference(r#" My_Schema."Text ""Tools""".x"#.strip_suffix(".x").unwrap());
        assert_eq!(found.schema.as_deref(), Some("my_schema"));
        assert_eq!(found.module, r#"Text "Tools""#);
        let found = reference("tools#local:pkg/iface#to-upper fuel=1e6  memory=4MB");
        assert_eq!(found.export.as_deref(), Some("local:pkg/iface#to-upper"));
        assert_eq!((found.fuel, found.memory), (Some(1_000_000), Some(4 << 20)));
        assert_eq!(reference("tools isolation=statement").isolation, Some(Isolation::Statement));
        assert_eq!(reference("tools").export, None);
    }

    #[test]
    fn an_export_is_quoted_where_it_has_white_space() {
        for (source, export) in [
            ("tools#\"to upper\" fuel=1", "to upper"),
            ("tools#\"a \"\"b\"\"\"", "a \"b\""),
            ("tools#a\"b\"", "a\"b\""),
            ("tools#a#b.c", "a#b.c"),
        ] {
            assert_eq!(reference(source).export.as_deref(), Some(export), "{source}");
        }
    }

    #[test]
    fn text_can_name_an_export() {
        for (source, export, text) in [
            ("#twice (module)", "twice", "       (module)"),
            (";; c\n#\"a b\"\n(; d ;) (module)", "a b", ";; c\n      \n(; d ;) (module)"),
        ] {
            assert!(Body::is_text(source));
            let body = Body::parse(source, false).unwrap();
            assert_eq!(body.export(), Some(export));
            assert!(matches!(body, Body::Code { code, .. } if code == text.as_bytes()), "{source}");
            assert!(Body::parse(source, true).is_err(), "a module has no export of its own");
        }
    }

    #[test]
    fn a_module_gets_another_name_and_all_else_stays() {
        for (source, renamed) in [
            ("lib", "s.\"New\""),
            (" a.\"b.\"\"#\"#x  fuel=1e6\n", " s.\"New\"#x  fuel=1e6\n"),
            ("A.B#a.b memory=1MB ", "s.\"New\"#a.b memory=1MB "),
            ("\"l\"\u{a0}fuel=1", "s.\"New\" \u{a0}fuel=1"),
        ] {
            assert_eq!(with_module(source, "s.\"New\"").unwrap(), renamed);
        }
        assert!(with_module("(module)", "x").is_err());
    }

    #[test]
    fn a_body_gets_an_export_and_all_else_stays() {
        for (source, export, named) in [
            ("lib", "twice", "lib#twice"),
            ("\ts.\"l#\"  fuel=1e6", "a b", "\ts.\"l#\"#\"a b\"  fuel=1e6"),
            ("lib isolation=call", "\"", "lib#\"\"\"\" isolation=call"),
            (";; c\n(module)", "twice", "#twice\n;; c\n(module)"),
        ] {
            let named_now = with_export(source, export).unwrap();
            assert_eq!(named_now, named);
            assert_eq!(Body::parse(&named_now, false).unwrap().export(), Some(export));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for source in [
            "",
            "  ",
            "(; open",
            "1tools",
            "tools#",
            "tools # x",
            "tools#x fuel",
            "tools fuel=0",
            "tools fuel=1.5",
            "tools fuel=1e99",
            "tools fuel=nan",
            "tools memory=4",
            "tools memory=0MB",
            "tools memory=99999999999999999999GB",
            "tools fuel=1 fuel=2",
            "tools speed=1",
            "tools isolation=row",
            "tools isolation=call isolation=call",
            "a.b.c",
            "\"\"",
            "\"open",
            "tools\u{0}",
            "#x",
            "# (module)",
            "#x(module)",
            "#x lib",
            "lib#\"x",
            "lib#\"x\"y",
            "lib#\"\"",
            ".x",
        ] {
            assert!(Body::parse(source, false).is_err(), "{source:?}");
        }
    }
}
