//! Writes the section in which a module or component asks for a warm-up.
//!
//! It must never change anything else: all other bytes stay as they are, except the sizes of what contained the
//! section before.

use crate::error::Result;
use crate::read::inspect::{Inspection, Kind, invalid};
use crate::warm_up::{SECTION, WarmUp};
use std::borrow::Cow;
use wasm_encoder::{CustomSection, Encode, Section};
use wasmparser::BinaryReader;

/// The bytes of a binary before its first section.
const HEADER: usize = 8;

/// The numbers of sections, of which a component has the last two for what is within it.
const CUSTOM: u8 = 0;
const CORE_MODULE: u8 = 1;
const COMPONENT: u8 = 4;

/// Returns a module or component that asks for this warm-up, and for nothing that it asked for before. A warm-up that
/// is empty leaves no section. Sections of modules within a component are removed, as only one warm-up can be asked
/// for.
///
/// # Errors
/// The errors of [`Inspection::of`].
pub fn with_warm_up(binary: &[u8], warm_up: &WarmUp) -> Result<Vec<u8>> {
    // This also bounds how deep components are nested.
    Inspection::of(binary)?;
    let mut found = without(binary)?.into_owned();
    if !warm_up.is_default() {
        let data = warm_up.to_string();
        CustomSection { name: SECTION.into(), data: data.as_bytes().into() }.append_to(&mut found);
    }
    Ok(found)
}

/// Returns a binary without the section.
fn without(binary: &[u8]) -> Result<Cow<'_, [u8]>> {
    let is_component = Kind::of(binary)? == Kind::Component;
    let mut kept = Vec::new();
    // The bytes from here on have not been copied.
    let mut copied = 0;
    let mut reader = BinaryReader::new(binary, 0);
    reader.read_bytes(HEADER).map_err(invalid)?;
    while !reader.eof() {
        let start = reader.original_position();
        let (id, content) = section(&mut reader)?;
        let within = match id {
            CUSTOM if is_warm_up(content) => None,
            CORE_MODULE | COMPONENT if is_component => match without(content)? {
                Cow::Borrowed(_) => continue,
                Cow::Owned(changed) => Some(changed),
            },
            _ => continue,
        };
        kept.extend_from_slice(&binary[copied..start]);
        copied = reader.original_position();
        if let Some(within) = within {
            kept.push(id);
            within.encode(&mut kept);
        }
    }
    Ok(match copied {
        0 => Cow::Borrowed(binary),
        _ => {
            kept.extend_from_slice(&binary[copied..]);
            Cow::Owned(kept)
        }
    })
}

/// Reads a section: its number and its contents.
fn section<'a>(reader: &mut BinaryReader<'a>) -> Result<(u8, &'a [u8])> {
    let id = reader.read_u8().map_err(invalid)?;
    let size = reader.read_var_u32().map_err(invalid)?;
    Ok((id, reader.read_bytes(size as usize).map_err(invalid)?))
}

/// Returns whether a custom section is the one that asks for a warm-up.
fn is_warm_up(content: &[u8]) -> bool {
    BinaryReader::new(content, 0).read_string().is_ok_and(|name| name == SECTION)
}

#[cfg(test)]
mod tests {
    use super::with_warm_up;
    use crate::read::body::parse_warm_up;
    use crate::read::warm_up_of;
    use crate::warm_up::WarmUp;

    fn warmed(text: &str, warm_up: &str) -> Vec<u8> {
        let binary = wat::parse_str(text).unwrap();
        with_warm_up(&binary, &parse_warm_up(warm_up).unwrap()).unwrap()
    }

    #[test]
    fn a_module_gets_a_section_and_loses_it() {
        let text = r#"(module $m (@custom "a" "1") (func (export "f")) (@custom "b" "2"))"#;
        let before = wat::parse_str(text).unwrap();
        let after = warmed(text, "heap=1MB warm=f('it''s', 1)");
        assert!(after.starts_with(&before));
        assert_eq!(warm_up_of(&after).unwrap().to_string(), "heap=1MB warm=f('it''s', 1)");
        assert_eq!(with_warm_up(&after, &WarmUp::default()).unwrap(), before);
        let other = with_warm_up(&after, &parse_warm_up("heap=0").unwrap()).unwrap();
        assert_eq!(warm_up_of(&other).unwrap().to_string(), "heap=0");
    }

    #[test]
    fn sections_are_replaced_wherever_they_are() {
        let section = r#"(@custom "plwasm:warm" "heap=1MB")"#;
        let wrong = r#"(@custom "plwasm:warm" "\ff") (@custom "plwasm:warm" "x")"#;
        for (with, without) in [
            (
                format!("(module {section} (func (export \"f\")) {wrong})"),
                "(module (func (export \"f\")))",
            ),
            (
                // The inner sizes have one byte less, as they are less than 128 without the sections.
                format!(
                    "(component (@custom \"a\" \"1\") (core module {section} {section} {section} {section} {section}
                        (func (export \"f\")))
                       (component {section} (core module $m {wrong} (memory 1)) (core instance (instantiate $m))))"
                ),
                "(component (@custom \"a\" \"1\") (core module (func (export \"f\")))
                   (component (core module $m (memory 1)) (core instance (instantiate $m))))",
            ),
        ] {
            let bare = warmed(&with, "");
            assert_eq!(bare, wat::parse_str(without).unwrap(), "{with}");
            let after = warmed(&with, "warm=f()");
            assert_eq!(after, warmed(without, "warm=f()"));
            assert_eq!(warm_up_of(&after).unwrap().to_string(), "warm=f()");
        }
    }

    #[test]
    fn what_is_no_module_is_refused() {
        let deep = format!("{}{}", "(component ".repeat(90), ")".repeat(90));
        let deep = wat::parse_str(deep).unwrap();
        let module = wat::parse_str("(module (func (export \"f\")))").unwrap();
        for (bytes, said) in [
            (&b""[..], "it starts with nothing"),
            (b"\0asm", "invalid WebAssembly module"),
            (&module[..module.len() - 1], "invalid WebAssembly module"),
            (&deep, "nested more than 32 deep"),
        ] {
            let error = with_warm_up(bytes, &WarmUp { heap: Some(0), call: None }).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}
