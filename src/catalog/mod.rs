//! The system catalogs: rows of pg_proc, modules by name, privileges, dependencies.

mod dependency;
mod module;
mod proc;
mod scan;
mod stored;

pub(crate) use dependency::{announce, dependents, functions_in, record_dependency};
pub(crate) use module::{
    find_module, language, lookup_schema, module_type, module_type_if_exists, recorded_module,
    state_type_if_exists,
};
pub(crate) use proc::{OpenRow, Proc, Version};
pub(crate) use stored::Stored;
