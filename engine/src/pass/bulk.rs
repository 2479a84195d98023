//! Copies and checks large values between guest and host. Long data is processed a piece at a time, so that a cancel
//! need not wait for all of it.
//!
//! Nothing here may be used while a guest runs, because pending interrupts are raised.

/// The source of interrupts of the host's work.
pub trait Interrupts {
    /// Raises a pending interrupt. It is called for each element of a list, and for each piece of long data.
    fn check();
}

/// The number of bytes of a piece. One takes a millisecond if each page is touched for the first time.
const PIECE: usize = 2 << 20;

/// Copies `from` to `to`.
///
/// # Safety
/// `to` must be valid for writing as many bytes as `from` has, and must not overlap `from`.
#[inline]
pub unsafe fn copy<I: Interrupts>(from: &[u8], to: *mut u8) {
    if from.len() <= PIECE {
        // SAFETY: the caller's promise.
        return unsafe { to.copy_from_nonoverlapping(from.as_ptr(), from.len()) };
    }
    for (i, piece) in from.chunks(PIECE).enumerate() {
        I::check();
        // SAFETY: the caller's promise; a piece has the same offset in both.
        unsafe { to.add(i * PIECE).copy_from_nonoverlapping(piece.as_ptr(), piece.len()) };
    }
}

/// Copies to a slice of the same length.
#[inline]
pub(super) fn copy_to<I: Interrupts>(to: &mut [u8], from: &[u8]) {
    assert_eq!(to.len(), from.len());
    // SAFETY: two slices, of which one is borrowed mutably.
    unsafe { copy::<I>(from, to.as_mut_ptr()) }
}

/// Returns the offset of the first byte that is not UTF-8, or `None` if all bytes are UTF-8.
#[inline]
pub fn not_utf8<I: Interrupts>(data: &[u8]) -> Option<usize> {
    match data.len() <= PIECE {
        true => std::str::from_utf8(data).err().map(|error| error.valid_up_to()),
        false => not_utf8_in_pieces::<I>(data, PIECE),
    }
}

#[cold]
fn not_utf8_in_pieces<I: Interrupts>(data: &[u8], size: usize) -> Option<usize> {
    let mut start = 0;
    while start < data.len() {
        I::check();
        let end = data.len().min(start + size);
        match std::str::from_utf8(&data[start..end]) {
            Ok(_) => start = end,
            // The piece ends in the middle of a character. The next piece begins with that character.
            Err(error) if error.error_len().is_none() && end < data.len() => {
                start += error.valid_up_to();
            }
            Err(error) => return Some(start + error.valid_up_to()),
        }
    }
    None
}

/// Returns true if one of the bytes is zero.
#[inline]
pub(super) fn has_zero<I: Interrupts>(data: &[u8]) -> bool {
    data.chunks(PIECE).any(|piece| {
        if data.len() > PIECE {
            I::check();
        }
        piece.contains(&0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Never;

    impl Interrupts for Never {
        fn check() {}
    }

    /// The result does not depend on where pieces end.
    #[test]
    fn pieces_end_within_characters() {
        let text = "a\u{e4}\u{20ac}\u{1f600}".repeat(3);
        let mut broken = text.clone().into_bytes();
        broken.push(0xff);
        for size in 4..12 {
            assert_eq!(not_utf8_in_pieces::<Never>(text.as_bytes(), size), None);
            assert_eq!(not_utf8_in_pieces::<Never>(&broken, size), Some(text.len()));
            let cut = &text.as_bytes()[..text.len() - 1];
            assert_eq!(not_utf8_in_pieces::<Never>(cut, size), Some(text.len() - 4));
        }
    }
}
