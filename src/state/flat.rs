//! The flat form of a state: what is stored, and what travels between processes.
//!
//! ```text
//! 4 bytes    PostgreSQL's header of a value of variable length
//! 1 byte     the version of this form, 1
//! 8 bytes    the beginning of the SHA-256 of all that follows
//! 32 bytes   the SHA-256 of the module's code
//! string     the resource, with its interface
//! string     the arguments of the constructor: their number, and for each its type and its text form, or no text for NULL
//! the rest   what the resource saved
//! ```
//! A string is its length in 4 bytes, in the order of the network, and its bytes. Nothing in a flat state may be trusted:
//! any client can send one.

use super::arguments::{check_types, read_arguments};
use super::{Resource, StateObject};
use crate::backend::seats;
use crate::call_site::seated;
use crate::error;
use crate::method::Callee;
use crate::plan::{Plan, SqlFunction, SqlResult};
use pgrx::pg_sys::{self, Datum, NullableDatum};
use pgrx::{FromDatum, IntoDatum};
use plwasm_engine::{Error, Hash, Result};

const VERSION: u8 = 1;
const CHECKSUM: usize = 8;

/// A flat state, taken apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flat<'a> {
    module: [u8; 32],
    resource: &'a [u8],
    pub arguments: &'a [u8],
    pub saved: &'a [u8],
}

impl<'a> Flat<'a> {
    /// Reads a flat state without its header.
    ///
    /// # Errors
    /// 22P03 if it was truncated or changed, or has another version.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self> {
        let malformed = |why: &str| malformed().with_detail(format!("It {why}."));
        let truncated = || malformed("is truncated");
        let (version, rest) = bytes.split_first().ok_or_else(truncated)?;
        if *version != VERSION {
            return Err(malformed("is in a form that this release does not know"));
        }
        let (checksum, rest) = rest.split_at_checked(CHECKSUM).ok_or_else(truncated)?;
        if checksum != &Hash::of(rest).bytes()[..CHECKSUM] {
            return Err(malformed("was truncated or changed"));
        }
        let (module, rest) = rest.split_first_chunk::<32>().ok_or_else(truncated)?;
        let (resource, rest) = string(rest).ok_or_else(truncated)?;
        let (arguments, saved) = string(rest).ok_or_else(truncated)?;
        Ok(Self { module: *module, resource, arguments, saved })
    }

    /// Reads the flat state that a Datum holds.
    ///
    /// # Errors
    /// Those of [`read`](Self::read).
    ///
    /// # Safety
    /// `datum` must be a valid `wasm.state` that is not NULL. What is returned lies in memory of the current context,
    /// or where the Datum lies.
    pub(crate) unsafe fn of(datum: Datum) -> Result<Self> {
        // SAFETY: the caller's promise.
        let bytes = unsafe { <&[u8]>::from_datum(datum, false) };
        Self::read(bytes.unwrap_or_default())
    }

    /// Checks that it is a state of a resource. Another version of the module's code can read it only if the interface
    /// has a version: then the author vouches for what `save` writes.
    ///
    /// # Errors
    /// 42804 if it is another resource's; 55000 if it was made by other code.
    pub(crate) fn check(&self, resource: &Resource) -> Result<()> {
        let own = String::from_utf8_lossy(self.resource);
        check_exchange(&own, &self.module, resource)
    }

    /// Constructs the state anew in an object, which is then in an instance.
    ///
    /// # Errors
    /// The errors of the guest; errors of the arguments' types.
    pub(crate) fn construct(&self, object: &mut StateObject, resource: &Resource) -> Result<()> {
        self.check(resource)?;
        object.keep_arguments(self.arguments);
        let (types, arguments) = read_arguments(self.arguments)?;
        let types =
            SqlFunction::of_types(resource.name.clone(), &types, SqlResult::Type(pg_sys::INT8OID));
        let constructor = resource.target.module.function(resource.constructor())?;
        let plan = Plan::of_constructor(&types, &constructor)?;
        if !plan.takes(&arguments) {
            return Err(malformed());
        }
        let seat = seats::take(&resource.target, None)?;
        object.state.sit(&seat);
        let account = resource.account();
        let caller = resource.caller(&account);
        // SAFETY: the plan was made for these arguments.
        object.state.representation =
            unsafe { seated::construct(&seat, caller, &plan, constructor.name, &arguments)? };
        merge(object, resource, self.saved)
    }
}

