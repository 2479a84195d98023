//! What a backend keeps: the engine, the compiled modules, instances, and which binary is behind
//! which row of pg_proc.
//!
//! It must never hold a borrow of its state while a guest runs or PostgreSQL may raise.

use crate::error::OrRaise;
use crate::sql::source::Source;
use crate::{allocator, code, fuel, interrupt, settings, signals};
use pgrx::pg_sys;
use plwasm_engine::code_cache::Key;
use plwasm_engine::{
    BACKEND, Budget, Engine, Error, Guest, Hash, Isolation, Limits, Module, ModuleCache,
};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::ffi::{c_int, c_void};
use std::mem::ManuallyDrop;
use std::rc::Rc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Bumped when a function, a type or a setting changes: call sites resolve anew.
static DEFINITIONS: AtomicU64 = AtomicU64::new(0);

/// Bumped when instances are dropped: call sites get another.
static INSTANCES: AtomicU64 = AtomicU64::new(0);

/// Each instance reserves 4 GiB of address space, and the kernel counts mappings.
const MAX_INSTANCES: usize = 1000;

/// How many rows of pg_proc are remembered.
const MAX_SOURCES: usize = 10_000;

/// One version of a row of pg_proc.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    pub oid: pg_sys::Oid,
    pub xmin: pg_sys::TransactionId,
    pub tid: (u32, u16),
}

/// Whom an instance serves whose state outlives a call: one role, in one statement.
///
/// A statement is what `statement_timestamp()` says it is: a message of the client's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tenant {
    role: pg_sys::Oid,
    statement: pg_sys::TimestampTz,
}

#[derive(Default)]
struct State {
    modules: ModuleCache,
    sources: HashMap<pg_sys::Oid, Known>,
    instances: Vec<Instance>,
}

/// The code behind a row of pg_proc.
struct Known {
    version: Version,
    hash: Hash,
    /// By which the syscache's invalidations name the row.
    row: u32,
}

struct Instance {
    module: Rc<Module>,
    memory: usize,
    /// None: every call finds it pristine, so it serves anyone.
    tenant: Option<Tenant>,
    /// Boxed: call sites hold its address.
    guest: Box<Guest>,
}

// None is dropped: the end of the process gives back everything at once.
thread_local! {
    static STATE: RefCell<ManuallyDrop<State>> = RefCell::default();

    /// The relations of row types that plans were made for.
    static ROWS: RefCell<ManuallyDrop<HashSet<pg_sys::Oid>>> = RefCell::default();

    /// The rows of pg_proc that were changed since somebody looked, as their invalidations name them.
    static STALE: RefCell<ManuallyDrop<HashSet<u32>>> = RefCell::default();
}

static ENGINE: OnceLock<&'static Engine> = OnceLock::new();

/// The engine, made at its first use in this backend.
pub fn engine() -> &'static Engine {
    if let Some(engine) = ENGINE.get() {
        return engine;
    }
    allocator::set_aside();
    let budget = Budget::new(settings::backend_memory());
    let engine = Engine::new(interrupt::poll, budget);
    let engine: &'static Engine = Box::leak(Box::new(engine.or_raise().supplied_by(fuel::draw)));
    signals::remember();
    // SAFETY: callbacks of the right types, registered once per backend.
    unsafe {
        use pg_sys::SysCacheIdentifier::{
            AUTHMEMROLEMEM, AUTHOID, ENUMOID, NAMESPACEOID, PROCOID, TYPEOID,
        };
        for cache in [PROCOID, TYPEOID, ENUMOID, AUTHOID, AUTHMEMROLEMEM, NAMESPACEOID] {
            let nothing = pg_sys::Datum::from(0);
            pg_sys::CacheRegisterSyscacheCallback(
                cache as c_int,
                Some(definition_changed),
                nothing,
            );
        }
        pg_sys::CacheRegisterRelcacheCallback(Some(relation_changed), pg_sys::Datum::from(0));
        pg_sys::RegisterXactCallback(Some(transaction_ended), std::ptr::null_mut());
    }
    let _ = ENGINE.set(engine);
    engine
}

