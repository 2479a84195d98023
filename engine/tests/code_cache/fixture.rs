//! A code cache in a directory of its own, and what is put there.

use plwasm_engine::code_cache::{CodeCache, Key};
use plwasm_engine::{
    Artefact, Engine, Error, Guest, Hash, Isolation, Limits, MemoryBudget, Uses, ValRaw,
};
use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub(crate) const LIMITS: Limits =
    Limits { fuel: 1_000_000, memory: 1 << 20, isolation: Isolation::Call };

thread_local! {
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// What was logged by this thread since it was last asked.
pub(crate) fn log() -> Vec<String> {
    LOG.take()
}

pub(crate) fn key(source: &[u8], isolation: Isolation) -> Key {
    Key { hash: Hash::of(source), isolation }
}

/// Calls an export of two i32 and one result.
pub(crate) fn call(guest: &mut Guest, export: &str, a: i32, b: i32) -> Result<i32, Error> {
    let entry = guest.entry(export, Uses::default())?;
    guest.refuel(LIMITS.fuel);
    let mut slots = [ValRaw::i32(a), ValRaw::i32(b), ValRaw::i64(0)];
    // SAFETY: exports that tests call take two i32 and return one.
    unsafe { guest.call(&entry, &mut slots)? };
    Ok(slots[0].get_i32())
}

/// A module whose code is that long at least, and of that number.
pub(crate) fn module(number: usize, functions: usize) -> String {
    let functions: String = (0..functions)
        .map(|i| {
            format!("(func (param i32) (result i32) (i32.div_u (local.get 0) (i32.const {i})))")
        })
        .collect();
    format!("(module (global i32 (i32.const {number})) {functions})")
}

pub(crate) struct Fixture {
    pub engine: Engine,
    pub directory: PathBuf,
    pub room: AtomicU64,
    _parent: tempfile::TempDir,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let parent = tempfile::tempdir().unwrap();
        let engine = Engine::new(|| false, MemoryBudget::new(64 << 20)).unwrap();
        let directory = parent.path().join("plwasm_cache");
        Self { engine, directory, room: AtomicU64::new(0), _parent: parent }
    }

    pub(crate) fn cache(&self) -> CodeCache<'_> {
        self.sized(1 << 30)
    }

    /// As another process sees it, which has stored nothing yet.
    pub(crate) fn sized(&self, size: u64) -> CodeCache<'_> {
        self.room.store(0, Relaxed);
        CodeCache {
            runtime: self.engine.runtime(),
            directory: self.directory.clone(),
            size,
            room: &self.room,
            durable: true,
            log: |line| LOG.with_borrow_mut(|log| log.push(line.to_string())),
            poll: || false,
        }
    }

    pub(crate) fn compile(&self, source: &str) -> Artefact {
        self.engine.compiler().compile(source.as_bytes(), Isolation::Call, None).unwrap()
    }

    /// Compiles and stores it.
    pub(crate) fn put(&self, source: &str) -> Key {
        let key = key(source.as_bytes(), Isolation::Call);
        self.cache().store(&key, &self.compile(source));
        assert!(self.path(&key).exists(), "{:?}", log());
        key
    }

    pub(crate) fn file(&self, key: &Key) -> String {
        let isolation = if key.isolation == Isolation::Call { "call" } else { "stmt" };
        format!("{}.{isolation}.{}", key.hash, self.engine.runtime().build())
    }

    pub(crate) fn lock(&self, key: &Key) -> String {
        format!("pgsql_tmp.{}.lock", self.file(key))
    }

    pub(crate) fn path(&self, key: &Key) -> PathBuf {
        self.directory.join(self.file(key))
    }

    /// The names of all files, in order.
    pub(crate) fn files(&self) -> Vec<String> {
        let files = fs::read_dir(&self.directory).unwrap();
        let mut files: Vec<_> =
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        files
    }
}
