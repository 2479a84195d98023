//! The backend's cache of loaded modules (L2), by content hash. It is bounded; the least recently used module is
//! dropped first.

use crate::code_cache::Key;
use crate::compile::wasi::Wasi;
use crate::run::module::Module;
use lru::LruCache;
use std::rc::Rc;

/// The most modules. Each takes several of the process's mappings, of which Linux allows 65,530 (`vm.max_map_count`),
/// however small the module is.
const MAX_MODULES: usize = 500;

/// The loaded modules of one backend.
///
/// Their number is bounded by [`MAX_MODULES`], not counting modules in use. The backend's memory ([`crate::MemoryBudget`])
/// bounds them, too: unused modules are dropped when something else needs memory ([`evict`](Self::evict)).
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
    /// Returns the module of a key, if it is cached and imports no more than `wasi` allows.
    pub fn get(&mut self, key: &Key, wasi: Wasi) -> Option<Rc<Module>> {
        let found = self.modules.get(key).cloned();
        self.trim();
        found.filter(|module| !module.is_supplied() || wasi == Wasi::Inert)
    }

    /// Adds a module.
    pub fn put(&mut self, key: Key, module: Rc<Module>) {
        self.modules.put(key, module);
        self.trim();
    }

    /// Drops modules beyond the maximum as soon as they are unused.
    fn trim(&mut self) {
        while self.modules.len() > MAX_MODULES {
            let Some(oldest) = self.idle().next() else { return };
            self.modules.pop(&oldest);
        }
    }

    /// Drops half of the unused modules, least recently used first. Returns false if there were none.
    pub fn evict(&mut self) -> bool {
        let idle: Vec<_> = self.idle().collect();
        for key in idle.iter().take(idle.len().div_ceil(2)) {
            self.modules.pop(key);
        }
        !idle.is_empty()
    }

    /// Drops the unused modules that `keep` does not want.
    pub fn retain(&mut self, keep: impl Fn(&Key) -> bool) {
        let stale: Vec<_> = self.idle().filter(|key| !keep(key)).collect();
        for key in stale {
            self.modules.pop(&key);
        }
    }

    /// Returns all modules, most recently used first.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Module)> {
        self.modules.iter().map(|(key, module)| (key, &**module))
    }

    /// Returns the keys of the unused modules, least recently used first.
    fn idle(&self) -> impl Iterator<Item = Key> {
        let used = self.modules.iter().rev();
        used.filter(|(_, module)| Rc::strong_count(module) == 1).map(|(key, _)| *key)
    }
}
