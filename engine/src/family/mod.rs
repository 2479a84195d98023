//! Families: detects what made a binary that has imports, by the names in it. `remedy.rs` says what to do about those
//! imports.
//!
//! A toolchain names the functions of its host in its own way, so the names show for which host a binary was built.
//! This serves only for advice: misleading names lead to an unsuitable hint, and nothing else may depend on the
//! family.

mod remedy;

pub(crate) use remedy::THREADS;

use crate::abi::{CoreSignature, CoreType};
use crate::import::Import;

/// The host that a binary was built for. The families are in order of precedence: where imports belong to several,
/// the remedy of the first is the one that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// An object file that was not linked (tool-conventions, `Linking.md`).
    Object,
    /// A position-independent shared library (tool-conventions, `DynamicLinking.md`).
    SharedLibrary,
    /// A memory that threads share.
    Threads,
    /// Go and TinyGo, for JavaScript.
    Go,
    /// Languages that use JavaScript's strings and objects: Kotlin, Dart, `wasm:js-string`.
    JavaScript,
    /// wasm-bindgen, for JavaScript.
    WasmBindgen,
    /// Extism's plug-ins.
    Extism,
    /// Policies of the Open Policy Agent.
    OpenPolicyAgent,
    /// Filters of Proxy-Wasm.
    ProxyWasm,
    /// AssemblyScript.
    AssemblyScript,
    /// Emscripten.
    Emscripten,
    /// Emscripten with names of one or two letters.
    EmscriptenMinified,
    /// getrandom's backend, which a Rust program must provide itself.
    Getrandom,
    /// WASIX, of Wasmer.
    Wasix,
    /// WASI 0.3, whose functions are asynchronous.
    AsynchronousWasi,
    /// An interface described in WIT, other than WASI.
    Interface,
    /// A WASI that [`crate::Wasi::Inert`] has only partly.
    Wasi,
    /// A WASI that [`crate::Wasi::Inert`] has completely.
    InertWasi,
    /// Undefined symbols that the linker was told to import.
    Undefined,
    /// A memory, and nothing else.
    Memory,
}

impl Family {
    /// Returns the family of some imports with the highest precedence, or `None` if there are no imports.
    pub fn of(imports: &[Import]) -> Option<Self> {
        let first = imports.iter().map(Import::family).min()?;
        let is_all = || imports.iter().all(|import| import.family() == first);
        Some(if first == Self::InertWasi && !is_all() { Self::Wasi } else { first })
    }

    /// Returns the family of an import. If it is a function, `signature` is its signature. Functions that
    /// [`crate::Wasi::Inert`] has are [`Wasi`](Self::Wasi) here: [`Import::consult`] distinguishes them.
    pub(crate) fn of_import(
        module: &str,
        name: &str,
        kind: &str,
        signature: Option<&CoreSignature>,
    ) -> Self {
        match module {
            _ if kind == "shared memory" => Self::Threads,
            _ if is_wasi_threads(module, name) => Self::Threads,
            "GOT.mem" | "GOT.func" => Self::SharedLibrary,
            "go" | "gojs" => Self::Go,
            "js_code" | "dart2wasm" => Self::JavaScript,
            "asm2wasm" | "global.Math" => Self::Emscripten,
            "a" if name.len() <= 2 => Self::EmscriptenMinified,
            "Math" | "Date" | "JSMath" => Self::AssemblyScript,
            _ if module.starts_with("wasm:js") || module.starts_with("wasm:text-") => {
                Self::JavaScript
            }
            _ if is_of_wasm_bindgen(module, name) => Self::WasmBindgen,
            _ if module.starts_with("extism:host/") => Self::Extism,
            _ if module.starts_with("wasix") => Self::Wasix,
            _ if module.starts_with("wasi:") && module.contains("@0.3.") => Self::AsynchronousWasi,
            _ if module.starts_with("wasi") => Self::Wasi,
            _ if module == "$root" || (module.contains(':') && module.contains('/')) => {
                Self::Interface
            }
            "env" => Self::of_env(name, signature).unwrap_or(match kind {
                "memory" => Self::Memory,
                _ => Self::Undefined,
            }),
            _ if kind == "memory" => Self::Memory,
            _ => Self::Undefined,
        }
    }

