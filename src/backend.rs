//! What a backend keeps: the engine, the compiled modules, and which binary is behind which row of pg_proc.
//!
//! It must never hold a borrow of its state while a guest runs or PostgreSQL may raise.

use crate::error::OrRaise;
use crate::sql::source::Source;
use crate::{allocator, code, fuel, instances, interrupt, settings, signals};
use pgrx::pg_sys;
use plwasm_engine::code_cache::Key;
use plwasm_engine::{BACKEND, Engine, Error, Hash, Isolation, MemoryBudget, Module, ModuleCache};
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

/// How many rows of pg_proc are remembered.
const MAX_SOURCES: usize = 10_000;

/// One version of a row of pg_proc.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    pub oid: pg_sys::Oid,
    pub xmin: pg_sys::TransactionId,
    pub tid: (u32, u16),
}

#[derive(Default)]
struct State {
    modules: ModuleCache,
    sources: HashMap<pg_sys::Oid, Known>,
}

/// The code behind a row of pg_proc.
struct Known {
    version: Version,
    hash: Hash,
    /// By which the syscache's invalidations name the row.
    row: u32,
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
    let budget = MemoryBudget::new(settings::backend_memory());
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
    instances::drop_stale(&live);
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
        let instances = instances::list(|module, limit, guest, has_state| Use {
            hash: module.hash(),
            isolation: if has_state { Isolation::Statement } else { Isolation::Call },
            limit: Some(limit),
            bytes: guest.size(),
        });
        code.chain(instances).collect()
    })
}

/// Drops what is idle: instances first, then code. False if nothing was.
pub fn make_room() -> bool {
    let some = instances::drop_idle();
    STATE.with_borrow_mut(|state| state.modules.evict()) || some
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
    // What a guest runs on must not be freed where the process ends from within it.
    if ended && !interrupt::is_serving() {
        fuel::transaction_ended();
        instances::transaction_ended();
    }
}
