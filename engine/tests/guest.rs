//! Guests through the engine's public face: calls, traps, limits, interrupts, the cache.

use plwasm_engine::code_cache::Key;
use plwasm_engine::{
    Engine, Entry, Error, Guest, Isolation, Limits, MemoryBudget, Module, ModuleCache, Remedy,
    Scope, TrapKind, Uses, ValRaw, Wasi,
};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

const LIMITS: Limits = Limits { fuel: 1_000_000, memory: 1 << 20, isolation: Isolation::Call };

fn engine() -> Engine {
    Engine::new(|| false, MemoryBudget::new(64 << 20)).unwrap()
}

fn module(engine: &Engine, text: &str) -> Result<Rc<Module>, Error> {
    Module::compile(engine, &wat::parse_str(text).unwrap(), Isolation::Call).map(Rc::new)
}

fn key(module: &Module) -> Key {
    Key { hash: module.hash(), isolation: Isolation::Call }
}

/// A guest of a module whose export `f` takes and returns what `call` passes.
fn guest(engine: &Engine, body: &str) -> (Guest, Entry) {
    let text = format!(r#"(module (memory (export "memory") 1) {body})"#);
    let mut guest = Guest::new(engine, module(engine, &text).unwrap(), LIMITS).unwrap();
    let entry = guest.entry("f", Uses { memory: true, ..Uses::default() }).unwrap();
    guest.refuel(LIMITS.fuel);
    (guest, entry)
}

fn call(guest: &mut Guest, entry: &Entry, argument: i32) -> Result<i32, Error> {
    let mut slots = [ValRaw::i32(argument), ValRaw::i64(0)];
    // SAFETY: every `f` here takes at most one i32 and returns at most one.
    unsafe { guest.call(entry, &mut slots)? };
    Ok(slots[0].get_i32())
}

fn sqlstate(body: &str, argument: i32) -> String {
    let engine = engine();
    let (mut guest, entry) = guest(&engine, body);
    call(&mut guest, &entry, argument).unwrap_err().sqlstate().into()
}

#[test]
fn a_call_returns_its_result() {
    let engine = engine();
    let (mut guest, entry) = guest(
        &engine,
        r#"(func (export "f") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))"#,
    );
    assert_eq!(call(&mut guest, &entry, 14).unwrap(), 42);
    assert!(guest.fuel_used() > 0 && guest.fuel_used() < 100);
}

#[test]
fn every_trap_has_its_sqlstate() {
    let f = |body: &str| format!(r#"(func $f (export "f") (param i32) (result i32) {body})"#);
    for (state, body, argument) in [
        ("22012", f("(i32.div_s (i32.const 1) (local.get 0))"), 0),
        ("22012", f("(i32.rem_u (i32.const 1) (local.get 0))"), 0),
        ("22003", f("(i32.div_s (i32.const 0x80000000) (local.get 0))"), -1),
        ("22003", f("(i32.trunc_f32_s (f32.const nan))"), 0),
        ("38000", f("unreachable"), 0),
        ("38000", f("(i32.load (local.get 0))"), -4),
        ("38000", f("(i32.store (local.get 0) (i32.const 1)) (i32.const 1)"), 65_536),
        ("54001", f("(call $f (local.get 0))"), 0),
        ("54000", f("(loop (br 0)) (i32.const 1)"), 0),
    ] {
        assert_eq!(sqlstate(&body, argument), state, "{body}");
    }
}

#[test]
fn a_backtrace_names_the_functions() {
    let engine = engine();
    let (mut guest, entry) = guest(
        &engine,
        r#"(func $inner unreachable) (func $_ZN5outer4nameEv (export "f") (call $inner))"#,
    );
    match call(&mut guest, &entry, 0) {
        Err(Error::Trap { kind: TrapKind::Unreachable, backtrace }) => {
            assert!(backtrace.contains("0: inner at offset 0x"), "{backtrace}");
            assert!(backtrace.contains("1: outer::name"), "{backtrace}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_mangled_name_is_not_written_to_its_end() {
    // f(A<int, int>, A<A<int, int>, A<int, int>>, ...): each argument is twice as long as the one before.
    let digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let before: String = digits.chars().map(|n| format!("S_IS{n}_S{n}_E")).collect();
    let body = format!("(func $_Z1f1AIiiE{before} (export \"f\") unreachable)");
    let engine = engine();
    let (mut guest, entry) = guest(&engine, &body);
    let began = std::time::Instant::now();
    let error = call(&mut guest, &entry, 0).unwrap_err();
    let detail = error.detail().unwrap();
    assert!(detail.contains("0: f(A<int, int>, A<A<int, int>"), "{detail}");
    assert!(detail.len() < 200 && began.elapsed().as_secs() < 10);
}

#[test]
fn offsets_in_a_backtrace_are_those_of_the_binary() {
    let engine = engine();
    let text = r#"(module (memory 1)
        (func $check (drop (i32.load (i32.const -1)))) (func (export "f") (call $check)))"#;
    let binary = wat::parse_str(text).unwrap();
    let offset = |code: &[u8]| binary.windows(code.len()).position(|found| found == code).unwrap();
    let mut guest = Guest::new(&engine, module(&engine, text).unwrap(), LIMITS).unwrap();
    let entry = guest.entry("f", Uses::default()).unwrap();
    guest.refuel(LIMITS.fuel);
    match call(&mut guest, &entry, 0) {
        Err(Error::Trap { backtrace, .. }) => assert_eq!(
            backtrace,
            format!(
                "wasm backtrace:\n  0: check at offset {:#x}\n  1: f at offset {:#x}",
                offset(&[0x28, 2, 0]),
                offset(&[0x10, 0, 0x0b])
            )
        ),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_poll_that_says_so_stops_an_endless_loop() {
    static STOP: AtomicBool = AtomicBool::new(false);
    let engine = Engine::new(|| STOP.load(Relaxed), MemoryBudget::new(64 << 20)).unwrap();
    let (mut guest, entry) = guest(&engine, r#"(func (export "f") (loop (br 0)))"#);
    guest.refuel(Limits::NO_FUEL_LIMIT);
    STOP.store(true, Relaxed);
    assert!(matches!(call(&mut guest, &entry, 0), Err(Error::Interrupted)));
}

/// Neither loops nor functions that begin: straight code is looked at too.
#[test]
fn straight_code_is_polled() {
    static POLLS: AtomicU64 = AtomicU64::new(0);
    let poll = || {
        POLLS.fetch_add(1, Relaxed);
        false
    };
    let leaf = "(global.set $g (i32.add (global.get $g) (i32.const 1)))".repeat(200);
    let calls = "(call $leaf)".repeat(500);
    // Ways around a call are no way around being looked at.
    let skips = "(if (i32.eqz (global.get $g)) (then (call $leaf) (call $leaf)))".repeat(20);
    for body in [
        format!(r#"(func $leaf {leaf}) (func (export "f") {calls})"#),
        format!(
            r#"(func $leaf {leaf}) (func (export "f") {})"#,
            format!("(call $leaf) {skips}").repeat(100)
        ),
        format!(r#"(func (export "f") {})"#, leaf.repeat(100)),
    ] {
        let engine = Engine::new(poll, MemoryBudget::new(64 << 20)).unwrap();
        let (mut guest, entry) =
            guest(&engine, &format!("(global $g (mut i32) (i32.const 0)) {body}"));
        POLLS.store(0, Relaxed);
        // A poll for each slice of one unit: for each look.
        guest.refuel_in_slices(10_000_000, 1);
        call(&mut guest, &entry, 0).unwrap();
        let between = guest.fuel_used() / POLLS.load(Relaxed);
        assert!(between < 20_000, "{between} units from one look to the next");
    }
}

#[test]
fn fuel_comes_from_the_supply() {
    static LEFT: AtomicU64 = AtomicU64::new(0);
    let supply = |most: u64| {
        let fuel = most.min(100).min(LEFT.load(Relaxed));
        LEFT.fetch_sub(fuel, Relaxed);
        match fuel {
            0 => Err(Error::SharedFuel {
                scope: Scope::Statement,
                limit: 0,
                used: 0,
                is_ceiling: false,
            }),
            fuel => Ok(fuel),
        }
    };
    let engine = Engine::new(|| false, MemoryBudget::new(64 << 20)).unwrap().supplied_by(supply);
    // 5 n + 1 units; and 3 where nothing is looked at
    let spin = r#"(func (export "f") (param i32) (result i32)
        (loop $next (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0))"#;
    let add =
        r#"(func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))"#;
    for (body, argument, units) in [(spin, 100, 501), (add, 1, 3)] {
        for (first, supplied, succeeds) in [
            (0, units, true),
            (0, units - 1, false),
            (1, units - 1, true),
            (1, units - 2, false),
            (units, 0, true),
        ] {
            LEFT.store(1 << 20, Relaxed);
            let (mut guest, entry) = guest(&engine, body);
            LEFT.store(supplied, Relaxed);
            guest.begin(LIMITS.fuel, first);
            match call(&mut guest, &entry, argument) {
                Ok(_) => assert!(succeeds),
                Err(error) => assert!(!succeeds && matches!(error, Error::SharedFuel { .. })),
            }
            // Nothing is lost, and nothing is made up.
            assert_eq!(
                guest.fuel_left() + LEFT.load(Relaxed),
                if succeeds { first + supplied - units } else { 0 }
            );
        }
    }

    // The call's own limit is one too, and nobody draws beyond it.
    LEFT.store(1 << 20, Relaxed);
    let (mut guest, entry) = guest(&engine, spin);
    guest.begin(500, 0);
    assert!(matches!(call(&mut guest, &entry, 100), Err(Error::Fuel { limit: 500 })));
    assert_eq!(LEFT.load(Relaxed), (1 << 20) - 500);
    assert_eq!(guest.fuel_left(), 0);

    // A start function is fed too.
    LEFT.store(1 << 20, Relaxed);
    let text = format!("(module {spin} (func $s (drop (call 0 (i32.const 100)))) (start $s))");
    let started = Guest::new(&engine, module(&engine, &text).unwrap(), LIMITS).unwrap();
    assert_eq!(started.fuel_left() + LEFT.load(Relaxed), (1 << 20) - 503);
}

#[test]
fn what_a_guest_that_trapped_had_is_gone_and_a_slice_more() {
    static DRAWN: AtomicU64 = AtomicU64::new(0);
    let supply = |most: u64| {
        DRAWN.fetch_add(most, Relaxed);
        Ok(most)
    };
    let engine = Engine::new(|| false, MemoryBudget::new(64 << 20)).unwrap().supplied_by(supply);
    for (fuel, drawn) in [(1_000_000, 100_000), (5_000, 4_000)] {
        let (mut guest, entry) = guest(&engine, r#"(func (export "f") unreachable)"#);
        DRAWN.store(0, Relaxed);
        guest.begin(fuel, 1000);
        assert!(matches!(call(&mut guest, &entry, 0), Err(Error::Trap { .. })));
        assert_eq!((guest.fuel_left(), DRAWN.load(Relaxed)), (0, drawn));
    }
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
    assert!(matches!(error.remedy(), Some(Remedy::Advice(text)) if text.contains("WASI")));

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
    let engine = engine();
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

#[test]
fn what_a_guest_allocates_is_checked() {
    let engine = engine();
    for (returned, fits) in [("8", true), ("65530", false), ("-1", false), ("9", false)] {
        let text = format!(
            r#"(module (memory (export "memory") 1)
                 (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                   (i32.const {returned})))"#
        );
        let mut guest = Guest::new(&engine, module(&engine, &text).unwrap(), LIMITS).unwrap();
        guest.refuel(LIMITS.fuel);
        assert_eq!(guest.allocate(8, 4).is_ok(), fits, "{returned}");
    }
}

/// In long functions marks are made by a call.
#[test]
fn what_long_functions_change_is_put_back() {
    let stores: String = (0..8000)
        .map(|at| format!("(i32.store offset={} (local.get 0) (i32.const {at}))", at * 40 % 60_000))
        .collect();
    let text = format!(
        r#"(module (memory (export "memory") 2)
          (func (export "f") (param i32) (result i32) {stores} (i32.load8_u (local.get 0))))"#
    );
    let engine = engine();
    let module = module(&engine, &text).unwrap();
    let mut guest = Guest::new(&engine, module, LIMITS).unwrap();
    let before = guest.snapshot();
    let entry = guest.entry("f", Uses::default()).unwrap();
    for at in [0, 70_000, 1000] {
        guest.refuel(LIMITS.fuel);
        let mut slots = [ValRaw::u32(at), ValRaw::i64(0)];
        // SAFETY: one i32 to one i32.
        unsafe { guest.call(&entry, &mut slots).unwrap() };
        assert!(guest.snapshot() != before);
        assert!(guest.reset());
        assert!(guest.snapshot() == before);
    }
}
