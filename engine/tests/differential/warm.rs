//! Warm-ups: a random module with a random warm-up, in a guest that ran it and in one that began with its state from a
//! file, against a new instance of plain wasmtime for each call.

use super::arguments;
use super::choices::{Choices, bytes_of};
use super::outcome::{Kind, Outcome, first_difference};
use super::plain::{self, Export, MEMORY, Plain, Running};
use super::subject::{FUEL, Fuel, Snapshot, call};
use super::{Mismatch, module};
use plwasm_engine::warm_up::{Constant, WarmUp, WarmUpCall};
use plwasm_engine::{
    Artefact, Engine, Guest, Isolation, Limits, MemoryBudget, Module, State, ValRaw,
};
use std::io::Write;
use std::rc::Rc;

const LIMITS: Limits = Limits { fuel: FUEL, memory: MEMORY, isolation: Isolation::Call };

/// What a run did.
#[derive(Debug, Default)]
pub(crate) struct WarmTally {
    /// Warm-ups that succeeded, and those of them whose state was kept and differs from that of a new instance.
    pub warmed: u64,
    pub kept: u64,
    pub changed: u64,
    /// Calls, and those of them after which a guest was reset.
    pub calls: u64,
    pub resets: u64,
}

/// A fault that the test must find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WarmDefect {
    None,
    /// The state that is kept is that of a new instance.
    Cold,
    /// The globals of the state are not set.
    Globals,
    /// The memory of the state is empty.
    Memory,
}

/// Runs one case.
///
/// # Errors
/// The first difference.
pub(crate) fn run(
    case: &[u8],
    plain: &Plain,
    engine: &Engine,
    defect: WarmDefect,
    tally: &mut WarmTally,
) -> Result<(), Mismatch> {
    let Some(binary) = module(case) else { return Ok(()) };
    let calls =
        bytes_of(case.iter().take(8).fold(1, |seed, byte| seed << 8 | u64::from(*byte)), 512);
    let mut choices = Choices::new(&calls);
    let what = compare(&binary, plain, engine, defect, &mut choices, tally);
    what.map_err(|what| Mismatch { what, binary })
}

/// Returns the engine of a thread.
pub(crate) fn engine() -> Engine {
    Engine::new(|| false, MemoryBudget::new(1 << 30)).expect("the engine runs here")
}

