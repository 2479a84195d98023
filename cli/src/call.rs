//! Calls: one export with one list of arguments, and the outcome.

use crate::failure::{Failure, Kind};
use crate::loader::{Loader, is_of_module};
use crate::once::{self, Once};
use crate::pass::{Output, Signature};
use crate::source;
use crate::sql::{self, Datum, Declaration, SqlType, datum_of};
use crate::warm_up::WarmUpArguments;
use plwasm_engine::pass::path;
use plwasm_engine::warm_up::WarmUp;
use plwasm_engine::{Entry, Guest, Isolation, Limits, Module, Result, read::body};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// The limits of one call.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct LimitArguments {
    /// Fuel for one call, as plwasm.fuel in a server
    #[arg(long, value_name = "UNITS", default_value = "1e9", value_parser = fuel)]
    pub fuel: u64,
    /// Memory of the instance, as plwasm.memory in a server
    #[arg(long, value_name = "SIZE", default_value = "64MB", value_parser = memory)]
    pub memory: usize,
}

/// One call of an export of a file.
#[derive(Debug, clap::Args)]
pub(crate) struct CallArguments {
    #[command(flatten)]
    source: source::SourceArguments,
    /// The call, in SQL: the name of an export, and constants
    #[arg(value_name = "CALL")]
    pub call: String,
    /// The SQL declaration of the function, for exports whose types the module does not describe
    #[arg(long = "as", value_name = "DECLARATION")]
    declaration: Option<String>,
    #[command(flatten)]
    limits: LimitArguments,
    #[command(flatten)]
    warm_up: WarmUpArguments,
}

impl LimitArguments {
    pub(crate) fn limits(self) -> Limits {
        Limits { fuel: self.fuel, memory: self.memory, isolation: Isolation::Call }
    }
}

/// Reads an amount of fuel as a function's body writes it.
fn fuel(text: &str) -> std::result::Result<u64, String> {
    reference("fuel", text).and_then(|found| found.fuel.ok_or_else(String::new))
}

fn memory(text: &str) -> std::result::Result<usize, String> {
    reference("memory", text).and_then(|found| found.memory.ok_or_else(String::new))
}

fn reference(key: &str, text: &str) -> std::result::Result<body::Reference, String> {
    if text.contains(char::is_whitespace) {
        return Err("it contains blanks".into());
    }
    match body::Body::parse(&format!("m {key}={text}"), false) {
        Ok(body::Body::Reference(found)) => Ok(found),
        Ok(_) => Err("it is not a number".into()),
        Err(error) => Err(error.to_string().replace("invalid function body: ", "")),
    }
}

/// An export that is called repeatedly, each time from the module's pristine state.
#[derive(Debug)]
pub(crate) struct Callee<'a> {
    loader: &'a Loader,
    module: Rc<Module>,
    pub export: String,
    pub signature: Signature,
    limits: Limits,
    /// What is done before any call. Where it says nothing, the module's own warm-up counts.
    warm_up: WarmUp,
    /// None after an error, and if the last call could not be undone.
    instance: Option<(Guest, Entry)>,
}

/// The outcome of a call.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// None: the call was skipped, as an argument is NULL and its WIT type does not allow that.
    pub result: Result<Option<Output>>,
    /// Where in an argument or in the result an error is.
    pub place: String,
    /// None after an error.
    pub fuel: Option<u64>,
    /// The most bytes of memory that the guest had.
    pub memory: usize,
    pub time: Duration,
}

impl Outcome {
    /// Returns the outcome of a call that could not begin. `start` is when its instance was to be made.
    fn before_call(error: plwasm_engine::Error, start: Instant) -> Self {
        let (place, time) = (path::take(), start.elapsed());
        Self { result: Err(error), place, fuel: None, memory: 0, time }
    }
}

impl<'a> Callee<'a> {
    /// Finds the export that answers to the name of a call, and declares it as given or as the module describes it.
    ///
    /// # Errors
    /// No such export exists, or none that the warm-up names, or the declaration does not fit it.
    pub(crate) fn new(
        loader: &'a Loader,
        module: Rc<Module>,
        call: &sql::Call,
        declared: Option<&Declaration>,
        limits: Limits,
        mut warm_up: WarmUp,
    ) -> Result<Self> {
        let export = module.function(&call.function)?;
        let guessed = match (declared, &export.wit) {
            (None, None) => sql::guess(call, export.core),
            _ => None,
        };
        let signature = Signature::of(&export, declared.or(guessed.as_ref()))?;
        let export = export.name.to_string();
        warm_up.resolve(&module, &export)?;
        Ok(Self { loader, module, export, signature, limits, warm_up, instance: None })
    }

