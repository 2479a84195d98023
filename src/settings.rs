//! Settings: pairs of a user's own value, which narrows, and a superuser's ceiling.

use crate::error;
use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting, PostgresGucEnum, pg_sys};
use plwasm_engine::body::Reference;
use plwasm_engine::{Isolation, Limits, Scope, Wasi};
use std::ffi::c_void;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

static FUEL: GucSetting<f64> = GucSetting::<f64>::new(1e9);
static MAX_FUEL: GucSetting<f64> = GucSetting::<f64>::new(1e11);
static STATEMENT_FUEL: GucSetting<f64> = GucSetting::<f64>::new(0.0);
static MAX_STATEMENT_FUEL: GucSetting<f64> = GucSetting::<f64>::new(0.0);
static TRANSACTION_FUEL: GucSetting<f64> = GucSetting::<f64>::new(0.0);
static MAX_TRANSACTION_FUEL: GucSetting<f64> = GucSetting::<f64>::new(0.0);
static MEMORY: GucSetting<i32> = GucSetting::<i32>::new(64 * 1024);
static MAX_MEMORY: GucSetting<i32> = GucSetting::<i32>::new(1024 * 1024);
static ISOLATION: GucSetting<Weakest> = GucSetting::<Weakest>::new(Weakest::Statement);
static MIN_ISOLATION: GucSetting<Weakest> = GucSetting::<Weakest>::new(Weakest::Statement);
static WASI: GucSetting<Imported> = GucSetting::<Imported>::new(Imported::None);
static BACKEND_MEMORY: GucSetting<i32> = GucSetting::<i32>::new(1024 * 1024);
static MAX_MODULE_SIZE: GucSetting<i32> = GucSetting::<i32>::new(32 * 1024);
static MAX_RESULT_SIZE: GucSetting<i32> = GucSetting::<i32>::new(256 * 1024);
static CODE_CACHE_SIZE: GucSetting<i32> = GucSetting::<i32>::new(1024 * 1024);
static COMPILER_MEMORY: GucSetting<i32> = GucSetting::<i32>::new(2 * 1024 * 1024);
static COMPILER_TIME: GucSetting<i32> = GucSetting::<i32>::new(300);