    /// Returns the family of an import from `env`, the module from which toolchains import by default.
    fn of_env(name: &str, signature: Option<&CoreSignature>) -> Option<Self> {
        use CoreType::{F64, I32};
        const EMSCRIPTEN: [&str; 18] = [
            "emscripten_",
            "_emscripten_",
            "_embind_",
            "_emval_",
            "invoke_",
            "__syscall_",
            "___syscall",
            "___setErrNo",
            "nullFunc_",
            "jsCall_",
            "abortOnCannotGrowMemory",
            "abortStackOverflow",
            "enlargeMemory",
            "getTotalMemory",
            "setTempRet0",
            "getTempRet0",
            "DYNAMICTOP_PTR",
            "STACKTOP",
        ];
        let is_of = |params: &[CoreType], results: &[CoreType]| {
            signature.is_some_and(|found| found.params == params && found.results == results)
        };
        Some(match name {
            "__linear_memory" => Self::Object,
            "__memory_base" | "__table_base" => Self::SharedLibrary,
            "opa_abort" | "opa_println" | "opa_builtin0" | "opa_builtin1" | "opa_builtin2"
            | "opa_builtin3" | "opa_builtin4" => Self::OpenPolicyAgent,
            "abort" if is_of(&[I32; 4], &[]) => Self::AssemblyScript,
            "seed" if is_of(&[], &[F64]) => Self::AssemblyScript,
            "trace" if is_of(&[I32, I32, F64, F64, F64, F64, F64], &[]) => Self::AssemblyScript,
            _ if name.starts_with("syscall/js.") || name.starts_with("runtime.") => Self::Go,
            // No identifier in C contains a full stop.
            _ if name.contains('.') => Self::AssemblyScript,
            _ if name.starts_with("extism_") => Self::Extism,
            _ if name.starts_with("proxy_") => Self::ProxyWasm,
            _ if name.starts_with("__getrandom_") => Self::Getrandom,
            _ if EMSCRIPTEN.iter().any(|prefix| name.starts_with(prefix)) => Self::Emscripten,
            // `_abort_js`, `_tzset_js`, `_mmap_js`: functions that its C library imports from JavaScript.
            _ if name.starts_with('_') && name.ends_with("_js") => Self::Emscripten,
            _ => return None,
        })
    }

    /// Returns the family that made a binary, by the names of the functions that it exports.
    pub fn by_exports<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        names.into_iter().find_map(|name| match name {
            "__pin" | "__unpin" => Some(Self::AssemblyScript),
            "stackSave"
            | "stackAlloc"
            | "_emscripten_stack_restore"
            | "_emscripten_stack_alloc" => Some(Self::Emscripten),
            "opa_eval_ctx_new" => Some(Self::OpenPolicyAgent),
            "wasi_thread_start" => Some(Self::Threads),
            _ if name.starts_with("__wbindgen_") => Some(Self::WasmBindgen),
            _ => None,
        })
    }

    /// Returns whether the imports reveal so little that the exports may reveal more.
    pub(crate) fn is_vague(self) -> bool {
        matches!(self, Self::Undefined | Self::Memory)
    }

    /// Returns the name of the family, as in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Object => "an object file",
            Self::SharedLibrary => "a shared library",
            Self::Threads => "a program with threads",
            Self::Go => "Go for JavaScript",
            Self::JavaScript => "a language for JavaScript engines",
            Self::WasmBindgen => "wasm-bindgen",
            Self::Extism => "Extism",
            Self::OpenPolicyAgent => "OPA",
            Self::ProxyWasm => "a Proxy-Wasm filter",
            Self::AssemblyScript => "AssemblyScript",
            Self::Emscripten => "Emscripten",
            Self::EmscriptenMinified => "Emscripten, with minified names",
            Self::Getrandom => "getrandom",
            Self::Wasix => "WASIX",
            Self::AsynchronousWasi => "WASI 0.3",
            Self::Interface => "a component's interface",
            Self::Wasi | Self::InertWasi => "WASI",
            Self::Undefined => "undefined symbols",
            Self::Memory => "an imported memory",
        }
    }
}

fn is_wasi_threads(module: &str, name: &str) -> bool {
    (module == "wasi" && name == "thread-spawn") || name == "__wasi_thread_spawn"
}

