//! What all tests of the command have in common: how it is started, with a code cache of their own.

#![allow(dead_code)] // not all tests use all of it

use assert_cmd::Command;
use std::path::{Path, PathBuf};

/// The command, without a terminal, colours or anyone's settings.
pub(crate) fn plwasm() -> Command {
    let mut command = Command::cargo_bin("plwasm").expect("it was built");
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    command.env_clear().env("XDG_CACHE_HOME", cache);
    // The second is where an emulator of another processor finds the libraries that the command is linked with.
    for name in ["PATH", "QEMU_LD_PREFIX"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command
}

/// A guest of `guest-examples`.
pub(crate) fn guest(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest-examples").join(path)
}

/// An evil guest of `tests/evil`.
pub(crate) fn evil(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/evil").join(path)
}

/// What it writes to standard output, as JSON.
pub(crate) fn json(command: &mut Command) -> serde_json::Value {
    let output = command.output().expect("it runs");
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}
