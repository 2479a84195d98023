//! The warm-up call: an export, called with constants, whose result nobody reads.
//!
//! It must never accept what a call could not: types are checked, and an error that the guest returns is an error.

use crate::abi::{CoreType, Layout, Signature, Type};
use crate::error::{Error, Result};
use crate::initialization::{Phase, failed};
use crate::name::printable;
use crate::pass::lowering::{self, Lowering};
use crate::pass::{GuestError, Interrupts, Lift, Lifting, lifting, path};
use crate::run::export::Export;
use crate::run::guest::{Guest, Uses};
use crate::run::module::Module;
use crate::warm_up::{Constant, WarmUp, WarmUpCall};
use std::borrow::Cow;
use wasmtime::ValRaw;

/// The most bytes of a text in an error that the guest returns.
const MAX_ERROR: usize = 1 << 20;

/// Constants are short, so nothing has to be interrupted while they are passed.
#[derive(Debug)]
struct Short;

impl Interrupts for Short {
    fn check() {}
}

impl WarmUp {
    /// Names the export of the call as `module` spells it. `own` is the export of the function in whose body the
    /// warm-up stands.
    ///
    /// # Errors
    /// [`Error::MissingExport`], [`Error::AmbiguousExport`]
    pub fn resolve(&mut self, module: &Module, own: &str) -> Result<()> {
        if let Some(call) = &mut self.call {
            let found = module.function(call.export.as_deref().unwrap_or(own));
            let found = found.map_err(|error| failed(Phase::WarmUp, error))?;
            call.export = Some(found.name.to_string());
        }
        Ok(())
    }
}

impl WarmUpCall {
    /// Makes the call twice, each time with `fuel` units of fuel, and restores nothing in between. Returns the fuel
    /// that each call took. The guest must be new, and must not be used afterwards.
    ///
    /// # Errors
    /// [`Error::MissingExport`] if there is no such export; errors of the constants and of the guest in the first
    /// call. Those in the second call are returned in its place.
    pub fn twice(&self, guest: &mut Guest, fuel: u64) -> Result<(u64, Result<u64>)> {
        let mut once = || {
            guest.refuel(fuel);
            make(guest, self)?;
            Ok(guest.fuel_used())
        };
        let first = once()?;
        Ok((first, once()))
    }
}

/// Makes the call. What it changes stays, globals too.
///
/// # Errors
/// [`Error::MissingExport`] if there is no such export; errors of the constants and of the guest.
pub(super) fn make(guest: &mut Guest, call: &WarmUpCall) -> Result<()> {
    let module = guest.module().clone();
    let name = call.export.as_deref().unwrap_or_default();
    let export = module.function(name)?;
    if let Some(why) = export.refusal() {
        return Err(wrong(&export, why.into()));
    }
    let signature = match &export.wit {
        Some(wit) => Some(
            wit.signature()
                .filter(|found| found.core() == *export.core)
                .ok_or_else(|| wrong(&export, format!("its WIT type is {wit}")))?,
        ),
        None => None,
    };
    let uses = match &signature {
        Some(signature) => Uses::of(signature),
        // Passing a string finds out whether there is an allocator.
        None => Uses { post_return: true, ..Uses::default() },
    };
    let entry = guest.lasting_entry(export.name, uses)?;
    path::take();
    let lowered = match &signature {
        Some(signature) => lower(guest, &export, signature, &call.arguments),
        None => lower_core(guest, &export, &call.arguments),
    };
    let mut slots = lowered.map_err(in_argument)?;
    let room = slots.len().max(export.core.results.len()) + 1;
    slots.resize(room, ValRaw::u64(0));
    // SAFETY: the slots have the types of the export's core signature, and there is one more for the fuel.
    unsafe { guest.call(&entry, &mut slots)? };
    if let Some(Signature { result: Some(result), .. }) = &signature {
        check(guest, result, &slots[0])?;
    }
    guest.post_return(&entry, &slots[0])
}

