//! jsonb as PostgreSQL writes it: keys sorted and unique, numbers as numeric, standard blanks.

use super::error;
use super::input::numeric;
use plwasm_engine::Result;
use plwasm_engine::json::{Malformed, Reader};

/// The deepest nesting of values. In a server the limit depends on max_stack_depth.
const MAX_DEPTH: usize = 5_000;

/// Returns the jsonb that a JSON text denotes, as text.
///
/// # Errors
/// 22P02 for malformed text, and 22P05 for U+0000, which no text can contain.
pub(super) fn normalized(text: &str) -> Result<String> {
    let invalid = || read(Err(Malformed::Json));
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return invalid();
    }
    let mut reader = Reader::new(text, || {});
    let mut out = String::with_capacity(text.len());
    value(&mut reader, 0, &mut out)?;
    Ok(out)
}

fn value(from: &mut Reader, depth: usize, out: &mut String) -> Result<()> {
    if depth > MAX_DEPTH {
        return Err(error("54001", "stack depth limit exceeded", None));
    }
    match read(from.peek())? {
        b'"' => out.push_str(&quoted(&string(from)?)),
        b'[' => {
            read(from.take(b'['))?;
            out.push('[');
            let mut another = !read(from.takes(b']'))?;
            while another {
                value(from, depth + 1, out)?;
                another = read(from.another(b']'))?;
                out.push_str(if another { ", " } else { "" });
            }
            out.push(']');
        }
        b'{' => {
            read(from.take(b'{'))?;
            let mut members: Vec<(String, String)> = Vec::new();
            let mut another = !read(from.takes(b'}'))?;
            while another {
                let key = string(from)?;
                read(from.take(b':'))?;
                let mut found = String::new();
                value(from, depth + 1, &mut found)?;
                members.push((key, found));
                another = read(from.another(b'}'))?;
            }
            // The order of `lengthCompareJsonbStringValue`. Of several members with one key, the last counts.
            members.reverse();
            members.sort_by(|(a, _), (b, _)| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
            members.dedup_by(|(a, _), (b, _)| a == b);
            let members = members.iter().map(|(key, value)| format!("{}: {value}", quoted(key)));
            out.push_str(&format!("{{{}}}", members.collect::<Vec<_>>().join(", ")));
        }
        _ => {
            let word = read(from.word())?;
            match word {
                "true" | "false" | "null" => out.push_str(word),
                number => out.push_str(&numeric(number, number)?),
            }
        }
    }
    Ok(())
}

fn string(from: &mut Reader) -> Result<String> {
    let text = read(from.string())?;
    match text.contains('\0') {
        true => Err(error("22P05", "unsupported Unicode escape sequence", None)),
        false => Ok(text.into_owned()),
    }
}

fn read<T>(found: std::result::Result<T, Malformed>) -> Result<T> {
    found.map_err(|_| error("22P02", "invalid input syntax for type json", None))
}

/// Returns a string as `escape_json` writes it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}
