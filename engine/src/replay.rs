//! Replays: the line that a server logs of a call, from which the command makes the call again.
//!
//! A line is a command line of `plwasm replay`. It must never contain anything but printable ASCII, as users choose what is in
//! it: no user can end a line of a log, and no encoding of a log changes it.

use std::fmt::Write;

/// What a line begins with whose call can be made again. The hash of the code follows.
pub const COMMAND: &str = "plwasm replay sha256:";

/// What a line begins with whose call cannot be made again. Which call it was follows, and why.
pub const REFUSAL: &str = "plwasm cannot replay";

/// The most bytes of a line.
pub const MAX_LINE: usize = 16 << 10;

/// The most bytes of an error in a line. More of it is not compared.
const MAX_ERROR: usize = 1000;

/// Returns a text with all but printable ASCII escaped, as `\u{a}`.
pub fn ascii(text: &str) -> String {
    let mut to = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' '..='~' => to.push(c),
            _ => drop(write!(to, "{}", c.escape_unicode())),
        }
    }
    to
}

/// Returns an error as a line has it: the SQLSTATE and the message, of which the beginning must do.
pub fn error(sqlstate: &str, message: &str) -> String {
    let mut text = ascii(&format!("{sqlstate}: {message}"));
    text.truncate(MAX_ERROR);
    text
}

/// Returns a text of SQL as a constant of printable ASCII.
pub fn literal(text: &str) -> String {
    if text.chars().all(|c| matches!(c, ' '..='~')) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut to = String::from("E'");
    for c in text.chars() {
        match c {
            '\'' => to.push_str("''"),
            '\\' => to.push_str("\\\\"),
            ' '..='~' => to.push(c),
            '\n' => to.push_str("\\n"),
            '\t' => to.push_str("\\t"),
            c if u32::from(c) <= 0xffff => drop(write!(to, "\\u{:04x}", u32::from(c))),
            c => drop(write!(to, "\\U{:08x}", u32::from(c))),
        }
    }
    to.push('\'');
    to
}

/// Returns words as a command line, quoted for a shell where they have to be.
pub fn command_line<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    // Only zero bytes cannot be quoted.
    shlex::try_join(words).unwrap_or_default()
}

/// Returns the words of a command line, `None` if a quote is not closed.
pub fn words(line: &str) -> Option<Vec<String>> {
    shlex::split(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_printable_ascii_is_written() {
        let nasty = "it's \\ \"a\"\n\r\u{1b}[0m $x `y` \u{e4}\u{1f40c}\u{202e} !";
        let constant = literal(nasty);
        assert_eq!(constant, r#"E'it''s \\ "a"\n\u000d\u001b[0m $x `y` \u00e4\U0001f40c\u202e !'"#);
        let line = command_line(["f", &constant]);
        assert!(line.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{line}");
        assert_eq!(words(&line).as_deref(), Some(&["f".to_string(), constant][..]));
        assert_eq!(ascii("a\n\u{e4}"), "a\\u{a}\\u{e4}");
        assert_eq!(error("22012", &"x".repeat(2000)).len(), MAX_ERROR);
    }
}
