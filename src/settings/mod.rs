//! Settings. A user's own value narrows, and a superuser's ceiling bounds it. The table of the settings and their
//! definition have a file each.
//!
//! A value must never be returned without its ceiling applied.

mod choice;
mod define;
mod table;

pub(crate) use define::{OnChange, init};

use pgrx::{GucSetting, PgLogLevel, pg_sys};
use plwasm_engine::read::body::Reference;
use plwasm_engine::{Backtrace, Limits, Scope, Wasi};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use table::{
    BACKEND_MEMORY, BACKTRACE, CODE_CACHE_SIZE, COMPILER, COMPILER_MEMORY, COMPILER_TIME, EXPLAIN,
    FUEL, GUEST_MESSAGES, ISOLATION, LOG_MIN_FUEL, LOG_REPLAY, MAX_FUEL, MAX_MEMORY,
    MAX_MODULE_SIZE, MAX_RESULT_SIZE, MAX_STATEMENT_FUEL, MAX_TRANSACTION_FUEL, MEMORY,
    MIN_ISOLATION, STATEMENT_FUEL, TRACK, TRACK_ROLES, TRACKED_FUNCTIONS, TRANSACTION_FUEL, WASI,
};

/// Returns what a function may use: what its body says, narrowed by the user's settings and the ceilings.
pub(crate) fn limits(reference: Option<&Reference>) -> Limits {
    let fuel = [
        Limits::NO_FUEL_LIMIT,
        reference.and_then(|r| r.fuel).unwrap_or(u64::MAX),
        unlimited_if_zero(FUEL.get()),
        unlimited_if_zero(MAX_FUEL.get()),
    ];
    let memory = [
        reference.and_then(|r| r.memory).unwrap_or(usize::MAX),
        bytes(&MEMORY),
        bytes(&MAX_MEMORY),
    ];
    let isolation = [
        reference.and_then(|r| r.isolation).unwrap_or_default(),
        ISOLATION.get().into(),
        MIN_ISOLATION.get().into(),
    ];
    Limits {
        isolation: isolation.into_iter().min().unwrap_or_default(),
        fuel: fuel.into_iter().min().unwrap_or(Limits::NO_FUEL_LIMIT),
        memory: memory.into_iter().min().unwrap_or(usize::MAX),
    }
}

/// A budget of fuel.
pub(crate) struct SharedFuel {
    /// The units of fuel; `u64::MAX` means no limit.
    pub limit: u64,
    /// Whether the limit is the ceiling.
    pub is_ceiling: bool,
}

/// Returns the fuel that all calls of a statement or of a transaction may use.
pub(crate) fn shared_fuel(scope: Scope) -> SharedFuel {
    let (own, ceiling) = match scope {
        Scope::Statement => (&STATEMENT_FUEL, &MAX_STATEMENT_FUEL),
        Scope::Transaction => (&TRANSACTION_FUEL, &MAX_TRANSACTION_FUEL),
    };
    let (own, ceiling) = (unlimited_if_zero(own.get()), unlimited_if_zero(ceiling.get()));
    SharedFuel { limit: own.min(ceiling), is_ceiling: ceiling < own }
}

/// Returns what takes the place of imports that name WASI.
pub(crate) fn wasi() -> Wasi {
    WASI.get().into()
}

/// Returns what backtraces have.
pub(crate) fn backtrace() -> Backtrace {
    BACKTRACE.get().into()
}

/// Returns the memory that all instances and the code of this backend may take, in bytes.
pub(crate) fn backend_memory() -> usize {
    bytes(&BACKEND_MEMORY)
}

/// Returns the memory that the result of one call may take, in bytes.
pub(crate) fn max_result_size() -> usize {
    bytes(&MAX_RESULT_SIZE)
}

/// Returns the size of the largest module that is accepted, in bytes.
pub(crate) fn max_module_size() -> usize {
    bytes(&MAX_MODULE_SIZE)
}

/// Returns the size that the code cache may have, in bytes.
pub(crate) fn code_cache_size() -> u64 {
    bytes(&CODE_CACHE_SIZE) as u64
}

/// Returns whether calls of functions and their fuel are counted.
pub(crate) fn tracks_fuel() -> bool {
    TRACK.get() == choice::Tracked::Fuel
}

/// Returns whether the calls of each role are counted apart.
pub(crate) fn tracks_roles() -> bool {
    TRACK_ROLES.get()
}

/// Returns whether EXPLAIN shows the calls of functions.
pub(crate) fn explains() -> bool {
    EXPLAIN.get()
}

/// Returns whether calls that fail are logged so that they can be made again.
pub(crate) fn logs_replays() -> bool {
    LOG_REPLAY.get() != choice::Logged::Off
}

/// Returns whether a call that succeeded with so much fuel is logged so that it can be made again.
pub(crate) fn logs_slow(fuel: u64) -> bool {
    LOG_REPLAY.get() == choice::Logged::Slow && fuel >= LOG_MIN_FUEL.get().unsigned_abs().into()
}

/// Returns the level at which what guests say is raised, if it is.
pub(crate) fn guest_messages() -> Option<PgLogLevel> {
    match GUEST_MESSAGES.get() {
        choice::Said::Off => None,
        choice::Said::Debug1 => Some(PgLogLevel::DEBUG1),
        choice::Said::Log => Some(PgLogLevel::LOG),
        choice::Said::Notice => Some(PgLogLevel::NOTICE),
        choice::Said::Warning => Some(PgLogLevel::WARNING),
    }
}

/// Returns the number of functions for whose statistics there is shared memory. It does not change while the server runs.
pub(crate) fn tracked_functions() -> usize {
    TRACKED_FUNCTIONS.get().unsigned_abs() as usize
}

/// Returns the path of the command that compiles, unless it is to be found.
pub(crate) fn compiler() -> Option<PathBuf> {
    let path = COMPILER.get()?.into_bytes();
    (!path.is_empty()).then(|| OsString::from_vec(path).into())
}

/// Returns the memory that the compiler process may take, in bytes.
pub(crate) fn compiler_memory() -> u64 {
    bytes(&COMPILER_MEMORY) as u64
}

/// Returns the CPU time that the compiler process may take, in seconds.
pub(crate) fn compiler_time() -> u64 {
    COMPILER_TIME.get().unsigned_abs().into()
}

/// Returns the number of processes that may help a session with maintenance.
pub(crate) fn maintenance_workers() -> i32 {
    // SAFETY: this only reads a setting.
    unsafe { pg_sys::max_parallel_maintenance_workers }
}

fn unlimited_if_zero(fuel: f64) -> u64 {
    match fuel {
        0.0 => u64::MAX,
        // A limit of less than one unit is rounded up, so that it stays a limit.
        fuel => fuel.ceil() as u64,
    }
}

fn bytes(setting: &GucSetting<i32>) -> usize {
    setting.get().unsigned_abs() as usize * 1024
}
