//! Generates those functions of `wasi:*@0.2` that are not written by hand, from the type with which the guest imports
//! them.
//!
//! Dropping a resource does nothing; every other generated function traps. The functions written by hand return no
//! handle that a generated function takes, except handles of streams, the clock and HTTP, whose functions are written
//! by hand, too. A generated function must never return a value: the core type does not show how the function would
//! report a failure.

use crate::abi::{CoreSignature, CoreType};
use crate::compile::component::Stub;
use std::borrow::Cow;
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, FunctionSection, Module, NameMap,
    NameSection, TypeSection, ValType,
};

const DROP: &str = "[resource-drop]";

/// Returns whether an interface of 0.2 can have a function of that name.
pub(super) fn is_possible(name: &str) -> bool {
    // Other names in brackets belong to async functions, streams and futures, or to the guest's own resources.
    let kinds = [DROP, "[method]", "[static]", "[constructor]"];
    !name.starts_with('[') || kinds.iter().any(|kind| name.starts_with(kind))
}

/// Returns a stub of that type for `interface#name`.
pub(super) fn of(export: String, signature: &CoreSignature) -> Option<Stub> {
    let drops = export.split_once('#').is_some_and(|(_, name)| name.starts_with(DROP));
    if drops && (signature.params != [CoreType::I32] || !signature.results.is_empty()) {
        return None;
    }
    let params: Vec<_> = signature.params.iter().map(value_type).collect::<Option<_>>()?;
    let results: Vec<_> = signature.results.iter().map(value_type).collect::<Option<_>>()?;

    let mut types = TypeSection::new();
    types.ty().function(params, results);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut exports = ExportSection::new();
    exports.export(&export, ExportKind::Func, 0);
    let mut code = CodeSection::new();
    let mut body = Function::new([]);
    if !drops {
        body.instructions().unreachable();
    }
    body.instructions().end();
    code.function(&body);
    // The name shows in backtraces.
    let mut names = NameSection::new();
    let mut named = NameMap::new();
    named.append(0, &export);
    names.functions(&named);

    let mut module = Module::new();
    module.section(&types).section(&functions).section(&exports).section(&code).section(&names);
    Some(Stub { binary: Cow::Owned(module.finish()), export })
}

/// Returns a type as the canonical ABI uses it: numbers only.
fn value_type(ty: &CoreType) -> Option<ValType> {
    Some(match ty {
        CoreType::I32 => ValType::I32,
        CoreType::I64 => ValType::I64,
        CoreType::F32 => ValType::F32,
        CoreType::F64 => ValType::F64,
        CoreType::V128 | CoreType::Ref => return None,
    })
}
