//! Strings: exports that the guest's world describes, called by the ABI of the toolchain that made the guest.
//!
//! The world describes what an export takes and returns; the core type of the export shows its ABI. An export of the
//! canonical ABI is left as it is. For an export of the toolchain's own ABI, a function of the canonical ABI is made
//! and exported in its place. This must never let an export pass whose type belongs to neither.

use super::super::alloc;
use super::super::source::Source;
use super::super::types::{is_concrete, signature_of};
use super::text::{Text, escaped};
use super::{Shims, assemblyscript, kebab, wasm_bindgen};
use crate::abi::{CoreSignature, Signature, Type};
use crate::error::{Error, Result};
use crate::family::Family;
use crate::name::printable;
use crate::read::wit::Interface;
use wasmparser::{ExternalKind, FuncType};

/// The core type of a signature in a toolchain's own ABI, and the instructions by which a function of the canonical
/// ABI calls an export of that type. Parameters are locals 0, 1, ...; `$callee` is the export.
#[derive(Debug)]
pub(super) struct Form {
    pub core: CoreSignature,
    pub code: String,
}

/// The name that the text gives to the export that is called.
pub(super) const CALLEE: &str = "$callee";
/// The name that the text gives to `cabi_realloc`, made of the guest's allocator.
const REALLOC: &str = "realloc";

/// Returns the shims for a guest that a toolchain made. `is_taken` are the exports that the user's shims replace.
///
/// # Errors
/// [`Error::Adapt`] for an export of another type, and if the functions that make strings are not exported; the
/// errors of [`Interface::of`].
pub(super) fn shims(
    family: Family,
    guest: &Source<'_>,
    is_taken: &dyn Fn(&str) -> bool,
) -> Result<Shims> {
    let mut found = Shims::default();
    let Some(interface) = Interface::of(guest.binary)? else { return Ok(found) };
    let mut text = Text::default();
    let (mut needs_allocator, mut needs_strings) = (false, false);
    let mut count = 0;
    for function in &interface.functions {
        // No toolchain of these families makes resources.
        let is_left = function.member().is_some() || is_taken(&function.export);
        let Some(signature) = function.signature().filter(|_| !is_left) else { continue };
        let Some((name, ty)) = exported(guest, &function.export) else { continue };
        let core = signature_of(ty);
        let canonical = signature.core();
        needs_allocator |= signature.needs_realloc();
        let own = forms(family, guest, &signature);
        let code = if core == canonical && is_canonical(family, guest, &signature, name) {
            if name == function.export {
                continue;
            }
            let arguments = (0..canonical.params.len()).map(|at| format!("(local.get {at})"));
            format!("(call {CALLEE} {})", arguments.collect::<String>())
        } else if let Some(form) = own.iter().find(|form| form.core == core) {
            needs_allocator |= signature.needs_memory();
            needs_strings |= signature.needs_memory();
            form.code.clone()
        } else {
            let own = own.iter().map(|form| format!(", or {} ({})", form.core, family.name()));
            let message = format!("export \"{}\" has the wrong signature", printable(name));
            let detail = format!(
                "Found {core}, expected {canonical} (canonical ABI){} for {function}.",
                own.collect::<String>()
            );
            let error = Error::adapt(message).with_detail(detail);
            if core == canonical {
                return Err(Error::adapt(format!(
                    "export \"{}\" does not say whether it has the canonical ABI",
                    printable(name)
                ))
                .with_hint("A module that uses the canonical ABI exports cabi_realloc."));
            }
            return Err(match family {
                Family::AssemblyScript => error.with_hint(assemblyscript::HINT),
                _ => error.with_hint(wasm_bindgen::HINT),
            });
        };
        let callee = format!("callee{count}");
        count += 1;
        if name != function.export {
            found.hidden.push(name.to_string());
        }
        text.import(guest, &callee, name);
        text.define(&format!(
            "(func $\"{0}\" (export \"{0}\") {1} {2})",
            escaped(&function.export),
            spelled(&canonical),
            code.replace(CALLEE, &format!("${callee}"))
        ));
    }
    let has_realloc = guest.export(ExternalKind::Func, "cabi_realloc").is_some();
    if needs_allocator && !has_realloc {
        let allocator = match family {
            Family::AssemblyScript => assemblyscript::allocator(guest),
            _ => wasm_bindgen::allocator(guest),
        };
        match allocator {
            Ok(name) => found.shims.push(alloc::shim(name, guest, &[])?.0),
            Err(error) if needs_strings => return Err(error),
            // CREATE FUNCTION decides whether an export of the canonical ABI can be called.
            Err(_) => {}
        }
    }
    if needs_strings {
        text.import_function(REALLOC, "cabi_realloc", "(param i32 i32 i32 i32) (result i32)");
        match family {
            Family::AssemblyScript => assemblyscript::define(guest, &mut text)?,
            _ => wasm_bindgen::define(guest, &mut text),
        }
    }
    found.shims.extend(text.given(&format!("strings of {}", family.name()), guest)?);
    Ok(found)
}

/// Returns whether a type is a number, a truth value or a character, which is passed as one core value.
pub(super) fn is_scalar(ty: &Type) -> bool {
    use Type::*;
    matches!(ty, Bool | S8 | U8 | S16 | U16 | S32 | U32 | S64 | U64 | F32 | F64 | Char)
}

/// Returns the export for a function of the world: the one of that name, or the only one whose name WIT would spell
/// so.
fn exported<'a, 'b>(guest: &'b Source<'a>, name: &str) -> Option<(&'a str, &'b FuncType)> {
    let all = guest.part.exports.iter().filter(|export| guest.function(export.name).is_some());
    let mut same = all.clone().filter(|export| export.name == name);
    let mut alike = all.filter(|export| kebab(export.name).is_some_and(|kebab| kebab == name));
    let export = match (same.next(), alike.next(), alike.next()) {
        (Some(export), ..) | (None, Some(export), None) => export,
        _ => return None,
    };
    let ty = guest.function(export.name)?;
    let mut types = ty.params().iter().chain(ty.results());
    (!types.any(|ty| is_concrete(*ty))).then_some((export.name, ty))
}

fn forms(family: Family, guest: &Source<'_>, signature: &Signature) -> Vec<Form> {
    if signature.params_spilled() {
        return Vec::new();
    }
    match family {
        Family::AssemblyScript => assemblyscript::form(guest, signature).into_iter().collect(),
        _ => wasm_bindgen::forms(guest, signature),
    }
}

/// Returns whether an export with the canonical ABI's type has that ABI. The type alone does not always show it: an
/// i32 may be the address of a canonical result, a string of AssemblyScript, or an object of JavaScript.
fn is_canonical(family: Family, guest: &Source<'_>, signature: &Signature, name: &str) -> bool {
    let is_exported = |name: &str| guest.export(ExternalKind::Func, name).is_some();
    let is_same = || match family {
        Family::AssemblyScript => !signature.needs_memory(),
        _ => {
            let mut params = signature.params.iter();
            !signature.result_spilled()
                && params.all(|ty| !ty.is_in_memory() || wasm_bindgen::is_text(ty))
        }
    };
    is_exported("cabi_realloc") || is_exported(&format!("cabi_post_{name}")) || is_same()
}

/// Returns a function's type in the text format.
fn spelled(ty: &CoreSignature) -> String {
    let list = |what: &str, types: &[crate::abi::CoreType]| -> String {
        types.iter().map(|ty| format!("({what} {ty})")).collect()
    };
    list("param", &ty.params) + &list("result", &ty.results)
}
