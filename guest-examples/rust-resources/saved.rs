//! What is saved of a state: a version, and what each state writes after it.

/// The first byte of everything that is saved. It changes when the format does.
pub const VERSION: u8 = 1;

/// Returns what follows the version. An error if this version does not know the format.
pub fn content(saved: &[u8]) -> Result<&[u8], String> {
    match saved.split_first() {
        Some((&VERSION, content)) => Ok(content),
        Some((version, _)) => Err(format!("unknown version {version} of a saved state")),
        None => Err(malformed()),
    }
}

pub fn malformed() -> String {
    "malformed saved state".into()
}
