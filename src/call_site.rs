//! A call site (L1): what `fn_extra` points at, with everything resolved that a call needs.
//!
//! It must never look anything up while it is current; whether it is, is a few comparisons.

use crate::backend;
use crate::catalog::{self, OpenRow, Proc};
use crate::error::OrRaise;
use crate::execution::Execution;
use crate::fuel::{self, Account};
use crate::instances::{self, Tenant};
use crate::plan::{Plan, SqlFunction, path};
use crate::sql::source::{self, Source};
use crate::{error, handler, settings};
use pgrx::pg_sys::{self, Datum};
use plwasm_engine::body::{Body, Reference};
use plwasm_engine::name::printable;
use plwasm_engine::{Entry, Error, Guest, Isolation, Limits, Module, Result};
use std::ffi::{CString, c_void};
use std::rc::Rc;

/// What a function's body names: code, and how much it may use.
pub struct Target {
    pub module: Rc<Module>,
    /// As the module spells it.
    pub export: String,
    pub limits: Limits,
}

/// A function, resolved.
pub struct Function {
    target: Target,
    plan: Plan,
}

/// A function resolved for one `FmgrInfo`, with the instance that serves it now.
pub struct CallSite {
    function: Function,
    /// `backend::definitions()` when the function was resolved.
    definitions: u64,
    guest: *mut Guest,
    entry: Option<Entry>,
    /// `instances::drops()` when `guest` was got.
    drops: u64,
    /// Whom `guest` serves, if its state lives longer than a call.
    tenant: Option<Tenant>,
    /// Bytes that `guest` may use, which do not change in an execution: one that runs keeps its instance.
    memory: usize,
    /// What calls use is counted here.
    account: Rc<Account>,
    /// The deepest stack pointer at which PostgreSQL found the stack deep enough.
    stack_checked: usize,
    /// The line of CONTEXT for errors.
    context: CString,
}

impl Function {
    /// Resolves a function that is no module: module, privilege, export, signature, limits.
    ///
    /// # Errors
    /// All that can be wrong with a body. What is wrong on the SQL side is raised.
    ///
    /// # Safety
    /// `call` must be a call of the function.
    pub unsafe fn resolve(oid: pg_sys::Oid, call: pg_sys::FunctionCallInfo) -> Result<Self> {
        let (function, body) = Proc::get(oid, |function, row| {
            let source = row.source();
            (function, source)
        });
        check_shape(&function);
        let target = Target::resolve(&function, &body)?;
        // SAFETY: the caller's promise.
        let types = unsafe { SqlFunction::of_call(&function, call) };
        let plan = target.plan(&types)?;
        Ok(Self { target, plan })
    }
}

impl Target {
    /// Resolves a body: module, privilege, export, limits.
    ///
    /// # Errors
    /// All that can be wrong with a body. What is wrong on the SQL side is raised.
    pub fn resolve(function: &Proc, source: &str) -> Result<Self> {
        let (module, export, limits) = if source::is_text(source) {
            let limits = settings::limits(None);
            let export = Body::parse(source, false)?.export().map(str::to_string);
            let source = Source::Text(source.to_string());
            (backend::module(function.version, limits.isolation, &source)?, export, limits)
        } else {
            let Body::Reference(reference) = Body::parse(source, false)? else {
                unreachable!("a body that is not text is a reference");
            };
            let limits = settings::limits(Some(&reference));
            // Compiled once the scan is closed: that can take long.
            let found = referenced(function, &reference, |module, row| {
                backend::known(module.version, limits.isolation)
                    .ok_or_else(|| (module.version, Source::Module(row.stored())))
            });
            let module = match found {
                Ok(known) => known,
                Err((version, source)) => backend::module(version, limits.isolation, &source)?,
            };
            (module, reference.export, limits)
        };
        let export = match &export {
            Some(export) => module.function(export)?,
            None if source::is_text(source) => module.function_in_text(&function.name)?,
            None => module.function(&function.name)?,
        };
        let export = export.name.to_string();
        Ok(Self { module, export, limits })
    }

    /// How values of those types get to the export and back.
    ///
    /// # Errors
    /// Those of [`Plan::new`].
    pub fn plan(&self, types: &SqlFunction) -> Result<Plan> {
        Plan::new(types, &self.module.function(&self.export)?)
    }
}

/// The module that a body refers to: what `read` makes of its row.
///
/// Raises 42883 if there is none, 42501 if the function's owner may not execute it.
pub fn referenced<R>(
    function: &Proc,
    reference: &Reference,
    mut read: impl FnMut(Proc, &OpenRow) -> R,
) -> R {
    let found = catalog::find_module(function, reference, |module, row| {
        if !row.is_executable_by(module.owner, function.owner) {
            error::raise_sql(
                "42501",
                format!("permission denied for function {}", module.name),
                Some("The owner of a function needs EXECUTE on the module it names."),
            );
        }
        read(module, row)
    });
    found.unwrap_or_else(|| {
        error::raise_sql(
            "42883",
            format!("WebAssembly module \"{}\" does not exist", spelled(reference)),
            Some(
                "A module is looked up in the function's own schema unless the body names another. \
                 Create it with wasm.create_module().",
            ),
        )
    })
}

