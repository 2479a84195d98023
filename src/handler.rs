//! The three functions that PostgreSQL knows the language by: call, inline, validate.
//!
//! Hand-written `extern "C-unwind"`, as pgrx's `#[pg_extern]` cannot return a raw Datum. Each
//! pushes its line of CONTEXT and runs the rest under pgrx's guard. They must never be renamed:
//! the install scripts of all releases name them.

use crate::call_site::{self, CallSite, Target};
use crate::catalog::{self, Proc};
use crate::code;
use crate::error::{self, OrRaise};
use crate::plan::{self, Plan, SqlFunction};
use crate::settings;
use crate::sql::description;
use crate::sql::source::{self, Source};
use crate::{backend, fuel, sqlstate};
use pgrx::pg_sys::{self, Datum, FunctionCallInfo};
use plwasm_engine::abi::Signature;
use plwasm_engine::body::Body;
use plwasm_engine::{Error, Guest, Isolation, Module, Result, Uses, ValRaw};
use std::any::Any;
use std::ffi::{CStr, CString, c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

/// The record by which fmgr knows a version-1 function (`PG_FUNCTION_INFO_V1`).
macro_rules! function_info {
    ($($name:ident)*) => {$(
        #[unsafe(no_mangle)]
        pub extern "C" fn $name() -> &'static pg_sys::Pg_finfo_record {
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
pub unsafe extern "C-unwind" fn plwasm_call_handler(fcinfo: FunctionCallInfo) -> Datum {
    // SAFETY: fmgr's promise: fcinfo and its flinfo are valid during the call.
    unsafe { guarded(call_context, fcinfo.cast(), || CallSite::failed(fcinfo), || call(fcinfo)) }
}

/// Runs `DO LANGUAGE wasm`: WebAssembly text whose export `run` takes and returns nothing.
///
/// # Safety
/// Called by fmgr with an `InlineCodeBlock`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn plwasm_inline_handler(fcinfo: FunctionCallInfo) -> Datum {
    // SAFETY: fmgr's promise.
    unsafe {
        let context = c"PL/Wasm inline code block".as_ptr().cast_mut().cast();
        guarded(
            text_context,
            context,
            || (),
            || {
                let block: *mut pg_sys::InlineCodeBlock =
                    (*fcinfo).args.as_slice(1)[0].value.cast_mut_ptr();
                let source = CStr::from_ptr((*block).source_text).to_bytes();
                let source = crate::encoding::to_guest(source);
                run(&String::from_utf8_lossy(source)).or_raise();
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
pub unsafe extern "C-unwind" fn plwasm_validator(fcinfo: FunctionCallInfo) -> Datum {
    // SAFETY: fmgr's promise: one argument, an OID.
    unsafe {
        let oid = pg_sys::Oid::from((*fcinfo).args.as_slice(1)[0].value.value() as u32);
        guarded(
            validator_context,
            (*fcinfo).args.as_ptr().cast_mut().cast(),
            || (),
            || {
                if pg_sys::CheckFunctionValidatorAccess((*(*fcinfo).flinfo).fn_oid, oid) {
                    validate(oid);
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
        match CallSite::of(fcinfo) {
            Some(site) => site.call(fcinfo),
            None => description::of_module((*(*fcinfo).flinfo).fn_oid),
        }
    }
}

fn run(source: &str) -> Result<()> {
    if !source::is_text(source) {
        return Err(Error::Body("DO takes WebAssembly text".into()));
    }
    let engine = backend::engine();
    // One call of one instance: there is nothing to put back.
    let artefact =
        code::compile(&source::code(source, false)?, Isolation::Statement, settings::wasi())?;
    let module = Rc::new(backend::with_room(|| Module::load(engine, &artefact))?);
    let export = module.function("run")?;
    let expected = Signature { params: Vec::new(), result: None };
    if *export.core != expected.core() {
        return Err(Error::Signature {
            export: export.name.to_string(),
            found: export.core.to_string(),
            expected: expected.core().to_string(),
        });
    }
    let export = export.name.to_string();
    let limits = settings::limits(None);
    let account = fuel::account(pg_sys::InvalidOid);
    account.pay();
    let mut guest = backend::with_room(|| Guest::new(engine, module.clone(), limits))?;
    fuel::put_back(&guest);
    let entry = guest.entry(&export, Uses::default())?;
    let call = account.begin(&mut guest, limits.fuel);
    // SAFETY: the export was just seen to take and return nothing.
    unsafe { call.guest.call(&entry, &mut [ValRaw::i64(0)]) }
}

/// It must never run guest code: what runs before any call was tried where the module was compiled.
fn validate(oid: pg_sys::Oid) {
    let module_type = catalog::module_type();
    let (function, stored) = Proc::get(oid, |function, row| (function, row.stored()));
    call_site::check_shape(&function);
    // SAFETY: a plain read of a setting.
    let check_bodies = unsafe { pg_sys::check_function_bodies };
    if function.result == module_type {
        if !function.args.is_empty() {
            error::raise_sql("42P13", "a WebAssembly module takes no arguments".into(), None);
        }
        if function.returns_set {
            error::raise_sql("42P13", "a WebAssembly module is no set".into(), None);
        }
        if check_bodies {
            let limits = settings::limits(None);
            let source = Source::Module(stored);
            let module = backend::module(function.version, limits.isolation, &source).or_raise();
            if let Some(failure) = module.initialization_failure(limits) {
                error::warn(&format!("a function of module \"{}\"", function.name), &failure);
            }
        }
        catalog::announce(&function);
        return;
    }
    let source = stored.text();
    // Pseudo-types are refused whatever the body; both raise.
    function.args.iter().for_each(plan::check_argument);
    let types = SqlFunction::of_definition(&function);
    // Recorded even with bodies unchecked: pg_dump's order of a restored database needs it.
    if !source::is_text(&source)
        && let Ok(Body::Reference(reference)) = Body::parse(&source, false)
    {
        // Called by hand, it must not give a function another module.
        let recorded = catalog::recorded_module(&function).filter(|_| !function.is_new());
        let named = || catalog::named_module(&function, &reference, |module, _| module.version.oid);
        if let Some(module) = recorded.or_else(named) {
            catalog::record_dependency(oid, module);
        }
    }
    if check_bodies {
        let target = Target::resolve(&function, &source).or_raise();
        // What is known only at a call is checked there.
        if let Some(types) = types {
            let plan = target.plan(&types).or_raise();
            check_abi(&target.module, &plan).or_raise();
        }
        if let Some(failure) = target.module.initialization_failure(target.limits) {
            error::warn(&format!("function \"{}\"", function.name), &failure);
        }
    }
}

/// What a call needs besides the export, without making an instance.
fn check_abi(module: &Module, plan: &Plan) -> Result<()> {
    if plan.uses.memory && !module.has_memory() {
        return Err(Error::MissingAbi("memory"));
    }
    if plan.uses.realloc && !module.has_realloc() {
        return Err(Error::MissingAbi("cabi_realloc"));
    }
    Ok(())
}

type ContextCallback = unsafe extern "C-unwind" fn(*mut c_void);

/// Runs `body`; errors and panics become SQL errors, with a line of CONTEXT.
///
/// pgrx's guard, which is not inlined and returns through memory, is entered only with something
/// to report (4 ns a call), and so is the line of CONTEXT pushed: by then everything that was
/// raised inside, by PostgreSQL too, is a panic that has unwound up to here.
///
/// `failed` is called first: whatever was raised, a call may not have come to its end.
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
                let line = [site.context().to_bytes(), path.as_bytes()].concat();
                context_line(&CString::new(line).unwrap_or_default());
            }
            None => context_line(&context("PL/Wasm function ", (*flinfo).fn_oid, "")),
        }
    }
}

/// # Safety
/// `arg` is the validator's argument.
unsafe extern "C-unwind" fn validator_context(arg: *mut c_void) {
    // SAFETY: the caller's promise.
    let oid = unsafe { (*arg.cast::<pg_sys::NullableDatum>()).value.value() as u32 };
    context_line(&context("validation of PL/Wasm function ", pg_sys::Oid::from(oid), ""));
}

/// # Safety
/// `arg` is a C string.
unsafe extern "C-unwind" fn text_context(arg: *mut c_void) {
    // SAFETY: the caller's promise.
    context_line(unsafe { CStr::from_ptr(arg.cast()) });
}

/// A line of CONTEXT about a function, in the server's encoding, as the catalogs have the name.
pub fn context(before: &str, oid: pg_sys::Oid, after: &str) -> CString {
    // SAFETY: any OID is allowed, a missing function gives its number; a C string.
    let name = unsafe { CStr::from_ptr(pg_sys::format_procedure(oid)) };
    CString::new([before.as_bytes(), name.to_bytes(), after.as_bytes()].concat())
        .unwrap_or_default()
}

fn context_line(line: &CStr) {
    // elog.h; pgrx leaves them out of its bindings.
    unsafe extern "C-unwind" {
        fn set_errcontext_domain(domain: *const c_char) -> i32;
        fn errcontext_msg(format: *const c_char, ...) -> i32;
    }
    // SAFETY: called by errfinish; the text is copied.
    unsafe {
        sqlstate::give_back();
        set_errcontext_domain(std::ptr::null());
        errcontext_msg(c"%s".as_ptr(), line.as_ptr());
    }
}
