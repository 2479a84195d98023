//! The resource of `wit/world.wit`. PL/Wasm keeps what the constructor makes, and begins each call of a method with it.

#[cfg(target_arch = "wasm32")]
mod random;

use exports::local::@file@::texts::{Guest, GuestWordlist};
use std::collections::BTreeSet;

wit_bindgen::generate!({ path: "wit" });

struct Texts;

impl Guest for Texts {
    type Wordlist = Wordlist;
}

struct Wordlist(BTreeSet<String>);

impl GuestWordlist for Wordlist {
    fn new(words: String) -> Self {
        Self(words.split_whitespace().map(String::from).collect())
    }

    fn hits(&self, text: String) -> i32 {
        text.split_whitespace().filter(|word| self.0.contains(*word)).count() as i32
    }
}

export!(Texts);
