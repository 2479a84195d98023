//! Modules: functions that return `wasm.module`, found by name in a schema, never through
//! `search_path`.

use super::Proc;
use super::dependency::is_recorded;
use super::proc::OpenRow;
use crate::error;
use pgrx::pg_sys;
use plwasm_engine::body::Reference;
use std::ffi::CString;

/// The OID of the type `wasm.module`, which marks modules.
///
/// Raises 42704 if the extension is not installed in this database.
pub fn module_type() -> pg_sys::Oid {
    // SAFETY: look-ups by C string; a missing schema or type gives InvalidOid.
    let oid = unsafe {
        let schema = pg_sys::get_namespace_oid(c"wasm".as_ptr(), true);
        pg_sys::GetSysCacheOid(
            pg_sys::SysCacheIdentifier::TYPENAMENSP as i32,
            pg_sys::Anum_pg_type_oid as pg_sys::AttrNumber,
            pg_sys::Datum::from(c"module".as_ptr()),
            pg_sys::Datum::from(schema),
            pg_sys::Datum::from(0),
            pg_sys::Datum::from(0),
        )
    };
    if oid == pg_sys::InvalidOid {
        error::raise_sql(
            "42704",
            "type wasm.module does not exist".into(),
            Some("Run CREATE EXTENSION plwasm."),
        );
    }
    oid
}

/// The OID of language wasm; `InvalidOid` if there is none in this database.
pub fn language() -> pg_sys::Oid {
    // SAFETY: a C string.
    unsafe { pg_sys::get_language_oid(c"wasm".as_ptr(), true) }
}

/// The module that a function's body refers to, and what `read` makes of its row.
///
/// None if there is none. Raises 42501 where the owner of the function may not use the schema that the body names,
/// unless the dependency is recorded: whoever created the function could name the module. To ask again would fail
/// pg_restore, which grants USAGE on schemas only once the tables are filled.
pub fn find_module<R>(
    function: &Proc,
    reference: &Reference,
    mut read: impl FnMut(Proc, &OpenRow) -> R,
) -> Option<R> {
    let (schema, closed) = match &reference.schema {
        None => (function.schema, None),
        Some(name) => {
            let name = CString::new(crate::encoding::from_guest(name.as_bytes())).ok()?;
            // SAFETY: a C string; a missing schema gives InvalidOid.
            let schema = unsafe { pg_sys::get_namespace_oid(name.as_ptr(), true) };
            let closed = schema != pg_sys::InvalidOid && !may_use(schema, function.owner);
            (schema, closed.then_some(name))
        }
    };
    let module_type = module_type();
    let found = Proc::find(&reference.module, schema, |module, row| {
        let is_module = module.result == module_type
            && module.language == function.language
            && !module.returns_set
            && (closed.is_none() || is_recorded(function.version.oid, module.version.oid));
        is_module.then(|| read(module, row))
    });
    if let (None, Some(name)) = (&found, closed) {
        error::raise_sql(
            "42501",
            format!("permission denied for schema {}", name.to_string_lossy()),
            Some("The owner of a function needs USAGE on the schema it names."),
        );
    }
    found
}

fn may_use(schema: pg_sys::Oid, role: pg_sys::Oid) -> bool {
    const ACL_USAGE: pg_sys::AclMode = 1 << 8;
    // SAFETY: a schema that exists, any role.
    let result = unsafe {
        #[cfg(feature = "pg15")]
        let result = pg_sys::pg_namespace_aclcheck(schema, role, ACL_USAGE);
        #[cfg(not(feature = "pg15"))]
        let result = pg_sys::object_aclcheck(pg_sys::NamespaceRelationId, schema, role, ACL_USAGE);
        result
    };
    result == pg_sys::AclResult::ACLCHECK_OK
}
