//! Prepared values: what constructors of prepared functions have made of their arguments, kept for the backend.
//!
//! A constructor is pure, so its result depends on code and arguments alone, and serves any role. The cache must never
//! keep more than its share of the backend's memory, and must never be borrowed while a guest runs.

use super::{Use, engine, with_room};
use crate::function::Target;
use crate::settings;
use plwasm_engine::{Hash, Isolation, MemoryBudget, Result};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::mem::ManuallyDrop;
use std::rc::Rc;

/// The most values that are kept.
const MOST: usize = 1000;

/// The part of the backend's memory that values may take.
const SHARE: usize = 4;

/// The number of places in the record of arguments that were seen once.
const SEEN: usize = 4096;

/// The bytes that a value takes besides its state and its key.
const VALUE_BYTES: usize = 200;

/// What a constructor has made.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// What differs from the pristine state.
    pub kept: Rc<[u8]>,
    pub representation: u32,
    /// The fuel that the constructor took.
    pub fuel: u64,
    bytes: usize,
    budget: std::sync::Arc<MemoryBudget>,
}

/// What a value was made of: code, warm-up, limit of memory, constructor and arguments.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    module: Hash,
    rest: Vec<u8>,
}

#[derive(Default)]
struct Cache {
    values: HashMap<Key, (Rc<Prepared>, u64)>,
    bytes: usize,
    clock: u64,
    /// Hashes of keys that were asked for and not kept, each at a place that its hash determines.
    seen: Vec<u64>,
}

thread_local! {
    /// Never dropped: the end of the process gives back everything at once.
    static CACHE: RefCell<ManuallyDrop<Cache>> = RefCell::default();
}

impl Key {
    /// Makes the key of a constructor's value. `arguments` are the types and the bytes of its arguments, and
    /// `definitions` the state of the catalogs in which these bytes have their meaning.
    pub(crate) fn new(
        target: &Target,
        constructor: &str,
        definitions: u64,
        arguments: &[u8],
    ) -> Self {
        let Target { limits, warm_up, .. } = target;
        let mut rest =
            format!("{constructor}\0{}\0{warm_up:?}\0{definitions}\0", limits.memory).into_bytes();
        rest.extend(arguments);
        Self { module: target.module.hash(), rest }
    }

    fn hash(&self) -> u64 {
        BuildHasherDefault::<DefaultHasher>::new().hash_one(self)
    }
}

impl Prepared {
    /// Makes the value of a key. Both count against the backend's memory as long as the value lives: the arguments in the
    /// key can be larger than what the constructor makes of them.
    ///
    /// # Errors
    /// [`Memory`](plwasm_engine::Error::Memory) if it does not fit.
    pub(crate) fn new(key: &Key, kept: &[u8], representation: u32, fuel: u64) -> Result<Rc<Self>> {
        let bytes = kept.len() + key.rest.len() + VALUE_BYTES;
        let budget = engine().budget().clone();
        with_room(|| budget.take(bytes))?;
        Ok(Rc::new(Self { kept: kept.into(), representation, fuel, bytes, budget }))
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        self.budget.give(self.bytes);
    }
}

/// Returns the value of a key, if it is kept.
pub(crate) fn find(key: &Key) -> Option<Rc<Prepared>> {
    CACHE.with_borrow_mut(|cache| {
        cache.clock += 1;
        let clock = cache.clock;
        let (value, used) = cache.values.get_mut(key)?;
        *used = clock;
        Some(value.clone())
    })
}

/// Returns whether a value should be kept: its key has been asked for before.
pub(crate) fn is_recent(key: &Key) -> bool {
    let hash = key.hash();
    CACHE.with_borrow_mut(|cache| {
        cache.seen.resize(SEEN, 0);
        std::mem::replace(&mut cache.seen[hash as usize % SEEN], hash) == hash
    })
}

/// Keeps a value, and drops those that were used least recently if there are too many. A value that is too large is not
/// kept.
pub(crate) fn keep(key: Key, value: &Rc<Prepared>) {
    let most = settings::backend_memory() / SHARE;
    if value.bytes > most {
        return;
    }
    CACHE.with_borrow_mut(|cache| {
        cache.bytes += value.bytes;
        cache.clock += 1;
        let clock = cache.clock;
        if let Some((before, _)) = cache.values.insert(key, (value.clone(), clock)) {
            cache.bytes -= before.bytes;
        }
        while cache.values.len() > MOST || cache.bytes > most {
            let oldest = cache.values.iter().min_by_key(|(_, (_, used))| *used);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else { break };
            cache.remove(&oldest);
        }
    });
}

/// Lists all values.
pub(super) fn uses() -> Vec<Use> {
    CACHE.with_borrow(|cache| {
        let uses = cache.values.iter().map(|(key, (value, _))| Use {
            object: "prepared value",
            hash: key.module,
            isolation: Isolation::Call,
            limit: None,
            bytes: value.bytes,
        });
        uses.collect()
    })
}

/// Drops all values. Returns whether there were any.
pub(super) fn drop_all() -> bool {
    CACHE.with(|cache| {
        let Ok(mut cache) = cache.try_borrow_mut() else { return false };
        cache.bytes = 0;
        !std::mem::take(&mut cache.values).is_empty()
    })
}

/// Drops the values whose module is not in `live`.
pub(super) fn drop_stale(live: &HashSet<Hash>) {
    CACHE.with(|cache| {
        let Ok(mut cache) = cache.try_borrow_mut() else { return };
        let stale: Vec<Key> =
            cache.values.keys().filter(|key| !live.contains(&key.module)).cloned().collect();
        stale.iter().for_each(|key| cache.remove(key));
    });
}

impl Cache {
    fn remove(&mut self, key: &Key) {
        if let Some((value, _)) = self.values.remove(key) {
            self.bytes -= value.bytes;
        }
    }
}
