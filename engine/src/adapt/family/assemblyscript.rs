//! AssemblyScript: reporting of failed assertions and uncaught errors, what JavaScript does for its library, and its
//! strings.
//!
//! A string is an object that its garbage collector manages. The object's address is that of its UTF-16 code units;
//! its header lies before them.

use super::super::source::Source;
use super::strings::{CALLEE, Form, is_scalar};
use super::text::{Replacement, Text};
use crate::abi::{CoreSignature, CoreType, Signature, Type};
use crate::error::{Error, Result};
use crate::read::inspect::constants::Constants;
use std::fmt::Write;
use wasmparser::ValType::{F64, I32};
use wasmparser::{DataKind, ExternalKind, FuncType};

/// Converts strings to UTF-8 and UTF-8 to strings.
const STRINGS: &str = include_str!("assemblyscript.wat");

/// The hint of the error for an export that cannot be called.
pub(super) const HINT: &str = "Strings, numbers and truth values can be passed. Arrays cannot, as exports do not \
    reveal the id of their class: pass the bytes as a string, or call the export from a --shim.";

/// `abort(message, file, line, column)`. The strings are AssemblyScript's, in UTF-16.
const ABORT: &str = "(local $message i32) (local $file i32)
  (local.set $message (call $as_length (local.get 0)))
  (local.set $file (call $as_length (local.get 1)))
  (call $begin (local.get 0) (local.get $message) (local.get 1) (local.get $file))
  (if (local.get $message)
    (then (call $utf16 (local.get 0) (local.get $message)))
    (else (call $byte (i32.const 97)) (call $byte (i32.const 98)) (call $byte (i32.const 111))
      (call $byte (i32.const 114)) (call $byte (i32.const 116)))) ;; abort
  (if (local.get $file)
    (then
      (call $byte (i32.const 32)) (call $byte (i32.const 97)) (call $byte (i32.const 116))
      (call $byte (i32.const 32)) ;; at
      (call $utf16 (local.get 1) (local.get $file))
      (call $byte (i32.const 58)) (call $number (local.get 2))
      (call $byte (i32.const 58)) (call $number (local.get 3))))
  (call $panic)";

/// Returns what takes the place of an import.
pub(super) fn replacement(module: &str, name: &str, ty: &FuncType) -> Option<Replacement> {
    // Newer versions import `env.Math.random`, older ones `Math.random`.
    let name = if module == "env" { name.into() } else { format!("{module}.{name}") };
    Replacement::code(match (name.as_str(), ty.params(), ty.results()) {
        ("abort", [I32, I32, I32, I32], []) => ABORT,
        // Any seed will do if it is the same in each call.
        ("seed", [], [F64]) => "(f64.const 946684800000)",
        ("trace", [I32, I32, F64, F64, F64, F64, F64], []) => "",
        ("Date.now", [], [F64]) => "(call $now)",
        ("performance.now", [], [F64]) => "(call $monotonic)",
        ("Math.random", [], [F64]) => "(call $random_fraction)",
        (_, _, []) if name.starts_with("console.") => "",
        _ => return None,
    })
}

/// Returns how AssemblyScript passes a signature's values, or None if it has no known way.
pub(super) fn form(guest: &Source<'_>, signature: &Signature) -> Option<Form> {
    let is_known = |ty: &Type| is_scalar(ty) || *ty == Type::String;
    if !signature.params.iter().chain(&signature.result).all(is_known) {
        return None;
    }
    let mut params = Vec::new();
    let mut arguments = String::new();
    let mut local = 0;
    for ty in &signature.params {
        if *ty == Type::String {
            let _ = write!(
                arguments,
                "(call $as_string (local.get {local}) (local.get {}))",
                local + 1
            );
            params.push(CoreType::I32);
            local += 2;
        } else {
            let _ = write!(arguments, "(local.get {local})");
            ty.flatten(&mut params);
            local += 1;
        }
    }
    // If parameters have defaults, the caller must set how many arguments it passes.
    let count = match guest.function("__setArgumentsLength") {
        Some(ty) if ty.params() == [I32] && ty.results().is_empty() => {
            format!("(call $set_count (i32.const {}))", signature.params.len())
        }
        _ => String::new(),
    };
    let call = format!("(call {CALLEE} {arguments})");
    let mut results = Vec::new();
    let code = match &signature.result {
        Some(Type::String) => {
            results.push(CoreType::I32);
            format!("{count} (call $as_result {call})")
        }
        other => {
            other.iter().for_each(|ty| ty.flatten(&mut results));
            format!("{count} {call}")
        }
    };
    Some(Form { core: CoreSignature { params, results }, code })
}

