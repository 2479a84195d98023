//! Calls that `plwasm check --try` makes.

use crate::call::{Prepared, located};
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
    once: Option<Once>,
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
        let Prepared { callee, values } = Prepared::of(loader, module, call, declared, limits)?;
        let (outcome, once) = callee.call_twice(&values);
        let of_call = |error| Failure::of(Kind::Call, located(call, &outcome.place), error);
        Ok(Self {
            call: located(call, ""),
            fuel: outcome.fuel,
            once,
            failure: outcome.result.as_ref().err().map(of_call),
            export: callee.export,
        })
    }

    /// Returns what was found, the call and its fuel first.
    pub(crate) fn lines(&self) -> Vec<String> {
        let fuel = match self.fuel {
            Some(fuel) => format!("fuel {fuel}"),
            None => "ends with an error".into(),
        };
        let first = format!("{}: {fuel}", self.call);
        let note = self.once.iter().flat_map(|once| once.note(&self.export));
        [first].into_iter().chain(note).collect()
    }

    /// Returns the same as JSON.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "call": self.call,
            "fuel": self.fuel,
            "error": self.failure.as_ref().map(Failure::to_json),
            "once": self.once,
        })
    }
}
