//! The system catalogs: rows of pg_proc, modules by name, privileges, dependencies.

mod module;
mod proc;
mod scan;
mod stored;

pub use module::{find_module, language, module_type, record_dependency};
pub use proc::Proc;
pub use stored::Stored;
