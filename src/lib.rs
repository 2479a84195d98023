//! The PostgreSQL side of PL/Wasm: handlers, catalogs, settings, and Datums to the guest and back.
//!
//! `fmgr -> handler -> call site -> plan -> guest -> plan -> Datum`. [`plwasm_engine`] has WebAssembly itself. Nothing
//! here but [`plan`] touches a guest's memory.

#[cfg(not(panic = "unwind"))]
compile_error!("PL/Wasm turns panics into SQL errors: build with panic = \"unwind\"");

mod allocator;
mod backend;
mod call_site;
mod catalog;
mod context;
mod encoding;
mod error;
mod explain;
mod fuel;
mod function;
mod handler;
mod inline_block;
mod interrupt;
mod kind;
mod messages;
mod method;
mod plan;
mod replay;
mod settings;
mod shared;
mod signals;
mod source;
mod sql;
mod sqlstate;
mod state;
mod statistics;
mod trigger;
mod tuplestore;
mod validator;
mod window;

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

/// Defines the settings. PostgreSQL calls it once, when it loads the library into a backend, or into the postmaster where
/// the library is preloaded.
///
/// It must never start the engine: wasmtime's signal handlers do not survive the fork.
#[allow(non_snake_case)]
#[pgrx::pg_guard]
pub extern "C-unwind" fn _PG_init() {
    settings::init(settings::OnChange {
        limits: backend::forget_call_sites,
        backend_memory: backend::set_memory,
    });
    explain::init();
    // SAFETY: reads a static.
    if unsafe { pgrx::pg_sys::process_shared_preload_libraries_in_progress } {
        plwasm_engine::before_fork();
        statistics::table::preload();
    }
}
