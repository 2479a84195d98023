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

use super::{Resource, StateObject};
use crate::backend::seats;
use crate::call_site::pass;
use crate::error;
use crate::plan::{Plan, SqlFunction, SqlResult};
use pgrx::pg_sys::{self, Datum, NullableDatum};
use pgrx::{FromDatum, IntoDatum};
use plwasm_engine::{Error, Guest, Hash, Result};
use std::ffi::{CStr, CString};

const VERSION: u8 = 1;
const CHECKSUM: usize = 8;
/// The arguments of a constructor without parameters.
pub(super) const NO_ARGUMENTS: [u8; 4] = [0; 4];

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
        let seat = seats::take(&resource.target)?;
        let using = seat.using();
        object.state.sit(&seat);
        object.keep_arguments(self.arguments);
        let (types, arguments) = read_arguments(self.arguments)?;
        let types =
            SqlFunction::of_types(resource.name.clone(), &types, SqlResult::Type(pg_sys::INT8OID));
        let constructor = resource.target.module.function(resource.constructor())?;
        let plan = Plan::of_constructor(&types, &constructor)?;
        if !plan.takes(&arguments) {
            return Err(malformed());
        }
        let guest = seat.guest()?;
        let entry = guest.lasting_entry(constructor.name, plan.uses)?;
        let account = resource.account();
        let running = account.begin(guest, resource.target.limits.fuel);
        // SAFETY: the plan was made for these arguments, and the entry for the plan.
        let made =
            unsafe { pass(&plan, std::ptr::null_mut(), 0, &arguments, running.guest, &entry)? };
        drop(running);
        using.done();
        object.state.representation = made.map_or(0, |datum| datum.value() as u32);
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
    let Some(seat) = object.state.seat() else { return Err(no_seat()) };
    let using = seat.using();
    let guest = seat.guest()?;
    let entry = guest.lasting_entry(&merge.export, merge.plan.uses)?;
    let account = resource.account();
    let running = account.begin(guest, resource.target.limits.fuel);
    let argument =
        NullableDatum { value: saved.into_datum().unwrap_or(Datum::from(0)), isnull: false };
    // SAFETY: the plan takes one bytea, and the entry was made for it.
    unsafe {
        pass(
            &merge.plan,
            std::ptr::null_mut(),
            object.state.representation,
            &[argument],
            running.guest,
            &entry,
        )?
    };
    drop(running);
    using.done();
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
    let Some(seat) = object.state.seat() else { return Err(no_seat()) };
    let using = seat.using();
    let guest: &mut Guest = seat.guest()?;
    let entry = guest.entry(&save.export, save.plan.uses)?;
    let account = resource.account();
    let running = account.begin(guest, resource.target.limits.fuel);
    // SAFETY: the plan takes nothing, and the entry was made for it.
    let saved = unsafe {
        pass(
            &save.plan,
            std::ptr::null_mut(),
            object.state.representation,
            &[],
            running.guest,
            &entry,
        )?
    };
    drop(running);
    using.done();
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
    types_of(&arguments)?;
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

fn no_seat() -> Error {
    Error::Internal("a state has no instance".into())
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

fn write(to: &mut Vec<u8>, bytes: &[u8]) {
    to.extend((bytes.len() as u32).to_be_bytes());
    to.extend(bytes);
}

fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}

/// Writes the arguments of a constructor: their types, and their text forms.
///
/// # Safety
/// The arguments must be of these types.
pub(crate) unsafe fn arguments(types: &[pg_sys::Oid], arguments: &[NullableDatum]) -> Vec<u8> {
    let write_all = || {
        let mut bytes = (types.len() as u32).to_be_bytes().to_vec();
        for (oid, argument) in types.iter().zip(arguments) {
            // SAFETY: the caller's promise; C strings are returned.
            unsafe {
                let oid = pg_sys::getBaseType(*oid);
                let name = CStr::from_ptr(pg_sys::format_type_be_qualified(oid));
                write(&mut bytes, name.to_bytes());
                // What is written of another type is never read.
                if argument.isnull || !is_built_in(oid) {
                    bytes.push(0);
                    continue;
                }
                bytes.push(1);
                let (mut output, mut is_varlena) = (pg_sys::InvalidOid, false);
                pg_sys::getTypeOutputInfo(oid, &mut output, &mut is_varlena);
                let text = CStr::from_ptr(pg_sys::OidOutputFunctionCall(output, argument.value));
                write(&mut bytes, text.to_bytes());
            }
        }
        bytes
    };
    match types.iter().all(|oid| has_fixed_text(*oid)) {
        true => write_all(),
        false => with_settings(write_all),
    }
}

/// Returns whether no setting changes the text form of a type. Changing settings takes 10 us, for each group.
fn has_fixed_text(oid: pg_sys::Oid) -> bool {
    matches!(
        oid,
        pg_sys::BOOLOID
            | pg_sys::INT2OID
            | pg_sys::INT4OID
            | pg_sys::INT8OID
            | pg_sys::NUMERICOID
            | pg_sys::TEXTOID
            | pg_sys::VARCHAROID
            | pg_sys::BPCHAROID
            | pg_sys::UUIDOID
            | pg_sys::JSONOID
            | pg_sys::JSONBOID
    )
}

