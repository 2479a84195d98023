//! What a panic says, kept where the host finds it.
//!
//! This target has no stderr, so that Rust drops the message, and then traps.

use std::panic;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::Relaxed};

/// As the canonical ABI has a string.
#[repr(C)]
pub struct Message {
    bytes: AtomicPtr<u8>,
    length: AtomicUsize,
}

/// Its address is exported as a global: PL/Wasm reads it after a trap.
#[unsafe(export_name = "plwasm_panic_message")]
static MESSAGE: Message =
    Message { bytes: AtomicPtr::new(ptr::null_mut()), length: AtomicUsize::new(0) };

pub fn keep_message() {
    panic::set_hook(Box::new(|info| {
        let text: &str = info.to_string().leak();
        let text = text.strip_prefix("panicked at ").unwrap_or(text);
        MESSAGE.bytes.store(text.as_ptr().cast_mut(), Relaxed);
        MESSAGE.length.store(text.len(), Relaxed);
    }));
}