/// The number that changes when a call site must resolve anew.
#[inline]
pub fn definitions() -> u64 {
    DEFINITIONS.load(Relaxed)
}

/// The number that changes when a call site must get another instance.
#[inline]
pub fn instances() -> u64 {
    INSTANCES.load(Relaxed)
}

/// Makes every call site resolve anew.
pub fn forget_call_sites() {
    DEFINITIONS.fetch_add(1, Relaxed);
}

/// Makes call sites resolve anew when this relation changes, whose row type they know.
pub fn watch_relation(relation: pg_sys::Oid) {
    ROWS.with_borrow_mut(|rows| rows.insert(relation));
}

/// Sets the memory for all instances and code, in bytes.
pub fn set_memory(bytes: usize) {
    if let Some(engine) = ENGINE.get() {
        engine.budget().set_limit(bytes);
    }
}

impl Tenant {
    /// Who calls, and in which statement.
    #[inline]
    pub fn current() -> Self {
        // Neither raises; through pgrx's guard they would cost more than the call they guard.
        unsafe extern "C-unwind" {
            fn GetUserId() -> pg_sys::Oid;
            fn GetCurrentStatementStartTimestamp() -> pg_sys::TimestampTz;
        }
        // SAFETY: both read a static of the backend.
        unsafe { Self { role: GetUserId(), statement: GetCurrentStatementStartTimestamp() } }
    }
}

/// The module behind `version` of a row, if it is known and loaded.
pub fn known(version: Version, isolation: Isolation) -> Option<Rc<Module>> {
    let wasi = settings::wasi();
    STATE.with_borrow_mut(|state| {
        let known = state.sources.get(&version.oid).filter(|known| known.version == version)?;
        // Whatever was changed, it was not this.
        STALE.with_borrow_mut(|stale| stale.remove(&known.row));
        let key = Key { hash: known.hash, isolation };
        state.modules.get(&key, wasi)
    })
}

/// The module of the code that is in `version` of a row. Waits where that has to be compiled, and raises what is
/// pending then.
///
/// # Errors
/// Those of the source, and of compiling.
pub fn module(
    version: Version,
    isolation: Isolation,
    source: &Source,
) -> plwasm_engine::Result<Rc<Module>> {
    if let Some(known) = known(version, isolation) {
        return Ok(known);
    }
    engine();
    allocator::check();
    let wasi = settings::wasi();
    let cache = code::cache();
    let stored = source.stored();
    let behind = stored.and_then(|stored| cache.behind(stored));
    let (hash, code) = match behind {
        Some(hash) => (hash, None),
        None => {
            let code = source.code()?;
            let hash = Hash::of(&code);
            interrupt::check();
            (hash, Some(code))
        }
    };
    let key = Key { hash, isolation };
    let loaded = STATE.with_borrow_mut(|state| state.modules.get(&key, wasi));
    let module = match loaded {
        Some(module) => module,
        None => {
            let artefact = with_room(|| {
                let code = || match &code {
                    Some(code) => Ok(Cow::Borrowed(code.as_slice())),
                    None => source.code().map(Cow::Owned),
                };
                code::artefact(&key, wasi, code)
            })?;
            allocator::room(allocator::SOME.max(artefact.bytes().len() / 2));
            Rc::new(with_room(|| Module::load(engine(), &artefact))?)
        }
    };
    if behind.is_none()
        && let Some(stored) = stored
    {
        cache.remember(stored, hash);
    }
    let row = proc_hash(version.oid);
    STATE.with_borrow_mut(|state| {
        forget_stale(state);
        state.modules.put(key, module.clone());
        if state.sources.len() >= MAX_SOURCES {
            state.sources.clear();
        }
        state.sources.insert(version.oid, Known { version, hash, row });
    });
    Ok(module)
}

