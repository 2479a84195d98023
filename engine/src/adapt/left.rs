//! The imports that are left because nothing takes their place, and the option that would help.

use super::source::{Source, kind, shown};
use super::types::kind_name;
use crate::compile::wasi;
use crate::error::{Error, Result};
use crate::name::printable;
use std::fmt::Write;
use wasmparser::{ExternalKind, Import};

/// The most imports that one error lists.
const MOST: usize = 100;

/// The imports that are left.
#[derive(Debug, Default)]
pub(super) struct Left {
    all: Vec<String>,
    has_functions: bool,
}

impl Left {
    /// Adds an import.
    pub(super) fn add(&mut self, source: &Source<'_>, import: &Import<'_>) {
        let what = kind_name(kind(import));
        self.has_functions |= kind(import) == ExternalKind::Func;
        let of = match source.role {
            super::source::Role::Guest => String::new(),
            _ => format!(" of {}", source.subject()),
        };
        let import_name = shown(import.module, import.name);
        self.all.push(format!("{what} {import_name}{of}: {}", remedy(source, import)));
    }

    /// Returns an error if any imports are left.
    ///
    /// # Errors
    /// [`Error::Adapt`], listing up to [`MOST`] of them.
    pub(super) fn check(&self) -> Result<()> {
        if self.all.is_empty() {
            return Ok(());
        }
        let mut text = String::from("Nothing takes the place of:");
        for one in self.all.iter().take(MOST) {
            let _ = write!(text, "\n  {one}");
        }
        if let more @ 1.. = self.all.len().saturating_sub(MOST) {
            let _ = write!(text, "\n  and {more} more");
        }
        let count = self.all.len();
        let imports = if count == 1 { "import is" } else { "imports are" };
        let error = Error::adapt(format!("{count} {imports} left")).with_detail(text);
        Err(match self.has_functions {
            true => error.with_hint(
                "With --stub trap a call of any function that is left is an error, and the rest of the module works.",
            ),
            false => error,
        })
    }
}

/// Returns the option that would supply an import.
fn remedy(source: &Source<'_>, import: &Import<'_>) -> String {
    let (module, name) = (printable(import.module), printable(import.name));
    let with = format!("--with {module}=FILE, a module that exports it");
    match kind(import) {
        ExternalKind::Func | ExternalKind::FuncExact => {
            if is_wasi(import.module, import.name) {
                return "--wasi inert".into();
            }
            let needed = source.dylink.as_ref().and_then(|dylink| dylink.needed.first());
            match needed {
                Some(library) => {
                    format!("--with {module}=FILE, the library {}", printable(library))
                }
                None => format!("--stub trap={module}.{name}, or {with}"),
            }
        }
        ExternalKind::Global => {
            let ty = global(import);
            format!("{with}, or --shim with (module (global (export \"{module}#{name}\") {ty}))")
        }
        _ => with,
    }
}

/// Returns a global of an import's type in the text format.
fn global(import: &Import<'_>) -> String {
    let wasmparser::TypeRef::Global(ty) = import.ty else { return String::new() };
    let content = ty.content_type;
    let ty = if ty.mutable { format!("(mut {content})") } else { content.to_string() };
    match matches!(content, wasmparser::ValType::Ref(_)) {
        true => format!("{ty} (...)"),
        false => format!("{ty} ({content}.const ...)"),
    }
}

/// Returns whether `--wasi inert` supplies an import of that name.
pub(super) fn is_wasi(module: &str, name: &str) -> bool {
    wasi::covers(module, name) || is_logging(module)
}

/// Returns whether a module is `wasi:logging/logging`, of any version.
pub(super) fn is_logging(module: &str) -> bool {
    module == "wasi:logging/logging" || module.starts_with("wasi:logging/logging@")
}
