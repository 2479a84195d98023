//! SQL types and WIT types: which of one is passed as which of the other.
//!
//! [`table`] says it of the built-in types, as data; [`passing`] of what is made of other types, such as arrays and rows,
//! and from SQL to WIT; [`proposal`] from WIT to SQL. The server's resolver, the command and the suggestions all read these.
//!
//! Nothing here may ask a server: whoever knows the types describes them ([`Types`]).

mod passing;
mod proposal;
mod table;

pub use passing::{Mismatch, Passed, SqlKind, Types, fields};
pub use proposal::{Column, Proposed, Reason, proposed};
pub use table::{Base, RANGES, RangeType};
