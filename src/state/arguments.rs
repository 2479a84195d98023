//! The arguments of a constructor, in a flat state: their number, and for each its type and its text form, or no text for
//! NULL.
//!
//! Nothing in a flat state may be trusted. No type may be read whose values run an SQL function when they are read.

use super::flat::{malformed, string, write};
use pgrx::pg_sys::{self, Datum, NullableDatum};
use plwasm_engine::{Error, Result};
use std::ffi::{CStr, CString};

/// The arguments of a constructor without parameters.
pub(super) const NO_ARGUMENTS: [u8; 4] = [0; 4];

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
pub(super) fn read_arguments(bytes: &[u8]) -> Result<(Vec<pg_sys::Oid>, Vec<NullableDatum>)> {
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
pub(super) fn check_types(bytes: &[u8]) -> Result<()> {
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
