//! The PostgreSQL side of PL/Wasm: handlers, catalogs, settings, and Datums to guest and back.
//!
//! `fmgr -> handler -> call site -> plan -> guest -> plan -> Datum`. WebAssembly itself is
//! [`plwasm_engine`]'s; nothing here but [`plan`] touches a guest's memory.

#[cfg(not(panic = "unwind"))]
compile_error!("PL/Wasm turns panics into SQL errors: build with panic = \"unwind\"");

mod allocator;
mod backend;
mod call_site;
mod catalog;
mod code;
mod compiler;
mod encoding;
mod error;
mod execution;
mod fuel;
mod handler;
mod instances;
mod interrupt;
mod plan;
mod settings;
mod shared;
mod signals;
mod sql;
mod sqlstate;

pgrx::pg_module_magic!(name, version);

// The install scripts are written by hand; cargo-pgrx only has to find it.
pgrx::extension_sql_file!("../sql/plwasm--0.1.0.sql", name = "install");
pgrx::extension_sql_file!(
    "../sql/plwasm--0.1.0--0.2.0.sql",
    name = "update_to_0_2_0",
    requires = ["install"]
);
pgrx::extension_sql_file!(
    "../sql/plwasm--0.2.0--0.3.0.sql",
    name = "update_to_0_3_0",
    requires = ["update_to_0_2_0"]
);

/// Called once when the library is loaded, by a backend or, preloaded, by the postmaster.
///
/// It must never start the engine: wasmtime's signal handlers do not survive the fork.
#[allow(non_snake_case)]
#[pgrx::pg_guard]
pub extern "C-unwind" fn _PG_init() {
    settings::init();
    // SAFETY: reads a static.
    if unsafe { pgrx::pg_sys::process_shared_preload_libraries_in_progress } {
        plwasm_engine::before_fork();
    }
}
