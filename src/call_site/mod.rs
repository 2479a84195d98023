//! A call site (L1): what `fn_extra` points at, with everything resolved that a call needs.
//!
//! It must never look anything up while it is current, which a few comparisons tell. `renew.rs` makes it current.

mod new_state;
mod prepared;
mod renew;
pub(crate) mod seated;
mod state;
mod trigger;
mod watched;
mod watched_state;
mod window;

use crate::backend;
use crate::backend::instances::{self, InstanceRef, Tenant};
use crate::error;
use crate::fuel::Account;
use crate::function::{Arguments, Function};
use crate::messages;
use crate::method::Role;
use crate::plan::{Plan, Returned, Slots};
use crate::tuplestore;
use pgrx::pg_sys::{Datum, FmgrInfo, FunctionCallInfo, NullableDatum, Oid};
use plwasm_engine::{Entry, Error, Guest, Isolation, Result};
use prepared::PreparedSite;
use seated::Caller;
use state::StateSite;
use std::ffi::CString;
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
    /// The role that must call, if the instance serves it alone, or if its calls are counted apart.
    role: Option<Oid>,
    /// Bytes that the instance may use. They do not change in an execution: one that runs keeps its instance.
    memory: usize,
    /// The fuel that calls use is counted here.
    account: Rc<Account>,
    /// The deepest stack pointer at which PostgreSQL found the stack deep enough.
    stack_checked: usize,
    /// What is kept for a method: the prepared value, or the instances of states.
    prepared: PreparedSite,
    states: StateSite,
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
            && site.role.is_none_or(|role| role == instances::role())
            && stack_pointer() >= site.stack_checked;
        is_current.then_some(site)
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
            let Some(scalar) = plan.scalar else { return self.call_with_values(fcinfo) };
            let args = (*fcinfo).args.as_slice(plan.arity());
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
    unsafe fn call_with_values(&mut self, fcinfo: FunctionCallInfo) -> Datum {
        // SAFETY: as in `call`.
        unsafe {
            match self.function.arguments {
                Arguments::Call => {}
                Arguments::Trigger(_) => return self.call_for_trigger(fcinfo),
                Arguments::Partition(_) => return window::call(fcinfo),
            }
            if self.function.plan.returns_set {
                tuplestore::expect_set(fcinfo);
            }
            let args = (*fcinfo).args.as_slice((*fcinfo).nargs as usize);
            self.result(fcinfo, args).unwrap_or_else(|| {
                (*fcinfo).isnull = true;
                Datum::from(0)
            })
        }
    }

    /// Calls the function with arguments, and returns its result, `None` for NULL and for a set.
    ///
    /// Raises the errors of the guest.
    ///
    /// # Safety
    /// As [`call`](Self::call), with arguments of the types of the plan.
    unsafe fn result(&mut self, fcinfo: FunctionCallInfo, args: &[NullableDatum]) -> Option<Datum> {
        // SAFETY: the caller's promise.
        unsafe {
            let result = if let Some(method) = &self.function.method {
                let role = method.role;
                match self.step_in_place(args) {
                    Some(Ok(state)) => return Some(state),
                    Some(Err(error)) => Err(error),
                    None if role == Role::Prepared => {
                        self.call_prepared(fcinfo, args).map_err(Box::new)
                    }
                    None => self.call_with_state(fcinfo, args, role).map_err(Box::new),
                }
            } else if !self.function.plan.takes(args) {
                Ok(self.function.plan.null())
            } else if self.function.plan.calls_back {
                let call =
                    |plan: &_, guest: &mut _, entry: &_| pass(plan, fcinfo, 0, args, guest, entry);
                self.run_held(call).map_err(Box::new)
            } else {
                let plan = &self.function.plan;
                self.run(|guest, entry| pass(plan, fcinfo, 0, args, guest, entry).map_err(Box::new))
            };
            match result {
                Ok(result) => {
                    self.function.plan.check_domains();
                    result
                }
                Err(error) => error::raise(&error),
            }
        }
    }

    /// Returns for whom a call of a method is made.
    fn caller(&self, fcinfo: FunctionCallInfo) -> Caller<'_> {
        Caller { account: &self.account, fuel: self.function.target.limits.fuel, fcinfo }
    }

    /// Runs `call` with the fuel of a call, and puts the instance back. The result should be small: an error that is not
    /// in a box is moved several times before it is known that there is one.
    ///
    /// # Safety
    /// The site must be current. `call` must do nothing that can call the function again or drop instances.
    #[inline(always)]
    unsafe fn run<T>(
        &self,
        call: impl FnOnce(&mut Guest, &Entry) -> std::result::Result<T, Box<Error>>,
    ) -> std::result::Result<T, Box<Error>> {
        // SAFETY: a current site has an instance and an entry. The instance's address is good meanwhile, as guests do
        // not call back.
        unsafe {
            let guest = self.instance.guest();
            let entry = self.entry.as_ref().unwrap_unchecked();
            let limits = &self.function.target.limits;
            let running = self.account.begin(&mut *guest, limits.fuel);
            let result = call(running.guest, entry);
            drop(running);
            let is_settled = match limits.isolation {
                Isolation::Call => (*guest).reset(),
                Isolation::Statement => !(*guest).has_messages(),
            };
            match is_settled {
                true => result,
                false => self.settle(result),
            }
        }
    }

    /// Raises what the guest has said, and drops the instance if it cannot be put back.
    ///
    /// # Safety
    /// The site must be current.
    #[cold]
    #[inline(never)]
    unsafe fn settle<T>(
        &self,
        result: std::result::Result<T, Box<Error>>,
    ) -> std::result::Result<T, Box<Error>> {
        // SAFETY: a current site has an instance.
        let guest = unsafe { &mut *self.instance.guest() };
        let messages = guest.take_messages();
        if self.function.target.limits.isolation == Isolation::Call && !guest.reset() {
            instances::drop_one(&self.instance);
        }
        let result = result.map_err(|error| *error);
        messages::settle(self.account.function(), messages, result).map_err(Box::new)
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
        let messages = held.guest().take_messages();
        let result = messages::settle(self.account.function(), messages, result);
        // After an error its state may be anything.
        if result.is_ok() && (limits.isolation != Isolation::Call || held.guest().reset()) {
            held.release();
        }
        result
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
}

/// Passes arguments to a guest and its result back: a value, or none for NULL, for a set, whose rows go to the tuplestore of
/// the call, and for a window function, whose results go to the memory of the partition. A method gets `representation` first.
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
    representation: u32,
    args: &[NullableDatum],
    guest: &mut Guest,
    entry: &Entry,
) -> Result<Option<Datum>> {
    // SAFETY: the caller's promise.
    unsafe {
        let mut slots = Slots::new();
        let slots = plan.lower(representation, args, guest, &mut slots)?;
        guest.call(entry, slots)?;
        let result = match plan.lift(&slots[0], guest)? {
            Returned::Datum(datum) => Some(datum),
            Returned::Null => None,
            Returned::Rows(rows) => {
                tuplestore::fill(fcinfo, rows)?;
                None
            }
            Returned::Column(rows) => {
                window::keep(fcinfo, rows)?;
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
