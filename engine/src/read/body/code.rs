//! The code in a body: WebAssembly text, with the name of an export before it if the user wrote one, or a binary in
//! base64.

use super::name::export;
use crate::error::{Error, Result};
use crate::read::inspect;
use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::borrow::Cow;

/// Returns the binary of `code`, which is WebAssembly text or already a binary.
///
/// # Errors
/// [`Error::Invalid`] if the text does not parse, or `code` is neither text nor a binary.
pub fn binary(code: &[u8]) -> Result<Cow<'_, [u8]>> {
    if let Err(error) = inspect::check_magic(code)
        && (code.is_empty() || std::str::from_utf8(code).is_err())
    {
        return Err(error);
    }
    wat::parse_bytes(code).map_err(|error| Error::Invalid(text_error(&error)))
}

/// Returns the message of an error, at most one screen long. Its first line says what is wrong, the others show the
/// source.
fn text_error(error: &wat::Error) -> String {
    error.to_string().chars().take(1000).filter(|c| *c == '\n' || !c.is_control()).collect()
}

/// Skips white space and both kinds of comments of WebAssembly text. Returns the rest.
pub(super) fn skip_blank(source: &str) -> Result<&str> {
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

/// Skips a block comment, which can contain other block comments. Returns the rest, or `None` if the comment is not
/// closed.
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

/// Splits `#export (module ...)` into the text and the name of the export. `start` is the part of `source` after
/// white space and comments.
pub(super) fn text_of_export(source: &str, start: &str) -> Result<(Vec<u8>, Option<String>)> {
    let (export, rest) = export(start)?;
    if !skip_blank(rest)?.starts_with('(') {
        return Err(Error::Body(
            "no module before # and no WebAssembly text after the export".into(),
        ));
    }
    // Spaces replace the name, so that lines and columns of the text stay the same.
    let (before, name) = (source.len() - start.len(), start.len() - rest.len());
    let code = [&source.as_bytes()[..before], &vec![b' '; name], rest.as_bytes()].concat();
    Ok((code, export))
}

/// Decodes a binary from base64.
pub(super) fn decode(source: &str) -> Result<Vec<u8>> {
    const BASE64: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let mut compact = Vec::with_capacity(source.len());
    for line in source.split_ascii_whitespace() {
        compact.extend_from_slice(line.as_bytes());
    }
    let code = BASE64.decode(compact).map_err(|error| {
        Error::Body(format!("a module is base64 or WebAssembly text: {}", printable_base64(&error)))
    })?;
    // Without this check, base64 of anything else would be taken for WebAssembly text.
    inspect::check_magic(&code)?;
    Ok(code)
}

fn printable_base64(error: &base64::DecodeError) -> String {
    match error {
        base64::DecodeError::InvalidByte(at, byte) => {
            format!("byte {} of it is \"{}\"", at + 1, byte.escape_ascii())
        }
        _ => "it ends too early".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
