//! `wasm.create_module(name, code, replace)`: creates a module from a binary, for any client.

use crate::encoding;
use crate::error;
use crate::sql::statement;
use base64::Engine as _;
use pgrx::pg_sys;
use pgrx::prelude::*;
use std::ffi::{CStr, CString};

/// Creates the function `name` that returns `wasm.module`, with the binary as its body, as the calling role. An
/// unqualified name goes into the schema that CREATE FUNCTION would choose.
///
/// All texts are in the server's encoding, which need not be UTF-8; therefore they are no `&str`.
#[pg_extern(sql = false)]
fn create_module(name: &[u8], code: &[u8], replace: bool) -> pg_sys::Oid {
    let name = qualified(&c_string(name.to_vec()));
    let or_replace = if replace { "OR REPLACE" } else { "" };
    let body = base64::engine::general_purpose::STANDARD.encode(code);
    // base64 and the dollar quote have no character in common.
    let create = [
        b"CREATE ".as_slice(),
        or_replace.as_bytes(),
        b" FUNCTION ",
        &name,
        b"() RETURNS wasm.module LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS $wasm$",
        body.as_bytes(),
        b"$wasm$",
    ];
    statement::run(&c_string(create.concat()));
    let signature = c_string([&name, b"()".as_slice()].concat());
    // SAFETY: regprocedurein takes a C string.
    let oid = unsafe {
        pgrx::direct_function_call::<pg_sys::Oid>(
            pg_sys::regprocedurein,
            &[Some(pg_sys::Datum::from(signature.as_ptr()))],
        )
    };
    oid.unwrap_or(pg_sys::InvalidOid)
}

/// Returns a name as SQL reads it, quoted anew. Raises 42602 if it is not a name, and 3F000 if there is no schema to
/// create it in.
fn qualified(name: &CStr) -> Vec<u8> {
    // SAFETY: C strings are passed; palloc'd lists and C strings are returned.
    unsafe {
        #[cfg(feature = "pg15")]
        let names = pg_sys::stringToQualifiedNameList(name.as_ptr());
        #[cfg(not(feature = "pg15"))]
        let names = pg_sys::stringToQualifiedNameList(name.as_ptr(), std::ptr::null_mut());
        let mut function = std::ptr::null_mut();
        let schema = pg_sys::QualifiedNameGetCreationNamespace(names, &mut function);
        let schema = pg_sys::get_namespace_name(schema);
        CStr::from_ptr(pg_sys::quote_qualified_identifier(schema, function)).to_bytes().to_vec()
    }
}

fn c_string(bytes: Vec<u8>) -> CString {
    CString::new(bytes).unwrap_or_else(|error| {
        let text = encoding::lossy(&error.into_vec());
        error::raise_sql("42602", format!("invalid name: {text}"), None)
    })
}
