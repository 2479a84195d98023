//! Sources: the code behind a body, within the limit on its size.

use crate::catalog::{self, Proc, Stored};
use crate::error::{self, OrRaise};
use crate::{code, interrupt, settings};
use pgrx::pg_sys;
use plwasm_engine::body::Body;
use plwasm_engine::{Depth, Error, Hash, Listing, Result};

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

/// From how many bytes on it is quicker to look for what is behind a stored body than to decode it: the 650 kB of text of
/// the large module of `bench/run-first-call`, compressed to less than 64 kB, took 1.5 ms to be decoded and hashed.
const LARGE: usize = 16 << 10;

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

/// The code of a body that is text, or of a module's body: a binary, or text. Raises what is pending.
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
        let digits = source.bytes().filter(|byte| !byte.is_ascii_whitespace()).count();
        check((digits / 4 * 3).saturating_sub(2))?;
    }
    let body = Body::parse(source, is_module)?;
    interrupt::check();
    match body {
        Body::Code { code, .. } => {
            check(code.len())?;
            Ok(code)
        }
        Body::Reference(_) => Err(Error::Body("a reference where a module was expected".into())),
    }
}

/// A module, and what is known of its code.
///
/// Raises 42809 if the function is none, and whatever is wrong with its body; it can be cancelled.
pub fn list(oid: pg_sys::Oid, depth: Depth) -> (Proc, Listing) {
    let (module, stored) = Proc::get(oid, |function, row| {
        if function.result != catalog::module_type() {
            error::raise_sql(
                "42809",
                format!("{} is not a WebAssembly module", function.name),
                Some(
                    "Modules are functions that return wasm.module; the view wasm.modules lists them.",
                ),
            );
        }
        (function, row.stored())
    });
    let code = Source::Module(stored).code().or_raise();
    let listing = code::list(&code, settings::wasi(), depth).or_raise();
    (module, listing)
}
