//! The functions of `wit/random.wit`: crates that want random numbers, with the backend of `plwasm new --lang rust`.

#[path = "../../../cli/templates/rust/src/random.rs"]
mod random;

use rand::seq::SliceRandom;
use rand_08::Rng;
use std::collections::HashSet;

wit_bindgen::generate!({ path: "wit" });

struct Functions;

impl Guest for Functions {
    fn distinct(words: Vec<String>) -> u32 {
        let mut found = HashSet::with_hasher(ahash::RandomState::new());
        found.extend(words);
        found.len() as u32
    }

    fn pick(below: u32) -> u32 {
        rand_08::rngs::OsRng.gen_range(0..below)
    }

    fn shuffle(mut words: Vec<String>) -> Vec<String> {
        words.shuffle(&mut rand::rng());
        words
    }
}

export!(Functions);
