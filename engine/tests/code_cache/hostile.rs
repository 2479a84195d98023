//! Files that are not what they should be: they are never loaded, they go, and the log says why.

use super::fixture::{Fixture, key, log, module};
use super::{COMPONENT, CORE};
use plwasm_engine::Isolation;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use xxhash_rust::xxh3::xxh3_128;

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Puts a file in the place of an artefact, which nobody else can access.
fn write(path: &Path, bytes: &[u8]) {
    let _ = fs::remove_file(path);
    fs::write(path, bytes).unwrap();
    mode(path, 0o600);
}

fn is_root() -> bool {
    // SAFETY: asks a number of the system.
    unsafe { libc::geteuid() == 0 }
}

/// Whether that artefact is not found, its file gone, and one line logged that says so.
#[track_caller]
fn discarded(fixture: &Fixture, source: &str, why: &str) {
    let key = key(source.as_bytes(), Isolation::Call);
    assert!(fixture.cache().open(&key).unwrap().is_none(), "{why}");
    assert!(fs::symlink_metadata(fixture.path(&key)).is_err(), "{why}");
    let log = log();
    assert!(log.len() == 1 && log[0].starts_with("discarding \""), "{log:?}");
    assert!(log[0].ends_with(why), "{log:?}");
}

#[test]
fn every_byte_counts() {
    let fixture = Fixture::new();
    let path = fixture.path(&fixture.put(CORE));
    let good = fs::read(&path).unwrap();
    // All of what comes last, and a sample of the rest.
    let places = (0..good.len() - 200).step_by(97).chain(good.len() - 200..good.len());
    for (n, place) in places.enumerate() {
        let mut bytes = good.clone();
        bytes[place] ^= 1 << (n % 8);
        write(&path, &bytes);
        discarded(&fixture, CORE, "its checksum does not match");
    }
    for length in (48..good.len()).step_by(501).chain([48, good.len() - 1]) {
        write(&path, &good[..length]);
        discarded(&fixture, CORE, "its checksum does not match");
        write(&path, &good[good.len() - length..]);
        discarded(&fixture, CORE, "its checksum does not match");
    }
    for length in [0, 1, 16, 47] {
        write(&path, &good[..length]);
        discarded(&fixture, CORE, &format!("it is {length} bytes long"));
    }
    write(&path, &[good.as_slice(), b"\0"].concat());
    discarded(&fixture, CORE, "its checksum does not match");
    write(&path, &good);
    assert!(fixture.cache().open(&fixture.put(CORE)).unwrap().is_some());
}

/// With a checksum that is right.
#[test]
fn what_was_not_made_here_is_not_loaded() {
    let fixture = Fixture::new();
    let path = fixture.path(&fixture.put(CORE));
    let good = fs::read(&path).unwrap();
    let end = good.len() - 16;
    let sealed = |mut bytes: Vec<u8>| {
        bytes.truncate(end);
        bytes.extend(xxh3_128(&bytes).to_le_bytes());
        bytes
    };
    assert_eq!(sealed(good.clone()), good);

    let mut other = good.clone();
    let build = end - 32;
    assert_eq!(&other[build..end - 16], fixture.engine.runtime().build().as_bytes());
    other[build] = if other[build] == b'0' { b'1' } else { b'0' };
    write(&path, &sealed(other));
    discarded(&fixture, CORE, "it was made by another version or for another machine");

    for at in [end - 16, end - 8] {
        for wrong in [0, u64::MAX, good.len() as u64] {
            let mut other = good.clone();
            other[at..at + 8].copy_from_slice(&wrong.to_le_bytes());
            write(&path, &sealed(other));
            discarded(&fixture, CORE, &format!("it is {} bytes long", good.len()));
        }
    }

    // The facts begin with the hash and are read to their end.
    let length = u64::from_le_bytes(good[end - 16..end - 8].try_into().unwrap()) as usize;
    let mut other = good.clone();
    other[length] ^= 1;
    write(&path, &sealed(other));
    discarded(&fixture, CORE, "it belongs to another module");
    let mut other = good.clone();
    other[length + 32..build].fill(0xff);
    write(&path, &sealed(other));
    let found = fixture.cache().open(&key(CORE.as_bytes(), Isolation::Call)).unwrap();
    assert!(found.is_none() && log()[0].contains("it is malformed"));
}

