//! Names the sources that this crate is built of, so that code compiled by others is never run (`Compiler::build`).

use sha2::{Digest, Sha256};
use std::path::Path;
use std::{fs, io};

fn main() -> io::Result<()> {
    let mut hash = Sha256::new();
    add(Path::new("src"), &mut hash)?;
    // The versions of wasmtime and of all that it is built of.
    add(Path::new("../Cargo.lock"), &mut hash)?;
    let digest = hash.finalize();
    let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    println!("cargo::rustc-env=PLWASM_SOURCES={hex}");
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=../Cargo.lock");
    Ok(())
}

fn add(path: &Path, hash: &mut Sha256) -> io::Result<()> {
    if path.is_dir() {
        let mut paths: Vec<_> =
            fs::read_dir(path)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
        paths.sort();
        return paths.iter().try_for_each(|path| add(path, hash));
    }
    hash.update(path.as_os_str().as_encoded_bytes());
    hash.update(fs::read(path)?);
    Ok(())
}
