//! The signal handlers that wasmtime needs, and how they are restored.
//!
//! wasmtime turns SIGSEGV and SIGILL inside a guest into traps. Libraries that are loaded later may take over a signal, as
//! virtual machines of other languages do. SIGFPE, which PL/Perl takes, does not matter here: instrumented guests check
//! divisors themselves.

use std::mem::MaybeUninit;
use std::sync::OnceLock;

const SIGNALS: [i32; 2] = [libc::SIGSEGV, libc::SIGILL];

static OURS: OnceLock<[libc::sigaction; 2]> = OnceLock::new();

/// Remembers the present handlers. To be called just after the engine was made.
pub(crate) fn remember() {
    let _ = OURS.set(SIGNALS.map(current));
}

/// Puts wasmtime's handlers back where another library has replaced them.
///
/// Called when a call site gets an instance, and after interrupts were served.
pub(crate) fn restore() {
    let Some(ours) = OURS.get() else { return };
    for (signal, wanted) in SIGNALS.into_iter().zip(ours) {
        if current(signal).sa_sigaction != wanted.sa_sigaction {
            // SAFETY: `wanted` is what the kernel returned for this signal in this process.
            unsafe { libc::sigaction(signal, wanted, std::ptr::null_mut()) };
        }
    }
}

fn current(signal: i32) -> libc::sigaction {
    let mut action = MaybeUninit::zeroed();
    // SAFETY: with a null second argument nothing is changed; all zeroes is a valid sigaction if that fails.
    unsafe {
        libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr());
        action.assume_init()
    }
}
