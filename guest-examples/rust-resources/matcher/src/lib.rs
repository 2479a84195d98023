//! The interface `patterns` of `../../wit/resources.wit`: what the crate `regex` does, by regex-automata, of which `regex` is
//! made, with other limits.

#[path = "../../bump.rs"]
mod bump;

use exports::plwasm::examples::patterns::{Guest, GuestMatcher};
use regex_automata::meta::{BuildError, Cache, Config, Regex};
use regex_automata::util::iter::Searcher;
use regex_automata::{Input, Match};
use std::cell::UnsafeCell;
use std::mem::forget;

wit_bindgen::generate!({ path: "../../wit", world: "matcher" });

struct Patterns;

impl Guest for Patterns {
    type Matcher = Matcher;
}

/// A prepared function begins each call with what the constructor has left, so it should make nothing when it searches. So
/// the constructor makes complete automata, if the pattern is not too large: of so many states of the NFA, and in so many
/// bytes. That bounds its time to about a millisecond. Classes of Unicode are beyond it.
const COMPLETE_STATES: usize = 200;
const COMPLETE: usize = 256 << 10;

/// Other automata get their states as searches need them, and for each state its successors, for each class of bytes. The
/// constructor searches this, and all pairs of `KINDS` and of the pattern's own characters.
const SAMPLE: &str = "The quick brown fox jumps over the lazy dog. 0123456789 ABCDEFGHIJKLMNOPQRSTUVWXYZ \
                      !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ a1_b-c@d.e 2026-11-28T12:34:56.789Z 10.1.255.17:80 \
                      https://www.example.com/a/b-1?c=d&e=2 Joe.X_2@mail1.EXAMPLE.org (+1) 555-0100, 1,000.50 \
                      0b1f9c3a-77d2-4e55-8a6f-c1d2e3f4a5b6 Größe 日本\n\tkey = \"value\"\r\n";
const KINDS: &str = "aB7_ .-@/é\n";
/// Of the pattern's own characters, so many.
const OWN: usize = 16;

/// The limits of the crate `regex`.
const NFA: usize = 10 << 20;
const LAZY: usize = 2 << 20;

struct Matcher {
    regex: Regex,
    /// For searches without complete automata. A RefCell would change a block of memory in each call.
    cache: UnsafeCell<Cache>,
}

impl Matcher {
    #[expect(clippy::mut_from_ref)]
    fn cache(&self) -> &mut Cache {
        // SAFETY: a module has one thread, and no two of these references are alive at once.
        unsafe { &mut *self.cache.get() }
    }

    fn warm(&self, text: &str) {
        self.find(text).count();
        let mut captures = self.regex.create_captures();
        self.regex.search_captures_with(self.cache(), &Input::new(text), &mut captures);
    }

    fn find<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Match> + 'a {
        let (mut searcher, cache) = (Searcher::new(Input::new(text)), self.cache());
        std::iter::from_fn(move || {
            searcher.advance(|input| Ok(self.regex.search_with(cache, input)))
        })
    }
}

/// Returns each of the characters before and after each other.
fn pairs(pattern: &str) -> String {
    let mut kinds: Vec<char> = KINDS.chars().collect();
    for c in pattern.chars() {
        if !kinds.contains(&c) && kinds.len() < KINDS.len() + OWN {
            kinds.push(c);
        }
    }
    let mut pairs = String::new();
    for (i, a) in kinds.iter().enumerate() {
        for b in &kinds[i..] {
            pairs.extend([*a, *b]);
        }
        pairs.push(*a);
    }
    pairs
}

impl GuestMatcher for Matcher {
    fn new(pattern: String) -> Result<Self, String> {
        let config = Config::new()
            .nfa_size_limit(Some(NFA))
            .hybrid_cache_capacity(LAZY)
            .dfa(true)
            .dfa_size_limit(Some(COMPLETE))
            .dfa_state_limit(Some(COMPLETE_STATES));
        let regex =
            Regex::builder().configure(config).build(&pattern).map_err(|error| message(&error))?;
        let cache = UnsafeCell::new(regex.create_cache());
        let matcher = Self { regex, cache };
        matcher.warm(&pairs(&pattern));
        // from each word: what comes before decides with which state a search begins
        for (at, _) in SAMPLE.match_indices(' ') {
            matcher
                .regex
                .search_half_with(matcher.cache(), &Input::new(SAMPLE).range(at..).earliest(true));
        }
        matcher.warm(SAMPLE);
        bump::methods_begin();
        Ok(matcher)
    }

    fn is_match(&self, text: String) -> bool {
        let found = self.regex.search_half_with(self.cache(), &Input::new(&text).earliest(true));
        forget(text);
        found.is_some()
    }

    fn replace(&self, text: String, replacement: String) -> String {
        let (mut result, mut end) = (String::new(), 0);
        if !replacement.contains('$') {
            for found in self.find(&text) {
                result.push_str(&text[end..found.start()]);
                result.push_str(&replacement);
                end = found.end();
            }
        } else {
            let (mut searcher, mut captures) =
                (Searcher::new(Input::new(&text)), self.regex.create_captures());
            let cache = self.cache();
            while let Some(found) = searcher.advance(|input| {
                self.regex.search_captures_with(cache, input, &mut captures);
                Ok(captures.get_match())
            }) {
                result.push_str(&text[end..found.start()]);
                captures.interpolate_string_into(&text, &replacement, &mut result);
                end = found.end();
            }
        }
        result.push_str(&text[end..]);
        result
    }

    fn find_all(&self, text: String) -> Vec<String> {
        self.find(&text).map(|found| text[found.range()].into()).collect()
    }
}

/// Of a syntax error, the crate shows the place in the pattern, on lines of its own; the reason is at the end.
fn message(error: &BuildError) -> String {
    let text = match (error.size_limit(), error.syntax_error()) {
        (Some(limit), _) => format!("Compiled regex exceeds size limit of {limit} bytes."),
        (None, Some(error)) => error.to_string(),
        (None, None) => error.to_string(),
    };
    let reason = text.rsplit_once("error: ").map_or(&*text, |(_, reason)| reason);
    format!("invalid regular expression: {reason}")
}

export!(Patterns);
