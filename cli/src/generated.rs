//! Exports that a toolchain makes for its own use, by families: what they are, in a line each.
//!
//! It must never count an export among them that somebody wrote: these names are reserved by their toolchains.

use std::collections::BTreeMap;

/// Who makes an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    CanonicalAbi,
    Linker,
    Describe,
    Bindgen,
    DynamicCalls,
    Emscripten,
    Asyncify,
    AssemblyScript,
}

impl Family {
    /// That of an export of that name; none if it is there to be called.
    pub fn of(export: &str) -> Option<Self> {
        let starts = |prefix: &str| export.starts_with(prefix);
        let is = |names: &[&str]| names.contains(&export);
        Some(match export {
            _ if starts("cabi_post_") || starts("cabi_realloc") => Self::CanonicalAbi,
            _ if is(&["_initialize"]) || starts("__wasm_") => Self::Linker,
            _ if starts("__wbindgen_describe_") => Self::Describe,
            _ if starts("__wbindgen_") || starts("__wbg_") => Self::Bindgen,
            _ if starts("dynCall_") => Self::DynamicCalls,
            _ if starts("_emscripten_")
                || starts("emscripten_")
                || is(&["stackSave", "stackRestore", "stackAlloc", "setThrew"]) =>
            {
                Self::Emscripten
            }
            _ if starts("asyncify_") => Self::Asyncify,
            _ if is(&["__new", "__pin", "__unpin", "__collect"]) => Self::AssemblyScript,
            _ => return None,
        })
    }

    fn explained(self) -> &'static str {
        match self {
            Self::CanonicalAbi => "of the canonical ABI, which calls use",
            Self::Linker => "of the linker, which run before any call or not at all",
            Self::Describe => {
                "describe types to wasm-bindgen, which has not processed this binary: it is no module of its, and cannot \
                 be called as one"
            }
            Self::Bindgen => "for the JavaScript that wasm-bindgen writes",
            Self::DynamicCalls => {
                "call pointers to functions, for the JavaScript that Emscripten writes"
            }
            Self::Emscripten => "of Emscripten's runtime",
            Self::Asyncify => "of Binaryen's Asyncify",
            Self::AssemblyScript => "of AssemblyScript's runtime",
        }
    }
}

/// How many of each family there are, and one of them.
#[derive(Debug)]
pub struct Families<'a>(BTreeMap<Family, (usize, &'a str)>);

impl<'a> Families<'a> {
    /// Counts them.
    pub fn of(exports: impl Iterator<Item = &'a str>) -> Self {
        let mut found = BTreeMap::new();
        for export in exports {
            if let Some(family) = Family::of(export) {
                found.entry(family).or_insert((0, export)).0 += 1;
            }
        }
        Self(found)
    }

    /// A line for each.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(family, (count, one))| {
            let one = plwasm_engine::name::printable(one);
            let what = family.explained();
            match count {
                1 => format!("and {one}: {what}"),
                more => format!("and {more} such as {one}: {what}"),
            }
        })
    }
}
