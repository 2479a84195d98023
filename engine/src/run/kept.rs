//! Kept states: what differs from the pristine state of a module, in one flat piece of memory that its owner provides.
//!
//! ```text
//! head      the size of the memory in pages, the number of globals, the number of blocks
//! globals   the bits of every global that can change, 16 bytes each; none if none differs
//! blocks    number, first line, mask of the lines that differ, 12 bytes each; in ascending order
//! lines     64 bytes each
//! ```
//! Only lines that differ are stored. So the state of a running sum takes some hundred bytes, although every store marks
//! a block of 1,024. This must never be given to an instance of another module, or of another warm-up.

use crate::run::image::{BLOCK, Image, SPAN};
use std::fmt;

/// Bytes in a line, which is as much as follows a block in what is restored with it ([`SPAN`]).
pub(crate) const LINE: usize = SPAN - BLOCK;

const HEAD: usize = 12;
const GLOBAL: usize = 16;
const ENTRY: usize = 12;

/// A state that was kept, without its owner.
#[derive(Clone, Copy)]
pub(crate) struct KeptState<'a> {
    bytes: &'a [u8],
}

/// The lines of one block that differ from the pristine state.
#[derive(Clone, Copy)]
pub(crate) struct Lines<'a> {
    mask: u32,
    bytes: &'a [u8],
}

impl fmt::Debug for KeptState<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptState").field("bytes", &self.bytes.len()).finish()
    }
}

impl<'a> KeptState<'a> {
    /// Takes what [`write`] wrote.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    #[inline]
    fn word(self, at: usize) -> u32 {
        u32::from_le_bytes(self.bytes[at..at + 4].try_into().unwrap_or_default())
    }

    /// Returns the size of an elastic memory, in pages; 0 for a memory that is not elastic.
    pub(crate) fn pages(self) -> u32 {
        self.word(0)
    }

    /// Returns the size of an elastic memory, in bytes; 0 for a memory that is not elastic.
    pub(crate) fn size(self) -> usize {
        (self.pages() as usize) << 16
    }

    /// Returns the bits of all globals. It is empty if they are those of the pristine state.
    pub(crate) fn globals(self) -> impl ExactSizeIterator<Item = u128> + 'a {
        let bytes = self.bytes;
        (0..self.word(4) as usize).map(move |at| {
            let at = HEAD + at * GLOBAL;
            u128::from_le_bytes(bytes[at..at + GLOBAL].try_into().unwrap_or_default())
        })
    }

    /// Returns the number of blocks in which something differs.
    pub(crate) fn len(self) -> usize {
        self.word(8) as usize
    }

    fn entries(self) -> usize {
        HEAD + self.word(4) as usize * GLOBAL
    }

    /// Returns the number of the block at a place in the list of blocks.
    #[inline]
    pub(crate) fn block(self, place: usize) -> usize {
        self.word(self.entries() + place * ENTRY) as usize
    }

    /// Returns the lines of the block at a place in the list of blocks.
    #[inline]
    pub(crate) fn lines(self, place: usize) -> Lines<'a> {
        let entry = self.entries() + place * ENTRY;
        let (first, mask) = (self.word(entry + 4) as usize, self.word(entry + 8));
        let start = self.entries() + self.len() * ENTRY + first * LINE;
        let end = start + mask.count_ones() as usize * LINE;
        Lines { mask, bytes: &self.bytes[start..end] }
    }

    /// Returns the place of the first block whose number is not less than `block`.
    #[inline]
    fn place_of(self, block: usize) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.block(middle) < block {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        low
    }

    /// Writes what the state has in a block and in the line after it over what the pristine state has there. `span` is
    /// as much of [`SPAN`] as lies in the memory.
    #[inline]
    pub(crate) fn write_span(self, block: usize, span: &mut [u8]) {
        let (blocks, place) = (self.len(), self.place_of(block));
        let mut next = place;
        if place < blocks && self.block(place) == block {
            self.lines(place).write(span);
            next += 1;
        }
        if span.len() > BLOCK && next < blocks && self.block(next) == block + 1 {
            self.lines(next).write_first(&mut span[BLOCK..]);
        }
    }

    /// Writes what the pristine state has over the lines in which the state differs from it.
    pub(crate) fn undo(self, memory: &mut [u8], image: &Image) {
        for place in 0..self.len() {
            let block = self.block(place);
            let span = image.span(block).unwrap_or(&[0; SPAN]);
            for line in offsets(self.lines(place).mask) {
                let to = &mut memory[block * BLOCK + line..][..LINE];
                to.copy_from_slice(&span[line..line + LINE]);
            }
        }
    }
}

