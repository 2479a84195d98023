//! Dependencies of functions on modules: reads and writes rows of pg_depend.

use super::Proc;
use super::scan::{key, scan};
use pgrx::pg_sys;

// From pg_depend.h and pg_language.h, which pgrx does not bind. OIDs of catalogs never change.
const DEPEND: u32 = 2608;
const LANGUAGE: pg_sys::Oid = pg_sys::Oid::from_u32(2612);
const DEPENDER_INDEX: u32 = 2673;
const REFERENCE_INDEX: u32 = 2674;
const CLASSID: u32 = 1;
const OBJID: u32 = 2;
const REFCLASSID: u32 = 4;
const REFOBJID: u32 = 5;

/// The leading columns of a row of pg_depend.
#[repr(C)]
struct Depend {
    classid: pg_sys::Oid,
    objid: pg_sys::Oid,
    objsubid: i32,
    refclassid: pg_sys::Oid,
    refobjid: pg_sys::Oid,
}

/// Makes a function depend on its module, for DROP and for the order of pg_dump.
///
/// The dependency replaces an earlier one, as a validator can be called again for the same function.
pub(crate) fn record_dependency(function: pg_sys::Oid, module: pg_sys::Oid) {
    let address = |oid| pg_sys::ObjectAddress {
        classId: pg_sys::ProcedureRelationId,
        objectId: oid,
        objectSubId: 0,
    };
    // SAFETY: both addresses are those of live `ObjectAddress`es.
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

/// Returns the functions on which a function depends, including modules.
pub(super) fn references(function: pg_sys::Oid) -> Vec<pg_sys::Oid> {
    let mut keys = [
        key(CLASSID, pg_sys::F_OIDEQ, pg_sys::ProcedureRelationId.into()),
        key(OBJID, pg_sys::F_OIDEQ, function.into()),
    ];
    collect(DEPENDER_INDEX, &mut keys, |row| {
        (row.refclassid == pg_sys::ProcedureRelationId).then_some(row.refobjid)
    })
}

/// Returns the functions that depend on a function, such as a module.
pub(crate) fn dependents(function: pg_sys::Oid) -> Vec<pg_sys::Oid> {
    dependents_of(pg_sys::ProcedureRelationId, function)
}

/// Returns all functions in a language.
pub(crate) fn functions_in(language: pg_sys::Oid) -> Vec<pg_sys::Oid> {
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

/// Returns what `read` makes of the rows of pg_depend.
fn collect(
    index: u32,
    keys: &mut [pg_sys::ScanKeyData],
    read: impl Fn(&Depend) -> Option<pg_sys::Oid>,
) -> Vec<pg_sys::Oid> {
    let mut found = Vec::new();
    scan(DEPEND.into(), index.into(), keys, |tuple, _| -> Option<()> {
        // SAFETY: the tuple is a row of pg_depend.
        found.extend(read(unsafe { &*pg_sys::GETSTRUCT(tuple).cast::<Depend>() }));
        None
    });
    found
}

/// Makes all sessions plan calls of the functions of a replaced module again, when the transaction has ended. Plans
/// contain results of immutable functions, and refer to the functions, not to the module.
pub(crate) fn announce(module: &Proc) {
    if !module.is_new() {
        return; // a validator called by hand
    }
    let functions = dependents(module.version.oid);
    for function in &functions {
        Proc::get_if_exists(*function, |_, row| row.invalidate());
    }
    if !functions.is_empty() {
        // SAFETY: this runs in a transaction that has changed a catalog. The end of a command sends the invalidation
        // to this backend itself only if the command changed something, and it must not wait for the next savepoint.
        unsafe {
            pg_sys::GetCurrentCommandId(true);
            pg_sys::CommandCounterIncrement();
        }
    }
}
