//! The error of this crate. Its SQLSTATE, its detail and its remedy have a file each.
//!
//! A name that a guest chose must never be printed without [`crate::name::printable`], and no setting or option of a
//! host may be named.

mod compiler_end;
mod data;
mod detail;
mod remedy;
mod sqlstate;
mod trap_kind;

pub use compiler_end::CompilerEnd;
pub use data::ErrorData;
pub use remedy::Remedy;
pub use trap_kind::TrapKind;

use crate::abi::Type;
use crate::import::Import;
use crate::initialization::Phase;
use crate::limits::Scope;
use crate::messages::Messages;
use crate::number::NotWhole;

/// The result of everything that can fail here.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can go wrong between a function body and its result.
///
/// The messages follow PostgreSQL's style guide: lower case, no full stop.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The string after AS has none of the forms that a body can have.
    #[error("invalid function body: {0}")]
    Body(String),
    /// The code is not a WebAssembly module, or does not validate.
    #[error("invalid WebAssembly module: {0}")]
    Invalid(String),
    /// The component is a WIT package in binary form.
    #[error("WebAssembly component is a WIT package, which has no code")]
    WitPackage,
    /// The component is valid but uses something that this release cannot do.
    #[error("unsupported WebAssembly component: {0}")]
    Unsupported(String),
    /// The code is larger than the host allows. Both sizes are in bytes.
    #[error("WebAssembly module of {size} bytes is larger than the limit of {limit} bytes")]
    TooLarge {
        /// The size of the binary.
        size: usize,
        /// The largest size that the setting allows.
        limit: usize,
    },
    /// The module would take too long to compile. Both numbers are the number of places where control branches, times
    /// the number of locals beyond 64.
    #[error("WebAssembly module is too complex to compile")]
    TooComplex {
        /// The complexity of the module.
        complexity: u64,
        /// The most complexity that is compiled.
        limit: u64,
    },
    /// One function would take too long to compile. Both sizes are bytes of its code, with what instrumentation adds.
    #[error("WebAssembly function {function} is too large to compile")]
    LongFunction {
        /// The index of the function.
        function: u32,
        /// The size of the function.
        size: usize,
        /// The largest size that is compiled.
        limit: usize,
    },
    /// Loops are nested so deeply that the function would take too long to compile.
    #[error("WebAssembly function {function} is too complex to compile")]
    DeepLoops {
        /// The index of the function.
        function: u32,
        /// The most loops within each other that are compiled.
        limit: usize,
    },
    /// The module needs imports that the host does not have.
    #[error("WebAssembly module has imports")]
    Imports(Vec<Import>),
    /// The module cannot be adapted as asked.
    #[error("{message}")]
    Adapt {
        /// The message.
        message: String,
        /// The DETAIL, if there is one.
        detail: Option<String>,
        /// The HINT, if there is one.
        hint: Option<String>,
    },
    /// No exported function matches the name.
    #[error("WebAssembly module does not export a function \"{export}\"")]
    MissingExport {
        /// The name that was looked for.
        export: String,
        /// The names of the functions that the module exports.
        exports: Vec<String>,
    },
    /// Several exported functions match the name.
    #[error("WebAssembly module exports several functions \"{export}\"")]
    AmbiguousExport {
        /// The name that was looked for.
        export: String,
        /// The names of the exports that match.
        exports: Vec<String>,
    },
    /// The resource of a method has neither a constructor nor a static function in its place.
    #[error("resource \"{0}\" has no constructor")]
    NoConstructor(String),
    /// The resource of a method has no constructor, but several static functions that could take its place.
    #[error(
        "resource \"{resource}\" has several static functions that return it, and no constructor"
    )]
    SeveralConstructors {
        /// The name of the resource.
        resource: String,
        /// The names of the exports that could be called.
        exports: Vec<String>,
    },
    /// The core type of the export does not fit the SQL signature.
    #[error("export \"{export}\" has the wrong signature")]
    Signature {
        /// The name of the export.
        export: String,
        /// The type of the export.
        found: String,
        /// The type that the SQL signature requires.
        expected: String,
    },
    /// The WIT type of the export does not fit the SQL signature.
    #[error("export \"{export}\" cannot be called as {sql}")]
    Wit {
        /// The name of the export.
        export: String,
        /// The SQL signature.
        sql: String,
        /// The WIT type of the export.
        wit: String,
        /// Why the two do not fit.
        reason: String,
    },
    /// Strings and lists need an export that the module does not have.
    #[error("WebAssembly module does not export a {0} of the right type")]
    MissingAbi(&'static str),

    /// The call has used up its fuel.
    #[error("function exceeded its fuel limit of {limit}")]
    Fuel {
        /// The fuel of one call, in units.
        limit: u64,
    },
    /// The calls of a statement or a transaction have used up the fuel that they share.
    #[error("{} exceeded its fuel limit of {limit}", match scope {
        Scope::Statement => "statement",
        Scope::Transaction => "transaction",
    })]
    SharedFuel {
        /// The calls that share the fuel.
        scope: Scope,
        /// The fuel that they share, in units.
        limit: u64,
        /// The fuel that they have used, in units.
        used: u64,
        /// Whether the limit is the ceiling that the administrator has set.
        is_ceiling: bool,
    },
    /// The host asked the guest to stop, and knows why.
    #[error("canceling WebAssembly function")]
    Interrupted,
    /// Something does not fit into the memory of an instance or of the backend. Both sizes are in bytes.
    #[error(
        "out of memory for WebAssembly: {what} needs {needed} bytes, the limit is {limit} bytes"
    )]
    Memory {
        /// What does not fit.
        what: &'static str,
        /// The memory that it needs.
        needed: usize,
        /// The limit on the memory.
        limit: usize,
    },
    /// The operating system refused memory or the address space of an instance.
    #[error("could not reserve memory for a WebAssembly instance: {0}")]
    Reserve(String),
    /// The guest trapped.
    #[error("{kind}")]
    Trap {
        /// Why the guest trapped.
        kind: TrapKind,
        /// The functions of the guest that were active, innermost first.
        backtrace: String,
    },
    /// The guest trapped and left a message.
    #[error("WebAssembly function panicked: {message}")]
    Panic {
        /// The message of the guest, made printable.
        message: String,
        /// The functions of the guest that were active, innermost first.
        backtrace: String,
    },
    /// A phase of initialization, which runs before any call, failed.
    #[error("{phase} of WebAssembly module failed: {error}")]
    Initialization {
        /// The phase that failed.
        phase: Phase,
        /// Why it failed.
        error: Box<Error>,
    },
    /// A call failed after the guest had said something.
    #[error("{error}")]
    After {
        /// The last lines that the guest has said, made printable.
        messages: String,
        /// Why the call failed.
        error: Box<Error>,
    },
    /// The guest called a function that was an import before the module was adapted.
    #[error("WebAssembly function called the import {import}, which was replaced by a stub")]
    StubCalled {
        /// The import, as `module.name`.
        import: String,
        /// The functions of the guest that were active, innermost first.
        backtrace: String,
    },
    /// A state has changed in a way that cannot be kept. The text says why.
    #[error("the state of the WebAssembly module cannot be kept")]
    Unkeepable(&'static str),
    /// What the guest returned breaks the canonical ABI.
    #[error("WebAssembly function broke the canonical ABI: {0}")]
    Abi(String),
    /// The guest returned a value that is larger than PostgreSQL allows; the text describes the value.
    #[error("WebAssembly function returned {0}, which is too large")]
    ResultSize(String),
    /// The result takes more of the host's memory than is allowed.
    #[error("WebAssembly function returned a result that takes more than {limit} bytes")]
    ResultLimit {
        /// The most memory that a result may take, in bytes.
        limit: usize,
    },
    /// An argument of this many bytes is larger than a guest's memory can be.
    #[error("an argument of {0} bytes is too large for a WebAssembly function")]
    ArgumentSize(usize),
    /// A date, time or timestamp is outside PostgreSQL's range.
    #[error("{what} out of range: {value}")]
    DateRange {
        /// The type of the value.
        what: &'static str,
        /// The number that the guest returned.
        value: i64,
    },
    /// The guest returned an error.
    #[error("{message}")]
    Guest {
        /// The SQLSTATE that the guest chose.
        sqlstate: String,
        /// The message.
        message: String,
        /// The DETAIL, if the guest returned one.
        detail: Option<String>,
        /// The HINT, if the guest returned one.
        hint: Option<String>,
    },
    /// The guest returned an error whose SQLSTATE is not valid.
    #[error("WebAssembly function returned an invalid SQLSTATE \"{0}\"")]
    SqlState(String),
    /// The guest returned a string with a byte that PostgreSQL's text cannot hold.
    #[error("WebAssembly function returned a string with a zero byte")]
    NulByte,
    /// The compiler process found an error.
    #[error("{}", .0.message)]
    Compiler(ErrorData),
    /// The compiler process ended without an answer.
    #[error("compiler of WebAssembly {0}")]
    Compilation(CompilerEnd),
    /// The command that compiles cannot be used.
    #[error("could not use the command plwasm, which compiles WebAssembly")]
    NoCompiler {
        /// Where it was looked for, in words.
        places: String,
        /// Why it cannot be used.
        reason: String,
    },
    /// The number is not a value of the WIT integer type.
    #[error("value \"{value}\" {why} {ty}")]
    NotWhole {
        /// The number, as text.
        value: String,
        /// The type.
        ty: String,
        /// What is wrong with the number.
        why: NotWhole,
    },
    /// The JSON value is not a value of the WIT type. `place` says where in the JSON it is, as a path of SQL/JSON.
    #[error("{message}")]
    Json {
        /// The SQLSTATE.
        sqlstate: &'static str,
        /// The message.
        message: String,
        /// Where in the JSON the value is.
        place: String,
    },
    /// A value could not be passed, with an error that PostgreSQL has, too. It is not the guest's error.
    #[error("{message}")]
    Sql {
        /// The SQLSTATE.
        sqlstate: &'static str,
        /// The primary message.
        message: String,
        /// The DETAIL, if there is one.
        detail: Option<String>,
        /// The HINT, if there is one.
        hint: Option<String>,
    },
    /// There is a fault in this crate or in wasmtime.
    #[error("WebAssembly runtime: {0}")]
    Internal(String),
}

