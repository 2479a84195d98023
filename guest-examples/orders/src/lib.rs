//! Functions on orders, with two faults that docs/diagnosis.md finds: one takes too long for large orders, and the other fails
//! for small ones.
#![no_std]

#[cfg(target_family = "wasm")]
#[panic_handler]
#[inline(never)]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

/// The sizes of boxes.
const BOXES: [u32; 3] = [24, 6, 1];

/// Returns in how many ways an order of `pieces` can be put into boxes.
#[unsafe(no_mangle)]
pub extern "C" fn packings(pieces: u32) -> u32 {
    count(pieces, &BOXES)
}

/// Counts the ways in which `pieces` can be put into boxes of these sizes.
#[inline(never)]
fn count(pieces: u32, boxes: &[u32]) -> u32 {
    let Some((largest, smaller)) = boxes.split_first() else {
        return u32::from(pieces == 0);
    };
    let mut ways = 0;
    let mut left = pieces;
    loop {
        ways += count(left, smaller);
        if left < *largest {
            return ways;
        }
        left -= largest;
    }
}

/// Returns the discount of an order, in percent.
#[unsafe(no_mangle)]
pub extern "C" fn discount(pieces: u32) -> u32 {
    percent(pieces, 100)
}

#[inline]
fn percent(pieces: u32, most: u32) -> u32 {
    most - most / (pieces / BOXES[0])
}
