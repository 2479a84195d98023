//! A row of pg_proc, read by an index scan.
//!
//! It must never be read through the syscache, which would keep a module's whole body in the backend (24 MB for an 18
//! MB component).

use super::scan::{key, scan};
use super::stored::Stored;
use crate::{encoding, error};
use pgrx::pg_sys;
use std::ffi::{CStr, CString, c_int};

/// One version of a row of pg_proc.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version {
    pub oid: pg_sys::Oid,
    pub xmin: pg_sys::TransactionId,
    pub tid: (u32, u16),
}

/// A function, procedure or module, without its body.
#[derive(Debug, Clone)]
pub(crate) struct Proc {
    pub version: Version,
    pub name: String,
    pub schema: pg_sys::Oid,
    pub owner: pg_sys::Oid,
    pub language: pg_sys::Oid,
    /// `prokind`
    pub kind: u8,
    pub returns_set: bool,
    /// Whether parameters have defaults.
    pub has_defaults: bool,
    pub args: Vec<pg_sys::Oid>,
    pub result: pg_sys::Oid,
    /// The element type of a VARIADIC array, ANYOID for VARIADIC "any", `InvalidOid` for other functions.
    pub variadic: pg_sys::Oid,
}

/// A row while its scan is open.
pub(crate) struct OpenRow {
    tuple: pg_sys::HeapTuple,
    relation: pg_sys::Relation,
}

impl Proc {
    /// Returns the row of that OID, and what `read` makes of it while it is open.
    ///
    /// Raises 42883 if there is none.
    pub(crate) fn get<R>(oid: pg_sys::Oid, read: impl FnOnce(Self, &OpenRow) -> R) -> R {
        Self::get_if_exists(oid, read).unwrap_or_else(|| {
            error::raise_sql(
                "42883",
                format!("function with OID {} does not exist", oid.to_u32()),
                None,
            )
        })
    }

    /// Returns the same, or None if there is no such row.
    pub(crate) fn get_if_exists<R>(
        oid: pg_sys::Oid,
        read: impl FnOnce(Self, &OpenRow) -> R,
    ) -> Option<R> {
        by_oid(oid, |row| read(row.proc(), row))
    }

    /// Returns the language of the function of that OID, or None if there is no such function.
    pub(crate) fn language_of(oid: pg_sys::Oid) -> Option<pg_sys::Oid> {
        by_oid(oid, |row| {
            // SAFETY: the tuple is a row of pg_proc.
            unsafe { (*pg_sys::GETSTRUCT(row.tuple).cast::<pg_sys::FormData_pg_proc>()).prolang }
        })
    }

    /// Returns whether it is a module: `module_type` is the type that modules return.
    pub(crate) fn is_module(&self, module_type: pg_sys::Oid, language: pg_sys::Oid) -> bool {
        self.result == module_type && self.language == language && !self.returns_set
    }

    /// Returns whether this transaction made this version of the row. Otherwise the validator was called by hand.
    pub(crate) fn is_new(&self) -> bool {
        // SAFETY: any transaction ID may be passed.
        unsafe { pg_sys::TransactionIdIsCurrentTransactionId(self.version.xmin) }
    }

    /// Returns the first function of that name in that schema that has no parameters and of which `read` makes
    /// something.
    pub(crate) fn find<R>(
        name: &str,
        schema: pg_sys::Oid,
        mut read: impl FnMut(Self, &OpenRow) -> Option<R>,
    ) -> Option<R> {
        let name = CString::new(encoding::from_guest(name.as_bytes())).ok()?;
        // PostgreSQL truncates longer names when it stores them, so they match nothing here.
        if name.as_bytes().len() >= pg_sys::NAMEDATALEN as usize {
            return None;
        }
        let mut padded = pg_sys::NameData::default();
        // SAFETY: the name fits, and outlives the scan; an empty oidvector is valid.
        let mut keys = unsafe {
            pg_sys::namestrcpy(&mut padded, name.as_ptr());
            [
                key(pg_sys::Anum_pg_proc_proname, pg_sys::F_NAMEEQ, (&raw const padded).into()),
                key(
                    pg_sys::Anum_pg_proc_proargtypes,
                    pg_sys::F_OIDVECTOREQ,
                    pg_sys::buildoidvector(std::ptr::null(), 0).into(),
                ),
                key(pg_sys::Anum_pg_proc_pronamespace, pg_sys::F_OIDEQ, schema.into()),
            ]
        };
        let index = pg_sys::Oid::from(pg_sys::ProcedureNameArgsNspIndexId);
        scan(pg_sys::ProcedureRelationId, index, &mut keys, |tuple, relation| {
            let row = OpenRow { tuple, relation };
            read(row.proc(), &row)
        })
    }
}

fn by_oid<R>(oid: pg_sys::Oid, read: impl FnOnce(&OpenRow) -> R) -> Option<R> {
    let mut key = key(pg_sys::Anum_pg_proc_oid, pg_sys::F_OIDEQ, pg_sys::Datum::from(oid));
    let index = pg_sys::Oid::from(pg_sys::ProcedureOidIndexId);
    let mut read = Some(read);
    let keys = std::slice::from_mut(&mut key);
    scan(pg_sys::ProcedureRelationId, index, keys, |tuple, relation| {
        read.take().map(|read| read(&OpenRow { tuple, relation }))
    })
}

