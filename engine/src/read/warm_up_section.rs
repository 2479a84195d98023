//! The warm-up that a binary asks for, in its custom section [`SECTION`].
//!
//! It must never run anything: whether the warm-up succeeds is another question.

use crate::error::{Error, Result};
use crate::read::body;
use crate::read::inspect::invalid;
use crate::warm_up::{SECTION, WarmUp};
use wasmparser::{Parser, Payload};

/// Returns the warm-up that a module or component asks for. Tools that make a component of a module keep the module's
/// sections, so a core module within a component is asked, too.
///
/// # Errors
/// [`Error::Invalid`] if the section is wrong, or if there are two that differ.
pub fn warm_up_of(binary: &[u8]) -> Result<WarmUp> {
    let mut found: Option<&[u8]> = None;
    for payload in Parser::new(0).parse_all(binary) {
        if let Payload::CustomSection(section) = payload.map_err(invalid)?
            && section.name() == SECTION
            && let Some(before) = found.replace(section.data())
            && before != section.data()
        {
            return Err(Error::Invalid(format!("it has two custom sections \"{SECTION}\"")));
        }
    }
    found.map_or(Ok(WarmUp::default()), body::section)
}

#[cfg(test)]
mod tests {
    use super::warm_up_of;

    fn of(text: &str) -> Result<String, String> {
        let binary = wat::parse_str(text).unwrap();
        warm_up_of(&binary).map(|found| found.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_section_asks_for_a_warm_up() {
        assert_eq!(of("(module)").unwrap(), "");
        let one = r#"(@custom "plwasm:warm" "heap=1MB warm=f()\00")"#;
        assert_eq!(of(&format!("(module {one})")).unwrap(), "heap=1MB warm=f()");
        let component = format!("(component (core module {one}) (core module {one}))");
        assert_eq!(of(&component).unwrap(), "heap=1MB warm=f()");
        let two = format!(r#"(module {one} (@custom "plwasm:warm" "heap=0"))"#);
        assert!(of(&two).unwrap_err().contains("two custom sections"));
        let wrong = r#"(module (@custom "plwasm:warm" "\ff"))"#;
        assert!(of(wrong).unwrap_err().contains("not UTF-8"));
    }
}
