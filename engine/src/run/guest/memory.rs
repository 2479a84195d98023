//! A guest's memory, as the host reads and writes it.
//!
//! This must never return a byte that is not the guest's, nor a writable byte that is not restored after the call.

use super::Guest;
use crate::abi::word;
use crate::error::{Error, Result};
use wasmtime::ValRaw;

impl Guest {
    /// Calls the guest's allocator for `size` bytes. Returns the pointer and the bytes.
    ///
    /// # Errors
    /// [`Error::Abi`] if the pointer is not aligned or the bytes are not all in memory; the errors of
    /// [`call`](Self::call).
    #[inline]
    pub fn allocate(&mut self, size: u32, align: u32) -> Result<(u32, &mut [u8])> {
        let pointer = self.reallocate(0, 0, align, size)?;
        if pointer & (align - 1) != 0 {
            return Err(Error::Abi(format!(
                "cabi_realloc returned {pointer:#x}, which is not a multiple of {align}"
            )));
        }
        Ok((pointer, self.bytes_mut(pointer, size, "cabi_realloc returned")?))
    }

    /// Calls the guest's allocator to make the `old` bytes at `pointer` `new` bytes. Returns the pointer, which nobody
    /// has checked.
    ///
    /// # Errors
    /// The errors of [`call`](Self::call).
    #[inline]
    pub(crate) fn reallocate(
        &mut self,
        pointer: u32,
        old: u32,
        align: u32,
        new: u32,
    ) -> Result<u32> {
        let realloc = self.realloc.ok_or(Error::MissingAbi("cabi_realloc"))?;
        let mut slots = [pointer, old, align, new, 0].map(ValRaw::u32);
        // SAFETY: the type was checked when the instance was made. It takes four i32 and returns one.
        unsafe { self.call_func(&realloc, 4, 1, &mut slots)? };
        Ok(slots[0].get_u32())
    }

    /// Returns how many bytes of a memory of `size` bytes are the guest's. An elastic memory can have more, which it
    /// keeps for the next call.
    #[inline]
    pub(super) fn accessible(&self, size: usize) -> usize {
        match self.store.data().elastic {
            Some(elastic) if self.is_memory_restored => elastic.bytes().min(size),
            _ => size,
        }
    }

    /// Returns `length` bytes of the guest's memory at `pointer`.
    ///
    /// # Errors
    /// [`Error::Abi`], which names `what`, if the bytes are not all in memory.
    #[inline]
    pub fn bytes(&self, pointer: u32, length: u32, what: &str) -> Result<&[u8]> {
        let data = self.memory.ok_or(Error::MissingAbi("memory"))?.data(&self.store);
        let data = &data[..self.accessible(data.len())];
        data.get(pointer as usize..pointer as usize + length as usize)
            .ok_or_else(|| out_of_bounds(pointer, length, data.len(), what))
    }

    /// Returns the bytes of all elements of a list. Each element has `size` bytes. `list` begins with the list's
    /// pointer and length (`load_list_from_range` of the canonical ABI).
    ///
    /// # Errors
    /// [`Error::Abi`] if the elements are not aligned or not in memory.
    #[inline]
    pub fn list(&self, list: &[u8], size: u32, align: u32) -> Result<&[u8]> {
        let [pointer, count] = [0, 4].map(|at| u32::from_le_bytes(word(&list[at..])));
        if pointer & (align - 1) != 0 {
            return Err(Error::Abi(format!(
                "a list's pointer {pointer:#x} is not a multiple of {align}"
            )));
        }
        let length = u32::try_from(u64::from(count) * u64::from(size)).map_err(|_| {
            Error::Abi(format!("a list of {count} elements of {size} bytes is beyond any memory"))
        })?;
        self.bytes(pointer, length, "the result has")
    }

    /// Returns `length` bytes of the guest's memory at `pointer`, mutably.
    ///
    /// # Errors
    /// The errors of [`bytes`](Self::bytes).
    #[inline]
    pub fn bytes_mut(&mut self, pointer: u32, length: u32, what: &str) -> Result<&mut [u8]> {
        let memory = self.memory.ok_or(Error::MissingAbi("memory"))?;
        let size = self.accessible(memory.data_size(&self.store));
        let data = &mut memory.data_mut(&mut self.store)[..size];
        let bytes = data
            .get_mut(pointer as usize..pointer as usize + length as usize)
            .ok_or_else(|| out_of_bounds(pointer, length, size, what))?;
        // What the host writes is restored, like what the guest writes. Before the pristine state is kept, too: then it is
        // part of that state.
        match self.journal {
            Some(journal) if self.is_memory_restored => {
                journal.mark(pointer as usize, length as usize);
            }
            Some(journal) => journal.spoil(),
            None => {}
        }
        Ok(bytes)
    }
}

#[cold]
fn out_of_bounds(pointer: u32, length: u32, size: usize, what: &str) -> Error {
    Error::Abi(format!("{what} {length} bytes at {pointer:#x}, beyond its memory of {size} bytes"))
}
