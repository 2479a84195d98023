//! Names in a body: SQL identifiers, and exports after `#`.

use crate::error::{Error, Result};
use crate::name::printable;
use std::borrow::Cow;

/// Spells the name of an export as a body has it after `#`.
pub fn export_name(export: &str) -> Cow<'_, str> {
    match export.starts_with('"') || export.contains(char::is_whitespace) {
        true => format!("\"{}\"", export.replace('"', "\"\"")).into(),
        false => export.into(),
    }
}

/// Splits `[schema.]module` from the rest.
pub(super) fn module_name(source: &str) -> Result<(Option<String>, String, &str)> {
    let (first, rest) = identifier(source)?;
    let Some(after) = rest.strip_prefix('.') else { return Ok((None, first, rest)) };
    let (module, rest) = identifier(after)?;
    Ok((Some(first), module, rest))
}

/// Splits `[#export]` from the rest, which is empty or begins with white space. A name that contains white space is
/// quoted like an SQL identifier.
pub(super) fn export(source: &str) -> Result<(Option<String>, &str)> {
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

/// Splits an SQL identifier from the rest. An unquoted identifier is folded to lower case.
pub(super) fn identifier(source: &str) -> Result<(String, &str)> {
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
    // These are ident_start and ident_cont of PostgreSQL's scan.l.
    let is_start = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
    let is_more = |c: char| is_start(c) || c.is_ascii_digit() || c == '$';
    let end = source.find(|c| !is_more(c)).unwrap_or(source.len());
    if !source.starts_with(is_start) {
        return Err(Error::Body(format!("\"{}\" is not a module's name", printable(source))));
    }
    Ok((source[..end].to_ascii_lowercase(), &source[end..]))
}
