//! The memory of an instance in which functions of ours keep what the guest says (`compile/wasi/say.wat`).
//!
//! What one call has said must never be shown as that of another: it is taken after each call.

use crate::messages::Messages;

/// The size of the ring buffer, which is at the start of the memory, in bytes. After it is the number of bytes said.
const SIZE: usize = 64 * 1024;

/// The memory of an instance in which it is kept what the guest says, by its address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MessageBuffer(*mut u8);

impl MessageBuffer {
    /// The size of the memory, in bytes.
    pub(crate) const BYTES: usize = 2 * SIZE;

    /// # Safety
    /// `base` must be the address of the memory of `compile/wasi/messages.wat` in an instance, and the instance must
    /// outlive every use of the buffer.
    pub(crate) unsafe fn new(base: *mut u8) -> Self {
        Self(base)
    }

    fn said(self) -> *mut u64 {
        // SAFETY: the memory has two pages, and is aligned to one.
        unsafe { self.0.add(SIZE).cast() }
    }

    /// Returns whether something was said since the last time that it was taken.
    #[inline]
    pub(crate) fn has_any(self) -> bool {
        // SAFETY: as in `said`.
        unsafe { self.said().read() != 0 }
    }

    /// Takes what was said.
    pub(crate) fn take(self) -> Messages {
        // SAFETY: as in `said`. No code of the guest runs now.
        let (said, ring) = unsafe {
            (self.said().replace(0), std::slice::from_raw_parts(self.0.cast_const(), SIZE))
        };
        let kept = said.min(SIZE as u64);
        let end = said as usize % SIZE;
        let bytes = match kept < SIZE as u64 {
            true => ring[..end].to_vec(),
            false => [&ring[end..], &ring[..end]].concat(),
        };
        Messages { bytes, lost: said - kept }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_buffer_has_the_last_bytes() {
        #[repr(align(65536))]
        struct Memory([u8; 2 * SIZE]);
        let mut memory = Box::new(Memory([0; 2 * SIZE]));
        let mut all = Vec::new();
        for length in [0, 1, SIZE - 1, SIZE, SIZE + 1, 3 * SIZE + 7] {
            all.clear();
            all.extend((0..length).map(|at| (at % 251) as u8));
            for (at, byte) in all.iter().enumerate() {
                memory.0[at % SIZE] = *byte;
            }
            memory.0[SIZE..SIZE + 8].copy_from_slice(&(length as u64).to_ne_bytes());
            // SAFETY: it has the layout of such a memory, and nothing else uses it.
            let buffer = unsafe { MessageBuffer::new(memory.0.as_mut_ptr()) };
            assert_eq!(buffer.has_any(), length > 0);
            let found = buffer.take();
            assert!(found.bytes == all[length - length.min(SIZE)..], "{length}");
            assert_eq!(found.lost, length.saturating_sub(SIZE) as u64);
            assert!(!buffer.has_any());
        }
    }
}
