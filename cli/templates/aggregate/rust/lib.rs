//! The resource of `wit/world.wit`. Each group of a query has a state of its own, which stays from row to row.

#[cfg(target_arch = "wasm32")]
mod random;

use exports::local::@file@::texts::{Guest, GuestAverageLength};
use std::cell::Cell;

wit_bindgen::generate!({ path: "wit" });

struct Texts;

impl Guest for Texts {
    type AverageLength = AverageLength;
}

/// The number of texts, and that of their characters. A method gets `&self`, so what changes is in a `Cell`.
#[derive(Default)]
struct AverageLength(Cell<(u64, u64)>);

/// The first byte of what is saved. Change it with the format.
const VERSION: u8 = 1;

impl GuestAverageLength for AverageLength {
    fn new() -> Self {
        Self::default()
    }

    fn step(&self, text: String) {
        let (count, sum) = self.0.get();
        self.0.set((count + 1, sum + text.chars().count() as u64));
    }

    fn finish(&self) -> Option<f64> {
        let (count, sum) = self.0.get();
        (count > 0).then(|| sum as f64 / count as f64)
    }

    fn save(&self) -> Vec<u8> {
        let (count, sum) = self.0.get();
        [&[VERSION][..], &count.to_le_bytes(), &sum.to_le_bytes()].concat()
    }

    fn merge(&self, saved: Vec<u8>) -> Result<(), String> {
        let number = |at: usize| Some(u64::from_le_bytes(saved.get(at..at + 8)?.try_into().ok()?));
        let (Some(&VERSION), Some(more), Some(sum), 17) =
            (saved.first(), number(1), number(9), saved.len())
        else {
            return Err("malformed saved state".into());
        };
        let (count, before) = self.0.get();
        self.0.set((count + more, before + sum));
        Ok(())
    }
}

export!(Texts);
