//! The warm heap: memory that a guest's allocator has taken before the first call, and can give away.
//!
//! The allocators of most compilers get their first memory by `memory.grow`, when something is first allocated. A call
//! starts from the pristine state, so every call would grow the memory, and the host would shrink it again: a geohash
//! takes 6.9 us so, and 0.14 us with a warm heap (`bench/warm`). Half of the difference is two calls of `mprotect`, and
//! half of these is the flush of the TLB. So a large piece is allocated and then shrunk to one byte before the pristine
//! state is kept: the rest of it stays with the allocator.
//!
//! It must never make a module fail that would run without it, unless the heap was asked for.

use crate::error::{Error, Result};
use crate::initialization::{Heap, Phase, failed};
use crate::run::guest::Guest;
use crate::warm_up::DEFAULT_HEAP;

/// The most fuel that warming a heap takes that nobody asked for: as much as a guest gets between two checks for
/// interrupts.
const FUEL: u64 = 100_000;

/// Warms a heap of `bytes` bytes that was asked for.
///
/// # Errors
/// [`Error::Memory`] if the limit does not allow it; the errors of the allocator.
pub(super) fn warm_as_asked(guest: &mut Guest, bytes: u32) -> Result<()> {
    warm(guest, bytes).map_err(|error| guest.refused_memory().unwrap_or(error))
}

/// Makes the allocator take `bytes` bytes, and keep all except one of them.
fn warm(guest: &mut Guest, bytes: u32) -> Result<()> {
    let (pointer, _) = guest.allocate(bytes, 1)?;
    guest.reallocate(pointer, bytes, 1, 1).map(drop)
}

/// Warms the heap of a module that [`measure`] has examined. This takes fuel of the statement's, but not of the
/// function's, so that a function whose calls take little fuel runs as it would without a warm heap. Without the
/// memory for it, the heap stays as it is.
///
/// # Errors
/// Errors of the engine's supply of fuel and of the backend's memory.
pub(super) fn warm_by_default(guest: &mut Guest, heap: &Heap) -> Result<()> {
    if !guest.has_room(heap.growth) {
        return Ok(());
    }
    let warmed = guest.with_tank(FUEL, |guest| warm(guest, DEFAULT_HEAP));
    let refused = guest.refused_by_host();
    match warmed {
        Ok(()) => refused.map_or(Ok(()), Err),
        Err(error) => Err(failed(Phase::Heap, refused.unwrap_or(error))),
    }
}

/// Finds out whether a warm heap helps the allocator of an initialized guest: whether it has to grow the memory for
/// [`DEFAULT_HEAP`] bytes, and then has no need to grow it again for half as much. An allocator that never takes
/// anything back does. The guest must not be used afterwards.
///
/// # Errors
/// [`Error::Interrupted`] if the host asks the guest to stop. An allocator that fails is not helped, and no error.
pub(super) fn measure(guest: &mut Guest) -> Result<Option<Heap>> {
    if !guest.module().has_realloc() || !guest.module().has_memory() {
        return Ok(None);
    }
    let measured = guest.with_tank(FUEL, |guest| {
        let before = guest.memory();
        warm(guest, DEFAULT_HEAP)?;
        let warmed = guest.memory();
        guest.allocate(DEFAULT_HEAP / 2, 1)?;
        let helps = before < warmed && guest.memory() == warmed;
        Ok(helps.then_some(Heap { growth: warmed - before }))
    });
    match measured {
        Err(Error::Interrupted) => Err(Error::Interrupted),
        measured => Ok(measured.ok().flatten()),
    }
}
