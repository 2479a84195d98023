//! Policies compiled by `opa build -t wasm`, evaluated as `eval: func(input: string, data: string) -> result<string,
//! string>`, with JSON as input and output.
//!
//! The output is what OPA's own libraries return: a list with an object for each result. A call of a built-in
//! function that OPA's host would supply (`http.send`, `time.now_ns`, ...) ends with an error.

use super::super::options::Given;
use super::super::source::Source;
use super::Shims;
use super::text::{Replacement, Text, function_type};
use crate::error::{Error, Result};
use crate::family::Family;
use wasmparser::FuncType;
use wasmparser::ValType::I32;

/// Evaluates policies.
const EVALUATE: &str = include_str!("opa.wat");

/// The functions of i32 that it imports, each with its numbers of parameters and results.
const NEEDED: [(&str, usize, usize); 10] = [
    ("opa_malloc", 1, 1),
    ("opa_json_parse", 2, 1),
    ("opa_json_dump", 1, 1),
    ("opa_eval_ctx_new", 0, 1),
    ("opa_eval_ctx_set_input", 2, 0),
    ("opa_eval_ctx_set_data", 2, 0),
    ("opa_eval_ctx_set_entrypoint", 2, 0),
    ("opa_eval_ctx_get_result", 1, 1),
    ("eval", 1, 1),
    ("entrypoints", 0, 1),
];

/// The functions that it exports, in WIT.
const WIT: &str = "
  /// Evaluates the policy's first entrypoint for an input, with data. All are JSON; the result is a list of objects.
  export eval: func(input: string, data: string) -> result<string, string>;
  /// Evaluates the entrypoint of that name in the same way.
  export eval-entrypoint: func(entrypoint: string, input: string, data: string) -> result<string, string>;
  /// Returns the entrypoints, as a JSON object of their numbers by name.
  export entrypoint-names: func() -> string;
";

/// Reports a call of a built-in function that the host would have to supply. The object that `builtins` returns tells
/// its name.
const BUILTIN: &str = "(local $names i32) (local $length i32)
  (local.set $names (call $dump (call $builtins)))
  (local.set $length (call $c_length (local.get $names)))
  (call $begin (local.get $names) (local.get $length) (i32.const 0) (i32.const 0))
  (call $said_builtin)
  (call $number (local.get 0))
  (call $byte (i32.const 58)) (call $byte (i32.const 32))
  (call $bytes (local.get $names) (local.get $length))
  (call $panic)
  (unreachable)";

/// Returns the shims, and the types of the functions that they add.
///
/// # Errors
/// [`Error::Internal`] if a text is malformed.
pub(super) fn shim(guest: &Source<'_>) -> Result<Shims> {
    let mut text = Text::default();
    for import in &guest.part.imports {
        if import.module == "env"
            && let Some(ty) = function_type(guest, import)
            && let Some(replacement) = replacement(import.name, &ty, guest, &mut text)
        {
            text.replace(import, &ty, &replacement);
        }
    }
    let mut shims = Shims::default();
    shims.shims.extend(text.given(Family::OpenPolicyAgent.name(), guest)?);
    // Modules that OPA did not compile may import such functions, too.
    if !NEEDED.iter().all(|(name, params, results)| {
        guest.function(name).is_some_and(|ty| {
            ty.params() == vec![I32; *params] && ty.results() == vec![I32; *results]
        })
    }) {
        return Ok(shims);
    }
    let binary = wat::parse_str(format!("(module\n{EVALUATE})"))
        .map_err(|error| Error::Internal(format!("the shim of OPA: {error}")))?;
    shims.shims.push(Given { name: "OPA's evaluation".into(), binary });
    shims.wit = Some(WIT.into());
    Ok(shims)
}

fn replacement(
    name: &str,
    ty: &FuncType,
    guest: &Source<'_>,
    text: &mut Text,
) -> Option<Replacement> {
    Replacement::code(match (name, ty.params(), ty.results()) {
        ("opa_abort", [I32], []) => {
            "(call $panic_bytes (local.get 0) (call $c_length (local.get 0)))"
        }
        ("opa_println", [I32], []) => "",
        (
            "opa_builtin0" | "opa_builtin1" | "opa_builtin2" | "opa_builtin3" | "opa_builtin4",
            [I32, ..],
            [I32],
        ) => {
            if !(text.import(guest, "dump", "opa_json_dump")
                && text.import(guest, "builtins", "builtins"))
            {
                return Some(Replacement::Trap);
            }
            let said: String = "a built-in function of OPA's host was called: "
                .bytes()
                .map(|byte| format!("(call $byte (i32.const {byte}))"))
                .collect();
            text.define_once(&format!("(func $said_builtin {said})"));
            BUILTIN
        }
        _ => return None,
    })
}
