//! Modules as toolchains make them, adapted: what they import is there, as far as it can be.

use plwasm_engine::adapt::{Options, adapt};
use plwasm_engine::{Engine, Error, Guest, Isolation, Limits, MemoryBudget, Module, Uses, ValRaw};
use std::rc::Rc;

const LIMITS: Limits = Limits { fuel: 10_000_000, memory: 4 << 20, isolation: Isolation::Call };

fn adapted(text: &str) -> Result<Vec<u8>, Error> {
    let binary = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    Ok(adapt(&binary, &Options::default())?.binary)
}

fn guest(text: &str) -> Guest {
    let engine = Engine::new(|| false, MemoryBudget::new(64 << 20)).unwrap();
    let binary = adapted(text).unwrap_or_else(|error| panic!("{error} {:?}", error.detail()));
    let module = Module::compile_with(&engine, &binary, Isolation::Call, None).unwrap();
    Guest::new(&engine, Rc::new(module), LIMITS).unwrap()
}

/// Calls an export of i32s, and puts everything back; the result as it lies in its slot.
fn call(guest: &mut Guest, export: &str, arguments: &[i32]) -> Result<ValRaw, Error> {
    let entry = guest.entry(export, Uses::default())?;
    let mut slots: Vec<_> = arguments.iter().map(|argument| ValRaw::i32(*argument)).collect();
    slots.resize(8, ValRaw::i64(0));
    guest.refuel(LIMITS.fuel);
    // SAFETY: the exports of these tests are so, and there are slots enough.
    unsafe { guest.call(&entry, &mut slots)? };
    let result = slots[0];
    assert!(guest.reset(), "{export}");
    Ok(result)
}

fn message(text: &str, export: &str, arguments: &[i32]) -> String {
    call(&mut guest(text), export, arguments).err().map_or("none".into(), |error| error.to_string())
}

/// A string of AssemblyScript's, with its length before it, as a data segment at an address.
fn string(at: usize, text: &str) -> String {
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut bytes = (units.len() as u32).to_le_bytes().to_vec();
    bytes.extend(units);
    let bytes: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
    format!("(data (i32.const {}) \"{bytes}\")", at - 4)
}

