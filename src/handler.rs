//! The three functions by which PostgreSQL knows the language: call, inline, validate.
//!
//! Hand-written `extern "C-unwind"`, as pgrx's `#[pg_extern]` cannot return a raw Datum. Where there is an error, each
//! adds its line of CONTEXT and reports the error under pgrx's guard. They must never be renamed: the install scripts
//! of all releases name them.

use crate::call_site::CallSite;
use crate::error::OrRaise;
use crate::kind::Kind;
use crate::sql::description;
use crate::{context, error, inline_block, plan, validator};
use pgrx::pg_sys::panic::CaughtError;
use pgrx::pg_sys::{self, Datum, FunctionCallInfo};
use std::any::Any;
use std::ffi::{CStr, CString, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The record by which fmgr knows a version-1 function (`PG_FUNCTION_INFO_V1`).
macro_rules! function_info {
    ($($name:ident)*) => {$(
        #[unsafe(no_mangle)]
        pub(crate) extern "C" fn $name() -> &'static pg_sys::Pg_finfo_record {
            static RECORD: pg_sys::Pg_finfo_record = pg_sys::Pg_finfo_record { api_version: 1 };
            &RECORD
        }
    )*};
}
function_info!(pg_finfo_plwasm_call_handler pg_finfo_plwasm_inline_handler pg_finfo_plwasm_validator);

/// Calls a function of language wasm.
///
/// # Safety
/// Called by fmgr.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C-unwind" fn plwasm_call_handler(fcinfo: FunctionCallInfo) -> Datum {
    // SAFETY: fmgr's promise: fcinfo and its flinfo are valid during the call.
    unsafe { guarded(call_context, fcinfo.cast(), || CallSite::failed(fcinfo), || call(fcinfo)) }
}

/// Runs an inline code block, `DO LANGUAGE wasm`.
///
/// # Safety
/// Called by fmgr with an `InlineCodeBlock`.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C-unwind" fn plwasm_inline_handler(fcinfo: FunctionCallInfo) -> Datum {
    // SAFETY: fmgr's promise.
    unsafe {
        let line = c"PL/Wasm inline code block".as_ptr().cast_mut().cast();
        guarded(
            text_context,
            line,
            || (),
            || {
                let block: *mut pg_sys::InlineCodeBlock =
                    (*fcinfo).args.as_slice(1)[0].value.cast_mut_ptr();
                let source = CStr::from_ptr((*block).source_text).to_bytes();
                let source = crate::encoding::to_guest(source);
                inline_block::run(&String::from_utf8_lossy(source)).or_raise();
                Datum::from(0)
            },
        )
    }
}

/// Checks a function when it is created, and records what it depends on.
///
/// # Safety
/// Called by fmgr with the OID of a function.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C-unwind" fn plwasm_validator(fcinfo: FunctionCallInfo) -> Datum {
    // SAFETY: fmgr's promise: one argument, an OID.
    unsafe {
        let oid = pg_sys::Oid::from((*fcinfo).args.as_slice(1)[0].value.value() as u32);
        guarded(
            validator_context,
            (*fcinfo).args.as_ptr().cast_mut().cast(),
            || (),
            || {
                if pg_sys::CheckFunctionValidatorAccess((*(*fcinfo).flinfo).fn_oid, oid) {
                    validator::validate(oid);
                }
                Datum::from(0)
            },
        )
    }
}

/// # Safety
/// As [`plwasm_call_handler`].
#[inline]
unsafe fn call(fcinfo: FunctionCallInfo) -> Datum {
    // SAFETY: fmgr's promise.
    unsafe {
        match Kind::of(fcinfo) {
            Kind::Function(site) => site.call(fcinfo),
            Kind::Module(oid) => description::of_module(oid),
            Kind::Watched(site) => site.call_watched(fcinfo),
        }
    }
}

type ContextCallback = unsafe extern "C-unwind" fn(*mut c_void);

/// Runs `body`. Its errors and panics become SQL errors, with a line of CONTEXT.
///
/// pgrx's guard is not inlined and returns through memory, which takes 4 ns. So it is entered, and the line of CONTEXT
/// is pushed, only where there is something to report: by then everything that was raised inside, by PostgreSQL too, is
/// a panic that has unwound up to here.
///
/// `failed` is called first: whatever was raised, the call may not have ended properly.
///
/// # Safety
/// `arg` must be what `callback` takes, and live during the call.
#[inline]
unsafe fn guarded(
    callback: ContextCallback,
    arg: *mut c_void,
    failed: impl FnOnce(),
    body: impl FnOnce() -> Datum,
) -> Datum {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(datum) => datum,
        Err(payload) => {
            failed();
            // SAFETY: the caller's promise; nothing above has anything to drop.
            unsafe { report(callback, arg, payload) }
        }
    }
}

/// # Safety
/// As [`guarded`]; and no frame above may have anything to drop.
#[cold]
#[inline(never)]
unsafe fn report(callback: ContextCallback, arg: *mut c_void, payload: Box<dyn Any + Send>) -> ! {
    // PostgreSQL has reported its own error without our line of CONTEXT.
    let payload = match payload.downcast::<CaughtError>() {
        Ok(caught) => Box::new(error::anew(*caught)),
        Err(other) => other,
    };
    // SAFETY: the caller's promise. The catcher of the error restores the stack of callbacks; until
    // then this frame lives. The closure does nothing but unwind.
    unsafe {
        let mut context = pg_sys::ErrorContextCallback {
            previous: pg_sys::error_context_stack,
            callback: Some(callback),
            arg,
        };
        pg_sys::error_context_stack = &mut context;
        pg_sys::submodules::panic::pgrx_extern_c_guard(|| resume_unwind(payload))
    }
}

/// # Safety
/// `fcinfo` is that of the call.
unsafe extern "C-unwind" fn call_context(fcinfo: *mut c_void) {
    // SAFETY: the caller's promise; fn_extra is null or a call site.
    unsafe {
        let flinfo = (*fcinfo.cast::<pg_sys::FunctionCallInfoBaseData>()).flinfo;
        match (*flinfo).fn_extra.cast::<CallSite>().as_ref() {
            Some(site) => {
                let path = crate::encoding::message(&plan::path::take());
                let comma: &[u8] = if path.is_empty() { b"" } else { b", " };
                let line = [site.context().to_bytes(), comma, path.as_bytes()].concat();
                context::add(&CString::new(line).unwrap_or_default());
            }
            None => context::add(&context::of_function("PL/Wasm function ", (*flinfo).fn_oid, "")),
        }
    }
}

/// # Safety
/// `arg` is the validator's argument.
unsafe extern "C-unwind" fn validator_context(arg: *mut c_void) {
    // SAFETY: the caller's promise; called for an error that is being reported.
    unsafe {
        let oid = (*arg.cast::<pg_sys::NullableDatum>()).value.value() as u32;
        let oid = pg_sys::Oid::from(oid);
        context::add(&context::of_function("validation of PL/Wasm function ", oid, ""));
    }
}

/// # Safety
/// `arg` is a C string.
unsafe extern "C-unwind" fn text_context(arg: *mut c_void) {
    // SAFETY: the caller's promise; called for an error that is being reported.
    unsafe { context::add(CStr::from_ptr(arg.cast())) };
}
