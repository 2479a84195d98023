//! Comments: reads `package-docs`, a section of JSON that carries WIT's comments, as WebAssembly has no place for
//! them.
//!
//! wit-component writes the section into packages. Today neither it nor wit-bindgen puts it into modules and
//! components. If a build adds it, it is read. A comment on something missing is no error: the section describes a
//! whole package, but the binary contains only what one world needs of it.

use super::source::package_of;
use crate::error::{Error, Result};
use serde_json::Value;

/// The custom section's name.
pub(super) const SECTION: &str = "package-docs";

/// The comments of one package.
pub(super) struct Docs {
    root: Value,
    /// `plwasm:demo`, if known.
    package: Option<String>,
}

impl Docs {
    /// Reads a section.
    ///
    /// # Errors
    /// [`Error::Invalid`] if its JSON is malformed.
    pub(super) fn parse(section: &[u8], package: Option<&str>) -> Result<Self> {
        let root = match section {
            // Version 0 differs only in the comments of functions, which are strings there.
            [0 | 1, json @ ..] => serde_json::from_slice(json).map_err(|error| {
                Error::Invalid(format!("in its section \"{SECTION}\": {error}"))
            })?,
            // An unknown, newer format is ignored.
            _ => Value::Null,
        };
        Ok(Self { root, package: package.map(str::to_string) })
    }

    /// Returns the comment on a function of the world or of an interface.
    pub(super) fn function(&self, interface: Option<&str>, name: &str) -> Option<&str> {
        text(match interface {
            None => self.worlds().find_map(|world| {
                ["func_exports", "funcs"].iter().find_map(|kind| world.get(kind)?.get(name))
            }),
            Some(interface) => self.interface(interface)?.get("funcs")?.get(name),
        }?)
    }

    /// Returns the comment on a type of an interface or of the world, or on one of its fields.
    pub(super) fn ty(&self, owner: Option<&str>, name: &str, field: Option<&str>) -> Option<&str> {
        let ty = match owner {
            None => self.worlds().find_map(|world| world.get("types")?.get(name)),
            Some(interface) => self.interface(interface)?.get("types")?.get(name),
        }?;
        match field {
            None => text(ty),
            Some(field) => text(ty.get("items")?.get(field)?),
        }
    }

    fn worlds(&self) -> impl Iterator<Item = &Value> {
        self.root.get("worlds").and_then(Value::as_object).into_iter().flat_map(|all| all.values())
    }

    /// Returns the interface `plwasm:demo/text@1.0.0` of the package, or `text`, which is written in the world
    /// itself.
    fn interface(&self, interface: &str) -> Option<&Value> {
        let Some(package) = package_of(interface) else {
            return self.worlds().find_map(|world| {
                ["interface_exports", "interfaces"]
                    .iter()
                    .find_map(|kind| world.get(kind)?.get(interface))
            });
        };
        if self.package.as_deref().is_some_and(|own| own != package) {
            return None;
        }
        let name = interface[package.len() + 1..].split('@').next()?;
        self.root.get("interfaces")?.get(name)
    }
}

/// Returns the text of `{"docs": "..."}`, or of a string.
fn text(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("docs")?.as_str()).filter(|text| !text.is_empty())
}
