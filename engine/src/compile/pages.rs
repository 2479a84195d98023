//! The pages of a memory that are not zero, as files and images store them.
//!
//! Pages that follow each other are a *run*. A page of zeros follows each run, so that a reader can read [`SLACK`]
//! bytes beyond every page, and finds there what follows the page in the memory.

use crate::compile::instrument::isolate::SLACK;
use serde::{Deserialize, Serialize};

/// The bytes of a page. It is the operating system's page on most machines.
pub(crate) const PAGE: usize = 4096;

/// Returns the bytes of the operating system's page, which is larger with some kernels for arm64.
pub(crate) fn of_system() -> usize {
    // SAFETY: sysconf has no preconditions.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) as usize }
}

/// Pages that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Run {
    /// The number of the first page, in the memory.
    pub first: u32,
    /// The number of pages.
    pub count: u32,
}

impl Run {
    /// Returns the bytes that the run takes where it is stored.
    pub(crate) fn stored(self) -> usize {
        (self.count as usize + 1) * PAGE
    }
}

/// Returns the pages of a memory that are not zero, and their contents, one run after the other.
pub(crate) fn of(memory: &[u8]) -> (Vec<Run>, Vec<u8>) {
    of_and(memory, |_| false)
}

/// Does the same as [`of`]. Also stores the pages of zeros for whose number `also` returns true.
pub(crate) fn of_and(memory: &[u8], also: impl Fn(usize) -> bool) -> (Vec<Run>, Vec<u8>) {
    let (mut runs, mut stored): (Vec<Run>, Vec<u8>) = (Vec::new(), Vec::new());
    for (at, page) in memory.chunks(PAGE).enumerate() {
        // A page of zeros is stored, too, if the bytes that a reader may read beyond it are not zero.
        let start = at * PAGE;
        if is_zero(&memory[start..memory.len().min(start + PAGE + SLACK as usize)]) && !also(at) {
            continue;
        }
        match runs.last_mut() {
            Some(run) if (run.first + run.count) as usize == at => {
                run.count += 1;
                // The page replaces the zeros that ended the run.
                stored.truncate(stored.len() - PAGE);
            }
            _ => runs.push(Run { first: at as u32, count: 1 }),
        }
        stored.extend(page);
        stored.resize(stored.len().next_multiple_of(PAGE) + PAGE, 0);
    }
    (runs, stored)
}

/// Returns whether all bytes are zero. It compares 32 bytes at a time, as most of a memory is zero.
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    let (chunks, rest) = bytes.as_chunks::<32>();
    chunks.iter().all(|chunk| *chunk == [0; 32]) && rest.iter().all(|byte| *byte == 0)
}

/// Returns the bytes that runs take where they are stored.
pub(crate) fn stored(runs: &[Run]) -> usize {
    runs.iter().fold(0, |sum, run| sum.saturating_add(run.stored()))
}

/// The largest memory, in bytes.
const MAX_MEMORY: usize = 1 << 32;

/// Returns whether runs lie in a memory of `size` bytes, in order, and take `bytes` bytes where they are stored.
pub(crate) fn fit(runs: &[Run], size: usize, bytes: usize) -> bool {
    let mut next = 0u64;
    let ordered = runs.iter().all(|run| {
        let fits = u64::from(run.first) >= next && run.count > 0;
        next = u64::from(run.first) + u64::from(run.count);
        fits
    });
    ordered && size <= MAX_MEMORY && next <= size.div_ceil(PAGE) as u64 && stored(runs) == bytes
}

#[cfg(test)]
mod tests {
    use super::{PAGE, Run, fit, of};

    #[test]
    fn only_pages_that_are_not_zero_are_stored() {
        let mut memory = vec![0; 10 * PAGE];
        assert_eq!(of(&memory), (Vec::new(), Vec::new()));
        memory[2 * PAGE] = 1;
        memory[3 * PAGE + 7] = 2;
        memory[10 * PAGE - 1] = 3;
        let (runs, stored) = of(&memory);
        // Page 1 is stored because page 2 begins with a byte that a reader may read beyond it.
        assert_eq!(runs, [Run { first: 1, count: 3 }, Run { first: 9, count: 1 }]);
        assert_eq!(stored.len(), 6 * PAGE);
        assert_eq!(stored[..3 * PAGE], memory[PAGE..4 * PAGE]);
        assert_eq!(stored[4 * PAGE..5 * PAGE], memory[9 * PAGE..]);
        assert!(fit(&runs, memory.len(), stored.len()));
        assert!(!fit(&runs, memory.len() - PAGE, stored.len()));
        assert!(!fit(&runs, memory.len(), stored.len() + PAGE));
        let beyond = [Run { first: u32::MAX, count: u32::MAX }];
        assert!(!fit(&beyond, usize::MAX, super::stored(&beyond)));
    }
}
