//! Exports that toolchains add for their own use.
//!
//! A name that people give to functions of their own must never be among them, except the names of the C library and
//! of allocators.

/// What adds an export, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Generated {
    /// The canonical ABI, including destructors of its resources.
    CanonicalAbi,
    /// Functions that initialize a module (tool-conventions, BasicModuleABI and Linking).
    Startup,
    /// wasm-bindgen's descriptions of types, which it removes when it processes a binary.
    Describe,
    /// wasm-bindgen's other functions.
    Bindgen,
    /// Emscripten's functions that call pointers.
    DynamicCalls,
    /// Emscripten's runtime.
    Emscripten,
    /// Binaryen's Asyncify.
    Asyncify,
    /// Wizer.
    Wizer,
    /// AssemblyScript's runtime.
    AssemblyScript,
    /// Functions that allocate and free memory, for a host that passes data in it.
    Allocator,
    /// The C library, exported with everything else.
    Library,
    /// Names that C reserves for its implementation: they begin with two underscores.
    Reserved,
}

impl Generated {
    /// Returns what adds an export of that name, or None if the export may be meant to be called.
    pub fn of(export: &str) -> Option<Self> {
        let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| export.starts_with(prefix));
        let own = export.rsplit_once('#').map_or(export, |(_, own)| own);
        Some(match export {
            _ if starts(&["cabi_", "canonical_abi_"]) || own.starts_with("[dtor]") => {
                Self::CanonicalAbi
            }
            "_initialize" | "_start" => Self::Startup,
            _ if starts(&["__wasm_"]) => Self::Startup,
            _ if starts(&["__wbindgen_describe_"]) => Self::Describe,
            _ if starts(&["__wbindgen_", "__wbg_"]) => Self::Bindgen,
            _ if starts(&["dynCall_"]) => Self::DynamicCalls,
            "stackSave" | "stackRestore" | "stackAlloc" | "setThrew" | "setTempRet0"
            | "getTempRet0" => Self::Emscripten,
            _ if starts(&["emscripten_", "_emscripten_"]) => Self::Emscripten,
            _ if starts(&["asyncify_"]) => Self::Asyncify,
            _ if starts(&["wizer."]) => Self::Wizer,
            "__new" | "__pin" | "__unpin" | "__collect" => Self::AssemblyScript,
            "malloc" | "calloc" | "realloc" | "free" | "_malloc" | "_calloc" | "_realloc"
            | "_free" | "memalign" | "aligned_alloc" | "posix_memalign" | "alloc" | "dealloc"
            | "allocate" | "deallocate" => Self::Allocator,
            "fflush" | "memcpy" | "memmove" | "memset" | "memcmp" | "strlen" => Self::Library,
            _ if starts(&["__"]) => Self::Reserved,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_nobody_s() {
        for name in [
            "slugify",
            "_private",
            "start",
            "reallocate",
            "a:b/c#f",
            "cabinet",
            "dynamic",
            "a:b/c#[constructor]r",
            "[method]r.m",
            "[static]r.f",
        ] {
            assert_eq!(Generated::of(name), None, "{name}");
        }
    }

    #[test]
    fn who_adds_an_export_is_told_by_its_name() {
        for (name, who) in [
            ("cabi_post_a:b/c#f", Generated::CanonicalAbi),
            ("a:b/c#[dtor]r", Generated::CanonicalAbi),
            ("__wasm_call_ctors", Generated::Startup),
            ("__wbindgen_describe_f", Generated::Describe),
            ("__wbindgen_malloc", Generated::Bindgen),
            ("__new", Generated::AssemblyScript),
            ("__getrandom_v03_custom", Generated::Reserved),
            ("malloc", Generated::Allocator),
        ] {
            assert_eq!(Generated::of(name), Some(who), "{name}");
        }
    }
}
