//! A guest that shows in which slots and where in memory a value came to it; run by wasmtime's component runtime, and by
//! the engine.

use crate::values::value;
use crate::wit::Wit;
use plwasm_engine::abi::{CoreType, Layout, Parts, Signature, Type};
use plwasm_engine::{Engine, Guest, Isolation, Limits, MemoryBudget, Module, ValRaw, json};
use std::rc::Rc;
use wasmtime::component::Val;
use wit_parser::Resolve;

/// WebAssembly text of a function that returns what it gets: its slots, each as 64 bits, or what lies behind the pointer
/// that it gets in their place.
pub(crate) fn probe(ty: &Type) -> String {
    let signature = Signature { params: vec![ty.clone()], result: Some(Type::U64.list()) };
    let params = signature.core().params;
    let written = params.iter().map(|ty| format!("{ty} ")).collect::<String>();
    let store = |(i, ty): (usize, &CoreType)| {
        let slot = format!("(local.get {i})");
        let bits = match ty {
            CoreType::I32 => format!("(i64.extend_i32_u {slot})"),
            CoreType::F32 => format!("(i64.extend_i32_u (i32.reinterpret_f32 {slot}))"),
            CoreType::F64 => format!("(i64.reinterpret_f64 {slot})"),
            _ => slot,
        };
        format!("(i64.store offset={} (i32.const 1024) {bits})", 8 * i)
    };
    let (stores, at, count) = match signature.params_spilled() {
        true => (String::new(), "(local.get 0)", Layout::of(ty).size.div_ceil(8) as usize),
        false => (params.iter().enumerate().map(store).collect(), "(i32.const 1024)", params.len()),
    };
    format!(
        r#"(module
             (memory (export "memory") 16)
             (global $top (mut i32) (i32.const 65536))
             (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
               (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
               (global.set $top (i32.add (local.get $at) (local.get 3)))
               (local.get $at))
             (func (export "probe") (param {written}) (result i32)
               {stores}
               (i32.store (i32.const 512) {at})
               (i32.store (i32.const 516) (i32.const {count}))
               (i32.const 512)))"#
    )
}

/// What wasmtime's component runtime gives the probe.
pub(crate) fn theirs(ty: &Type, module: &str, bytes: Vec<u8>) -> (Val, Vec<u64>) {
    let mut wit = Wit::default();
    let written = wit.write(ty);
    let world = format!(
        "package a:b;\nworld w {{\n{}  export probe: func(v: {written}) -> list<u64>;\n}}\n",
        wit.definitions
    );
    let mut resolve = Resolve::default();
    let package = resolve.push_str("a.wit", &world).unwrap();
    let chosen = resolve.select_world(&[package], Some("w")).unwrap();
    let mut module = wat::parse_str(module).unwrap();
    let utf8 = wit_component::StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut module, &resolve, chosen, utf8).unwrap();
    let component = wit_component::ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|mut encoder| encoder.encode())
        .unwrap();
    let engine = wasmtime::Engine::default();
    let component = wasmtime::component::Component::new(&engine, component).unwrap();
    let mut store = wasmtime::Store::new(&engine, ());
    let instance =
        wasmtime::component::Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    let func = instance.get_func(&mut store, "probe").unwrap();
    let (_, param) = func.ty(&store).params().next().unwrap();
    let given = value(&param, &mut bytes.into_iter());
    let mut found = [Val::Bool(false)];
    func.call(&mut store, std::slice::from_ref(&given), &mut found).unwrap();
    let Val::List(slots) = &found[0] else { panic!("{found:?}") };
    let slot = |slot: &Val| if let Val::U64(slot) = slot { *slot } else { panic!("{slot:?}") };
    (given, slots.iter().map(slot).collect())
}

/// What we give the same guest for the JSON of the value, and the JSON of that again.
pub(crate) fn ours(ty: &Type, module: &str, json: &str) -> (Vec<u64>, String) {
    let engine = Engine::new(|| false, MemoryBudget::new(64 << 20)).unwrap();
    let module = Module::compile(&engine, &wat::parse_str(module).unwrap(), Isolation::Call);
    let limits = Limits { fuel: 1_000_000, memory: 4 << 20, isolation: Isolation::Call };
    let mut guest = Guest::new(&engine, Rc::new(module.unwrap()), limits).unwrap();
    guest.refuel(limits.fuel);
    let layout = Layout::of(ty);
    let signature = Signature { params: vec![ty.clone()], result: None };
    if signature.params_spilled() {
        guest.allocate(layout.size, layout.align).unwrap();
    }
    let mut bytes = vec![0; layout.size as usize];
    json::lower(json, ty, &mut guest, || {}, &mut bytes)
        .unwrap_or_else(|error| panic!("{error}: {json} as {ty}"));
    let mut slots = Vec::new();
    match signature.params_spilled() {
        true => slots.extend(bytes.chunks(8).map(|bytes| {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            u64::from_le_bytes(word)
        })),
        false => Parts::of(ty).read(&bytes, &mut |slot| slots.push(slot.get_u64())),
    }
    let mut again = vec![0; bytes.len()];
    if !signature.params_spilled() {
        let slots: Vec<_> = slots.iter().map(|slot| ValRaw::u64(*slot)).collect();
        Parts::of(ty).write(&slots, &mut again).unwrap();
        assert_eq!(again, bytes, "{ty}");
    }
    (slots, json::lift(ty, &bytes, &guest, &|_, _| Ok(()), || {}).unwrap())
}
