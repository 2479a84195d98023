//! What a guest has said in a call: bytes, and the lines that are shown of them.
//!
//! No byte may be printed as it is: it is the guest's.

use crate::name::is_control;
use std::borrow::Cow;

/// The lines that an error shows, and the bytes of all of them together.
const LAST_LINES: usize = 10;
const LAST_BYTES: usize = 2000;

/// What a guest has said in a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Messages {
    pub(crate) bytes: Vec<u8>,
    /// How many bytes were said before those.
    pub(crate) lost: u64,
}

impl Messages {
    /// Returns how many bytes were said before those that were kept.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Returns the lines that are not empty, made fit to be printed: none has a character that controls a terminal or looks
    /// like the end of a line.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = String> {
        let mut bytes = &*self.bytes;
        if self.lost > 0 {
            // The rest of a character that the ring buffer has cut.
            let rest = bytes.iter().take(3).take_while(|byte| **byte & 0xc0 == 0x80).count();
            bytes = &bytes[rest..];
        }
        let lines = bytes.split(|byte| *byte == b'\n');
        let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        lines.filter(|line| !line.is_empty()).map(printable)
    }

    /// Returns the last lines, as part of the DETAIL of an error. It is empty if nothing but empty lines was said.
    pub fn last(&self) -> String {
        let (mut shown, mut room) = (Vec::new(), LAST_BYTES);
        for line in self.lines().rev().take(LAST_LINES) {
            let is_cut = line.len() > room;
            let start = line.ceil_char_boundary(line.len().saturating_sub(room));
            shown.push(format!("  {}{}", if is_cut { "..." } else { "" }, &line[start..]));
            room = room.saturating_sub(line.len());
            if is_cut {
                break;
            }
        }
        shown.reverse();
        shown.join("\n")
    }
}

/// Returns a line made fit to be printed.
fn printable(line: &[u8]) -> String {
    let shown = |c: char| match c {
        '\t' => Cow::Borrowed("    "),
        c if is_control(c) => Cow::Owned(c.escape_default().to_string()),
        c => Cow::Owned(c.to_string()),
    };
    String::from_utf8_lossy(line).chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(bytes: &[u8], lost: u64) -> Messages {
        Messages { bytes: bytes.to_vec(), lost }
    }

    fn lines(bytes: &[u8]) -> Vec<String> {
        messages(bytes, 0).lines().collect()
    }

    #[test]
    fn a_line_cannot_be_taken_for_another() {
        assert_eq!(lines(b"one\r\n\ntwo\nthree"), ["one", "two", "three"]);
        assert_eq!(lines(b"\n\n"), [""; 0]);
        assert_eq!(
            lines(b"a\rERROR:  b\x00\x1b[31m\x7f"),
            ["a\\rERROR:  b\\u{0}\\u{1b}[31m\\u{7f}"]
        );
        assert_eq!(lines("a\u{202e}b\u{85}\u{2028}c".as_bytes()), ["a\\u{202e}b\\u{85}\\u{2028}c"]);
        assert_eq!(lines(b"\tat f"), ["    at f"]);
    }

    #[test]
    fn what_is_no_utf_8_is_replaced() {
        assert_eq!(lines(b"\xff\xfea \xf0\x9f\x98"), ["\u{fffd}\u{fffd}a \u{fffd}"]);
        // A character of which the ring buffer has lost the first byte, or all except the last.
        assert_eq!(messages(b"\x9f\x98\x80x", 1).lines().collect::<Vec<_>>(), ["x"]);
        assert_eq!(messages(b"\x80x", 1).lines().collect::<Vec<_>>(), ["x"]);
        assert_eq!(messages(b"\x80x", 0).lines().collect::<Vec<_>>(), ["\u{fffd}x"]);
    }

    #[test]
    fn an_error_shows_the_last_lines() {
        let all: String = (0..20).map(|number| format!("{number}\n")).collect();
        let last = messages(all.as_bytes(), 0).last();
        assert_eq!(last.lines().count(), LAST_LINES);
        assert!(last.starts_with("  10\n") && last.ends_with("\n  19"), "{last}");
        let long = format!("first\n{}\nlast", "ü".repeat(5000));
        let last = messages(long.as_bytes(), 0).last();
        assert!(last.starts_with("  ...ü") && last.ends_with("ü\n  last"), "{last}");
        assert!(last.len() < LAST_BYTES + 20);
        assert_eq!(messages(b"\n", 0).last(), "");
    }
}
