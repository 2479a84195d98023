//! Strings of toolchains: what a world describes is called as the toolchain that made the module has it.

use super::Folder;
use predicates::prelude::*;
use predicates::str::contains;

/// What guest-examples/assemblyscript/strings.ts exports.
const WORLD: &str = "package test:strings;
world strings {
  export shout: func(text: string) -> string;
  export same: func(text: string) -> string;
  export nothing: func() -> string;
  export literal: func() -> string;
  export units: func(text: string) -> s32;
  export is-empty: func(text: string) -> bool;
  export halves: func(text: string, at: s32) -> string;
  export scaled: func(text: string, by: f64, offset: s64, twice: bool) -> string;
  export ratio: func(text: string) -> f64;
  export maybe: func(text: string) -> string;
  export checked: func(text: string) -> string;
}
";

fn assemblyscript(world: &str) -> Folder {
    let folder = Folder::with(&[("world.wit", world)]);
    let built =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../guest-examples/assemblyscript/strings.wasm");
    // Folder::adapt reads that, binary or text.
    std::fs::copy(built, folder.path("in.wat")).expect("copied");
    folder
}

#[test]
fn assemblyscript_s_strings_are_text() {
    let folder = assemblyscript(WORLD);
    folder
        .adapt(&["--wit", "world.wit"])
        .success()
        .stderr(contains("export shout: strings of AssemblyScript"));
    folder
        .plwasm(&["check", "out.wasm"])
        .success()
        .stdout(contains("public.is_empty(text text) RETURNS boolean"))
        .stdout(contains("public.scaled(text text, by double precision, \"offset\" bigint, twice boolean) RETURNS text")
            .or(contains("public.scaled(text text, by double precision, offset bigint, twice boolean) RETURNS text")));
    for text in ["", "a", "é", "€", "😀", "aé€😀z", "\u{ffff}\u{10ffff}\u{e000}\u{d7ff}"]
    {
        folder.gives(&format!("shout('{text}')"), &format!("{text}!"));
        folder.gives(&format!("same('{text}')"), text);
        folder.gives(&format!("units('{text}')"), &text.encode_utf16().count().to_string());
    }
    folder.gives("nothing()", "''");
    folder.gives("literal()", "'é😀'");
    folder.gives("is_empty('')", "true");
    folder.gives("is_empty('a')", "false");
    folder.gives("halves('aé😀', 2)", "😀|aé");
    // Half of a pair of surrogates.
    folder.gives("halves('😀', 1)", "\u{fffd}|\u{fffd}");
    folder.gives("halves('x😀y', -1)", "y\u{fffd}\u{fffd}x");
    folder.gives("scaled('abc', 1.5, 9007199254740993, false)", "9007199254740996.0");
    folder.gives("scaled('ab', 0.5, -3, true)", "-4.0");
    folder.gives("ratio('abc')", "1.5");
    folder.gives("maybe('a')", "'a'");
    folder.fails("maybe('')", "unreachable");
    folder.gives("checked('abc')", "'abc'");
    folder.fails("checked('é😀é')", "panicked: too long: é😀é at strings.ts");
}

#[test]
fn long_strings_pass() {
    let folder = assemblyscript(WORLD);
    folder.adapt(&["--wit", "world.wit"]).success();
    let long = "é😀xy".repeat(12_500);
    folder.gives(&format!("shout('{long}')"), &format!("'{long}!'"));
    folder.gives(&format!("units('{long}')"), "62500");
    // The collector runs: each character makes a new string.
    let letters = "abcdefghij".repeat(60);
    let reversed: String = letters.chars().rev().collect();
    folder.gives(&format!("halves('{letters}', -1)"), &format!("'{reversed}'"));
}

