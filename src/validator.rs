//! The validator: checks a function when it is created, and records what it depends on.
//!
//! It must never run guest code, except a warm-up that the function itself asks for. The module's own initialization
//! was tried where the module was compiled.

use crate::backend::{instances, modules};
use crate::catalog::{self, Proc};
use crate::error::{self, OrRaise};
use crate::function::{Function, Target, check_shape};
use crate::plan::{self, Plan, SqlFunction};
use crate::settings;
use crate::source::{FunctionBody, Source};
use crate::trigger;
use pgrx::pg_sys;
use plwasm_engine::initialization::Phase;
use plwasm_engine::{Error, Limits, Module, Result};

/// Checks the function with this OID, and also its body unless `check_function_bodies` is off.
///
/// Raises what is wrong with it.
pub(crate) fn validate(oid: pg_sys::Oid) {
    let module_type = catalog::module_type();
    let (function, text) = Proc::get(oid, |function, row| {
        let text = (function.result != module_type).then(|| row.source());
        (function, text)
    });
    check_shape(&function);
    // SAFETY: this only reads a setting.
    let check_bodies = unsafe { pg_sys::check_function_bodies };
    match text {
        None => validate_module(&function, check_bodies),
        Some(text) => validate_function(&function, &text, check_bodies),
    }
}

fn validate_module(module: &Proc, check_bodies: bool) {
    if !module.args.is_empty() {
        error::raise_sql("42P13", "a WebAssembly module takes no arguments".into(), None);
    }
    if module.returns_set {
        error::raise_sql("42P13", "a WebAssembly module cannot return a set".into(), None);
    }
    if check_bodies {
        let limits = settings::limits(None);
        let source = Source::Module(module.version);
        let loaded = modules::load(&source, limits.isolation).or_raise();
        let what = format!("a function of module \"{}\"", module.name);
        check_initialization(&loaded, limits, &what);
    }
    catalog::announce(module);
}

fn validate_function(function: &Proc, text: &str, check_bodies: bool) {
    // Pseudo-types are refused whatever the body is. Both lines raise.
    function.args.iter().for_each(plan::check_argument);
    let is_trigger = function.result == pg_sys::TRIGGEROID;
    let types = (!is_trigger).then(|| SqlFunction::of_definition(function)).flatten();
    let body = FunctionBody::of_new(function, text);
    // The dependency is recorded even if bodies are not checked, because pg_dump of a restored database needs it to
    // order its output.
    if let Ok(body) = &body
        && let Some(module) = body.module()
    {
        catalog::record_dependency(function.version.oid, module);
    }
    if !check_bodies {
        return;
    }
    let target = Target::load(function, body.or_raise().definition(function)).or_raise();
    if is_trigger {
        let export = target.module.function(&target.export).or_raise();
        trigger::parts(&function.name, &export).or_raise();
    }
    // What is known only at a call is checked there, such as the table of a trigger.
    if let Some(types) = types {
        let function = Function::new(target.clone(), &types).or_raise();
        function.plans().for_each(|plan| check_abi(&target.module, plan).or_raise());
    }
    let what = format!("function \"{}\"", function.name);
    let will_fail = check_initialization(&target.module, target.limits, &what);
    if !will_fail && !target.warm_up.is_default() {
        instances::try_one(function.version.oid, &target).or_raise();
    }
}

/// Warns if calls will fail before they begin, which a change of the limits can mend. Returns whether they will.
///
/// Raises the error if the warm-up fails: whoever asked for it can mend it now.
fn check_initialization(module: &Module, limits: Limits, what: &str) -> bool {
    let failure = module.initialization_failure(limits);
    match &failure {
        Some((Phase::WarmUp | Phase::Heap, failure)) => {
            Err::<(), _>(Error::Compiler(failure.clone())).or_raise();
        }
        Some((_, failure)) => error::warn(what, failure),
        None => {}
    }
    failure.is_some()
}

/// Checks what a call needs besides the export, without making an instance.
fn check_abi(module: &Module, plan: &Plan) -> Result<()> {
    if plan.uses.memory && !module.has_memory() {
        return Err(Error::MissingAbi("memory"));
    }
    if plan.uses.realloc && !module.has_realloc() {
        return Err(Error::MissingAbi("cabi_realloc"));
    }
    Ok(())
}
