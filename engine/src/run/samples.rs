//! Samples: where a guest's fuel goes.
//!
//! Each time a guest asks for more fuel, the fuel that it used since the last time is counted for the functions that
//! are on its stack. The sum is exact. A function that neither loops nor calls does not ask, so its fuel counts for
//! its caller. Samples must never be taken of a guest that serves users: each takes microseconds.

use std::collections::HashMap;
use wasmtime::WasmBacktrace;

/// Fuel by stacks of functions.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    /// The fuel that was left when the last sample was taken.
    left: i64,
    /// By functions, innermost first, with their indices after instrumentation, and by the offset in the innermost.
    stacks: HashMap<(Vec<u32>, Option<usize>), u64>,
    /// Fuel that was used outside of any stack, by the name of the activity.
    others: HashMap<String, u64>,
    names: HashMap<u32, String>,
}

/// Fuel that was used in one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sample {
    /// Names of functions, the outermost first.
    pub stack: Vec<String>,
    /// The line of a source file, if it is known.
    pub line: Option<String>,
    /// The units of fuel.
    pub fuel: u64,
}

impl Samples {
    /// Starts with a guest that has `left` units of fuel.
    pub(crate) fn new(left: i64) -> Self {
        Self { left, ..Self::default() }
    }

    fn used(&mut self, left: i64) -> u64 {
        let used = self.left - left;
        self.left = left;
        used.max(0) as u64
    }

    /// Counts the fuel used since the last sample for the functions that run now.
    pub(crate) fn take(&mut self, left: i64, trace: &WasmBacktrace) {
        let used = self.used(left);
        let stack: Vec<u32> = trace.frames().iter().map(wasmtime::FrameInfo::func_index).collect();
        for frame in trace.frames() {
            if let Some(name) = frame.func_name() {
                self.names.entry(frame.func_index()).or_insert_with(|| name.to_string());
            }
        }
        let place = trace.frames().first().and_then(wasmtime::FrameInfo::module_offset);
        *self.stacks.entry((stack, place)).or_default() += used;
    }

    /// Counts the fuel used since the last sample for an activity.
    pub(crate) fn take_of(&mut self, left: i64, what: &str) {
        let used = self.used(left);
        if used > 0 {
            *self.others.entry(what.to_string()).or_default() += used;
        }
    }

    /// Returns what was used in each place. `name` returns the name of one of the guest's own functions, and `lines` the lines
    /// of offsets.
    pub(crate) fn named(
        &self,
        name: impl Fn(u32, Option<&str>) -> Option<String>,
        lines: impl Fn(&[Option<usize>]) -> Vec<Option<String>>,
    ) -> Vec<Sample> {
        let offsets: Vec<Option<usize>> = self.stacks.keys().map(|(_, offset)| *offset).collect();
        let mut found: HashMap<(Vec<String>, Option<String>), u64> = HashMap::new();
        for (((stack, _), fuel), line) in self.stacks.iter().zip(lines(&offsets)) {
            let of = |index: &u32| name(*index, self.names.get(index).map(String::as_str));
            let stack = stack.iter().rev().filter_map(of).collect();
            *found.entry((stack, line)).or_default() += fuel;
        }
        for (what, fuel) in &self.others {
            *found.entry((vec![what.clone()], None)).or_default() += fuel;
        }
        let sample = |((stack, line), fuel)| Sample { stack, line, fuel };
        let mut found: Vec<_> = found.into_iter().map(sample).collect();
        found.sort();
        found
    }
}
