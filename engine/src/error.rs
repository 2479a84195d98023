//! The one error type: what went wrong, its SQLSTATE, and what to do about it.
//!
//! It must never print a name that a guest chose without [`crate::name::printable`].

use crate::family::Family;
use crate::initialization::Phase;
use crate::inspect::Import;
use crate::limits::Scope;
use crate::number::NotWhole;
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// The result of everything that can fail here.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can go wrong between a function body and its result.
///
/// The messages follow PostgreSQL's style guide: lower case, no full stop.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The string after AS is none of the three forms a body can have.
    #[error("invalid function body: {0}")]
    Body(String),
    /// Not a WebAssembly module, or one that does not validate.
    #[error("invalid WebAssembly module: {0}")]
    Invalid(String),
    /// A component that is a WIT package in binary form.
    #[error("WebAssembly component is a WIT package, which has no code")]
    WitPackage,
    /// A component that is valid, with something that this release cannot do.
    #[error("unsupported WebAssembly component: {0}")]
    Unsupported(String),
    /// The binary is larger than the setting allows. Both in bytes.
    #[error("WebAssembly module of {size} bytes is larger than the limit of {limit} bytes")]
    TooLarge { size: usize, limit: usize },
    /// Compiling it would take too long. Both in places where control branches, times locals beyond 64.
    #[error("WebAssembly module is too complex to compile")]
    TooComplex { complexity: u64, limit: u64 },
    /// One function would take too long to compile. Bytes of its code, with what instrumentation adds.
    #[error("WebAssembly function {function} is too large to compile")]
    LongFunction { function: u32, size: usize, limit: usize },
    /// Loops are nested so deeply that compiling would take too long.
    #[error("WebAssembly function {function} is too complex to compile")]
    DeepLoops { function: u32, limit: usize },
    /// The module wants something from its host.
    #[error("WebAssembly module has imports")]
    Imports(Vec<Import>),
    /// A module cannot be adapted as asked.
    #[error("{message}")]
    Adapt { message: String, detail: Option<String>, hint: Option<String> },
    /// No export of that name is a function.
    #[error("WebAssembly module does not export a function \"{export}\"")]
    MissingExport { export: String, exports: Vec<String> },
    /// Several exports answer to that name.
    #[error("WebAssembly module exports several functions \"{export}\"")]
    AmbiguousExport { export: String, exports: Vec<String> },
    /// The export has another type than the SQL signature asks for.
    #[error("export \"{export}\" has the wrong signature")]
    Signature { export: String, found: String, expected: String },
    /// The export has another WIT type than the SQL signature asks for.
    #[error("export \"{export}\" cannot be called as {sql}")]
    Wit { export: String, sql: String, wit: String, reason: String },
    /// Strings and lists need an export that the module does not have.
    #[error("WebAssembly module does not export a {0} of the right type")]
    MissingAbi(&'static str),

    /// The fuel of one call is used up.
    #[error("function exceeded its fuel limit of {limit}")]
    Fuel { limit: u64 },
    /// The fuel that all calls of a statement or transaction share is used up.
    #[error("{} exceeded its fuel limit of {limit}", match scope {
        Scope::Statement => "statement",
        Scope::Transaction => "transaction",
    })]
    SharedFuel { scope: Scope, limit: u64, used: u64, is_ceiling: bool },
    /// The host asked to stop; it knows why.
    #[error("canceling WebAssembly function")]
    Interrupted,
    /// An instance does not fit. Both in bytes.
    #[error(
        "out of memory for WebAssembly: {what} needs {needed} bytes, the limit is {limit} bytes"
    )]
    Memory { what: &'static str, needed: usize, limit: usize },
    /// The operating system refused the address space of an instance.
    #[error("could not reserve memory for a WebAssembly instance: {0}")]
    Reserve(String),
    /// The guest trapped.
    #[error("{kind}")]
    Trap { kind: TrapKind, backtrace: String },
    /// The guest trapped, and left a message.
    #[error("WebAssembly function panicked: {message}")]
    Panic { message: String, backtrace: String },
    /// What runs before any call of a module went wrong: what it is, and why.
    #[error("{phase} of WebAssembly module failed: {error}")]
    Initialization { phase: Phase, error: Box<Error> },
    /// The guest called a function that it imported before it was adapted.
    #[error("WebAssembly function called the import {import}, which was replaced by a stub")]
    StubCalled { import: String, backtrace: String },
    /// What the guest returned breaks the canonical ABI.
    #[error("WebAssembly function broke the canonical ABI: {0}")]
    Abi(String),
    /// A value is larger than PostgreSQL's can be; what it is.
    #[error("WebAssembly function returned {0}, which is too large")]
    ResultSize(String),
    /// A result takes more of the host's memory than it may, in bytes.
    #[error("WebAssembly function returned a result that takes more than {limit} bytes")]
    ResultLimit { limit: usize },
    /// An argument is larger than a guest's memory can be, in bytes.
    #[error("an argument of {0} bytes is too large for a WebAssembly function")]
    ArgumentSize(usize),
    /// A date, time or timestamp that PostgreSQL does not have.
    #[error("{what} out of range: {value}")]
    DateRange { what: &'static str, value: i64 },
    /// The guest returned an error.
    #[error("{message}")]
    Guest { sqlstate: String, message: String, detail: Option<String>, hint: Option<String> },
    /// The guest returned an error whose SQLSTATE is none.
    #[error("WebAssembly function returned an invalid SQLSTATE \"{0}\"")]
    SqlState(String),
    /// A string holds a byte that PostgreSQL's text cannot.
    #[error("WebAssembly function returned a string with a zero byte")]
    NulByte,
    /// The compiler process says what is wrong with a module.
    #[error("{}", .0.message)]
    Compiler(Report),
    /// The compiler process ended without an answer.
    #[error("compiler of WebAssembly {0}")]
    Compilation(Failure),
    /// There is no compiler process, and in this process compiling would take too long. Both in bytes.
    #[error(
        "WebAssembly module of {size} bytes is too large to compile without the command plwasm"
    )]
    NoCompiler { size: usize, limit: usize, path: String },
    /// A number that an integer type of WIT does not have.
    #[error("value \"{value}\" {why} {ty}")]
    NotWhole { value: String, ty: String, why: NotWhole },
    /// A value in JSON that its WIT type does not have; where in the JSON, as SQL/JSON's paths have it.
    #[error("{message}")]
    Json { sqlstate: &'static str, message: String, place: String },
    /// An error that PostgreSQL has too: of a value on its way, not of the guest.
    #[error("{message}")]
    Sql { sqlstate: &'static str, message: String, detail: Option<String>, hint: Option<String> },
    /// A fault of ours or of wasmtime's.
    #[error("WebAssembly runtime: {0}")]
    Internal(String),
}

/// An error in words, as it goes from one process to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub sqlstate: String,
    pub message: String,
    pub detail: Option<String>,
    pub hint: Option<String>,
}