/// The weakest isolation that a function may opt for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
enum Weakest {
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

/// What modules get that import WASI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
enum Imported {
    #[name = c"none"]
    None,
    #[name = c"inert"]
    Inert,
}

/// Doubles count exactly up to here.
const MOST_FUEL: f64 = 9_007_199_254_740_992.0;

/// Also while a query is parallel, which can be what loads the library: what the session had set before is set then,
/// by all its processes. PostgreSQL forbids that otherwise, and forgets it with a warning.
const ANY_TIME: GucFlags = GucFlags::from_bits_retain(pg_sys::GUC_ALLOW_IN_PARALLEL as i32);

/// What is called when settings change.
#[derive(Debug)]
pub struct OnChange {
    /// Any setting but `plwasm.backend_memory`.
    pub limits: fn(),
    /// `plwasm.backend_memory`, whose new value it is given, in bytes.
    pub backend_memory: fn(usize),
}

static ON_CHANGE: OnceLock<OnChange> = OnceLock::new();

/// Defines the settings.
pub fn init(on_change: OnChange) {
    // Defining a setting assigns it.
    let _ = ON_CHANGE.set(on_change);
    fuel(
        c"plwasm.fuel",
        c"Fuel for one call of a WebAssembly function.",
        c"One unit is about one instruction of the guest. 0 means as much as plwasm.max_fuel.",
        &FUEL,
        Who::Anyone,
    );
    fuel(
        c"plwasm.max_fuel",
        c"The most fuel that one call of a WebAssembly function can be given.",
        c"A ceiling for plwasm.fuel. 0 means no ceiling.",
        &MAX_FUEL,
        Who::Superuser,
    );
    fuel(
        c"plwasm.statement_fuel",
        c"Fuel for all calls of WebAssembly functions in one statement.",
        c"A statement is one message of the client's, with all that it runs. 0 means as much as plwasm.max_statement_fuel.",
        &STATEMENT_FUEL,
        Who::Anyone,
    );
    fuel(
        c"plwasm.max_statement_fuel",
        c"The most fuel for all calls of WebAssembly functions in one statement.",
        c"A ceiling for plwasm.statement_fuel. 0 means no ceiling.",
        &MAX_STATEMENT_FUEL,
        Who::Superuser,
    );
    fuel(
        c"plwasm.transaction_fuel",
        c"Fuel for all calls of WebAssembly functions in one transaction.",
        c"0 means as much as plwasm.max_transaction_fuel.",
        &TRANSACTION_FUEL,
        Who::Anyone,
    );
    fuel(
        c"plwasm.max_transaction_fuel",
        c"The most fuel for all calls of WebAssembly functions in one transaction.",
        c"A ceiling for plwasm.transaction_fuel. 0 means no ceiling.",
        &MAX_TRANSACTION_FUEL,
        Who::Superuser,
    );
    kilobytes(
        c"plwasm.memory",
        c"Memory for one instance of a WebAssembly module.",
        c"All linear memories and tables. memory.grow beyond it returns -1.",
        &MEMORY,
        Who::Anyone,
    );
    kilobytes(
        c"plwasm.max_memory",
        c"The most memory that one instance of a WebAssembly module can be given.",
        c"A ceiling for plwasm.memory.",
        &MAX_MEMORY,
        Who::Superuser,
    );
    isolation(
        c"plwasm.isolation",
        c"The weakest isolation that WebAssembly functions may opt for.",
        c"A function has isolation by call, unless its body says isolation=statement and this allows it.",
        &ISOLATION,
        Who::Anyone,
    );
    isolation(
        c"plwasm.min_isolation",
        c"The weakest isolation that plwasm.isolation can allow.",
        c"With call, no WebAssembly function keeps state from one call to the next.",
        &MIN_ISOLATION,
        Who::Superuser,
    );
    define(c"plwasm.wasi", Who::Superuser, || {
        // SAFETY: the hooks have the types PostgreSQL expects and only set flags.
        unsafe {
            GucRegistry::define_enum_guc_with_hooks(
                c"plwasm.wasi",
                c"What takes the place of WASI where a WebAssembly module imports it.",
                c"With none, they are refused. With inert, they get a WASI without files, network, \
                  environment or real time.",
                &WASI,
                GucContext::Suset,
                ANY_TIME,
                Some(checked_int),
                Some(assigned_int),
                None,
            );
        }
    });
    define(c"plwasm.backend_memory", Who::Superuser, || {
        // SAFETY: the assign hook has the type PostgreSQL expects and only stores a number.
        unsafe {
            GucRegistry::define_int_guc_with_hooks(
                c"plwasm.backend_memory",
                c"Memory for all WebAssembly instances and compiled code of one server process.",
                c"Compiled code that is not in use makes room first.",
                &BACKEND_MEMORY,
                LEAST_KB,
                i32::MAX,
                GucContext::Suset,
                ANY_TIME | GucFlags::UNIT_KB,
                Some(checked_int),
                Some(assigned_backend_memory),
                None,
            );
        }
    });
    kilobytes(
        c"plwasm.max_module_size",
        c"The largest WebAssembly module that is accepted.",
        c"The size of the binary, or of the text.",
        &MAX_MODULE_SIZE,
        Who::Superuser,
    );
    kilobytes(
        c"plwasm.max_result_size",
        c"The most memory that the result of one call of a WebAssembly function can take.",
        c"Of the server process, with all that is made on the way to the result. Each row of a set counts alone.",
        &MAX_RESULT_SIZE,
        Who::Superuser,
    );
    GucRegistry::define_int_guc(
        c"plwasm.code_cache_size",
        c"Compiled WebAssembly code kept on disk for all server processes.",
        c"What was used least recently goes first. 0 keeps none.",
        &CODE_CACHE_SIZE,
        0,
        i32::MAX,
        GucContext::Sighup,
        ANY_TIME | GucFlags::UNIT_KB,
    );
    define(c"plwasm.compiler_memory", Who::Superuser, || {
        // SAFETY: the check hook has the type PostgreSQL expects and only sets a flag.
        unsafe {
            GucRegistry::define_int_guc_with_hooks(
                c"plwasm.compiler_memory",
                c"Memory for the process that compiles a WebAssembly module.",
                c"",
                &COMPILER_MEMORY,
                LEAST_COMPILER_KB,
                i32::MAX,
                GucContext::Suset,
                ANY_TIME | GucFlags::UNIT_KB,
                Some(checked_int),
                None,
                None,
            );
        }
    });
    define(c"plwasm.compiler_time", Who::Superuser, || {
        // SAFETY: as above.
        unsafe {
            GucRegistry::define_int_guc_with_hooks(
                c"plwasm.compiler_time",
                c"CPU time for the process that compiles a WebAssembly module.",
                c"",
                &COMPILER_TIME,
                1,
                i32::MAX,
                GucContext::Suset,
                ANY_TIME | GucFlags::UNIT_S,
                Some(checked_int),
                None,
                None,
            );
        }
    });
    // SAFETY: a C string; placeholders under our prefix are reported and removed.
    unsafe { pg_sys::MarkGUCPrefixReserved(c"plwasm".as_ptr()) };
}

/// What a function may use: its own keys, narrowed by the user's settings and the ceilings.
pub fn limits(reference: Option<&Reference>) -> Limits {
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
pub struct SharedFuel {
    /// `u64::MAX` is no limit.
    pub limit: u64,
    /// Whether it is the ceiling that says so.
    pub is_ceiling: bool,
}

/// What all calls of a statement or of a transaction may use.
pub fn shared_fuel(scope: Scope) -> SharedFuel {
    let (own, ceiling) = match scope {
        Scope::Statement => (&STATEMENT_FUEL, &MAX_STATEMENT_FUEL),
        Scope::Transaction => (&TRANSACTION_FUEL, &MAX_TRANSACTION_FUEL),
    };
    let (own, ceiling) = (unlimited_if_zero(own.get()), unlimited_if_zero(ceiling.get()));
    SharedFuel { limit: own.min(ceiling), is_ceiling: ceiling < own }
}

/// What takes the place of imports that name WASI.
pub fn wasi() -> Wasi {
    match WASI.get() {
        Imported::None => Wasi::None,
        Imported::Inert => Wasi::Inert,
    }
}

/// Bytes for all instances and code of this backend.
pub fn backend_memory() -> usize {
    bytes(&BACKEND_MEMORY)
}

/// Bytes that the result of one call may take.
pub fn max_result_size() -> usize {
    bytes(&MAX_RESULT_SIZE)
}

/// Bytes of the largest module accepted.
pub fn max_module_size() -> usize {
    bytes(&MAX_MODULE_SIZE)
}

/// Bytes of the code cache.
pub fn code_cache_size() -> u64 {
    bytes(&CODE_CACHE_SIZE) as u64
}

/// Bytes for the compiler process.
pub fn compiler_memory() -> u64 {
    bytes(&COMPILER_MEMORY) as u64
}

/// Seconds of CPU time for the compiler process.
pub fn compiler_time() -> u64 {
    COMPILER_TIME.get().unsigned_abs().into()
}

/// How many processes a session may have help it with maintenance.
pub fn maintenance_workers() -> i32 {
    // SAFETY: a plain read of a setting.
    unsafe { pg_sys::max_parallel_maintenance_workers }
}

fn unlimited_if_zero(fuel: f64) -> u64 {
    match fuel {
        0.0 => u64::MAX,
        // Less than one unit is not no limit.
        fuel => fuel.ceil() as u64,
    }
}

fn bytes(setting: &GucSetting<i32>) -> usize {
    setting.get().unsigned_abs() as usize * 1024
}

/// Who may change a setting.
#[derive(Clone, Copy)]
enum Who {
    Anyone,
    /// A ceiling.
    Superuser,
}

impl Who {
    fn context(self) -> GucContext {
        match self {
            Self::Anyone => GucContext::Userset,
            Self::Superuser => GucContext::Suset,
        }
    }
}

type Text = &'static std::ffi::CStr;

/// The least memory a setting can give, in kB: one page of WebAssembly's.
const LEAST_KB: i32 = 64;

/// What the compiler takes for the smallest module, in kB.
const LEAST_COMPILER_KB: i32 = 64 * 1024;

fn fuel(name: Text, short: Text, long: Text, at: &'static GucSetting<f64>, who: Who) {
    define(name, who, || {
        let (check, assign) = (Some(checked_real as _), Some(assigned_real as _));
        let (context, flags) = (who.context(), ANY_TIME);
        GucRegistry::define_float_guc_with_hooks(
            name, short, long, at, 0.0, MOST_FUEL, context, flags, check, assign, None,
        );
    });
}

fn kilobytes(name: Text, short: Text, long: Text, at: &'static GucSetting<i32>, who: Who) {
    define(name, who, || {
        let (check, assign) = (Some(checked_int as _), Some(assigned_int as _));
        let (context, flags) = (who.context(), ANY_TIME | GucFlags::UNIT_KB);
        // SAFETY: the hooks have the types PostgreSQL expects and only set flags.
        unsafe {
            GucRegistry::define_int_guc_with_hooks(
                name,
                short,
                long,
                at,
                LEAST_KB,
                i32::MAX,
                context,
                flags,
                check,
                assign,
                None,
            );
        }
    });
}

fn isolation(name: Text, short: Text, long: Text, at: &'static GucSetting<Weakest>, who: Who) {
    define(name, who, || {
        let (check, assign) = (Some(checked_int as _), Some(assigned_int as _));
        let (context, flags) = (who.context(), ANY_TIME);
        // SAFETY: the hooks have the types PostgreSQL expects and only set flags.
        unsafe {
            GucRegistry::define_enum_guc_with_hooks(
                name, short, long, at, context, flags, check, assign, None,
            );
        }
    });
}

/// Whether a value other than the default was accepted since this was last cleared.
static ACCEPTED: AtomicBool = AtomicBool::new(false);

/// Defines a setting; raises 42501 if a value was waiting for a ceiling that the session may not
/// set.
///
/// A client can send any `plwasm.` setting before the library is loaded. PostgreSQL then refuses
/// it with a warning and falls back to the built-in default, which may be more than what
/// postgresql.conf says, as the client's value has displaced that.
fn define(name: Text, who: Who, define: impl FnOnce()) {
    // SAFETY: a C string; null if the setting has no value yet.
    let waiting = matches!(who, Who::Superuser)
        && unsafe { !pg_sys::GetConfigOption(name.as_ptr(), true, false).is_null() };
    ACCEPTED.store(false, Relaxed);
    define();
    if waiting && !ACCEPTED.load(Relaxed) {
        let name = name.to_string_lossy();
        error::raise_sql(
            "42501",
            format!("permission denied to set parameter \"{name}\""),
            Some("Connect without it."),
        );
    }
}

unsafe extern "C-unwind" fn checked_real(
    _: *mut f64,
    _: *mut *mut c_void,
    source: pg_sys::GucSource::Type,
) -> bool {
    accept(source)
}

unsafe extern "C-unwind" fn checked_int(
    _: *mut i32,
    _: *mut *mut c_void,
    source: pg_sys::GucSource::Type,
) -> bool {
    accept(source)
}

fn accept(source: pg_sys::GucSource::Type) -> bool {
    if source != pg_sys::GucSource::PGC_S_DEFAULT {
        ACCEPTED.store(true, Relaxed);
    }
    true
}

/// Call sites look at the settings once; a change makes them look again.
unsafe extern "C-unwind" fn assigned_real(_: f64, _: *mut c_void) {
    limits_changed();
}

unsafe extern "C-unwind" fn assigned_int(_: i32, _: *mut c_void) {
    limits_changed();
}

fn limits_changed() {
    if let Some(on_change) = ON_CHANGE.get() {
        (on_change.limits)();
    }
}

/// Given the new value, as the setting still has the old one.
unsafe extern "C-unwind" fn assigned_backend_memory(kilobytes: i32, _: *mut c_void) {
    if let Some(on_change) = ON_CHANGE.get() {
        (on_change.backend_memory)(kilobytes.unsigned_abs() as usize * 1024);
    }
}
