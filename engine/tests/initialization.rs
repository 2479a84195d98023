//! What runs before any call: which functions, once and in which order; and what is said when one fails.

use plwasm_engine::initialization::{Phase, Trial};
use plwasm_engine::{
    Compiler, Engine, Error, Guest, Isolation, Limits, MemoryBudget, Module, Threads, TrapKind,
    Uses, ValRaw,
};
use std::rc::Rc;

const LIMITS: Limits = Limits { fuel: 1_000_000, memory: 1 << 20, isolation: Isolation::Call };

fn engine() -> Engine {
    Engine::new(|| false, MemoryBudget::new(64 << 20)).unwrap()
}

/// An instance of a module with a global `$n`, which each part of its initialization changes.
fn guest(fields: &str) -> Result<Guest, Error> {
    let engine = engine();
    let text = format!("(module (global $n (mut i32) (i32.const 0)) {fields})");
    let module = Module::compile(&engine, text.as_bytes(), Isolation::Call)?;
    Guest::new(&engine, Rc::new(module), LIMITS)
}

/// What `f`, which takes nothing and returns an i32, returns twice.
fn twice(fields: &str) -> [i32; 2] {
    let mut guest = guest(fields).unwrap();
    let entry = guest.entry("f", Uses::default()).unwrap();
    [(); 2].map(|()| {
        guest.refuel(LIMITS.fuel);
        let mut slots = [ValRaw::i32(0), ValRaw::i64(0)];
        // SAFETY: it takes nothing and returns an i32.
        unsafe { guest.call(&entry, &mut slots).unwrap() };
        assert!(guest.reset());
        slots[0].get_i32()
    })
}

/// Appends a decimal digit to `$n`.
fn digit(digit: u32) -> String {
    format!(
        "(global.set $n (i32.add (i32.mul (global.get $n) (i32.const 10)) (i32.const {digit})))"
    )
}

const CTORS: &str = r#"(func $ctors (export "__wasm_call_ctors") (call $construct))"#;

/// A module with constructors, which append a 2, and an `f`.
fn with_constructors(more: &str) -> [i32; 2] {
    twice(&format!(
        r#"(func $construct {}) {more} (func $get (export "f") (result i32) (global.get $n))"#,
        digit(2)
    ))
}

