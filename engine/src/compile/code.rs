//! Code: the machine code of an artefact, in memory or in a mapped file. This makes it executable.
//!
//! It must never make anything executable that can be written.

use crate::compile::bytes::Bytes;
use crate::compile::pages;
use crate::compile::runtime::Runtime;
use memmap2::Mmap;
use std::ops::Range;
use std::ptr::NonNull;
use std::rc::Rc;
use wasmtime::CustomCodeMemory;

/// What wasmtime serialized, within the bytes of an artefact's file.
#[derive(Debug)]
pub(crate) struct Code<'a> {
    pub bytes: &'a Bytes,
    pub range: Range<usize>,
}

impl Code<'_> {
    /// Lets wasmtime load the code. If a map is returned, the module lies in it, so it must be dropped after
    /// everything that belongs to the module.
    ///
    /// # Errors
    /// wasmtime's errors: the code belongs to another build, or the operating system refuses to make it executable.
    ///
    /// # Safety
    /// The code must be what [`Compiler::compile`](crate::Compiler::compile) made, unchanged.
    pub(crate) unsafe fn load(
        &self,
        runtime: &Runtime,
    ) -> wasmtime::Result<(Option<Rc<Mmap>>, wasmtime::Module)> {
        let engine = runtime.engine();
        let code = &self.bytes[self.range.clone()];
        // A module that is dropped makes its pages not executable, so no other module may share them.
        if let Bytes::Mapped(map) = self.bytes
            && Rc::strong_count(map) == 1
        {
            // wasmtime's own mapping would keep the file open, and PostgreSQL counts descriptors.
            // SAFETY: the caller's promise; the map is returned, so that it outlives the module.
            let module = unsafe { wasmtime::Module::deserialize_raw(engine, NonNull::from(code)) };
            if let Ok(module) = module {
                return Ok((Some(map.clone()), module));
            }
        }
        // The code is in memory. Or it is in a file system that is mounted noexec, where a file cannot be executed in
        // place.
        // SAFETY: the caller's promise.
        Ok((None, unsafe { wasmtime::Module::deserialize(engine, code) }?))
    }
}

/// Makes pages executable, including pages of a file, for which wasmtime does not do it.
pub(crate) struct Protect;

impl CustomCodeMemory for Protect {
    fn required_alignment(&self) -> usize {
        pages::of_system()
    }

    fn publish_executable(&self, start: *const u8, length: usize) -> wasmtime::Result<()> {
        protect(start, length, libc::PROT_READ | libc::PROT_EXEC)
    }

    fn unpublish_executable(&self, start: *const u8, length: usize) -> wasmtime::Result<()> {
        protect(start, length, libc::PROT_READ)
    }
}

fn protect(start: *const u8, length: usize, protection: i32) -> wasmtime::Result<()> {
    // SAFETY: wasmtime passes the text of a module, whose pages belong to it alone; nothing is made writable.
    match unsafe { libc::mprotect(start.cast_mut().cast(), length, protection) } {
        0 => Ok(()),
        _ => Err(wasmtime::Error::from(std::io::Error::last_os_error())
            .context("unable to make memory executable")),
    }
}
