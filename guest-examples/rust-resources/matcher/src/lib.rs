//! The interface `patterns` of `../../wit/resources.wit`: the crate `regex`.

use exports::plwasm::examples::patterns::{Guest, GuestMatcher};
use regex::Regex;

wit_bindgen::generate!({ path: "../../wit", world: "matcher" });

struct Patterns;

impl Guest for Patterns {
    type Matcher = Matcher;
}

struct Matcher(Regex);

/// Text of several kinds. A search allocates, and adds states to its automata, and a prepared function begins each call
/// with what the constructor has left: so the constructor searches this, and other searches need not begin at nothing.
const SAMPLE: &str = "The quick brown fox jumps over the lazy dog. 0123456789 ABCDEFGHIJKLMNOPQRSTUVWXYZ \
                      !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ a1_b-c@d.e\n";

impl GuestMatcher for Matcher {
    fn new(pattern: String) -> Result<Self, String> {
        let regex = Regex::new(&pattern).map_err(|error| message(&error))?;
        regex.is_match(SAMPLE);
        regex.find_iter(SAMPLE).count();
        Ok(Self(regex))
    }

    fn is_match(&self, text: String) -> bool {
        self.0.is_match(&text)
    }

    fn replace(&self, text: String, replacement: String) -> String {
        self.0.replace_all(&text, replacement).into_owned()
    }

    fn find_all(&self, text: String) -> Vec<String> {
        self.0.find_iter(&text).map(|found| found.as_str().into()).collect()
    }
}

/// Of a syntax error, the crate shows the place in the pattern, on lines of its own; the reason is at the end.
fn message(error: &regex::Error) -> String {
    let text = error.to_string();
    let reason = text.rsplit_once("error: ").map_or(&*text, |(_, reason)| reason);
    format!("invalid regular expression: {reason}")
}

export!(Patterns);