#[test]
fn what_assemblyscript_does_not_pass_so_is_refused() {
    for (items, message, hint) in [
        (
            "export first-bytes: func(bytes: list<u8>) -> s32;",
            "export \"firstBytes\" has the wrong signature",
            "Arrays cannot",
        ),
        (
            "export shout: func(text: u64) -> string;",
            "Found (i32) -> (i32), expected (i64) -> (i32) (canonical ABI), or (i64) -> (i32) (AssemblyScript)",
            "--shim",
        ),
        (
            "export shout: func(text: string) -> s64;",
            "Found (i32) -> (i32), expected (i32, i32) -> (i64)",
            "--shim",
        ),
        (
            "export missing: func(text: string);",
            "does not export \"missing\"",
            "An export must have its name",
        ),
    ] {
        let folder = assemblyscript(&format!("package a:b;\nworld w {{ {items} }}\n"));
        folder.adapt(&["--wit", "world.wit"]).code(4).stderr(contains(message).and(contains(hint)));
        assert!(!folder.path("out.wasm").exists(), "{items}");
    }
}

/// Without `--exportRuntime`. That is no module of the canonical ABI's either, though the type of `name` is one.
#[test]
fn assemblyscript_s_runtime_has_to_be_exported() {
    let text = r#"(module
      (import "env" "abort" (func (param i32 i32 i32 i32)))
      (memory (export "memory") 1)
      (func (export "name") (result i32) (i32.const 1036))
      (func (export "shout") (param i32) (result i32) (local.get 0)))"#;
    for items in ["export name: func() -> string;", "export shout: func(text: string) -> string;"] {
        let world = format!("package a:b;\nworld w {{ {items} }}\n");
        Folder::with(&[("in.wat", text), ("world.wit", &world)])
            .adapt(&["--wit", "world.wit"])
            .code(4)
            .stderr(
                contains("does not export __new and __pin").and(contains("asc --exportRuntime")),
            );
    }
}

/// A runtime that keeps nothing that AssemblyScript's keeps. `rtti` are the words at `__rtti_base`.
fn imitation(rtti: &str, length: &str, new: &str) -> String {
    format!(
        r#"(module
          (memory (export "memory") 1)
          (data (i32.const 64) "{rtti}")
          (data (i32.const 200) "\03\00\00\00\00\00\00\00\00\00\00\00\02\00\00\00{length}a\00b\00")
          (global (export "__rtti_base") i32 (i32.const 64))
          (global $free (mut i32) (i32.const 4096))
          (func (export "__new") (param $size i32) (param $id i32) (result i32)
            (global.set $free (i32.add (global.get $free) (i32.const 32)))
            (i32.store offset=0 (global.get $free) (local.get $id))
            (i32.store offset=12 (global.get $free) (local.get $size))
            (global.set $free
              (i32.add (global.get $free) (i32.and (i32.add (local.get $size) (i32.const 31)) (i32.const -16))))
            {new})
          (func (export "__pin") (param i32) (result i32) (local.get 0))
          (func (export "__unpin") (param i32))
          (func (export "id-of") (param i32) (result i32) (i32.load (i32.sub (local.get 0) (i32.const 16))))
          (func (export "fixed") (result i32) (i32.const 220))
          (func (export "at") (param i32) (result i32) (local.get 0)))"#
    )
}

const NEW: &str = "(i32.sub (global.get $free) (i32.and (i32.add (local.get $size) (i32.const 31)) (i32.const -16)))
  (i32.const 16) i32.add";
const RTTI: &str = "\\04\\00\\00\\00 \\00\\00\\00 \\00\\00\\00 \\00\\00\\00";
const OLD_RTTI: &str =
    "\\04\\00\\00\\00 \\00\\00\\00\\00\\00\\00\\00 \\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00";

fn imitated(rtti: &str, length: &str, new: &str) -> Folder {
    let world = "package a:b;\nworld w {
      export id-of: func(text: string) -> s32;
      export fixed: func() -> string;
      export at: func(at: s32) -> string; }\n";
    Folder::with(&[("in.wat", &imitation(rtti, length, new)), ("world.wit", world)])
}