#[test]
fn constructors_run_where_nothing_else_runs_them() {
    assert_eq!(with_constructors(CTORS), [2, 2]);
    assert_eq!(with_constructors("(func $ctors (call $construct))"), [0, 0], "not exported");
    assert_eq!(
        with_constructors(r#"(func (export "__wasm_call_ctors") (param i32) (call $construct))"#),
        [0, 0],
        "of another type"
    );
    assert_eq!(
        with_constructors(r#"(export "__wasm_call_ctors" (func $construct))"#),
        [2, 2],
        "no linker's"
    );
}

#[test]
fn the_order_is_start_constructors_initialize() {
    let start = format!("(func $s {}) (start $s)", digit(1));
    let initialize = format!(r#"(func (export "_initialize") {})"#, digit(3));
    assert_eq!(with_constructors(&format!("{start} {CTORS} {initialize}")), [123, 123]);
    assert_eq!(with_constructors(&format!("{initialize} {start}")), [13, 13]);
}

#[test]
fn constructors_run_once() {
    let once = |what: &str, more: &str| {
        assert_eq!(with_constructors(&format!("{CTORS} {more}")), [2, 2], "{what}");
    };
    once("in _initialize", r#"(func (export "_initialize") (call $ctors))"#);
    once(
        "deep in it",
        r#"(func $a (call $b)) (func $b (return_call $ctors)) (func (export "_initialize") (call $a))"#,
    );
    once("inlined in it", r#"(func (export "_initialize") (call $construct))"#);
    once("as the start function", "(start $ctors)");
    once("in the start function", "(func $s (call $ctors)) (start $s)");
    once("as _initialize", r#"(export "_initialize" (func $ctors))"#);
    once(
        "through a table",
        r#"(table 1 funcref) (elem (i32.const 0) func $ctors)
           (func (export "_initialize") (call_indirect (i32.const 0)))"#,
    );
    once(
        "by reference",
        r#"(type $t (func)) (elem declare func $ctors)
           (func (export "_initialize") (call_ref $t (ref.func $ctors)))"#,
    );
    // Not called by anything here, whatever it does.
    once("in a command", r#"(func (export "_start") (call $ctors))"#);
    once("under another name", r#"(export "g" (func $ctors))"#);
    once(
        "in a table from which other types are called",
        r#"(table 1 funcref) (elem (i32.const 0) func $ctors)
           (func (export "_initialize") (if (i32.eqz (global.get $n)) (then (unreachable))
             (else (if (i32.const 0) (then (drop (call_indirect (result i32) (i32.const 0))))))))"#,
    );
}

/// As wasm-ld wraps the exports of a command that does not export its constructors, and as others do by hand.
#[test]
fn exports_that_construct_do_so_alone() {
    let module = |ctors: &str| {
        twice(&format!(
            r#"(func $construct {}) {ctors}
               (func $f (result i32) (global.get $n))
               (func (export "f") (result i32) (call $ctors) (call $f))
               (func (export "helper") (result i32) (i32.const 1))"#,
            digit(2)
        ))
    };
    assert_eq!(module("(func $ctors (call $construct))"), [2, 2]);
    assert_eq!(module(CTORS), [2, 2]);
}

#[test]
fn components_keep_the_rules_of_their_modules() {
    let engine = engine();
    let text = r#"(component
        (core module $m (global $n (mut i32) (i32.const 0))
          (func (export "__wasm_call_ctors") (global.set $n (i32.const 7)))
          (func (export "f") (result i32) (global.get $n)))
        (core instance $i (instantiate $m))
        (func (export "f") (result s32) (canon lift (core func $i "f"))))"#;
    let module = Module::compile(&engine, text.as_bytes(), Isolation::Call).unwrap();
    let mut guest = Guest::new(&engine, Rc::new(module), LIMITS).unwrap();
    let entry = guest.entry("f", Uses::default()).unwrap();
    guest.refuel(LIMITS.fuel);
    let mut slots = [ValRaw::i32(1), ValRaw::i64(0)];
    // SAFETY: it takes nothing and returns an i32.
    unsafe { guest.call(&entry, &mut slots).unwrap() };
    assert_eq!(slots[0].get_i32(), 0, "no component's host would run them");
}

/// The phase, and what went wrong in it.
fn failure(fields: &str) -> (Phase, Error) {
    match guest(fields) {
        Err(Error::Initialization { phase, error }) => (phase, *error),
        other => panic!("{fields}: {other:?}"),
    }
}

#[test]
fn an_error_says_which_part_failed() {
    let ways = [
        (Phase::Start, "(func $f BODY) (start $f)"),
        (Phase::Constructors, r#"(func (export "__wasm_call_ctors") BODY)"#),
        (Phase::Initialize, r#"(func (export "_initialize") BODY)"#),
    ];
    let trap =
        |kind| move |error: &Error| matches!(error, Error::Trap { kind: k, .. } if *k == kind);
    let is_fuel = |error: &Error| matches!(error, Error::Fuel { limit: 1_000_000 });
    let is_panic = |error: &Error| matches!(error, Error::Panic { message, .. } if message == "no");
    type IsIt<'a> = &'a dyn Fn(&Error) -> bool;
    let kinds: [(&str, IsIt<'_>); 5] = [
        ("unreachable", &trap(TrapKind::Unreachable)),
        ("(loop (br 0))", &is_fuel),
        ("(drop (i32.div_s (i32.const 1) (i32.const 0)))", &trap(TrapKind::DivideByZero)),
        ("(drop (i32.load (i32.const -1)))", &trap(TrapKind::MemoryOutOfBounds)),
        (
            r#"unreachable) (global (export "plwasm_panic_message") i32 (i32.const 8))
               (data (i32.const 8) "\10\00\00\00\02\00\00\00no" "#,
            &is_panic,
        ),
    ];
    for (phase, way) in ways {
        for (body, is_it) in &kinds {
            let fields = format!("(memory (export \"memory\") 1) {}", way.replace("BODY", body));
            let (found, error) = failure(&fields);
            assert_eq!(found, phase, "{fields}");
            assert!(is_it(&error), "{fields}: {error:?}");
        }
    }
    let (phase, error) = failure(r#"(memory 1) (data (i32.const 65535) "xx")"#);
    assert_eq!(phase, Phase::Instantiation);
    assert_eq!(error.sqlstate(), "38000");
    let error = guest(r#"(func $boom unreachable) (func (export "_initialize") (call $boom))"#);
    let error = error.unwrap_err();
    assert_eq!(
        error.to_string(),
        "_initialize of WebAssembly module failed: WebAssembly function executed \"unreachable\""
    );
    assert_eq!(error.sqlstate(), "38000");
    let detail = error.detail().unwrap();
    assert!(
        detail.starts_with("_initialize runs before any call.\nwasm backtrace:\n  0: boom"),
        "{detail}"
    );
    assert!(detail.contains("1: _initialize at offset"), "{detail}");
}

/// What is known after a trial with some limits.
fn trial(engine: &Engine, fields: &str, limits: Limits) -> Option<Trial> {
    let compiler = Compiler::new(engine.runtime(), Threads::One);
    let text = format!("(module {fields})");
    let artefact = compiler.compile(text.as_bytes(), Isolation::Call, None).unwrap();
    Trial::of(engine, &artefact, limits)
}

#[test]
fn a_trial_says_no_more_than_it_knows() {
    let engine = engine();
    let message = |fields: &str, fuel, memory| {
        let trial = trial(&engine, fields, LIMITS).unwrap();
        trial.failure(Limits { fuel, memory, ..LIMITS }).map(|(_, report)| report.message)
    };
    let (fuel, memory) = (LIMITS.fuel, LIMITS.memory);
    assert_eq!(message("(func $f) (start $f)", fuel, memory), None);
    assert_eq!(message("(func (export \"f\"))", 0, 0), None, "nothing runs");

    let traps = "(func $f unreachable) (start $f)";
    for (fuel, memory) in [(fuel, memory), (fuel * 100, memory * 100), (fuel / 10, memory)] {
        assert!(message(traps, fuel, memory).unwrap().starts_with("start function of"));
    }

    // It needs 30,000 units or so.
    let works = "(func $f (local i32) (loop (br_if 0 (i32.lt_u
        (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 5000))))) (start $f)";
    assert_eq!(message(works, fuel, memory), None);
    assert!(message(works, 1000, memory).unwrap().ends_with("its fuel limit of 1000"));

    let loops = "(func (export \"_initialize\") (loop (br 0)))";
    assert!(message(loops, fuel, memory).unwrap().ends_with("its fuel limit of 1000000"));
    assert!(message(loops, 1000, memory).unwrap().ends_with("its fuel limit of 1000"));
    assert_eq!(message(loops, fuel * 2, memory), None, "more fuel might be enough");

    let grows = "(memory 1) (func $f (if (i32.eq (i32.const -1) (memory.grow (i32.const 20)))
        (then unreachable))) (start $f)";
    assert!(message(grows, fuel, memory).is_some());
    assert_eq!(message(grows, fuel, memory * 2), None, "more memory might be enough");
}

/// A start function that allocates more than this process has says nothing of the module.
#[test]
fn what_the_process_lacks_is_not_the_modules_fault() {
    let engine = Engine::new(|| false, MemoryBudget::new(4 << 20)).unwrap();
    let grows = "(memory 1) (func $f (if (i32.eq (i32.const -1) (memory.grow (i32.const 100)))
        (then unreachable))) (start $f)";
    assert_eq!(trial(&engine, grows, Limits { memory: 64 << 20, ..LIMITS }), None);
}

/// One that is stopped is said not to have ended.
#[test]
fn a_trial_can_be_stopped() {
    let engine = Engine::new(|| true, MemoryBudget::new(64 << 20)).unwrap();
    let limits = Limits { fuel: Limits::NO_FUEL_LIMIT, ..LIMITS };
    let trial = trial(&engine, "(func $f (loop (br 0))) (start $f)", limits).unwrap();
    let (_, report) = trial.failure(limits).unwrap();
    assert!(report.message.starts_with("start function of WebAssembly module failed: it had not"));
    assert_eq!(report.sqlstate, "54000");
}

/// An instance that others have initialized is no good to who may use less than that took.
#[test]
fn fuel_of_an_instance_that_is_there() {
    let work = "(drop (i32.add (i32.const 1) (i32.const 2)))";
    let guest = guest(&format!(
        "(func $s {work}) (start $s) (func (export \"_initialize\") {work} {work})"
    ))
    .unwrap();
    assert!(guest.affords(guest.started()).is_ok());
    let Err(Error::Initialization { phase, error }) = guest.affords(guest.started() - 1) else {
        panic!("it is enough")
    };
    assert_eq!(phase, Phase::Initialize);
    assert!(matches!(*error, Error::Fuel { .. }));
}
