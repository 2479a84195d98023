//! Facts of hostile size: what a few bytes of a module share is not written, nor kept, for each use.

use super::fixture::Fixture;
use plwasm_engine::{Engine, Error, Isolation, MemoryBudget, Module};
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, FunctionSection, TypeSection, ValType,
};
use wit_component::StringEncoding;
use wit_parser::Resolve;

/// One function, exported many times under other names.
fn exported(params: usize, exports: usize) -> Vec<u8> {
    let mut module = wasm_encoder::Module::new();
    let mut types = TypeSection::new();
    types.ty().function(vec![ValType::I64; params], []);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut all = ExportSection::new();
    for i in 0..exports {
        all.export(&format!("f{i}"), ExportKind::Func, 0);
    }
    let (mut code, mut body) = (CodeSection::new(), Function::new([]));
    body.instructions().end();
    code.function(&body);
    module.section(&types).section(&functions).section(&all).section(&code);
    module.finish()
}

/// A module whose functions all take a record of a hundred fields, in WIT.
fn described(functions: usize) -> Vec<u8> {
    let fields: String = (0..100).map(|i| format!("{}{i}: bool, ", "a".repeat(110))).collect();
    let mut wit = format!("package a:b; interface i {{ record many {{ {fields} }} ");
    let mut text = String::from("(module ");
    for i in 0..functions {
        wit += &format!("call{i}: func(a: many); ");
        text += &format!("(func (export \"a:b/i#call{i}\") (param i32))");
    }
    let mut resolve = Resolve::default();
    let package = resolve.push_str("a.wit", &format!("{wit} }} world w {{ export i; }}")).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    let mut module = wat::parse_str(text + ")").unwrap();
    let utf8 = StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut module, &resolve, world, utf8).unwrap();
    module
}

#[test]
fn a_type_is_kept_once_however_often_it_is_exported() {
    let Fixture { engine, .. } = Fixture::new();
    let size = |params| {
        let binary = exported(params, 900);
        let artefact = engine.compiler().compile(&binary, Isolation::Call, None).unwrap();
        let bytes = artefact.bytes().len();
        let module = Module::load(&engine, &artefact).unwrap();
        assert_eq!(module.function("f899").unwrap().core.params.len(), params);
        (bytes, module.bytes())
    };
    let (few, many) = (size(1), size(999));
    assert!(many.0 < few.0 + 100_000 && many.1 < few.1 + 100_000, "{few:?} {many:?}");
    // 900 names and what goes with them are counted, though.
    assert!(many.1 > 200_000, "{many:?}");
}

#[test]
fn types_in_wit_are_bounded_and_counted() {
    let Fixture { engine, .. } = Fixture::new();
    let binary = described(500);
    assert!(binary.len() < 100_000, "{}", binary.len());
    let artefact = engine.compiler().compile(&binary, Isolation::Call, None).unwrap();
    let file = artefact.bytes().len();
    assert!(file > 4 << 20 && file < 8 << 20, "{file}");
    let module = Module::load(&engine, &artefact).unwrap();
    assert!(module.bytes() > 4 << 20 && module.bytes() < 8 << 20, "{}", module.bytes());
    let wit = module.function("a:b/i#call499").unwrap().wit.unwrap();
    assert_eq!(wit.to_string(), "call499: func(a: many)");

    let small = Engine::new(|| false, MemoryBudget::new(4 << 20)).unwrap();
    let refused = Module::compile(&small, &binary, Isolation::Call).unwrap_err();
    assert!(matches!(refused, Error::Memory { .. }), "{refused:?}");

    let error = Module::compile(&engine, &described(2000), Isolation::Call).unwrap_err();
    assert!(matches!(&error, Error::Unsupported(why) if why.contains("metadata")), "{error:?}");
}
