//! Components that nobody's toolchain makes.

use super::subject::{Ours, Returns, Value, compile, engine};
use plwasm_engine::{Error, Isolation, Module};
use wasm_encoder::{ComponentSectionId, RawSection};
use wasmparser::{Chunk, Parser, Payload};

fn refused(component: &str) -> Error {
    compile(&engine(), component).map(|_| ()).expect_err("refused")
}

#[test]
fn what_is_not_supported_is_named() {
    let utf16 = r#"(component
      (core module $m (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8))
        (func (export "f") (param i32 i32)))
      (core instance $i (instantiate $m))
      (func (export "f") (param "a" string)
        (canon lift (core func $i "f") string-encoding=utf16
          (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"#;
    let error = refused(utf16);
    assert!(matches!(&error, Error::Unsupported(what) if what.contains("utf16")), "{error}");
    assert_eq!(error.sqlstate(), "0A000");
    let lifted = r#"(component
      (core module $m (func (export "f") (result i32) (i32.const 0))
        (func (export "cb") (param i32 i32 i32) (result i32) (i32.const 0)))
      (core instance $i (instantiate $m))
      (func (export "f") async
        (canon lift (core func $i "f") async (callback (core func $i "cb")))))"#;
    let error = refused(lifted);
    assert!(matches!(&error, Error::Unsupported(what) if what.contains("async")), "{error}");
    let threads = r#"(component
      (core module $m (import "" "y" (func $y (result i32))) (func (export "f") (drop (call $y))))
      (core func $y (canon thread.index))
      (core instance $i (instantiate $m (with "" (instance (export "y" (func $y))))))
      (func (export "f") (canon lift (core func $i "f"))))"#;
    let error = refused(threads);
    assert!(matches!(&error, Error::Unsupported(what) if what.contains("thread")), "{error}");
    let component = r#"(component
      (import "c" (component $c (export "f" (func))))
      (instance (instantiate $c)))"#;
    assert!(matches!(refused(component), Error::Unsupported(_)));
}

/// Toolchains import what only async functions need for all functions.
#[test]
fn async_builtins_trap_when_they_are_called() {
    let component = r#"(component
      (core module $m
        (import "" "cancel" (func $cancel))
        (func (export "f") (result i32) (i32.const 3))
        (func (export "cancels") (call $cancel)))
      (core func $cancel (canon task.cancel))
      (core instance $i (instantiate $m (with "" (instance (export "cancel" (func $cancel))))))
      (func (export "f") (result u32) (canon lift (core func $i "f")))
      (func (export "cancels") (canon lift (core func $i "cancels"))))"#;
    let mut ours = Ours::new(component).unwrap();
    assert_eq!(ours.call("f", &[], Returns::U32).unwrap(), Value::U32(3));
    let found = ours.call("cancels", &[], Returns::Unit);
    let Err(Error::Trap { backtrace, .. }) = found else { panic!("{found:?}") };
    assert!(backtrace.contains("task-cancel"), "{backtrace}");
}

#[test]
fn memories_that_differ_are_refused() {
    let error = refused(
        r#"(component
          (core module $m (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8))
            (func (export "f") (param i32 i32)))
          (core instance $a (instantiate $m))
          (core instance $b (instantiate $m))
          (func (export "f") (param "a" string)
            (canon lift (core func $a "f") (memory (core memory $a "memory")) (realloc (core func $a "realloc"))))
          (func (export "g") (param "a" string)
            (canon lift (core func $b "f") (memory (core memory $b "memory")) (realloc (core func $b "realloc")))))"#,
    );
    assert!(matches!(&error, Error::Unsupported(what) if what.contains("one memory")), "{error}");
}

