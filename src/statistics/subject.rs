//! What numbers are counted of: a function or a module and, where that is asked for, the role that calls it.

use crate::settings;
use pgrx::pg_sys::{self, InvalidOid, Oid};

/// A function or a module, and whose calls of it are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Subject {
    pub object: Oid,
    /// `InvalidOid` if all roles are counted together.
    role: Oid,
}

impl Subject {
    /// Returns an object, whoever uses it.
    pub(crate) fn of_all(object: Oid) -> Self {
        Self { object, role: InvalidOid }
    }

    /// Returns the subject of a call that the current role makes. The current role is that with whose privileges a query
    /// runs, and within a function that is SECURITY DEFINER the function's owner.
    pub(crate) fn of_call(function: Oid) -> Self {
        let role = match settings::tracks_roles() {
            // SAFETY: reads a static of the backend.
            true => unsafe { pg_sys::GetUserId() },
            false => InvalidOid,
        };
        Self { object: function, role }
    }

    pub(super) fn new(object: Oid, role: Oid) -> Self {
        Self { object, role }
    }

    /// Returns the role whose calls are counted, or None if it is any.
    pub(crate) fn role(self) -> Option<Oid> {
        (self.role != InvalidOid).then_some(self.role)
    }
}
