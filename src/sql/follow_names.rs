//! The event trigger that keeps bodies up to date with names. When a function, its module or the module's schema is
//! renamed or moved, the function still works, by the module's OID (`catalog::find_module`). But a dump contains
//! bodies, and a body that names its export by the function's own name means another export when that name changes.
//!
//! It must never change more of a body than that: it writes the new name of the module with which the function was
//! created, or the export that it had. Therefore it may do so whoever owns the function. Where event triggers do not
//! fire (in a single-user server, with `event_triggers = off`, or disabled) bodies stay as they are.

use crate::backend::compiled;
use crate::catalog::{self, OpenRow, Proc};
use crate::source::Code;
use crate::sql::statement;
use crate::{encoding, error, settings};
use pgrx::pg_sys::submodules::panic::pgrx_extern_c_guard;
use pgrx::pg_sys::{self, Datum, FunctionCallInfo, NodeTag, ObjectType};
use plwasm_engine::read::body::{self, Body};
use plwasm_engine::{Depth, name};
use std::ffi::CStr;

/// What a command did to names.
enum Change {
    /// A function or module had this name before.
    Renamed(String),
    /// A function or module moved to another schema.
    Moved,
    /// The schemas of any functions and modules changed.
    Schemas,
}

/// Returns the record by which fmgr recognizes a version-1 function.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn pg_finfo_plwasm_follow_names() -> &'static pg_sys::Pg_finfo_record {
    static RECORD: pg_sys::Pg_finfo_record = pg_sys::Pg_finfo_record { api_version: 1 };
    &RECORD
}

/// Runs as the event trigger, on `ddl_command_end`.
///
/// # Safety
/// Called by fmgr.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C-unwind" fn plwasm_follow_names(fcinfo: FunctionCallInfo) -> Datum {
    let body = || {
        // SAFETY: fmgr's promise: fcinfo is valid during the call, and its context is a node or null.
        let command = unsafe {
            let trigger = (*fcinfo).context.cast::<pg_sys::EventTriggerData>().as_ref();
            trigger.filter(|it| it.type_ == NodeTag::T_EventTriggerData).map(|it| it.parsetree)
        };
        let Some(command) = command else {
            let message = "wasm.follow_names() can only be called as an event trigger";
            error::raise_sql("39P03", message.into(), None)
        };
        // SAFETY: this is the statement that has run.
        if let Some(change) = unsafe { change(command) } {
            follow(&change);
        }
        Datum::from(0)
    };
    // SAFETY: nothing above has anything to drop.
    unsafe { pgrx_extern_c_guard(body) }
}

