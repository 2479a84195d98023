//! The grammar of a function's body. What is a reference can be written down, and is the same when it is read again.

use super::choices::Choices;
use super::{Target, Verdict, check_error, mutate};
use plwasm_engine::Isolation;
use plwasm_engine::read::body::{self, Body, Reference};
use std::fmt::Write;

pub(crate) const TARGET: Target =
    Target { name: "body", seeds: &["fuzz/seeds/body"], run, generate, mutate };

/// What the grammar is made of, and what looks like it.
const WORDS: [&[u8]; 50] = [
    b" ",
    b"\n",
    b"\t",
    b"\r\n",
    b"\xc2\xa0",
    b";;",
    b";; a\n",
    b"(;",
    b";)",
    b"(",
    b")",
    b"(module)",
    b"(; a (; b ;) ;)",
    b"(;)",
    b"\"",
    b"\"\"",
    b"\"A b\"",
    b".",
    b"#",
    b"#x",
    b"a",
    b"_a$1",
    b"Tools",
    b"\xc3\xa4",
    b"1",
    b"$",
    b"=",
    b"fuel=",
    b"memory=",
    b"isolation=",
    b"fuel=1e6",
    b"fuel=9007199254740993",
    b"fuel=1e400",
    b"fuel=0x10",
    b"fuel=-1",
    b"fuel=inf",
    b"memory=4MB",
    b"memory=16777216TB",
    b"memory=18446744073709551615B",
    b"memory=1GB",
    b"isolation=call",
    b"isolation=statement",
    b"AGFzbQEAAAA=",
    b"AGFzbQ",
    b"====",
    b"\0",
    b"local:pkg/iface@1.0.0#f",
    b"\xff",
    b"#x (module)",
    b"#\"A b\"",
];

pub(crate) fn run(input: &[u8]) -> Verdict {
    let source = &*String::from_utf8_lossy(input);
    let [plain, module] = [false, true].map(|is_module| Body::parse(source, is_module));
    for parsed in [&plain, &module] {
        if let Err(error) = parsed {
            check_error(error);
        }
    }
    let is_text = Body::is_text(source);
    match &module {
        Ok(Body::Code { code, export: None }) => {
            assert!(if is_text { code == source.as_bytes() } else { code.starts_with(b"\0asm") });
        }
        Ok(Body::Code { export, .. }) => panic!("a module names no export: {export:?}"),
        Ok(Body::Reference(found)) => panic!("a module is no reference: {found:?}"),
        Err(_) => {}
    }
    match &plain {
        Ok(Body::Code { code, export }) => {
            assert!(is_text && code.len() == source.len());
            if export.is_none() {
                check_export(source);
            }
        }
        Ok(Body::Reference(found)) => {
            if found.export.is_none() {
                check_export(source);
            }
            check_module(source, found);
            assert!(found.fuel != Some(0) && found.memory != Some(0), "{found:?}");
            let again = Body::parse(&written(found), false);
            assert!(again.as_ref().is_ok_and(|again| *again == plain.unwrap()), "{again:?}");
            return Verdict::Accepted;
        }
        Err(_) => {}
    }
    module.into()
}

/// A body that gets an export names it.
fn check_export(source: &str) {
    for export in ["x", "a b#\"", "\"", "\u{a0}"] {
        let named = body::with_export(source, export).and_then(|named| Body::parse(&named, false));
        assert!(named.as_ref().is_ok_and(|named| named.export() == Some(export)), "{named:?}");
    }
}

/// A reference that gets another module differs in nothing else.
fn check_module(source: &str, found: &Reference) {
    let renamed = body::with_module(source, "\"A.\"\"b\"\"#\".c");
    let renamed = renamed.and_then(|renamed| Body::parse(&renamed, false));
    let wanted = Reference { schema: Some("A.\"b\"#".into()), module: "c".into(), ..found.clone() };
    assert!(
        renamed.as_ref().is_ok_and(|renamed| *renamed == Body::Reference(wanted)),
        "{renamed:?}"
    );
}

/// A reference as its grammar has it, all names quoted.
fn written(reference: &Reference) -> String {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let mut text = String::new();
    if let Some(schema) = &reference.schema {
        let _ = write!(text, "{}.", quoted(schema));
    }
    text += &quoted(&reference.module);
    if let Some(export) = &reference.export {
        text += &format!("#{}", quoted(export));
    }
    if let Some(fuel) = reference.fuel {
        let _ = write!(text, " fuel={fuel}");
    }
    if let Some(memory) = reference.memory {
        let _ = write!(text, "\nmemory={memory}B");
    }
    match reference.isolation {
        Some(Isolation::Call) => text += " isolation=call",
        Some(Isolation::Statement) => text += "\tisolation=statement ",
        None => {}
    }
    text
}

fn generate(mut choices: Choices<'_>) -> Vec<u8> {
    let mut body = Vec::new();
    if choices.one_in(2) {
        // Mostly right: a name, an export, options.
        body.extend(choices.of::<&[u8]>(&[
            b"a",
            b"Tools",
            b"\"A b\"",
            b"a.b",
            b"\"\"\"\".x",
            b" \xc3\xa4$1",
        ]));
        body.extend(choices.of::<&[u8]>(&[
            b"",
            b"",
            b"#x",
            b"#local:pkg/iface@1.0.0#f",
            b"#\"",
            b"#\"A b\"",
            b"#",
        ]));
        for _ in 0..choices.below(4) {
            body.extend(choices.of::<&[u8]>(&[b" ", b"\n", b"\t "]));
            body.extend(choices.of(&WORDS[27..42]));
        }
        if choices.one_in(2) {
            return body;
        }
    }
    for _ in 0..choices.below(12) {
        body.extend(choices.of(&WORDS));
    }
    body
}

fn mutate(input: &[u8], mut choices: Choices<'_>) -> Vec<u8> {
    mutate::bytes(input, &WORDS, &mut choices)
}
