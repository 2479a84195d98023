//! Exports that toolchains add for their own use, shown in one line for each toolchain instead of one for each
//! export.

use plwasm_engine::Generated;
use plwasm_engine::name::printable;
use std::collections::BTreeMap;

/// Returns what exports of a kind are, to follow "and N such as X:".
fn explained(of: Generated) -> &'static str {
    match of {
        Generated::CanonicalAbi => "of the canonical ABI, which uses them in calls",
        Generated::Startup => "of the linker; they run before any call, or never",
        Generated::Describe => {
            "describe types to wasm-bindgen, which has not processed this binary: process it, or build without \
             wasm-bindgen"
        }
        Generated::Bindgen => "for the JavaScript that wasm-bindgen writes",
        Generated::DynamicCalls => {
            "call pointers to functions, for the JavaScript that Emscripten writes"
        }
        Generated::Emscripten => "of Emscripten's runtime",
        Generated::Asyncify => "of Binaryen's Asyncify",
        Generated::Wizer => "of Wizer",
        Generated::AssemblyScript => "of AssemblyScript's runtime",
        Generated::Allocator => "allocate memory, for a host that passes data in it",
        Generated::Library => "of the C library",
        Generated::Reserved => "reserved for the compiler and its libraries",
    }
}

/// The number of exports of each kind, and one of them.
#[derive(Debug)]
pub(crate) struct Kinds<'a>(BTreeMap<Generated, (usize, &'a str)>);

impl<'a> Kinds<'a> {
    /// Counts the exports of each kind.
    pub(crate) fn of(exports: impl Iterator<Item = &'a str>) -> Self {
        let mut found = BTreeMap::new();
        for export in exports {
            if let Some(kind) = Generated::of(export) {
                found.entry(kind).or_insert((0, export)).0 += 1;
            }
        }
        Self(found)
    }

    /// Returns a line for each kind.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(kind, (count, one))| {
            let (one, what) = (printable(one), explained(*kind));
            match count {
                1 => format!("and {one}: {what}"),
                more => format!("and {more} such as {one}: {what}"),
            }
        })
    }
}