#[test]
fn a_file_is_of_the_module_that_it_is_named_after() {
    let fixture = Fixture::new();
    let one = fixture.put(CORE);
    let other = fixture.put(COMPONENT);
    fs::copy(fixture.path(&other), fixture.path(&one)).unwrap();
    discarded(&fixture, CORE, "it belongs to another module");

    // Nor is code that is not isolated taken for code that is.
    let statement = key(COMPONENT.as_bytes(), Isolation::Statement);
    fs::copy(fixture.path(&other), fixture.path(&statement)).unwrap();
    assert!(fixture.cache().open(&statement).unwrap().is_none());
    assert!(log()[0].ends_with("it belongs to another module"));
}

#[test]
fn what_is_no_file_of_the_servers_own_is_not_opened() {
    let fixture = Fixture::new();
    let path = fixture.path(&fixture.put(CORE));
    let good = fs::read(&path).unwrap();
    let elsewhere = fixture.directory.join("elsewhere");
    write(&elsewhere, &good);

    fs::remove_file(&path).unwrap();
    symlink(&elsewhere, &path).unwrap();
    discarded(&fixture, CORE, "it is a symbolic link");
    symlink("/nowhere", &path).unwrap();
    discarded(&fixture, CORE, "it is a symbolic link");
    assert_eq!(fs::read(&elsewhere).unwrap(), good);

    let fifo = std::process::Command::new("mkfifo").arg("-m600").arg(&path).status();
    assert!(fifo.unwrap().success());
    discarded(&fixture, CORE, "it is not a regular file");

    for (mode, is_loaded) in [
        (0o600, true),
        (0o640, true),
        (0o604, false),
        (0o620, false),
        (0o602, false),
        (0o666, false),
    ] {
        write(&path, &good);
        self::mode(&path, mode);
        match is_loaded {
            true => assert!(
                fixture.cache().open(&key(CORE.as_bytes(), Isolation::Call)).unwrap().is_some()
            ),
            false => discarded(&fixture, CORE, "users other than the server's have access to it"),
        }
    }
    if is_root() {
        write(&path, &good);
        std::os::unix::fs::chown(&path, Some(65534), None).unwrap();
        discarded(&fixture, CORE, "users other than the server's have access to it");
    } else {
        write(&path, &good);
        mode(&path, 0o000);
        discarded(&fixture, CORE, "Permission denied (os error 13)");
    }

    // A directory is not removed, and is not in the way.
    fs::create_dir(&path).unwrap();
    mode(&path, 0o700);
    assert!(fixture.cache().open(&key(CORE.as_bytes(), Isolation::Call)).unwrap().is_none());
    let said = log();
    assert!(said[0].ends_with("it is not a regular file"), "{said:?}");
    assert!(said[1].starts_with("could not remove"), "{said:?}");
    fixture.cache().store(&key(CORE.as_bytes(), Isolation::Call), &fixture.compile(CORE));
    assert!(log()[0].starts_with("could not write to the code cache"));
    assert_eq!(fixture.files().len(), 2, "{:?}", fixture.files());
}

#[test]
fn a_directory_that_others_can_write_to_is_not_used() {
    let fixture = Fixture::new();
    let key = fixture.put(CORE);
    let (other, stored) = (key_of_component(), key.hash);
    fixture.cache().remember(stored, key.hash);
    for mode in [0o777, 0o703, 0o720, 0o1777, 0o705] {
        self::mode(&fixture.directory, mode);
        assert!(fixture.cache().open(&key).unwrap().is_none());
        assert_eq!(fixture.cache().behind(stored), None);
        let log = log();
        assert!(log.len() == 2 && log[0].contains("is not used"), "{log:?}");
        assert!(fixture.cache().lock(&key).is_err());
        fixture.cache().store(&other, &fixture.compile(COMPONENT));
        assert!(self::log()[0].contains("it is not a directory that belongs to the server alone"));
        assert_eq!(fixture.files().len(), 2);
    }
    for mode in [0o750, 0o700] {
        self::mode(&fixture.directory, mode);
        assert!(fixture.cache().open(&key).unwrap().is_some());
        assert_eq!(fixture.cache().behind(stored), Some(key.hash));
    }
    if is_root() {
        std::os::unix::fs::chown(&fixture.directory, Some(65534), None).unwrap();
        assert!(fixture.cache().open(&key).unwrap().is_none());
        assert!(log()[0].contains("is not used"));
    }

    let moved = fixture.directory.with_extension("moved");
    fs::rename(&fixture.directory, &moved).unwrap();
    symlink(&moved, &fixture.directory).unwrap();
    assert!(fixture.cache().open(&key).unwrap().is_none());
    assert!(log()[0].contains("is not used"));
}

