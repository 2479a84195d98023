//! Making a call site current: resolving its function, and finding an instance for it.
//!
//! Nothing here runs for a row of a query whose call site is current. It must never replace what a call in progress uses.

use super::CallSite;
use super::prepared::PreparedSite;
use super::state::StateSite;
use crate::backend::instances::{self, InstanceRef, Tenant};
use crate::backend::{self, Execution};
use crate::error::OrRaise;
use crate::function::{Arguments, Function, Target};
use crate::method::Role;
use crate::plan::path;
use crate::statistics::Site;
use crate::{context, fuel};
use pgrx::pg_sys::{self, FmgrInfo, FunctionCallInfo};
use plwasm_engine::name::printable;
use plwasm_engine::{Error, Isolation, Limits};
use std::ffi::c_void;

impl CallSite {
    /// Returns whether an `FmgrInfo` has a call site whose function need not be resolved again.
    ///
    /// # Safety
    /// As [`current`](Self::current).
    pub(crate) unsafe fn is_resolved(flinfo: *const FmgrInfo) -> bool {
        // SAFETY: the caller's promise.
        let site = unsafe { (*flinfo).fn_extra.cast::<Self>().as_ref() };
        site.is_some_and(|site| {
            site.definitions == backend::definitions()
                && site.account.role().is_none_or(|role| role == instances::role())
        })
    }

    /// Makes the call site of an `FmgrInfo` current: renewed where something has changed, or a new one.
    ///
    /// # Safety
    /// `call` must be valid and of a function, and the `fn_extra` of its `flinfo` null or set by this function.
    pub(crate) unsafe fn renew<'a>(call: FunctionCallInfo) -> &'a mut Self {
        // SAFETY: the caller's promise.
        unsafe {
            // It costs a fifth of an empty call, so it is called once for a depth and a statement.
            pg_sys::check_stack_depth();
            let flinfo = (*call).flinfo;
            let site = match Self::is_resolved(flinfo) {
                true => &mut *(*flinfo).fn_extra.cast(),
                false => Self::resolve((*flinfo).fn_oid, call),
            };
            match site.is_watched() {
                false => site.find_instance(flinfo),
                true => {
                    let given = site.given(call);
                    site.logging(given.as_deref(), |site| site.find_instance(flinfo));
                }
            }
            site.stack_checked = site.stack_to_check();
            site
        }
    }

    /// Resolves a function, for a new call site or for the one that there is. It has no instance yet.
    ///
    /// # Safety
    /// As [`renew`](Self::renew).
    unsafe fn resolve<'a>(oid: pg_sys::Oid, call: FunctionCallInfo) -> &'a mut Self {
        // SAFETY: the caller's promise.
        unsafe {
            let definitions = backend::definitions();
            let function = Function::resolve(oid, call).or_raise();
            let export = printable(&function.target.export);
            let export = format!(", export \"{}\"", crate::encoding::message(&export));
            let flinfo = (*call).flinfo;
            let is_trigger = matches!(function.arguments, Arguments::Trigger(_));
            let prepared = match &function.method {
                Some(method) if method.role == Role::Prepared => {
                    PreparedSite::new(flinfo, &method.types, is_trigger)
                }
                _ => PreparedSite::default(),
            };
            let account = fuel::account(oid, Site::of(call), function.target.limits.fuel);
            let mut new = Self {
                function,
                definitions,
                instance: InstanceRef::none(),
                entry: None,
                tenant: None,
                role: account.role(),
                memory: 0,
                account,
                stack_checked: usize::MAX,
                prepared,
                states: StateSite::default(),
                is_calling_back: false,
                context: context::of_function("PL/Wasm function ", oid, &export),
            };
            let Some(site) = (*flinfo).fn_extra.cast::<Self>().as_mut() else {
                return Self::attach(flinfo, new);
            };
            new.go_on_from(site);
            // A call that is in progress goes on with what it has.
            if site.is_calling_back {
                return Self::attach(flinfo, new);
            }
            *site = new;
            site
        }
    }

    /// Keeps what an execution that runs keeps.
    fn go_on_from(&mut self, before: &Self) {
        if self.function.target.shares_state_with(&before.function.target) {
            (self.tenant, self.memory) = (before.tenant, before.memory);
        }
    }

    /// Finds or makes an instance for the role and the execution that call, unless the site has it.
    ///
    /// # Safety
    /// `flinfo` must be that of the call that is about to be made.
    unsafe fn find_instance(&mut self, flinfo: *const FmgrInfo) {
        let Function { target, plan, .. } = &self.function;
        let Target { limits, export, .. } = target;
        let tenant = match limits.isolation {
            Isolation::Call => None,
            Isolation::Statement => {
                // SAFETY: the caller's promise.
                let execution = unsafe { Execution::of(flinfo) };
                Some(Tenant { role: instances::role(), execution })
            }
        };
        if !self.instance.guest().is_null() && self.tenant == tenant {
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
        let found = match &self.function.method {
            None => instances::get(target, wanted, tenant),
            // A method finds the instance of its state at each call.
            Some(_) => {
                instances::prepare();
                self.instance = InstanceRef::elsewhere();
                return;
            }
        };
        // Also an error of the process that makes states.
        if matches!(found, Err(Error::Initialization { .. } | Error::Compiler(_))) {
            path::push("before the call".into());
        }
        let found = found.or_raise();
        // SAFETY: just found, and nobody else uses it now.
        let guest = unsafe { &mut *found.guest() };
        fuel::count_memory(guest.memory());
        // It may have been initialized for a function that may use more.
        if !goes_on {
            guest.affords(limits.fuel).or_raise();
        }
        self.entry = Some(guest.entry(export, plan.uses).or_raise());
        self.instance = found;
        self.tenant = tenant;
        self.role = tenant.map(|tenant| tenant.role).or(self.account.role());
    }

    /// Hangs a new site on an `FmgrInfo`, to be dropped with its memory context.
    ///
    /// # Safety
    /// As [`renew`](Self::renew).
    unsafe fn attach<'a>(flinfo: *mut FmgrInfo, new: Self) -> &'a mut Self {
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
            &mut *site
        }
    }
}

/// # Safety
/// Called once by the memory context, with what [`CallSite::attach`] gave it.
unsafe extern "C-unwind" fn drop_site(site: *mut c_void) {
    // SAFETY: made by Box::into_raw.
    let site = unsafe { Box::from_raw(site.cast::<CallSite>()) };
    site.account.leave_site();
}
