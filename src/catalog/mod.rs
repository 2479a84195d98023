//! The system catalogs: rows of pg_proc, modules by name, privileges, dependencies.

mod dependency;
mod module;
mod proc;
mod scan;
mod stored;

pub use dependency::{announce, record_dependency};
pub use module::{find_module, language, module_type};
pub use proc::{OpenRow, Proc};
pub use stored::Stored;
