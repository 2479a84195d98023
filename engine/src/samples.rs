//! Samples: where a guest's fuel goes.
//!
//! Each time a guest asks for more fuel, what it has used since it asked last is entered under the functions that it is
//! in. The sum is exact; a function that neither loops nor calls does not ask, and counts with who called it. It must
//! never be taken of a guest that serves anyone: it takes microseconds.

use std::collections::HashMap;
use wasmtime::WasmBacktrace;

/// Fuel by stacks of functions.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    /// Fuel that was left when the last was taken.
    left: i64,
    /// By functions, the innermost first, as they are numbered after instrumentation.
    stacks: HashMap<Vec<u32>, u64>,
    /// Where nobody looked, by what was done.
    others: HashMap<String, u64>,
    names: HashMap<u32, String>,
}

impl Samples {
    /// Of a guest that has so much fuel left.
    pub fn new(left: i64) -> Self {
        Self { left, ..Self::default() }
    }

    fn used(&mut self, left: i64) -> u64 {
        let used = self.left - left;
        self.left = left;
        used.max(0) as u64
    }

    /// Enters what was used, under what runs now.
    pub fn take(&mut self, left: i64, trace: &WasmBacktrace) {
        let used = self.used(left);
        let stack: Vec<u32> = trace.frames().iter().map(wasmtime::FrameInfo::func_index).collect();
        for frame in trace.frames() {
            if let Some(name) = frame.func_name() {
                self.names.entry(frame.func_index()).or_insert_with(|| name.to_string());
            }
        }
        *self.stacks.entry(stack).or_default() += used;
    }

    /// Enters what was used until now, under what was done.
    pub fn take_of(&mut self, left: i64, what: &str) {
        let used = self.used(left);
        if used > 0 {
            *self.others.entry(what.to_string()).or_default() += used;
        }
    }

    /// Stacks of names, the outermost first, with their fuel. `name` names a function of the guest's, if it is one.
    pub fn named(
        &self,
        name: impl Fn(u32, Option<&str>) -> Option<String>,
    ) -> Vec<(Vec<String>, u64)> {
        let mut found: HashMap<Vec<String>, u64> = HashMap::new();
        for (stack, fuel) in &self.stacks {
            let of = |index: &u32| name(*index, self.names.get(index).map(String::as_str));
            *found.entry(stack.iter().rev().filter_map(of).collect()).or_default() += fuel;
        }
        for (what, fuel) in &self.others {
            *found.entry(vec![what.clone()]).or_default() += fuel;
        }
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort();
        found
    }
}
