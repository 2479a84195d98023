//! Remedies for the imports of each family.
//!
//! A remedy must never name an option of `plwasm adapt` that does not help the family.

use super::Family;
use crate::error::Remedy;

/// The advice for whatever was built for threads.
pub(crate) const THREADS: &str = "It was built for threads, which share its memory, and a function has one thread. Build without \
     them: no -pthread, no target feature \"atomics\", no target wasm32-wasip1-threads.";

impl Family {
    /// Returns what can be done about imports of this family that were refused. Advice says in one or two sentences
    /// what the binary is and what to do.
    pub fn remedy(self) -> Remedy {
        Remedy::advice(match self {
            Self::InertWasi => return Remedy::AllowWasi,
            Self::Object => {
                "It is an object file. Link it: wasm-ld --no-entry --export-dynamic, or clang without -c."
            }
            Self::SharedLibrary => {
                "It is a shared library, which is placed in the memory of the program that loads it. Link it \
                 statically (without -shared, -sSIDE_MODULE or -sMAIN_MODULE), or place it with \"plwasm adapt\", which \
                 takes what it needs by --with NAME=other.wasm."
            }
            Self::Threads => THREADS,
            Self::Go => {
                "Go built it for JavaScript (GOOS=js, or TinyGo's target wasm). Build with GOOS=wasip1 and \
                 -buildmode=c-shared, then run \"plwasm adapt --wasi inert\"; TinyGo's target wasm-unknown needs \
                 neither."
            }
            Self::JavaScript => {
                "It was compiled for a JavaScript engine, whose strings and objects it uses. Build for its compiler's \
                 WASI target, where there is one."
            }
            Self::WasmBindgen => {
                "wasm-bindgen built it for JavaScript. Run \"plwasm adapt --stub trap\", or build it without the \
                 crates that \"cargo tree -i wasm-bindgen --target wasm32-unknown-unknown\" shows (getrandom has a \
                 backend for that: docs/getrandom.md)."
            }
            Self::Extism => {
                "It is an Extism plug-in, which takes its input from its host and calls it. Run \"plwasm adapt\", \
                 which puts both into the module, and a trap in place of what Extism does outside with --stub trap."
            }
            Self::OpenPolicyAgent => {
                "It is a policy that \"opa build -t wasm\" compiled. Run \"plwasm adapt\", which supplies its memory \
                 and what reports its errors."
            }
            Self::ProxyWasm => {
                "It is a filter for a proxy (Proxy-Wasm), which calls it with requests. Build the functions that \
                 are worth calling as a library of their own; \"plwasm adapt --stub trap\" is enough where they never \
                 call the proxy."
            }
            Self::AssemblyScript => {
                "AssemblyScript imports what reports a failed assertion, seeds random numbers and traces. Build with \
                 --use abort= if that is all, or run \"plwasm adapt\", which keeps the messages (and with --stub trap \
                 takes the place of other imports)."
            }
            Self::Emscripten => {
                "Emscripten built it for its own JavaScript. Build with -sSTANDALONE_WASM --no-entry, or run \"plwasm \
                 adapt --wasi inert --stub trap\"."
            }
            Self::EmscriptenMinified => {
                "Emscripten built it for its own JavaScript, and what the imports are can no longer be told from their \
                 names. Build with -sSTANDALONE_WASM --no-entry, or run \"plwasm adapt --stub trap\", after which a call \
                 of any of them fails."
            }
            Self::Getrandom => {
                "A Rust crate in it wants random numbers (getrandom). Bring a backend, as docs/getrandom.md says, or \
                 run \"plwasm adapt\", which has one."
            }
            Self::Wasix => {
                "It was built for WASIX, whose processes, threads and sockets a function does not have. Build for a \
                 target without it (wasm32-unknown-unknown, wasm32-freestanding), or run \"plwasm adapt --wasi inert \
                 --stub trap\"."
            }
            Self::AsynchronousWasi => {
                "It was built for WASI 0.3, whose functions are asynchronous, and a call is not. Build for a target \
                 without WASI or for WASI 0.2."
            }
            Self::Interface => {
                "It imports an interface that another component has to bring. Compose it with one that exports it \
                 (\"wac plug\", \"wasm-tools compose\"), or build it for a world that imports nothing."
            }
            Self::Wasi => {
                "Functions have no access to the outside. Build for a target without WASI \
                 (wasm32-unknown-unknown, wasm32-freestanding), or run \"plwasm adapt --wasi inert --stub trap\"."
            }
            Self::Undefined => {
                "Functions have no access to the outside. Build without imports: link with \
                 --no-entry and without --allow-undefined or --import-memory; or run \"plwasm adapt --stub trap\", \
                 after which a call of an import fails."
            }
            Self::Memory => {
                "Functions have a memory of their own. Link without --import-memory, or run \"plwasm adapt\", which \
                 supplies one."
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Family;
    use crate::error::Remedy;

    /// Makes an array of these families. It does not compile unless they are all families there are.
    macro_rules! all {
        ($($family:ident),* $(,)?) => {{
            let _ = |family| match family {
                $(Family::$family => {})*
            };
            [$(Family::$family),*]
        }};
    }

    #[test]
    fn advice_is_one_or_two_sentences() {
        for family in all![
            Object,
            SharedLibrary,
            Threads,
            Go,
            JavaScript,
            WasmBindgen,
            Extism,
            OpenPolicyAgent,
            ProxyWasm,
            AssemblyScript,
            Emscripten,
            EmscriptenMinified,
            Getrandom,
            Wasix,
            AsynchronousWasi,
            Interface,
            Wasi,
            InertWasi,
            Undefined,
            Memory,
        ] {
            let remedy = family.remedy();
            if family == Family::InertWasi {
                assert_eq!(remedy, Remedy::AllowWasi);
                continue;
            }
            let Remedy::Advice(advice) = &remedy else { panic!("{family:?}: {remedy:?}") };
            assert!(advice.ends_with('.') && advice.matches(". ").count() <= 1, "{advice}");
            // Only the server may name a setting.
            assert!(!advice.contains("plwasm."), "{advice}");
        }
    }
}