/// Lowers constants to the slots of an export with a WIT type.
fn lower(
    guest: &mut Guest,
    export: &Export<'_>,
    signature: &Signature,
    constants: &[Constant],
) -> Result<Vec<ValRaw>> {
    if constants.len() != signature.params.len() {
        return Err(wrong(export, format!("it takes {} arguments", signature.params.len())));
    }
    Lowering::<Short>::new(guest).arguments(signature, |i, place, base, to| {
        let ty = &signature.params[i];
        place.within(|| to.json(base + place.offset as usize, &constants[i].json(ty), ty))
    })
}

/// Says in the error of a constant which argument of the call it is.
fn in_argument(error: Error) -> Error {
    match (error, path::take()) {
        (Error::Json { sqlstate, message, place }, argument) if !argument.is_empty() => {
            Error::Json { sqlstate, message: format!("{argument}: {message}"), place }
        }
        (other, _) => other,
    }
}

/// Lowers constants to the slots of an export that says only its core type: a number takes one parameter, a string
/// takes two, its pointer and its length.
fn lower_core(
    guest: &mut Guest,
    export: &Export<'_>,
    constants: &[Constant],
) -> Result<Vec<ValRaw>> {
    let mut slots = Vec::new();
    let mut params = export.core.params.iter();
    let unfit = || wrong(export, format!("its core type is {}", export.core));
    for constant in constants {
        let ty = *params.next().ok_or_else(unfit)?;
        match (constant, ty) {
            (Constant::String(text), CoreType::I32) if params.next() == Some(&CoreType::I32) => {
                let (pointer, length) = lowering::string::<Short>(guest, text.as_bytes())?;
                slots.extend([ValRaw::u32(pointer), ValRaw::u32(length)]);
            }
            (Constant::Bool(value), CoreType::I32) => slots.push(ValRaw::i32((*value).into())),
            (Constant::Number(text), ty) => slots.push(number(text, ty).ok_or_else(unfit)?),
            _ => return Err(unfit()),
        }
    }
    match params.next() {
        None => Ok(slots),
        Some(_) => Err(unfit()),
    }
}

fn number(text: &str, ty: CoreType) -> Option<ValRaw> {
    Some(match ty {
        CoreType::I32 => ValRaw::i32(text.parse().ok()?),
        CoreType::I64 => ValRaw::i64(text.parse().ok()?),
        CoreType::F32 => ValRaw::f32(text.parse::<f32>().ok()?.to_bits()),
        CoreType::F64 => ValRaw::f64(text.parse::<f64>().ok()?.to_bits()),
        CoreType::V128 | CoreType::Ref => return None,
    })
}

fn wrong(export: &Export<'_>, why: String) -> Error {
    Error::sql(
        "42883",
        format!(
            "export \"{}\" cannot be called with these constants: {why}",
            printable(export.name)
        ),
    )
}

/// Raises the error that the guest returned, if its result is a `result` and an error.
fn check(guest: &Guest, ty: &Type, slot: &ValRaw) -> Result<()> {
    let Type::Result(result) = ty else { return Ok(()) };
    let from = Memory(Lifting::new(guest));
    let bytes = &*from.0.result(ty, slot)?;
    if lifting::is_ok(bytes)? {
        return Ok(());
    }
    let (_, payload) = Layout::of_cases(&[result.ok.as_ref(), result.err.as_ref()]);
    let payload = &bytes[(payload as usize).min(bytes.len())..];
    Err(GuestError::of(result.err.as_ref()).load(payload, &from))
}

/// The memory in which an error lies.
struct Memory<'g>(Lifting<'g, Short>);

impl Lift for Memory<'_> {
    fn string(&self, bytes: &[u8]) -> Result<Cow<'_, str>> {
        let room = |length| match length > MAX_ERROR {
            true => Err(Error::ResultLimit { limit: MAX_ERROR }),
            false => Ok(()),
        };
        self.0.string(bytes, room).map(Cow::Borrowed)
    }

    fn list(&self, bytes: &[u8], size: u32, align: u32) -> Result<impl Iterator<Item = &[u8]>> {
        Ok(self.0.list(bytes, size, align)?.map(|(_, bytes)| bytes))
    }
}
