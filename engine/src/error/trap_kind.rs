//! Why a guest trapped.

/// Why a guest trapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrapKind {
    /// The guest's calls are nested too deeply.
    #[error("WebAssembly stack depth limit exceeded")]
    Stack,
    /// An integer was divided by zero.
    #[error("division by zero")]
    DivideByZero,
    /// The quotient of two integers does not fit its type.
    #[error("integer out of range")]
    IntegerOverflow,
    /// A float that is converted to an integer is NaN or does not fit.
    #[error("float value cannot be converted to an integer")]
    BadConversion,
    /// The guest executed `unreachable`.
    #[error("WebAssembly function executed \"unreachable\"")]
    Unreachable,
    /// The guest accessed a byte outside its memory.
    #[error("WebAssembly function accessed memory out of bounds")]
    MemoryOutOfBounds,
    /// The guest accessed an element outside a table.
    #[error("WebAssembly function accessed a table out of bounds")]
    TableOutOfBounds,
    /// The guest called a null reference.
    #[error("WebAssembly function called a null function reference")]
    NullCall,
    /// The guest called a function through a reference of another type.
    #[error("WebAssembly function called a function reference of another type")]
    BadCall,
    /// An exception left the exported function.
    #[error("WebAssembly function did not catch an exception")]
    Exception,
    /// The guest trapped for another reason, which wasmtime names.
    #[error("WebAssembly function trapped: {}", .0.to_string().trim_start_matches("wasm trap: "))]
    Other(wasmtime::Trap),
}
