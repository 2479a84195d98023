//! Guests through the engine's public face: calls, traps, limits, interrupts, the cache.

mod fuel;
mod limits;
mod lines;
mod proposals;
mod subject;
mod traps;
