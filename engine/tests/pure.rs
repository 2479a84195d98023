//! Every call starts pristine: what the guest, the canonical ABI and the host itself leave behind.

use plwasm_engine::{Engine, Entry, Guest, Isolation, Limits, MemoryBudget, Module, Uses, ValRaw};
use std::rc::Rc;

const LIMITS: Limits = Limits { fuel: 1_000_000, memory: 4 << 20, isolation: Isolation::Call };
const STRINGS: Uses = Uses { memory: true, realloc: true, post_return: true };

fn guest(text: &str, export: &str, uses: Uses) -> (Guest, Entry) {
    let engine = Engine::new(|| false, MemoryBudget::new(64 << 20)).unwrap();
    let binary = wat::parse_str(text).unwrap();
    let module = Rc::new(Module::compile(&engine, &binary, Isolation::Call).unwrap());
    let mut guest = Guest::new(&engine, module, LIMITS).unwrap();
    let entry = guest.entry(export, uses).unwrap();
    (guest, entry)
}

/// A call of something that takes at most two i32 and returns at most one; then the reset.
fn call(guest: &mut Guest, entry: &Entry, arguments: [u32; 2]) -> u32 {
    guest.refuel(LIMITS.fuel);
    let mut slots = [ValRaw::u32(arguments[0]), ValRaw::u32(arguments[1]), ValRaw::i64(0)];
    // SAFETY: see above.
    unsafe { guest.call(entry, &mut slots).unwrap() };
    let result = slots[0].get_u32();
    guest.post_return(entry, &ValRaw::u32(result)).unwrap();
    result
}

/// As a string is passed: allocated, written, called, read, put back.
fn call_with(guest: &mut Guest, entry: &Entry, argument: &[u8]) -> u32 {
    guest.refuel(LIMITS.fuel);
    let (pointer, bytes) = guest.allocate(argument.len() as u32, 1).unwrap();
    bytes.copy_from_slice(argument);
    let mut slots = [pointer, argument.len() as u32, 0].map(ValRaw::u32);
    // SAFETY: `f` here takes two i32 and returns one.
    unsafe { guest.call(entry, &mut slots).unwrap() };
    let result = slots[0].get_u32();
    guest.post_return(entry, &ValRaw::u32(result)).unwrap();
    assert!(guest.reset());
    result
}

#[test]
fn arguments_that_the_host_writes_are_gone() {
    // The allocator writes nothing: that the memory changes is the host's doing alone.
    let (mut guest, entry) = guest(
        r#"(module (memory (export "memory") 1)
             (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 2040))
             (func (export "f") (param i32 i32) (result i32)
               (i32.load8_u (i32.const 2050))))"#,
        "f",
        Uses { post_return: false, ..STRINGS },
    );
    assert_eq!(call_with(&mut guest, &entry, b"x"), 0);
    assert_eq!(call_with(&mut guest, &entry, b"0123456789abcdef"), u32::from(b'a'));
    assert_eq!(call_with(&mut guest, &entry, b"x"), 0);
}

#[test]
fn an_allocators_global_is_put_back() {
    let (mut guest, entry) = guest(
        r#"(module (memory (export "memory") 1) (global $top (mut i32) (i32.const 1024))
             (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
               (global.get $top)
               (global.set $top (i32.add (global.get $top) (local.get 3))))
             (func (export "f") (param i32 i32) (result i32) (local.get 0)))"#,
        "f",
        Uses { post_return: false, ..STRINGS },
    );
    for _ in 0..3 {
        assert_eq!(call_with(&mut guest, &entry, b"abc"), 1024);
    }
}

