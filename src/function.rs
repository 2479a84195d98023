//! Functions: the export for which the body of an SQL function stands, loaded, and the limits of its calls.
//!
//! This must never run the guest's code.

use crate::backend::modules;
use crate::catalog::Proc;
use crate::error;
use crate::method::Method;
use crate::plan::{Plan, SqlFunction, Trigger};
use crate::settings;
use crate::source::{Definition, FunctionBody, Source};
use crate::trigger::{self, TriggerArguments};
use crate::window::{Passing, WindowArguments};
use pgrx::pg_sys;
use plwasm_engine::warm_up::WarmUp;
use plwasm_engine::{Limits, Module, Result};
use std::rc::Rc;

/// The export of a module for which an SQL function stands, and what its calls may use.
#[derive(Clone)]
pub(crate) struct Target {
    pub module: Rc<Module>,
    /// The name of the export as the module spells it.
    pub export: String,
    pub limits: Limits,
    /// What is done before any call.
    pub warm_up: WarmUp,
}

/// A function, resolved for its calls.
pub(crate) struct Function {
    pub target: Target,
    /// How values are passed to the export and back. For a method, these are its own parameters.
    pub plan: Plan,
    /// What is called besides, if the export is a method.
    pub method: Option<Box<Method>>,
    pub arguments: Arguments,
    /// Whether calls may be logged with their arguments.
    pub is_watched: bool,
}

/// Where the arguments of the plan come from.
pub(crate) enum Arguments {
    /// The arguments of the call.
    Call,
    /// The trigger that calls.
    Trigger(Box<TriggerArguments>),
    /// The rows of a window's partition.
    Partition(Box<WindowArguments>),
}

impl Function {
    /// Resolves a function that is not a module: module, privilege, export, signature, limits.
    ///
    /// # Errors
    /// Everything that can be wrong with a body. What is wrong on the SQL side is raised.
    ///
    /// # Safety
    /// `call` must be a call of the function.
    pub(crate) unsafe fn resolve(oid: pg_sys::Oid, call: pg_sys::FunctionCallInfo) -> Result<Self> {
        let (function, text) = Proc::get(oid, |function, row| {
            let text = row.source();
            (function, text)
        });
        check_shape(&function);
        let definition = FunctionBody::of(&function, &text)?.definition(&function);
        let is_watched = settings::logs_replays() && !definition.is_private;
        let target = Target::load(&function, definition)?;
        if function.result == pg_sys::TRIGGEROID {
            // SAFETY: the caller's promise.
            let made = unsafe { Self::of_trigger(target, &function, call) };
            return Ok(Self { is_watched, ..made? });
        }
        // SAFETY: the caller's promise.
        let types = unsafe { SqlFunction::of_call(&function, call) };
        Ok(Self { is_watched, ..Self::new(target, &types)? })
    }

    /// Makes the plans by which a trigger calls the export.
    ///
    /// # Errors
    /// The errors of [`new`](Self::new).
    ///
    /// # Safety
    /// `call` must be a call of the function.
    unsafe fn of_trigger(
        target: Target,
        function: &Proc,
        call: pg_sys::FunctionCallInfo,
    ) -> Result<Self> {
        let export = target.module.function(&target.export)?;
        // SAFETY: the caller's promise: an open relation and its trigger.
        let (trigger, given) = unsafe {
            let data = trigger::data(call);
            (Trigger::of(data), TriggerArguments::of(&function.name, &export, call, data)?)
        };
        let types = SqlFunction::of_trigger(function, trigger, given.constants.len());
        let arguments = Arguments::Trigger(Box::new(given));
        Ok(Self { arguments, ..Self::new(target, &types)? })
    }

    /// Makes the plans by which values of these types are passed to the export and back.
    ///
    /// # Errors
    /// The errors of [`Plan::new`] and [`Method::plan`].
    pub(crate) fn new(target: Target, types: &SqlFunction) -> Result<Self> {
        let export = target.module.function(&target.export)?;
        let (plan, method) = match Method::is(&export) {
            false => (Plan::new(types, &export)?, None),
            true => {
                let (plan, method) = Method::plan(&target, types, &export)?;
                (plan, Some(Box::new(method)))
            }
        };
        let arguments = plan.partition.map_or(Arguments::Call, |taken| {
            let constructor = method.as_ref().map_or(0, |method| method.split);
            let passings = types.args.iter().map(|oid| Passing::of(*oid)).collect();
            Arguments::Partition(Box::new(WindowArguments { constructor, taken, passings }))
        });
        Ok(Self { target, plan, method, arguments, is_watched: false })
    }

    /// Returns the plans of everything that a call calls.
    pub(crate) fn plans(&self) -> impl Iterator<Item = &Plan> {
        let constructor = self.method.as_ref().and_then(|method| method.constructor.as_ref());
        std::iter::once(&self.plan).chain(constructor.map(|callee| &callee.plan))
    }
}

impl Target {
    /// Loads the module of a function, and finds the export in it.
    ///
    /// # Errors
    /// The errors of [`modules::load`]; an error if there is no such export.
    pub(crate) fn load(function: &Proc, definition: Definition) -> Result<Self> {
        let Definition { source, export, limits, mut warm_up, .. } = definition;
        let module = modules::load(&source, limits.isolation)?;
        let export = match (&export, &source) {
            (Some(export), _) => module.function(export)?,
            (None, Source::Text(..)) => module.function_in_text(&function.name)?,
            (None, Source::Module(_)) => module.function(&function.name)?,
        };
        let export = export.name.to_string();
        // Functions that ask for the same share an instance.
        warm_up.resolve(&module, &export)?;
        Ok(Self { module, export, limits, warm_up })
    }

    /// Returns whether calls of another target can use the same instance.
    pub(crate) fn shares_state_with(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.module, &other.module) && self.warm_up == other.warm_up
    }
}

/// Raises 0A000 for a kind of function that no body can implement.
pub(crate) fn check_shape(function: &Proc) {
    let refuse = |what: &str| -> ! {
        error::raise_sql("0A000", format!("PL/Wasm functions cannot {what}"), None)
    };
    if function.result == pg_sys::EVENT_TRIGGEROID {
        refuse("be event triggers");
    }
    if function.variadic == pg_sys::ANYOID {
        refuse("take VARIADIC \"any\"");
    }
    if function.kind == pg_sys::PROKIND_WINDOW && function.returns_set {
        refuse("be window functions and return sets");
    }
    if function.result == pg_sys::TRIGGEROID && !function.args.is_empty() {
        error::raise_sql(
            "42P13",
            "trigger functions cannot have declared arguments".into(),
            Some("The arguments of the trigger are in the field arguments of its event."),
        );
    }
}
