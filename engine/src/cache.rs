//! The backend's cache of loaded modules (L2): by content hash, bounded, least recently used
//! goes first.

use crate::hash::Hash;
use crate::limits::Isolation;
use crate::module::Module;
use crate::wasi::Wasi;
use lru::LruCache;
use std::num::NonZeroUsize;
use std::rc::Rc;

/// Each module costs several of the process's mappings, of which Linux allows 65,530
/// (`vm.max_map_count`), however small it is.
const MAX_MODULES: NonZeroUsize = NonZeroUsize::new(500).expect("500 is not 0");

/// Loaded modules of one backend.
///
/// Bounded by [`MAX_MODULES`]; the backend's memory ([`crate::Budget`]) bounds them too, as code that is in no
/// instance makes room for what is wanted ([`evict`](Self::evict)).
#[derive(Debug)]
pub struct ModuleCache {
    modules: LruCache<(Hash, Isolation), Rc<Module>>,
}

impl Default for ModuleCache {
    fn default() -> Self {
        Self { modules: LruCache::new(MAX_MODULES) }
    }
}

impl ModuleCache {
    /// The module of that hash, for that isolation, if it is here and imports no more than it may.
    pub fn get(&mut self, hash: Hash, isolation: Isolation, wasi: Wasi) -> Option<Rc<Module>> {
        let module = self.modules.get(&(hash, isolation))?;
        (!module.is_supplied() || wasi == Wasi::Inert).then(|| module.clone())
    }

    /// Keeps a module.
    pub fn put(&mut self, hash: Hash, isolation: Isolation, module: Rc<Module>) {
        self.modules.put((hash, isolation), module);
    }

    /// Drops half of what nobody uses, least recently used first. False if there was nothing.
    pub fn evict(&mut self) -> bool {
        let idle: Vec<_> = self
            .modules
            .iter()
            .rev()
            .filter(|(_, module)| Rc::strong_count(module) == 1)
            .map(|(key, _)| *key)
            .collect();
        for key in idle.iter().take(idle.len().div_ceil(2)) {
            self.modules.pop(key);
        }
        !idle.is_empty()
    }

    /// Drops those that nobody uses and `keep` does not want.
    pub fn retain(&mut self, keep: impl Fn(Hash) -> bool) {
        let stale: Vec<_> = self
            .modules
            .iter()
            .filter(|((hash, _), module)| Rc::strong_count(module) == 1 && !keep(*hash))
            .map(|(key, _)| *key)
            .collect();
        for key in stale {
            self.modules.pop(&key);
        }
    }

    /// All of them, most recently used first.
    pub fn iter(&self) -> impl Iterator<Item = (Hash, Isolation, &Module)> {
        self.modules.iter().map(|((hash, isolation), module)| (*hash, *isolation, &**module))
    }
}
