//! Shims.

use super::subject::ask;

const GUEST: &str = r#"(module
  (import "env" "now" (func $now (result i32)))
  (import "env" "zero" (global $zero i32))
  (memory (export "memory") 1)
  (func (export "f") (param i32) (result i32)
    (i32.add (call $now) (i32.add (local.get 0) (global.get $zero))))
  (func (export "g") (result i32) (i32.const 1)))"#;

#[test]
fn a_shim_takes_places_and_exports() {
    let asked = ask().shim(
        r#"(module
          (import "guest" "f" (func $f (param i32) (result i32)))
          (import "guest" "memory" (memory 1))
          (global (export "env#zero") i32 (i32.const 1000))
          (func (export "env#now") (result i32) (i32.load (i32.const 8)))
          (func (export "f") (param i32 i32) (result i32)
            (i32.store (i32.const 8) (local.get 1))
            (call $f (local.get 0)))
          (func (export "env#unused") (result i32) (i32.const 4)))"#,
    );
    let mut running = asked.run(GUEST);
    assert_eq!(running.i32("f", &[5, 60]), 1065);
    assert_eq!(running.i32("g", &[]), 1, "it stays");
    assert_eq!(running.exports(), ["memory", "f", "g", "env#unused"]);
    let replaced = asked.adapt(GUEST).unwrap().replaced;
    let replaced: Vec<_> = replaced.iter().map(ToString::to_string).collect();
    assert_eq!(
        replaced,
        [
            "export f: shim0.wat",
            "export env#unused: shim0.wat",
            "import env.now: shim0.wat",
            "import env.zero: shim0.wat",
        ]
    );
}

#[test]
fn a_later_shim_sees_the_earlier_ones_exports() {
    let first = r#"(module
      (import "guest" "g" (func $g (result i32)))
      (global (export "env#zero") i32 (i32.const 0))
      (func (export "env#now") (result i32) (i32.const 0))
      (func (export "g") (result i32) (i32.add (call $g) (i32.const 10))))"#;
    let second = r#"(module
      (import "guest" "g" (func $g (result i32)))
      (func (export "g") (result i32) (i32.mul (call $g) (i32.const 3)))
      (func (export "h") (result i32) (call $g)))"#;
    let mut running = ask().shim(first).shim(second).run(GUEST);
    assert_eq!(running.i32("g", &[]), 33);
    assert_eq!(running.i32("h", &[]), 11);
}

#[test]
fn a_shim_has_imports_of_its_own() {
    let shim = r#"(module
      (import "lib" "seven" (func $seven (result i32)))
      (import "env" "left" (func $left))
      (global (export "env#zero") i32 (i32.const 0))
      (func (export "env#now") (result i32) (call $seven)))"#;
    let library = r#"(module (func (export "seven") (result i32) (i32.const 7)))"#;
    let asked = ask().shim(shim).with("lib", library).stub("trap");
    assert_eq!(asked.run(GUEST).i32("f", &[1]), 8);
}

#[test]
fn the_start_function_of_a_shim_comes_after_the_guests() {
    let guest = r#"(module
      (import "env" "f" (func $f))
      (memory (export "memory") 1)
      (func $start (i32.store8 (i32.const 0) (i32.const 1)) (i32.store8 (i32.const 1) (i32.const 1)))
      (start $start))"#;
    let shim = r#"(module
      (import "guest" "memory" (memory 1))
      (func (export "env#f"))
      (data (i32.const 2) "\03")
      (func $start (i32.store8 (i32.const 1) (i32.const 2)))
      (start $start))"#;
    assert_eq!(ask().shim(shim).run(guest).bytes(0, 3), [1, 2, 3]);
}

#[test]
fn a_shim_makes_room() {
    // Two pages are all that it may have, and both are its own.
    let guest = r#"(module
      (memory (export "memory") 2 2)
      (table (export "table") 1 1 funcref)
      (func (export "size") (result i32) (memory.size)))"#;
    let shim = r#"(module
      (import "guest" "memory" (memory 3 100))
      (import "guest" "table" (table 4 4 funcref))
      (func (export "grow") (result i32) (memory.grow (i32.const 50)))
      (func (export "table") (result i32) (table.size)))"#;
    let mut running = ask().shim(shim).run(guest);
    assert_eq!(running.i32("size", &[]), 3);
    assert_eq!(running.i32("grow", &[]), 3);
    assert_eq!(running.i32("table", &[]), 4);
    // A memory that was imported, too; and one that says less changes nothing.
    let guest = r#"(module
      (import "env" "memory" (memory 2 2))
      (func (export "size") (result i32) (memory.size)))"#;
    let shim = r#"(module
      (import "guest" "memory" (memory 0 100))
      (func (export "grow") (result i32) (memory.grow (i32.const 50))))"#;
    assert_eq!(ask().shim(shim).run(guest).i32("grow", &[]), 2);
    let shim = shim.replace("0 100", "0");
    assert_eq!(ask().shim(&shim).run(guest).i32("grow", &[]), -1);
}

#[test]
fn mistakes_are_said() {
    let shim = r#"(module (import "guest" "nothing" (func)))"#;
    let refusal = ask().shim(shim).stub("trap").refusal(GUEST);
    assert!(
        refusal
            .contains("shim0.wat imports a function \"nothing\" that the module does not export"),
        "{refusal}"
    );
    let shim = r#"(module (import "guest" "memory" (func)))"#;
    assert!(ask().shim(shim).refusal(GUEST).contains("a function \"memory\""));
    let shim = r#"(module (import "guest" "g" (func (param i32))))"#;
    let rest = r#"(module (global (export "env#zero") i32 (i32.const 0)) (func (export "env#now") (result i32) (i32.const 0)))"#;
    let refusal = ask().shim(shim).shim(rest).refusal(GUEST);
    assert!(refusal.contains("the import guest.g has another type"), "{refusal}");
    let refusal = ask().shim(rest).shim(rest).refusal(GUEST);
    assert!(refusal.contains("two shims export \"env#zero\""), "{refusal}");
    // One that would take the place of what it imports.
    let shim = r#"(module
      (import "env" "now" (func $now (result i32)))
      (global (export "env#zero") i32 (i32.const 0))
      (export "env#now" (func $now)))"#;
    let refusal = ask().shim(shim).refusal(GUEST);
    assert!(refusal.contains("function env.now of shim0.wat"), "{refusal}");
    let wrong = r#"(module (func (export "env#now") (result i64) (i64.const 0)) (global (export "env#zero") i32 (i32.const 0)))"#;
    assert!(ask().shim(wrong).refusal(GUEST).contains("the import env.now has another type"));
    let invalid = r#"(module (func (result i32)))"#;
    assert!(ask().shim(invalid).refusal(GUEST).contains("invalid WebAssembly module: shim0.wat:"));
}
