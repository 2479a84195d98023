//! Calls that `plwasm check --try` makes.

use crate::call::{ReadyCall, located};
use crate::failure::{Failure, Kind, Result};
use crate::loader::Loader;
use crate::once::Once;
use crate::sql::Declaration;
use plwasm_engine::{Limits, Module};
use serde_json::{Value, json};
use std::rc::Rc;

/// A call that was made.
#[derive(Debug)]
pub(crate) struct Tried {
    call: String,
    export: String,
    /// None after an error.
    fuel: Option<u64>,
    /// What the fuel consists of, for people and as JSON.
    costs: (String, Value),
    once: Option<Once>,
    /// That what was constructed cannot be kept, and why.
    unkeepable: Option<String>,
    /// The error with which it ended.
    pub failure: Option<Failure>,
}

impl Tried {
    /// Makes a call.
    ///
    /// # Errors
    /// The call is malformed, or does not fit an export. A call that ends with an error is no error here.
    pub(crate) fn of(
        loader: &Loader,
        module: Rc<Module>,
        call: &str,
        declared: &[Declaration],
        limits: Limits,
    ) -> Result<Self> {
        let ReadyCall { mut callee, arguments } =
            ReadyCall::of(loader, module, call, declared, limits)?;
        let (outcome, once) = callee.call_twice(&arguments);
        let of_call = |error| Failure::of(Kind::Call, located(call, &outcome.place), error);
        Ok(Self {
            call: located(call, ""),
            fuel: outcome.fuel,
            once,
            failure: outcome.result.as_ref().err().map(of_call),
            costs: (outcome.costs(), outcome.costs_as_json()),
            unkeepable: outcome.unkeepable(),
            export: callee.export().into(),
        })
    }

    /// Returns what was found, the call and its fuel first.
    pub(crate) fn lines(&self) -> Vec<String> {
        let fuel = match self.fuel {
            Some(fuel) if self.costs.0.is_empty() => format!("fuel {fuel}"),
            Some(fuel) => format!("fuel {fuel} ({})", self.costs.0),
            None => "ends with an error".into(),
        };
        let first = format!("{}: {fuel}", self.call);
        let note = self.once.iter().flat_map(|once| once.note(&self.export));
        let kept = self.unkeepable.clone();
        [first].into_iter().chain(kept).chain(note).collect()
    }

    /// Returns the same as JSON.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "call": self.call,
            "fuel": self.fuel,
            "error": self.failure.as_ref().map(Failure::to_json),
            "calls": self.costs.1,
            "unkeepable": self.unkeepable,
            "once": self.once,
        })
    }
}
