//! Custom sections.

use super::subject::{ask, binary};
use plwasm_engine::Anatomy;

#[test]
fn what_stays_true_is_kept() {
    let text = r#"(module $m
      (import "env" "f" (func $imported))
      (func $inner (unreachable))
      (func (export "f") (call $inner) (call $imported))
      (@producers (language "Rust" "1.0"))
      (@custom "component-type:x" "wit")
      (@custom "plwasm:warm" "heap=0")
      (@custom ".debug_info" "x")
      (@custom "sourceMappingURL" "x")
      (@custom ".debug_info" "x"))"#;
    let adapted = ask().stub("trap").adapt(text).unwrap();
    assert_eq!(adapted.dropped, [".debug_info", "sourceMappingURL"]);
    let custom = Anatomy::of(&adapted.binary).unwrap().custom;
    let names: Vec<_> = custom.keys().map(String::as_str).collect();
    assert_eq!(names, ["component-type:x", "name", "plwasm:warm", "producers"]);
    assert_eq!(custom["producers"], Anatomy::of(&binary(text)).unwrap().custom["producers"]);
    // Names are of the functions that had them.
    let error = ask().stub("trap").run(text).call("f", &[]).unwrap_err();
    assert!(
        format!("{error:?}").contains("m!inner") || format!("{error:?}").contains("inner"),
        "{error:?}"
    );
}
