//! Lowering: the way of arguments into a guest, whoever has them.
//!
//! What lies in memory as several fields is put together in a scratch buffer, and copied once. The guest is asked for
//! memory in the canonical ABI's order: for a list before what is in its elements, for fields in the order of their type,
//! and also for what is empty. So a call takes the same fuel in a server and in the command.

use super::Place;
use super::bulk::{self, Interrupts};
use crate::abi::{Labels, Layout, Parts, Type};
use crate::error::{Error, Result};
use crate::run::guest::Guest;
use crate::{json, name};
use std::cell::Cell;
use std::marker::PhantomData;
use wasmtime::ValRaw;

/// Arguments on their way into a guest.
#[derive(Debug)]
pub struct Lowering<'g, I> {
    guest: &'g mut Guest,
    /// The bytes of everything that is being put together, the innermost last.
    scratch: Vec<u8>,
    interrupts: PhantomData<I>,
}

thread_local! {
    /// The scratch of the last call, for the next.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A larger scratch is not kept. In bytes.
const KEPT: usize = 64 * 1024;

impl<'g, I: Interrupts> Lowering<'g, I> {
    /// Lowering into a guest.
    pub fn new(guest: &'g mut Guest) -> Self {
        let mut scratch = SCRATCH.take();
        scratch.clear();
        Self { guest, scratch, interrupts: PhantomData }
    }

    /// Lowers one argument, whose place is `place`: `store` puts it to scratch, where what it is a part of begins at the
    /// number that it is given, and `push` takes each of its slots.
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
        // The place lies where its offset says, though alone.
        let at = self.reserve(place.offset as usize + place.size() as usize)?;
        store(at, self)?;
        parts.read(&self.scratch[at + place.offset as usize..], &mut push);
        Ok(())
    }

    /// Lowers a tuple to memory of the guest's, and returns its pointer: `store` puts it to scratch, where it begins at the
    /// number that it is given.
    ///
    /// # Errors
    /// [`Error::Abi`] and traps, of the guest's allocator; those of `store`.
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

    /// Writes to scratch.
    #[inline]
    pub fn put(&mut self, at: usize, bytes: &[u8]) {
        self.scratch[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Writes the number of a case, or the bits of flags, of `size` bytes.
    #[inline]
    pub fn discriminate(&mut self, at: usize, discriminant: u32, size: u32) {
        self.put(at, &discriminant.to_le_bytes()[..size as usize]);
    }

    /// A string or the like: its bytes to the guest, its pointer and length to scratch.
    ///
    /// # Errors
    /// [`Error::ArgumentSize`]; [`Error::Abi`] and traps, of the guest's allocator.
    #[inline]
    pub fn string(&mut self, at: usize, bytes: &[u8]) -> Result<()> {
        self.copied(at, bytes, bytes.len(), 1)
    }

    /// A list of `count` elements whose bytes are there.
    ///
    /// # Errors
    /// Those of [`string`](Self::string).
    #[inline]
    pub fn copied(&mut self, at: usize, bytes: &[u8], count: usize, align: u32) -> Result<()> {
        let (pointer, _) = copied::<I>(self.guest, bytes, align)?;
        self.put_list(at, pointer, count);
        Ok(())
    }

    /// A list of `count` elements of `size` bytes, each of which `store` puts to scratch: it is given the element's number,
    /// from 0, and its place.
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
        // Before what the elements allocate (`store_list_into_range`).
        let (pointer, start) = self.begin(bytes, align)?;
        for i in 0..count {
            I::check();
            store(i, start + i * size as usize, self)?;
        }
        self.end(pointer, start)?;
        self.put_list(at, pointer, count);
        Ok(())
    }

    /// The value of type `ty` that a text in JSON is.
    ///
    /// # Errors
    /// Those of [`json::lower`].
    pub fn json(&mut self, at: usize, text: &str, ty: &Type) -> Result<()> {
        let out = &mut self.scratch[at..at + Layout::of(ty).size as usize];
        json::lower(text, ty, self.guest, I::check, out)
    }

    fn put_list(&mut self, at: usize, pointer: u32, count: usize) {
        self.put(at, &pointer.to_le_bytes());
        // There are not more elements than bytes.
        self.put(at + 4, &(count as u32).to_le_bytes());
    }

    /// Has the guest allocate, and makes room in scratch for what will be copied there: the pointer, and where that begins.
    #[inline]
    fn begin(&mut self, bytes: u32, align: u32) -> Result<(u32, usize)> {
        let (pointer, _) = self.guest.allocate(bytes, align)?;
        Ok((pointer, self.reserve(bytes as usize)?))
    }

    /// Copies everything from `start` on to the guest.
    #[inline]
    fn end(&mut self, pointer: u32, start: usize) -> Result<()> {
        // As many as `begin` was given.
        let bytes = (self.scratch.len() - start) as u32;
        let memory = self.guest.bytes_mut(pointer, bytes, "cabi_realloc returned")?;
        bulk::copy_to::<I>(memory, &self.scratch[start..]);
        self.scratch.truncate(start);
        Ok(())
    }

    /// That many zeros more at the end of scratch; where they begin.
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

/// Lowers a string that is passed in slots, its pointer and its length.
///
/// # Errors
/// [`Error::ArgumentSize`]; [`Error::Abi`] and traps, of the guest's allocator.
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

/// Number of bytes of a list, which memory of 4 GiB must be able to hold.
///
/// # Errors
/// [`Error::ArgumentSize`]
#[inline]
pub fn length(bytes: usize) -> Result<u32> {
    u32::try_from(bytes).map_err(|_| Error::ArgumentSize(bytes))
}

/// The bit of the flag of that name.
///
/// # Errors
/// 22023 if there is none, as for a NULL.
pub fn flag(flags: &Labels, flag: Option<&str>) -> Result<u32> {
    let found =
        flag.and_then(|flag| flags.labels.iter().position(|known| name::matches(known, flag)));
    found.map(|bit| 1 << bit).ok_or_else(|| {
        let shown = flag.map_or("null".into(), |flag| format!("\"{}\"", name::printable(flag)));
        Error::sql("22023", format!("{shown} is none of the flags"))
            .with_hint(format!("The flags are {}.", flags.labels.join(", ")))
    })
}