fn compare(
    binary: &[u8],
    plain: &Plain,
    engine: &Engine,
    defect: WarmDefect,
    choices: &mut Choices<'_>,
    tally: &mut WarmTally,
) -> Result<(), String> {
    let Ok(reference) = plain.compile(binary) else { return Ok(()) };
    let exports = plain::exports(&reference);
    let numeric = |kind: &Kind| matches!(kind, Kind::I32 | Kind::I64 | Kind::F32 | Kind::F64);
    let candidates: Vec<_> =
        exports.iter().filter(|export| export.params.iter().all(numeric)).collect();
    if candidates.is_empty() {
        return Ok(());
    }
    let warming = candidates[choices.below(candidates.len() as u32) as usize].clone();
    let arguments = arguments::of(&warming.params, choices);
    let Some(constants) = constants(&warming, &arguments) else { return Ok(()) };
    // A new instance after its warm-up.
    let warmed = || -> Option<Running> {
        let mut running = plain.instantiate(&reference).ok()?;
        let outcome = running.call(&warming, &arguments, plain::FUEL);
        matches!(outcome, Outcome::Returned(_)).then_some(running)
    };
    let Some(mut first) = warmed() else { return Ok(()) };
    let before = plain.instantiate(&reference).map_err(|found| format!("{found:?}"))?.state();
    let state = first.state();
    let failed = |error: plwasm_engine::Error| format!("{error:?}");
    let artefact =
        engine.compiler().compile(binary, Isolation::Call, None).map_err(|e| format!("{e:?}"))?;
    let load = || Module::load(engine, &artefact_again(engine, &artefact)).map(Rc::new);
    let call_of_warm_up = WarmUpCall { export: Some(warming.name.clone()), arguments: constants };
    let warm_up = WarmUp { heap: None, call: Some(call_of_warm_up) };
    let module = load().map_err(failed)?;
    let mut ran = match Guest::warmed(engine, module.clone(), LIMITS, &warm_up) {
        Ok(guest) => guest,
        // The engine needs more stack than the reference.
        Err(error) => {
            let shown = format!("{error:?}");
            // The engine needs more stack than the reference.
            return match Outcome::of_engine(error).is_limit() {
                true => Ok(()),
                false => Err(format!("the warm-up failed: {shown}")),
            };
        }
    };
    tally.warmed += 1;
    let pristine = ran.snapshot();
    if let Some(what) = first_difference(&state, &pristine, true) {
        return Err(format!("after the warm-up: {what}"));
    }
    tally.changed += u64::from(state != before);

    let made = match defect {
        WarmDefect::Cold => State::of(engine, module, LIMITS, &WarmUp::default()),
        _ => State::of(engine, module, LIMITS, &warm_up),
    };
    let made = made.map_err(failed)?.ok_or("the state depends on a limit")?;
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(made.bytes()).expect("a file");
    let read = State::read(engine.runtime(), &file, || false).map_err(|e| e.to_string())?;
    let read = match defect {
        WarmDefect::Globals => read.without_globals(),
        WarmDefect::Memory => read.without_pages(),
        _ => read,
    };
    let module = load().map_err(failed)?;
    module.keep_state(&warm_up, &read).map_err(failed)?;
    tally.kept += u64::from(read.is_kept());
    // Nothing may depend on the file once it has been read.
    drop((read, file, made));
    let mut began = Guest::warmed(engine, module, LIMITS, &warm_up).map_err(failed)?;
    // Tables are not compared with each other, as a snapshot has addresses of each module's own functions.
    let begun = began.snapshot();
    if let Some(what) = first_difference(&state, &begun, true) {
        return Err(format!("in a guest that began with a state: {what}"));
    }

    for number in 0..4 {
        let export = exports[choices.below(exports.len() as u32) as usize].clone();
        let arguments = arguments::of(&export.params, choices);
        let mut running = warmed().ok_or("a warm-up fails the second time")?;
        let expected = running.call(&export, &arguments, plain::FUEL);
        if expected.is_limit() {
            continue;
        }
        let after = running.state();
        let (found, fuel) = call(&mut ran, &export, &arguments, Fuel::Plenty);
        let (other, other_fuel) = call(&mut began, &export, &arguments, Fuel::Plenty);
        if found.is_limit() {
            return Ok(());
        }
        tally.calls += 1;
        let what = format!("call {number} of {:?} after {:?}", export.name, warming.name);
        if found != expected || other != expected || fuel != other_fuel {
            return Err(format!(
                "{what}: {found:x?} with {fuel}, {other:x?} with {other_fuel}, not {expected:x?}"
            ));
        }
        for guest in [&mut ran, &mut began] {
            if let Some(difference) = first_difference(&after, &guest.snapshot(), false) {
                return Err(format!("{what}: {difference}"));
            }
        }
        if !matches!(found, Outcome::Returned(_)) || !(ran.reset() & began.reset()) {
            return Ok(());
        }
        tally.resets += 1;
        same(&pristine, &ran.snapshot(), "in a guest that was reset")?;
        same(&begun, &began.snapshot(), "in a guest that was reset and began with a state")?;
    }
    Ok(())
}

/// Returns an artefact of the same bytes: two modules cannot share one.
fn artefact_again(engine: &Engine, artefact: &Artefact) -> Artefact {
    Artefact::from_bytes(engine.runtime(), artefact.bytes().to_vec()).expect("it was just made")
}

/// Returns the constants that stand for arguments. There are none for NaNs and infinities.
fn constants(export: &Export, arguments: &[ValRaw]) -> Option<Vec<Constant>> {
    let number = |(kind, slot): (&Kind, &ValRaw)| {
        let text = match kind {
            Kind::I32 => slot.get_i32().to_string(),
            Kind::I64 => slot.get_i64().to_string(),
            Kind::F32 => {
                finite(f32::from_bits(slot.get_f32()).into(), |value| format!("{value:?}"))?
            }
            Kind::F64 => finite(f64::from_bits(slot.get_f64()), |value| format!("{value:?}"))?,
            _ => return None,
        };
        Some(Constant::Number(text))
    };
    export.params.iter().zip(arguments).map(number).collect()
}

fn finite(value: f64, write: impl Fn(f64) -> String) -> Option<String> {
    value.is_finite().then(|| write(value))
}

fn same(expected: &Snapshot, found: &Snapshot, of: &str) -> Result<(), String> {
    let names = expected.iter().zip(found).find(|(one, other)| one != other);
    match names {
        None if expected.len() == found.len() => Ok(()),
        None => Err(format!("{of}: {} exports, not {}", found.len(), expected.len())),
        Some(((name, _), _)) => Err(format!("{of}: {name:?} differs from the warmed state")),
    }
}
