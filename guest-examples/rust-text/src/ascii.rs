//! What looks at ASCII alone and leaves, or drops, every other character.

use std::iter;

/// In place: the argument is the guest's own.
pub fn upper(mut text: String) -> String {
    text.make_ascii_uppercase();
    text
}

/// Letters, in lower case, and digits are kept; what lies between them becomes one `-`.
pub fn slugify(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    for word in words.filter(|word| !word.is_empty()) {
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(word);
    }
    slug.make_ascii_lowercase();
    slug
}

/// As in PostgreSQL's fuzzystrmatch: the empty string if there is no letter.
pub fn soundex(text: &str) -> String {
    let bytes = text.as_bytes();
    let Some(first) = bytes.iter().position(u8::is_ascii_alphabetic) else {
        return String::new();
    };
    let codes = bytes[first..].windows(2).filter_map(|pair| {
        let (before, code) = (soundex_code(pair[0]), soundex_code(pair[1]));
        (pair[1].is_ascii_alphabetic() && code != b'0' && code != before).then_some(code)
    });
    iter::once(bytes[first].to_ascii_uppercase())
        .chain(codes)
        .chain(iter::repeat(b'0'))
        .take(4)
        .map(char::from)
        .collect()
}

/// fuzzystrmatch compares the codes of neighbouring *bytes*, and the code of a byte that is not
/// a letter is the byte itself: `soundex('a1b')` is `A000`, because the code of b is 1.
fn soundex_code(byte: u8) -> u8 {
    match byte.to_ascii_lowercase() {
        letter @ b'a'..=b'z' => b"01230120022455012623010202"[usize::from(letter - b'a')],
        other => other,
    }
}
