//! Resources that a component defines and passes between its parts.

use super::subject::{Ours, Returns, Value, compile, engine, same, same_traps};
use plwasm_engine::Error;

/// A part that defines a resource, `counter`, with how many there are; and one that uses it through another.
fn component(user: &str) -> String {
    format!(
        r#"(component
  (component $definer
    (core module $destroyer
      (global $alive (export "alive") (mut i32) (i32.const 0))
      (global $last (export "last") (mut i32) (i32.const 0))
      (func (export "destroy") (param i32)
        (global.set $last (local.get 0))
        (global.set $alive (i32.sub (global.get $alive) (i32.const 1)))))
    (core instance $destroyer (instantiate $destroyer))
    (type $counter' (resource (rep i32) (dtor (core func $destroyer "destroy"))))
    (core func $new (canon resource.new $counter'))
    (core func $rep (canon resource.rep $counter'))
    (core func $drop (canon resource.drop $counter'))
    (core module $m
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "rep" (func $rep (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (import "d" "alive" (global $alive (mut i32)))
      (import "d" "last" (global $last (mut i32)))
      (func (export "make") (param i32) (result i32)
        (global.set $alive (i32.add (global.get $alive) (i32.const 1)))
        (call $new (local.get 0)))
      ;; A borrowed one comes as its representation, here where it is defined.
      (func (export "get") (param i32) (result i32) (local.get 0))
      (func (export "take") (param i32) (result i32)
        (local $rep i32)
        (local.set $rep (call $rep (local.get 0)))
        (call $drop (local.get 0))
        (local.get $rep))
      (func (export "alive") (result i32) (global.get $alive))
      (func (export "last") (result i32) (global.get $last)))
    (core instance $i (instantiate $m
      (with "" (instance (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))
      (with "d" (instance $destroyer))))
    (export $counter "counter" (type $counter'))
    (func (export "[constructor]counter") (param "n" u32) (result (own $counter))
      (canon lift (core func $i "make")))
    (func (export "[method]counter.get") (param "self" (borrow $counter)) (result u32)
      (canon lift (core func $i "get")))
    (func (export "take") (param "c" (own $counter)) (result u32) (canon lift (core func $i "take")))
    (func (export "alive") (result u32) (canon lift (core func $i "alive")))
    (func (export "last") (result u32) (canon lift (core func $i "last"))))
  (instance $d (instantiate $definer))
  (alias export $d "counter" (type $counter))

  ;; Borrows what another owns, and gives it back or does not.
  (component $borrower
    (import "counter" (type $counter (sub resource)))
    (import "get" (func $get (param "self" (borrow $counter)) (result u32)))
    (core func $get (canon lower (func $get)))
    (core func $drop (canon resource.drop $counter))
    (core module $m
      (import "" "get" (func $get (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "peek") (param i32) (result i32)
        (local $n i32)
        (local.set $n (call $get (local.get 0)))
        (call $drop (local.get 0))
        (local.get $n))
      (func (export "keep") (param i32) (result i32) (call $get (local.get 0)))
      (func (export "drop-twice") (param i32) (result i32)
        (call $drop (local.get 0)) (call $drop (local.get 0)) (i32.const 0)))
    (core instance $i (instantiate $m
      (with "" (instance (export "get" (func $get)) (export "drop" (func $drop))))))
    (func (export "peek") (param "c" (borrow $counter)) (result u32)
      (canon lift (core func $i "peek")))
    (func (export "keep") (param "c" (borrow $counter)) (result u32)
      (canon lift (core func $i "keep")))
    (func (export "drop-twice") (param "c" (borrow $counter)) (result u32)
      (canon lift (core func $i "drop-twice"))))
  (instance $b (instantiate $borrower
    (with "counter" (type $counter)) (with "get" (func $d "[method]counter.get"))))

  (component $user
  (import "counter" (type $counter (sub resource)))
  (import "make" (func $make (param "n" u32) (result (own $counter))))
  (import "get" (func $get (param "self" (borrow $counter)) (result u32)))
  (import "take" (func $take (param "c" (own $counter)) (result u32)))
  (import "alive" (func $alive (result u32)))
  (import "last" (func $last (result u32)))
  (import "peek" (func $peek (param "c" (borrow $counter)) (result u32)))
  (import "keep" (func $keep (param "c" (borrow $counter)) (result u32)))
  (import "drop-twice" (func $drop-twice (param "c" (borrow $counter)) (result u32)))
  (core func $make (canon lower (func $make)))
  (core func $get (canon lower (func $get)))
  (core func $take (canon lower (func $take)))
  (core func $alive (canon lower (func $alive)))
  (core func $last (canon lower (func $last)))
  (core func $peek (canon lower (func $peek)))
  (core func $keep (canon lower (func $keep)))
  (core func $drop-twice (canon lower (func $drop-twice)))
  (core func $drop (canon resource.drop $counter))
  (core module $m
    (import "" "make" (func $make (param i32) (result i32)))
    (import "" "get" (func $get (param i32) (result i32)))
    (import "" "take" (func $take (param i32) (result i32)))
    (import "" "alive" (func $alive (result i32)))
    (import "" "last" (func $last (result i32)))
    (import "" "peek" (func $peek (param i32) (result i32)))
    (import "" "keep" (func $keep (param i32) (result i32)))
    (import "" "drop-twice" (func $drop-twice (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "run") (result i32) (local $a i32) (local $b i32) (local $i i32) {user}))
  (core instance $i (instantiate $m (with "" (instance
    (export "make" (func $make)) (export "get" (func $get)) (export "take" (func $take))
    (export "alive" (func $alive)) (export "last" (func $last)) (export "peek" (func $peek))
    (export "keep" (func $keep)) (export "drop-twice" (func $drop-twice))
    (export "drop" (func $drop))))))
  (func (export "run") (result u32) (canon lift (core func $i "run"))))
  (instance $user (instantiate $user
    (with "counter" (type $counter)) (with "make" (func $d "[constructor]counter"))
    (with "get" (func $d "[method]counter.get")) (with "take" (func $d "take"))
    (with "alive" (func $d "alive")) (with "last" (func $d "last"))
    (with "peek" (func $b "peek")) (with "keep" (func $b "keep"))
    (with "drop-twice" (func $b "drop-twice"))))
  (export "run" (func $user "run")))"#
    )
}

/// What the user's code returns, here and in wasmtime's runtime.
fn run(user: &str) {
    same(&component(user), &[("run", &[], Returns::U32)]);
}

#[test]
fn made_used_and_dropped() {
    run("(local.set $a (call $make (i32.const 41)))
         (local.set $b (call $make (i32.const 7)))
         (local.set $i (call $get (local.get $a)))
         (call $drop (local.get $a))
         (i32.add (i32.mul (local.get $i) (i32.const 1000))
           (i32.add (i32.mul (call $alive) (i32.const 100)) (call $last)))");
}

#[test]
fn given_away() {
    run(
        "(i32.add (call $take (call $make (i32.const 5))) (i32.mul (call $alive) (i32.const 100)))",
    );
}

#[test]
fn borrowed() {
    run("(local.set $a (call $make (i32.const 3)))
         (local.set $i (i32.add (call $peek (local.get $a)) (call $peek (local.get $a))))
         (call $drop (local.get $a))
         (i32.add (local.get $i) (i32.mul (call $alive) (i32.const 100)))");
}

#[test]
fn many() {
    run("(loop
           (local.set $a (call $make (local.get $i)))
           (local.set $b (i32.add (local.get $b) (call $peek (local.get $a))))
           (if (i32.and (local.get $i) (i32.const 1)) (then (call $drop (local.get $a))))
           (br_if 0 (i32.lt_u
             (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20000))))
         (i32.add (local.get $b) (call $alive))");
}

/// All of it traps, as in wasmtime's runtime.
#[test]
fn misused() {
    for user in [
        "(call $get (i32.const 1))",
        "(call $get (i32.const 0))",
        "(call $get (i32.const -1))",
        "(call $drop (i32.const 77)) (i32.const 0)",
        "(local.set $a (call $make (i32.const 1))) (call $drop (local.get $a))
         (call $get (local.get $a))",
        "(local.set $a (call $make (i32.const 1))) (drop (call $take (local.get $a)))
         (call $take (local.get $a))",
        "(local.set $a (call $make (i32.const 1))) (call $drop (local.get $a))
         (call $drop (local.get $a)) (i32.const 0)",
        "(call $keep (call $make (i32.const 1)))",
        "(call $drop-twice (call $make (i32.const 1)))",
    ] {
        same_traps(&component(user), &[("run", &[], Returns::U32)]);
    }
}

/// A trap leaves no handle behind.
#[test]
fn after_a_trap_all_is_as_before() {
    let mut ours = Ours::new(&component(
        "(local.set $a (call $make (i32.const 1)))
         (if (i32.ne (local.get $a) (i32.const 1)) (then (return (i32.const 0))))
         (call $keep (local.get $a))",
    ))
    .unwrap();
    for _ in 0..3 {
        let found = ours.call("run", &[], Returns::U32);
        assert!(matches!(found, Err(Error::Trap { .. })), "{found:?}");
    }
    let mut ours = Ours::new(&component("(call $make (i32.const 1))")).unwrap();
    let first = ours.call("run", &[], Returns::U32).unwrap();
    assert_eq!(ours.call("run", &[], Returns::U32).unwrap(), first);
    assert!(matches!(first, Value::U32(_)));
}

/// Two parts with code know the resource, so its handles stay in tables. No host can call a function that takes or
/// returns one.
#[test]
fn a_resource_that_parts_share_is_not_called() {
    let user = "(local.set $a (call $make (i32.const 41)))
        (i32.add (local.get $a) (call $peek (local.get $a)))";
    let text = component(user);
    let exporting = text.replace(
        r#"(export "run" (func $user"#,
        r#"(export "shared" (instance $d)) (export "run" (func $user"#,
    );
    let mut ours = Ours::new(&exporting).unwrap();
    let found = ours.call("run", &[], Returns::U32).unwrap();
    assert_eq!(found, Value::U32(42), "the first handle is 1");
    let module = compile(&engine(), &exporting).unwrap();
    for (function, is_called) in
        [("shared#[constructor]counter", false), ("counter.get", false), ("shared#alive", true)]
    {
        let wit = module.function(function).unwrap().wit.unwrap();
        assert_eq!(wit.unsupported.is_none(), is_called, "{wit}");
    }
}
