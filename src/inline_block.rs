//! Inline code blocks: `DO LANGUAGE wasm` runs WebAssembly text whose export `run` takes and returns nothing.
//!
//! Nothing of a block is kept.

use crate::backend::{self, compiler_process};
use crate::source::Code;
use crate::{fuel, messages, settings};
use pgrx::pg_sys;
use plwasm_engine::abi::Signature;
use plwasm_engine::read::body::Body;
use plwasm_engine::{Error, Guest, Isolation, Module, Result, Uses, ValRaw};
use std::rc::Rc;

/// Runs a block.
///
/// # Errors
/// The errors of the text, of compiling it, and of the guest.
pub(crate) fn run(source: &str) -> Result<()> {
    let Ok(Body::Code { code, .. }) = Body::parse(source, false) else {
        return Err(Error::Body("DO takes WebAssembly text".into()));
    };
    let engine = backend::engine();
    let code = Code::Text(&code);
    // The instance serves only one call, so there is nothing to restore.
    let artefact =
        compiler_process::compile(&code.decode()?, Isolation::Statement, settings::wasi())?;
    let module = Rc::new(backend::with_room(|| Module::load(engine, &artefact))?);
    let export = module.function("run")?;
    let expected = Signature { params: Vec::new(), result: None };
    if *export.core != expected.core() {
        return Err(Error::Signature {
            export: export.name.to_string(),
            found: export.core.to_string(),
            expected: expected.core().to_string(),
        });
    }
    let export = export.name.to_string();
    let limits = settings::limits(None);
    let account = fuel::account(pg_sys::InvalidOid, None, limits.fuel);
    account.pay();
    let mut guest = backend::with_room(|| Guest::new(engine, module.clone(), limits))?;
    fuel::put_back(&guest, limits.fuel);
    let entry = guest.entry(&export, Uses::default())?;
    let call = account.begin(&mut guest, limits.fuel);
    // SAFETY: the export has just been found to take and return nothing.
    let result = unsafe { call.guest.call(&entry, &mut [ValRaw::i64(0)]) };
    drop(call);
    messages::settle(pg_sys::InvalidOid, guest.take_messages(), result)
}
