//! The values of settings that are words.

use pgrx::PostgresGucEnum;
use plwasm_engine::{Backtrace, Isolation, Wasi};

/// The weakest isolation that a function may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub enum Weakest {
    #[name = c"call"]
    Call,
    #[name = c"statement"]
    Statement,
}

impl From<Weakest> for Isolation {
    fn from(weakest: Weakest) -> Self {
        match weakest {
            Weakest::Call => Self::Call,
            Weakest::Statement => Self::Statement,
        }
    }
}

/// What is counted of functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub(super) enum Tracked {
    #[name = c"none"]
    None,
    #[name = c"fuel"]
    Fuel,
}

/// What backtraces have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub enum Traced {
    #[name = c"none"]
    None,
    #[name = c"names"]
    Names,
    #[name = c"lines"]
    Lines,
}

impl From<Traced> for Backtrace {
    fn from(traced: Traced) -> Self {
        match traced {
            Traced::None => Self::None,
            Traced::Names => Self::Names,
            Traced::Lines => Self::Lines,
        }
    }
}

/// Which calls are logged so that they can be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, PostgresGucEnum)]
pub(super) enum Logged {
    #[name = c"off"]
    Off,
    #[name = c"errors"]
    Errors,
    #[name = c"slow"]
    Slow,
}

/// The level at which what guests say is raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub(super) enum Said {
    #[name = c"off"]
    Off,
    #[name = c"debug1"]
    Debug1,
    #[name = c"log"]
    Log,
    #[name = c"notice"]
    Notice,
    #[name = c"warning"]
    Warning,
}

/// What modules get that import WASI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub enum Imported {
    #[name = c"none"]
    None,
    #[name = c"inert"]
    Inert,
}

impl From<Imported> for Wasi {
    fn from(imported: Imported) -> Self {
        match imported {
            Imported::None => Self::None,
            Imported::Inert => Self::Inert,
        }
    }
}