impl Error {
    /// Makes the error of a module that cannot be adapted as asked.
    pub(crate) fn adapt(message: impl Into<String>) -> Self {
        Self::Adapt { message: message.into(), detail: None, hint: None }
    }

    /// Makes an error that PostgreSQL has, too.
    #[cold]
    pub fn sql(sqlstate: &'static str, message: impl Into<String>) -> Self {
        Self::Sql { sqlstate, message: message.into(), detail: None, hint: None }
    }

    /// Makes PostgreSQL's error for a host that lacks `bytes` bytes of memory.
    #[cold]
    pub fn out_of_memory(bytes: usize) -> Self {
        Self::sql("53200", "out of memory")
            .with_detail(format!("Failed on request of size {bytes}."))
    }

    /// Adds a DETAIL to an error that [`adapt`](Self::adapt) or [`sql`](Self::sql) made.
    #[must_use]
    pub fn with_detail(mut self, text: impl Into<String>) -> Self {
        if let Self::Adapt { detail, .. } | Self::Sql { detail, .. } = &mut self {
            *detail = Some(text.into());
        }
        self
    }

    /// Adds a HINT to an error that [`adapt`](Self::adapt) or [`sql`](Self::sql) made.
    #[must_use]
    pub fn with_hint(mut self, text: impl Into<String>) -> Self {
        if let Self::Adapt { hint, .. } | Self::Sql { hint, .. } = &mut self {
            *hint = Some(text.into());
        }
        self
    }

