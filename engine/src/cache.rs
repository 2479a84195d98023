//! The backend's cache of compiled modules (L2): by content hash, bounded, least recently used
//! goes first.

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::limits::Isolation;
use crate::module::{Hash, Module};
use crate::wasi::Wasi;
use lru::LruCache;
use std::num::NonZeroUsize;
use std::rc::Rc;

/// Each module costs two of the process's mappings, of which Linux allows 65,530
/// (`vm.max_map_count`), however small it is.
const MAX_MODULES: NonZeroUsize = NonZeroUsize::new(500).expect("500 is not 0");

/// Compiled modules of one backend.
///
/// Bounded by the backend's memory ([`crate::Budget`]), where code that is in no instance makes
/// room for code that is wanted; and by [`MAX_MODULES`].
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

    /// Compiles a binary and keeps it.
    ///
    /// # Errors
    /// Those of [`Module::compile`]. [`Error::Memory`] only once nothing more can be evicted.
    pub fn compile(
        &mut self,
        engine: &Engine,
        hash: Hash,
        binary: &[u8],
        isolation: Isolation,
        wasi: Wasi,
    ) -> Result<Rc<Module>> {
        loop {
            match Module::compile_with(engine, binary, isolation, wasi.stubs()) {
                Err(Error::Memory { .. } | Error::Reserve(_)) if self.evict() => {}
                Err(error) => return Err(error),
                Ok(module) => {
                    let module = Rc::new(module);
                    self.modules.put((hash, isolation), module.clone());
                    return Ok(module);
                }
            }
        }
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

    /// How many modules are here.
    pub fn len(&self) -> usize {
        self.modules.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }
}
