//! Initializers: functions that a host calls after instantiation. Here a start function calls them.

use wasm_encoder::{
    CodeSection, EntityType, Function, FunctionSection, ImportSection, Instruction as I, Module,
    NameMap, NameSection, StartSection, TypeSection,
};

/// Returns a module that imports `count` functions without parameters or results, and calls them in order in its
/// start function.
pub(super) fn calls(count: u32) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut imports = ImportSection::new();
    let mut body = Function::new([]);
    for function in 0..count {
        imports.import("", "", EntityType::Function(0));
        body.instruction(&I::Call(function));
    }
    body.instruction(&I::End);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut code = CodeSection::new();
    code.function(&body);
    let mut named = NameMap::new();
    named.append(count, "initializers");
    let mut names = NameSection::new();
    names.functions(&named);
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions);
    module.section(&StartSection { function_index: count }).section(&code).section(&names);
    module.finish()
}