/// What `make` makes, for which what is idle makes room.
///
/// # Errors
/// Those of `make`; [`Error::Memory`] and [`Error::Reserve`] only once there is nothing idle.
pub fn with_room<T>(
    mut make: impl FnMut() -> plwasm_engine::Result<T>,
) -> plwasm_engine::Result<T> {
    loop {
        match make() {
            Err(Error::Memory { what: BACKEND, .. } | Error::Reserve(_)) if make_room() => {}
            made => return made,
        }
    }
}

/// Drops the code of functions that were dropped or changed, if nobody uses it.
fn forget_stale(state: &mut State) {
    let stale = ManuallyDrop::into_inner(STALE.take());
    if stale.is_empty() {
        return;
    }
    state.sources.retain(|_, known| !stale.contains(&known.row));
    let live: HashSet<Hash> = state.sources.values().map(|known| known.hash).collect();
    drop_if(state, |i| i.tenant.is_none() && !live.contains(&i.module.hash()));
    state.modules.retain(|key| live.contains(&key.hash));
}

/// The number by which the cache's invalidation names a row of pg_proc.
fn proc_hash(oid: pg_sys::Oid) -> u32 {
    let nothing = pg_sys::Datum::from(0);
    // SAFETY: computes a number of the key.
    unsafe {
        pg_sys::GetSysCacheHashValue(
            pg_sys::SysCacheIdentifier::PROCOID as c_int,
            pg_sys::Datum::from(oid),
            nothing,
            nothing,
            nothing,
        )
    }
}

/// What is in the backend's memory for WebAssembly.
pub struct Use {
    pub hash: Hash,
    pub isolation: Isolation,
    /// Of an instance, the memory that it may use; none of code.
    pub limit: Option<usize>,
    pub bytes: usize,
}

/// All that is in the backend's memory for WebAssembly.
pub fn uses() -> Vec<Use> {
    STATE.with_borrow_mut(|state| {
        forget_stale(state);
        let code = state.modules.iter().map(|(key, module)| Use {
            hash: key.hash,
            isolation: key.isolation,
            limit: None,
            bytes: module.bytes(),
        });
        let instances = state.instances.iter().map(|instance| Use {
            hash: instance.module.hash(),
            isolation: match instance.tenant {
                None => Isolation::Call,
                Some(_) => Isolation::Statement,
            },
            limit: Some(instance.memory),
            bytes: instance.guest.size(),
        });
        code.chain(instances).collect()
    })
}

/// An instance of a module for a tenant, or for anyone, and the number under which its address stays good.
///
/// # Errors
/// Those of [`Guest::new`]; [`Error::Memory`] only once everything idle has been dropped.
pub fn instance(
    module: &Rc<Module>,
    limits: Limits,
    tenant: Option<Tenant>,
) -> plwasm_engine::Result<(*mut Guest, u64)> {
    engine();
    allocator::check();
    signals::restore();
    let found = STATE.with_borrow_mut(|state| {
        if let Some(Tenant { statement, .. }) = tenant {
            drop_if(state, |i| i.tenant.is_some_and(|of| of.statement != statement));
        }
        if state.instances.len() >= MAX_INSTANCES {
            drop_if(state, |_| true);
        }
        state
            .instances
            .iter_mut()
            .find(|i| {
                Rc::ptr_eq(&i.module, module) && i.memory == limits.memory && i.tenant == tenant
            })
            .map(|i| &raw mut *i.guest)
    });
    if let Some(guest) = found {
        // SAFETY: found just now, and nobody else uses it.
        unsafe { &*guest }.affords(limits.fuel)?;
        return Ok((guest, instances()));
    }
    // Outside the borrow: a start function is guest code.
    let mut guest = Box::new(with_room(|| Guest::new(engine(), module.clone(), limits))?);
    fuel::put_back(&guest);
    let address = &raw mut *guest;
    STATE.with_borrow_mut(|state| {
        state.instances.push(Instance {
            module: module.clone(),
            memory: limits.memory,
            tenant,
            guest,
        });
    });
    Ok((address, instances()))
}

