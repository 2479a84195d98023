//! Modules: functions that return `wasm.module`. A module is found by the recorded dependency of the function that
//! uses it, or by name in a schema, never through `search_path`.

use super::Proc;
use super::dependency::references;
use super::proc::OpenRow;
use crate::error;
use pgrx::pg_sys;
use plwasm_engine::name::printable;
use plwasm_engine::read::body::Reference;
use std::ffi::{CStr, CString};

/// Returns the OID of the type `wasm.module`, which marks modules.
///
/// Raises 42704 if the extension is not installed in this database.
pub(crate) fn module_type() -> pg_sys::Oid {
    let oid = module_type_if_exists();
    if oid == pg_sys::InvalidOid {
        error::raise_sql(
            "42704",
            "type wasm.module does not exist".into(),
            Some("Run CREATE EXTENSION plwasm."),
        );
    }
    oid
}

/// Returns the same OID, or `InvalidOid` if there is none.
pub(crate) fn module_type_if_exists() -> pg_sys::Oid {
    type_if_exists(c"module")
}

/// Returns the OID of type `wasm.state`, or `InvalidOid` if there is none.
pub(crate) fn state_type_if_exists() -> pg_sys::Oid {
    type_if_exists(c"state")
}

/// Returns the OID of a type in schema `wasm`, or `InvalidOid` if there is none.
fn type_if_exists(name: &CStr) -> pg_sys::Oid {
    // SAFETY: the arguments are C strings; a missing schema or type yields InvalidOid.
    unsafe {
        let schema = pg_sys::get_namespace_oid(c"wasm".as_ptr(), true);
        pg_sys::GetSysCacheOid(
            pg_sys::SysCacheIdentifier::TYPENAMENSP as i32,
            pg_sys::Anum_pg_type_oid as pg_sys::AttrNumber,
            pg_sys::Datum::from(name.as_ptr()),
            pg_sys::Datum::from(schema),
            pg_sys::Datum::from(0),
            pg_sys::Datum::from(0),
        )
    }
}

/// Returns the OID of language wasm, or `InvalidOid` if this database has none.
pub(crate) fn language() -> pg_sys::Oid {
    // SAFETY: the argument is a C string.
    unsafe { pg_sys::get_language_oid(c"wasm".as_ptr(), true) }
}

/// Finds the module that a function's body refers to, and returns what `read` makes of its row; `None` if there is no
/// such module.
///
/// `recorded` is the module that was recorded when the function was created. It is the function's, whatever its name is
/// now: a change of names can have left a body behind ([`crate::sql::follow_names`] says when). Only where none was
/// recorded is a module looked up by name.
///
/// Raises 42501 where the owner of the function may not use the schema that the body names.
pub(crate) fn find_module<R>(
    function: &Proc,
    reference: &Reference,
    recorded: Option<pg_sys::Oid>,
    mut read: impl FnMut(Proc, &OpenRow) -> R,
) -> Option<R> {
    match recorded {
        Some(module) => Proc::get_if_exists(module, read),
        None => named_module(function, reference, &mut read),
    }
}

/// Returns the module that a function was recorded to depend on, if any.
pub(crate) fn recorded_module(function: &Proc) -> Option<pg_sys::Oid> {
    let module_type = module_type();
    let is_module = |oid: &pg_sys::Oid| {
        Proc::get_if_exists(*oid, |found, _| found.is_module(module_type, function.language))
            == Some(true)
    };
    let mut modules = references(function.version.oid);
    modules.retain(is_module);
    // The default of a parameter can call another module, for example to describe it.
    if !modules.is_empty() && function.has_defaults {
        Proc::get_if_exists(function.version.oid, |_, row| {
            modules.retain(|module| !row.defaults_call(*module));
        });
    }
    modules.first().copied()
}

/// As [`find_module`], by the name that the body has.
fn named_module<R>(
    function: &Proc,
    reference: &Reference,
    mut read: impl FnMut(Proc, &OpenRow) -> R,
) -> Option<R> {
    let schema = match &reference.schema {
        None => function.schema,
        Some(name) => {
            let schema = lookup_schema(name);
            if schema != pg_sys::InvalidOid && !may_use(schema, function.owner) {
                error::raise_sql(
                    "42501",
                    format!("permission denied for schema {}", printable(name)),
                    Some("The owner of a function needs USAGE on the schema it names."),
                );
            }
            schema
        }
    };
    let module_type = module_type();
    Proc::find(&reference.module, schema, |module, row| {
        module.is_module(module_type, function.language).then(|| read(module, row))
    })
}

/// Returns the schema of that name, or `InvalidOid` if there is none. `pg_temp` is the session's own.
pub(crate) fn lookup_schema(name: &str) -> pg_sys::Oid {
    match CString::new(crate::encoding::from_guest(name.as_bytes())) {
        // SAFETY: the argument is a C string; a missing schema yields InvalidOid.
        Ok(name) => unsafe { pg_sys::LookupNamespaceNoError(name.as_ptr()) },
        Err(_) => pg_sys::InvalidOid,
    }
}

fn may_use(schema: pg_sys::Oid, role: pg_sys::Oid) -> bool {
    const ACL_USAGE: pg_sys::AclMode = 1 << 8;
    // SAFETY: the schema exists; the role may be any.
    let result = unsafe {
        #[cfg(feature = "pg15")]
        let result = pg_sys::pg_namespace_aclcheck(schema, role, ACL_USAGE);
        #[cfg(not(feature = "pg15"))]
        let result = pg_sys::object_aclcheck(pg_sys::NamespaceRelationId, schema, role, ACL_USAGE);
        result
    };
    result == pg_sys::AclResult::ACLCHECK_OK
}