    /// Returns the values of a call's arguments.
    ///
    /// # Errors
    /// 42883 if their number differs from that of the parameters; the errors of constants that are no values of their
    /// types.
    pub(crate) fn arguments(&self, call: &sql::Call) -> Result<Vec<Datum>> {
        let types = &self.signature.sql_params;
        if call.arguments.len() != types.len() {
            return Err(sql::error(
                "42883",
                format!(
                    "{} takes {} arguments, not {}",
                    self.signature,
                    types.len(),
                    call.arguments.len()
                ),
                None,
            ));
        }
        let arguments = call.arguments.iter().zip(types).enumerate();
        arguments
            .map(|(i, (argument, sql))| {
                path::within(|| format!("argument {}", i + 1), || datum_of(argument, sql))
            })
            .collect()
    }

    /// Calls the export.
    pub(crate) fn call(&mut self, arguments: &[Datum]) -> Outcome {
        self.call_with(self.limits.fuel, arguments)
    }

    /// Calls the export as [`call`](Self::call) does, with `fuel` units of fuel.
    pub(crate) fn call_with(&mut self, fuel: u64, arguments: &[Datum]) -> Outcome {
        let start = Instant::now();
        let (mut guest, entry) = match self.instance.take().map_or_else(|| self.instantiate(), Ok) {
            Ok(instance) => instance,
            Err(error) => return Outcome::before_call(error, start),
        };
        let start = Instant::now();
        let mut outcome = self.call_in(&mut guest, &entry, fuel, arguments);
        if outcome.result.is_ok() && guest.reset() {
            self.instance = Some((guest, entry));
        }
        // In a server, restoring the instance is part of a call, too.
        outcome.time = start.elapsed();
        outcome
    }

    /// Calls the export in an instance of its own, and calls it again there, without restoring the state in between.
    /// Returns the outcome of the first call, whose time does not include restoring anything, and what it does only
    /// once.
    pub(crate) fn call_twice(&self, arguments: &[Datum]) -> (Outcome, Option<Once>) {
        let start = Instant::now();
        let made = self.guest(&self.warm_up).and_then(|mut guest| {
            let entry = guest.lasting_entry(&self.export, self.signature.uses())?;
            Ok((guest, entry))
        });
        let (mut guest, entry) = match made {
            Ok(instance) => instance,
            Err(error) => return (Outcome::before_call(error, start), None),
        };
        let outcome = self.call_in(&mut guest, &entry, self.limits.fuel, arguments);
        let once = outcome.fuel.and_then(|first| {
            let most = Once::most(first)?;
            let second = self.call_in(&mut guest, &entry, most, arguments).fuel?;
            let warm = once::warm_up_call(
                &self.export,
                arguments,
                &self.signature.sql_params,
                &self.signature.params,
            );
            let warm = warm.filter(|call| self.takes(call, arguments).is_some_and(|it| it <= most));
            Some(Once { first, second, warm })
        });
        (outcome, once)
    }

    /// Returns the fuel of a call after a warm-up call, or None if either fails.
    fn takes(&self, warm_up: &str, arguments: &[Datum]) -> Option<u64> {
        let call = Some(body::parse_warm_up_call(warm_up).ok()?);
        let warm_up = WarmUp { call, ..self.warm_up.clone() };
        let made = self.guest(&warm_up).and_then(|mut guest| {
            let entry = guest.entry(&self.export, self.signature.uses())?;
            Ok(self.call_in(&mut guest, &entry, self.limits.fuel, arguments).fuel)
        });
        path::take();
        made.ok()?
    }

    /// Calls an entry of the export with `fuel` units of fuel, and restores nothing.
    fn call_in(&self, guest: &mut Guest, entry: &Entry, fuel: u64, arguments: &[Datum]) -> Outcome {
        let start = Instant::now();
        guest.refuel(fuel);
        let result = self.signature.call(guest, entry, arguments);
        let time = start.elapsed();
        let fuel = match &result {
            Ok(Some(_)) => Some(guest.fuel_used()),
            Ok(None) => Some(0),
            Err(_) => None,
        };
        Outcome { result, place: path::take(), fuel, memory: guest.memory(), time }
    }

