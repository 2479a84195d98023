//! Calls from one component to another, and their traps.

use crate::subject::{Ours, Returns, Value, same, same_traps, text};
use crate::texts::GREETER;
use crate::{subject, texts, u32s};
use plwasm_engine::Error;

#[test]
fn strings_between_components() {
    let words =
        ["", "x", "world", "wörld", "1234567", "12345678", "日本語のテキスト", "a\u{10ffff}b"];
    let arguments: Vec<[Value; 1]> = words.iter().map(|word| [text(word)]).collect();
    let calls: Vec<(&str, &[Value], Returns)> =
        arguments.iter().map(|word| ("greet", word.as_slice(), Returns::Text)).collect();
    same(GREETER, &calls);
    let calls: Vec<(&str, &[Value], Returns)> =
        arguments.iter().map(|word| ("checked", word.as_slice(), Returns::Result)).collect();
    same(GREETER, &calls);
    same(
        GREETER,
        &[
            ("total", &[Value::List(vec![1, 2, 3, 4, 5])], Returns::U32),
            ("total", &[Value::List(Vec::new())], Returns::U32),
        ],
    );
}

/// What is not UTF-8 does not get from one component to another.
#[test]
fn broken_strings_do_not_pass() {
    let bad: &[&[u8]] = &[
        b"\x80",
        b"\xc0\x80",
        b"\xc1\xbf",
        b"\xc3",
        b"abc\xe2\x82",
        b"\xe0\x80\x80",
        b"\xed\xa0\x80",
        b"\xf0\x80\x80\x80",
        b"\xf4\x90\x80\x80",
        b"\xf5\x80\x80\x80",
        b"\xff",
        b"12345678\xff",
        b"\xc3\x28",
        b"\xf8\x88\x80\x80\x80",
    ];
    let good: &[&[u8]] =
        &[b"\xc2\x80", b"\xed\x9f\xbf", b"\xee\x80\x80", b"\xf4\x8f\xbf\xbf", b"12345678\xc3\xa9"];
    for (bytes, passes) in
        bad.iter().map(|bytes| (bytes, false)).chain(good.iter().map(|bytes| (bytes, true)))
    {
        let component = texts::passing(bytes);
        let found = Ours::new(&component).unwrap().call("run", &[], Returns::U32);
        match passes {
            true => assert_eq!(found.unwrap(), Value::U32(bytes.len() as u32), "{bytes:x?}"),
            false => assert!(matches!(found, Err(Error::Trap { .. })), "{bytes:x?}: {found:?}"),
        }
        assert_eq!(subject::theirs(&component, "run", &[]).is_ok(), passes, "{bytes:x?}");
    }
}

#[test]
fn traps_in_a_callee_reach_the_caller() {
    same(GREETER, &[("fail", &u32s(&[0]), Returns::U32)]);
    same_traps(GREETER, &[("fail", &u32s(&[1]), Returns::U32)]);
    let found = Ours::new(GREETER).unwrap().call("fail", &u32s(&[1]), Returns::U32);
    let Err(Error::Trap { backtrace, .. }) = found else { panic!("{found:?}") };
    assert!(
        backtrace.contains("fails_inside") && backtrace.contains("fails_outside"),
        "{backtrace}"
    );
}

/// Where a frame was is told as it is in the component.
#[test]
fn backtraces_have_the_components_offsets() {
    let binary = wat::parse_str(GREETER).unwrap();
    let found = Ours::new(GREETER).unwrap().call("fail", &u32s(&[1]), Returns::U32);
    let Err(Error::Trap { backtrace, .. }) = found else { panic!("{found:?}") };
    let line = backtrace.lines().find(|line| line.contains("fails_inside")).unwrap();
    let offset = line.rsplit_once("0x").unwrap().1;
    let offset = usize::from_str_radix(offset, 16).unwrap();
    // `if` and `unreachable` are one instruction of the machine's.
    const IF: u8 = 4;
    assert_eq!(binary[offset], IF, "{line}");
}

/// A scalar's post-return runs as well, with the result.
#[test]
fn post_return_of_scalars() {
    let component = |post: &str| {
        format!(
            r#"(component
              (core module $m
                (global $told (mut i32) (i32.const 0))
                (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
                (func (export "none"))
                (func (export "told") (param i32) {post})
                (func (export "nothing") {post}))
              (core instance $i (instantiate $m))
              (func (export "f") (param "a" u32) (result u32)
                (canon lift (core func $i "f") (post-return (core func $i "told"))))
              (func (export "none") (canon lift (core func $i "none")
                (post-return (core func $i "nothing")))))"#
        )
    };
    let calls: &[(&str, &[Value], Returns)] =
        &[("f", &[Value::U32(4)], Returns::U32), ("none", &[], Returns::Unit)];
    same(&component(""), calls);
    same_traps(&component("(unreachable)"), calls);
}
