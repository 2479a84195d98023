//! Sources: the code behind a body, within the limit on its size.

use crate::catalog::{self, Proc, Stored};
use crate::error::{self, OrRaise};
use crate::{allocator, settings};
use pgrx::pg_sys;
use plwasm_engine::body::{self, Body};
use plwasm_engine::{Error, Hash, Result};

/// Whether a body is WebAssembly text and not a reference.
pub fn is_text(source: &str) -> bool {
    Body::is_text(source)
}

/// A body that is WebAssembly, not yet decoded.
#[derive(Debug)]
pub enum Source {
    /// Of a function, in text.
    Text(String),
    /// Of a module.
    Module(Stored),
}

/// From how many bytes on it is quicker to look for what is behind a stored body than to decode it.
const LARGE: usize = 64 << 10;

impl Source {
    /// What the stored form is known by, where it is large.
    pub fn stored(&self) -> Option<Hash> {
        match self {
            Self::Module(stored) if stored.bytes().len() >= LARGE => Some(stored.hash()),
            _ => None,
        }
    }

    /// Its code: a binary, or text.
    ///
    /// # Errors
    /// Those of [`code`].
    pub fn code(&self) -> Result<Vec<u8>> {
        match self {
            Self::Text(text) => code(text, false),
            Self::Module(stored) => code(&stored.text(), true),
        }
    }
}

/// The code of a body that is text, or of a module's body: a binary, or text.
///
/// # Errors
/// [`Error::TooLarge`]; those of [`Body::parse`].
pub fn code(source: &str, is_module: bool) -> Result<Vec<u8>> {
    let limit = settings::max_module_size();
    let check = |size| match size > limit {
        true => Err(Error::TooLarge { size, limit }),
        false => Ok(()),
    };
    if is_text(source) {
        check(source.len())?;
    } else {
        // Before decoding, by what base64 makes of a binary.
        check((source.len() / 4 * 3).saturating_sub(2))?;
    }
    match Body::parse(source, is_module)? {
        Body::Code(code) => {
            check(code.len())?;
            Ok(code)
        }
        Body::Reference(_) => Err(Error::Body("a reference where a module was expected".into())),
    }
}

/// The binary of a module's body.
///
/// # Errors
/// Those of [`code`], and [`Error::Invalid`] for text that does not parse.
pub fn binary(source: &str) -> Result<Vec<u8>> {
    let code = code(source, true)?;
    // The binary, and what is read from it.
    allocator::room(allocator::SOME + 8 * code.len());
    Ok(body::binary(&code)?.into_owned())
}

/// A module and its binary.
///
/// Raises 42809 if the function is none, and whatever is wrong with its body.
pub fn of_module(oid: pg_sys::Oid) -> (Proc, Vec<u8>) {
    let (module, source) = Proc::get(oid, |function, row| {
        if function.result != catalog::module_type() {
            error::raise_sql(
                "42809",
                format!("{} is not a WebAssembly module", function.name),
                Some(
                    "Modules are functions that return wasm.module; the view wasm.modules lists them.",
                ),
            );
        }
        let source = row.source();
        (function, source)
    });
    let binary = binary(&source).or_raise();
    (module, binary)
}