#[test]
fn the_class_of_strings_is_that_of_the_version() {
    for (rtti, id) in [(RTTI, "2"), (OLD_RTTI, "1")] {
        let folder = imitated(rtti, "\\04\\00\\00\\00", NEW);
        folder.adapt(&["--wit", "world.wit"]).success();
        folder.gives("id_of('abc')", id);
        folder.gives("fixed()", "'ab'");
    }
    for rtti in ["", "\\02\\00\\00\\00 \\00\\00\\00 \\00\\00\\00 \\00\\00\\00", "\\04\\00\\00\\00"]
    {
        imitated(rtti, "", NEW)
            .adapt(&["--wit", "world.wit"])
            .code(4)
            .stderr(contains("__rtti_base does not identify"));
    }
}

#[test]
fn strings_lie_in_the_memory() {
    let folder = imitated(RTTI, "\\ff\\ff\\ff\\ff", NEW);
    folder.adapt(&["--wit", "world.wit"]).success();
    folder.fails("fixed()", "unreachable");
    for at in ["0", "4", "19", "65537", "-1", "-2147483648", "2147483647"] {
        folder
            .plwasm(&["run", "out.wasm", &format!("at({at})")])
            .code(5)
            .stderr(contains("panicked").not());
    }
    // At the very end, of no length.
    folder.gives("at(65536)", "''");
    // Memory that is nowhere.
    for new in ["(i32.const -1)", "(i32.const 0)", "(i32.const 65535)"] {
        let folder = imitated(RTTI, "\\04\\00\\00\\00", new);
        folder.adapt(&["--wit", "world.wit"]).success();
        for call in ["fixed()", "id_of('abc')", "id_of('😀')"] {
            folder.plwasm(&["run", "out.wasm", call]).code(5).stderr(contains("panicked").not());
        }
    }
}

/// As wasm-bindgen's command leaves a module: `results` says how results are returned.
fn wasm_bindgen(malloc: &str, is_multi: bool) -> String {
    let (sum, take, give) = match is_multi {
        true => (
            "(param $at i32) (param $length i32) (result i32 i32) (local.get $at) (local.get $length)",
            "(param $at i32) (param $length i32) (result i32 i32 i32 i32)
             (local.get $at) (local.get $length) (i32.const 1030)
             (i32.eqz (local.get $length))",
            "(result i32 i32) (i32.const 1024) (i32.const -1)",
        ),
        false => (
            "(param $to i32) (param $at i32) (param $length i32)
             (i32.store (local.get $to) (local.get $at)) (i32.store offset=4 (local.get $to) (local.get $length))",
            "(param $to i32) (param $at i32) (param $length i32)
             (i32.store (local.get $to) (local.get $at)) (i32.store offset=4 (local.get $to) (local.get $length))
             (i32.store offset=8 (local.get $to) (i32.const 1030))
             (i32.store offset=12 (local.get $to) (i32.eqz (local.get $length)))",
            "(param $to i32)
             (i32.store (local.get $to) (i32.const 1024)) (i32.store offset=4 (local.get $to) (i32.const -1))",
        ),
    };
    format!(
        r#"(module
          (import "wbg" "__wbindgen_throw" (func (param i32 i32)))
          (memory (export "memory") 4)
          (global $free (mut i32) (i32.const 4096))
          (global $stack (mut i32) (i32.const 2048))
          (func (export "{malloc}") (result i32) (local $at i32)
            (local.set $at (global.get $free))
            (global.set $free (i32.and (i32.add (i32.add (global.get $free) (local.get 0)) (i32.const 15)) (i32.const -8)))
            (local.get $at))
          (func (export "__wbindgen_free") (param i32 i32 i32))
          (func (export "__wbindgen_add_to_stack_pointer") (param i32) (result i32)
            (global.set $stack (i32.add (global.get $stack) (local.get 0)))
            (global.get $stack))
          (func (export "stack") (result i32) (global.get $stack))
          (func (export "echo_text") {sum})
          (func (export "not_empty") {take})
          (func (export "wild") {give})
          (func (export "length") (param i32 i32) (result i32) (local.get 1)))"#
    )
    .replace(&format!("(export \"{malloc}\")"), &match malloc {
        "__wbindgen_export_0" => format!("(export \"{malloc}\") (param i32)"),
        _ => format!("(export \"{malloc}\") (param i32 i32)"),
    })
}