/// Drops every instance. After an error of any guest, as its state may be anything.
pub fn drop_instances() {
    STATE.with_borrow_mut(|state| drop_if(state, |_| true));
}

/// Drops one instance, which nobody can use again.
#[cold]
pub fn drop_instance(guest: *const Guest) {
    STATE.with_borrow_mut(|state| drop_if(state, |i| std::ptr::eq(&raw const *i.guest, guest)));
}

/// An instance that nobody else finds: calls within the call get another, and errors in them that somebody
/// catches do not drop it.
pub struct Held(Instance);

/// Takes an instance away from everyone else; none if it is not one of ours.
#[cold]
pub fn hold(guest: *const Guest) -> Option<Held> {
    STATE.with_borrow_mut(|state| {
        let at = state.instances.iter().position(|i| std::ptr::eq(&raw const *i.guest, guest))?;
        INSTANCES.fetch_add(1, Relaxed);
        Some(Held(state.instances.swap_remove(at)))
    })
}

impl Held {
    /// Gives it back, to be found before others of its module.
    pub fn release(self) {
        STATE.with_borrow_mut(|state| state.instances.insert(0, self.0));
    }
}

fn drop_if(state: &mut State, stale: impl Fn(&Instance) -> bool) {
    let before = state.instances.len();
    state.instances.retain(|instance| !stale(instance));
    if state.instances.len() < before {
        INSTANCES.fetch_add(1, Relaxed);
    }
}

/// Drops what is idle: instances first, then code. False if nothing was.
pub fn make_room() -> bool {
    STATE.with_borrow_mut(|state| {
        let some = !state.instances.is_empty();
        drop_if(state, |_| true);
        state.modules.evict() || some
    })
}

unsafe extern "C-unwind" fn definition_changed(_: pg_sys::Datum, cache: c_int, row: u32) {
    DEFINITIONS.fetch_add(1, Relaxed);
    if cache == pg_sys::SysCacheIdentifier::PROCOID as c_int {
        // try_: this can come at any time.
        STALE.with(|stale| {
            if let Ok(mut stale) = stale.try_borrow_mut() {
                // 0 is of all of them. What is not known to be stale goes by age.
                if row == 0 || stale.len() >= MAX_SOURCES {
                    stale.clear();
                }
                stale.insert(row);
            }
        });
    }
}

/// Without a relation: any may have changed.
unsafe extern "C-unwind" fn relation_changed(_: pg_sys::Datum, relation: pg_sys::Oid) {
    // try_: this can come at any time.
    let is_ours = ROWS.with(|rows| {
        rows.try_borrow().map_or(true, |rows| {
            rows.contains(&relation) || relation == pg_sys::InvalidOid && !rows.is_empty()
        })
    });
    if is_ours {
        DEFINITIONS.fetch_add(1, Relaxed);
    }
}

/// Instances with state live no longer than their transaction.
unsafe extern "C-unwind" fn transaction_ended(event: pg_sys::XactEvent::Type, _: *mut c_void) {
    use pg_sys::XactEvent::{
        XACT_EVENT_ABORT, XACT_EVENT_COMMIT, XACT_EVENT_PARALLEL_ABORT, XACT_EVENT_PARALLEL_COMMIT,
        XACT_EVENT_PREPARE,
    };
    let ended = matches!(
        event,
        XACT_EVENT_ABORT
            | XACT_EVENT_COMMIT
            | XACT_EVENT_PARALLEL_ABORT
            | XACT_EVENT_PARALLEL_COMMIT
            | XACT_EVENT_PREPARE
    );
    if ended && !interrupt::is_serving() {
        fuel::transaction_ended();
        // try_: a FATAL can come from anywhere, and a callback must not panic.
        STATE.with(|state| {
            if let Ok(mut state) = state.try_borrow_mut() {
                drop_if(&mut state, |instance| instance.tenant.is_some());
            }
        });
    }
}
