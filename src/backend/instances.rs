//! The instances that a backend keeps: whom each serves, and how long.
//!
//! Dropping one instance does not affect references to others. An instance must never be dropped while its state is
//! still needed, and the list of instances must never be borrowed while a guest runs or PostgreSQL may raise.

use super::execution::Execution;
use super::{Use, engine, states, with_room};
use crate::function::Target;
use crate::{allocator, error, fuel, signals};
use pgrx::pg_sys;
use plwasm_engine::warm_up::WarmUp;
use plwasm_engine::{Guest, Hash, Isolation, Limits, Module, Result};
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::mem::ManuallyDrop;
use std::ptr::null_mut;
use std::rc::Rc;

/// The most instances. Each reserves 4 GiB of address space, and the kernel limits the number of mappings.
const MAX_INSTANCES: usize = 1000;

/// The owner of an instance whose state outlives a call: one role, in one execution of one query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tenant {
    pub role: pg_sys::Oid,
    pub execution: Execution,
}

/// A reference to an instance, which does not keep it alive. The instance can be dropped after an error of a call, to
/// make room, or because its execution has ended.
#[derive(Debug, Clone)]
pub(crate) struct InstanceRef(Rc<Cell<*mut Guest>>);

struct Instance {
    module: Rc<Module>,
    warm_up: WarmUp,
    /// The memory that it may use, in bytes.
    memory: usize,
    /// The tenant. `None` means that every call finds it pristine, so it serves anyone.
    tenant: Option<Tenant>,
    /// The cell that all references to it share.
    reference: InstanceRef,
    /// The guest, boxed because references hold its address.
    guest: Box<Guest>,
}

thread_local! {
    /// All instances. The list is never dropped: the end of the process gives back everything at once.
    static INSTANCES: RefCell<ManuallyDrop<Vec<Instance>>> = RefCell::default();
}

impl InstanceRef {
    /// Returns a reference to no instance.
    pub(crate) fn none() -> Self {
        Self(Rc::new(Cell::new(null_mut())))
    }

    /// Returns the guest, or null if the instance has been dropped or is held. The address is valid until something
    /// is called that can drop instances.
    #[inline]
    pub(crate) fn guest(&self) -> *mut Guest {
        self.0.get()
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.reference.0.set(null_mut());
    }
}

/// Returns the current role.
#[inline]
pub(crate) fn role() -> pg_sys::Oid {
    // This does not raise. pgrx's guard would cost more than the call that it guards.
    unsafe extern "C-unwind" {
        fn GetUserId() -> pg_sys::Oid;
    }
    // SAFETY: this reads a static of the backend.
    unsafe { GetUserId() }
}

/// Finds or makes an instance for calls of a function, for a tenant or for anyone.
///
/// Raises 54000 if too many instances are in use.
///
/// # Errors
/// The errors of [`Guest::warmed`]; [`Memory`](plwasm_engine::Error::Memory) only if dropping everything idle was not
/// enough.
pub(crate) fn get(target: &Target, limits: Limits, tenant: Option<Tenant>) -> Result<InstanceRef> {
    let Target { module, warm_up, .. } = target;
    allocator::check();
    signals::restore();
    let found = INSTANCES.with_borrow(|instances| {
        let mut fitting = instances.iter().filter(|i| i.tenant == tenant);
        fitting
            .find(|i| {
                Rc::ptr_eq(&i.module, module) && i.memory == limits.memory && i.warm_up == *warm_up
            })
            .map(|i| i.reference.clone())
    });
    if let Some(reference) = found {
        return Ok(reference);
    }
    if is_full() {
        drop_idle();
    }
    if is_full() {
        too_many();
    }
    // This is outside of the borrow, because a start function is guest code.
    let mut guest = Box::new(make(target, limits)?);
    let reference = InstanceRef(Rc::new(Cell::new(&raw mut *guest)));
    let new = Instance {
        module: module.clone(),
        warm_up: warm_up.clone(),
        memory: limits.memory,
        tenant,
        reference: reference.clone(),
        guest,
    };
    INSTANCES.with_borrow_mut(|instances| instances.push(new));
    Ok(reference)
}

/// Makes an instance for calls of a function that is being created, to learn whether its warm-up succeeds, and drops
/// the instance.
///
/// # Errors
/// The errors of [`get`].
pub(crate) fn try_one(function: pg_sys::Oid, target: &Target) -> Result<()> {
    allocator::check();
    signals::restore();
    fuel::account(function).pay();
    make(target, target.limits).map(drop)
}

/// Makes an instance for calls of a function, whose account pays for it.
fn make(target: &Target, limits: Limits) -> Result<Guest> {
    states::prepare(target)?;
    let Target { module, warm_up, .. } = target;
    let guest = with_room(|| Guest::warmed(engine(), module.clone(), limits, warm_up))?;
    fuel::put_back(&guest, limits.fuel);
    Ok(guest)
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

/// Lists all instances.
pub(super) fn uses() -> Vec<Use> {
    INSTANCES.with_borrow(|instances| {
        let uses = instances.iter().map(|i| Use {
            hash: i.module.hash(),
            isolation: i.tenant.map_or(Isolation::Call, |_| Isolation::Statement),
            limit: Some(i.memory),
            bytes: i.guest.size(),
        });
        uses.collect()
    })
}

/// Drops an instance that nothing can use again, if it has not been dropped.
#[cold]
pub(crate) fn drop_one(instance: &InstanceRef) {
    drop_if(|i| Rc::ptr_eq(&i.reference.0, &instance.0));
}

/// Drops the idle instances that every call finds pristine. Returns whether there were any.
pub(super) fn drop_idle() -> bool {
    drop_if(|i| i.tenant.is_none())
}

/// Drops the idle instances whose module is not in `live`.
pub(super) fn drop_stale(live: &HashSet<Hash>) {
    drop_if(|i| i.tenant.is_none() && !live.contains(&i.module.hash()));
}

/// Drops the instances of an execution.
pub(super) fn execution_ended(execution: Execution) {
    drop_if(|i| i.tenant.is_some_and(|tenant| tenant.execution == execution));
}

/// Drops the instances that have state, because no execution outlives its transaction.
pub(super) fn transaction_ended() {
    drop_if(|i| i.tenant.is_some());
}

fn drop_if(goes: impl Fn(&Instance) -> bool) -> bool {
    // This uses try_ because an execution or a transaction can end anywhere, and a callback must not panic.
    INSTANCES.with(|instances| {
        let Ok(mut instances) = instances.try_borrow_mut() else { return false };
        let before = instances.len();
        instances.retain(|instance| !goes(instance));
        instances.len() < before
    })
}

/// An instance that nothing else finds. Calls within the call get another instance, and their errors, if caught, do
/// not drop this one. It is dropped unless it is released.
pub(crate) struct Held(Instance);

/// Takes an instance out of the list. Returns `None` if it has been dropped.
#[cold]
pub(crate) fn hold(instance: &InstanceRef) -> Option<Held> {
    INSTANCES.with_borrow_mut(|instances| {
        let at = instances.iter().position(|i| Rc::ptr_eq(&i.reference.0, &instance.0))?;
        instance.0.set(null_mut());
        Some(Held(instances.swap_remove(at)))
    })
}

impl Held {
    /// Returns the guest.
    pub(crate) fn guest(&mut self) -> &mut Guest {
        &mut self.0.guest
    }

    /// Puts the instance back into the list, where it is found before others of its module.
    pub(crate) fn release(mut self) {
        self.0.reference.0.set(&raw mut *self.0.guest);
        INSTANCES.with_borrow_mut(|instances| instances.insert(0, self.0));
    }
}
