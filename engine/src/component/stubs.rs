//! Stubs: core modules that take the place of what a guest imports from its host.
//!
//! They are merged with the guest, so nothing of the host's is ever called. It must never resolve an
//! import to a function of another type.

use crate::abi::CoreSignature;
use std::borrow::Cow;

/// The module that stubs import the guest's `memory` and `cabi_realloc` from.
pub const GUEST: &str = "guest";

/// What an import is resolved to.
#[derive(Debug, Clone)]
pub struct Stub {
    /// A core module: it imports from [`GUEST`], and from others of the same [`Stubs`] by their names.
    pub binary: Cow<'static, [u8]>,
    /// Its export that takes the import's place.
    pub export: String,
}

/// A set of stubs.
pub trait Stubs {
    /// What takes the place of a core function; None: nothing does.
    ///
    /// Of a component `module` and `name` are as its core modules import them:
    /// `wasi:io/streams@0.2.0` and `[method]input-stream.read`.
    fn stub(&self, module: &str, name: &str, signature: &CoreSignature) -> Option<Stub>;

    /// The one that others import from by that name.
    fn named(&self, name: &str) -> Option<Cow<'static, [u8]>>;
}
