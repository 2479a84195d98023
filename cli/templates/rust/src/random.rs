//! Random numbers for crates that ask getrandom for them: ahash, rand, uuid and many more.
//!
//! They are the same in every call of a function, as everything is that it can find: so they are never secret.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The state of splitmix64. What a call changes is put back after it.
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
        // SAFETY: these are no more than what is left of the buffer.
        unsafe { buffer.add(at).copy_from_nonoverlapping(bytes.as_ptr(), 8.min(length - at)) }
    }
}

/// What getrandom 0.3 and 0.4 call; `.cargo/config.toml` tells them to.
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(
    buffer: *mut u8,
    length: usize,
) -> Result<(), getrandom::Error> {
    // SAFETY: getrandom's documentation says that it passes a buffer and its length.
    unsafe { fill(buffer, length) };
    Ok(())
}

/// What getrandom 0.2 calls; its feature `custom` tells it to.
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_custom(buffer: *mut u8, length: usize) -> u32 {
    // SAFETY: as above.
    unsafe { fill(buffer, length) };
    0
}
