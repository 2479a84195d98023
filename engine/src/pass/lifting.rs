//! Lifting: the way of results out of a guest, whoever takes them. Everything the guest returned is checked.

use super::bulk::{self, Interrupts};
use crate::abi::{Labels, Layout, bits, word};
use crate::error::{Error, Result};
use crate::run::guest::Guest;
use std::marker::PhantomData;

/// A result on its way out of a guest, whose memory stays as it is meanwhile.
#[derive(Debug)]
pub struct Lifting<'g, I> {
    /// The guest whose memory is read.
    pub guest: &'g Guest,
    interrupts: PhantomData<I>,
}

/// The elements of a list: each with its number, from 0, and its bytes.
#[derive(Debug)]
pub struct List<'g, I> {
    bytes: &'g [u8],
    size: usize,
    count: usize,
    next: usize,
    interrupts: PhantomData<I>,
}

impl<'g, I: Interrupts> Lifting<'g, I> {
    /// Lifting from a guest that has returned.
    pub fn new(guest: &'g Guest) -> Self {
        Self { guest, interrupts: PhantomData }
    }

    /// The bytes of a result behind a pointer.
    ///
    /// # Errors
    /// [`Error::Abi`] if they are not aligned or not in memory.
    pub fn spilled(&self, pointer: u32, Layout { size, align }: Layout) -> Result<&'g [u8]> {
        if pointer & (align - 1) != 0 {
            return Err(Error::Abi(format!(
                "the result's pointer {pointer:#x} is not a multiple of {align}"
            )));
        }
        self.guest.bytes(pointer, size, "the result is")
    }

    /// The elements of a list whose pointer and length are there.
    ///
    /// # Errors
    /// [`Error::Abi`] if they are not aligned or not in memory (`load_list_from_range`).
    #[inline]
    pub fn list(&self, bytes: &[u8], size: u32, align: u32) -> Result<List<'g, I>> {
        let count = u32::from_le_bytes(word(&bytes[4..])) as usize;
        let bytes = self.guest.list(bytes, size, align)?;
        Ok(List { bytes, size: size as usize, count, next: 0, interrupts: PhantomData })
    }

    /// The bytes of a `list<u8>` whose pointer and length are there.
    ///
    /// # Errors
    /// Those of [`list`](Self::list).
    #[inline]
    pub fn bytes(&self, bytes: &[u8]) -> Result<&'g [u8]> {
        self.guest.list(bytes, 1, 1)
    }

    /// The string whose pointer and length are there. `room` is asked whether there is room for that many bytes, before
    /// they are looked at.
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
    /// The bytes of all elements.
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

/// A guest's string, which is UTF-8 and lacks the one character that PostgreSQL's text lacks.
///
/// # Errors
/// [`Error::Abi`], [`Error::NulByte`]
#[inline]
pub fn checked<I: Interrupts>(data: &[u8]) -> Result<&str> {
    if let Some(at) = bulk::not_utf8::<I>(data) {
        return Err(Error::not_utf8(at, data.len()));
    }
    match bulk::has_zero::<I>(data) {
        true => Err(Error::NulByte),
        // SAFETY: it is UTF-8, as was just looked at.
        false => Ok(unsafe { std::str::from_utf8_unchecked(data) }),
    }
}

/// The number of a case, of which there are `cases`, from a discriminant of `size` bytes.
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

/// Whether a `result` is `ok`.
///
/// # Errors
/// [`Error::Abi`] if it is neither.
#[inline]
pub fn is_ok(bytes: &[u8]) -> Result<bool> {
    case(bytes, 1, 2).map(|case| case == 0)
}

/// The names of the flags that are set, of `size` bytes. Other bits do not count (`unpack_flags_from_int`).
pub fn flags<'l>(bytes: &[u8], size: u32, labels: &'l Labels) -> impl Iterator<Item = &'l str> {
    let set = bits(bytes, size);
    let labels = labels.labels.iter().enumerate();
    labels.filter(move |(bit, _)| set >> bit & 1 == 1).map(|(_, name)| name.as_str())
}
