//! Resources that a core module exports: what it imports for their handles, and their constructors.

use super::subject::{LIMITS, Returns, Value, call, engine};
use plwasm_engine::adapt::{Options, adapt};
use plwasm_engine::{Engine, Error, Guest, Isolation, Linked, Module, Result, Wasi};
use std::rc::Rc;
use wit_component::{StringEncoding, embed_component_metadata};

/// What wit-bindgen's core modules import.
const IMPORTS: &str = r#"
  (import "[export]a:b/c@1.0.0" "[resource-new]r" (func $new (param i32) (result i32)))
  (import "[export]a:b/c@1.0.0" "[resource-rep]r" (func $rep (param i32) (result i32)))
  (import "[export]a:b/c@1.0.0" "[resource-drop]r" (func $drop (param i32)))"#;

/// A resource whose state is a number in memory, and which counts those that were dropped.
const RESOURCE: &str = r#"
  (memory (export "memory") 1)
  (global $heap (mut i32) (i32.const 1024))
  (global $dropped (mut i32) (i32.const 0))
  (func (export "a:b/c@1.0.0#[constructor]r") (param i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $heap))
    (global.set $heap (i32.add (local.get $at) (i32.const 4)))
    (i32.store (local.get $at) (local.get 0))
    (call $new (local.get $at)))
  (func (export "a:b/c@1.0.0#[method]r.get") (param i32) (result i32)
    (i32.load (call $rep (local.get 0))))
  (func (export "a:b/c@1.0.0#[static]r.used") (param i32) (result i32)
    (call $drop (local.get 0))
    (global.get $dropped))"#;

const DESTRUCTOR: &str = r#"
  (func (export "a:b/c@1.0.0#[dtor]r") (param i32)
    (global.set $dropped (i32.add (global.get $dropped) (i32.load (local.get 0)))))"#;

fn compiled(engine: &Engine, fields: &str) -> Result<Rc<Module>> {
    let binary = wat::parse_str(format!("(module {fields})")).unwrap();
    Module::compile(engine, &binary, Isolation::Call).map(Rc::new)
}

fn called(guest: &mut Guest, name: &str, argument: u32) -> u32 {
    let export = format!("a:b/c@1.0.0#{name}");
    match call(guest, &export, &[Value::U32(argument)], Returns::U32).unwrap() {
        Value::U32(value) => value,
        other => panic!("{other:?}"),
    }
}

/// A handle is the representation; dropping it calls the destructor, if there is one.
#[test]
fn handles_are_representations() {
    for (destructor, sum) in [(DESTRUCTOR, 7), ("", 0)] {
        let engine = engine();
        let module = compiled(&engine, &format!("{IMPORTS} {RESOURCE} {destructor}")).unwrap();
        assert!(!module.is_supplied(), "nothing takes the place of what a host has");
        let mut guest = Guest::new(&engine, module, LIMITS).unwrap();
        for _ in 0..3 {
            let handle = called(&mut guest, "[constructor]r", 7);
            assert_eq!(handle, 1024);
            assert_eq!(called(&mut guest, "[method]r.get", handle), 7);
            assert_eq!(called(&mut guest, "[static]r.used", handle), sum);
            assert!(guest.reset());
        }
    }
}

/// A destructor that has another type, or that the module imports itself, is none.
#[test]
fn a_destructor_of_another_kind_is_not_called() {
    for destructor in [
        r#"(func (export "a:b/c@1.0.0#[dtor]r") (param i64))"#,
        r#"(func (export "a:b/c@1.0.0#[dtor]r") (param i32) (result i32) (unreachable))"#,
        r#"(func (export "[dtor]r") (param i32) (unreachable))"#,
        r#"(func (export "a:b/d#[dtor]r") (param i32) (unreachable))"#,
        r#"(export "a:b/c@1.0.0#[dtor]r" (func $drop))"#,
        r#"(global (export "a:b/c@1.0.0#[dtor]r") i32 (i32.const 0))"#,
    ] {
        let engine = engine();
        let module = compiled(&engine, &format!("{IMPORTS} {RESOURCE} {destructor}")).unwrap();
        let mut guest = Guest::new(&engine, module, LIMITS).unwrap();
        assert_eq!(called(&mut guest, "[static]r.used", 0), 0, "{destructor}");
    }
}