impl OpenRow {
    /// Returns the body as UTF-8.
    pub(crate) fn source(&self) -> String {
        self.stored().text()
    }

    /// Returns the body as it is stored: fetched, but not decompressed.
    pub(crate) fn stored(&self) -> Stored {
        match self.attribute(pg_sys::Anum_pg_proc_prosrc) {
            Some(datum) => Stored::of(datum),
            None => Stored::empty(),
        }
    }

    /// Returns whether a role may execute it, by the row's own ACL. `pg_proc_aclcheck` would load the body into the
    /// syscache.
    pub(crate) fn is_executable_by(&self, owner: pg_sys::Oid, role: pg_sys::Oid) -> bool {
        const ACL_EXECUTE: pg_sys::AclMode = 1 << 7;
        // SAFETY: proacl is an aclitem[], de-TOASTed before use; the roles may be any OIDs.
        unsafe {
            let acl = match self.attribute(pg_sys::Anum_pg_proc_proacl) {
                Some(datum) => pg_sys::pg_detoast_datum(datum.cast_mut_ptr()).cast(),
                None => pg_sys::acldefault(pg_sys::ObjectType::OBJECT_FUNCTION, owner),
            };
            pg_sys::superuser_arg(role)
                || pg_sys::aclmask(acl, role, owner, ACL_EXECUTE, pg_sys::AclMaskHow::ACLMASK_ANY)
                    != 0
        }
    }

    /// Makes all sessions drop what they have made of the row, at the end of the transaction.
    pub(crate) fn invalidate(&self) {
        // SAFETY: the tuple is an open row of pg_proc.
        unsafe {
            pg_sys::CacheInvalidateHeapTuple(self.relation, self.tuple, std::ptr::null_mut())
        };
    }

    /// Returns whether the default of a parameter calls a function.
    pub(crate) fn defaults_call(&self, function: pg_sys::Oid) -> bool {
        let Some(defaults) = self.attribute(pg_sys::Anum_pg_proc_proargdefaults) else {
            return false;
        };
        // A pg_node_tree is a text in which every blank within a name is escaped (outfuncs.c, outToken).
        let call = format!(":funcid {} ", function.to_u32());
        Stored::of(defaults).text().contains(&call)
    }

    /// Replaces the body in the row, whoever owns the function.
    pub(crate) fn set_source(&self, source: &str) {
        let lock = pg_sys::RowExclusiveLock as pg_sys::LOCKMODE;
        let source = CString::new(encoding::from_guest(source.as_bytes())).unwrap_or_default();
        // SAFETY: the tuple is a row of pg_proc from an open scan; one column, of type text, is replaced.
        unsafe {
            let relation = pg_sys::table_open(pg_sys::ProcedureRelationId, lock);
            let mut column = pg_sys::Anum_pg_proc_prosrc as c_int;
            let mut value = pg_sys::Datum::from(pg_sys::cstring_to_text(source.as_ptr()));
            let mut is_null = false;
            let changed = pg_sys::heap_modify_tuple_by_cols(
                self.tuple,
                (*relation).rd_att,
                1,
                // raw, as PostgreSQL 18 and later take them const
                &raw mut column,
                &raw mut value,
                &raw mut is_null,
            );
            pg_sys::CatalogTupleUpdate(relation, &mut (*self.tuple).t_self, changed);
            pg_sys::table_close(relation, lock);
        }
    }

    fn attribute(&self, number: u32) -> Option<pg_sys::Datum> {
        let mut is_null = false;
        // SAFETY: the tuple is an open row of pg_proc.
        let datum = unsafe {
            let desc = (*self.relation).rd_att;
            pg_sys::heap_getattr(self.tuple, number as i32, desc, &mut is_null)
        };
        (!is_null).then_some(datum)
    }

    fn proc(&self) -> Proc {
        // SAFETY: these are columns of the fixed part of a row of pg_proc, which ends with proargtypes; the header's
        // xmin and the tuple's TID are set for a row from a scan.
        unsafe {
            let form = pg_sys::GETSTRUCT(self.tuple).cast::<pg_sys::FormData_pg_proc>();
            let args = &raw const (*form).proargtypes;
            let tid = (*self.tuple).t_self;
            Proc {
                version: Version {
                    oid: (*form).oid,
                    xmin: pg_sys::htup::HeapTupleHeaderGetRawXmin((*self.tuple).t_data),
                    tid: (
                        u32::from(tid.ip_blkid.bi_hi) << 16 | u32::from(tid.ip_blkid.bi_lo),
                        tid.ip_posid,
                    ),
                },
                name: String::from_utf8_lossy(encoding::to_guest(
                    CStr::from_ptr((&raw const (*form).proname.data).cast()).to_bytes(),
                ))
                .into_owned(),
                schema: (*form).pronamespace,
                owner: (*form).proowner,
                language: (*form).prolang,
                kind: (*form).prokind as u8,
                returns_set: (*form).proretset,
                has_defaults: (*form).pronargdefaults > 0,
                args: (*args).values.as_slice((*args).dim1 as usize).to_vec(),
                result: (*form).prorettype,
                variadic: (*form).provariadic,
            }
        }
    }
}
