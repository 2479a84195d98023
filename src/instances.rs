//! The instances that a backend keeps: whom each serves, and how long.
//!
//! It must never hold a borrow of its list while a guest runs or PostgreSQL may raise, and never drop an instance
//! whose state somebody still needs.

use crate::execution::Execution;
use crate::{allocator, backend, error, fuel, signals};
use pgrx::pg_sys;
use plwasm_engine::{Guest, Hash, Limits, Module, Result};
use std::cell::RefCell;
use std::collections::HashSet;
use std::mem::ManuallyDrop;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Bumped when instances are dropped: call sites get another.
static DROPS: AtomicU64 = AtomicU64::new(0);

/// Each instance reserves 4 GiB of address space, and the kernel counts mappings.
const MAX_INSTANCES: usize = 1000;

/// Owner of an instance whose state outlives a call: one role, in one execution of one query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tenant {
    pub role: pg_sys::Oid,
    pub execution: Execution,
}

pub struct Instance {
    module: Rc<Module>,
    memory: usize,
    /// None: every call finds it pristine, so it serves anyone.
    tenant: Option<Tenant>,
    /// Boxed: call sites hold its address.
    guest: Box<Guest>,
}

// Never dropped: the end of the process gives back everything at once.
thread_local! {
    static INSTANCES: RefCell<ManuallyDrop<Vec<Instance>>> = RefCell::default();
}

/// Who calls.
#[inline]
pub fn role() -> pg_sys::Oid {
    // Does not raise; through pgrx's guard it would cost more than the call it guards.
    unsafe extern "C-unwind" {
        fn GetUserId() -> pg_sys::Oid;
    }
    // SAFETY: reads a static of the backend.
    unsafe { GetUserId() }
}

/// The number that changes when a call site must get another instance.
#[inline]
pub fn drops() -> u64 {
    DROPS.load(Relaxed)
}

/// An instance of a module for a tenant, or for anyone, and the number under which its address stays good.
///
/// Raises 54000 if there are too many that are in use.
///
/// # Errors
/// Those of [`Guest::new`]; [`Memory`](plwasm_engine::Error::Memory) only once everything idle has been dropped.
pub fn get(
    module: &Rc<Module>,
    limits: Limits,
    tenant: Option<Tenant>,
) -> Result<(*mut Guest, u64)> {
    let engine = backend::engine();
    allocator::check();
    signals::restore();
    let found = INSTANCES.with_borrow_mut(|instances| {
        let mut fitting = instances.iter_mut().filter(|i| i.tenant == tenant);
        fitting
            .find(|i| Rc::ptr_eq(&i.module, module) && i.memory == limits.memory)
            .map(|i| &raw mut *i.guest)
    });
    if let Some(guest) = found {
        return Ok((guest, drops()));
    }
    if is_full() {
        drop_idle();
    }
    if is_full() {
        too_many();
    }
    // Outside the borrow: a start function is guest code.
    let new = || Guest::new(engine, module.clone(), limits);
    let mut guest = Box::new(backend::with_room(new)?);
    fuel::put_back(&guest);
    let address = &raw mut *guest;
    let new = Instance { module: module.clone(), memory: limits.memory, tenant, guest };
    INSTANCES.with_borrow_mut(|instances| instances.push(new));
    Ok((address, drops()))
}

fn is_full() -> bool {
    INSTANCES.with_borrow(|instances| instances.len() >= MAX_INSTANCES)
}

#[cold]
fn too_many() -> ! {
    error::raise_with_detail(
        "54000",
        "too many instances of WebAssembly modules are in use".into(),
        Some(format!(
            "Queries that are being executed, open cursors included, have {MAX_INSTANCES} instances with state \
             (isolation=statement)."
        )),
        Some("Close cursors, or use isolation=call where no state is needed."),
    )
}

/// What `read` makes of all of them: the module, the memory that the instance may use, the guest, and whether it has
/// state that outlives a call.
pub fn list<R>(read: impl Fn(&Module, usize, &Guest, bool) -> R) -> Vec<R> {
    INSTANCES.with_borrow(|instances| {
        let read = |i: &Instance| read(&i.module, i.memory, &i.guest, i.tenant.is_some());
        instances.iter().map(read).collect()
    })
}

/// Drops the one that has that address, if there is one: nobody can use it again.
#[cold]
pub fn drop_one(guest: *const Guest) {
    drop_if(|i| std::ptr::eq(&raw const *i.guest, guest));
}

/// Drops those that are idle, as every call finds them pristine. False if there were none.
pub fn drop_idle() -> bool {
    drop_if(|i| i.tenant.is_none())
}

/// Drops those that are idle and of other modules than these.
pub fn drop_stale(live: &HashSet<Hash>) {
    drop_if(|i| i.tenant.is_none() && !live.contains(&i.module.hash()));
}

/// Drops those of an execution.
pub fn execution_ended(execution: Execution) {
    drop_if(|i| i.tenant.is_some_and(|tenant| tenant.execution == execution));
}

/// Drops those that have state: no execution outlives its transaction.
pub fn transaction_ended() {
    drop_if(|i| i.tenant.is_some());
}

fn drop_if(goes: impl Fn(&Instance) -> bool) -> bool {
    // try_: an execution or a transaction can end anywhere, and a callback must not panic.
    INSTANCES.with(|instances| {
        let Ok(mut instances) = instances.try_borrow_mut() else { return false };
        let before = instances.len();
        instances.retain(|instance| !goes(instance));
        let some = instances.len() < before;
        if some {
            DROPS.fetch_add(1, Relaxed);
        }
        some
    })
}

/// An instance that nobody else finds: calls within the call get another, and errors in them that somebody
/// catches do not drop it.
pub struct Held(Instance);

/// Takes an instance away from everyone else; none if it is not one of ours.
#[cold]
pub fn hold(guest: *const Guest) -> Option<Held> {
    INSTANCES.with_borrow_mut(|instances| {
        let at = instances.iter().position(|i| std::ptr::eq(&raw const *i.guest, guest))?;
        DROPS.fetch_add(1, Relaxed);
        Some(Held(instances.swap_remove(at)))
    })
}

impl Held {
    /// Gives it back, to be found before others of its module.
    pub fn release(self) {
        INSTANCES.with_borrow_mut(|instances| instances.insert(0, self.0));
    }
}
