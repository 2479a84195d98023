//! Stubs: core modules that take the place of what a guest imports from its host.
//!
//! They are merged with the guest, so no function of the host is ever called. A stub must never take the place of a
//! function of another type.

use crate::abi::CoreSignature;
use std::borrow::Cow;

/// The module from which stubs import the guest's `memory` and `cabi_realloc`.
pub const GUEST: &str = "guest";

/// What an import is resolved to.
#[derive(Debug, Clone)]
pub struct Stub {
    /// A core module. It may import from [`GUEST`], and by name from other modules of the same [`Stubs`].
    pub binary: Cow<'static, [u8]>,
    /// The name of the export that takes the import's place.
    pub export: String,
}

/// A set of stubs.
pub trait Stubs {
    /// Returns what takes the place of a core function, or None if there is no stub for it.
    ///
    /// For a component, `module` and `name` are the names by which its core modules import: `wasi:io/streams@0.2.0`
    /// and `[method]input-stream.read`.
    fn stub(&self, module: &str, name: &str, signature: &CoreSignature) -> Option<Stub>;

    /// Returns the module from which others import by that name.
    fn named(&self, name: &str) -> Option<Cow<'static, [u8]>>;
}