/// The module of a body, with the schema that the body names.
fn spelled(reference: &Reference) -> String {
    let names = reference.schema.iter().chain([&reference.module]);
    names.map(|name| printable(name)).collect::<Vec<_>>().join(".")
}

/// What no body can make good. Raises 0A000 or 42P13.
pub fn check_shape(function: &Proc) {
    let not_yet = |what: &str| -> ! {
        error::raise_sql("0A000", format!("PL/Wasm functions cannot {what}"), None)
    };
    if function.result == pg_sys::TRIGGEROID || function.result == pg_sys::EVENT_TRIGGEROID {
        not_yet("be triggers");
    }
    if function.kind == pg_sys::PROKIND_WINDOW {
        // Their arguments are not in fcinfo.
        not_yet("be window functions");
    }
    if function.variadic == pg_sys::ANYOID {
        not_yet("take VARIADIC \"any\"");
    }
}

impl CallSite {
    /// The current call site of an `FmgrInfo`: the one it has, renewed where something changed,
    /// or a new one. None if the function is a module.
    ///
    /// # Safety
    /// `call` must be valid, and the `fn_extra` of its `flinfo` null or set by this function.
    #[inline]
    pub unsafe fn of<'a>(call: pg_sys::FunctionCallInfo) -> Option<&'a mut Self> {
        // SAFETY: the caller's promise; the site lives until fn_mcxt is reset.
        unsafe {
            let flinfo = (*call).flinfo;
            if let Some(site) = (*flinfo).fn_extra.cast::<Self>().as_mut()
                && site.definitions == backend::definitions()
                && site.drops == instances::drops()
                && site.tenant.is_none_or(|tenant| tenant.role == instances::role())
                && stack_pointer() >= site.stack_checked
            {
                return Some(site);
            }
            // check_stack_depth costs a fifth of an empty call, so it is called once for a depth
            // and a statement.
            pg_sys::check_stack_depth();
            let site = Self::renew(call)?;
            site.stack_checked = stack_pointer();
            Some(site)
        }
    }

    /// The line of CONTEXT.
    pub fn context(&self) -> &CString {
        &self.context
    }

    /// One call.
    ///
    /// # Safety
    /// `fcinfo` must be of the function that the site was made for.
    #[inline]
    pub unsafe fn call(&mut self, fcinfo: pg_sys::FunctionCallInfo) -> Datum {
        // SAFETY: a current site has both (`renew`). The instance's address is good as long as
        // `drops` is current, and guests do not call back; where a result's type does, the
        // instance is held. The plan was made for this function, the entry for this plan.
        unsafe {
            if self.function.plan.calls_back {
                return self.call_held(fcinfo);
            }
            let entry = self.entry.as_ref().unwrap_unchecked();
            let limits = &self.function.target.limits;
            let call = self.account.begin(&mut *self.guest, limits.fuel);
            let result = self.function.plan.call(fcinfo, call.guest, entry);
            drop(call);
            if limits.isolation == Isolation::Call && !(*self.guest).reset() {
                instances::drop_one(self.guest);
            }
            self.finish(result)
        }
    }

    /// A call whose result's type may call this function again.
    ///
    /// # Safety
    /// As [`call`](Self::call).
    #[cold]
    #[inline(never)]
    unsafe fn call_held(&mut self, fcinfo: pg_sys::FunctionCallInfo) -> Datum {
        // SAFETY: as in `call`.
        unsafe {
            // A call within the call can be of this site, and gets it another guest.
            let guest = self.guest;
            let held = instances::hold(guest);
            let entry = self.entry.as_ref().unwrap_unchecked();
            let limits = &self.function.target.limits;
            let call = self.account.begin(&mut *guest, limits.fuel);
            let result = self.function.plan.call_lowered(fcinfo, call.guest, entry);
            // Of calls within the call.
            self.account.empty_hand();
            drop(call);
            let is_reusable = limits.isolation != Isolation::Call || (*guest).reset();
            if let Some(held) = held.filter(|_| is_reusable) {
                held.release();
            }
            self.finish(result)
        }
    }

    #[inline(always)]
    fn finish(&self, result: Result<Datum>) -> Datum {
        match result {
            Ok(datum) => {
                self.function.plan.check_domains();
                datum
            }
            Err(error) => error::raise(&error),
        }
    }

