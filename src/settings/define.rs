//! Defines the settings, checks who sets them, and reports new values.
//!
//! A ceiling that the session may not set must never be accepted.

use super::table::{self, Setting, Storage, Told};
use crate::error;
use pgrx::{GucContext, GucFlags, GucRegistry, pg_sys};
use std::ffi::{c_char, c_void};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Allows setting them while a query is parallel. A parallel query can load the library: then all its processes set
/// what the session had set before. Without this flag PostgreSQL forbids that, and discards the value with a warning.
const ANY_TIME: GucFlags = GucFlags::from_bits_retain(pg_sys::GUC_ALLOW_IN_PARALLEL as i32);

/// Whether a value other than the default has been accepted since this was last cleared.
static ACCEPTED: AtomicBool = AtomicBool::new(false);

/// The functions that are called when settings change.
#[derive(Debug)]
pub(crate) struct OnChange {
    /// A setting that call sites read once has changed.
    pub limits: fn(),
    /// `plwasm.backend_memory` has changed to this many bytes.
    pub backend_memory: fn(usize),
}

static ON_CHANGE: OnceLock<OnChange> = OnceLock::new();

/// Defines the settings, and registers what is called when they change. Raises 42501 if a value was waiting for a
/// ceiling that the session may not set.
///
/// A client can send any `plwasm.` setting before the library is loaded. PostgreSQL then refuses it with a warning
/// and falls back to the built-in default. That may be more than postgresql.conf says, because the client's value has
/// replaced the one from there.
pub(crate) fn init(on_change: OnChange) {
    // Defining a setting assigns it.
    let _ = ON_CHANGE.set(on_change);
    // SAFETY: reads a static.
    let is_preloading = unsafe { pg_sys::process_shared_preload_libraries_in_progress };
    for setting in table::rows() {
        // Later, PostgreSQL ends the process that defines one.
        if matches!(setting.context, GucContext::Postmaster) && !is_preloading {
            continue;
        }
        let name = setting.name;
        // SAFETY: this is a C string, or null if the setting has no value yet.
        let is_waiting = matches!(setting.context, GucContext::Suset)
            && unsafe { !pg_sys::GetConfigOption(name.as_ptr(), true, false).is_null() };
        ACCEPTED.store(false, Relaxed);
        define(setting);
        if is_waiting && !ACCEPTED.load(Relaxed) {
            let name = name.to_string_lossy();
            error::raise_sql(
                "42501",
                format!("permission denied to set parameter \"{name}\""),
                Some("Connect without it."),
            );
        }
    }
    // SAFETY: this is a C string. Placeholders with our prefix are reported and removed.
    unsafe { pg_sys::MarkGUCPrefixReserved(c"plwasm".as_ptr()) };
}

fn define(setting: Setting) {
    let Setting { name, flags, context, told, summary, explanation, storage } = setting;
    let flags = ANY_TIME | flags;
    let check: pg_sys::GucIntCheckHook = Some(checked_int);
    let assign: pg_sys::GucIntAssignHook = match told {
        Told::Nobody => None,
        Told::CallSites => Some(assigned_int),
        Told::BackendMemory => Some(assigned_backend_memory),
    };
    /// Calls the function of pgrx for this kind of setting.
    macro_rules! define {
        ($function:ident($at:expr $(, $range:expr)*), $check:expr, $assign:expr) => {
            GucRegistry::$function(
                name, summary, explanation, $at, $($range,)* context, flags, $check, $assign, None,
            )
        };
    }
    // SAFETY: the hooks have the types that PostgreSQL expects. They set flags and numbers, and do not panic.
    unsafe {
        match storage {
            Storage::Real(at, range) => {
                let (least, most) = range.into_inner();
                let check: pg_sys::GucRealCheckHook = Some(checked_real);
                let assign: pg_sys::GucRealAssignHook = assign.map(|_| assigned_real as _);
                define!(define_float_guc_with_hooks(at, least, most), check, assign)
            }
            Storage::Integer(at, range) => {
                let (least, most) = range.into_inner();
                define!(define_int_guc_with_hooks(at, least, most), check, assign)
            }
            Storage::Isolation(at) => define!(define_enum_guc_with_hooks(at), check, assign),
            Storage::Wasi(at) => define!(define_enum_guc_with_hooks(at), check, assign),
            Storage::Said(at) => define!(define_enum_guc_with_hooks(at), check, assign),
            Storage::Tracked(at) => define!(define_enum_guc_with_hooks(at), check, assign),
            Storage::Switch(at) => {
                let check: pg_sys::GucBoolCheckHook = Some(checked_bool);
                let assign: pg_sys::GucBoolAssignHook = assign.map(|_| assigned_bool as _);
                define!(define_bool_guc_with_hooks(at), check, assign)
            }
            Storage::Backtrace(at) => define!(define_enum_guc_with_hooks(at), check, assign),
            Storage::Logged(at) => define!(define_enum_guc_with_hooks(at), check, assign),
            Storage::Path(at) => {
                define!(define_string_guc_with_hooks(at), Some(checked_path), None)
            }
        }
    }
}

unsafe extern "C-unwind" fn checked_real(
    _: *mut f64,
    _: *mut *mut c_void,
    source: pg_sys::GucSource::Type,
) -> bool {
    accept(source)
}

unsafe extern "C-unwind" fn checked_bool(
    _: *mut bool,
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

/// Accepts an absolute path, or nothing.
unsafe extern "C-unwind" fn checked_path(
    path: *mut *mut c_char,
    _: *mut *mut c_void,
    source: pg_sys::GucSource::Type,
) -> bool {
    // SAFETY: PostgreSQL passes a C string, or null for the default. It only reads the detail.
    unsafe {
        let is_good = (*path).is_null() || matches!(**path as u8, 0 | b'/');
        if !is_good {
            pg_sys::GUC_check_errdetail_string = c"The path must be absolute.".as_ptr().cast_mut();
        }
        accept(source) && is_good
    }
}

fn accept(source: pg_sys::GucSource::Type) -> bool {
    if source != pg_sys::GucSource::PGC_S_DEFAULT {
        ACCEPTED.store(true, Relaxed);
    }
    true
}

/// Makes call sites, which read the settings once, read them again.
unsafe extern "C-unwind" fn assigned_real(_: f64, _: *mut c_void) {
    limits_changed();
}

unsafe extern "C-unwind" fn assigned_bool(_: bool, _: *mut c_void) {
    limits_changed();
}

unsafe extern "C-unwind" fn assigned_int(_: i32, _: *mut c_void) {
    limits_changed();
}

/// Reports the new value, because the setting still has the old one.
unsafe extern "C-unwind" fn assigned_backend_memory(kilobytes: i32, _: *mut c_void) {
    if let Some(on_change) = ON_CHANGE.get() {
        (on_change.backend_memory)(kilobytes.unsigned_abs() as usize * 1024);
    }
}

fn limits_changed() {
    if let Some(on_change) = ON_CHANGE.get() {
        (on_change.limits)();
    }
}
