//! The instances that a backend keeps: whom each serves, and how long.
//!
//! Dropping one instance does not affect references to others. An instance must never be dropped while its state is
//! still needed, and the list of instances must never be borrowed while a guest runs or PostgreSQL may raise.

use super::execution::Execution;
use super::seats::Seat;
use super::{Use, engine, states, with_room};
use crate::function::Target;
use crate::statistics::counts::Event;
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

/// Whom an instance serves.
#[derive(Debug)]
enum Serves {
    /// Every call, as each finds it pristine.
    Anyone,
    Tenant(Tenant),
    /// Calls that start from a kept state.
    States(Rc<Seat>),
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
    serves: Serves,
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

    /// Returns a reference that is never found to be of a dropped instance, for call sites that find their instance at
    /// each call.
    pub(crate) fn elsewhere() -> Self {
        Self(Rc::new(Cell::new(std::ptr::dangling_mut())))
    }

    /// Returns the guest, or null if the instance has been dropped or is held. The address is valid until something
    /// is called that can drop instances.
    #[inline]
    pub(crate) fn guest(&self) -> *mut Guest {
        self.0.get()
    }
}

impl Instance {
    /// Returns whether calls of a function with so much memory can use it.
    fn is_of(&self, target: &Target, memory: usize) -> bool {
        Rc::ptr_eq(&self.module, &target.module)
            && self.memory == memory
            && self.warm_up == target.warm_up
    }

    fn tenant(&self) -> Option<Tenant> {
        match self.serves {
            Serves::Tenant(tenant) => Some(tenant),
            _ => None,
        }
    }

    /// Returns whether nothing is lost if it is dropped between two calls.
    fn is_idle(&self) -> bool {
        match &self.serves {
            Serves::Anyone => true,
            Serves::Tenant(_) => false,
            Serves::States(seat) => seat.is_idle(),
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.reference.0.set(null_mut());
        if let Serves::States(seat) = &self.serves {
            seat.vanish();
        }
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
    prepare();
    let found = INSTANCES.with_borrow(|instances| {
        let mut fitting = instances.iter().filter(|i| match &i.serves {
            Serves::Anyone => tenant.is_none(),
            Serves::Tenant(own) => tenant == Some(*own),
            Serves::States(_) => false,
        });
        fitting.find(|i| i.is_of(target, limits.memory)).map(|i| i.reference.clone())
    });
    match found {
        Some(reference) => Ok(reference),
        None => add(target, limits, |_| tenant.map_or(Serves::Anyone, Serves::Tenant)),
    }
}

/// Makes an instance whose calls start from kept states, and its seat.
///
/// Raises 54000 if too many instances are in use.
///
/// # Errors
/// The errors of [`get`].
pub(super) fn add_seat(target: &Target, limits: Limits) -> Result<Rc<Seat>> {
    let mut made = None;
    let reference = add(target, limits, |reference| {
        let seat = Rc::new(Seat::new(reference.clone(), target, limits.memory));
        made = Some(seat.clone());
        Serves::States(seat)
    })?;
    // SAFETY: it was just made, and nobody else uses it now.
    match unsafe { (*reference.guest()).prepare_keeping() } {
        // Its states cannot leave it, but can be used in it.
        Ok(()) | Err(plwasm_engine::Error::Unkeepable(_)) => {}
        Err(error) => {
            drop_one(&reference);
            return Err(error);
        }
    }
    made.ok_or_else(|| plwasm_engine::Error::Internal("an instance has no seat".into()))
}

/// Returns the seats of instances for calls of a function.
pub(super) fn seats_of(target: &Target, limits: Limits) -> Vec<Rc<Seat>> {
    INSTANCES.with_borrow(|instances| {
        let fitting = instances.iter().filter(|i| i.is_of(target, limits.memory));
        let seats = fitting.filter_map(|i| match &i.serves {
            Serves::States(seat) => Some(seat.clone()),
            _ => None,
        });
        seats.collect()
    })
}

/// Calls `each` with every seat.
pub(super) fn for_each_seat(mut each: impl FnMut(&Seat)) {
    // This uses try_ because it is called by callbacks, which must not panic.
    INSTANCES.with(|instances| {
        let Ok(instances) = instances.try_borrow() else { return };
        for instance in &**instances {
            if let Serves::States(seat) = &instance.serves {
                each(seat);
            }
        }
    });
}

/// Does what must be done before a guest runs for a call site that was not current.
pub(crate) fn prepare() {
    allocator::check();
    signals::restore();
}

fn add(
    target: &Target,
    limits: Limits,
    serves: impl FnOnce(&InstanceRef) -> Serves,
) -> Result<InstanceRef> {
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
        module: target.module.clone(),
        warm_up: target.warm_up.clone(),
        memory: limits.memory,
        serves: serves(&reference),
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
    prepare();
    fuel::account(function, None, target.limits.fuel).pay();
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
            object: "instance",
            hash: i.module.hash(),
            isolation: i.tenant().map_or(Isolation::Call, |_| Isolation::Statement),
            limit: Some(i.memory),
            bytes: i.guest.size(),
        });
        uses.collect()
    })
}

/// Drops an instance that nothing can use again, if it has not been dropped.
#[cold]
pub(crate) fn drop_one(instance: &InstanceRef) {
    if drop_if(|i| Rc::ptr_eq(&i.reference.0, &instance.0)) {
        fuel::count(Event::InstanceDropped);
    }
}

/// Drops the instances that are idle. Returns whether there were any.
pub(super) fn drop_idle() -> bool {
    drop_if(Instance::is_idle)
}

/// Drops the idle instances whose module is not in `live`.
pub(super) fn drop_stale(live: &HashSet<Hash>) {
    drop_if(|i| i.is_idle() && !live.contains(&i.module.hash()));
}

/// Drops the instances of an execution.
pub(super) fn execution_ended(execution: Execution) {
    drop_if(|i| i.tenant().is_some_and(|tenant| tenant.execution == execution));
}

/// Drops the instances that have state, because no execution outlives its transaction.
pub(super) fn transaction_ended() {
    drop_if(|i| i.tenant().is_some());
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
