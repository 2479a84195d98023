//! Random numbers for crates that ask getrandom for them: ahash, rand, uuid and many more.
//!
//! They are the same in every call of a function, and never secret.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The state of splitmix64. It is restored after each call.
static STATE: AtomicU64 = AtomicU64::new(0x504c_2f57_6173_6d21);

fn next() -> u64 {
    let state = STATE.load(Relaxed).wrapping_add(0x9e37_79b9_7f4a_7c15);
    STATE.store(state, Relaxed);
    let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// # Safety
/// `buffer` has `length` bytes, which may be uninitialized.
unsafe fn fill(buffer: *mut u8, length: usize) {
    for at in (0..length).step_by(8) {
        let bytes = next().to_le_bytes();
        // SAFETY: at most the rest of the buffer is written.
        unsafe { buffer.add(at).copy_from_nonoverlapping(bytes.as_ptr(), 8.min(length - at)) }
    }
}

/// Is called by getrandom 0.3 and 0.4, because `.cargo/config.toml` says so.
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(
    buffer: *mut u8,
    length: usize,
) -> Result<(), getrandom::Error> {
    // SAFETY: getrandom's documentation says that it passes a buffer and its length.
    unsafe { fill(buffer, length) };
    Ok(())
}

/// Is called by getrandom 0.2, because of its feature `custom`.
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_custom(buffer: *mut u8, length: usize) -> u32 {
    // SAFETY: as above.
    unsafe { fill(buffer, length) };
    0
}