    /// # Safety
    /// As [`of`](Self::of).
    #[cold]
    #[inline(never)]
    unsafe fn renew<'a>(call: pg_sys::FunctionCallInfo) -> Option<&'a mut Self> {
        // SAFETY: the caller's promise.
        unsafe {
            let flinfo = (*call).flinfo;
            let mut site = (*flinfo).fn_extra.cast::<Self>();
            let definitions = backend::definitions();
            if site.is_null() || (*site).definitions != definitions {
                let oid = (*flinfo).fn_oid;
                if pg_sys::get_func_rettype(oid) == catalog::module_type() {
                    return None;
                }
                let function = Function::resolve(oid, call).or_raise();
                let export = printable(&function.target.export);
                let export = format!(", export \"{}\"", crate::encoding::message(&export));
                let context = handler::context("PL/Wasm function ", oid, &export);
                let mut new = Self {
                    function,
                    account: fuel::account(oid),
                    definitions,
                    guest: std::ptr::null_mut(),
                    entry: None,
                    // Never current: the numbers count up from 0.
                    drops: u64::MAX,
                    tenant: None,
                    memory: 0,
                    stack_checked: usize::MAX,
                    context,
                };
                match site.as_mut() {
                    Some(site) => {
                        new.go_on_from(site);
                        *site = new;
                    }
                    None => site = Self::attach(flinfo, new),
                }
            }
            (*site).get_guest(flinfo);
            Some(&mut *site)
        }
    }

    /// Keeps what an execution that runs keeps.
    fn go_on_from(&mut self, before: &Self) {
        if Rc::ptr_eq(&self.function.target.module, &before.function.target.module) {
            (self.tenant, self.memory) = (before.tenant, before.memory);
        }
    }

    /// # Safety
    /// `flinfo` must be that of the call that is about to be made.
    unsafe fn get_guest(&mut self, flinfo: *const pg_sys::FmgrInfo) {
        let Function { target: Target { module, limits, export }, plan } = &self.function;
        let tenant = match limits.isolation {
            Isolation::Call => None,
            Isolation::Statement => {
                // SAFETY: the caller's promise.
                let execution = unsafe { Execution::of(flinfo) };
                Some(Tenant { role: instances::role(), execution })
            }
        };
        if self.drops == instances::drops() && self.tenant == tenant {
            return;
        }
        self.account.empty_hand();
        self.account.pay();
        let both = self.tenant.zip(tenant);
        let goes_on = both.is_some_and(|(was, is)| was.execution == is.execution);
        if !goes_on {
            self.memory = limits.memory;
        }
        let wanted = Limits { memory: self.memory, ..*limits };
        let made = instances::get(module, wanted, tenant);
        if matches!(made, Err(Error::Initialization { .. })) {
            path::push("before the call".into());
        }
        let (guest, drops) = made.or_raise();
        // SAFETY: just got, and nobody else uses it now.
        let found = unsafe { &mut *guest };
        // It may have been initialized for a function that may use more.
        if !goes_on {
            found.affords(limits.fuel).or_raise();
        }
        let entry = found.entry(export, plan.uses);
        self.entry = Some(entry.or_raise());
        self.guest = guest;
        self.drops = drops;
        self.tenant = tenant;
    }

    /// Drops the instance of a call that ended with an error, as its state may be anything.
    ///
    /// # Safety
    /// As [`of`](Self::of).
    #[cold]
    pub unsafe fn failed(call: pg_sys::FunctionCallInfo) {
        // SAFETY: the caller's promise.
        unsafe {
            // Where instances have been dropped since, another can lie at that address.
            if let Some(site) = (*(*call).flinfo).fn_extra.cast::<Self>().as_ref()
                && site.drops == instances::drops()
            {
                instances::drop_one(site.guest);
            }
        }
    }

    /// Hangs a new site on an `FmgrInfo`, to be dropped with its memory context.
    ///
    /// # Safety
    /// As [`of`](Self::of), and `fn_extra` is null.
    unsafe fn attach(flinfo: *mut pg_sys::FmgrInfo, new: Self) -> *mut Self {
        // SAFETY: the callback lives in the context whose reset calls it.
        unsafe {
            let context = (*flinfo).fn_mcxt;
            let callback: *mut pg_sys::MemoryContextCallback =
                pg_sys::MemoryContextAlloc(context, size_of::<pg_sys::MemoryContextCallback>())
                    .cast();
            let site = Box::into_raw(Box::new(new));
            (*callback).func = Some(drop_site);
            (*callback).arg = site.cast();
            pg_sys::MemoryContextRegisterResetCallback(context, callback);
            (*flinfo).fn_extra = site.cast();
            site
        }
    }
}

/// About where the stack is now.
#[inline(always)]
fn stack_pointer() -> usize {
    let here = 0u8;
    &raw const here as usize
}

/// # Safety
/// Called once by the memory context, with what [`CallSite::attach`] gave it.
unsafe extern "C-unwind" fn drop_site(site: *mut c_void) {
    // SAFETY: made by Box::into_raw.
    drop(unsafe { Box::from_raw(site.cast::<CallSite>()) });
}
