//! The backend's cache of loaded modules (L2): by content hash, bounded, least recently used
//! goes first.

use crate::code_cache::Key;
use crate::module::Module;
use crate::wasi::Wasi;
use lru::LruCache;
use std::rc::Rc;

/// Each module costs several of the process's mappings, of which Linux allows 65,530
/// (`vm.max_map_count`), however small it is.
const MAX_MODULES: usize = 500;

/// Loaded modules of one backend.
///
/// Bounded by [`MAX_MODULES`], but for those that somebody uses; the backend's memory ([`crate::MemoryBudget`]) bounds
/// them too, as code that nobody uses makes room for what is wanted ([`evict`](Self::evict)).
#[derive(Debug)]
pub struct ModuleCache {
    modules: LruCache<Key, Rc<Module>>,
}

impl Default for ModuleCache {
    fn default() -> Self {
        Self { modules: LruCache::unbounded() }
    }
}

impl ModuleCache {
    /// The module of that key, if it is here and imports no more than it may.
    pub fn get(&mut self, key: &Key, wasi: Wasi) -> Option<Rc<Module>> {
        let found = self.modules.get(key).cloned();
        self.trim();
        found.filter(|module| !module.is_supplied() || wasi == Wasi::Inert)
    }

    /// Keeps a module.
    pub fn put(&mut self, key: Key, module: Rc<Module>) {
        self.modules.put(key, module);
        self.trim();
    }

    /// Drops what is too much, as soon as nobody uses it.
    fn trim(&mut self) {
        while self.modules.len() > MAX_MODULES {
            let Some(oldest) = self.idle().next() else { return };
            self.modules.pop(&oldest);
        }
    }

    /// Drops half of what nobody uses, least recently used first. False if there was nothing.
    pub fn evict(&mut self) -> bool {
        let idle: Vec<_> = self.idle().collect();
        for key in idle.iter().take(idle.len().div_ceil(2)) {
            self.modules.pop(key);
        }
        !idle.is_empty()
    }

    /// Drops those that nobody uses and `keep` does not want.
    pub fn retain(&mut self, keep: impl Fn(&Key) -> bool) {
        let stale: Vec<_> = self.idle().filter(|key| !keep(key)).collect();
        for key in stale {
            self.modules.pop(&key);
        }
    }

    /// All of them, most recently used first.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Module)> {
        self.modules.iter().map(|(key, module)| (key, &**module))
    }

    /// What nobody uses, least recently used first.
    fn idle(&self) -> impl Iterator<Item = Key> {
        let used = self.modules.iter().rev();
        used.filter(|(_, module)| Rc::strong_count(module) == 1).map(|(key, _)| *key)
    }
}