    /// Returns a new instance, warmed up.
    fn guest(&self, warm_up: &WarmUp) -> Result<Guest> {
        Guest::warmed(&self.loader.engine, self.module.clone(), self.limits, warm_up)
    }

    /// Returns a new instance.
    ///
    /// # Errors
    /// The errors of [`Guest::warmed`] and [`Guest::entry`].
    fn instantiate(&self) -> Result<(Guest, Entry)> {
        let mut guest = self.guest(&self.warm_up)?;
        let entry = guest.entry(&self.export, self.signature.uses())?;
        Ok((guest, entry))
    }

    /// Calls the export, and returns where its fuel goes. It asks for more fuel after every `slice` units.
    ///
    /// # Errors
    /// The errors of the call.
    pub(crate) fn sampled(
        &mut self,
        arguments: &[Datum],
        slice: u32,
    ) -> Result<Vec<(Vec<String>, u64)>> {
        let (mut guest, entry) = self.instantiate()?;
        guest.refuel_sampled(self.limits.fuel, slice);
        self.signature.call(&mut guest, &entry, arguments)?;
        Ok(guest.samples())
    }

    /// Returns the fuel that the start function took: with less, nothing runs in a server.
    pub(crate) fn started(&self) -> u64 {
        self.instance.as_ref().map_or(0, |(guest, _)| guest.started())
    }

    /// Returns the type of the result.
    pub(crate) fn result_type(&self) -> &SqlType {
        &self.signature.sql_result
    }
}

/// A call that is ready to be made.
#[derive(Debug)]
pub(crate) struct Prepared<'a> {
    pub callee: Callee<'a>,
    pub values: Vec<Datum>,
}

impl<'a> Prepared<'a> {
    /// Reads a call of a module's export, which is called as one of the declarations says, if that has its name.
    ///
    /// # Errors
    /// The call is malformed, or does not fit an export.
    pub(crate) fn of(
        loader: &'a Loader,
        module: Rc<Module>,
        call: &str,
        declared: &[Declaration],
        limits: Limits,
    ) -> crate::failure::Result<Self> {
        let parsed = sql::Call::parse(call).map_err(|error| usage("command line", &error))?;
        let declared = declared.iter().find(|declared| declared.name == parsed.function);
        let callee = Callee::new(loader, module, &parsed, declared, limits, WarmUp::default())
            .map_err(|error| usage(located(call, ""), &error))?;
        Self::with_values(callee, call, &parsed)
    }

    fn with_values(
        callee: Callee<'a>,
        call: &str,
        parsed: &sql::Call,
    ) -> crate::failure::Result<Self> {
        let values = callee
            .arguments(parsed)
            .map_err(|error| usage(located(call, &path::take()), &error))?;
        Ok(Self { callee, values })
    }
}

impl CallArguments {
    /// Reads the module and the call.
    ///
    /// # Errors
    /// The errors of either.
    pub(crate) fn prepare<'a>(&self, loader: &'a Loader) -> crate::failure::Result<Prepared<'a>> {
        let Self { source, call, declaration, limits, warm_up } = self;
        let of_line = |error| usage("command line", &error);
        let parsed = sql::Call::parse(call).map_err(of_line)?;
        let declared =
            declaration.as_deref().map(Declaration::parse).transpose().map_err(of_line)?;
        let code = source::read(&source.file)?;
        let refused = |error: plwasm_engine::Error| {
            let kind = if is_of_module(&error) { Kind::Module } else { Kind::Usage };
            Failure::of(kind, source.file.display(), &error)
        };
        let module = loader.module(&code, source.wasi.wasi).map_err(refused)?;
        let (limits, warm_up) = (limits.limits(), warm_up.warm_up());
        let callee = Callee::new(loader, module, &parsed, declared.as_ref(), limits, warm_up)
            .map_err(refused)?;
        Prepared::with_values(callee, call, &parsed)
    }
}

/// Makes the failure of a command line that does not fit the module.
fn usage(what: impl std::fmt::Display, error: &plwasm_engine::Error) -> Failure {
    Failure::of(Kind::Usage, what, error)
}

/// Returns an error's message with its place.
pub(crate) fn located(what: &str, place: &str) -> String {
    let what = plwasm_engine::name::paragraph(what);
    match place.is_empty() {
        true => what,
        false => format!("{what}, {place}"),
    }
}
