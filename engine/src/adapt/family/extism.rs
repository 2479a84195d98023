//! Extism plug-ins: their kernel, and their functions as `func(input: list<u8>) -> result<list<u8>, string>`.
//!
//! A plug-in reads its input and writes its output by calls of its host. Its functions have no parameters and return
//! a status. Strings are passed in the kernel's memory. There is no configuration, and logs are dropped.

use super::super::options::Given;
use super::super::source::Source;
use super::Shims;
use super::text::{escaped, function_type, written};
use crate::error::{Error, Result};
use crate::name::STUB_NAME;
use std::fmt::Write;
use wasmparser::ValType::{self, I32, I64};

/// The kernel.
const KERNEL: &str = include_str!("extism.wat");

/// Returns the shim, and the types of the functions that it adds.
///
/// # Errors
/// [`Error::Internal`] if its text is malformed.
pub(super) fn shim(guest: &Source<'_>) -> Result<Shims> {
    let mut imports = String::new();
    let mut functions = String::new();
    let mut wit = String::new();
    for (number, (name, has_status, export)) in exports(guest).iter().enumerate() {
        let (result, status) = match has_status {
            true => ("(result i32)", ""),
            false => ("", "(i32.const 0)"),
        };
        let _ = writeln!(
            imports,
            "(import \"guest\" \"{}\" (func $guest{number} {result}))",
            escaped(name)
        );
        let _ = writeln!(
            functions,
            "(func $\"{0}\" (export \"{0}\") (param i32 i32) (result i32)
               (call $begin (local.get 0) (local.get 1))
               (call $guest{number}) {status} (call $result))",
            escaped(export)
        );
        let _ = writeln!(
            wit,
            "  export {}: func(input: list<u8>) -> result<list<u8>, string>;",
            super::wit_name(export)
        );
    }
    for import in &guest.part.imports {
        let Some(ty) = function_type(guest, import) else { continue };
        let name = match (import.module, import.name.strip_prefix("extism_")) {
            ("extism:host/env", _) => import.name,
            ("env", Some(name)) => name,
            _ => continue,
        };
        let shown = super::super::source::shown(import.module, import.name);
        let (shown, code) = match code(name, ty.params(), ty.results()) {
            Some(code) => (shown, code),
            None if name.starts_with("http_") => (format!("{}{shown}", STUB_NAME), "(unreachable)"),
            None => continue,
        };
        let export = escaped(&format!("{}#{}", import.module, import.name));
        let _ = writeln!(
            functions,
            "(func $\"{}\" (export \"{export}\") {} {code})",
            escaped(&shown),
            written(&ty)
        );
    }
    let text = format!("(module\n{imports}\n{KERNEL}\n{functions})");
    let binary = wat::parse_str(&text)
        .map_err(|error| Error::Internal(format!("the shim of Extism: {error}")))?;
    let given = Given { name: "Extism's kernel".into(), binary };
    let renamed = exports(guest).into_iter().filter(|(name, _, export)| name != export);
    let hidden = renamed.map(|(name, _, _)| name.to_string()).collect();
    Ok(Shims { shims: vec![given], wit: Some(wit), hidden })
}

/// Returns the plug-in's functions, which have no parameters: the name of each, whether it returns a status, and its
/// name in WIT.
fn exports<'a>(guest: &Source<'a>) -> Vec<(&'a str, bool, String)> {
    let mut found: Vec<(&str, bool, String)> = Vec::new();
    for export in &guest.part.exports {
        let Some(ty) = guest.function(export.name) else { continue };
        // Such names belong to the toolchain: `_start`, `_initialize`, `__wasm_call_ctors`.
        let is_ours = export.name.starts_with('_') || export.name == "hs_init";
        let has_status = ty.results() == [I32];
        if is_ours || !ty.params().is_empty() || !(has_status || ty.results().is_empty()) {
            continue;
        }
        if let Some(name) = super::kebab(export.name)
            && found.iter().all(|(_, _, other)| *other != name)
        {
            found.push((export.name, has_status, name));
        }
    }
    found
}

/// Returns the instructions of one of the kernel's functions, or None if it has none of that name and type.
fn code(name: &str, params: &[ValType], results: &[ValType]) -> Option<&'static str> {
    Some(match (name, params, results) {
        ("alloc", [I64], [I64]) => "(call $alloc (local.get 0))",
        ("free", [I64], []) => "",
        ("length" | "length_unsafe", [I64], [I64]) => "(call $length (local.get 0))",
        ("load_u8", [I64], [I32]) => "(i32.load8_u (call $at (local.get 0)))",
        ("load_u64", [I64], [I64]) => "(i64.load (call $at (local.get 0)))",
        ("store_u8", [I64, I32], []) => "(i32.store8 (call $at (local.get 0)) (local.get 1))",
        ("store_u64", [I64, I64], []) => "(i64.store (call $at (local.get 0)) (local.get 1))",
        ("input_length", [], [I64]) => "(i64.extend_i32_u (global.get $input_length))",
        ("input_load_u8", [I64], [I32]) => {
            "(i32.load8_u (call $input_at (local.get 0) (i64.const 1)))"
        }
        ("input_load_u64", [I64], [I64]) => {
            "(i64.load (call $input_at (local.get 0) (i64.const 8)))"
        }
        ("output_set", [I64, I64], []) => "(call $output_set (local.get 0) (local.get 1))",
        ("error_set", [I64], []) => "(global.set $error (call $at (local.get 0)))",
        ("config_get", [I64], [I64]) => "(i64.const 0)",
        ("var_get", [I64], [I64]) => "(call $var_get (local.get 0))",
        ("var_set", [I64, I64], []) => "(call $var_set (local.get 0) (local.get 1))",
        // Off. A plug-in that asks for the level then logs nothing.
        ("get_log_level", [], [I32]) => "(i32.const 0x7fffffff)",
        ("log_trace" | "log_debug" | "log_info" | "log_warn" | "log_error", [I64], []) => "",
        _ => return None,
    })
}