impl From<&Error> for Report {
    fn from(error: &Error) -> Self {
        Self {
            sqlstate: error.sqlstate().to_string(),
            message: error.to_string(),
            detail: error.detail(),
            hint: error.hint().map(str::to_string),
        }
    }
}

impl Report {
    /// What the compiler process wrote; none if that is something else.
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// For another process to read.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// How a compiler process ended that gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// In bytes.
    #[error("ran out of memory")]
    Memory { limit: usize },
    /// In seconds of CPU.
    #[error("ran out of time")]
    Time { limit: u64 },
    /// In bytes.
    #[error("produced too much code")]
    Output { limit: usize },
    #[error("ran out of stack")]
    Stack,
    /// The operating system has no process, memory or file descriptor for it.
    #[error("could not be started: {0}")]
    Start(String),
    #[error("was killed by signal {0}")]
    Signal(i32),
    #[error("failed: {0}")]
    Other(String),
}

/// Why a guest trapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrapKind {
    #[error("WebAssembly stack depth limit exceeded")]
    Stack,
    #[error("division by zero")]
    DivideByZero,
    #[error("integer out of range")]
    IntegerOverflow,
    #[error("float value cannot be converted to an integer")]
    BadConversion,
    #[error("WebAssembly function executed \"unreachable\"")]
    Unreachable,
    #[error("WebAssembly function accessed memory out of bounds")]
    MemoryOutOfBounds,
    #[error("WebAssembly function accessed a table out of bounds")]
    TableOutOfBounds,
    #[error("WebAssembly function called a null function reference")]
    NullCall,
    #[error("WebAssembly function called a function reference of another type")]
    BadCall,
    #[error("WebAssembly function did not catch an exception")]
    Exception,
    #[error("WebAssembly function trapped: {}", .0.to_string().trim_start_matches("wasm trap: "))]
    Other(wasmtime::Trap),
}