fn key_of_component() -> plwasm_engine::code_cache::Key {
    key(COMPONENT.as_bytes(), Isolation::Call)
}

/// Root can write anywhere.
#[test]
fn a_directory_that_cannot_be_written_to_is_read() {
    let fixture = Fixture::new();
    let key = fixture.put(CORE);
    mode(&fixture.directory, 0o500);
    assert!(fixture.cache().open(&key).unwrap().is_some());
    if !is_root() {
        assert!(fixture.cache().lock(&key_of_component()).is_err());
        fixture.cache().store(&key_of_component(), &fixture.compile(COMPONENT));
        fixture.cache().remember(key.hash, key.hash);
        let log = log();
        assert!(
            log.len() == 2 && log.iter().all(|line| line.contains("could not write")),
            "{log:?}"
        );
    }
    mode(&fixture.directory, 0o700);
    assert_eq!(fixture.files(), [fixture.file(&key)]);

    // Where it cannot even be made.
    let nowhere = plwasm_engine::code_cache::CodeCache {
        directory: "/proc/nowhere".into(),
        ..fixture.cache()
    };
    assert!(nowhere.open(&key).unwrap().is_none() && log().is_empty());
    assert!(nowhere.lock(&key).is_err());
    nowhere.store(&key, &fixture.compile(CORE));
    assert!(log()[0].starts_with("could not write to the code cache \"/proc/nowhere\": "));
    assert!(nowhere.entries().is_empty() && nowhere.prune(0) == 0);
}

#[test]
fn what_is_behind_a_stored_form_is_checked() {
    let fixture = Fixture::new();
    let key = fixture.put(CORE);
    let stored = plwasm_engine::Hash::of(b"stored");
    let cache = fixture.cache();
    assert_eq!(cache.behind(stored), None);
    cache.remember(stored, key.hash);
    assert_eq!(cache.behind(stored), Some(key.hash));
    assert_eq!(log(), [""; 0]);

    let path = fixture.directory.join(format!("{stored}.source"));
    let good = fs::read(&path).unwrap();
    assert_eq!(good.len(), 80);
    let mut wrong: Vec<Vec<u8>> = (0..good.len())
        .map(|place| {
            let mut bytes = good.clone();
            bytes[place] ^= 1;
            bytes
        })
        .collect();
    wrong.extend([Vec::new(), good[..79].to_vec(), [&good[..], b"0"].concat(), vec![0xff; 80]]);
    // Of another stored form.
    let other = plwasm_engine::Hash::of(b"other");
    cache.remember(other, key.hash);
    wrong.push(fs::read(fixture.directory.join(format!("{other}.source"))).unwrap());
    for bytes in wrong {
        write(&path, &bytes);
        assert_eq!(cache.behind(stored), None);
        assert!(!path.exists());
        let log = log();
        assert!(log.len() == 1 && log[0].ends_with("its checksum does not match"), "{log:?}");
    }

    // Whose code is gone: it leads nowhere, and goes.
    cache.remember(stored, key.hash);
    fs::remove_file(fixture.path(&key)).unwrap();
    assert_eq!(cache.behind(stored), Some(key.hash));
    assert!(cache.open(&key).unwrap().is_none());
    let next = fixture.put(&module(1, 1));
    assert_eq!(fixture.files(), [fixture.file(&next)]);
    assert_eq!(log(), [""; 0]);
}
