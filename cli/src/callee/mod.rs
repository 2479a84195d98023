//! What is called repeatedly: a function, a prepared function or an aggregate, with its types, and the outcome of a call.
//!
//! A call must do here what it does in a server: each call of an export has a tank of fuel of its own.

mod aggregate;
mod find;
mod function;
mod method;
mod part;
mod plan;
mod tank;

pub(crate) use aggregate::halves;
pub(crate) use part::Cost;

use crate::loader::Loader;
use crate::once::Once;
use crate::pass::Output;
use crate::said;
use crate::sql::{self, Datum, Declaration, SqlType, datum_of};
use aggregate::Aggregate;
use find::Found;
use function::Function;
use method::Method;
use part::Source;
use plwasm_engine::pass::path;
use plwasm_engine::warm_up::WarmUp;
use plwasm_engine::{Error, Limits, Messages, Module, Result, Sample};
use sqlparser::ast::Expr;
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// What is called, in SQL.
#[derive(Debug)]
pub(crate) struct Callee<'a> {
    kind: Kind<'a>,
    /// The SQL types: those of all parameters of a function, those of each row of an aggregate.
    pub types: Declaration,
}

#[derive(Debug)]
enum Kind<'a> {
    Function(Box<Function<'a>>),
    Method(Box<Method<'a>>),
    Aggregate(Box<Aggregate<'a>>),
}

/// The exports that an SQL function or an aggregate consists of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Exports<'c> {
    One(&'c str),
    Aggregate { step: &'c str, finish: Option<&'c str>, merge: Option<&'c str> },
}

/// The values of a call's arguments.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arguments {
    /// The arguments of a function; the direct arguments of an aggregate.
    pub values: Vec<Datum>,
    /// The arguments of each row of an aggregate.
    pub rows: Vec<Vec<Datum>>,
}

/// Stacks of functions, the outermost first, each with the fuel that its last function has used.
pub(crate) type Samples = Vec<Sample>;

/// The outcome of a call.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// None: the call was skipped, as an argument is NULL and its WIT type does not allow that.
    pub result: Result<Option<Output>>,
    /// Where in an argument or in the result an error is.
    pub place: String,
    /// The fuel that a server needs as the limit of one call. A constructor and a method have a tank each, so it is that of
    /// the call that took the most. None after an error.
    pub fuel: Option<u64>,
    /// What the calls of each part of a resource took. Empty for a function.
    pub costs: Vec<Cost>,
    /// Why the value of the constructor, or the state of an aggregate, cannot be kept.
    pub unkeepable: Option<&'static str>,
    /// What the guest has said, call by call.
    pub messages: Vec<Messages>,
    /// The most bytes of memory that the guest had.
    pub memory: usize,
    pub time: Duration,
}

impl Outcome {
    fn of(result: Result<Option<Output>>, place: String) -> Self {
        let (fuel, costs, unkeepable) = (None, Vec::new(), None);
        let (messages, time) = (said::take(), Duration::ZERO);
        Self { result, place, fuel, costs, unkeepable, messages, memory: 0, time }
    }

    /// Returns the outcome of a call that could not begin. `start` is when its instance was to be made.
    fn before_call(error: Error, start: Instant) -> Self {
        let (place, time) = (path::take(), start.elapsed());
        Self { time, ..Self::of(Err(error), place) }
    }

    /// Says what it means in a server if what was constructed cannot be kept, and why it cannot.
    pub(crate) fn unkeepable(&self) -> Option<String> {
        let why = self.unkeepable?;
        let is_state = self.costs.iter().any(|cost| cost.role == "finish");
        Some(match is_state {
            true => format!(
                "the state cannot be kept, so there can be only one at a time in a server, without GROUP BY: {why}"
            ),
            false => format!(
                "the value of the constructor cannot be kept, so it runs for each row in a server: {why}"
            ),
        })
    }

    /// Returns what the fuel consists of, for people: `constructor 250, method 12`. It is empty for a function.
    pub(crate) fn costs(&self) -> String {
        let costs = self.costs.iter().map(|cost| format!("{} {}", cost.role, cost.fuel));
        costs.collect::<Vec<_>>().join(", ")
    }

    /// Returns the same as JSON.
    pub(crate) fn costs_as_json(&self) -> serde_json::Value {
        let costs = self.costs.iter().map(|cost| (cost.role.to_string(), cost.fuel.into()));
        serde_json::Value::Object(costs.collect())
    }
}

impl<'a> Callee<'a> {
    /// Finds what answers to the name of a call, and declares it as given or as the module describes it.
    ///
    /// # Errors
    /// Nothing has that name, or nothing that the warm-up names, or the declaration does not fit it.
    pub(crate) fn new(
        loader: &'a Loader,
        module: Rc<Module>,
        call: &sql::Call,
        declared: Option<&Declaration>,
        limits: Limits,
        warm_up: WarmUp,
    ) -> Result<Self> {
        let of_module = module.clone();
        let mut source = Source { loader, module, limits, warm_up };
        let found = find::find(&of_module, call)?;
        let named = match &found {
            Found::Function(export) | Found::Method(export) => export,
            Found::Aggregate { step, .. } => step,
        };
        source.warm_up.resolve(&of_module, named.name)?;
        match found {
            Found::Function(export) => Self::function(source, &export, call, declared),
            Found::Method(method) => Self::method(source, &method, call, declared),
            Found::Aggregate { step, finish } => {
                Self::aggregate(source, &step, finish.as_ref(), call, declared)
            }
        }
    }

    /// Returns the values of a call's arguments.
    ///
    /// # Errors
    /// 42883 if their number differs from that of the parameters; the errors of constants that are no values of their
    /// types.
    pub(crate) fn arguments(&self, call: &sql::Call) -> Result<Arguments> {
        if !matches!(self.kind, Kind::Aggregate(_)) {
            let values = self.values(&call.arguments, &self.types.params)?;
            return Ok(Arguments { values, rows: Vec::new() });
        }
        let is_ordered = call.rows.as_ref().is_some_and(|rows| rows.is_ordered);
        if is_ordered != self.types.direct.is_some() {
            let message = match is_ordered {
                true => format!(
                    "{self} is not an ordered-set aggregate, so it cannot have WITHIN GROUP"
                ),
                false => format!("WITHIN GROUP is required for ordered-set aggregate {self}"),
            };
            return Err(sql::error("42809", message, None));
        }
        // Without FROM there is one row, as for SELECT.
        let one = [call.arguments.clone()];
        let (direct, rows) = match &call.rows {
            None => (&[][..], &one[..]),
            Some(rows) => (&call.arguments[..], &rows.arguments[..]),
        };
        let direct_types = self.direct().unwrap_or_default();
        let rows = rows.iter().enumerate().map(|(number, row)| {
            path::within(|| format!("row {}", number + 1), || self.values(row, &self.types.params))
        });
        let rows = rows.collect::<Result<_>>()?;
        Ok(Arguments { values: self.values(direct, direct_types)?, rows })
    }

    fn values(&self, arguments: &[Expr], types: &[SqlType]) -> Result<Vec<Datum>> {
        if arguments.len() != types.len() {
            let (wanted, given) = (types.len(), arguments.len());
            let message = format!("{self} takes {wanted} arguments, not {given}");
            return Err(sql::error("42883", message, None));
        }
        let arguments = arguments.iter().zip(types).enumerate();
        arguments
            .map(|(i, (argument, sql))| {
                path::within(|| format!("argument {}", i + 1), || datum_of(argument, sql))
            })
            .collect()
    }

    /// Calls it.
    pub(crate) fn call(&mut self, arguments: &Arguments) -> Outcome {
        self.call_with(self.source().limits.fuel, arguments)
    }

    /// Calls it as [`call`](Self::call) does, with `fuel` units of fuel for each call of an export.
    pub(crate) fn call_with(&mut self, fuel: u64, arguments: &Arguments) -> Outcome {
        match &mut self.kind {
            Kind::Function(function) => function.call_with(fuel, &arguments.values),
            Kind::Method(method) => method.call_with(fuel, &arguments.values),
            Kind::Aggregate(aggregate) => aggregate.call_with(fuel, arguments),
        }
    }

    /// Calls an aggregate as a parallel plan does: for each half of the rows by itself. The state of the second half is
    /// saved, and merged into that of the first. Returns None for all else, and if a half has no state.
    pub(crate) fn merged(&mut self, fuel: u64, arguments: &Arguments) -> Option<Outcome> {
        match &mut self.kind {
            Kind::Aggregate(aggregate) => aggregate.merged(fuel, arguments),
            Kind::Function(_) | Kind::Method(_) => None,
        }
    }

    /// Calls it, and once more without restoring the state in between. Returns the outcome of the first call, and what it
    /// does only once.
    pub(crate) fn call_twice(&mut self, arguments: &Arguments) -> (Outcome, Option<Once>) {
        match &mut self.kind {
            Kind::Function(function) => function.call_twice(&arguments.values),
            Kind::Method(method) => {
                let outcome = method.call_with(method.source.limits.fuel, &arguments.values);
                (outcome, method.once(&arguments.values))
            }
            Kind::Aggregate(_) => (self.call(arguments), None),
        }
    }

    /// Makes the call that is measured, and calls `each` with the time and the fuel of each: a call of a function, of a
    /// method whose value has been kept, or the steps of an aggregate.
    ///
    /// # Errors
    /// The errors of the call.
    pub(crate) fn measured(
        &mut self,
        arguments: &Arguments,
        mut each: impl FnMut(Duration, u64),
    ) -> Result<()> {
        if let Kind::Aggregate(aggregate) = &mut self.kind {
            return aggregate.steps(&arguments.rows, |cost| each(cost.time, cost.fuel));
        }
        let outcome = self.call(arguments);
        outcome.result?;
        let method = outcome.costs.iter().find(|cost| cost.role == "method");
        let fuel = method.map_or(outcome.fuel.unwrap_or_default(), |cost| cost.fuel);
        each(outcome.time, fuel);
        Ok(())
    }

    /// Calls it, and returns how that ends and where its fuel goes. It asks for more fuel after every `slice` units. What
    /// a call that fails has used since it last asked is not known.
    pub(crate) fn sampled(&mut self, arguments: &Arguments, slice: u32) -> (Result<()>, Samples) {
        match &mut self.kind {
            Kind::Function(function) => function.sampled(&arguments.values, slice),
            Kind::Method(method) => method.sampled(&arguments.values, slice),
            Kind::Aggregate(aggregate) => aggregate.sampled(arguments, slice),
        }
    }

    /// As [`sampled`](Self::sampled), without the constructor of a value that is kept from the call before.
    pub(crate) fn sampled_alone(
        &mut self,
        arguments: &Arguments,
        slice: u32,
    ) -> (Result<()>, Samples) {
        match &mut self.kind {
            Kind::Method(method) => method.sampled_alone(&arguments.values, slice),
            _ => self.sampled(arguments, slice),
        }
    }

    /// Returns the fuel that initialization took: with less, nothing runs in a server.
    pub(crate) fn started(&self) -> u64 {
        match &self.kind {
            Kind::Function(function) => function.started(),
            Kind::Method(method) => method.started(),
            Kind::Aggregate(aggregate) => aggregate.started(),
        }
    }

    /// Returns the type of the result.
    pub(crate) fn result_type(&self) -> &SqlType {
        &self.types.result
    }

    /// Returns the exports that an SQL function or an aggregate names to be this.
    pub(crate) fn exports(&self) -> Exports<'_> {
        match &self.kind {
            Kind::Function(function) => Exports::One(&function.part.export),
            Kind::Method(method) => Exports::One(&method.method.export),
            Kind::Aggregate(aggregate) => Exports::Aggregate {
                step: &aggregate.step.export,
                finish: aggregate.finish.as_ref().map(|finish| finish.export.as_str()),
                merge: aggregate.merging.as_ref().map(|(_, merge)| merge.export.as_str()),
            },
        }
    }

    /// Returns the name of the export, for messages.
    pub(crate) fn export(&self) -> &str {
        match self.exports() {
            Exports::One(export) | Exports::Aggregate { step: export, .. } => export,
        }
    }

    /// Returns the types of an ordered-set aggregate's direct arguments.
    pub(crate) fn direct(&self) -> Option<&[SqlType]> {
        self.types.direct.as_deref()
    }

    fn source(&self) -> &Source<'a> {
        match &self.kind {
            Kind::Function(function) => &function.source,
            Kind::Method(method) => &method.source,
            Kind::Aggregate(aggregate) => &aggregate.source,
        }
    }
}

/// Writes it as SQL declares it.
impl fmt::Display for Callee<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.types.fmt(f)
    }
}