impl Error {
    /// Of a module that cannot be adapted as asked.
    pub(crate) fn adapt(message: impl Into<String>) -> Self {
        Self::Adapt { message: message.into(), detail: None, hint: None }
    }

    /// An error that PostgreSQL has too.
    #[cold]
    pub fn sql(sqlstate: &'static str, message: impl Into<String>) -> Self {
        Self::Sql { sqlstate, message: message.into(), detail: None, hint: None }
    }

    /// That the host has no memory of that many bytes, as PostgreSQL says it.
    #[cold]
    pub fn out_of_memory(bytes: usize) -> Self {
        Self::sql("53200", "out of memory")
            .with_detail(format!("Failed on request of size {bytes}."))
    }

    /// An error of [`adapt`](Self::adapt) or [`sql`](Self::sql), with more of what was found.
    #[must_use]
    pub fn with_detail(mut self, text: impl Into<String>) -> Self {
        if let Self::Adapt { detail, .. } | Self::Sql { detail, .. } = &mut self {
            *detail = Some(text.into());
        }
        self
    }

    /// An error of [`adapt`](Self::adapt) or [`sql`](Self::sql), with what to do.
    #[must_use]
    pub fn with_hint(mut self, text: impl Into<String>) -> Self {
        if let Self::Adapt { hint, .. } | Self::Sql { hint, .. } = &mut self {
            *hint = Some(text.into());
        }
        self
    }

    /// A discriminant beyond the cases of its type.
    #[cold]
    pub fn no_case(discriminant: u32, cases: usize) -> Self {
        Self::Abi(format!("a discriminant is {discriminant}, of {cases} cases"))
    }

    /// What went wrong, wherever it did.
    pub fn cause(&self) -> &Self {
        match self {
            Self::Initialization { error, .. } => error.cause(),
            error => error,
        }
    }

    /// A `char` that is none.
    #[cold]
    pub fn no_char(code: u32) -> Self {
        Self::Abi(format!("a char is {code:#x}, which is no Unicode scalar value"))
    }

    /// A string of `length` bytes that is not UTF-8 from byte `at` on.
    #[cold]
    pub fn not_utf8(at: usize, length: usize) -> Self {
        Self::Abi(format!("a string is not UTF-8 at byte {at} of {length}"))
    }