/// Adds what another state saved to a state in an instance.
///
/// # Errors
/// 0A000 if the resource cannot do that; the errors of the guest.
pub(crate) fn merge(object: &mut StateObject, resource: &Resource, saved: &[u8]) -> Result<()> {
    let merge = resource.merge.as_ref().ok_or_else(|| lacks(resource, "merge(saved: list<u8>)"))?;
    object.state.bring_in(&resource.target, None)?;
    object.has_changed();
    let seat = object.state.seated()?;
    let Callee { export, plan } = merge;
    let entry = seat.guest()?.lasting_entry(export, plan.uses)?;
    let account = resource.account();
    let caller = resource.caller(&account);
    let argument =
        NullableDatum { value: saved.into_datum().unwrap_or(Datum::from(0)), isnull: false };
    // SAFETY: the plan takes one bytea, and the entry was made for it.
    unsafe {
        seated::call(seat, caller, plan, &entry, object.state.representation, &[argument])?;
    }
    Ok(())
}

/// Calls `save` of a state, which stays as it is. Returns a bytea.
///
/// # Errors
/// 0A000 if the resource cannot do that; the errors of the guest.
pub(crate) fn save(object: &mut StateObject) -> Result<Datum> {
    // The resource lives as long as the object.
    let resource: *const Resource = object.resource();
    // SAFETY: as just said; the object is borrowed mutably below, but not its resource.
    let resource = unsafe { &*resource };
    let save = resource.save.as_ref().ok_or_else(|| lacks(resource, "save() -> list<u8>"))?;
    object.state.bring_in(&resource.target, None)?;
    object.state.keep()?;
    let seat = object.state.seated()?;
    let Callee { export, plan } = save;
    let entry = seat.guest()?.entry(export, plan.uses)?;
    let account = resource.account();
    let caller = resource.caller(&account);
    // SAFETY: the plan takes nothing, and the entry was made for it.
    let saved =
        unsafe { seated::call(seat, caller, plan, &entry, object.state.representation, &[])? };
    seat.clear();
    saved.ok_or_else(|| Error::Internal("save returned nothing".into()))
}

/// Returns the flat form of a state, with room for the header.
///
/// # Errors
/// The errors of [`save`].
pub(super) fn of(object: &mut StateObject) -> Result<Vec<u8>> {
    // What could not be read again is not written.
    let arguments = object.arguments().to_vec();
    check_types(&arguments)?;
    let saved = save(object)?;
    // SAFETY: a bytea that was just made.
    let saved = unsafe { <&[u8]>::from_datum(saved, false) }.unwrap_or_default();
    let resource = object.resource();
    let mut rest = resource.target.module.hash().bytes().to_vec();
    write(&mut rest, resource.name.as_bytes());
    write(&mut rest, &arguments);
    rest.extend(saved);
    let mut bytes = vec![0; pg_sys::VARHDRSZ];
    bytes.push(VERSION);
    bytes.extend(&Hash::of(&rest).bytes()[..CHECKSUM]);
    bytes.extend(rest);
    Ok(bytes)
}

/// Returns the error for a resource that lacks a method.
fn lacks(resource: &Resource, method: &str) -> Error {
    let shown = resource.shown();
    let message =
        format!("states of resource \"{shown}\" cannot be stored or passed to another process");
    Error::sql("0A000", message).with_detail(format!("The resource has no method {method}."))
}

/// Checks that a state of the resource `name` that the code `module` has made can be read as one of `resource`.
///
/// # Errors
/// Those of [`Flat::check`].
pub(super) fn check_exchange(name: &str, module: &[u8; 32], resource: &Resource) -> Result<()> {
    if name != resource.name {
        let (found, expected) = (plwasm_engine::name::printable(name), resource.shown());
        let detail = format!("It is of \"{found}\", where one of \"{expected}\" was expected.");
        let error = Error::sql("42804", "state belongs to another WebAssembly resource");
        return Err(error.with_detail(detail));
    }
    let is_versioned = name.split('#').next().is_some_and(|interface| interface.contains('@'));
    match is_versioned || module == resource.target.module.hash().bytes() {
        true => Ok(()),
        false => Err(other_code()),
    }
}

/// Returns the error for a state that other code has made.
pub(crate) fn other_code() -> Error {
    Error::sql("55000", "state of a WebAssembly aggregate was made by other code").with_hint(
        "Give the interface of the resource a version: it tells that states can be exchanged between builds of it.",
    )
}

/// Writes a string.
pub(super) fn write(to: &mut Vec<u8>, bytes: &[u8]) {
    to.extend((bytes.len() as u32).to_be_bytes());
    to.extend(bytes);
}

/// Reads a string. Returns it and what follows.
pub(super) fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}

pub(super) fn malformed() -> Error {
    Error::sql("22P03", "invalid state of a WebAssembly aggregate")
}

/// Checks a flat state that came from outside.
///
/// Raises 22P03.
pub(crate) fn check(bytes: &[u8]) {
    if let Err(error) = Flat::read(bytes) {
        error::raise(&error);
    }
}