/// Returns the name of the function that makes objects.
///
/// # Errors
/// [`Error::Adapt`] if the function, or the one that pins objects, is not exported.
pub(super) fn allocator(guest: &Source<'_>) -> Result<&'static str> {
    let is = |name: &str, params: &[wasmparser::ValType]| {
        guest.function(name).is_some_and(|ty| ty.params() == params && ty.results() == [I32])
    };
    match is("__new", &[I32, I32]) && is("__pin", &[I32]) {
        true => Ok("__new"),
        false => Err(Error::adapt("strings cannot be passed, as the module does not export __new and __pin")
            .with_hint("Build it with its runtime exported: asc --exportRuntime (AssemblyScript 0.19 and later).")),
    }
}

/// Defines what the instructions of [`form`] call.
///
/// # Errors
/// [`Error::Adapt`] if strings cannot be made.
pub(super) fn define(guest: &Source<'_>, text: &mut Text) -> Result<()> {
    let new = allocator(guest)?;
    let Some(id) = string_id(guest) else {
        return Err(Error::adapt(
            "strings cannot be passed, as __rtti_base does not identify their class",
        )
        .with_hint("Build it with asc --exportRuntime, of AssemblyScript 0.19 or later."));
    };
    text.import(guest, "new", new);
    text.import(guest, "pin", "__pin");
    text.import(guest, "set_count", "__setArgumentsLength");
    text.define(&format!("(global $string_id i32 (i32.const {id}))\n{STRINGS}"));
    Ok(())
}

/// Returns the class id of strings. At `__rtti_base` lies the number of classes, followed by the flags of each class.
/// The first classes are Object (0.20 and later), ArrayBuffer and String. Up to 0.19 the base class of each class
/// lies beside its flags.
fn string_id(guest: &Source<'_>) -> Option<u32> {
    /// The flag of a class whose objects hold no references (`TypeinfoFlags.POINTERFREE` of
    /// `std/assembly/shared/typeinfo.ts`).
    const POINTER_FREE: u32 = 1 << 5;
    let index = guest.export(ExternalKind::Global, "__rtti_base")?;
    let own = (index as usize).checked_sub(guest.part.imported.of(ExternalKind::Global).len())?;
    let base = Constants::default().value(&guest.part.globals.get(own)?.init_expr)?.address()?;
    let count = word(guest, base)?;
    let flags = |at: u32| word(guest, base.checked_add(4 + 4 * at)?);
    match (flags(0)?, flags(1)?, flags(2)?) {
        _ if count < 3 => None,
        (_, POINTER_FREE, POINTER_FREE) => Some(2),
        (POINTER_FREE, 0, POINTER_FREE) => Some(1),
        _ => None,
    }
}

/// Returns a word of the memory as it is when the module is instantiated.
fn word(guest: &Source<'_>, at: u32) -> Option<u32> {
    let mut bytes = [0; 4];
    for data in &guest.part.data {
        let DataKind::Active { memory_index: 0, offset_expr } = &data.kind else { continue };
        let from = Constants::default().value(offset_expr)?.address()?;
        for (number, byte) in bytes.iter_mut().enumerate() {
            let place = (at as usize + number).checked_sub(from as usize);
            if let Some(found) = place.and_then(|place| data.data.get(place)) {
                *byte = *found;
            }
        }
    }
    Some(u32::from_le_bytes(bytes))
}
