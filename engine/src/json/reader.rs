//! The text of a JSON value, read from left to right.
//!
//! What comes from PostgreSQL is JSON already; what is not is an error here too, never a panic.

use std::borrow::Cow;

/// Called now and then, to raise what is pending.
pub type Poll = fn();

/// Number of bytes that are read between two polls.
const PIECE: usize = 1 << 20;

/// What is wrong with the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    Json,
    /// Half of a character of UTF-16 without the other half, which JSON can say and Unicode has no text for.
    Surrogate,
}

type Result<T> = std::result::Result<T, Malformed>;

#[derive(Debug)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    polled: usize,
    poll: Poll,
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str, poll: Poll) -> Self {
        Self { text, at: 0, polled: 0, poll }
    }

    /// Where it is, to come back to.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Reads on at a place that it was at.
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

    /// The byte that comes next, after blanks.
    pub fn peek(&mut self) -> Result<u8> {
        loop {
            match self.rest().first() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.advance(1),
                Some(byte) => return Ok(*byte),
                None => return Err(Malformed::Json),
            }
        }
    }

    /// Takes a byte if it comes next.
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

    /// After an element or a member: whether another follows. Takes the comma, or `end`.
    pub fn another(&mut self, end: u8) -> Result<bool> {
        match self.takes(b',')? {
            true => Ok(true),
            false => self.take(end).map(|()| false),
        }
    }

    /// That nothing but blanks follows.
    pub fn end(&mut self) -> Result<()> {
        match self.peek() {
            Ok(_) => Err(Malformed::Json),
            Err(_) => Ok(()),
        }
    }

    /// A number, or one of the words, as it is written.
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

    /// A string, with what its escapes stand for. It is copied if it has any.
    pub fn string(&mut self) -> Result<Cow<'a, str>> {
        self.take(b'"')?;
        let plain = self.plain()?;
        if self.rest()[0] == b'"' {
            self.advance(1);
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = plain.to_string();
        loop {
            // A quote or a backslash: `plain` ends nowhere else.
            let is_end = self.rest()[0] == b'"';
            self.advance(1);
            if is_end {
                return Ok(Cow::Owned(text));
            }
            text.push(self.escaped()?);
            text.push_str(self.plain()?);
        }
    }

    /// What there is up to the next quote or backslash, one of which has to come.
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

    /// The character of an escape, after its backslash.
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

    /// Four hexadecimal digits.
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

    /// Passes over one value, whatever it is.
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
            // Whatever is escaped begins with one byte of ASCII.
            self.rest().first().filter(|byte| byte.is_ascii()).ok_or(Malformed::Json)?;
            self.advance(1);
        }
    }

    /// How many elements the array has that comes next. It stays where it is.
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