    /// Makes the error for a discriminant that is not less than the number of cases of its type.
    #[cold]
    pub fn no_case(discriminant: u32, cases: usize) -> Self {
        Self::Abi(format!(
            "the discriminant {discriminant} is not below the number of cases, {cases}"
        ))
    }

    /// Makes the error for a `char` that is not a Unicode scalar value.
    #[cold]
    pub fn no_char(code: u32) -> Self {
        Self::Abi(format!("a char is {code:#x}, which is no Unicode scalar value"))
    }

    /// Makes the error for a value that contains a handle.
    #[cold]
    pub fn handle(ty: &Type) -> Self {
        Self::Abi(format!("{ty:#} is a handle, which has no value outside of the guest"))
    }

    /// Makes the error for a string of `length` bytes that is not UTF-8 from byte `at` on.
    #[cold]
    pub fn not_utf8(at: usize, length: usize) -> Self {
        Self::Abi(format!("a string is not UTF-8 at byte {at} of {length}"))
    }

    /// Adds to the error of a call what the guest has said in it, if it has said something.
    #[must_use]
    pub fn after(self, messages: Option<&Messages>) -> Self {
        match (self, messages.map(Messages::last).filter(|last| !last.is_empty())) {
            (error, None) => error,
            (Self::Initialization { phase, error }, _) => {
                Self::Initialization { phase, error: Box::new(error.after(messages)) }
            }
            (error, Some(messages)) => Self::After { messages, error: Box::new(error) },
        }
    }

    /// Returns what went wrong, without the phase of initialization in which it happened, and without what the guest has
    /// said.
    pub fn cause(&self) -> &Self {
        match self {
            Self::Initialization { error, .. } | Self::After { error, .. } => error.cause(),
            error => error,
        }
    }
}
