//! The settings, one row each, in the order in which they are defined.
//!
//! Only `settings` may read the table, because it applies the ceilings.

use super::choice::{Imported, Logged, Said, Traced, Tracked, Weakest};
use pgrx::{GucContext, GucFlags, GucSetting};
use std::ffi::{CStr, CString};
use std::ops::RangeInclusive;

/// A setting. Its storage holds the default at first.
pub(super) struct Setting {
    pub name: &'static CStr,
    /// Its unit, or who may see it.
    pub flags: GucFlags,
    /// Who may change it.
    pub context: GucContext,
    pub told: Told,
    /// The short description of pg_settings.
    pub summary: &'static CStr,
    /// The long description of pg_settings.
    pub explanation: &'static CStr,
    pub storage: Storage,
}

/// What must learn of a new value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing: the setting is read when it is needed.
    Nobody,
    /// Call sites, which read it once.
    CallSites,
    /// The budget of the backend's memory.
    BackendMemory,
}

/// Where the value of a setting is stored, and its range.
pub(super) enum Storage {
    Real(&'static GucSetting<f64>, RangeInclusive<f64>),
    Integer(&'static GucSetting<i32>, RangeInclusive<i32>),
    Isolation(&'static GucSetting<Weakest>),
    Wasi(&'static GucSetting<Imported>),
    Tracked(&'static GucSetting<Tracked>),
    Backtrace(&'static GucSetting<Traced>),
    Logged(&'static GucSetting<Logged>),
    Said(&'static GucSetting<Said>),
    Path(&'static GucSetting<Option<CString>>),
    Switch(&'static GucSetting<bool>),
}

/// Makes a static for the value of each setting, which holds the default at first, and the function `rows`.
macro_rules! table {
    ($(
        $static:ident: $kind:ident($type:ty) = $default:expr $(, $range:expr)?;
        $name:literal, $flags:expr, $context:ident, $told:ident;
        $summary:literal;
        $explanation:literal;
    )*) => {
        $(pub(super) static $static: GucSetting<$type> = GucSetting::<$type>::new($default);)*

        /// Returns all settings.
        pub(super) fn rows() -> impl Iterator<Item = Setting> {
            [$(Setting {
                name: $name,
                flags: $flags,
                context: GucContext::$context,
                told: Told::$told,
                summary: $summary,
                explanation: $explanation,
                storage: Storage::$kind(&$static $(, $range)?),
            }),*].into_iter()
        }
    };
}

/// The largest number up to which doubles represent all integers.
const MOST_FUEL: f64 = 9_007_199_254_740_992.0;
/// The size of one page of WebAssembly, in kB.
const LEAST_KB: i32 = 64;
/// The memory that the compiler takes for the smallest module, in kB.
const LEAST_COMPILER_KB: i32 = 64 * 1024;

const NO_UNIT: GucFlags = GucFlags::empty();
const KB: GucFlags = GucFlags::UNIT_KB;
const SECONDS: GucFlags = GucFlags::UNIT_S;
/// Paths of the server's files are for superusers alone, as in PostgreSQL's own settings.
const SECRET: GucFlags = GucFlags::SUPERUSER_ONLY;

// static: kind(type) = default, range;
// name, flags, context, what learns of a new value;
// short description;
// long description;
table! {
    FUEL: Real(f64) = 1e9, 0.0..=MOST_FUEL;
        c"plwasm.fuel", NO_UNIT, Userset, CallSites;
        c"Fuel for one call of a WebAssembly function.";
        c"One unit is about one instruction of the guest. 0 means as much as plwasm.max_fuel.";
    MAX_FUEL: Real(f64) = 1e11, 0.0..=MOST_FUEL;
        c"plwasm.max_fuel", NO_UNIT, Suset, CallSites;
        c"The most fuel that one call of a WebAssembly function can be given.";
        c"A ceiling for plwasm.fuel. 0 means no ceiling.";
    STATEMENT_FUEL: Real(f64) = 0.0, 0.0..=MOST_FUEL;
        c"plwasm.statement_fuel", NO_UNIT, Userset, CallSites;
        c"Fuel for all calls of WebAssembly functions in one statement.";
        c"A statement is one message of the client's, with all that it runs. 0 means as much as plwasm.max_statement_fuel.";
    MAX_STATEMENT_FUEL: Real(f64) = 0.0, 0.0..=MOST_FUEL;
        c"plwasm.max_statement_fuel", NO_UNIT, Suset, CallSites;
        c"The most fuel for all calls of WebAssembly functions in one statement.";
        c"A ceiling for plwasm.statement_fuel. 0 means no ceiling.";
    TRANSACTION_FUEL: Real(f64) = 0.0, 0.0..=MOST_FUEL;
        c"plwasm.transaction_fuel", NO_UNIT, Userset, CallSites;
        c"Fuel for all calls of WebAssembly functions in one transaction.";
        c"0 means as much as plwasm.max_transaction_fuel.";
    MAX_TRANSACTION_FUEL: Real(f64) = 0.0, 0.0..=MOST_FUEL;
        c"plwasm.max_transaction_fuel", NO_UNIT, Suset, CallSites;
        c"The most fuel for all calls of WebAssembly functions in one transaction.";
        c"A ceiling for plwasm.transaction_fuel. 0 means no ceiling.";
    MEMORY: Integer(i32) = 64 * 1024, LEAST_KB..=i32::MAX;
        c"plwasm.memory", KB, Userset, CallSites;
        c"Memory for one instance of a WebAssembly module.";
        c"All linear memories and tables. memory.grow beyond it returns -1.";
    MAX_MEMORY: Integer(i32) = 1024 * 1024, LEAST_KB..=i32::MAX;
        c"plwasm.max_memory", KB, Suset, CallSites;
        c"The most memory that one instance of a WebAssembly module can be given.";
        c"A ceiling for plwasm.memory.";
    ISOLATION: Isolation(Weakest) = Weakest::Statement;
        c"plwasm.isolation", NO_UNIT, Userset, CallSites;
        c"The weakest isolation that WebAssembly functions may opt for.";
        c"A function has isolation by call, unless its body says isolation=statement and this allows it.";
    MIN_ISOLATION: Isolation(Weakest) = Weakest::Statement;
        c"plwasm.min_isolation", NO_UNIT, Suset, CallSites;
        c"The weakest isolation that plwasm.isolation can allow.";
        c"With call, no WebAssembly function keeps state from one call to the next.";
    WASI: Wasi(Imported) = Imported::None;
        c"plwasm.wasi", NO_UNIT, Suset, CallSites;
        c"What takes the place of WASI where a WebAssembly module imports it.";
        c"With none, they are refused. With inert, they get a WASI without files, network, environment or real time.";
    BACKTRACE: Backtrace(Traced) = Traced::Lines;
        c"plwasm.backtrace", NO_UNIT, Userset, Nobody;
        c"What the backtraces of WebAssembly functions have.";
        c"With names, the functions. With lines, also lines of source files, if the module has DWARF.";
    GUEST_MESSAGES: Said(Said) = Said::Debug1;
        c"plwasm.guest_messages", NO_UNIT, Userset, Nobody;
        c"The level at which what WebAssembly functions say is raised.";
        c"What they write to standard output and error, and to plwasm:host/log. The last lines are also in the DETAIL of errors.";
    BACKEND_MEMORY: Integer(i32) = 1024 * 1024, LEAST_KB..=i32::MAX;
        c"plwasm.backend_memory", KB, Suset, BackendMemory;
        c"Memory for all WebAssembly instances and compiled code of one server process.";
        c"Compiled code that is not in use makes room first.";
    MAX_MODULE_SIZE: Integer(i32) = 32 * 1024, LEAST_KB..=i32::MAX;
        c"plwasm.max_module_size", KB, Suset, CallSites;
        c"The largest WebAssembly module that is accepted.";
        c"The size of the binary, or of the text.";
    MAX_RESULT_SIZE: Integer(i32) = 256 * 1024, LEAST_KB..=i32::MAX;
        c"plwasm.max_result_size", KB, Suset, CallSites;
        c"The most memory that the result of one call of a WebAssembly function can take.";
        c"Of the server process, with all that is made on the way to the result. Each row of a set counts alone.";
    CODE_CACHE_SIZE: Integer(i32) = 1024 * 1024, 0..=i32::MAX;
        c"plwasm.code_cache_size", KB, Sighup, Nobody;
        c"Compiled WebAssembly code kept on disk for all server processes.";
        c"What was used least recently goes first. 0 keeps none.";
    TRACK: Tracked(Tracked) = Tracked::Fuel;
        c"plwasm.track", NO_UNIT, Suset, CallSites;
        c"What is counted of WebAssembly functions for wasm.stat_functions.";
        c"With fuel, calls, their fuel, and what became of them.";
    TRACK_ROLES: Switch(bool) = false;
        c"plwasm.track_roles", NO_UNIT, Suset, CallSites;
        c"Counts the calls of WebAssembly functions for each role apart.";
        c"For wasm.stat_functions_by_role. A role that calls a function takes a place of plwasm.tracked_functions for it.";
    TRACKED_FUNCTIONS: Integer(i32) = 2000, 100..=1_000_000;
        c"plwasm.tracked_functions", NO_UNIT, Postmaster, Nobody;
        c"The most WebAssembly functions of which wasm.stat_functions has the statistics.";
        c"In shared memory, 1.5 kB each. Only where the library is preloaded.";
    EXPLAIN: Switch(bool) = false;
        c"plwasm.explain", NO_UNIT, Userset, CallSites;
        c"Shows the calls of WebAssembly functions in the output of EXPLAIN ANALYZE.";
        c"For each node of a plan, with the fuel that they used.";
    LOG_REPLAY: Logged(Logged) = Logged::Off;
        c"plwasm.log_replay", NO_UNIT, Suset, CallSites;
        c"Which calls of WebAssembly functions are logged with their arguments, for plwasm replay.";
        c"With errors, calls that fail. With slow, also calls that use plwasm.log_min_fuel or more.";
    LOG_MIN_FUEL: Integer(i32) = 100_000_000, 0..=i32::MAX;
        c"plwasm.log_min_fuel", NO_UNIT, Suset, CallSites;
        c"The fuel from which plwasm.log_replay = slow logs a call that succeeds.";
        c"In units. 0 logs all calls.";
    COMPILER: Path(Option<CString>) = Some(c"");
        c"plwasm.compiler", SECRET, Sighup, Nobody;
        c"The command plwasm, which compiles WebAssembly for the server.";
        c"An absolute path. If empty, the command is looked for beside the library, then beside the server's programs.";
    COMPILER_MEMORY: Integer(i32) = 2 * 1024 * 1024, LEAST_COMPILER_KB..=i32::MAX;
        c"plwasm.compiler_memory", KB, Suset, Nobody;
        c"Memory for the process that compiles a WebAssembly module.";
        c"";
    COMPILER_TIME: Integer(i32) = 300, 1..=i32::MAX;
        c"plwasm.compiler_time", SECONDS, Suset, Nobody;
        c"CPU time for the process that compiles a WebAssembly module.";
        c"";
}
