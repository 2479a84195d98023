//! Locks: of many who want the same, one compiles.

use super::fixture::{Fixture, key, log, module};
use plwasm_engine::Isolation;
use plwasm_engine::code_cache::{CodeCache, Key};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

/// In the way of a server process: looks, locks, looks, compiles, stores.
fn get(fixture: &Fixture, cache: &CodeCache<'_>, source: &str, compiled: &AtomicUsize) -> bool {
    let key = key(source.as_bytes(), Isolation::Call);
    for _ in 0..100_000 {
        let lock = cache.lock(&key).unwrap();
        if cache.open(&key).unwrap().is_some() {
            return true;
        }
        if lock.is_some() {
            compiled.fetch_add(1, SeqCst);
            cache.store(&key, &fixture.compile(source));
            return true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    false
}

#[test]
fn of_many_one_compiles() {
    let fixture = Fixture::new();
    for round in 0..10 {
        let (source, compiled) = (module(round, 20), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            let all: Vec<_> = (0..16)
                .map(|_| scope.spawn(|| get(&fixture, &fixture.cache(), &source, &compiled)))
                .collect();
            assert!(all.into_iter().all(|one| one.join().unwrap()));
        });
        assert_eq!(compiled.into_inner(), 1);
    }
    assert_eq!(fixture.files().len(), 10);
}

/// Removing what is left over takes no lock away from anybody.
#[test]
fn pruning_meanwhile_changes_nothing() {
    let fixture = Fixture::new();
    let (source, compiled, done) = (module(0, 20), AtomicUsize::new(0), AtomicUsize::new(0));
    let key = key(source.as_bytes(), Isolation::Call);
    std::thread::scope(|scope| {
        let pruner = scope.spawn(|| {
            while done.load(SeqCst) == 0 {
                fixture.cache().prune(u64::MAX);
            }
            log()
        });
        for round in 1..=10 {
            let all: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| get(&fixture, &fixture.cache(), &source, &compiled)))
                .collect();
            assert!(all.into_iter().all(|one| one.join().unwrap()));
            assert_eq!(compiled.load(SeqCst), round);
            std::fs::remove_file(fixture.path(&key)).unwrap();
        }
        done.store(1, SeqCst);
        assert_eq!(pruner.join().unwrap(), [""; 0]);
    });
}

/// Another process that has the lock.
fn holder(fixture: &Fixture, key: &Key) -> Child {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "locks::holder_process", "--ignored", "--nocapture"])
        .env("PLWASM_TEST_LOCK", fixture.directory.join(fixture.lock(key)))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "locked"));
    process
}

#[test]
#[ignore = "a process that another test starts"]
fn holder_process() {
    let path = std::env::var("PLWASM_TEST_LOCK").unwrap();
    let file = std::fs::OpenOptions::new().write(true).create(true).truncate(false).open(path);
    file.as_ref().unwrap().try_lock().unwrap();
    println!("\nlocked");
    std::thread::sleep(Duration::from_secs(600));
}

#[test]
fn a_lock_ends_with_its_process() {
    let fixture = Fixture::new();
    let (cache, key) = (fixture.cache(), key(b"(module)", Isolation::Call));
    drop(cache.lock(&key).unwrap().unwrap());
    assert_eq!(fixture.files(), [""; 0]);

    let mut process = holder(&fixture, &key);
    assert!(cache.lock(&key).unwrap().is_none());
    // What somebody holds is not pruned, and it is no business of others' keys.
    cache.prune(0);
    assert!(cache.lock(&key).unwrap().is_none());
    let other = Key { isolation: Isolation::Statement, ..key };
    assert!(cache.lock(&other).unwrap().is_some());

    process.kill().unwrap();
    process.wait().unwrap();
    assert_eq!(fixture.files().len(), 1);
    let lock = cache.lock(&key).unwrap();
    assert!(lock.is_some() && cache.lock(&key).unwrap().is_none());
    drop(lock);
    assert_eq!(fixture.files(), [""; 0]);

    // What nobody takes over is pruned.
    let mut process = holder(&fixture, &key);
    process.kill().unwrap();
    process.wait().unwrap();
    cache.prune(u64::MAX);
    assert_eq!(fixture.files(), [""; 0]);
    assert_eq!(log(), [""; 0]);
}
