//! The type `wasm.state`: its input and output. What it is made of is in [`crate::state`].
//!
//! A state is shown as bytes, as `bytea` is. To write one that is in memory, its resource saves it.

use crate::state;
use pgrx::prelude::*;
use pgrx::{Internal, IntoDatum, pg_sys};
use std::ffi::{CStr, CString};

/// Reads a state from its text form, that of a `bytea`. A `bytea` has the same form in memory.
#[pg_extern(sql = false)]
fn state_in(text: &CStr) -> Vec<u8> {
    // SAFETY: byteain takes a C string, and raises for what is not a bytea.
    let bytes = unsafe {
        pgrx::direct_function_call::<Vec<u8>>(
            pg_sys::byteain,
            &[Some(pg_sys::Datum::from(text.as_ptr()))],
        )
    };
    let bytes = bytes.unwrap_or_default();
    state::check(&bytes);
    bytes
}

/// Writes a state as text.
#[pg_extern(sql = false)]
fn state_out(state: &[u8]) -> CString {
    // SAFETY: byteaout takes a bytea, and returns a C string.
    let text =
        unsafe { pgrx::direct_function_call::<&CStr>(pg_sys::byteaout, &[state.into_datum()]) };
    text.map(CStr::to_owned).unwrap_or_default()
}

/// Reads a state from its binary form.
#[pg_extern(sql = false)]
fn state_recv(mut message: Internal) -> Vec<u8> {
    // SAFETY: PostgreSQL passes a StringInfo to functions that receive.
    let bytes = unsafe {
        message.get_mut::<pg_sys::StringInfoData>().map_or_else(Vec::new, |message| {
            let start = message.cursor as usize;
            let all = std::slice::from_raw_parts(message.data.cast::<u8>(), message.len as usize);
            message.cursor = message.len;
            all[start..].to_vec()
        })
    };
    state::check(&bytes);
    bytes
}

/// Writes a state in binary.
#[pg_extern(sql = false)]
fn state_send(state: &[u8]) -> Vec<u8> {
    state.to_vec()
}
