//! How a compiler process ended that gave no answer.

/// How a compiler process ended that gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompilerEnd {
    /// It reached its limit of memory.
    #[error("ran out of memory")]
    Memory {
        /// The limit in bytes.
        limit: usize,
    },
    /// It reached its limit of CPU time.
    #[error("ran out of time")]
    Time {
        /// The limit in seconds of CPU time.
        limit: u64,
    },
    /// It reached its limit of output.
    #[error("produced too much code")]
    Output {
        /// The limit in bytes.
        limit: usize,
    },
    /// It overflowed its stack.
    #[error("ran out of stack")]
    Stack,
    /// The operating system had no process, memory or file descriptor for it.
    #[error("could not be started: {0}")]
    Start(String),
    /// A signal ended it.
    #[error("was killed by signal {0}")]
    Signal(i32),
    /// It ended in another way, which the text describes.
    #[error("failed: {0}")]
    Other(String),
}
