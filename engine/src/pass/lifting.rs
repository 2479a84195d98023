//! Lifting: reads results out of a guest. Everything that the guest returned is checked.

use super::bulk::{self, Interrupts};
use super::path;
use crate::abi::{Labels, Layout, MAX_FLAT_RESULTS, Parts, Type, bits, word};
use crate::error::{Error, Result};
use crate::run::guest::Guest;
use std::borrow::Cow;
use std::marker::PhantomData;
use wasmtime::ValRaw;

/// A result that is read out of a guest. The guest's memory does not change meanwhile.
#[derive(Debug)]
pub struct Lifting<'g, I> {
    /// The guest whose memory is read.
    pub guest: &'g Guest,
    interrupts: PhantomData<I>,
}

/// An iterator over the elements of a list. It gives each element's number, from 0, and its bytes.
#[derive(Debug)]
pub struct List<'g, I> {
    bytes: &'g [u8],
    size: usize,
    count: usize,
    next: usize,
    interrupts: PhantomData<I>,
}

impl<'g, I: Interrupts> Lifting<'g, I> {
    /// Starts lifting from a guest whose call has returned.
    pub fn new(guest: &'g Guest) -> Self {
        Self { guest, interrupts: PhantomData }
    }

    /// Returns the bytes of the result of a call, which is in a slot or in the memory that the slot points to.
    ///
    /// # Errors
    /// Those of [`spilled`](Self::spilled) and of [`Parts::write`].
    pub fn result(&self, ty: &Type, slot: &ValRaw) -> Result<Cow<'g, [u8]>> {
        let layout = Layout::of(ty);
        let mut slots = Vec::new();
        ty.flatten(&mut slots);
        if slots.len() > MAX_FLAT_RESULTS {
            return self.spilled(slot.get_u32(), layout).map(Cow::Borrowed);
        }
        let mut flat = vec![0; layout.size as usize];
        path::within(
            || "the result".into(),
            || Parts::of(ty).write(std::slice::from_ref(slot), &mut flat),
        )?;
        Ok(flat.into())
    }

    /// Returns the bytes of a result that lies at `pointer` in the guest's memory.
    ///
    /// # Errors
    /// [`Error::Abi`] if the result is not aligned or not in memory.
    pub fn spilled(&self, pointer: u32, Layout { size, align }: Layout) -> Result<&'g [u8]> {
        if pointer & (align - 1) != 0 {
            return Err(Error::Abi(format!(
                "the result's pointer {pointer:#x} is not a multiple of {align}"
            )));
        }
        self.guest.bytes(pointer, size, "the result is")
    }

    /// Returns the elements of a list. `bytes` begins with the list's pointer and length, `size` and `align` are those
    /// of an element.
    ///
    /// # Errors
    /// [`Error::Abi`] if the list is not aligned or not in memory (`load_list_from_range`).
    #[inline]
    pub fn list(&self, bytes: &[u8], size: u32, align: u32) -> Result<List<'g, I>> {
        let count = u32::from_le_bytes(word(&bytes[4..])) as usize;
        let bytes = self.guest.list(bytes, size, align)?;
        Ok(List { bytes, size: size as usize, count, next: 0, interrupts: PhantomData })
    }

    /// Returns the bytes of a `list<u8>` whose pointer and length `bytes` begins with.
    ///
    /// # Errors
    /// Those of [`list`](Self::list).
    #[inline]
    pub fn bytes(&self, bytes: &[u8]) -> Result<&'g [u8]> {
        self.guest.list(bytes, 1, 1)
    }

    /// Returns the string whose pointer and length `bytes` begins with. Before the string is read, `room` is called
    /// with its length in bytes, to check that there is room for it.
    ///
    /// # Errors
    /// Those of [`list`](Self::list), of `room`, and of [`checked`].
    #[inline]
    pub fn string(&self, bytes: &[u8], room: impl FnOnce(usize) -> Result<()>) -> Result<&'g str> {
        let bytes = self.bytes(bytes)?;
        room(bytes.len())?;
        checked::<I>(bytes)
    }
}

impl<'g, I> List<'g, I> {
    /// Returns the bytes of all elements.
    pub fn bytes(&self) -> &'g [u8] {
        self.bytes
    }
}

impl<'g, I: Interrupts> Iterator for List<'g, I> {
    type Item = (usize, &'g [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let i = self.next;
        (i < self.count).then(|| {
            I::check();
            self.next += 1;
            (i, &self.bytes[i * self.size..(i + 1) * self.size])
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.count - self.next;
        (left, Some(left))
    }
}

impl<I: Interrupts> ExactSizeIterator for List<'_, I> {}

/// Checks that a guest's string is UTF-8 and has no U+0000, which PostgreSQL's text cannot hold. Returns the string.
///
/// # Errors
/// [`Error::Abi`] if it is not UTF-8, [`Error::NulByte`] if it has U+0000.
#[inline]
pub fn checked<I: Interrupts>(data: &[u8]) -> Result<&str> {
    if let Some(at) = bulk::not_utf8::<I>(data) {
        return Err(Error::not_utf8(at, data.len()));
    }
    match bulk::has_zero::<I>(data) {
        true => Err(Error::NulByte),
        // SAFETY: `not_utf8` has just checked that it is UTF-8.
        false => Ok(unsafe { std::str::from_utf8_unchecked(data) }),
    }
}

/// Returns the number of the case that a discriminant of `size` bytes selects. `cases` is the number of cases.
///
/// # Errors
/// [`Error::Abi`] if there is no such case.
#[inline]
pub fn case(bytes: &[u8], size: u32, cases: usize) -> Result<u32> {
    let case = bits(bytes, size);
    match (case as usize) < cases {
        true => Ok(case),
        false => Err(Error::no_case(case, cases)),
    }
}

/// Returns true if a `result` is `ok`.
///
/// # Errors
/// [`Error::Abi`] if it is neither `ok` nor `err`.
#[inline]
pub fn is_ok(bytes: &[u8]) -> Result<bool> {
    case(bytes, 1, 2).map(|case| case == 0)
}

/// Returns the names of the flags that are set. The flags take `size` bytes. Bits without a flag are ignored
/// (`unpack_flags_from_int`).
pub fn flags<'l>(bytes: &[u8], size: u32, labels: &'l Labels) -> impl Iterator<Item = &'l str> {
    let set = bits(bytes, size);
    let labels = labels.labels.iter().enumerate();
    labels.filter(move |(bit, _)| set >> bit & 1 == 1).map(|(_, name)| name.as_str())
}