/// Whatever else a module imports is refused as before, and nothing else is listed.
#[test]
fn other_imports_are_left() {
    let left = |import: &str| {
        let binary = wat::parse_str(format!("(module {import} {IMPORTS})")).unwrap();
        let linked = Linked::of(&binary, None).unwrap();
        let all: Vec<_> = linked.inspection.imports.iter().map(ToString::to_string).collect();
        (all, linked.inspection.family().map(|family| family.name()))
    };
    let write = r#"(import "wasi_snapshot_preview1" "fd_write"
        (func (param i32 i32 i32 i32) (result i32)))"#;
    assert_eq!(
        left(write),
        (vec![r#"function "wasi_snapshot_preview1"."fd_write""#.into()], Some("WASI"))
    );
    for (import, name) in [
        (r#"(import "[export]x" "[resource-new]r" (func (param i64) (result i32)))"#, "new"),
        (r#"(import "[export]x" "[resource-rep]r" (func (param i32)))"#, "rep"),
        (r#"(import "[export]x" "[resource-drop]r" (func (param i32 i32)))"#, "drop"),
    ] {
        let found = vec![format!(r#"function of another type "[export]x"."[resource-{name}]r""#)];
        assert_eq!(left(import).0, found);
    }
    let global = r#"(import "[export]x" "[resource-drop]r" (global i32))"#;
    assert_eq!(left(global).0.len(), 1);
    let engine = engine();
    let text = format!("(module {write} {IMPORTS} {RESOURCE} {DESTRUCTOR})");
    let binary = wat::parse_str(text).unwrap();
    let refused = Module::compile(&engine, &binary, Isolation::Call);
    assert!(matches!(refused, Err(Error::Imports(imports)) if imports.len() == 1));
    let module =
        Module::compile_with(&engine, &binary, Isolation::Call, Wasi::Inert.stubs()).unwrap();
    assert!(module.is_supplied());
    let mut guest = Guest::new(&engine, module.into(), LIMITS).unwrap();
    assert_eq!(called(&mut guest, "[static]r.used", 1024), 0);
    assert_eq!(called(&mut guest, "[constructor]r", 5), 1024);
    assert_eq!(called(&mut guest, "[static]r.used", 1024), 5);
}

/// `plwasm adapt` supplies them, too.
#[test]
fn an_adapted_module_keeps_its_resources() {
    let text = format!(
        r#"(module (import "env" "f" (func)) {IMPORTS} {RESOURCE} {DESTRUCTOR} (export "f" (func 0)))"#
    );
    let binary = wat::parse_str(text).unwrap();
    let options = Options { stubs: vec!["trap".parse().unwrap()], ..Options::default() };
    let adapted = adapt(&binary, &options).unwrap();
    let said: Vec<_> = adapted.replaced.iter().map(ToString::to_string).collect();
    assert!(said.iter().any(|line| line.contains("[resource-drop]r: ")), "{said:?}");
    let engine = engine();
    let module = Module::compile(&engine, &adapted.binary, Isolation::Call).unwrap();
    let mut guest = Guest::new(&engine, module.into(), LIMITS).unwrap();
    let handle = called(&mut guest, "[constructor]r", 9);
    assert_eq!(called(&mut guest, "[static]r.used", handle), 9);
}

/// Returns a core module for a world: the one given, or one whose functions trap.
fn described(wit: &str, module: Option<Vec<u8>>) -> Vec<u8> {
    let mut resolve = wit_parser::Resolve::default();
    let package = resolve.push_str("test.wit", wit).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    let abi = wit_parser::ManglingAndAbi::Legacy(wit_parser::LiftLowerAbi::Sync);
    let mut module = module.unwrap_or_else(|| wit_component::dummy_module(&resolve, world, abi));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    module
}

fn component_of(module: &[u8]) -> Vec<u8> {
    wit_component::ComponentEncoder::default().module(module).unwrap().encode().unwrap()
}

/// In a component, too, a handle is the representation, and nothing is kept in a second memory: what a constructor does
/// can be put back.
#[test]
fn handles_of_a_component_are_representations() {
    let wit = "package a:b@1.0.0;
        interface c { resource r { constructor(n: u32); get: func() -> u32; used: static func(r: r) -> u32; } }
        world w { export c; }";
    for (destructor, sum) in [(DESTRUCTOR, 7), ("", 0)] {
        let text = format!("(module {IMPORTS} {RESOURCE} {destructor})");
        let binary = component_of(&described(wit, Some(wat::parse_str(text).unwrap())));
        let engine = engine();
        let module = Rc::new(Module::compile(&engine, &binary, Isolation::Call).unwrap());
        let method = module.function("r.get").unwrap();
        assert_eq!(method.wit.unwrap().unsupported, None);
        assert_eq!(module.constructor_of(method.name).unwrap().name, "a:b/c@1.0.0#[constructor]r");
        let mut guest = Guest::new(&engine, module, LIMITS).unwrap();
        for _ in 0..3 {
            let handle = called(&mut guest, "[constructor]r", 7);
            assert_eq!(handle, 1024);
            assert_eq!(called(&mut guest, "[method]r.get", handle), 7);
            assert!(guest.reset(), "the first memory alone has changed");
            called(&mut guest, "[constructor]r", 7);
            assert_eq!(called(&mut guest, "[static]r.used", handle), sum);
            assert!(guest.reset());
        }
    }
}

#[test]
fn a_method_has_one_constructor() {
    let wit = "package a:b;
        interface one {
            resource plain { constructor(a: u8); m: func(); of: static func() -> plain; }
            resource named { m: func(); of: static func() -> result<named, string>; two: static func() -> u8; }
            resource several { m: func(); of: static func() -> several; made: static func() -> several; }
            resource none { m: func(); f: static func() -> u8; }
        }
        interface two { resource none { constructor(); m: func(); } }
        world w { export one; export two; }";
    let engine = engine();
    let binary = described(wit, None);
    let component = component_of(&binary);
    for binary in [binary, component] {
        let module = Module::compile(&engine, &binary, Isolation::Call).unwrap();
        let found = |method: &str| {
            let method = module.function(method).unwrap();
            assert!(method.refusal().is_some());
            module.constructor_of(method.name).map(|export| export.name.to_string())
        };
        assert_eq!(found("plain.m").unwrap(), "a:b/one#[constructor]plain");
        assert_eq!(found("named.m").unwrap(), "a:b/one#[static]named.of");
        assert_eq!(found("a:b/two#none.m").unwrap(), "a:b/two#[constructor]none");
        let Err(Error::SeveralConstructors { resource, exports }) = found("several.m") else {
            panic!()
        };
        assert_eq!(resource, "several");
        assert_eq!(exports, ["a:b/one#[static]several.of", "a:b/one#[static]several.made"]);
        let none = found("a:b/one#none.m");
        assert!(matches!(none, Err(Error::NoConstructor(resource)) if resource == "none"));
        assert!(module.function("named.of").unwrap().refusal().is_some());
        assert!(module.function("named.two").unwrap().refusal().is_none());
        let constructor = module.function("a:b/one#[constructor]plain").unwrap();
        assert!(constructor.refusal().is_some());
    }
}

/// Without WIT only a function of that name is one.
#[test]
fn without_wit_a_constructor_is_known_by_its_name() {
    let engine = engine();
    let module = compiled(
        &engine,
        r#"(func (export "[constructor]r") (result i32) (i32.const 1))
           (func (export "[method]r.m") (param i32))
           (func (export "[static]s.of") (result i32) (i32.const 1))
           (func (export "[method]s.m") (param i32))"#,
    )
    .unwrap();
    let of = |method: &str| module.constructor_of(module.function(method).unwrap().name);
    assert_eq!(of("r.m").unwrap().name, "[constructor]r");
    assert!(matches!(of("s.m"), Err(Error::NoConstructor(_))));
}
