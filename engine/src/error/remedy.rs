//! Remedies: what can be done about an error. A remedy that depends on where the engine runs is put into words there:
//! the server names its settings, the command its options.
//!
//! A remedy must never name a setting or an option itself.

use super::{CompilerEnd, Error};
use crate::family::Family;
use crate::limits::{BACKEND, Scope};
use crate::number::NotWhole;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What can be done about an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Remedy {
    /// Give each call more fuel.
    RaiseFuel,
    /// Give more fuel to all calls of a statement or a transaction.
    RaiseSharedFuel {
        /// The calls that share the fuel.
        scope: Scope,
        /// Whether a ceiling limits them, which they cannot raise.
        is_ceiling: bool,
    },
    /// Give each instance more memory.
    RaiseMemory,
    /// Give all instances and compiled code of a process more memory.
    RaiseBackendMemory,
    /// Let the result of a call take more memory.
    RaiseResultSize,
    /// Make the module smaller, or accept larger ones.
    RaiseModuleSize,
    /// Give the compiler process more memory.
    RaiseCompilerMemory,
    /// Give the compiler process more CPU time.
    RaiseCompilerTime,
    /// Install the compiler, in the version that is running.
    InstallCompiler,
    /// Use a WASI with nothing in it in place of the imports, or build for a target without WASI.
    AllowWasi,
    /// Name one of the exports.
    NameExport,
    /// Name the export with the interface that it belongs to.
    NameInterface,
    /// List the exports with the SQL functions that fit them.
    ListExports,
    /// Advice in sentences that hold wherever the module runs: how to build it, or which rule was broken.
    Advice(Cow<'static, str>),
}

impl Remedy {
    /// Makes advice of constant text.
    pub(crate) const fn advice(text: &'static str) -> Self {
        Self::Advice(Cow::Borrowed(text))
    }
}

impl Error {
    /// Returns what can be done about the error, if anything is known.
    pub fn remedy(&self) -> Option<Remedy> {
        Some(match self {
            Self::Guest { hint, .. } | Self::Adapt { hint, .. } | Self::Sql { hint, .. } => {
                return hint.clone().map(|hint| Remedy::Advice(hint.into()));
            }
            Self::Initialization { error, .. } | Self::After { error, .. } => {
                return error.remedy();
            }
            Self::Compiler(data) => return data.remedy.clone(),
            Self::Imports(imports) => return Family::of(imports).map(Family::remedy),
            Self::Fuel { .. } => Remedy::RaiseFuel,
            Self::SharedFuel { scope, is_ceiling, .. } => {
                Remedy::RaiseSharedFuel { scope: *scope, is_ceiling: *is_ceiling }
            }
            Self::Memory { what: BACKEND, .. } => Remedy::RaiseBackendMemory,
            Self::Memory { .. } => Remedy::RaiseMemory,
            Self::ResultLimit { .. } => Remedy::RaiseResultSize,
            Self::TooLarge { .. } => Remedy::RaiseModuleSize,
            Self::Compilation(CompilerEnd::Memory { .. }) => Remedy::RaiseCompilerMemory,
            Self::Compilation(CompilerEnd::Time { .. }) => Remedy::RaiseCompilerTime,
            Self::NoCompiler { .. } => Remedy::InstallCompiler,
            Self::MissingExport { .. } => Remedy::NameExport,
            Self::AmbiguousExport { .. } => Remedy::NameInterface,
            Self::Wit { .. } => Remedy::ListExports,
            Self::Invalid(what) => return proposal(what),
            _ => Remedy::advice(self.advice()?),
        })
    }

    /// Returns the sentences of [`Remedy::Advice`] for errors whose remedy is the same wherever the module runs.
    fn advice(&self) -> Option<&'static str> {
        Some(match self {
            Self::Body(_) => {
                "A body is WebAssembly text in parentheses, or module#export, or for a function \
                 that returns wasm.module the base64 of a binary."
            }
            Self::WitPackage => {
                "Build a module or component that implements a world of the package."
            }
            Self::Signature { expected, .. }
                if expected.contains("string") || expected.contains("list") =>
            {
                "Strings and bytes are passed as pointer and length, and returned as a pointer \
                 to pointer and length."
            }
            Self::MissingAbi("cabi_realloc") => {
                "Export cabi_realloc(old_ptr i32, old_size i32, align i32, new_size i32) -> i32."
            }
            Self::NoConstructor(_) => {
                "A method needs the resource that the constructor makes, or the only static function that returns it."
            }
            Self::SeveralConstructors { .. } => "Give the resource a constructor in its WIT.",
            Self::MissingAbi(_) => "Export the module's 32-bit memory as \"memory\".",
            Self::TooComplex { .. } => {
                "Split large functions, or build with optimization, which needs fewer locals."
            }
            Self::Reserve(_) => {
                "Each instance reserves 4 GB of address space, but uses little of it."
            }
            Self::Compilation(CompilerEnd::Signal(libc::SIGKILL)) => {
                "The operating system does that when it is short of memory."
            }
            Self::SqlState(_) => {
                "An SQLSTATE is five digits or capital letters, and not of class 00, 01 or 02."
            }
            Self::NotWhole { why: NotWhole::Fraction, .. } => {
                "Round it, with round(), trunc(), floor() or ceil()."
            }
            Self::DateRange { what: "date", .. } => "A date is days since 2000-01-01.",
            Self::DateRange { what: "time", .. } => "A time is microseconds since midnight.",
            Self::DateRange { .. } => "A timestamp is microseconds since 2000-01-01 00:00.",
            _ => return None,
        })
    }
}

/// Returns what can be done about a module that uses a proposal that is not enabled. Only the text of wasmparser's error says
/// which proposal that is.
fn proposal(what: &str) -> Option<Remedy> {
    let says = |words: &[&str]| words.iter().any(|word| what.contains(word));
    if says(&["legacy exceptions", "legacy_exceptions"]) {
        return Some(Remedy::advice(
            "Convert it with \"wasm-opt --translate-to-exnref\" (Binaryen), or build it with \
             -sWASM_LEGACY_EXCEPTIONS=0 (Emscripten) or -mllvm -wasm-use-legacy-eh=false (clang).",
        ));
    }
    if says(&["threads support is not", "threads must be"]) {
        return Some(Family::Threads.remedy());
    }
    let is_other = says(&[
        "support is not enabled",
        "must be enabled",
        "proposal not enabled",
        "proposal is disabled",
        "proposal disabled",
        " is disable",
        "not supported without the",
    ]);
    is_other.then_some(Remedy::advice(
        "Build it without this proposal. PL/Wasm runs WebAssembly 3.0, and no other proposals.",
    ))
}
