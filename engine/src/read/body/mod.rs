//! The body of a function: the string after `AS`.
//!
//! ```text
//! [#export] (module ...)                  WebAssembly text, and which of its exports
//! AGFzbQEAAAA...                          base64 of a binary, where the function returns wasm.module
//! [schema.]module[#export] [key=value...] an export of a module
//! ```
//! This must never look anything up. It only parses bodies, and writes names into them.

mod code;
mod name;
mod option;
mod reference;

use crate::error::{Error, Result};
pub use code::binary;
use code::{decode, skip_blank, text_of_export};
pub use name::export_name;
use name::module_name;
pub(crate) use option::section;
pub use option::{parse_heap, parse_warm_up, parse_warm_up_call};
pub use reference::Reference;

/// A parsed body.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// WebAssembly: text, or a binary decoded from base64.
    Code {
        /// The text or the binary.
        code: Vec<u8>,
        /// The export that the text names, if any.
        export: Option<String>,
    },
    /// An export of a module.
    Reference(Reference),
}

impl Body {
    /// Returns whether a body is WebAssembly text. After white space and comments, text begins with a parenthesis, or
    /// with the `#` before the name of an export.
    pub fn is_text(source: &str) -> bool {
        skip_blank(source).is_ok_and(|start| start.starts_with(['(', '#']))
    }

    /// Parses a body. `is_module` says whether the function returns `wasm.module`.
    ///
    /// WebAssembly text is not parsed: [`binary`] does that.
    ///
    /// # Errors
    /// [`Error::Body`], with the place; [`Error::Invalid`] if base64 does not encode a binary.
    pub fn parse(source: &str, is_module: bool) -> Result<Self> {
        let start = skip_blank(source)?;
        if start.starts_with('(') {
            // This keeps the whole source, so that lines and columns in messages are the user's.
            return Ok(Self::Code { code: source.as_bytes().to_vec(), export: None });
        }
        if is_module {
            return Ok(Self::Code { code: decode(source)?, export: None });
        }
        if start.starts_with('#') {
            let (code, export) = text_of_export(source, start)?;
            return Ok(Self::Code { code, export });
        }
        if start.is_empty() {
            return Err(Error::Body("it is empty".into()));
        }
        Reference::parse(source).map(Self::Reference)
    }

    /// Returns the export that the body names, if any.
    pub fn export(&self) -> Option<&str> {
        match self {
            Self::Code { export, .. } | Self::Reference(Reference { export, .. }) => {
                export.as_deref()
            }
        }
    }
}

/// Returns a reference with another module in place of its own, and everything else unchanged. `module` is written as
/// in SQL, with the schema if the body is to name one.
///
/// # Errors
/// [`Error::Body`] if the body does not begin with the name of a module.
pub fn with_module(source: &str, module: &str) -> Result<String> {
    let start = source.trim_start();
    let (_, _, rest) = module_name(start)?;
    // White space outside ASCII would become part of an unquoted name.
    let gap = if rest.starts_with(|c: char| !c.is_ascii()) { " " } else { "" };
    Ok([&source[..source.len() - start.len()], module, gap, rest].concat())
}

/// Returns a body that names no export with the name of an export added, and everything else unchanged.
///
/// # Errors
/// [`Error::Body`] if the body neither is WebAssembly text nor begins with the name of a module.
pub fn with_export(source: &str, export: &str) -> Result<String> {
    let export = export_name(export);
    if Body::is_text(source) {
        return Ok(format!("#{export}\n{source}"));
    }
    let (_, _, rest) = module_name(source.trim_start())?;
    let module = &source[..source.len() - rest.len()];
    Ok(format!("{module}#{export}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_may_follow_comments() {
        for source in ["(module)", " \n(module)", ";; a\n(; b (; c ;) ;) (module)"] {
            assert!(matches!(Body::parse(source, false), Ok(Body::Code { .. })), "{source}");
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
    fn base64_ignores_white_space_and_padding() {
        for source in ["AGFzbQEAAAA=", "AGFz\nbQEA\r\n AAA", " AGFzbQEAAAA= "] {
            let code = b"\0asm\x01\0\0\0".to_vec();
            assert_eq!(Body::parse(source, true).unwrap(), Body::Code { code, export: None });
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