const WASM_BINDGEN_WORLD: &str = "package a:b;\nworld w {
  export echo-text: func(text: string) -> string;
  export not-empty: func(text: string) -> result<string, string>;
  export wild: func() -> list<u8>;
  export length: func(bytes: list<u8>) -> u32;
  export stack: func() -> s32;
}\n";

#[test]
fn wasm_bindgen_s_strings_are_text() {
    for malloc in ["__wbindgen_malloc", "__wbindgen_export_0", "__wbindgen_export2"] {
        for is_multi in [true, false] {
            let text = wasm_bindgen(malloc, is_multi);
            let folder = Folder::with(&[("in.wat", &text), ("world.wit", WASM_BINDGEN_WORLD)]);
            folder.adapt(&["--wit", "world.wit"]).success();
            for text in ["", "a", "é", "aé€😀z", &"é😀xy".repeat(12_500)] {
                folder.gives(&format!("echo_text('{text}')"), &format!("'{text}'"));
            }
            folder.gives("not_empty('é')", "'é'");
            folder.fails("not_empty('')", "an object of JavaScript");
            folder.gives("length('\\x616200ff')", "4");
            folder.gives("stack()", "2048");
            folder
                .plwasm(&["run", "out.wasm", "wild()"])
                .code(5)
                .stderr(contains("panicked").not());
        }
    }
}

#[test]
fn what_wasm_bindgen_does_not_pass_so_is_refused() {
    let refused = |text: &str, items: &str, message: &str| {
        let world = format!("package a:b;\nworld w {{ {items} }}\n");
        Folder::with(&[("in.wat", text), ("world.wit", &world)])
            .adapt(&["--wit", "world.wit"])
            .code(4)
            .stderr(contains(message));
    };
    let text = wasm_bindgen("__wbindgen_malloc", true);
    refused(
        &text,
        "export echo-text: func(text: string) -> list<string>;",
        "Found (i32, i32) -> (i32, i32), expected (i32, i32) -> (i32) (canonical ABI) for",
    );
    refused(
        &text,
        "export echo-text: func(text: string) -> result<string, string>;",
        "or (i32, i32) -> (i32, i32, i32, i32) (wasm-bindgen), or (i32, i32, i32) (wasm-bindgen)",
    );
    // One i32, and an address and a length: but not those of the canonical ABI.
    for items in
        ["export stack: func() -> string;", "export length: func(words: list<string>) -> u32;"]
    {
        refused(&text, items, "does not say whether it has the canonical ABI");
    }
    let text = text.replace("__wbindgen_malloc", "__wbindgen_other");
    refused(
        &text,
        "export echo-text: func(text: string) -> string;",
        "does not export __wbindgen_malloc",
    );
}

/// A shim of the user's goes before ours, and says itself what the world describes.
#[test]
fn the_user_s_shim_is_left() {
    let text = wasm_bindgen("__wbindgen_malloc", true);
    let shim = r#"(module (func (export "length") (result i64) (i64.const 7)))"#;
    let world = "package a:b;\nworld w { export length: func() -> s64; }\n";
    let folder = Folder::with(&[("in.wat", &text), ("world.wit", world), ("shim.wat", shim)]);
    folder.adapt(&["--wit", "world.wit", "--shim", "shim.wat"]).success();
    folder.gives("length()", "7");
}