fn assemblyscript(strings: &str) -> String {
    format!(
        r#"(module
          (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
          (import "env" "seed" (func $seed (result f64)))
          (import "env" "trace" (func $trace (param i32 i32 f64 f64 f64 f64 f64)))
          (import "env" "console.log" (func $log (param i32)))
          (import "env" "Math.random" (func $random (result f64)))
          (import "env" "Date.now" (func $now (result f64)))
          (memory (export "memory") 1)
          {strings}
          (func (export "abort") (param i32 i32 i32 i32)
            (call $abort (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
          (func (export "trap") unreachable)
          (func (export "seed") (result f64)
            (call $trace (i32.const 0) (i32.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0) (f64.const 0))
            (call $log (i32.const 0))
            (call $seed))
          (func (export "random") (result f64) (call $random))
          (func (export "now") (result f64) (call $now)))"#
    )
}

#[test]
fn assemblyscript_aborts_with_its_message() {
    let strings = string(1036, "index \"é€😀\" out of range") + &string(2000, "~lib/array.ts");
    let text = assemblyscript(&strings);
    let panicked = |message: &str| format!("WebAssembly function panicked: {message}");
    assert_eq!(
        message(&text, "abort", &[1036, 2000, 116, 4]),
        panicked("index \"é€😀\" out of range at ~lib/array.ts:116:4")
    );
    assert_eq!(message(&text, "abort", &[1036, 0, 1, 1]), panicked("index \"é€😀\" out of range"));
    assert_eq!(message(&text, "abort", &[0, 2000, 10, 0]), panicked("abort at ~lib/array.ts:10:0"));
    assert_eq!(message(&text, "abort", &[0, 0, 0, 0]), panicked("abort"));
    // No strings at all, and one that says it is longer than the memory.
    for at in [4, 19, 65535, 65536, -1, 1 << 30] {
        assert_eq!(message(&text, "abort", &[at, at, 0, 0]), panicked("abort"), "{at}");
    }
    let long = assemblyscript(
        &(string(1036, &"é".repeat(3000)) + "(data (i32.const 65000) \"\\ff\\ff\\ff\\7fa\\00\")"),
    );
    assert_eq!(message(&long, "abort", &[1036, 0, 0, 0]), panicked(&"é".repeat(500)));
    assert!(message(&long, "abort", &[65004, 0, 0, 0]).starts_with(&panicked("a")));
    // A trap without a message has none.
    assert_eq!(message(&text, "trap", &[]), "WebAssembly function executed \"unreachable\"");
}

#[test]
fn a_message_is_not_written_over_itself() {
    let low = assemblyscript(&(string(24, "low") + &string(1100, "file")));
    assert_eq!(
        message(&low, "abort", &[24, 1100, 7, 8]),
        "WebAssembly function panicked: low at file:7:8"
    );
}

#[test]
fn unpaired_surrogates_are_replaced() {
    let text = assemblyscript("(data (i32.const 1032) \"\\06\\00\\00\\00a\\00\\00\\d8b\\00\")");
    assert_eq!(
        message(&text, "abort", &[1036, 0, 0, 0]),
        "WebAssembly function panicked: a\u{fffd}b"
    );
}

#[test]
fn assemblyscript_finds_the_same_in_each_call() {
    let mut guest = guest(&assemblyscript(""));
    for export in ["seed", "random", "now"] {
        let first = call(&mut guest, export, &[]).unwrap().get_f64();
        assert_eq!(call(&mut guest, export, &[]).unwrap().get_f64(), first, "{export}");
    }
    let random = f64::from_bits(call(&mut guest, "random", &[]).unwrap().get_f64());
    assert!((0.0..1.0).contains(&random), "{random}");
}

const EMSCRIPTEN: &str = r#"(module
  (import "env" "emscripten_notify_memory_growth" (func $grown (param i32)))
  (import "env" "_emscripten_resize_heap" (func $resize (param i32) (result i32)))
  (import "env" "emscripten_memcpy_js" (func $copy (param i32 i32 i32)))
  (import "env" "_abort_js" (func $abort))
  (import "env" "__assert_fail" (func $assert (param i32 i32 i32 i32)))
  (import "env" "__cxa_throw" (func $throw (param i32 i32 i32)))
  (import "env" "setTempRet0" (func $set (param i32)))
  (import "env" "getTempRet0" (func $get (result i32)))
  (import "env" "emscripten_date_now" (func $now (result f64)))
  (import "env" "__syscall_openat" (func $open (param i32 i32 i32 i32) (result i32)))
  (import "env" "_embind_register_void" (func $register (param i32 i32)))
  (import "env" "_tzset_js" (func $tzset (param i32 i32 i32 i32)))
  (import "env" "invoke_iii" (func $invoke (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_seek" (func $seek (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (table (export "__indirect_function_table") 2 funcref)
  (elem (i32.const 1) $add)
  (func $add (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (data (i32.const 2000) "n > 0\00a.c\00")
  (func (export "resize") (param i32) (result i32)
    (call $register (i32.const 0) (i32.const 0))
    (if (i32.eqz (call $resize (local.get 0))) (then (return (i32.const -1))))
    (call $grown (i32.const 0))
    (memory.size))
  (func (export "copy") (param i32) (result i32)
    (call $copy (i32.const 100) (i32.const 2000) (i32.const 5))
    (i32.load8_u offset=100 (local.get 0)))
  (func (export "abort") (call $abort))
  (func (export "assert") (param i32 i32) (call $assert (local.get 0) (local.get 1) (i32.const 12) (i32.const 0)))
  (func (export "throw") (call $throw (i32.const 0) (i32.const 0) (i32.const 0)))
  (func (export "temporary") (param i32) (result i32) (call $set (local.get 0)) (call $get))
  (func (export "now") (result f64) (call $now))
  (func (export "open") (result i32) (call $open (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
  (func (export "invoke") (param i32) (result i32) (call $invoke (local.get 0) (i32.const 40) (i32.const 2)))
  (func (export "zone") (result i32)
    (call $tzset (i32.const 0) (i32.const 4) (i32.const 16) (i32.const 32))
    (i32.load (i32.const 32)))
  (func (export "seek") (result i32)
    (i32.or
      (call $seek (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 64))
      (call $time (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 72)))))"#;

#[test]
fn emscripten_s_javascript_is_not_missed() {
    let mut guest = guest(EMSCRIPTEN);
    let mut number = |export, arguments: &[i32]| {
        call(&mut guest, export, arguments)
            .unwrap_or_else(|error| panic!("{export}: {error}"))
            .get_i32()
    };
    assert_eq!(number("resize", &[1]), 1);
    assert_eq!(number("resize", &[65537]), 2);
    assert_eq!(number("resize", &[-1]), -1);
    assert_eq!(number("copy", &[4]), i32::from(b'0'));
    assert_eq!(number("temporary", &[77]), 77);
    assert_eq!(number("open", &[]), -52);
    assert_eq!(number("invoke", &[1]), 42);
    assert_eq!(number("zone", &[]), i32::from_le_bytes(*b"UTC\0"));
    assert_eq!(number("seek", &[]), 0);
    let now = f64::from_bits(call(&mut guest, "now", &[]).unwrap().get_f64());
    assert_eq!(now, 946_684_800_000.001);
}

#[test]
fn emscripten_ends_with_what_it_says() {
    for (export, arguments, expected) in [
        ("abort", &[][..], "called the import env._abort_js, which was replaced by a stub"),
        ("throw", &[], "called the import env.__cxa_throw, which was replaced by a stub"),
        ("assert", &[2000, 2006], "panicked: assertion failed: n > 0, a.c:12"),
        ("assert", &[2000, 0], "panicked: assertion failed: n > 0"),
        ("assert", &[-1, 65535], "panicked: assertion failed: "),
        ("invoke", &[0], "called a null function reference"),
        ("invoke", &[7], "accessed a table out of bounds"),
    ] {
        let found = message(EMSCRIPTEN, export, arguments);
        assert_eq!(
            found.trim_start_matches("WebAssembly function ").trim(),
            expected.trim(),
            "{export}"
        );
    }
}

const WASM_BINDGEN: &str = r#"(module
  (import "wbg" "__wbg___wbindgen_throw_dd24417ed36fc46e" (func $throw (param i32 i32)))
  (import "./x_bg.js" "__wbindgen_throw" (func $old_throw (param i32 i32)))
  (import "wbg" "__wbg_error_7534b8e9a36f1ab4" (func $error (param i32 i32)))
  (import "wbg" "__wbg_new_8a6f238a6ece86ea" (func $new (result externref)))
  (import "wbg" "__wbg_stack_0ed75d68575b0f3c" (func $stack (param i32 externref)))
  (import "wbg" "__wbg_log_c222819a41e063d3" (func $log (param externref)))
  (import "wbg" "__wbindgen_init_externref_table" (func $table))
  (import "wbg" "__wbg_getRandomValues_1c61fac11405ffdc" (func $random (param i32 i32)))
  (import "__wbindgen_placeholder__" "__wbindgen_describe" (func $describe (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 2000) "it is \c3\a9")
  (global $free (mut i32) (i32.const 4096))
  (func (export "__wbindgen_malloc") (param i32 i32) (result i32)
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (i32.const 16))))
  (func (export "throw") (param i32 i32) (call $throw (local.get 0) (local.get 1)))
  (func (export "old_throw") (param i32 i32) (call $old_throw (local.get 0) (local.get 1)))
  (func (export "panic")
    (call $stack (i32.const 100) (call $new))
    (if (i32.load offset=4 (i32.const 100)) (then (return)))
    (call $error (i32.const 2000) (i32.const 8))
    unreachable)
  (func (export "quiet") (result i32)
    (call $table)
    (call $describe (i32.const 1))
    (call $log (ref.null extern))
    (call $error (i32.const 2000) (i32.const 8))
    (i32.load (i32.const 0)))
  (func (export "random") (param i32) (result i64)
    (call $random (i32.const 8) (local.get 0))
    (i64.load (i32.const 8))))"#;

#[test]
fn wasm_bindgen_says_what_it_throws() {
    let panicked = "WebAssembly function panicked: it is é";
    assert_eq!(message(WASM_BINDGEN, "throw", &[2000, 8]), panicked);
    assert_eq!(message(WASM_BINDGEN, "old_throw", &[2000, 8]), panicked);
    assert_eq!(message(WASM_BINDGEN, "panic", &[]), panicked);
    let mut guest = guest(WASM_BINDGEN);
    assert_eq!(call(&mut guest, "quiet", &[]).unwrap().get_i32(), 0);
    let first = call(&mut guest, "random", &[8]).unwrap().get_i64();
    assert_ne!(first, 0);
    assert_eq!(call(&mut guest, "random", &[8]).unwrap().get_i64(), first);
    assert_eq!(call(&mut guest, "random", &[0]).unwrap().get_i64(), 0);
    // One too long.
    assert!(message(WASM_BINDGEN, "throw", &[65535, -1]).starts_with("WebAssembly function "));
}

#[test]
fn objects_of_javascript_s_are_left() {
    let text = r#"(module
      (import "wbg" "__wbg_crypto_1d1f22824a6a080c" (func (param i32) (result i32)))
      (import "wbg" "__wbg_getRandomValues_3aa56aa6edec874c" (func (param i32 i32)))
      (memory (export "memory") 1))"#;
    let error = adapted(text).expect_err("numbers of objects are no addresses");
    assert!(error.detail().is_some_and(|detail| detail.contains("getRandomValues")), "{error}");
}

#[test]
fn getrandom_has_a_backend() {
    let text = r#"(module
      (import "env" "__getrandom_v03_custom" (func $fill (param i32 i32) (result i32)))
      (memory (export "memory") 1)
      (func (export "f") (param i32) (result i64)
        (if (call $fill (i32.const 8) (local.get 0)) (then unreachable))
        (i64.load (i32.const 8))))"#;
    let mut guest = guest(text);
    let first = call(&mut guest, "f", &[8]).unwrap().get_i64();
    assert_eq!(call(&mut guest, "f", &[8]).unwrap().get_i64(), first);
    assert_eq!(call(&mut guest, "f", &[7]).unwrap().get_i64(), first & 0x00ff_ffff_ffff_ffff);
}

#[test]
fn another_type_is_left() {
    for import in [
        r#"(import "env" "emscripten_resize_heap" (func (param i64) (result i32)))"#,
        r#"(import "wbg" "__wbindgen_throw" (func (param i64 i64)))"#,
        r#"(import "env" "__getrandom_custom" (func (param i32) (result i32)))"#,
        r#"(import "env" "abort" (func))"#,
    ] {
        assert!(
            adapted(&format!("(module {import} (memory (export \"memory\") 1))")).is_err(),
            "{import}"
        );
    }
}
