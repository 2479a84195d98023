//! The limits of memory, of what is compiled, and of what a backend keeps.

use crate::subject::{LIMITS, call, engine, guest, module};
use plwasm_engine::code_cache::Key;
use plwasm_engine::{
    Engine, Error, Guest, Isolation, MemoryBudget, Module, ModuleCache, Remedy, Wasi,
};
use std::rc::Rc;

fn key(module: &Module) -> Key {
    Key { hash: module.hash(), isolation: Isolation::Call }
}

#[test]
fn what_would_take_too_long_to_compile_is_refused() {
    let engine = engine();
    let refused = |body: String| {
        let text = format!("(module (memory 1) (func {body}))");
        module(&engine, &text).map(|_| ()).unwrap_err()
    };
    let long = "(i32.store (i32.const 8) (i32.const 1))".repeat(100_000);
    assert!(matches!(refused(long), Error::LongFunction { function: 0, .. }));
    let deep = format!("{}{}", "(loop (br_if 0 (i32.const 0)) ".repeat(2500), ")".repeat(2500));
    assert!(matches!(refused(deep), Error::DeepLoops { function: 0, .. }));
}

#[test]
fn memory_stops_growing_at_its_limit() {
    let engine = engine();
    let before = engine.budget().used();
    let (mut guest, entry) = guest(
        &engine,
        r#"(func (export "f") (param i32) (result i32) (memory.grow (local.get 0)))"#,
    );
    // 16 pages are the limit, and there is one.
    assert_eq!(call(&mut guest, &entry, 15).unwrap(), 1);
    assert_eq!(call(&mut guest, &entry, 1).unwrap(), -1);
    drop(guest);
    assert_eq!(engine.budget().used(), before);
}

#[test]
fn an_instance_that_does_not_fit_is_refused() {
    let engine = engine();
    let module = module(&engine, "(module (memory 17))").unwrap();
    let error = Guest::new(&engine, module, LIMITS).unwrap_err();
    assert!(matches!(error, Error::Memory { what: "the instance", .. }), "{error:?}");
}

#[test]
fn imports_and_bombs_are_refused_before_compiling() {
    let engine = engine();
    let error = module(&engine, r#"(module (import "wasi_snapshot_preview1" "fd_write" (func)))"#)
        .unwrap_err();
    assert_eq!(error.sqlstate(), "0A000");
    assert!(error.detail().unwrap().contains("\"wasi_snapshot_preview1\".\"fd_write\""));
    assert_eq!(error.remedy(), Some(Remedy::AllowWasi));

    let function = |locals: usize, times: usize, code: &str| {
        format!("(func {} {})", "(local i64) ".repeat(locals), code.repeat(times))
    };
    let branch = "(block (br_if 0 (i32.const 0))) ";
    let params = format!("(func {} {})", "(param i64) ".repeat(900), branch.repeat(10_000));
    // Of the last four each could be compiled.
    let many = function(1_000, 2_500, branch).repeat(4);
    for bomb in [function(40_000, 4_000, branch), params, many] {
        let refused = module(&engine, &format!("(module {bomb})"));
        assert!(matches!(refused, Err(Error::TooComplex { .. })), "{refused:?}");
    }
}

/// What compilers unroll: 67 kB of code with 7,350 locals, as a function of secp256k1-wasm 2.0.0 from npm has.
#[test]
fn straight_code_may_have_thousands_of_locals() {
    let engine = engine();
    let locals = "(local i64) ".repeat(7_350);
    let code: String = (0..7_350)
        .map(|i| {
            format!(
                "(local.set {i} (i64.mul (local.get {}) (i64.load (i32.const 8)))) ",
                i * 7 % 7_350
            )
        })
        .collect();
    let stores = "(i64.store (i32.const 8) (local.get 7000)) ".repeat(336);
    let text = format!("(module (memory 1) (func (export \"f\") {locals} {code} {stores}))");
    assert!(module(&engine, &text).is_ok());
}

#[test]
fn a_full_backend_makes_room_from_what_is_idle() {
    let engine = Engine::new(|| false, MemoryBudget::new(200 << 10)).unwrap();
    let mut cache = ModuleCache::default();
    for i in 0..100 {
        let text = format!("(module (func (drop (i32.const {i}))))");
        let loaded = loop {
            match module(&engine, &text) {
                Err(Error::Memory { .. }) => assert!(cache.evict()),
                loaded => break loaded.unwrap(),
            }
        };
        cache.put(key(&loaded), loaded);
        let kept: usize = cache.iter().map(|(_, module)| module.bytes()).sum();
        assert_eq!(kept, engine.budget().used());
    }
    assert!(cache.iter().count() < 20);
    assert!(engine.budget().used() <= 200 << 10);
}

#[test]
fn a_cache_keeps_what_is_used_and_500_more_at_most() {
    // On arm64 the smallest code takes 128 KiB.
    let engine = Engine::new(|| false, MemoryBudget::new(128 << 20)).unwrap();
    let mut cache = ModuleCache::default();
    let empty =
        |i: i32| module(&engine, &format!("(module (global i32 (i32.const {i})))")).unwrap();
    let used: Vec<_> = (0..10).map(empty).collect();
    for module in used.iter().cloned().chain((10..600).map(empty)) {
        cache.put(key(&module), module);
    }
    assert_eq!(cache.iter().count(), 500);
    let mut is_kept = |module: &Rc<Module>| cache.get(&key(module), Wasi::None).is_some();
    assert!(used.iter().all(&mut is_kept));
    assert!(!is_kept(&empty(109)) && is_kept(&empty(110)));

    drop(used);
    let last = key(&empty(599));
    cache.retain(|key| *key == last);
    assert_eq!(cache.iter().count(), 1);
    assert!(cache.evict() && !cache.evict());
    assert_eq!(engine.budget().used(), 0);
}
