//! Advice on a module that a server accepts.

use crate::unit;
use plwasm_engine::Anatomy;
use plwasm_engine::compile::lines::section::NoLines;

/// Returns what would make the module smaller, or its errors clearer.
pub(crate) fn advice(anatomy: &Anatomy, size: usize, no_lines: Option<NoLines>) -> Vec<String> {
    let mut advice = Vec::new();
    let debugging = anatomy.debugging();
    if debugging > 0 {
        advice.push(format!(
            "{} of {} are for debuggers: a server needs only the source lines, so run wasm-tools strip, and push the result with --debug-file",
            unit::bytes(debugging as u64),
            unit::bytes(size as u64)
        ));
    }
    if let Some(reason @ (NoLines::Malformed | NoLines::Excessive)) = no_lines {
        advice.push(format!("backtraces have no source lines, because {reason}"));
    }
    let is_optimized = |name: &str| anatomy.custom.contains_key(name);
    if anatomy.modules == 1
        && anatomy.code > 256 << 10
        && !is_optimized("metadata.code.branch_hint")
    {
        advice.push(format!(
            "{} of code: wasm-opt -Oz often halves that, and with it the time to compile",
            unit::bytes(anatomy.code as u64)
        ));
    }
    if !anatomy.custom.contains_key("name") && anatomy.modules == 1 && anatomy.code > 0 {
        advice.push(
            "it has no function names, so backtraces will show numbers: keep the section \"name\""
                .into(),
        );
    }
    advice
}
