//! The file in which statistics outlive a restart of the server.
//!
//! It is removed when it has been read, so that after a crash there are no numbers rather than old ones, as for
//! `pg_stat_statements`. It must never be more than a hint: whatever does not look right is passed over.

use super::counts::{Counts, SIZE};
use std::fs;

/// Relative to the data directory, in which the server runs.
const FILE: &str = "pg_stat/plwasm.stat";
const NEW: &str = "pg_stat/plwasm.stat.tmp";

/// How each number is written.
type Number = [u8; size_of::<u64>()];

/// What is written for each place of the table: its key of two numbers, and what was counted.
const ENTRY: usize = 2 + SIZE;

/// The first number, which also tells whether there are as many numbers of a function as now.
const MAGIC: u64 = 0x706c_7761_736d_0000 | ENTRY as u64;

/// Writes the numbers of all functions. An error is left for the next start, which then finds no file.
pub(super) fn save(all: impl Iterator<Item = ([u64; 2], Counts<u64>)>) {
    let mut bytes = MAGIC.to_le_bytes().to_vec();
    for (key, counts) in all {
        bytes.extend(key.iter().chain(&counts.0).flat_map(|number| number.to_le_bytes()));
    }
    let _ = fs::write(NEW, bytes).and_then(|()| fs::rename(NEW, FILE));
}

/// Reads what was written, and removes the file.
pub(super) fn load() -> Vec<([u64; 2], Counts<u64>)> {
    let bytes = fs::read(FILE).unwrap_or_default();
    let _ = fs::remove_file(FILE);
    let (numbers, _) = bytes.as_chunks::<{ size_of::<Number>() }>();
    let numbers: Vec<u64> = numbers.iter().map(|number| u64::from_le_bytes(*number)).collect();
    match numbers.split_first() {
        Some((&MAGIC, rest)) => {
            let (entries, _) = rest.as_chunks::<ENTRY>();
            let entries = entries.iter();
            entries.map(|[key, role, counts @ ..]| ([*key, *role], Counts(*counts))).collect()
        }
        _ => Vec::new(),
    }
}