/// Returns whether values of a type can be read from a flat state. Reading a value of another type can run an SQL
/// function, that of a domain's constraint, which whoever sent the state would choose.
fn is_built_in(oid: pg_sys::Oid) -> bool {
    // SAFETY: any OID is allowed.
    let kind = unsafe { pg_sys::get_typtype(oid) } as u8;
    let has_values =
        matches!(kind, pg_sys::TYPTYPE_BASE | pg_sys::TYPTYPE_RANGE | pg_sys::TYPTYPE_MULTIRANGE);
    has_values && oid.to_u32() < pg_sys::FirstNormalObjectId
}

/// Calls `run` with the settings fixed on which text forms depend, as `postgres_fdw` does (`set_transmission_modes`).
fn with_settings<R>(run: impl FnOnce() -> R) -> R {
    const FIXED: [(&CStr, &CStr); 6] = [
        (c"datestyle", c"ISO"),
        (c"intervalstyle", c"postgres"),
        (c"extra_float_digits", c"3"),
        (c"search_path", c"pg_catalog"),
        (c"lc_monetary", c"C"),
        (c"bytea_output", c"hex"),
    ];
    // SAFETY: settings that any role may change; the level is ended, here or with the transaction.
    unsafe {
        let level = pg_sys::NewGUCNestLevel();
        for (name, value) in FIXED {
            pg_sys::set_config_option(
                name.as_ptr(),
                value.as_ptr(),
                pg_sys::GucContext::PGC_USERSET,
                pg_sys::GucSource::PGC_S_SESSION,
                pg_sys::GucAction::GUC_ACTION_SAVE,
                true,
                0,
                false,
            );
        }
        let result = run();
        pg_sys::AtEOXact_GUC(true, level);
        result
    }
}

/// Reads what [`arguments`] wrote.
///
/// Raises errors of texts that are not of their type.
///
/// # Errors
/// 22P03 if it is malformed; 0A000 if a type is not built in.
fn read_arguments(bytes: &[u8]) -> Result<(Vec<pg_sys::Oid>, Vec<NullableDatum>)> {
    if *bytes == NO_ARGUMENTS {
        return Ok((Vec::new(), Vec::new()));
    }
    with_settings(|| {
        let (count, mut rest) = bytes.split_first_chunk::<4>().ok_or_else(malformed)?;
        let (mut types, mut values) = (Vec::new(), Vec::new());
        for _ in 0..u32::from_be_bytes(*count) {
            let (name, after) = string(rest).ok_or_else(malformed)?;
            let (has_text, after) = after.split_first().ok_or_else(malformed)?;
            let oid = type_of(name)?;
            types.push(oid);
            rest = after;
            let mut value = NullableDatum { value: Datum::from(0), isnull: true };
            if *has_text != 0 {
                let (text, after) = string(rest).ok_or_else(malformed)?;
                rest = after;
                let text = CString::new(text).map_err(|_| malformed())?;
                let (mut input, mut parameter) = (pg_sys::InvalidOid, pg_sys::InvalidOid);
                // SAFETY: a type that exists; its input function takes a C string.
                value.value = unsafe {
                    pg_sys::getTypeInputInfo(oid, &mut input, &mut parameter);
                    pg_sys::OidInputFunctionCall(input, text.as_ptr().cast_mut(), parameter, -1)
                };
                value.isnull = false;
            }
            values.push(value);
        }
        if !rest.is_empty() {
            return Err(malformed());
        }
        Ok((types, values))
    })
}

/// Checks that the types of arguments are built in.
///
/// # Errors
/// 0A000 if one is not.
fn types_of(bytes: &[u8]) -> Result<()> {
    let (count, mut rest) = bytes.split_first_chunk::<4>().ok_or_else(malformed)?;
    for _ in 0..u32::from_be_bytes(*count) {
        let (name, after) = string(rest).ok_or_else(malformed)?;
        let (has_text, after) = after.split_first().ok_or_else(malformed)?;
        type_of(name)?;
        rest = after;
        if *has_text != 0 {
            (_, rest) = string(rest).ok_or_else(malformed)?;
        }
    }
    Ok(())
}

/// Returns the type of that name.
///
/// Raises 42704 if there is none.
///
/// # Errors
/// 0A000 if it is not built in.
fn type_of(name: &[u8]) -> Result<pg_sys::Oid> {
    let shown = plwasm_engine::name::printable(&String::from_utf8_lossy(name));
    let name = CString::new(name).map_err(|_| malformed())?;
    // SAFETY: regtypein takes a C string.
    let oid = unsafe {
        let name = Datum::from(name.as_ptr());
        pgrx::direct_function_call::<pg_sys::Oid>(pg_sys::regtypein, &[Some(name)])
    };
    let oid = oid.unwrap_or(pg_sys::InvalidOid);
    match is_built_in(oid) {
        true => Ok(oid),
        false => Err(Error::sql(
            "0A000",
            "a state whose constructor takes a type that is not built in cannot be stored or passed to another process",
        )
        .with_detail(format!("The type is {shown}."))),
    }
}

fn malformed() -> Error {
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
