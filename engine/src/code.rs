//! Code: the machine code of an artefact, in memory or in a file that is mapped, and making it executable.
//!
//! It must never make anything executable that can be written.

use crate::compiler::Compiler;
use memmap2::Mmap;
use std::ptr::NonNull;
use wasmtime::CustomCodeMemory;

/// A file, of which the first so many bytes are what wasmtime has serialized.
#[derive(Debug)]
pub(crate) enum Code {
    Owned(Vec<u8>, usize),
    /// Its pages are shared with all who have mapped it.
    Mapped(Mmap, usize),
}

impl Code {
    /// All of the file.
    pub fn file(&self) -> &[u8] {
        match self {
            Self::Owned(bytes, _) => bytes,
            Self::Mapped(map, _) => map,
        }
    }

    /// Has wasmtime read it. The map that the module lies in must be dropped after all that is of the module.
    ///
    /// # Errors
    /// Those of wasmtime: it is of another build, or the operating system refuses to make it executable.
    ///
    /// # Safety
    /// It must be what [`Compiler::compile`] made, unchanged.
    pub unsafe fn load(
        self,
        compiler: &Compiler,
    ) -> wasmtime::Result<(Option<Mmap>, wasmtime::Module)> {
        let engine = compiler.wasmtime();
        match self {
            // SAFETY: the caller's promise.
            Self::Owned(bytes, length) => {
                Ok((None, unsafe { wasmtime::Module::deserialize(engine, &bytes[..length]) }?))
            }
            Self::Mapped(map, length) => {
                // wasmtime's own mapping would keep the file open, and PostgreSQL counts descriptors.
                let bytes = NonNull::from(&map[..length]);
                // SAFETY: the caller's promise; the map is returned, to live longer than the module.
                let module = unsafe { wasmtime::Module::deserialize_raw(engine, bytes) };
                match module {
                    Ok(module) => Ok((Some(map), module)),
                    // Where the file system is mounted noexec, nothing in it can be executed in place.
                    // SAFETY: the caller's promise.
                    Err(_) => Ok((None, unsafe {
                        wasmtime::Module::deserialize(engine, bytes.as_ref())
                    }?)),
                }
            }
        }
    }
}

/// Makes pages executable, those of a file too, which wasmtime does not do by itself.
pub(crate) struct Protect;

impl CustomCodeMemory for Protect {
    fn required_alignment(&self) -> usize {
        // SAFETY: asks a number of the system.
        unsafe { libc::sysconf(libc::_SC_PAGESIZE) as usize }
    }

    fn publish_executable(&self, start: *const u8, length: usize) -> wasmtime::Result<()> {
        protect(start, length, libc::PROT_READ | libc::PROT_EXEC)
    }

    fn unpublish_executable(&self, start: *const u8, length: usize) -> wasmtime::Result<()> {
        protect(start, length, libc::PROT_READ)
    }
}

fn protect(start: *const u8, length: usize, protection: i32) -> wasmtime::Result<()> {
    // SAFETY: wasmtime gives the text of a module, whose pages are its own; nothing is made writable.
    match unsafe { libc::mprotect(start.cast_mut().cast(), length, protection) } {
        0 => Ok(()),
        _ => Err(wasmtime::Error::from(std::io::Error::last_os_error())
            .context("unable to make memory executable")),
    }
}
