//! Lowering: passes arguments into a guest.
//!
//! A value of several fields that goes to memory is put together in a scratch buffer, and copied to the guest at once.
//! The guest is asked for memory in the canonical ABI's order: for a list before the contents of its elements, for
//! fields in the order of their type, and also for empty lists. So a call takes the same fuel in a server and in the
//! command.

use super::Place;
use super::bulk::{self, Interrupts};
use crate::abi::{Labels, Layout, Parts, Signature, Type};
use crate::error::{Error, Result};
use crate::run::guest::Guest;
use crate::{json, name};
use std::cell::Cell;
use std::marker::PhantomData;
use wasmtime::ValRaw;

/// Arguments that are passed into a guest.
#[derive(Debug)]
pub struct Lowering<'g, I> {
    guest: &'g mut Guest,
    /// The bytes of the values that are being put together. The innermost is the last.
    scratch: Vec<u8>,
    interrupts: PhantomData<I>,
}

thread_local! {
    /// The scratch buffer of the last call, for the next call to reuse.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// The capacity in bytes up to which a scratch buffer is kept for the next call.
const KEPT: usize = 64 * 1024;

impl<'g, I: Interrupts> Lowering<'g, I> {
    /// Starts lowering into a guest.
    pub fn new(guest: &'g mut Guest) -> Self {
        let mut scratch = SCRATCH.take();
        scratch.clear();
        Self { guest, scratch, interrupts: PhantomData }
    }

    /// Lowers all arguments of a call to their slots, or to a single slot with a pointer to all of them. `store` is called
    /// for each argument with its number, from 0, its place, and the offset into scratch to which the place is
    /// relative, and writes it there.
    ///
    /// # Errors
    /// Those of `store` and of the guest's allocator.
    pub fn arguments(
        &mut self,
        signature: &Signature,
        mut store: impl FnMut(usize, &Place, usize, &mut Self) -> Result<()>,
    ) -> Result<Vec<ValRaw>> {
        let (layout, offsets) = Layout::of_tuple(&signature.params);
        // The representation, which is the first parameter of a method, is not counted.
        let first = usize::from(!signature.is_method());
        let params = signature.params.iter().zip(offsets).enumerate();
        let places: Vec<_> = params
            .map(|(i, (ty, offset))| Place::new(ty, offset, format!("argument {}", i + first)))
            .collect();
        if signature.params_spilled() {
            let pointer = self.spilled(layout, |base, to| {
                places.iter().enumerate().try_for_each(|(i, place)| store(i, place, base, to))
            })?;
            return Ok(vec![ValRaw::u32(pointer)]);
        }
        let mut slots = Vec::new();
        for (i, (place, ty)) in places.iter().zip(&signature.params).enumerate() {
            self.flat(
                place,
                &Parts::of(ty),
                |base, to| store(i, place, base, to),
                |slot| slots.push(slot),
            )?;
        }
        Ok(slots)
    }

    /// Lowers one argument to slots. `store` gets an offset into scratch, and writes the argument at `place` relative
    /// to that offset. `push` is called with each slot of the argument.
    ///
    /// # Errors
    /// Those of `store`.
    pub fn flat(
        &mut self,
        place: &Place,
        parts: &Parts,
        store: impl FnOnce(usize, &mut Self) -> Result<()>,
        mut push: impl FnMut(ValRaw),
    ) -> Result<()> {
        // The place keeps its offset, although nothing lies before it.
        let at = self.reserve(place.offset as usize + place.size() as usize)?;
        store(at, self)?;
        parts.read(&self.scratch[at + place.offset as usize..], &mut push);
        Ok(())
    }

    /// Lowers a tuple to the guest's memory, and returns its pointer. `store` gets the offset into scratch at which the
    /// tuple begins, and writes its fields there.
    ///
    /// # Errors
    /// [`Error::Abi`] and traps of the guest's allocator; those of `store`.
    pub fn spilled(
        &mut self,
        layout: Layout,
        store: impl FnOnce(usize, &mut Self) -> Result<()>,
    ) -> Result<u32> {
        let (pointer, start) = self.begin(layout.size, layout.align)?;
        store(start, self)?;
        self.end(pointer, start)?;
        Ok(pointer)
    }

    /// Writes bytes to scratch.
    #[inline]
    pub fn put(&mut self, at: usize, bytes: &[u8]) {
        self.scratch[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Writes the number of a case, or the bits of flags, as `size` bytes.
    #[inline]
    pub fn discriminate(&mut self, at: usize, discriminant: u32, size: u32) {
        self.put(at, &discriminant.to_le_bytes()[..size as usize]);
    }

    /// Lowers a string or a `list<u8>`: copies its bytes to the guest, and writes its pointer and length to scratch at
    /// `at`.
    ///
    /// # Errors
    /// [`Error::ArgumentSize`]; [`Error::Abi`] and traps of the guest's allocator.
    #[inline]
    pub fn string(&mut self, at: usize, bytes: &[u8]) -> Result<()> {
        self.copied(at, bytes, bytes.len(), 1)
    }

    /// Lowers a list of `count` elements. `bytes` holds the elements as they lie in the guest's memory.
    ///
    /// # Errors
    /// Those of [`string`](Self::string).
    #[inline]
    pub fn copied(&mut self, at: usize, bytes: &[u8], count: usize, align: u32) -> Result<()> {
        let (pointer, _) = copied::<I>(self.guest, bytes, align)?;
        self.put_list(at, pointer, count);
        Ok(())
    }

    /// Lowers a list of `count` elements of `size` bytes. `store` is called for each element with its number, from 0,
    /// and its offset in scratch, and writes it there.
    ///
    /// # Errors
    /// Those of [`string`](Self::string) and of `store`.
    #[inline]
    pub fn list(
        &mut self,
        at: usize,
        count: usize,
        size: u32,
        align: u32,
        mut store: impl FnMut(usize, usize, &mut Self) -> Result<()>,
    ) -> Result<()> {
        let bytes = length(count.saturating_mul(size as usize))?;
        // Allocated before the contents of the elements (`store_list_into_range`).
        let (pointer, start) = self.begin(bytes, align)?;
        for i in 0..count {
            I::check();
            store(i, start + i * size as usize, self)?;
        }
        self.end(pointer, start)?;
        self.put_list(at, pointer, count);
        Ok(())
    }

    /// Lowers a text in JSON as a value of type `ty`.
    ///
    /// # Errors
    /// Those of [`json::lower`].
    pub fn json(&mut self, at: usize, text: &str, ty: &Type) -> Result<()> {
        let out = &mut self.scratch[at..at + Layout::of(ty).size as usize];
        json::lower(text, ty, self.guest, I::check, out)
    }

    fn put_list(&mut self, at: usize, pointer: u32, count: usize) {
        self.put(at, &pointer.to_le_bytes());
        // The number of elements fits, because there are no more of them than bytes.
        self.put(at + 4, &(count as u32).to_le_bytes());
    }

    /// Makes the guest allocate, and reserves scratch for the bytes that will be copied there. Returns the guest's
    /// pointer, and the offset in scratch.
    #[inline]
    fn begin(&mut self, bytes: u32, align: u32) -> Result<(u32, usize)> {
        let (pointer, _) = self.guest.allocate(bytes, align)?;
        Ok((pointer, self.reserve(bytes as usize)?))
    }

    /// Copies everything from offset `start` of scratch to the guest at `pointer`, and removes it from scratch.
    #[inline]
    fn end(&mut self, pointer: u32, start: usize) -> Result<()> {
        // The number that `begin` was given.
        let bytes = (self.scratch.len() - start) as u32;
        let memory = self.guest.bytes_mut(pointer, bytes, "cabi_realloc returned")?;
        bulk::copy_to::<I>(memory, &self.scratch[start..]);
        self.scratch.truncate(start);
        Ok(())
    }

    /// Appends `size` zeros to scratch, and returns the offset at which they begin.
    fn reserve(&mut self, size: usize) -> Result<usize> {
        let at = self.scratch.len();
        self.scratch.try_reserve(size).map_err(|_| Error::out_of_memory(size))?;
        self.scratch.resize(at + size, 0);
        Ok(at)
    }
}

impl<I> Drop for Lowering<'_, I> {
    fn drop(&mut self) {
        if self.scratch.capacity() <= KEPT {
            SCRATCH.set(std::mem::take(&mut self.scratch));
        }
    }
}

/// Lowers a string that is passed in slots. Returns its pointer and its length.
///
/// # Errors
/// [`Error::ArgumentSize`]; [`Error::Abi`] and traps of the guest's allocator.
#[inline]
pub fn string<I: Interrupts>(guest: &mut Guest, bytes: &[u8]) -> Result<(u32, u32)> {
    copied::<I>(guest, bytes, 1)
}

#[inline]
fn copied<I: Interrupts>(guest: &mut Guest, bytes: &[u8], align: u32) -> Result<(u32, u32)> {
    let length = length(bytes.len())?;
    let (pointer, memory) = guest.allocate(length, align)?;
    bulk::copy_to::<I>(memory, bytes);
    Ok((pointer, length))
}

/// Checks that a list of `bytes` bytes fits a memory of 4 GiB. Returns the number of bytes.
///
/// # Errors
/// [`Error::ArgumentSize`] if it does not fit.
#[inline]
pub fn length(bytes: usize) -> Result<u32> {
    u32::try_from(bytes).map_err(|_| Error::ArgumentSize(bytes))
}

/// Returns the bit of the flag with that name.
///
/// # Errors
/// 22023 if no flag has that name, or if `flag` is `None`, which stands for NULL.
pub fn flag(flags: &Labels, flag: Option<&str>) -> Result<u32> {
    let found =
        flag.and_then(|flag| flags.labels.iter().position(|known| name::matches(known, flag)));
    found.map(|bit| 1 << bit).ok_or_else(|| {
        let shown = flag.map_or("null".into(), |flag| format!("\"{}\"", name::printable(flag)));
        Error::sql("22023", format!("{shown} is none of the flags"))
            .with_hint(format!("The flags are {}.", flags.labels.join(", ")))
    })
}
