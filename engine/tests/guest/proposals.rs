//! Modules that use proposals which are not enabled: the error says what can be done.

use crate::subject::{engine, module};
use plwasm_engine::{Error, Remedy};

fn advice(text: &str) -> Option<String> {
    let error = module(&engine(), text).map(|_| ()).unwrap_err();
    assert!(matches!(error, Error::Invalid(_)), "{error:?}");
    error.remedy().map(|remedy| match remedy {
        Remedy::Advice(text) => text.into(),
        other => panic!("{other:?}"),
    })
}

#[test]
fn a_proposal_that_is_not_enabled_has_a_remedy() {
    let function = |body: &str| format!("(module (memory 1) (tag $t) (func $f {body}))");
    let cases = [
        (function("try nop catch $t end"), "--translate-to-exnref"),
        (function("try nop catch_all rethrow 0 end"), "--translate-to-exnref"),
        (function("try nop delegate 0"), "--translate-to-exnref"),
        (function("(drop (i32.atomic.load (i32.const 0)))"), "-pthread"),
        ("(module (memory 1 1 shared))".into(), "-pthread"),
        (function("(i64.mul_wide_u (i64.const 1) (i64.const 1)) drop drop"), "WebAssembly 3.0"),
        ("(module (memory 1 (pagesize 1)))".into(), "WebAssembly 3.0"),
        ("(module (type $f (func)) (type (cont $f)))".into(), "WebAssembly 3.0"),
    ];
    for (text, word) in cases {
        let advice = advice(&text);
        assert!(advice.as_ref().is_some_and(|advice| advice.contains(word)), "{text}: {advice:?}");
    }
}

#[test]
fn other_faults_have_none() {
    let named = r#"(module (func (export "proposal")) (func (export "proposal")))"#;
    for text in ["(module (func (result i32)))", "(module (func (call 1)))", named] {
        assert_eq!(advice(text), None, "{text}");
    }
}
