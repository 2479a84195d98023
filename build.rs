//! Says how the library is linked, so that a session loads it quickly (`bench/run-first-call`).
//!
//! What a session's first call runs lies next to each other. Names that are no longer there are passed over.
//! `pgrx-config/order` writes the list. Relative relocations are packed: a bit each instead of 24 bytes that every session
//! would read.

use std::path::Path;
use std::process::Command;
use std::{env, io};

const ORDER: &str = "pgrx-config/order.txt";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={ORDER}");
    println!("cargo::rerun-if-env-changed=RUSTC_LINKER");
    let is_release = env::var("PROFILE").as_deref() == Ok("release");
    if is_release && knows_packed_relocations() {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,pack-relative-relocs");
    }
    if is_release && is_lld()? {
        let order = env::current_dir()?.join(ORDER);
        println!("cargo::rustc-cdylib-link-arg=-Wl,--symbol-ordering-file={}", order.display());
        println!("cargo::rustc-cdylib-link-arg=-Wl,--no-warn-symbol-ordering");
    }
    Ok(())
}

/// Whether the linker is LLVM's, which alone has that option: rustc's own, where it is there and nobody asks for another, or
/// the one that cargo was given.
fn is_lld() -> io::Result<bool> {
    let variable = |name| env::var(name).unwrap_or_default();
    let flags = variable("CARGO_ENCODED_RUSTFLAGS");
    let target = variable("TARGET");
    if target != "x86_64-unknown-linux-gnu" || flags.contains("linker") || flags.contains("fuse-ld")
    {
        return Ok(false);
    }
    let linker = variable("RUSTC_LINKER");
    if !linker.is_empty() {
        let found = Command::new(linker).arg("-Wl,--version").output()?;
        return Ok(String::from_utf8_lossy(&found.stdout).contains("LLD"));
    }
    let found = Command::new(variable("RUSTC")).args(["--print", "sysroot"]).output()?;
    let sysroot = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    Ok(Path::new(&sysroot).join("lib/rustlib").join(target).join("bin/gcc-ld/ld.lld").exists())
}

/// Whether this machine's C library is glibc 2.36 or later, which loads them.
fn knows_packed_relocations() -> bool {
    let found = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
    let found =
        String::from_utf8_lossy(&found.map(|found| found.stdout).unwrap_or_default()).into_owned();
    let version = found.trim().strip_prefix("glibc ").and_then(|version| {
        let (major, minor) = version.split_once('.')?;
        Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?))
    });
    version.is_some_and(|version| version >= (2, 36))
}
