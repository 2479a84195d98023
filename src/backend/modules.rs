//! Loaded modules: which code is behind a row of pg_proc, and that code (L2).
//!
//! The body of a known row must never be read again.

use super::{Use, compiled, engine, instances, invalidation, prepared, with_room};
use crate::catalog::Version;
use crate::source::Source;
use crate::{allocator, interrupt, settings, statistics};
use pgrx::pg_sys;
use plwasm_engine::code_cache::Key;
use plwasm_engine::{Hash, Isolation, Module, ModuleCache, Result};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::mem::ManuallyDrop;
use std::rc::Rc;

/// The most rows of pg_proc that are remembered.
const MAX_ROWS: usize = 10_000;

#[derive(Default)]
struct State {
    modules: ModuleCache,
    rows: HashMap<pg_sys::Oid, Row>,
}

/// A row of pg_proc, and the code behind it.
struct Row {
    version: Version,
    hash: Hash,
    /// The number of [`invalidation::row_number`].
    number: u32,
}

thread_local! {
    /// The state, which is never dropped: the end of the process gives back everything at once.
    static STATE: RefCell<ManuallyDrop<State>> = RefCell::default();
}

/// Returns the module of some code, loaded, and compiled if necessary. Waits while it is compiled, and raises what is
/// pending.
///
/// Raises 42883 if the row of the code has been dropped.
///
/// # Errors
/// The errors of [`Code::decode`](crate::source::Code::decode), and of compiling.
pub(crate) fn load(source: &Source, isolation: Isolation) -> Result<Rc<Module>> {
    let version = source.version();
    if let Some(known) = known(version, isolation) {
        return Ok(known);
    }
    engine();
    allocator::check();
    let wasi = settings::wasi();
    let cache = compiled::cache();
    let code = source.read();
    let stored = code.stored_hash();
    let behind = stored.and_then(|stored| cache.behind(stored));
    let (hash, decoded) = match behind {
        Some(hash) => (hash, None),
        None => {
            let decoded = code.decode()?;
            let hash = Hash::of(&decoded);
            interrupt::check();
            (hash, Some(decoded))
        }
    };
    let key = Key { hash, isolation };
    let loaded = STATE.with_borrow_mut(|state| state.modules.get(&key, wasi));
    let module = match loaded {
        Some(module) => module,
        None => {
            let (artefact, compiling) = with_room(|| {
                let decoded = || match &decoded {
                    Some(decoded) => Ok(Cow::Borrowed(&**decoded)),
                    None => code.decode(),
                };
                compiled::artefact(&key, wasi, decoded)
            })?;
            allocator::room(allocator::SOME.max(artefact.bytes().len() / 2));
            let module = with_room(|| Module::load(engine(), &artefact))?;
            statistics::loaded(version.oid, artefact.bytes().len(), compiling);
            Rc::new(module)
        }
    };
    if behind.is_none()
        && let Some(stored) = stored
    {
        cache.remember(stored, hash);
    }
    let row = Row { version, hash, number: invalidation::row_number(version.oid) };
    forget_stale();
    STATE.with_borrow_mut(|state| {
        state.modules.put(key, module.clone());
        if state.rows.len() >= MAX_ROWS {
            state.rows.clear();
        }
        state.rows.insert(version.oid, row);
    });
    Ok(module)
}

/// Returns the module behind this version of a row, if it is known and loaded.
fn known(version: Version, isolation: Isolation) -> Option<Rc<Module>> {
    let wasi = settings::wasi();
    STATE.with_borrow_mut(|state| {
        let row = state.rows.get(&version.oid).filter(|row| row.version == version)?;
        // This row has not changed, whatever the invalidation was for.
        invalidation::is_current(row.number);
        let key = Key { hash: row.hash, isolation };
        state.modules.get(&key, wasi)
    })
}

/// Drops the code and the idle instances of functions that were dropped or changed, unless they are in use.
pub(super) fn forget_stale() {
    let stale = invalidation::take_stale();
    if stale.is_empty() {
        return;
    }
    STATE.with_borrow_mut(|state| {
        state.rows.retain(|_, row| !stale.contains(&row.number));
        let live: HashSet<Hash> = state.rows.values().map(|row| row.hash).collect();
        instances::drop_stale(&live);
        prepared::drop_stale(&live);
        state.modules.retain(|key| live.contains(&key.hash));
    });
}

/// Drops half of the code that is not in use. Returns whether there was any.
pub(super) fn evict() -> bool {
    STATE.with_borrow_mut(|state| state.modules.evict())
}

/// Lists all loaded code.
pub(super) fn uses() -> Vec<Use> {
    STATE.with_borrow(|state| {
        let uses = state.modules.iter().map(|(key, module)| Use {
            object: "code",
            hash: key.hash,
            isolation: key.isolation,
            limit: None,
            bytes: module.bytes(),
        });
        uses.collect()
    })
}
