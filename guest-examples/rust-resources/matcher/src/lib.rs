//! The interface `patterns` of `../../wit/resources.wit`: the crate `regex`, compiled once.

use exports::plwasm::examples::patterns::{Guest, GuestMatcher};
use regex::Regex;

wit_bindgen::generate!({ path: "../../wit", world: "matcher" });

struct Patterns;

impl Guest for Patterns {
    type Matcher = Compiled;
}

struct Compiled(Regex);

impl GuestMatcher for Compiled {
    fn new(pattern: String) -> Result<Self, String> {
        Ok(Self(Regex::new(&pattern).map_err(|error| error.to_string())?))
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

export!(Patterns);
