//! The kernels: their list, their modules, and the same sources compiled for this machine.

use crate::Result;
use std::ffi::{CStr, CString};
use std::path::{Path, PathBuf};
use std::process::Command;

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../bench/kernels");

/// Below cargo's target directory, so it is never committed.
const NATIVE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/kernels");

/// A line of kernels.tsv.
#[derive(Debug, Clone)]
pub(crate) struct Kernel {
    pub name: String,
    /// The argument of `run`.
    pub n: i32,
    pub about: String,
}

/// Returns all kernels, in the order of kernels.tsv.
pub(crate) fn all() -> Result<Vec<Kernel>> {
    let list = std::fs::read_to_string(Path::new(DIRECTORY).join("kernels.tsv"))?;
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    let kernels = lines.map(|line| match *line.split('\t').collect::<Vec<_>>() {
        [name, n, about] => {
            Ok(Kernel { name: name.to_string(), n: n.parse()?, about: about.to_string() })
        }
        _ => Err(format!("kernels.tsv: {line}").into()),
    });
    kernels.collect()
}

impl Kernel {
    /// Returns the module as it was committed.
    pub(crate) fn binary(&self) -> Result<Vec<u8>> {
        Ok(std::fs::read(Path::new(DIRECTORY).join(format!("{}.wasm", self.name)))?)
    }
}

/// Compiles the libraries that are older than their sources.
pub(crate) fn build_native() -> Result<()> {
    let status =
        Command::new(Path::new(DIRECTORY).join("build.sh")).args(["--native", NATIVE]).status()?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("build.sh: {status}").into()),
    }
}

/// A kernel as a function of this process. Its library is never unloaded.
#[derive(Debug)]
pub(crate) struct Native(extern "C" fn(i32) -> i64);

impl Native {
    pub(crate) fn load(kernel: &Kernel) -> Result<Self> {
        let path: PathBuf = Path::new(NATIVE).join(format!("{}.so", kernel.name));
        let path = CString::new(path.into_os_string().into_encoded_bytes())?;
        // SAFETY: the path is a C string; the libraries that build.sh makes have no constructors.
        let library = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        if library.is_null() {
            return Err(last_error().into());
        }
        // SAFETY: the library was just opened; the name is a C string.
        let run = unsafe { libc::dlsym(library, c"run".as_ptr()) };
        if run.is_null() {
            return Err(last_error().into());
        }
        // SAFETY: kernel.h declares run as int64_t run(int32_t).
        Ok(Self(unsafe {
            std::mem::transmute::<*mut libc::c_void, extern "C" fn(i32) -> i64>(run)
        }))
    }

    #[inline]
    pub(crate) fn call(&self, n: i32) -> i64 {
        (self.0)(n)
    }
}

fn last_error() -> String {
    // SAFETY: there is one thread, and the message is read before the next call of dlerror.
    let message = unsafe { libc::dlerror() };
    match message.is_null() {
        true => "unknown error of the dynamic linker".to_string(),
        // SAFETY: it is not null, so it is a C string.
        false => unsafe { CStr::from_ptr(message) }.to_string_lossy().into_owned(),
    }
}