#[test]
fn what_does_not_validate_is_refused() {
    // A core module is not validated by the text format.
    let body = |code: &[u8]| {
        let mut body = vec![0];
        body.extend(code);
        body.push(0x0b);
        body
    };
    let bodies: [&[u8]; 8] = [
        b"\x20\x07",
        b"\x10\x63",
        b"\x23\x05",
        b"\x41\x00\x11\x4d\x00",
        b"\x41\x00\x28\x02\x00",
        b"\x41\x00\x41\x00\x41\x00\xfc\x08\x03\x00\x41\x00",
        b"\x42\x01",
        b"",
    ];
    for code in bodies {
        let mut module = wasm_encoder::Module::new();
        let mut types = wasm_encoder::TypeSection::new();
        types.ty().function([], [wasm_encoder::ValType::I32]);
        let mut functions = wasm_encoder::FunctionSection::new();
        functions.function(0);
        let mut exports = wasm_encoder::ExportSection::new();
        exports.export("f", wasm_encoder::ExportKind::Func, 0);
        let mut codes = wasm_encoder::CodeSection::new();
        codes.raw(&body(code));
        module.section(&types).section(&functions).section(&exports).section(&codes);
        let module = module.finish();
        // The component around it is read from text, with a module of that size in its place.
        let other = r#"(core module $other (memory 1) (global i32 (i32.const 1))
            (data "x") (func)) (core instance (instantiate $other))"#;
        let component = format!(
            r#"(component {other}
              (core module $m (@custom "place" "") (func (export "f") (result i32) unreachable))
              (core instance $i (instantiate $m))
              (core instance (instantiate $other))
              (func (export "f") (result u32) (canon lift (core func $i "f"))))"#
        );
        let binary = replaced(&wat::parse_str(component).unwrap(), 1, &module);
        let found = Module::compile(&engine(), &binary, Isolation::Call);
        assert!(matches!(found, Err(Error::Invalid(_))), "{code:x?}: {found:?}");
    }
}

/// A component with another binary in place of its n-th core module.
fn replaced(component: &[u8], nth: usize, module: &[u8]) -> Vec<u8> {
    let mut made = wasm_encoder::Component::new();
    let mut parser = Parser::new(0);
    let (mut at, mut seen) = (0, 0);
    loop {
        let Chunk::Parsed { consumed, payload } = parser.parse(&component[at..], true).unwrap()
        else {
            unreachable!("all of it is there");
        };
        at += consumed;
        let (id, range) = match payload {
            Payload::End(_) => return made.finish(),
            Payload::ModuleSection { unchecked_range, .. } => {
                at = unchecked_range.end;
                (ComponentSectionId::CoreModule.into(), unchecked_range)
            }
            payload => match payload.as_section() {
                Some(section) => section,
                None => continue,
            },
        };
        let is_module = id == u8::from(ComponentSectionId::CoreModule);
        let data = match is_module && seen == nth {
            true => module,
            false => &component[range.start..range.end],
        };
        seen += usize::from(is_module);
        made.section(&RawSection { id, data });
    }
}

/// Each instantiates the one before it ten times.
#[test]
fn towers_are_refused_before_they_are_built() {
    for depth in [3, 8, 15] {
        let mut text =
            String::from("(component $c0 (core module $m) (core instance (instantiate $m)))");
        for level in 1..depth {
            let before = level - 1;
            let inner = format!("(instance (instantiate $c{before}))").repeat(10);
            let alias = format!("(alias outer $top $c{before} (component $c{before}))");
            text.push_str(&format!("(component $c{level} {alias} {inner})"));
        }
        let last = depth - 1;
        let text = format!("(component $top {text} (instance (instantiate $c{last})))");
        let found = compile(&engine(), &text);
        match depth {
            3 => assert!(found.is_ok(), "{found:?}"),
            _ => assert!(matches!(found, Err(Error::Unsupported(_))), "{found:?}"),
        }
    }
}

/// A module is copied for each of its instances.
#[test]
fn too_many_copies_are_refused() {
    let component = format!(
        r#"(component
          (core module $m (memory 1) (data (i32.const 0) "{}"))
          {})"#,
        "x".repeat(60_000),
        "(core instance (instantiate $m))".repeat(900)
    );
    assert!(matches!(refused(&component), Error::TooLarge { .. }));
}

#[test]
fn too_many_memories_are_refused() {
    let component = format!(
        "(component (core module $m (memory 1)) {})",
        "(core instance (instantiate $m))".repeat(50)
    );
    assert!(matches!(refused(&component), Error::Invalid(_)));
}

#[test]
fn damaged_bytes_are_no_panic() {
    let engine = engine();
    let binary = wat::parse_str(super::texts::GREETER).unwrap();
    for length in 0..binary.len() {
        let _ = Module::compile(&engine, &binary[..length], Isolation::Statement);
    }
    let mut state = 1u64;
    for _ in 0..3000 {
        let mut damaged = binary.clone();
        for _ in 0..2 {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let at = (state >> 33) as usize % damaged.len();
            damaged[at] = (state >> 20) as u8;
        }
        let _ = plwasm_engine::Linked::of(&damaged, None);
    }
}
