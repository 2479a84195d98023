//! Resources: what all states of one resource share.

use crate::call_site::seated::Caller;
use crate::fuel::{self, Account};
use crate::function::Target;
use crate::method::Callee;
use crate::plan::{Plan, SqlFunction, SqlResult};
use pgrx::pg_sys;
use plwasm_engine::name::{self, Member, MemberKind};
use plwasm_engine::{Export, Result};
use std::rc::Rc;

/// A resource of a module that exports it.
pub(crate) struct Resource {
    /// The constructor, and how it is called.
    pub target: Target,
    /// The name with the interface: `plwasm:demo/stats@1.0.0#digest`.
    pub name: String,
    /// `save() -> list<u8>`, if it has that.
    pub save: Option<Callee>,
    /// `merge(saved: list<u8>)`, if it has that.
    pub merge: Option<Callee>,
    /// The constructor, if it takes nothing.
    pub empty: Option<Callee>,
}

impl Resource {
    /// Returns the resource whose constructor that is.
    ///
    /// # Errors
    /// Errors of a constructor that is malformed.
    pub(crate) fn of(target: &Target, constructor: &Export<'_>) -> Result<Self> {
        let member = constructor.member().unwrap_or(Member {
            interface: None,
            resource: "",
            kind: MemberKind::Constructor,
            name: "",
        });
        let name = match member.interface {
            Some(interface) => format!("{interface}#{}", member.resource),
            None => member.resource.to_string(),
        };
        let sql = |args: &[pg_sys::Oid], result| SqlFunction::of_types(name.clone(), args, result);
        let bytes = SqlResult::Type(pg_sys::BYTEAOID);
        let beside = |own: &str, types: &SqlFunction| {
            let export = target.module.beside(constructor.name, own)?;
            let plan = Plan::of_method(types, &export).ok()?;
            Some(Callee { export: export.name.to_string(), plan })
        };
        let save = beside("save", &sql(&[], bytes));
        let merge = beside("merge", &sql(&[pg_sys::BYTEAOID], SqlResult::Void));
        let nothing = sql(&[], SqlResult::Type(pg_sys::INT8OID));
        let empty = Plan::of_constructor(&nothing, constructor).ok();
        let export = constructor.name.to_string();
        let empty = empty.map(|plan| Callee { export: export.clone(), plan });
        let target = Target { export, ..target.clone() };
        Ok(Self { target, name, save, merge, empty })
    }

    /// Returns the name of the constructor.
    pub(crate) fn constructor(&self) -> &str {
        &self.target.export
    }

    /// Returns the name, fit for a message.
    pub(crate) fn shown(&self) -> String {
        name::printable(&self.name)
    }

    /// Returns the account of what is called for no function in particular, such as saving.
    pub(crate) fn account(&self) -> Rc<Account> {
        fuel::account(pg_sys::InvalidOid, None, self.target.limits.fuel)
    }

    /// Returns for whom such a call is made, with that account.
    pub(crate) fn caller<'a>(&self, account: &'a Account) -> Caller<'a> {
        Caller { account, fuel: self.target.limits.fuel, fcinfo: std::ptr::null_mut() }
    }

    /// Returns whether a state of another resource is one of this. It can have another limit of memory, that with which
    /// it was made.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.target.module.hash() == other.target.module.hash()
            && self.name == other.name
            && self.target.warm_up == other.target.warm_up
    }
}
