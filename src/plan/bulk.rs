//! Bytes that can be many, on their way between guest and server: copied and checked a piece at a time, so that a
//! cancel need not wait for all of them.
//!
//! It must never be used while a guest runs: what is pending is raised.

use crate::interrupt;

/// Bytes of a piece: a millisecond's work, where each page is touched for the first time.
const PIECE: usize = 2 << 20;

/// Copies `from` to where there is room for it.
///
/// # Safety
/// `to` must be valid for as many bytes, none of which are in `from`.
#[inline]
pub unsafe fn copy(from: &[u8], to: *mut u8) {
    if from.len() <= PIECE {
        // SAFETY: the caller's promise.
        return unsafe { to.copy_from_nonoverlapping(from.as_ptr(), from.len()) };
    }
    for (i, piece) in from.chunks(PIECE).enumerate() {
        interrupt::check();
        // SAFETY: the caller's promise: a piece is where it is in the whole.
        unsafe { to.add(i * PIECE).copy_from_nonoverlapping(piece.as_ptr(), piece.len()) };
    }
}

/// Copies to a slice of the same length.
#[inline]
pub fn copy_to(to: &mut [u8], from: &[u8]) {
    assert_eq!(to.len(), from.len());
    // SAFETY: two slices, of which one is borrowed mutably.
    unsafe { copy(from, to.as_mut_ptr()) }
}

/// Where bytes stop being UTF-8; none if they are.
#[inline]
pub fn not_utf8(data: &[u8]) -> Option<usize> {
    match data.len() <= PIECE {
        true => std::str::from_utf8(data).err().map(|error| error.valid_up_to()),
        false => not_utf8_in_pieces(data, PIECE),
    }
}

#[cold]
fn not_utf8_in_pieces(data: &[u8], size: usize) -> Option<usize> {
    let mut start = 0;
    while start < data.len() {
        interrupt::check();
        let end = data.len().min(start + size);
        match std::str::from_utf8(&data[start..end]) {
            Ok(_) => start = end,
            // The end of the piece is in the middle of a character, with which the next begins.
            Err(error) if error.error_len().is_none() && end < data.len() => {
                start += error.valid_up_to();
            }
            Err(error) => return Some(start + error.valid_up_to()),
        }
    }
    None
}

/// Whether there is a zero among them.
#[inline]
pub fn has_zero(data: &[u8]) -> bool {
    data.chunks(PIECE).any(|piece| {
        if data.len() > PIECE {
            interrupt::check();
        }
        piece.contains(&0)
    })
}
