//! Code: the machine code of an artefact, in memory or in a file that is mapped, and making it executable.
//!
//! It must never make anything executable that can be written.

use crate::runtime::Runtime;
use memmap2::Mmap;
use std::ptr::NonNull;
use std::rc::Rc;
use wasmtime::CustomCodeMemory;

/// A file, of which the first so many bytes are what wasmtime has serialized.
#[derive(Debug)]
pub(crate) enum Code {
    Owned(Vec<u8>, usize),
    /// Its pages are shared with all who have mapped it.
    Mapped(Rc<Mmap>, usize),
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
    /// It must be what [`Compiler::compile`](crate::Compiler::compile) made, unchanged.
    pub unsafe fn load(
        &self,
        runtime: &Runtime,
    ) -> wasmtime::Result<(Option<Rc<Mmap>>, wasmtime::Module)> {
        let engine = runtime.engine();
        match self {
            Self::Owned(bytes, length) => {
                // SAFETY: the caller's promise.
                let module = unsafe { wasmtime::Module::deserialize(engine, &bytes[..*length]) };
                Ok((None, module?))
            }
            Self::Mapped(map, length) => {
                let code = &map[..*length];
                // A module that is dropped makes its pages not executable: none may have them in common with another.
                if Rc::strong_count(map) == 1 {
                    // wasmtime's own mapping would keep the file open, and PostgreSQL counts descriptors.
                    // SAFETY: the caller's promise; the map is returned, to live longer than the module.
                    let module =
                        unsafe { wasmtime::Module::deserialize_raw(engine, NonNull::from(code)) };
                    if let Ok(module) = module {
                        return Ok((Some(map.clone()), module));
                    }
                }
                // Where the file system is mounted noexec, nothing in it can be executed in place.
                // SAFETY: the caller's promise.
                Ok((None, unsafe { wasmtime::Module::deserialize(engine, code) }?))
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
