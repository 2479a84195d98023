//! SQLSTATEs of errors.
//!
//! Each must always consist of five digits and capital letters, and be of a class of errors.

use super::{CompilerEnd, Error, TrapKind};

impl Error {
    /// Returns the SQLSTATE (PostgreSQL's documentation, appendix A).
    pub fn sqlstate(&self) -> &str {
        match self {
            Self::Body(_)
            | Self::Invalid(_)
            | Self::WitPackage
            | Self::Signature { .. }
            | Self::Wit { .. }
            | Self::MissingAbi(_) => "42P13",
            Self::Unsupported(_) | Self::Imports(_) | Self::Adapt { .. } | Self::Unkeepable(_) => {
                "0A000"
            }
            Self::MissingExport { .. } | Self::NoConstructor(_) => "42883",
            Self::AmbiguousExport { .. } | Self::SeveralConstructors { .. } => "42725",
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
            Self::Compiler(data) => &data.sqlstate,
            Self::Compilation(end) => match end {
                CompilerEnd::Memory { .. } => "53200",
                CompilerEnd::Time { .. } | CompilerEnd::Output { .. } | CompilerEnd::Stack => {
                    "54000"
                }
                CompilerEnd::Start(_) => "53000",
                CompilerEnd::Signal(_) => "58000",
                CompilerEnd::Other(_) => "XX000",
            },
            Self::NoCompiler { .. } => "58P01",
            Self::Trap { kind, .. } => match kind {
                TrapKind::Stack => "54001",
                TrapKind::DivideByZero => "22012",
                TrapKind::IntegerOverflow | TrapKind::BadConversion => "22003",
                _ => "38000",
            },
            Self::Panic { .. } | Self::StubCalled { .. } => "38000",
            Self::Initialization { error, .. } | Self::After { error, .. } => error.sqlstate(),
            Self::Abi(_) => "39000",
            Self::NulByte => "22021",
            Self::Internal(_) => "XX000",
        }
    }
}
