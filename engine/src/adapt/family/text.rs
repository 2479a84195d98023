//! The text of a shim: a function for each import that it replaces, and the functions that those share.
//!
//! It must never contain a name of the guest unescaped.

use super::super::options::Given;
use super::super::source::{Source, shown};
use super::super::types::{ItemType, is_concrete};
use crate::error::{Error, Result};
use crate::name::STUB_NAME;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use wasmparser::{FuncType, Import, ValType};

/// Functions that shims share: paragraphs, each of which begins with the definition after which it is named.
const HELPERS: &str = include_str!("helpers.wat");

/// What takes the place of an imported function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Replacement {
    /// Instructions. Parameters are locals 0, 1, ...
    Code(String),
    /// A trap that names the import.
    Trap,
}

impl Replacement {
    pub(super) fn code(text: impl Into<String>) -> Option<Self> {
        Some(Self::Code(text.into()))
    }
}

/// The text of a shim.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// Imports of the guest's functions, by the identifier that the text uses.
    guest: BTreeMap<String, String>,
    definitions: String,
    once: BTreeSet<String>,
}

impl Text {
    /// Replaces an import.
    pub(super) fn replace(
        &mut self,
        import: &Import<'_>,
        ty: &FuncType,
        replacement: &Replacement,
    ) {
        let shown = shown(import.module, import.name);
        let (name, code) = match replacement {
            Replacement::Code(code) => (shown, code.as_str()),
            Replacement::Trap => (format!("{}{shown}", STUB_NAME), "(unreachable)"),
        };
        let export = format!("{}#{}", import.module, import.name);
        let _ = writeln!(
            self.definitions,
            "(func $\"{}\" (export \"{}\") {} {code})",
            escaped(&name),
            escaped(&export),
            written(ty)
        );
    }

    /// Adds definitions.
    pub(super) fn define(&mut self, text: &str) {
        self.definitions.push_str(text);
        self.definitions.push('\n');
    }

    /// Adds a definition that several functions need, once.
    pub(super) fn define_once(&mut self, text: &str) {
        if self.once.insert(text.to_string()) {
            self.define(text);
        }
    }

    /// Imports the table through which the guest calls functions.
    pub(super) fn import_table(&mut self, name: &str) {
        let import = format!("(import \"guest\" \"{}\" (table 0 funcref))\n", escaped(name));
        self.guest.insert(String::new(), import);
    }

    /// Imports a function that the guest exports, as `$id`. Returns whether the guest exports one of that name and
    /// type.
    pub(super) fn import(&mut self, guest: &Source<'_>, id: &str, name: &str) -> bool {
        let Some(ty) = guest.function(name) else { return false };
        self.import_function(id, name, &written(ty));
        true
    }

    /// Imports a function that the guest or an earlier shim exports, as `$id`.
    pub(super) fn import_function(&mut self, id: &str, name: &str, ty: &str) {
        let import = format!("(import \"guest\" \"{}\" (func ${id} {ty}))\n", escaped(name));
        self.guest.insert(id.into(), import);
    }

    /// Returns the shim, or None if it is empty.
    ///
    /// # Errors
    /// [`Error::Internal`] if the text is malformed.
    pub(super) fn given(self, name: &str, guest: &Source<'_>) -> Result<Option<Given>> {
        if self.definitions.is_empty() {
            return Ok(None);
        }
        let helpers = helpers(&self.definitions);
        let uses_memory =
            |text: &str| ["memory.", ".load", ".store"].iter().any(|word| text.contains(word));
        let mut text = String::from("(module\n");
        self.guest.values().for_each(|import| text.push_str(import));
        if uses_memory(&self.definitions) || helpers.iter().any(|helper| uses_memory(helper)) {
            let has_memory =
                !guest.part.memories.is_empty() || !guest.part.imported.memories.is_empty();
            text.push_str(match has_memory {
                true => "(import \"guest\" \"memory\" (memory 0))\n",
                false => "(memory 0)\n",
            });
        }
        helpers.iter().for_each(|helper| {
            let _ = writeln!(text, "{helper}");
        });
        text.push_str(&self.definitions);
        text.push(')');
        let binary = wat::parse_str(&text)
            .map_err(|error| Error::Internal(format!("the shim of {name}: {error}")))?;
        Ok(Some(Given { name: name.into(), binary }))
    }
}

/// Returns the helpers whose names occur in a text, and the helpers whose names occur in them, in order.
fn helpers(text: &str) -> Vec<&'static str> {
    let all: Vec<(&str, &str)> = HELPERS
        .split("\n\n")
        .filter_map(|paragraph| {
            let start = paragraph.find("\n(").map_or(0, |at| at + 1);
            let rest = paragraph[start..].split_once('$')?.1;
            Some((&rest[..rest.find([' ', '\n'])?], paragraph))
        })
        .collect();
    let mut is_taken = vec![false; all.len()];
    let mut open = vec![text];
    while let Some(text) = open.pop() {
        for word in words(text) {
            if let Some(at) = all.iter().position(|(name, _)| *name == word)
                && !std::mem::replace(&mut is_taken[at], true)
            {
                open.push(all[at].1);
            }
        }
    }
    let taken = all.iter().zip(is_taken).filter(|(_, is_taken)| *is_taken);
    taken.map(|((_, paragraph), _)| *paragraph).collect()
}

/// Returns the identifiers in a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split('$').skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    })
}

/// Returns a function's type in the text format.
pub(super) fn written(ty: &FuncType) -> String {
    let list = |what: &str, types: &[ValType]| match types {
        [] => String::new(),
        types => {
            let types: Vec<_> = types.iter().map(value).collect();
            format!("({what} {})", types.join(" "))
        }
    };
    format!("{} {}", list("param", ty.params()), list("result", ty.results()))
}

fn value(ty: &ValType) -> String {
    match ty {
        ValType::Ref(ty) if ty.is_extern_ref() && ty.is_nullable() => "externref".into(),
        ValType::Ref(ty) if ty.is_func_ref() && ty.is_nullable() => "funcref".into(),
        ty => ty.to_string(),
    }
}

/// Returns a name as it is written in a string of the text format.
pub(super) fn escaped(name: &str) -> String {
    name.bytes().map(|byte| format!("\\{byte:02x}")).collect()
}

/// Returns the type of an imported function, or None if it refers to types that the module defines, which our texts
/// cannot name.
pub(super) fn function_type(guest: &Source<'_>, import: &Import<'_>) -> Option<FuncType> {
    match guest.import_type(import) {
        ItemType::Function(ty) => {
            let mut all = ty.params().iter().chain(ty.results());
            (!all.any(|ty| is_concrete(*ty))).then_some(ty)
        }
        _ => None,
    }
}
