//! SQL types and WIT types: which SQL type is passed as which WIT type.
//!
//! [`table`] lists the built-in types, as data. [`passing`] goes from SQL to WIT, also for types that consist of other
//! types, such as arrays and rows. [`proposal`] goes from WIT to SQL. The server's resolver, the command and the
//! suggestions all use these.
//!
//! Nothing here may ask a server. The caller describes its types by [`Types`].

mod passing;
mod proposal;
mod table;

pub use passing::{Mismatch, Passed, SqlKind, Types, fields};
pub use proposal::{Column, Proposed, Reason, proposed};
pub use table::{Base, RANGES, RangeType};
