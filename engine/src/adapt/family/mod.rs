//! Families: toolchains whose modules import the same things, with shims of ours for them.
//!
//! A shim of ours is a core module as the user's are (see [`super`]); the user's options go before it.

use super::options::{Given, Options};
use super::source::Source;
use crate::error::Result;

/// The shims for a guest, by what it imports and exports.
///
/// # Errors
/// None so far.
pub(super) fn shims(_guest: &Source<'_>, _options: &Options) -> Result<Vec<Given>> {
    Ok(Vec::new())
}