#[test]
fn globals_are_put_back_by_whichever_function_is_the_last() {
    let text = r#"(module (memory (export "memory") 1) (global $n (mut i32) (i32.const 0))
         (func $bump (result i32)
           (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
         (func (export "f") (param i32 i32) (result i32) (call $bump))
         (func (export "cabi_post_f") (param i32))
         (func (export "g") (param i32 i32) (result i32) (global.get $n))
         (func (export "cabi_post_g") (param i32) (drop (call $bump))))"#;
    for (export, pristine) in [("f", 1), ("g", 0)] {
        for post_return in [true, false] {
            let (mut guest, entry) = guest(text, export, Uses { post_return, ..Uses::default() });
            for _ in 0..3 {
                assert_eq!(call(&mut guest, &entry, [0, 0]), pristine, "{export}, {post_return}");
                assert!(guest.reset());
            }
        }
    }
}

#[test]
fn a_store_across_blocks_and_at_the_end_is_put_back() {
    let (mut guest, entry) = guest(
        r#"(module (memory (export "memory") 1) (data (i32.const 1020) "pristine")
             (func (export "f") (param i32 i32) (result i32)
               (i64.store (local.get 0) (i64.const -1))
               (i32.const 0)))"#,
        "f",
        Uses::default(),
    );
    let before = guest.snapshot();
    for address in [0, 1016, 1017, 1020, 1023, 1024, 2047, 65_528] {
        call(&mut guest, &entry, [address, 0]);
        assert_ne!(guest.snapshot(), before, "{address}");
        assert!(guest.reset());
        assert_eq!(guest.snapshot(), before, "{address}");
    }
}

/// What unreachable code leaves on the stack is not the value that the block has.
#[test]
fn a_store_through_the_result_of_a_block_that_ends_unreachably_is_put_back() {
    let text = r#"(module (memory (export "memory") 1)
      (func (export "f") (param i32 i32) (result i32)
        (i32.load (i32.const 2048))
        (i32.store (local.get 0) (i32.const 1))
        (block (result i32) (br 0 (i32.const 2048)) (local.get 0))
        (i32.store (i32.const 1))))"#;
    let (mut guest, entry) = guest(text, "f", Uses::default());
    for _ in 0..3 {
        assert_eq!(call(&mut guest, &entry, [0, 0]), 0);
        assert!(guest.reset());
    }
}

#[test]
fn what_cannot_be_put_back_is_said_so() {
    for body in [
        "(table.set (i32.const 0) (ref.null func))",
        "(drop (table.grow (ref.null func) (i32.const 1)))",
        "(data.drop 0)",
        "(elem.drop 0)",
        // More blocks than the log holds.
        "(memory.fill (i32.const 0) (i32.const 1) (i32.const 4195328))",
    ] {
        let text = format!(
            r#"(module (memory (export "memory") 66) (table 1 funcref) (data "x") (elem func 0)
                 (func (export "f") (param i32 i32) (result i32) {body} (i32.const 0)))"#
        );
        let engine = Engine::new(|| false, MemoryBudget::new(64 << 20)).unwrap();
        let binary = wat::parse_str(text).unwrap();
        let module = Rc::new(Module::compile(&engine, &binary, Isolation::Call).unwrap());
        let limits = Limits { memory: 8 << 20, ..LIMITS };
        let mut guest = Guest::new(&engine, module, limits).unwrap();
        let entry = guest.entry("f", Uses::default()).unwrap();
        call(&mut guest, &entry, [0, 0]);
        assert!(!guest.reset(), "{body}");
    }
}

#[test]
fn an_instance_that_the_backend_has_no_room_for_is_none() {
    // The start function would find the memory refused, and leave another state than usual.
    let engine = Engine::new(|| false, MemoryBudget::new(1 << 20)).unwrap();
    let binary = wat::parse_str(
        r#"(module (memory (export "memory") 1)
             (func $start (drop (memory.grow (i32.const 15)))) (start $start)
             (func (export "f") (result i32) (memory.size)))"#,
    )
    .unwrap();
    let module = Rc::new(Module::compile(&engine, &binary, Isolation::Call).unwrap());
    let refused = Guest::new(&engine, module, LIMITS).unwrap_err();
    assert_eq!(refused.sqlstate(), "53200");
}
