//! The code cache, through the engine's public face: what comes back is what was put in, or nothing does.

#[path = "code_cache/facts.rs"]
mod facts;
#[path = "code_cache/fixture.rs"]
mod fixture;
#[path = "code_cache/hostile.rs"]
mod hostile;
#[path = "code_cache/locks.rs"]
mod locks;
#[path = "code_cache/room.rs"]
mod room;

use fixture::{Fixture, LIMITS, call, key, log};
use plwasm_engine::{Artefact, Engine, Error, Guest, Isolation, MemoryBudget, Module, Wasi};
use std::fmt::Write;
use std::rc::Rc;

/// Each exports `add` and `fail`, of two i32 or u32 and to one.
const CORE: &str = r#"(module
  (memory (export "memory") 1) (global $calls (mut i32) (i32.const 0))
  (func $deeper (param i32) (result i32) (i32.load (i32.sub (local.get 0) (i32.const 8))))
  (func (export "add") (param i32 i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i32.store (i32.const 8) (global.get $calls))
    (i32.add (i32.add (local.get 0) (local.get 1)) (i32.sub (i32.load (i32.const 8)) (i32.const 1))))
  (func (export "fail") (param i32 i32) (result i32) (call $deeper (local.get 0)))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 16)))"#;

const COMPONENT: &str = r#"(component
  (core module $m
    (func $deeper (unreachable))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "fail") (param i32 i32) (result i32) (call $deeper) (i32.const 1)))
  (core instance $i (instantiate $m))
  (type $point' (record (field "x" u32) (field "y" (tuple bool char))))
  (export $point "point" (type $point'))
  (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add")))
  (func (export "fail") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "fail"))))"#;

const SUPPLIED: &str = r#"(module
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (func (export "add") (param i32 i32) (result i32)
    (drop (call $yield)) (i32.add (local.get 0) (local.get 1)))
  (func (export "fail") (param i32 i32) (result i32) (i32.div_u (local.get 0) (i32.const 0))))"#;

/// All that can be seen of compiled code: what it says, what it returns, where it fails.
fn shown(engine: &Engine, artefact: &Artefact) -> String {
    let mut shown = format!("{}", artefact.is_supplied());
    let module = Rc::new(Module::load(engine, artefact).unwrap());
    for export in ["add", "fail"] {
        write!(shown, " {:?} {:?}", module.function(export).unwrap(), module.effects(export))
            .unwrap();
    }
    write!(shown, " {} {} {}", module.hash(), module.has_memory(), module.has_realloc()).unwrap();
    let mut guest = Guest::new(engine, module, LIMITS).unwrap();
    for (a, b) in [(20, 22), (1, 2)] {
        let sum = call(&mut guest, "add", a, b).unwrap();
        write!(shown, " {sum}, fuel {}, reset {}", guest.fuel_used(), guest.reset()).unwrap();
    }
    let error = call(&mut guest, "fail", 0, 0).unwrap_err();
    assert!(error.detail().unwrap().contains("at offset"), "{error:?}");
    write!(shown, " {error:?}").unwrap();
    assert!(shown.contains(" 42, fuel"), "{shown}");
    shown
}

#[test]
fn what_comes_back_is_what_was_compiled() {
    let fixture = Fixture::new();
    let (engine, cache) = (&fixture.engine, fixture.cache());
    let binary = wat::parse_str(CORE).unwrap();
    for source in [CORE.as_bytes(), &binary, COMPONENT.as_bytes(), SUPPLIED.as_bytes()] {
        for isolation in [Isolation::Call, Isolation::Statement] {
            let key = key(source, isolation);
            assert!(cache.open(&key).unwrap().is_none());
            let compiled =
                engine.compiler().compile(source, isolation, Wasi::Inert.stubs()).unwrap();
            cache.store(&key, &compiled);
            let found = cache.open(&key).unwrap().unwrap();
            assert_eq!(found.bytes(), compiled.bytes());
            assert_eq!(cache.size_of(&key), Some(compiled.bytes().len() as u64));
            assert_eq!(shown(engine, &found), shown(engine, &compiled));
        }
    }
    assert_eq!(cache.entries().len(), 8);
    assert!(cache.entries().iter().all(|entry| entry.is_current));
    assert_eq!(log(), [""; 0]);
}

#[test]
fn modules_of_one_file_are_independent() {
    let fixture = Fixture::new();
    let key = fixture.put(CORE);
    let found = fixture.cache().open(&key).unwrap().unwrap();
    let load = || Rc::new(Module::load(&fixture.engine, &found).unwrap());
    let (one, other) = (load(), load());
    let sum = |module: &Rc<Module>| {
        let mut guest = Guest::new(&fixture.engine, module.clone(), LIMITS).unwrap();
        call(&mut guest, "add", 40, 2).unwrap()
    };
    assert_eq!((sum(&one), sum(&other)), (42, 42));
    drop(one);
    assert_eq!(sum(&other), 42);
    drop((other, found));
    assert_eq!(fixture.engine.budget().used(), 0);
}

/// So that whoever compares files can.
#[test]
fn the_same_source_gives_the_same_bytes() {
    let Fixture { engine, .. } = Fixture::new();
    let other = plwasm_engine::Compiler::new(engine.runtime(), plwasm_engine::Threads::Many);
    for source in [CORE, COMPONENT] {
        let compile = |compiler: &plwasm_engine::Compiler| {
            compiler.compile(source.as_bytes(), Isolation::Call, None).unwrap().bytes().to_vec()
        };
        assert_eq!(compile(engine.compiler()), compile(&other));
    }
}

#[test]
fn code_that_does_not_fit_into_memory_is_refused() {
    let fixture = Fixture::new();
    let key = fixture.put(CORE);
    let engine = Engine::new(|| false, MemoryBudget::new(1000)).unwrap();
    for _ in 0..3 {
        let found = fixture.cache().open(&key).unwrap().unwrap();
        assert!(matches!(Module::load(&engine, &found), Err(Error::Memory { .. })));
    }
    assert_eq!(engine.budget().used(), 0);
}

#[test]
fn code_runs_on_when_its_file_is_removed() {
    let fixture = Fixture::new();
    let key = fixture.put(CORE);
    let artefact = fixture.cache().open(&key).unwrap().unwrap();
    std::fs::remove_file(fixture.path(&key)).unwrap();
    let shown = shown(&fixture.engine, &artefact);
    assert!(shown.contains("MemoryOutOfBounds"), "{shown}");
}

#[test]
fn a_cache_of_size_0_is_none() {
    let fixture = Fixture::new();
    let key = fixture.put(CORE);
    let none = fixture.sized(0);
    assert!(none.open(&key).unwrap().is_none());
    assert!(none.lock(&key).is_err());
    let other = self::key(COMPONENT.as_bytes(), Isolation::Call);
    none.store(&other, &fixture.compile(COMPONENT));
    none.remember(other.hash, other.hash);
    assert_eq!(none.behind(other.hash), None);
    assert_eq!(fixture.files(), [fixture.file(&key)]);
    assert_eq!(log(), [""; 0]);
}
