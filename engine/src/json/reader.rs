//! Reads the text of a JSON value from left to right.
//!
//! What comes from PostgreSQL is valid JSON. Malformed text is an error here all the same, never a panic.

use std::borrow::Cow;

/// Called now and then, to raise a pending error.
pub(super) type Poll = fn();

/// The bytes that are read between two polls.
const PIECE: usize = 1 << 20;

/// What is wrong with the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// The text is not JSON.
    Json,
    /// Half of a surrogate pair without the other half. JSON can express it, but Unicode text cannot.
    Surrogate,
}

type Result<T> = std::result::Result<T, Malformed>;

/// A text in JSON, read from its start to its end.
#[derive(Debug)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    polled: usize,
    poll: Poll,
}

impl<'a> Reader<'a> {
    /// Returns a reader at the start of the text; `poll` says between pieces whether to stop.
    pub fn new(text: &'a str, poll: Poll) -> Self {
        Self { text, at: 0, polled: 0, poll }
    }

    /// Returns the current position, to which [`back_to`](Self::back_to) returns.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Goes on reading at an earlier position.
    pub fn back_to(&mut self, at: usize) {
        self.at = at;
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn advance(&mut self, bytes: usize) {
        self.at += bytes;
        self.polled += bytes;
        if self.polled >= PIECE {
            self.polled = 0;
            (self.poll)();
        }
    }

    /// Returns the next byte after blanks, without taking it.
    pub fn peek(&mut self) -> Result<u8> {
        loop {
            match self.rest().first() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.advance(1),
                Some(byte) => return Ok(*byte),
                None => return Err(Malformed::Json),
            }
        }
    }

    /// Takes a byte if it comes next. Returns whether it did.
    pub fn takes(&mut self, byte: u8) -> Result<bool> {
        let is_there = self.peek()? == byte;
        if is_there {
            self.advance(1);
        }
        Ok(is_there)
    }

    /// Takes a byte, which must come next.
    pub fn take(&mut self, byte: u8) -> Result<()> {
        self.takes(byte)?.then_some(()).ok_or(Malformed::Json)
    }

    /// Takes the comma or `end` after an element or a member. Returns whether another follows.
    pub fn another(&mut self, end: u8) -> Result<bool> {
        match self.takes(b',')? {
            true => Ok(true),
            false => self.take(end).map(|()| false),
        }
    }

    /// Checks that nothing but blanks follows.
    pub fn end(&mut self) -> Result<()> {
        match self.peek() {
            Ok(_) => Err(Malformed::Json),
            Err(_) => Ok(()),
        }
    }

    /// Returns a number, or one of the words, as it is written.
    pub fn word(&mut self) -> Result<&'a str> {
        self.peek()?;
        let rest = self.rest();
        let is_part =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        let length = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        if length == 0 {
            return Err(Malformed::Json);
        }
        let word = &self.text[self.at..self.at + length];
        self.advance(length);
        Ok(word)
    }

    /// Returns a string with its escapes replaced. It is copied only if it has any.
    pub fn string(&mut self) -> Result<Cow<'a, str>> {
        self.take(b'"')?;
        let plain = self.plain()?;
        if self.rest()[0] == b'"' {
            self.advance(1);
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = plain.to_string();
        loop {
            // This is a quote or a backslash: `plain` ends at no other byte.
            let is_end = self.rest()[0] == b'"';
            self.advance(1);
            if is_end {
                return Ok(Cow::Owned(text));
            }
            text.push(self.escaped()?);
            text.push_str(self.plain()?);
        }
    }

    /// Returns the text up to the next quote or backslash, which must come.
    fn plain(&mut self) -> Result<&'a str> {
        let start = self.at;
        loop {
            let rest = self.rest();
            let piece = &rest[..rest.len().min(PIECE)];
            if piece.is_empty() {
                return Err(Malformed::Json);
            }
            match piece.iter().position(|byte| matches!(byte, b'"' | b'\\')) {
                Some(length) => {
                    self.advance(length);
                    return Ok(&self.text[start..self.at]);
                }
                None => self.advance(piece.len()),
            }
        }
    }

    /// Returns the character of an escape, after its backslash.
    fn escaped(&mut self) -> Result<char> {
        let kind = *self.rest().first().ok_or(Malformed::Json)?;
        self.advance(1);
        Ok(match kind {
            b'"' | b'\\' | b'/' => char::from(kind),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.unit()?;
                let low = match high {
                    0xd800..=0xdbff if self.rest().starts_with(b"\\u") => {
                        self.advance(2);
                        Some(self.unit()?)
                    }
                    _ => None,
                };
                let units = [high, low.unwrap_or_default()];
                let units = &units[..if low.is_some() { 2 } else { 1 }];
                let mut chars = char::decode_utf16(units.iter().copied());
                match (chars.next(), chars.next()) {
                    (Some(Ok(only)), None) => only,
                    _ => return Err(Malformed::Surrogate),
                }
            }
            _ => return Err(Malformed::Json),
        })
    }

    /// Returns the value of four hexadecimal digits.
    fn unit(&mut self) -> Result<u16> {
        let digits = self.rest().get(..4).ok_or(Malformed::Json)?;
        let mut unit = 0;
        for digit in digits {
            let digit = char::from(*digit).to_digit(16).ok_or(Malformed::Json)?;
            unit = unit << 4 | digit as u16;
        }
        self.advance(4);
        Ok(unit)
    }

    /// Skips one value, of any kind.
    pub fn skip(&mut self) -> Result<()> {
        let mut depth = 0usize;
        loop {
            match self.peek()? {
                b'"' => self.skip_string()?,
                b'[' | b'{' => {
                    depth += 1;
                    self.advance(1);
                    continue;
                }
                b']' | b'}' if depth > 0 => {
                    depth -= 1;
                    self.advance(1);
                }
                b',' | b':' if depth > 0 => {
                    self.advance(1);
                    continue;
                }
                _ => {
                    self.word()?;
                }
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    fn skip_string(&mut self) -> Result<()> {
        self.take(b'"')?;
        loop {
            self.plain()?;
            let is_end = self.rest()[0] == b'"';
            self.advance(1);
            if is_end {
                return Ok(());
            }
            // Every escaped character is one byte of ASCII.
            self.rest().first().filter(|byte| byte.is_ascii()).ok_or(Malformed::Json)?;
            self.advance(1);
        }
    }

    /// Returns the number of elements of the array that comes next, without taking it.
    pub fn count(&mut self) -> Result<usize> {
        let start = self.at;
        self.take(b'[')?;
        let mut count = 0;
        if !self.takes(b']')? {
            loop {
                self.skip()?;
                count += 1;
                if !self.another(b']')? {
                    break;
                }
            }
        }
        self.at = start;
        Ok(count)
    }
}
