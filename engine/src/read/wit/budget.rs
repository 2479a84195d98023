//! The budget of one binary's metadata: how much may be made of it.

use super::tree::Result;

/// The longest name of a parameter, a field, a label or a type, in bytes. PostgreSQL's names have at most 63.
const MAX_NAME: usize = 128;

/// The bytes that may still be copied out of one binary's metadata.
pub(super) struct Budget {
    bytes: usize,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self { bytes: 16 << 20 }
    }

    /// Takes what one part needs, about 64 bytes, and the length of its text.
    pub(super) fn take(&mut self, text: usize) -> Result<()> {
        const PART: usize = 64;
        match self.bytes.checked_sub(PART + text) {
            Some(left) => {
                self.bytes = left;
                Ok(())
            }
            None => Err("there is too much metadata".into()),
        }
    }

    /// Copies a name.
    ///
    /// # Errors
    /// If it is too long, or if there is too much metadata.
    pub(super) fn text(&mut self, name: &str) -> Result<String> {
        if name.len() > MAX_NAME {
            return Err(format!("a name in it is longer than {MAX_NAME} bytes").into());
        }
        self.take(name.len())?;
        Ok(name.to_string())
    }
}
