//! A call site (L1): what `fn_extra` points at, with everything resolved that a call needs.
//!
//! It must never look anything up while it is current; whether it is, is a few comparisons.

use crate::backend::instances::{self, InstanceRef, Tenant};
use crate::backend::{self, Execution};
use crate::error::{self, OrRaise};
use crate::fuel::{self, Account};
use crate::function::{Function, Target};
use crate::plan::{Plan, Returned, Slots, path};
use crate::{context, tuplestore};
use pgrx::pg_sys::{self, Datum, FmgrInfo, FunctionCallInfo, NullableDatum};
use plwasm_engine::name::printable;
use plwasm_engine::{Entry, Error, Guest, Isolation, Limits, Result};
use std::ffi::{CString, c_void};
use std::rc::Rc;

/// A function resolved for one `FmgrInfo`, with the instance that serves it now.
pub(crate) struct CallSite {
    function: Function,
    /// [`backend::definitions`] when the function was resolved.
    definitions: u64,
    instance: InstanceRef,
    /// The export in the instance.
    entry: Option<Entry>,
    /// Whom the instance serves, if its state lives longer than a call.
    tenant: Option<Tenant>,
    /// Bytes that the instance may use. They do not change in an execution: one that runs keeps its instance.
    memory: usize,
    /// The fuel that calls use is counted here.
    account: Rc<Account>,
    /// The deepest stack pointer at which PostgreSQL found the stack deep enough.
    stack_checked: usize,
    /// Whether a call is in progress that may call this site again.
    is_calling_back: bool,
    /// The line of CONTEXT for errors.
    context: CString,
}

impl CallSite {
    /// Returns the call site of an `FmgrInfo`, if it has one that is current.
    ///
    /// # Safety
    /// `fn_extra` must be null or a call site.
    #[inline]
    pub(crate) unsafe fn current<'a>(flinfo: *const FmgrInfo) -> Option<&'a mut Self> {
        // SAFETY: the caller's promise; the site lives until fn_mcxt is reset.
        let site = unsafe { (*flinfo).fn_extra.cast::<Self>().as_mut()? };
        let is_current = site.definitions == backend::definitions()
            && !site.instance.guest().is_null()
            && site.tenant.is_none_or(|tenant| tenant.role == instances::role())
            && stack_pointer() >= site.stack_checked;
        is_current.then_some(site)
    }