    /// The SQLSTATE, as PostgreSQL's appendix A names it.
    pub fn sqlstate(&self) -> &str {
        match self {
            Self::Body(_)
            | Self::Invalid(_)
            | Self::WitPackage
            | Self::Signature { .. }
            | Self::Wit { .. }
            | Self::MissingAbi(_) => "42P13",
            Self::Unsupported(_) | Self::Imports(_) | Self::Adapt { .. } => "0A000",
            Self::MissingExport { .. } => "42883",
            Self::AmbiguousExport { .. } => "42725",
            Self::TooLarge { .. }
            | Self::TooComplex { .. }
            | Self::LongFunction { .. }
            | Self::DeepLoops { .. }
            | Self::ResultSize(_)
            | Self::ResultLimit { .. }
            | Self::ArgumentSize(_)
            | Self::Fuel { .. }
            | Self::SharedFuel { .. } => "54000",
            Self::DateRange { .. } => "22008",
            Self::NotWhole { .. } => "22003",
            Self::Guest { sqlstate, .. } => sqlstate,
            Self::SqlState(_) => "39001",
            Self::Json { sqlstate, .. } | Self::Sql { sqlstate, .. } => sqlstate,
            Self::Interrupted => "57014",
            Self::Memory { .. } | Self::Reserve(_) => "53200",
            Self::Compiler(report) => &report.sqlstate,
            Self::Compilation(failure) => match failure {
                Failure::Memory { .. } => "53200",
                Failure::Time { .. } | Failure::Output { .. } | Failure::Stack => "54000",
                Failure::Start(_) => "53000",
                Failure::Signal(_) => "58000",
                Failure::Other(_) => "XX000",
            },
            Self::NoCompiler { .. } => "58P01",
            Self::Trap { kind, .. } => match kind {
                TrapKind::Stack => "54001",
                TrapKind::DivideByZero => "22012",
                TrapKind::IntegerOverflow | TrapKind::BadConversion => "22003",
                _ => "38000",
            },
            Self::Panic { .. } | Self::StubCalled { .. } => "38000",
            Self::Initialization { error, .. } => error.sqlstate(),
            Self::Abi(_) => "39000",
            Self::NulByte => "22021",
            Self::Internal(_) => "XX000",
        }
    }

