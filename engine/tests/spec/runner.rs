//! The runner: one script from its first directive to its last, through the passes.

use crate::corpus::{self, Script};
use crate::{host, skips, value};
use plwasm_engine::compile::instrument::{Passes, instrument};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use wasmtime::{Engine, Error, Instance, Linker, Module, Store, ThrownException, Trap, Val};
use wast::token::Id;
use wast::{QuoteWat, WastDirective, WastExecute, WastInvoke};

/// What became of the directives of a script.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub passed: usize,
    /// Reason and number.
    pub skipped: HashMap<&'static str, usize>,
    /// Line and what went wrong there.
    pub failed: Vec<(usize, String)>,
}

/// Runs a script.
pub(crate) fn run(engine: &Engine, script: &Script, passes: Passes) -> Report {
    let report = corpus::with_directives(script.text, |directives| {
        let mut report = Report::default();
        let mut runner = match Runner::new(engine, passes) {
            Ok(runner) => runner,
            Err(error) => {
                report.failed.push((0, format!("no host: {}", explain(&error))));
                return report;
            }
        };
        for (line, directive) in directives {
            if let Some(reason) = skips::reason(&script.name, line) {
                *report.skipped.entry(reason).or_default() += 1;
                continue;
            }
            // The runner is of no use after a panic, but then the script has failed already.
            match catch_unwind(AssertUnwindSafe(|| runner.directive(directive))) {
                Ok(Ok(())) => report.passed += 1,
                Ok(Err(why)) => report.failed.push((line, why)),
                Err(_) => report.failed.push((line, "panicked, see above".into())),
            }
        }
        report
    });
    report.unwrap_or_else(|why| Report { failed: vec![(0, why)], ..Report::default() })
}

/// What has been defined so far.
struct Runner {
    passes: Passes,
    store: Store<()>,
    /// Knows what modules are registered as.
    linker: Linker<()>,
    /// The newest module and the newest instance have no name.
    modules: HashMap<Option<String>, Module>,
    instances: HashMap<Option<String>, Instance>,
}

/// Why something did not happen.
enum Failure {
    /// Before anything ran.
    Refused(String),
    /// It did run.
    Raised(Error),
}

impl Runner {
    fn new(engine: &Engine, passes: Passes) -> wasmtime::Result<Self> {
        let (store, linker) = host::linker(engine)?;
        let (modules, instances) = (HashMap::new(), HashMap::new());
        Ok(Self { passes, store, linker, modules, instances })
    }

    fn directive(&mut self, directive: WastDirective<'_>) -> Result<(), String> {
        match directive {
            WastDirective::Module(mut module) => {
                self.instances.remove(&None);
                let name = module.name();
                let module = self.compile(&encode(&mut module)?)?;
                let instance = self.instantiate(&module).map_err(describe)?;
                self.name_instance(name, instance);
                self.name_module(name, module);
            }
            WastDirective::ModuleDefinition(mut module) => {
                let name = module.name();
                let module = self.compile(&encode(&mut module)?)?;
                self.name_module(name, module);
            }
            WastDirective::ModuleInstance { instance: name, module, .. } => {
                let module = self.modules.get(&key(module)).ok_or("no such module")?.clone();
                let instance = self.instantiate(&module).map_err(describe)?;
                self.name_instance(name, instance);
            }
            WastDirective::Register { name, module, .. } => {
                let instance = self.instance(module)?;
                let linked = self.linker.instance(&mut self.store, name, instance);
                linked.map_err(|error| explain(&error))?;
            }
            WastDirective::Invoke(invoke) => {
                self.invoke(&invoke).map_err(describe)?;
            }

            WastDirective::AssertReturn { exec, results, .. } => {
                let actual = self.execute(exec).map_err(|failure| {
                    format!(
                        "expected {}, but: {}",
                        value::show_expected(&results),
                        describe(failure)
                    )
                })?;
                if !value::all_match(&mut self.store, &actual, &results) {
                    let (expected, actual) = (value::show_expected(&results), value::show(&actual));
                    return Err(format!("expected {expected}, got {actual}"));
                }
            }
            WastDirective::AssertTrap { exec, message, .. } => {
                let result = self.execute(exec);
                self.expect_trap(result, message)?;
            }
            WastDirective::AssertExhaustion { call, message, .. } => {
                let result = self.invoke(&call);
                self.expect_trap(result, message)?;
            }
            WastDirective::AssertException { exec, .. } => match self.execute(exec) {
                Err(Failure::Raised(error)) if error.is::<ThrownException>() => {
                    self.store.take_pending_exception();
                }
                other => return Err(unexpected("an exception", other)),
            },

            WastDirective::AssertMalformed { mut module, message, .. }
            | WastDirective::AssertInvalid { mut module, message, .. }
            | WastDirective::AssertMalformedCustom { mut module, message, .. }
            | WastDirective::AssertInvalidCustom { mut module, message, .. } => {
                // Text may be refused by its parser already.
                if let Ok(binary) = module.encode()
                    && self.compile(&binary).is_ok()
                {
                    return Err(format!("a module was accepted that should not: {message}"));
                }
            }
            WastDirective::AssertUnlinkable { module, message, .. } => {
                let module = self.compile(&encode(&mut QuoteWat::Wat(module))?)?;
                match self.instantiate(&module) {
                    Err(Failure::Raised(error)) if !error.is::<Trap>() => {}
                    other => {
                        let wanted = format!("not to be linked ({message})");
                        return Err(unexpected(&wanted, other.map(|_| Vec::new())));
                    }
                }
            }

            WastDirective::AssertSuspension { .. }
            | WastDirective::Thread(_)
            | WastDirective::Wait { .. } => return Err("a directive that is not known".into()),
        }
        Ok(())
    }

