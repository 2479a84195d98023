//! SQL enums as WIT's `enum`.

use crate::{encoding, error};
use pgrx::pg_sys::{self, Oid};
use plwasm_engine::{Error, Result};
use std::ffi::{CStr, c_int};

/// The labels of an enum type, in their order.
#[derive(Debug)]
pub(super) struct Enumeration {
    oid: Oid,
    /// The name of each label, indexed by discriminant.
    pub names: Box<[String]>,
    /// The OID of each label, indexed by discriminant.
    labels: Box<[Oid]>,
    /// The OID and the discriminant of each label, sorted by OID.
    discriminants: Box<[(u32, u32)]>,
}

impl Enumeration {
    /// Reads the labels of a type from the catalog.
    pub(super) fn of(oid: Oid) -> Self {
        let mut found: Vec<(f32, Oid, String)> = Vec::new();
        // SAFETY: the list's members are rows of pg_enum, whose fixed part the struct is; the list is released.
        unsafe {
            let list = pg_sys::SearchSysCacheList(
                pg_sys::SysCacheIdentifier::ENUMTYPOIDNAME as c_int,
                1,
                pg_sys::Datum::from(oid),
                pg_sys::Datum::from(0),
                pg_sys::Datum::from(0),
            );
            for member in (*list).members.as_slice((*list).n_members as usize) {
                let row =
                    pg_sys::GETSTRUCT(&raw mut (**member).tuple).cast::<pg_sys::FormData_pg_enum>();
                let label = CStr::from_ptr((&raw const (*row).enumlabel.data).cast());
                found.push(((*row).enumsortorder, (*row).oid, encoding::lossy(label.to_bytes())));
            }
            pg_sys::ReleaseCatCacheList(list);
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut discriminants: Box<[(u32, u32)]> =
            found.iter().zip(0..).map(|((_, label, _), i)| (label.to_u32(), i)).collect();
        discriminants.sort();
        let labels = found.iter().map(|(_, label, _)| *label).collect();
        let names = found.into_iter().map(|found| found.2).collect();
        Self { oid, names, labels, discriminants }
    }

    /// Returns the number of labels.
    pub(super) fn count(&self) -> usize {
        self.labels.len()
    }

    /// Returns the discriminant of a label.
    ///
    /// # Errors
    /// 22P02 if the label was added to the type after the plan was made.
    pub(super) fn discriminant(&self, label: Oid) -> Result<u32> {
        match self.discriminants.binary_search_by_key(&label.to_u32(), |(oid, _)| *oid) {
            Ok(at) => Ok(self.discriminants[at].1),
            Err(_) => Err(Error::sql(
                "22P02",
                format!(
                    "enum {} has a label {} that it did not have when the statement began",
                    error::type_name(self.oid),
                    label.to_u32()
                ),
            )),
        }
    }

    /// Returns the OID of the label of a discriminant.
    ///
    /// # Errors
    /// 55P04 if the label was added in this transaction. If the transaction is rolled back, an index could still hold
    /// it (`check_safe_enum_use`).
    pub(super) fn label(&self, discriminant: u32) -> Result<Oid> {
        // It does not raise. Calling it through pgrx's guard would cost more than the rest of this function.
        unsafe extern "C-unwind" {
            fn EnumUncommitted(label: Oid) -> bool;
        }
        let label = self.labels[discriminant as usize];
        // SAFETY: any OID is allowed.
        if unsafe { EnumUncommitted(label) } {
            let ty = error::type_name(self.oid);
            let message = format!("unsafe use of a new value of enum type {ty}");
            return Err(Error::sql("55P04", message)
                .with_hint("New enum values must be committed before they can be used."));
        }
        Ok(label)
    }
}