impl Lines<'_> {
    /// Writes the lines to the block's memory.
    #[inline]
    pub(crate) fn write(self, block: &mut [u8]) {
        for (at, line) in offsets(self.mask).zip(self.bytes.chunks_exact(LINE)) {
            block[at..at + LINE].copy_from_slice(line);
        }
    }

    /// Writes the first line of the block, if it differs.
    fn write_first(self, line: &mut [u8]) {
        if self.mask & 1 == 1 {
            line[..LINE].copy_from_slice(&self.bytes[..LINE]);
        }
    }
}

/// Writes to `into` what differs between `memory` and its image. Only blocks that are in `marked`, in ascending order,
/// and the line after each, can differ. `globals` are the bits of all globals, or none if they do not differ.
pub(crate) fn write(
    into: &mut Vec<u8>,
    memory: &[u8],
    image: &Image,
    marked: &[u32],
    pages: u32,
    globals: impl ExactSizeIterator<Item = u128>,
) {
    write_globals(into, globals);
    into[..4].copy_from_slice(&pages.to_le_bytes());
    let entries = into.len();
    let mut lines = 0;
    for_each_candidate(marked, |block, most| {
        let mask = differing(memory, image, block, most);
        if mask != 0 {
            into.extend((block as u32).to_le_bytes());
            into.extend((lines as u32).to_le_bytes());
            into.extend(mask.to_le_bytes());
            lines += mask.count_ones() as usize;
        }
    });
    let end = into.len();
    into[8..12].copy_from_slice(&(((end - entries) / ENTRY) as u32).to_le_bytes());
    into.reserve(lines * LINE);
    for entry in (entries..end).step_by(ENTRY) {
        let word = |at| u32::from_le_bytes([into[at], into[at + 1], into[at + 2], into[at + 3]]);
        let (block, mask) = (word(entry) as usize, word(entry + 8));
        for at in offsets(mask) {
            into.extend_from_slice(&memory[block * BLOCK + at..][..LINE]);
        }
    }
}

/// Writes to `into` a state that consists of globals alone.
pub(crate) fn write_globals(into: &mut Vec<u8>, globals: impl ExactSizeIterator<Item = u128>) {
    into.clear();
    into.extend(0u32.to_le_bytes());
    into.extend((globals.len() as u32).to_le_bytes());
    into.extend(0u32.to_le_bytes());
    globals.for_each(|bits| into.extend(bits.to_le_bytes()));
}

/// Calls `each` with the number of every block that can differ, and with the most lines at its beginning that can.
fn for_each_candidate(marked: &[u32], mut each: impl FnMut(usize, usize)) {
    for (at, block) in marked.iter().enumerate() {
        each(*block as usize, BLOCK / LINE);
        if marked.get(at + 1) != Some(&(block + 1)) {
            each(*block as usize + 1, 1);
        }
    }
}

/// Returns the offsets in a block of the lines of a mask.
#[inline]
fn offsets(mut mask: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let line = (mask != 0).then(|| mask.trailing_zeros() as usize)?;
        mask &= mask - 1;
        Some(line * LINE)
    })
}

/// Returns the mask of those of the first `most` lines of a block that differ from the image.
fn differing(memory: &[u8], image: &Image, block: usize, most: usize) -> u32 {
    let start = block * BLOCK;
    if start >= memory.len() {
        return 0;
    }
    let (now, _) = memory[start..start + most * LINE].as_chunks::<LINE>();
    let (was, _) = image.span(block).unwrap_or(&[0; SPAN]).as_chunks::<LINE>();
    let mask = |(at, (now, was)): (usize, _)| u32::from(differ(now, was)) << at;
    now.iter().zip(was).enumerate().map(mask).sum()
}

/// Returns whether two lines differ. `!=` would call `memcmp` for each line, and words would be compared one by one; the
/// compiler makes four comparisons of 16 bytes of this.
#[inline]
fn differ(now: &[u8; LINE], was: &[u8; LINE]) -> bool {
    let mut found = [0; 16];
    for (now, was) in now.as_chunks::<16>().0.iter().zip(was.as_chunks::<16>().0) {
        for (found, (now, was)) in found.iter_mut().zip(now.iter().zip(was)) {
            *found |= now ^ was;
        }
    }
    u128::from_ne_bytes(found) != 0
}