    fn compile(&self, binary: &[u8]) -> Result<Module, String> {
        let done = instrument(binary, self.passes).map_err(|error| format!("passes: {error}"))?;
        Module::from_binary(self.store.engine(), &done.binary).map_err(|error| {
            // A module that is right before the passes and wrong after them is their fault.
            match Module::from_binary(self.store.engine(), binary) {
                Ok(_) => format!("fits before the passes, but after them: {}", explain(&error)),
                Err(_) => explain(&error),
            }
        })
    }

    fn instantiate(&mut self, module: &Module) -> Result<Instance, Failure> {
        self.linker.instantiate(&mut self.store, module).map_err(Failure::Raised)
    }

    fn name_instance(&mut self, name: Option<Id<'_>>, instance: Instance) {
        self.instances.insert(None, instance);
        if name.is_some() {
            self.instances.insert(key(name), instance);
        }
    }

    fn name_module(&mut self, name: Option<Id<'_>>, module: Module) {
        if name.is_some() {
            self.modules.insert(key(name), module.clone());
        }
        self.modules.insert(None, module);
    }

    fn instance(&self, name: Option<Id<'_>>) -> Result<Instance, String> {
        self.instances.get(&key(name)).copied().ok_or_else(|| "no such instance".into())
    }

    fn execute(&mut self, execute: WastExecute<'_>) -> Result<Vec<Val>, Failure> {
        match execute {
            WastExecute::Invoke(invoke) => self.invoke(&invoke),
            WastExecute::Wat(module) => {
                let binary = encode(&mut QuoteWat::Wat(module)).map_err(Failure::Refused)?;
                let module = self.compile(&binary).map_err(Failure::Refused)?;
                self.instantiate(&module).map(|_| Vec::new())
            }
            WastExecute::Get { module, global, .. } => {
                let instance = self.instance(module).map_err(Failure::Refused)?;
                let global = instance
                    .get_global(&mut self.store, global)
                    .ok_or_else(|| Failure::Refused(format!("no global \"{global}\"")))?;
                Ok(vec![global.get(&mut self.store)])
            }
        }
    }

    fn invoke(&mut self, invoke: &WastInvoke<'_>) -> Result<Vec<Val>, Failure> {
        let instance = self.instance(invoke.module).map_err(Failure::Refused)?;
        let func = instance
            .get_func(&mut self.store, invoke.name)
            .ok_or_else(|| Failure::Refused(format!("no function \"{}\"", invoke.name)))?;
        let arguments =
            value::arguments(&mut self.store, &invoke.args).map_err(Failure::Refused)?;
        let mut results = vec![Val::I32(0); func.ty(&self.store).results().len()];
        func.call(&mut self.store, &arguments, &mut results).map_err(Failure::Raised)?;
        Ok(results)
    }

    fn expect_trap(&self, result: Result<Vec<Val>, Failure>, message: &str) -> Result<(), String> {
        match result {
            Err(Failure::Raised(error))
                if error.downcast_ref().is_some_and(|trap| is_trap(*trap, message)) =>
            {
                Ok(())
            }
            other => Err(unexpected(&format!("the trap \"{message}\""), other)),
        }
    }
}

/// Whether this trap is the one that the specification calls by this message.
pub(crate) fn is_trap(trap: Trap, message: &str) -> bool {
    match message {
        "unreachable" => trap == Trap::UnreachableCodeReached,
        "undefined element" | "undefined" | "out of bounds table access" => {
            trap == Trap::TableOutOfBounds
        }
        "out of bounds" => matches!(trap, Trap::MemoryOutOfBounds | Trap::TableOutOfBounds),
        "indirect call" => trap == Trap::BadSignature,
        _ if message.starts_with("uninitialized") => trap == Trap::IndirectCallToNull,
        _ if message.starts_with("null") => trap == Trap::NullReference,
        _ => trap.to_string().trim_start_matches("wasm trap: ") == message,
    }
}

pub(crate) fn key(name: Option<Id<'_>>) -> Option<String> {
    name.map(|id| id.name().to_string())
}

fn encode(module: &mut QuoteWat<'_>) -> Result<Vec<u8>, String> {
    module.encode().map_err(|error| error.to_string())
}

/// Without Rust's backtrace, which wasmtime's Debug shows.
fn explain(error: &Error) -> String {
    let text = format!("{error:#}");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn describe(failure: Failure) -> String {
    match failure {
        Failure::Refused(why) => why,
        Failure::Raised(error) => explain(&error),
    }
}

fn unexpected(wanted: &str, result: Result<Vec<Val>, Failure>) -> String {
    match result {
        Ok(values) => format!("expected {wanted}, got {}", value::show(&values)),
        Err(failure) => format!("expected {wanted}, but: {}", describe(failure)),
    }
}
