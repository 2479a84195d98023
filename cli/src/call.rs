//! Calls on a command line: their limits, and what is called with which arguments.

use crate::callee::{Arguments, Callee};
use crate::failure::{Failure, Kind};
use crate::loader::{Loader, is_of_module};
use crate::source;
use crate::sql::{self, Declaration};
use crate::warm_up::WarmUpArguments;
use plwasm_engine::pass::path;
use plwasm_engine::warm_up::WarmUp;
use plwasm_engine::{Isolation, Limits, Module, read::body};
use std::rc::Rc;

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

/// One call of what a file exports.
#[derive(Debug, clap::Args)]
pub(crate) struct CallArguments {
    #[command(flatten)]
    source: source::SourceArguments,
    /// The call, in SQL: the name of an export, and constants; for an aggregate also rows: "total(x) FROM (VALUES (1),
    /// (2)) AS v (x)"
    #[arg(value_name = "CALL")]
    pub call: String,
    /// The SQL declaration of the function, for exports whose types the module does not describe
    #[arg(long = "as", value_name = "DECLARATION")]
    declaration: Option<String>,
    #[command(flatten)]
    limits: LimitArguments,
    #[command(flatten)]
    warm_up: WarmUpArguments,
    #[command(flatten)]
    debug: source::DebugArgument,
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

/// Reads a size of memory as a function's body writes it.
pub(crate) fn memory(text: &str) -> std::result::Result<usize, String> {
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

/// A call that is ready to be made.
#[derive(Debug)]
pub(crate) struct ReadyCall<'a> {
    pub callee: Callee<'a>,
    pub arguments: Arguments,
}

impl<'a> ReadyCall<'a> {
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
        Self::with_arguments(callee, call, &parsed)
    }

    fn with_arguments(
        callee: Callee<'a>,
        call: &str,
        parsed: &sql::Call,
    ) -> crate::failure::Result<Self> {
        let arguments = callee
            .arguments(parsed)
            .map_err(|error| usage(located(call, &path::take()), &error))?;
        Ok(Self { callee, arguments })
    }
}

impl CallArguments {
    /// Returns the fuel of one call.
    pub(crate) fn fuel(&self) -> u64 {
        self.limits.fuel
    }

    /// Reads the module and the call.
    ///
    /// # Errors
    /// The errors of either.
    pub(crate) fn prepare<'a>(&self, loader: &'a Loader) -> crate::failure::Result<ReadyCall<'a>> {
        let Self { source, call, declaration, limits, warm_up, debug } = self;
        let of_line = |error| usage("command line", &error);
        let parsed = sql::Call::parse(call).map_err(of_line)?;
        let declared =
            declaration.as_deref().map(Declaration::parse).transpose().map_err(of_line)?;
        let code = debug.attach(source::read(&source.file)?, &source.file)?;
        let refused = |error: plwasm_engine::Error| {
            let kind = if is_of_module(&error) { Kind::Module } else { Kind::Usage };
            Failure::of(kind, source.file.display(), &error)
        };
        let module = loader.module(&code, source.wasi.wasi).map_err(refused)?;
        let (limits, warm_up) = (limits.limits(), warm_up.warm_up());
        let callee = Callee::new(loader, module, &parsed, declared.as_ref(), limits, warm_up)
            .map_err(refused)?;
        ReadyCall::with_arguments(callee, call, &parsed)
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
