//! Families: our shims for toolchains whose modules import the same things.
//!
//! The name of an import determines its family ([`crate::family`]). A family replaces an import only if its type fits,
//! too. Our shims are core modules as the user's are (see [`super`]); the user's options take precedence. A family
//! must never replace an import whose function does anything in its own host other than nothing, or ending the call.
//!
//! | file | noun |
//! |---|---|
//! | `assemblyscript.rs`, `emscripten.rs`, `getrandom.rs`, `wasm_bindgen.rs` | instructions in place of their imports |
//! | `extism.rs`, `extism.wat` | Extism's kernel, and the plug-in's functions with input and output |
//! | `opa.rs`, `opa.wat` | evaluating a policy |
//! | `strings.rs`, `assemblyscript.wat` | exports that a world describes, by the ABI of AssemblyScript or wasm-bindgen |
//! | `text.rs`, `helpers.wat` | the text of a shim, and functions that shims share |

mod assemblyscript;
mod emscripten;
mod extism;
mod getrandom;
mod opa;
mod strings;
mod text;
mod wasm_bindgen;

use super::options::Given;
use super::source::Source;
use crate::compile::linked::Linked;
use crate::error::Result;
use crate::family::Family;
use std::collections::BTreeMap;
use text::{Replacement, Text};
use wasmparser::{FuncType, Import};

/// What the families add.
#[derive(Debug, Default)]
pub(super) struct Shims {
    pub shims: Vec<Given>,
    /// The types of the functions that it adds, as items of a WIT world.
    pub wit: Option<String>,
    /// Exports of the guest that were replaced by exports of other names.
    pub hidden: Vec<String>,
}

/// Returns the shims for a guest, which depend on its imports, its exports and its world. `users` are the user's own
/// shims.
///
/// # Errors
/// [`crate::Error::Adapt`] if an export contradicts the world; [`crate::Error::Internal`] if a shim is malformed.
pub(super) fn shims(guest: &Source<'_>, users: &[Source<'_>]) -> Result<Shims> {
    // The shims use 32-bit addresses.
    if guest.has_memory_64() {
        return Ok(Shims::default());
    }
    let inspection = Linked::of(guest.binary, None)?.inspection;
    let mut families: Vec<Family> = inspection.imports.iter().map(|one| one.family()).collect();
    families.extend(Family::by_exports(inspection.functions.iter().map(|(name, _)| &**name)));
    families.sort_unstable();
    families.dedup();
    let others: Vec<&str> = guest.part.imports.iter().map(|import| import.name).collect();
    let mut texts: BTreeMap<Family, Text> = BTreeMap::new();
    for import in &guest.part.imports {
        let Some(ty) = text::function_type(guest, import) else { continue };
        for family in &families {
            let text = texts.entry(*family).or_default();
            if let Some(replacement) = replacement(*family, import, &ty, guest, text, &others) {
                text.replace(import, &ty, &replacement);
                break;
            }
        }
    }
    let mut found = Shims::default();
    for (family, text) in texts {
        found.shims.extend(text.given(family.name(), guest)?);
    }
    let is_made_by =
        |family: &&Family| matches!(family, Family::AssemblyScript | Family::WasmBindgen);
    if let Some(family) = families.iter().find(is_made_by) {
        let is_taken = |name: &str| users.iter().any(|shim| shim.function(name).is_some());
        found.add(strings::shims(*family, guest, &is_taken)?);
    }
    for family in families {
        match family {
            Family::Extism => found.add(extism::shim(guest)?),
            Family::OpenPolicyAgent => found.add(opa::shim(guest)?),
            _ => {}
        }
    }
    Ok(found)
}

impl Shims {
    fn add(&mut self, other: Self) {
        self.shims.extend(other.shims);
        self.wit = self.wit.take().or(other.wit);
        self.hidden.extend(other.hidden);
    }
}

/// Returns what takes the place of an import in a family, or None if the family does not replace it.
fn replacement(
    family: Family,
    import: &Import<'_>,
    ty: &FuncType,
    guest: &Source<'_>,
    text: &mut Text,
    others: &[&str],
) -> Option<Replacement> {
    let (module, name) = (import.module, import.name);
    match family {
        Family::AssemblyScript => assemblyscript::replacement(module, name, ty),
        Family::Emscripten => emscripten::replacement(module, name, ty, guest, text),
        Family::Getrandom => getrandom::replacement(module, name, ty),
        Family::WasmBindgen => wasm_bindgen::replacement(name, ty, guest, text, others),
        _ => None,
    }
}

/// Returns a name as WIT spells names, as words joined by hyphens, or None if it cannot be spelled so.
fn kebab(name: &str) -> Option<String> {
    let mut kebab = String::new();
    let mut was_lower = false;
    for c in name.chars() {
        match c {
            '_' | '-' | '.' | ' ' => kebab.push('-'),
            c if c.is_ascii_alphanumeric() => {
                if c.is_ascii_uppercase() && was_lower {
                    kebab.push('-');
                }
                kebab.push(c.to_ascii_lowercase());
            }
            _ => return None,
        }
        was_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    let words: Vec<&str> = kebab.split('-').filter(|word| !word.is_empty()).collect();
    let is_name = |word: &&str| word.starts_with(|c: char| c.is_ascii_lowercase());
    (!words.is_empty() && words.iter().all(is_name)).then(|| words.join("-"))
}

/// Returns a name as WIT's text spells it. A keyword is escaped.
fn wit_name(name: &str) -> String {
    format!("%{name}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_become_wit_s() {
        for (name, kebab) in [
            ("greet", Some("greet")),
            ("count_vowels", Some("count-vowels")),
            ("countVowels", Some("count-vowels")),
            ("parse-JSON", Some("parse-json")),
            ("a1_b2", Some("a1-b2")),
            ("_a__b", Some("a-b")),
            ("a_1", None),
            ("1a", None),
            ("a$b", None),
            ("_", None),
        ] {
            assert_eq!(super::kebab(name).as_deref(), kebab, "{name}");
        }
    }
}
