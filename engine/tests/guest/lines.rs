//! Source lines in backtraces.

use crate::subject::{LIMITS, engine};
use plwasm_engine::{Backtrace, Engine, Error, Guest, Isolation, Module, Uses, ValRaw};
use std::rc::Rc;
use wasm_encoder as e;

const WITH: &[u8] = include_bytes!("../../../guest-examples/lines/lines.wasm");
const WITHOUT: &[u8] = include_bytes!("../../../guest-examples/lines/stripped.wasm");

/// The backtrace of a call that traps.
fn trapped(engine: &Engine, binary: &[u8], export: &str, arguments: [i32; 2]) -> String {
    let module = Module::compile(engine, binary, Isolation::Call).unwrap();
    let mut guest = Guest::new(engine, Rc::new(module), LIMITS).unwrap();
    let entry = guest.entry(export, Uses::default()).unwrap();
    guest.refuel(LIMITS.fuel);
    let mut slots = [ValRaw::i32(arguments[0]), ValRaw::i32(arguments[1]), ValRaw::i64(0)];
    // SAFETY: every export takes at most two i32 and returns one.
    match unsafe { guest.call(&entry, &mut slots) } {
        Err(Error::Trap { backtrace, .. }) => backtrace,
        other => panic!("{other:?}"),
    }
}

const PORTION: &str = "wasm backtrace:
  0: divided at share.h:5:18 (inlined)
  1: share at share.h:10:12 (inlined)
  2: portion at lines.c:16:12";
const CHECK: &str = "wasm backtrace:
  0: checked at lines.c:9:9
  1: check at lines.c:22:12";

#[test]
fn a_backtrace_has_the_source_lines_and_the_inlined_functions() {
    let engine = engine();
    assert_eq!(trapped(&engine, WITH, "portion", [1, 0]), PORTION);
    assert_eq!(trapped(&engine, WITH, "check", [101, 0]), CHECK);
}

#[test]
fn without_dwarf_it_has_offsets() {
    let text = trapped(&engine(), WITHOUT, "check", [101, 0]);
    assert!(
        text.starts_with("wasm backtrace:\n  0: <function ") && text.contains(" at offset 0x"),
        "{text}"
    );
}

#[test]
fn the_host_says_what_it_has() {
    let (lines, names, none) = (engine(), || Backtrace::Names, || Backtrace::None);
    let lines = trapped(&lines, WITH, "portion", [1, 0]);
    let names = trapped(&engine().traced_by(names), WITH, "portion", [1, 0]);
    let none = trapped(&engine().traced_by(none), WITH, "portion", [1, 0]);
    assert_eq!(lines, PORTION);
    assert!(
        names.starts_with("wasm backtrace:\n  0: portion at offset 0x")
            && names.lines().count() == 2,
        "{names}"
    );
    assert_eq!(none, "");
}

/// A component has the core module twice: at two offsets, and once more as two instances.
#[test]
fn a_component_has_the_lines_of_its_core_modules() {
    let mut component = e::ComponentBuilder::default();
    let first = component.core_module_raw(None, WITH);
    let second = component.core_module_raw(None, WITH);
    let mut ty = component.type_function(None);
    ty.1.params([("total", e::PrimitiveValType::S32), ("parts", e::PrimitiveValType::S32)])
        .result(Some(e::ComponentValType::Primitive(e::PrimitiveValType::S32)));
    let ty = ty.0;
    for (number, module) in [first, second, second].into_iter().enumerate() {
        let none: [(&str, e::ModuleArg); 0] = [];
        let instance = component.core_instantiate(None, module, none);
        let function = component.core_alias_export(None, instance, "portion", e::ExportKind::Func);
        let lifted = component.lift_func(None, function, ty, []);
        let name = format!("portion{number}");
        component.export(&name, e::ComponentExportKind::Func, lifted, None);
    }
    let component = component.finish();
    for export in ["portion0", "portion1", "portion2"] {
        let text = trapped(&engine(), &component, export, [1, 0]);
        assert!(text.starts_with(PORTION), "{text}");
    }
}
