//! The system catalogs: rows of pg_proc, modules by name, privileges, dependencies.

mod module;
mod proc;
mod scan;

pub use module::{find_module, module_type, record_dependency};
pub use proc::Proc;
