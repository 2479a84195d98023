//! `wasm.create_module(name, code, replace)`: a module from a binary, from any client.

use crate::error;
use base64::Engine as _;
use pgrx::pg_sys;
use pgrx::prelude::*;
use std::ffi::CString;

/// Creates the function `name` that returns `wasm.module`, with the binary as its body, as the
/// calling role. An unqualified name goes where CREATE FUNCTION would put it.
#[pg_extern(sql = false)]
fn create_module(name: &str, code: &[u8], replace: bool) -> pg_sys::Oid {
    let name = qualified(name);
    let body = base64::engine::general_purpose::STANDARD.encode(code);
    // base64 and the dollar quote have no character in common.
    let statement = format!(
        "CREATE {} FUNCTION {name}() RETURNS wasm.module LANGUAGE wasm \
         IMMUTABLE PARALLEL SAFE AS $wasm${body}$wasm$",
        if replace { "OR REPLACE" } else { "" }
    );
    if let Err(error) = Spi::run(&statement) {
        error::raise_sql("XX000", format!("could not create module {name}: {error}"), None);
    }
    let signature = CString::new(format!("{name}()")).unwrap_or_default();
    // SAFETY: regprocedurein takes a C string.
    unsafe {
        pgrx::direct_function_call::<pg_sys::Oid>(
            pg_sys::regprocedurein,
            &[Some(pg_sys::Datum::from(signature.as_ptr()))],
        )
        .unwrap_or(pg_sys::InvalidOid)
    }
}

/// A name as SQL reads it, quoted anew. Raises 42602 for one that is none, 3F000 where there is
/// no schema to create in.
fn qualified(name: &str) -> String {
    let Ok(text) = CString::new(name) else {
        error::raise_sql("42602", "invalid name".into(), None)
    };
    // SAFETY: C strings in, palloc'd lists and C strings out.
    unsafe {
        #[cfg(feature = "pg15")]
        let names = pg_sys::stringToQualifiedNameList(text.as_ptr());
        #[cfg(not(feature = "pg15"))]
        let names = pg_sys::stringToQualifiedNameList(text.as_ptr(), std::ptr::null_mut());
        let mut function = std::ptr::null_mut();
        let schema = pg_sys::QualifiedNameGetCreationNamespace(names, &mut function);
        let schema = pg_sys::get_namespace_name(schema);
        error::string(pg_sys::quote_qualified_identifier(schema, function))
    }
}
