//! Calls that return, and calls that trap.

use crate::subject::{LIMITS, call, engine, guest, module};
use plwasm_engine::{Error, Guest, TrapKind, Uses, ValRaw};

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
