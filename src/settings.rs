//! Settings: pairs of a user's own value, which narrows, and a superuser's ceiling.

use crate::backend;
use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting, pg_sys};
use plwasm_engine::Limits;
use plwasm_engine::body::Reference;
use std::ffi::c_void;

static FUEL: GucSetting<f64> = GucSetting::<f64>::new(1e9);
static MAX_FUEL: GucSetting<f64> = GucSetting::<f64>::new(1e11);
static MEMORY: GucSetting<i32> = GucSetting::<i32>::new(64 * 1024);
static MAX_MEMORY: GucSetting<i32> = GucSetting::<i32>::new(1024 * 1024);
static BACKEND_MEMORY: GucSetting<i32> = GucSetting::<i32>::new(1024 * 1024);
static MAX_MODULE_SIZE: GucSetting<i32> = GucSetting::<i32>::new(8 * 1024);

/// Doubles count exactly up to here.
const MOST_FUEL: f64 = 9_007_199_254_740_992.0;

/// Defines the settings.
pub fn init() {
    fuel(
        c"plwasm.fuel",
        c"Fuel for one call of a WebAssembly function.",
        c"One unit is about one instruction of the guest. 0 means as much as plwasm.max_fuel.",
        &FUEL,
        GucContext::Userset,
    );
    fuel(
        c"plwasm.max_fuel",
        c"The most fuel that one call of a WebAssembly function can be given.",
        c"A ceiling for plwasm.fuel. 0 means no ceiling.",
        &MAX_FUEL,
        GucContext::Suset,
    );
    kilobytes(
        c"plwasm.memory",
        c"Memory for one instance of a WebAssembly module.",
        c"All linear memories and tables. memory.grow beyond it returns -1.",
        &MEMORY,
        GucContext::Userset,
    );
    kilobytes(
        c"plwasm.max_memory",
        c"The most memory that one instance of a WebAssembly module can be given.",
        c"A ceiling for plwasm.memory.",
        &MAX_MEMORY,
        GucContext::Suset,
    );
    kilobytes(
        c"plwasm.backend_memory",
        c"Memory for all WebAssembly instances and compiled code of one server process.",
        c"Compiled code that is not in use makes room first.",
        &BACKEND_MEMORY,
        GucContext::Suset,
    );
    kilobytes(
        c"plwasm.max_module_size",
        c"The largest WebAssembly module that is accepted.",
        c"The size of the binary, or of the text.",
        &MAX_MODULE_SIZE,
        GucContext::Suset,
    );
    // SAFETY: a C string; placeholders under our prefix are reported and removed.
    unsafe { pg_sys::MarkGUCPrefixReserved(c"plwasm".as_ptr()) };
}

/// What a function may use: its own keys, narrowed by the user's settings and the ceilings.
pub fn limits(reference: Option<&Reference>) -> Limits {
    let fuel = [
        reference.and_then(|r| r.fuel).unwrap_or(u64::MAX),
        unlimited_if_zero(FUEL.get()),
        unlimited_if_zero(MAX_FUEL.get()),
    ];
    let memory = [
        reference.and_then(|r| r.memory).unwrap_or(usize::MAX),
        bytes(&MEMORY),
        bytes(&MAX_MEMORY),
    ];
    Limits {
        fuel: fuel.into_iter().min().unwrap_or(u64::MAX),
        memory: memory.into_iter().min().unwrap_or(usize::MAX),
    }
}

/// Bytes for all instances and code of this backend.
pub fn backend_memory() -> usize {
    bytes(&BACKEND_MEMORY)
}

/// Bytes of the largest module accepted.
pub fn max_module_size() -> usize {
    bytes(&MAX_MODULE_SIZE)
}

fn unlimited_if_zero(fuel: f64) -> u64 {
    match fuel {
        0.0 => u64::MAX,
        fuel => fuel as u64,
    }
}

fn bytes(setting: &GucSetting<i32>) -> usize {
    setting.get().unsigned_abs() as usize * 1024
}

type Text = &'static std::ffi::CStr;

fn fuel(name: Text, short: Text, long: Text, at: &'static GucSetting<f64>, who: GucContext) {
    GucRegistry::define_float_guc_with_hooks(
        name,
        short,
        long,
        at,
        0.0,
        MOST_FUEL,
        who,
        GucFlags::default(),
        None,
        Some(assigned_real),
        None,
    );
}

fn kilobytes(name: Text, short: Text, long: Text, at: &'static GucSetting<i32>, who: GucContext) {
    // SAFETY: the assign hook has the type PostgreSQL expects and only bumps a counter.
    unsafe {
        GucRegistry::define_int_guc_with_hooks(
            name,
            short,
            long,
            at,
            64,
            i32::MAX,
            who,
            GucFlags::UNIT_KB,
            None,
            Some(assigned_int),
            None,
        );
    }
}

/// Call sites look at the settings once; a change makes them look again.
unsafe extern "C-unwind" fn assigned_real(_: f64, _: *mut c_void) {
    backend::forget_call_sites();
}

unsafe extern "C-unwind" fn assigned_int(_: i32, _: *mut c_void) {
    backend::forget_call_sites();
}