/// # Safety
/// `command` must be a statement, or null.
unsafe fn change(command: *mut pg_sys::Node) -> Option<Change> {
    use ObjectType::{
        OBJECT_EXTENSION, OBJECT_FUNCTION, OBJECT_PROCEDURE, OBJECT_ROUTINE, OBJECT_SCHEMA,
    };
    let is_function = |kind| matches!(kind, OBJECT_FUNCTION | OBJECT_PROCEDURE | OBJECT_ROUTINE);
    // SAFETY: a node begins with its tag, which identifies its type (parsenodes.h). The last part of a function's
    // name is a C string.
    unsafe {
        match command.as_ref()?.type_ {
            NodeTag::T_RenameStmt => {
                let statement = &*command.cast::<pg_sys::RenameStmt>();
                match statement.renameType {
                    OBJECT_SCHEMA => Some(Change::Schemas),
                    kind if is_function(kind) => {
                        let names = (*statement.object.cast::<pg_sys::ObjectWithArgs>()).objname;
                        let own = pg_sys::list_nth(names, (*names).length - 1);
                        let own = CStr::from_ptr((*own.cast::<pg_sys::String>()).sval);
                        Some(Change::Renamed(encoding::lossy(own.to_bytes())))
                    }
                    _ => None,
                }
            }
            NodeTag::T_AlterObjectSchemaStmt => {
                match (*command.cast::<pg_sys::AlterObjectSchemaStmt>()).objectType {
                    OBJECT_EXTENSION => Some(Change::Schemas),
                    kind if is_function(kind) => Some(Change::Moved),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

fn follow(change: &Change) {
    let language = catalog::language();
    // If schema wasm itself was renamed, it must be possible to rename it back.
    if [language, catalog::module_type_if_exists()].contains(&pg_sys::InvalidOid) {
        return;
    }
    if let Change::Schemas = change {
        catalog::functions_in(language).into_iter().for_each(follow_module);
    } else {
        // A command changes one object.
        let query = "SELECT objid FROM pg_catalog.pg_event_trigger_ddl_commands()";
        let Some(oid) = statement::value(query).and_then(|oid| oid.parse().ok()) else { return };
        let oid = pg_sys::Oid::from_u32(oid);
        if Proc::language_of(oid) != Some(language) {
            return;
        }
        let is_module =
            Proc::get(oid, |found, _| found.is_module(catalog::module_type(), language));
        match change {
            _ if is_module => catalog::dependents(oid).into_iter().for_each(follow_module),
            Change::Renamed(old) => keep_export(oid, old),
            _ => follow_module(oid),
        }
    }
    // SAFETY: this runs in a transaction. It makes the changes visible to the next event trigger.
    unsafe { pg_sys::CommandCounterIncrement() };
}

/// Writes the present name of its module into a function's body.
fn follow_module(function: pg_sys::Oid) {
    change_body(function, |function, source| {
        let Ok(Body::Reference(reference)) = Body::parse(source, false) else { return None };
        let module = Proc::get_if_exists(catalog::recorded_module(function)?, |module, _| module)?;
        let schema = match &reference.schema {
            None => function.schema,
            Some(name) => catalog::lookup_schema(name),
        };
        if schema == module.schema && reference.module == module.name {
            return None;
        }
        let mut name = statement::identifier(&module.name);
        if reference.schema.is_some() || function.schema != module.schema {
            name = format!("{}.{name}", statement::identifier(&schema_name(module.schema)?));
        }
        body::with_module(source, &name).ok()
    });
}

/// Writes the export that a function had by its old name into its body.
fn keep_export(function: pg_sys::Oid, old: &str) {
    change_body(function, |function, source| {
        let body = Body::parse(source, false).ok().filter(|body| body.export().is_none())?;
        let own_text = matches!(body, Body::Code { .. });
        let code = match &body {
            Body::Code { code, .. } => Code::Text(code),
            Body::Reference(_) => {
                let module = catalog::recorded_module(function)?;
                Code::Stored(Proc::get_if_exists(module, |_, row| row.stored())?)
            }
        };
        let code = code.decode().ok()?;
        let listing = compiled::list(&code, settings::wasi(), Depth::Exports).ok()?;
        let names = listing.exports.iter().map(|export| export.name.as_str());
        // Otherwise the export is the only one of a body that is text, whatever the function's name is.
        let had = name::find(names.clone(), old).ok()?;
        if own_text && name::find_in_text(names, &function.name).is_ok_and(|has| has == had) {
            return None;
        }
        body::with_export(source, old).ok()
    });
}

/// Replaces the body of a function, unless it is a module, by what `change` makes of it, if anything.
fn change_body(function: pg_sys::Oid, change: impl FnOnce(&Proc, &str) -> Option<String>) {
    let module_type = catalog::module_type();
    let found = Proc::get_if_exists(function, |function, row| {
        let language = function.language;
        // A module's body is large. A function in another language can depend on a module, too.
        let is_ours = language == catalog::language() && !function.is_module(module_type, language);
        is_ours.then(|| (row.source(), function))
    });
    let Some((source, function)) = found.flatten() else { return };
    if let Some(changed) = change(&function, &source) {
        let set = |_, row: &OpenRow| row.set_source(&changed);
        Proc::get_if_exists(function.version.oid, set);
    }
}

/// Returns a schema's name, which is `pg_temp` for the session's own temporary schema. Returns None if there is no
/// such schema.
fn schema_name(oid: pg_sys::Oid) -> Option<String> {
    // SAFETY: any OID may be passed; the result is a C string, or null.
    unsafe {
        let name = pg_sys::get_namespace_name_or_temp(oid);
        (!name.is_null()).then(|| {
            String::from_utf8_lossy(encoding::to_guest(CStr::from_ptr(name).to_bytes()))
                .into_owned()
        })
    }
}
