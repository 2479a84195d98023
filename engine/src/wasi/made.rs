//! Functions of `wasi:*@0.2` that nobody wrote by hand, made from the type that the guest wants.
//!
//! The rule: dropping a resource does nothing, and everything else traps. What is written by hand gives out
//! no handle that such a function takes, but for those of the streams, the clock and HTTP, whose functions
//! are written by hand too. It must never return anything: what a function returns where it fails is not to
//! be seen in its core type.

use crate::abi::{CoreSignature, CoreType};
use crate::component::Stub;
use std::borrow::Cow;
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, FunctionSection, Module, NameMap,
    NameSection, TypeSection, ValType,
};

const DROP: &str = "[resource-drop]";

/// Whether a function of that name can be of an interface of 0.2.
pub(super) fn is_possible(name: &str) -> bool {
    // What else is in brackets is of async functions, streams and futures, or of the guest's own resources.
    let kinds = [DROP, "[method]", "[static]", "[constructor]"];
    !name.starts_with('[') || kinds.iter().any(|kind| name.starts_with(kind))
}

/// A stub of that type, for `interface#name`.
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
    // So that a backtrace says what was called.
    let mut names = NameSection::new();
    let mut named = NameMap::new();
    named.append(0, &export);
    names.functions(&named);

    let mut module = Module::new();
    module.section(&types).section(&functions).section(&exports).section(&code).section(&names);
    Some(Stub { binary: Cow::Owned(module.finish()), export })
}

/// As the canonical ABI has it: numbers alone.
fn value_type(ty: &CoreType) -> Option<ValType> {
    Some(match ty {
        CoreType::I32 => ValType::I32,
        CoreType::I64 => ValType::I64,
        CoreType::F32 => ValType::F32,
        CoreType::F64 => ValType::F64,
        CoreType::V128 | CoreType::Ref => return None,
    })
}
