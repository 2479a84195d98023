//! How much is kept, and what goes first.

use super::fixture::{Fixture, key, log, module};
use plwasm_engine::Isolation;
use plwasm_engine::code_cache::Key;
use std::fs::{self, File};
use std::time::{Duration, SystemTime};

/// Has it that an artefact was last used so many minutes ago.
fn age(fixture: &Fixture, key: &Key, minutes: u64) {
    let then = SystemTime::now() - Duration::from_secs(60 * minutes);
    File::options().write(true).open(fixture.path(key)).unwrap().set_modified(then).unwrap();
}

fn is_there(fixture: &Fixture, keys: &[Key]) -> Vec<bool> {
    keys.iter().map(|key| fixture.path(key).exists()).collect()
}

/// Four artefacts of one size, the first one the oldest.
fn four(fixture: &Fixture) -> (Vec<Key>, u64) {
    let keys: Vec<_> = (0..4).map(|i| fixture.put(&module(i, 10))).collect();
    for (key, minutes) in keys.iter().zip([40, 30, 20, 10]) {
        age(fixture, key, minutes);
    }
    let entries = fixture.cache().entries();
    let found: Vec<_> = entries.iter().map(|entry| (entry.hash, entry.isolation)).collect();
    let wanted: Vec<_> = keys.iter().map(|key| (key.hash, Some(key.isolation))).collect();
    assert_eq!(found, wanted);
    assert!(entries.iter().all(|entry| entry.size == entries[0].size));
    (keys, entries[0].size)
}

#[test]
fn what_was_not_used_for_long_makes_room() {
    let fixture = Fixture::new();
    let (keys, size) = four(&fixture);
    // Whoever uses it makes it young.
    assert!(fixture.cache().open(&keys[0]).unwrap().is_some());
    let store = |number, size| {
        let module = module(number, 10);
        let key = key(module.as_bytes(), Isolation::Call);
        fixture.sized(size).store(&key, &fixture.compile(&module));
        key
    };
    let fifth = store(4, 4 * size);
    assert_eq!(is_there(&fixture, &keys), [true, false, true, true]);
    assert_eq!(is_there(&fixture, &[fifth]), [true]);
    // The least that has to go.
    let sixth = store(5, 3 * size - 1);
    assert_eq!(is_there(&fixture, &keys), [false; 4]);
    assert_eq!(is_there(&fixture, &[fifth, sixth]), [true; 2]);
    assert_eq!(log(), [""; 0]);
}

/// A process does not look each time how much is there; that makes no more than a sixteenth.
#[test]
fn what_one_process_stores_is_bounded_too() {
    let fixture = Fixture::new();
    let (_, size) = four(&fixture);
    let cache = fixture.sized(20 * size);
    for number in 0..60 {
        let module = module(number, 10);
        let key = key(module.as_bytes(), Isolation::Call);
        cache.store(&key, &fixture.compile(&module));
        assert!(cache.open(&key).unwrap().is_some());
        let all: u64 = cache.entries().iter().map(|entry| entry.size).sum();
        assert!(all <= 21 * size, "{all}, {size}");
    }
    assert!(cache.entries().len() > 17);
}

#[test]
fn what_is_used_again_within_a_minute_is_not_marked() {
    let fixture = Fixture::new();
    let key = fixture.put(&module(0, 1));
    let used = || fixture.cache().entries()[0].used;
    let before = used();
    fixture.cache().open(&key).unwrap().unwrap();
    assert_eq!(used(), before);
    age(&fixture, &key, 2);
    fixture.cache().open(&key).unwrap().unwrap();
    assert!(used() >= before);
}

#[test]
fn what_is_larger_than_the_cache_is_not_kept() {
    let fixture = Fixture::new();
    let (keys, size) = four(&fixture);
    // Large even beside small ones on arm64, where parts of a file begin at multiples of 64 KiB.
    let large = module(9, 10_000);
    let key = key(large.as_bytes(), Isolation::Call);
    let artefact = fixture.compile(&large);
    assert!(artefact.bytes().len() as u64 > 4 * size);
    fixture.sized(4 * size).store(&key, &artefact);
    assert!(!fixture.path(&key).exists());
    assert_eq!(is_there(&fixture, &keys), [true; 4]);
    assert_eq!(log(), [""; 0]);
}

#[test]
fn pruning_keeps_what_was_used_last() {
    let fixture = Fixture::new();
    let (keys, size) = four(&fixture);
    assert_eq!(fixture.cache().prune(4 * size), 0);
    assert_eq!(fixture.cache().prune(2 * size + 10), 2 * size);
    assert_eq!(is_there(&fixture, &keys), [false, false, true, true]);
    assert_eq!(fixture.cache().prune(0), 2 * size);
    assert_eq!(fixture.files(), [""; 0]);
    // A cache that is none is pruned like any other.
    fixture.put(&module(0, 1));
    assert!(fixture.sized(0).prune(0) > 0);
    assert_eq!(fixture.files(), [""; 0]);
    assert_eq!(log(), [""; 0]);
}

#[test]
fn pruning_removes_what_is_of_no_use_and_nothing_else() {
    let fixture = Fixture::new();
    let key = fixture.put(&module(0, 1));
    let file = fixture.file(&key);
    let other_build = format!("{}.call.0123456789abcdef", key.hash);
    let alive = format!("pgsql_tmp.{}.xxxx", std::process::id());
    // No process has this number: it is more than Linux gives.
    let dead = format!("pgsql_tmp.{}.xxxx", i32::MAX);
    let stale = format!("{}.source", plwasm_engine::Hash::of(b"stale"));
    let lock = fixture.lock(&key);
    let strangers = ["lost+found", "notes.txt", "x.lock", "pgsql_tmp.x"];
    for name in [&other_build, &alive, &dead, &stale, &lock] {
        fs::write(fixture.directory.join(name), "12345").unwrap();
    }
    for name in strangers {
        fs::write(fixture.directory.join(name), "12345").unwrap();
    }
    fixture.cache().remember(plwasm_engine::Hash::of(b"good"), key.hash);
    let good = format!("{}.source", plwasm_engine::Hash::of(b"good"));
    assert_eq!(fixture.cache().prune(u64::MAX), 4 * 5);
    let mut left: Vec<_> = strangers.map(String::from).into();
    left.extend([alive, good, file]);
    left.sort();
    assert_eq!(fixture.files(), left);

    // What is damaged goes, too.
    let path = fixture.path(&key);
    let bytes = fs::read(&path).unwrap();
    File::options().write(true).open(&path).unwrap().set_len(bytes.len() as u64 - 1).unwrap();
    log();
    assert_eq!(fixture.cache().prune(u64::MAX), bytes.len() as u64 - 1 + 80);
    assert!(!path.exists());
    assert!(log()[0].ends_with("its checksum does not match"));
}

/// Nobody need prune: what processes leave behind goes with the next that is stored.
#[test]
fn storing_removes_what_was_left_behind() {
    let fixture = Fixture::new();
    let one = fixture.put(&module(0, 1));
    for name in [format!("pgsql_tmp.{}.xxxx", i32::MAX), fixture.lock(&one)] {
        fs::write(fixture.directory.join(name), "12345").unwrap();
    }
    let other = fixture.put(&module(1, 1));
    let mut left = [fixture.file(&one), fixture.file(&other)];
    left.sort();
    assert_eq!(fixture.files(), left);
}