    /// What was found and what was expected, or the guest's backtrace.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::Imports(imports) => {
                let mut text = String::from("It imports ");
                // A module can have 100,000 imports; a message cannot.
                for (i, import) in imports.iter().take(20).enumerate() {
                    let _ = write!(text, "{}{import}", if i == 0 { "" } else { ", " });
                }
                if imports.len() > 20 {
                    let _ = write!(text, " and {} more", imports.len() - 20);
                }
                text.push('.');
                Some(text)
            }
            Self::MissingExport { exports, .. } if exports.is_empty() => {
                Some("It exports no functions.".into())
            }
            Self::MissingExport { exports, .. } | Self::AmbiguousExport { exports, .. } => {
                let shown: Vec<_> = exports.iter().take(20).map(String::as_str).collect();
                let more = match exports.len().saturating_sub(20) {
                    0 => String::new(),
                    n => format!(" and {n} more"),
                };
                Some(format!("It exports {}{more}.", shown.join(", ")))
            }
            Self::TooComplex { complexity, limit } => Some(format!(
                "Its functions have {complexity} branches, calls, stores and divisions times locals beyond 64; the \
                 limit is {limit}."
            )),
            Self::LongFunction { size, limit, .. } => Some(format!(
                "Its code has {size} bytes, with what metering and isolation add; the limit is {limit}."
            )),
            Self::DeepLoops { limit, .. } => {
                Some(format!("It has loops within more than {limit} loops."))
            }
            Self::Signature { found, expected, .. } => {
                Some(format!("Found {found}, expected {expected}."))
            }
            Self::Wit { sql, wit, reason, .. } => {
                Some(format!("The SQL function is {sql}.\nThe export is {wit}.\nBut {reason}."))
            }
            Self::Guest { detail, .. } | Self::Adapt { detail, .. } | Self::Sql { detail, .. } => {
                detail.clone()
            }
            Self::Json { place, .. } if place != "$" => {
                Some(format!("It is at {place} in the JSON value."))
            }
            Self::Compiler(report) => report.detail.clone(),
            Self::Compilation(failure) => match failure {
                Failure::Memory { limit } => Some(format!("The limit is {limit} bytes.")),
                Failure::Time { limit } => {
                    Some(format!("The limit is {limit} seconds of CPU time."))
                }
                Failure::Output { limit } => Some(format!("The limit is {limit} bytes.")),
                _ => None,
            },
            Self::NoCompiler { limit, path, .. } => Some(format!(
                "The command \"{path}\" cannot be run or is of another version; without it the limit is \
                 {limit} bytes."
            )),
            Self::Initialization { phase, error } => {
                let explained = phase.explained().to_string();
                Some(match error.detail() {
                    Some(detail) => format!("{explained}\n{detail}"),
                    None => explained,
                })
            }
            Self::Trap { backtrace, .. }
            | Self::Panic { backtrace, .. }
            | Self::StubCalled { backtrace, .. }
                if !backtrace.is_empty() =>
            {
                Some(backtrace.clone())
            }
            _ => None,
        }
    }

    /// What the user can do.
    pub fn hint(&self) -> Option<&str> {
        Some(match self {
            Self::Guest { hint, .. } | Self::Adapt { hint, .. } | Self::Sql { hint, .. } => {
                return hint.as_deref();
            }
            Self::Initialization { error, .. } => return error.hint(),
            Self::Compiler(report) => return report.hint.as_deref(),
            Self::Compilation(failure) => match failure {
                Failure::Memory { .. } => "Ask a superuser to raise plwasm.compiler_memory.",
                Failure::Time { .. } => "Ask a superuser to raise plwasm.compiler_time.",
                Failure::Signal(libc::SIGKILL) => {
                    "The operating system does that when it is short of memory."
                }
                _ => return None,
            },
            Self::NoCompiler { .. } => {
                "Install the command plwasm beside the server's programs. After an upgrade connect anew, or \
                 restart the server if it has loaded the library."
            }
            Self::Wit { .. } => {
                "wasm.exports() shows the export with the CREATE FUNCTION that fits it."
            }
            Self::SqlState(_) => {
                "An SQLSTATE is five digits or capital letters, and not of class 00, 01 or 02."
            }
            Self::WitPackage => {
                "Build a module or component that implements a world of the package."
            }
            Self::Body(_) => {
                "A body is WebAssembly text in parentheses, or module#export, or for a function \
                 that returns wasm.module the base64 of a binary."
            }
            Self::Imports(imports) => Family::of(imports)?.hint(),
            Self::MissingExport { .. } => {
                "Name the export in the body: module#export, or AS with an export of the \
                 function's own name."
            }
            Self::AmbiguousExport { .. } => {
                "Name the export with its interface in the body: module#ns:package/interface#export."
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
            Self::MissingAbi(_) => "Export the module's 32-bit memory as \"memory\".",
            Self::TooLarge { .. } => {
                "Strip debug information and optimize for size, or ask a superuser to raise \
                 plwasm.max_module_size."
            }
            Self::TooComplex { .. } => {
                "Split large functions, or build with optimization, which needs fewer locals."
            }
            Self::Fuel { .. } => {
                "Raise plwasm.fuel (up to plwasm.max_fuel), or fuel= in the function's body."
            }
            Self::SharedFuel { scope: Scope::Statement, is_ceiling: false, .. } => {
                "Raise plwasm.statement_fuel (up to plwasm.max_statement_fuel)."
            }
            Self::SharedFuel { scope: Scope::Statement, .. } => {
                "Ask a superuser to raise plwasm.max_statement_fuel."
            }
            Self::SharedFuel { scope: Scope::Transaction, is_ceiling: false, .. } => {
                "Raise plwasm.transaction_fuel (up to plwasm.max_transaction_fuel)."
            }
            Self::SharedFuel { scope: Scope::Transaction, .. } => {
                "Ask a superuser to raise plwasm.max_transaction_fuel."
            }
            Self::NotWhole { why: NotWhole::Fraction, .. } => {
                "Round it, with round(), trunc(), floor() or ceil()."
            }
            Self::ResultLimit { .. } => "Ask a superuser to raise plwasm.max_result_size.",
            Self::DateRange { what: "date", .. } => "A date is days since 2000-01-01.",
            Self::DateRange { what: "time", .. } => "A time is microseconds since midnight.",
            Self::DateRange { .. } => "A timestamp is microseconds since 2000-01-01 00:00.",
            Self::Memory { what: "the backend", .. } => {
                "Ask a superuser to raise plwasm.backend_memory."
            }
            Self::Memory { .. } => {
                "Raise plwasm.memory (up to plwasm.max_memory), or memory= in the function's body."
            }
            Self::Reserve(_) => {
                "Each instance reserves 4 GB of address space, but uses little of it."
            }
            _ => return None,
        })
    }
}