    /// Returns whether an `FmgrInfo` has a call site whose function need not be resolved again.
    ///
    /// # Safety
    /// As [`current`](Self::current).
    pub(crate) unsafe fn is_resolved(flinfo: *const FmgrInfo) -> bool {
        // SAFETY: the caller's promise.
        let site = unsafe { (*flinfo).fn_extra.cast::<Self>().as_ref() };
        site.is_some_and(|site| site.definitions == backend::definitions())
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
            site.find_instance(flinfo);
            site.stack_checked = stack_pointer();
            site
        }
    }

    /// Returns the line of CONTEXT.
    pub(crate) fn context(&self) -> &CString {
        &self.context
    }

    /// Calls the function.
    ///
    /// # Safety
    /// `fcinfo` must be of the function that the site was made for, and the site current.
    #[inline]
    pub(crate) unsafe fn call(&mut self, fcinfo: FunctionCallInfo) -> Datum {
        // SAFETY: the caller's promise: the plan was made for this function, the entry for this plan.
        unsafe {
            let plan = &self.function.plan;
            let args = (*fcinfo).args.as_slice(plan.arity());
            let Some(scalar) = plan.scalar else { return self.call_with_values(fcinfo, args) };
            // Also where the function is STRICT: ALTER FUNCTION may have made it so after the executor of a running
            // query has decided to call it for NULLs too.
            if args.iter().any(|arg| arg.isnull) {
                (*fcinfo).isnull = true;
                return Datum::from(0);
            }
            let result = self.run(|guest, entry| {
                let mut slots = Slots::new();
                let slots = slots.copied(args);
                guest.call(entry, slots).map_err(Box::new)?;
                let result = scalar.lift(&slots[0]);
                guest.post_return(entry, &slots[0]).map_err(Box::new)?;
                Ok::<_, Box<Error>>(result)
            });
            match result {
                Ok(datum) => datum,
                Err(error) => error::raise(&error),
            }
        }
    }

    /// Calls a function whose arguments or result need more than copying. Not inlined, to keep the path of the others
    /// short.
    ///
    /// # Safety
    /// As [`call`](Self::call).
    #[inline(never)]
    unsafe fn call_with_values(
        &mut self,
        fcinfo: FunctionCallInfo,
        args: &[NullableDatum],
    ) -> Datum {
        // SAFETY: as in `call`.
        unsafe {
            if self.function.plan.returns_set {
                tuplestore::expect_set(fcinfo);
            }
            let result = if !self.function.plan.takes(args) {
                Ok(self.function.plan.null())
            } else if self.function.plan.calls_back {
                let call =
                    |plan: &_, guest: &mut _, entry: &_| pass(plan, fcinfo, args, guest, entry);
                self.run_held(call).map_err(Box::new)
            } else {
                let plan = &self.function.plan;
                self.run(|guest, entry| pass(plan, fcinfo, args, guest, entry).map_err(Box::new))
            };
            match result {
                Ok(result) => {
                    self.function.plan.check_domains();
                    result.unwrap_or_else(|| {
                        (*fcinfo).isnull = true;
                        Datum::from(0)
                    })
                }
                Err(error) => error::raise(&error),
            }
        }
    }

    /// Runs `call` with the fuel of a call, and puts the instance back. The result should be small: an error that is not
    /// in a box is moved several times before it is known that there is one.
    ///
    /// # Safety
    /// The site must be current. `call` must do nothing that can call the function again or drop instances.
    #[inline(always)]
    unsafe fn run<R>(&self, call: impl FnOnce(&mut Guest, &Entry) -> R) -> R {
        // SAFETY: a current site has an instance and an entry. The instance's address is good meanwhile, as guests do
        // not call back.
        unsafe {
            let guest = self.instance.guest();
            let entry = self.entry.as_ref().unwrap_unchecked();
            let limits = &self.function.target.limits;
            let running = self.account.begin(&mut *guest, limits.fuel);
            let result = call(running.guest, entry);
            drop(running);
            if limits.isolation == Isolation::Call && !(*guest).reset() {
                self.drop_instance();
            }
            result
        }
    }

    /// Drops the instance, which cannot be put back.
    #[cold]
    #[inline(never)]
    fn drop_instance(&self) {
        instances::drop_one(&self.instance);
    }

    /// As [`run`](Self::run), where making the result may call this function again.
    ///
    /// # Safety
    /// The site must be current.
    #[cold]
    #[inline(never)]
    unsafe fn run_held<R>(
        &mut self,
        call: impl FnOnce(&Plan, &mut Guest, &Entry) -> Result<R>,
    ) -> Result<R> {
        let (Some(entry), Some(mut held)) = (self.entry, instances::hold(&self.instance)) else {
            return Err(Error::Internal("a call site has no instance".into()));
        };
        // A call within the call can be of this site, and gives the site another instance.
        let before = std::mem::replace(&mut self.is_calling_back, true);
        let limits = self.function.target.limits;
        let running = self.account.begin(held.guest(), limits.fuel);
        let result = call(&self.function.plan, running.guest, &entry);
        // What calls of this function within the call have left there, and then what the call itself has left: calls within
        // the next one cannot use what that has in hand.
        self.account.empty_hand();
        drop(running);
        self.account.empty_hand();
        self.is_calling_back = before;
        // After an error its state may be anything.
        if result.is_ok() && (limits.isolation != Isolation::Call || held.guest().reset()) {
            held.release();
        }
        result
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
            let mut new = Self {
                function,
                definitions,
                instance: InstanceRef::none(),
                entry: None,
                tenant: None,
                memory: 0,
                account: fuel::account(oid),
                stack_checked: usize::MAX,
                is_calling_back: false,
                context: context::of_function("PL/Wasm function ", oid, &export),
            };
            let flinfo = (*call).flinfo;
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
        if Rc::ptr_eq(&self.function.target.module, &before.function.target.module) {
            (self.tenant, self.memory) = (before.tenant, before.memory);
        }
    }

    /// Finds or makes an instance for the role and the execution that call, unless the site has it.
    ///
    /// # Safety
    /// `flinfo` must be that of the call that is about to be made.
    unsafe fn find_instance(&mut self, flinfo: *const FmgrInfo) {
        let Function { target: Target { module, limits, export }, plan } = &self.function;
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
        let found = instances::get(module, wanted, tenant);
        if matches!(found, Err(Error::Initialization { .. })) {
            path::push("before the call".into());
        }
        let found = found.or_raise();
        // SAFETY: just found, and nobody else uses it now.
        let guest = unsafe { &mut *found.guest() };
        // It may have been initialized for a function that may use more.
        if !goes_on {
            guest.affords(limits.fuel).or_raise();
        }
        self.entry = Some(guest.entry(export, plan.uses).or_raise());
        self.instance = found;
        self.tenant = tenant;
    }

    /// Drops the instance of a call that ended with an error, as its state may be anything.
    ///
    /// # Safety
    /// As [`renew`](Self::renew).
    #[cold]
    pub(crate) unsafe fn failed(call: FunctionCallInfo) {
        // SAFETY: the caller's promise.
        if let Some(site) = unsafe { (*(*call).flinfo).fn_extra.cast::<Self>().as_ref() } {
            instances::drop_one(&site.instance);
        }
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

/// Passes arguments to a guest and its result back: a value, or none for NULL and for a set, whose rows go to the
/// tuplestore of the call.
///
/// # Errors
/// Whatever the guest does wrong.
///
/// # Safety
/// `fcinfo` must be that of the function that the plan was made for, `args` its arguments, and `entry` one of `guest`'s
/// with the core signature that the plan was made for.
#[inline]
unsafe fn pass(
    plan: &Plan,
    fcinfo: FunctionCallInfo,
    args: &[NullableDatum],
    guest: &mut Guest,
    entry: &Entry,
) -> Result<Option<Datum>> {
    // SAFETY: the caller's promise.
    unsafe {
        let mut slots = Slots::new();
        let slots = plan.lower(args, guest, &mut slots)?;
        guest.call(entry, slots)?;
        let result = match plan.lift(&slots[0], guest)? {
            Returned::Datum(datum) => Some(datum),
            Returned::Null => None,
            Returned::Rows(rows) => {
                tuplestore::fill(fcinfo, rows)?;
                None
            }
        };
        guest.post_return(entry, &slots[0])?;
        Ok(result)
    }
}

/// Returns about where the stack is now.
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
