//! Dependencies of functions on modules: rows of pg_depend.

use super::Proc;
use super::scan::{key, scan};
use pgrx::pg_sys;

// pg_depend.h and pg_language.h, which pgrx leaves out of its bindings. Numbers in catalogs never change.
const DEPEND: u32 = 2608;
const LANGUAGE: pg_sys::Oid = pg_sys::Oid::from_u32(2612);
const DEPENDER_INDEX: u32 = 2673;
const REFERENCE_INDEX: u32 = 2674;
const CLASSID: u32 = 1;
const OBJID: u32 = 2;
const REFCLASSID: u32 = 4;
const REFOBJID: u32 = 5;

/// A row of pg_depend begins so.
#[repr(C)]
struct Depend {
    classid: pg_sys::Oid,
    objid: pg_sys::Oid,
    objsubid: i32,
    refclassid: pg_sys::Oid,
    refobjid: pg_sys::Oid,
}

/// Makes a function depend on its module, for DROP and for pg_dump's order.
///
/// Replaced, not added: a validator can be called again for the same function.
pub fn record_dependency(function: pg_sys::Oid, module: pg_sys::Oid) {
    let address = |oid| pg_sys::ObjectAddress {
        classId: pg_sys::ProcedureRelationId,
        objectId: oid,
        objectSubId: 0,
    };
    // SAFETY: two valid addresses of functions.
    unsafe {
        pg_sys::deleteDependencyRecordsForSpecific(
            pg_sys::ProcedureRelationId,
            function,
            pg_sys::DependencyType::DEPENDENCY_NORMAL as std::ffi::c_char,
            pg_sys::ProcedureRelationId,
            module,
        );
        pg_sys::recordDependencyOn(
            &address(function),
            &address(module),
            pg_sys::DependencyType::DEPENDENCY_NORMAL,
        );
    }
}

/// The functions that a function depends on, modules among them.
pub fn references(function: pg_sys::Oid) -> Vec<pg_sys::Oid> {
    let mut keys = [
        key(CLASSID, pg_sys::F_OIDEQ, pg_sys::ProcedureRelationId.into()),
        key(OBJID, pg_sys::F_OIDEQ, function.into()),
    ];
    collect(DEPENDER_INDEX, &mut keys, |row| {
        (row.refclassid == pg_sys::ProcedureRelationId).then_some(row.refobjid)
    })
}

/// The functions that depend on a function, such as a module.
pub fn dependents(function: pg_sys::Oid) -> Vec<pg_sys::Oid> {
    dependents_of(pg_sys::ProcedureRelationId, function)
}

/// All functions in a language.
pub fn functions_in(language: pg_sys::Oid) -> Vec<pg_sys::Oid> {
    dependents_of(LANGUAGE, language)
}

fn dependents_of(class: pg_sys::Oid, object: pg_sys::Oid) -> Vec<pg_sys::Oid> {
    let mut keys = [
        key(REFCLASSID, pg_sys::F_OIDEQ, class.into()),
        key(REFOBJID, pg_sys::F_OIDEQ, object.into()),
    ];
    collect(REFERENCE_INDEX, &mut keys, |row| {
        (row.classid == pg_sys::ProcedureRelationId).then_some(row.objid)
    })
}

/// What `read` makes of rows of pg_depend.
fn collect(
    index: u32,
    keys: &mut [pg_sys::ScanKeyData],
    read: impl Fn(&Depend) -> Option<pg_sys::Oid>,
) -> Vec<pg_sys::Oid> {
    let mut found = Vec::new();
    scan(DEPEND.into(), index.into(), keys, |tuple, _| -> Option<()> {
        // SAFETY: a row of pg_depend.
        found.extend(read(unsafe { &*pg_sys::GETSTRUCT(tuple).cast::<Depend>() }));
        None
    });
    found
}

/// Makes everybody's plans with functions of a module that was replaced anew, from the end of the transaction on:
/// they hold results of immutable ones, and know the functions, not the module.
pub fn announce(module: &Proc) {
    if !module.is_new() {
        return; // a validator called by hand
    }
    let functions = dependents(module.version.oid);
    for function in &functions {
        Proc::get_if_exists(*function, |_, row| row.invalidate());
    }
    if !functions.is_empty() {
        // SAFETY: in a transaction that has changed a catalog. The end of a command sends the news to this backend
        // itself only if the command has changed something, and they may not wait for the next savepoint.
        unsafe {
            pg_sys::GetCurrentCommandId(true);
            pg_sys::CommandCounterIncrement();
        }
    }
}
