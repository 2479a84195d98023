//! Which functions there are: those of WASI's own lists, with their types, and nothing else.

use crate::subject::stub;
use plwasm_engine::abi::{CoreSignature, CoreType};
use plwasm_engine::compile::component::Stub;
use plwasm_engine::compile::wasi::Written;
use wasmtime::{Engine, Instance, Module, Store, Val};

/// Whether it is nothing but a trap.
fn traps(stub: &Stub) -> bool {
    const CODE: &[u8] = &[10, 5, 1, 3, 0, 0x00, 0x0b];
    stub.binary.windows(CODE.len()).any(|bytes| bytes == CODE)
}

/// The lines of a list of functions: what is before the type, and the type.
fn functions(list: &str) -> impl Iterator<Item = (&str, CoreSignature)> {
    let types = |text: &str| {
        text.split_whitespace()
            .map(|ty| match ty {
                "i32" => CoreType::I32,
                "i64" => CoreType::I64,
                other => panic!("{other}"),
            })
            .collect()
    };
    list.lines().filter(|line| !line.starts_with('#')).map(move |line| {
        let (function, results) = line.split_once("->").unwrap();
        let start = function.find(" i").unwrap_or(function.len());
        let (name, params) = function.split_at(start);
        (name.trim(), CoreSignature { params: types(params), results: types(results) })
    })
}

#[test]
fn every_function_of_preview_1_is_there_with_its_type() {
    let mut count = 0;
    for (name, signature) in functions(include_str!("preview1.txt")) {
        let (module, name) = name.split_once(' ').unwrap();
        let found = stub(module, name, &signature);
        let found = found.unwrap_or_else(|| panic!("{module} {name} {signature:?}"));
        assert_eq!(found.export.trim_start_matches("wasi_unstable."), name);
        count += 1;
    }
    assert_eq!(count, 46 + 45);
}

#[test]
fn every_function_of_preview_2_is_there_with_its_type() {
    let list: Vec<_> = functions(include_str!("preview2.txt")).collect();
    for (name, signature) in &list {
        let (interface, function) = name.split_once('#').unwrap();
        let found = stub(&format!("{interface}@0.2.12"), function, signature);
        assert_eq!(found.unwrap_or_else(|| panic!("{name}")).export, *name);
    }
    // And nothing else was written by hand.
    for written in [Written::Preview2, Written::Lists] {
        let module = Module::new(&Engine::default(), written.binary()).unwrap();
        for export in module.exports() {
            let (_, signature) = list.iter().find(|(name, _)| *name == export.name()).unwrap();
            let (interface, function) = export.name().split_once('#').unwrap();
            let found = stub(&format!("{interface}@0.2.0"), function, signature).unwrap();
            let exits = export.name().starts_with("wasi:cli/exit#");
            assert!(exits || !traps(&found), "{}", export.name());
        }
    }
}

#[test]
fn what_nobody_wrote_traps_under_its_name() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut call = |name: &str, params: &[CoreType], args: &[Val]| {
        let signature = CoreSignature { params: params.to_vec(), results: Vec::new() };
        let stub = stub("wasi:filesystem/types@0.2.3", name, &signature).unwrap();
        let module = Module::new(&engine, &stub.binary).unwrap();
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let func = instance.get_func(&mut store, &stub.export).unwrap();
        func.call(&mut store, args, &mut [])
    };
    let trap = call("[method]descriptor.sync", &[CoreType::I32; 2], &[Val::I32(3), Val::I32(0)])
        .unwrap_err();
    assert!(
        format!("{trap:?}").contains("wasi:filesystem/types#[method]descriptor.sync"),
        "{trap:?}"
    );
    call("[resource-drop]descriptor", &[CoreType::I32], &[Val::I32(3)]).unwrap();
}