fn is_of_wasm_bindgen(module: &str, name: &str) -> bool {
    let is_name = name.starts_with("__wbg_") || name.starts_with("__wbindgen_");
    is_name
        || module == "wbg"
        || module.starts_with("__wbindgen_")
        || module.ends_with("_bg.js")
        || module.ends_with("_bg")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::linked::Linked;

    fn of(text: &str) -> Option<Family> {
        let binary = wat::parse_str(text).expect("text");
        Linked::of(&binary, None).expect("a module").inspection.family()
    }

    #[test]
    fn names_tell_families() {
        use Family::*;
        for (imports, family) in [
            (r#"(import "env" "__linear_memory" (memory 0)) (import "env" "f" (func))"#, Object),
            (
                r#"(import "env" "__memory_base" (global i32)) (import "env" "malloc" (func)) (import "env" "memory" (memory 1))"#,
                SharedLibrary,
            ),
            (r#"(import "GOT.func" "f" (global (mut i32)))"#, SharedLibrary),
            (
                r#"(import "wbg" "memory" (memory 1 2 shared)) (import "wbg" "__wbindgen_throw" (func))"#,
                Threads,
            ),
            (r#"(import "wasi" "thread-spawn" (func (param i32) (result i32)))"#, Threads),
            (r#"(import "gojs" "runtime.wasmExit" (func (param i32)))"#, Go),
            (r#"(import "go" "syscall/js.valueGet" (func (param i32)))"#, Go),
            (r#"(import "env" "runtime.ticks" (func (result f64)))"#, Go),
            (
                r#"(import "wasm:js-string" "length" (func (param externref) (result i32)))"#,
                JavaScript,
            ),
            (
                r#"(import "__wbindgen_placeholder__" "__wbindgen_throw" (func (param i32 i32)))"#,
                WasmBindgen,
            ),
            (
                r#"(import "./pkg_bg.js" "__wbg_now_0123456789abcdef" (func (result f64)))"#,
                WasmBindgen,
            ),
            (
                r#"(import "__wbindgen_externref_xform__" "__wbindgen_externref_table_grow" (func (param i32) (result i32)))"#,
                WasmBindgen,
            ),
            (r#"(import "extism:host/env" "input_length" (func (result i64)))"#, Extism),
            (r#"(import "extism:host/user" "ask" (func (param i64) (result i64)))"#, Extism),
            (r#"(import "env" "extism_alloc" (func (param i64) (result i64)))"#, Extism),
            (
                r#"(import "env" "memory" (memory 2)) (import "env" "opa_abort" (func (param i32)))"#,
                OpenPolicyAgent,
            ),
            (r#"(import "env" "proxy_log" (func (param i32 i32 i32) (result i32)))"#, ProxyWasm),
            (r#"(import "env" "abort" (func (param i32 i32 i32 i32)))"#, AssemblyScript),
            (r#"(import "env" "seed" (func (result f64)))"#, AssemblyScript),
            (
                r#"(import "env" "trace" (func (param i32 i32 f64 f64 f64 f64 f64)))"#,
                AssemblyScript,
            ),
            (r#"(import "env" "console.log" (func (param i32)))"#, AssemblyScript),
            (r#"(import "env" "abort" (func))"#, Undefined),
            (r#"(import "env" "seed" (func (result i32)))"#, Undefined),
            (
                r#"(import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32))) (import "env" "_emscripten_resize_heap" (func (param i32) (result i32)))"#,
                Emscripten,
            ),
            (r#"(import "env" "emscripten_notify_memory_growth" (func (param i32)))"#, Emscripten),
            (r#"(import "env" "_abort_js" (func))"#, Emscripten),
            (
                r#"(import "a" "a" (func)) (import "a" "b" (func (param i32) (result i32)))"#,
                EmscriptenMinified,
            ),
            (
                r#"(import "env" "__getrandom_v03_custom" (func (param i32 i32) (result i32)))"#,
                Getrandom,
            ),
            (
                r#"(import "wasix_32v1" "fd_dup" (func)) (import "wasi_snapshot_preview1" "fd_write" (func))"#,
                Wasix,
            ),
            (
                r#"(import "wasi:clocks/monotonic-clock@0.3.0" "now" (func (result i64)))"#,
                AsynchronousWasi,
            ),
            (
                r#"(import "acme:shop/prices@1.0.0" "price" (func (param i32) (result i32)))"#,
                Interface,
            ),
            (
                r#"(import "wasi_snapshot_preview1" "fd_write" (func)) (import "env" "f" (func))"#,
                Wasi,
            ),
            (r#"(import "wasi_snapshot_preview1" "sock_connect" (func))"#, Wasi),
            (r#"(import "wasi_snapshot_preview1" "fd_write" (func))"#, InertWasi),
            (
                r#"(import "wasi:io/poll@0.2.0" "poll" (func)) (import "wasi_unstable" "fd_read" (func))"#,
                InertWasi,
            ),
            (r#"(import "env" "f" (func)) (import "env" "memory" (memory 1))"#, Undefined),
            (r#"(import "e" "g" (global i32))"#, Undefined),
            (r#"(import "env" "memory" (memory 1))"#, Memory),
        ] {
            assert_eq!(of(&format!("(module {imports})")), Some(family), "{imports}");
        }
        assert_eq!(of("(module)"), None);
    }

    #[test]
    fn exports_tell_where_imports_do_not() {
        for (export, family) in [
            ("__pin", Family::AssemblyScript),
            ("stackAlloc", Family::Emscripten),
            ("__wbindgen_malloc", Family::WasmBindgen),
        ] {
            let rest = format!(r#"(func (export "a")) (func (export "{export}"))"#);
            let import = r#"(import "index" "now" (func))"#;
            assert_eq!(of(&format!("(module {import} {rest})")), Some(family));
            let import = r#"(import "env" "__linear_memory" (memory 0))"#;
            assert_eq!(of(&format!("(module {import} {rest})")), Some(Family::Object));
        }
    }

    #[test]
    fn a_component_s_interface_is_told() {
        let text = r#"(component (import "acme:shop/prices" (instance $i (export "price" (func))))
            (core module $m (import "p" "price" (func)) (func (export "f")))
            (core func $price (canon lower (func $i "price")))
            (core instance $c (instantiate $m (with "p" (instance (export "price" (func $price))))))
            (func (export "f") (canon lift (core func $c "f"))))"#;
        assert_eq!(of(text), Some(Family::Interface));
    }
}
