//! Has the linker put next to each other what a session's first call runs, of functions that lie all over 16 MB
//! otherwise: the call takes 35 page faults less, and the session is 5 MB smaller (`bench/run-first-call`). Names that
//! are no longer there are passed over. `pgrx-config/order` writes the list.

use std::path::Path;
use std::process::Command;
use std::{env, io};

const ORDER: &str = "pgrx-config/order.txt";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={ORDER}");
    println!("cargo::rerun-if-env-changed=RUSTC_LINKER");
    if env::var("PROFILE").as_deref() == Ok("release") && is_lld()? {
        let order = env::current_dir()?.join(ORDER);
        println!("cargo::rustc-cdylib-link-arg=-Wl,--symbol-ordering-file={}", order.display());
        println!("cargo::rustc-cdylib-link-arg=-Wl,--no-warn-symbol-ordering");
    }
    Ok(())
}

/// Whether the linker is rustc's own, which alone has that option: where it is there and nobody asks for another.
fn is_lld() -> io::Result<bool> {
    let variable = |name| env::var(name).unwrap_or_default();
    let flags = variable("CARGO_ENCODED_RUSTFLAGS");
    let target = variable("TARGET");
    if target != "x86_64-unknown-linux-gnu"
        || !variable("RUSTC_LINKER").is_empty()
        || flags.contains("linker")
        || flags.contains("fuse-ld")
    {
        return Ok(false);
    }
    let found = Command::new(variable("RUSTC")).args(["--print", "sysroot"]).output()?;
    let sysroot = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    Ok(Path::new(&sysroot).join("lib/rustlib").join(target).join("bin/gcc-ld/ld.lld").exists())
}
