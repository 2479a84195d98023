//! Sources: the binary behind a body, within the limit on its size.

use crate::catalog::{self, Proc};
use crate::error::{self, OrRaise};
use crate::settings;
use pgrx::pg_sys;
use plwasm_engine::body::Body;
use plwasm_engine::{Error, Result};

/// Whether a body is WebAssembly text and not a reference.
pub fn is_text(source: &str) -> bool {
    Body::is_text(source)
}

/// The binary of a body that is text, or of a module's body.
///
/// # Errors
/// [`Error::TooLarge`]; those of [`Body::parse`].
pub fn binary(source: &str, is_module: bool) -> Result<Vec<u8>> {
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
        Body::Binary(binary) => {
            check(binary.len())?;
            Ok(binary)
        }
        Body::Reference(_) => Err(Error::Body("a reference where a module was expected".into())),
    }
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
    let binary = binary(&source, true).or_raise();
    (module, binary)
}
