//! The Component Model's rules, as scripts: every directive is run through our merge and in wasmtime's component
//! runtime, and both must do what the script says. [`component_model/README.md`] lists the rules.
//!
//! `PLWASM_WAST=DIR cargo test --workspace --exclude plwasm --test component_model -- --nocapture` runs any other scripts, such as the
//! Component Model's own, through the merge alone, and prints what differs.

#[path = "component_model/values.rs"]
mod values;

use plwasm_engine::{Engine, Error, Guest, Isolation, Limits, MemoryBudget, Module};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use wasmtime::component::{Component, Instance, Linker, Val};
use wasmtime::{Config, Store};
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::{QuoteWat, Wast, WastArg, WastDirective, WastExecute, WastInvoke, WastRet, Wat};

/// What a script says of a component that wasmtime takes and we refuse begins with that.
const UNSUPPORTED: &str = "unsupported: ";

/// A script with that in it uses what the wasmtime of this build cannot do: it is run through the merge alone.
const OURS_ALONE: &str = ";;! ours alone";

const LIMITS: Limits =
    Limits { fuel: 1_000_000_000, memory: 512 << 20, isolation: Isolation::Statement };

fn scripts(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(scripts(&path)),
            false if path.extension().is_some_and(|extension| extension == "wast") => {
                found.push(path);
            }
            false => {}
        }
    }
    found.sort();
    found
}

#[test]
fn the_component_models_rules() {
    let (directory, is_ours) = match std::env::var_os("PLWASM_WAST") {
        Some(directory) => (PathBuf::from(directory), false),
        None => (Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/component_model"), true),
    };
    let mut counts = Counts::default();
    let mut failures = Vec::new();
    for path in scripts(&directory) {
        let text = std::fs::read_to_string(&path).unwrap();
        let has_reference = is_ours && !text.contains(OURS_ALONE);
        let mut lexer = Lexer::new(&text);
        lexer.allow_confusing_unicode(true);
        let parsed = ParseBuffer::new_with_lexer(lexer);
        let parsed = parsed.and_then(|buffer| run(&text, &buffer, has_reference, &mut counts));
        match parsed {
            Ok(found) => failures.extend(
                found.iter().map(|(line, what)| format!("{}:{line}: {what}", path.display())),
            ),
            Err(error) => failures.push(format!("{}: {error}", path.display())),
        }
    }
    println!("{counts:?}");
    failures.iter().for_each(|failure| println!("{failure}"));
    assert!(failures.is_empty() || !is_ours, "{} failures", failures.len());
    assert!(!is_ours || counts.returns > 100 && counts.traps > 50 && counts.refusals > 100);
}

/// How many directives of each kind did what they should.
#[derive(Debug, Default)]
struct Counts {
    returns: usize,
    traps: usize,
    refusals: usize,
    components: usize,
    skipped: usize,
}

fn run(
    text: &str,
    buffer: &ParseBuffer<'_>,
    has_reference: bool,
    counts: &mut Counts,
) -> Result<Vec<(usize, String)>, wast::Error> {
    let script: Wast<'_> = parser::parse(buffer)?;
    let mut run = Run { has_reference, ..Run::default() };
    let mut failures = Vec::new();
    for directive in script.directives {
        let line = directive.span().linecol_in(text).0 + 1;
        match run.directive(directive, counts) {
            Ok(()) => {}
            Err(what) => failures.push((line, what)),
        }
    }
    Ok(failures)
}

#[derive(Default)]
struct Run {
    has_reference: bool,
    definitions: HashMap<Option<String>, Vec<u8>>,
    instances: HashMap<Option<String>, Subject>,
    /// The one that calls without a name are of.
    latest: Option<String>,
}

/// A component that is called: the same instance, until it traps.
struct Subject {
    ours: Ours,
    theirs: Option<Theirs>,
}

struct Ours {
    engine: Engine,
    module: Rc<Module>,
    guest: Option<Guest>,
}

impl Ours {
    fn new(binary: &[u8]) -> Result<Self, Error> {
        let engine = Engine::new(|| false, MemoryBudget::new(1 << 30))?;
        let module = Rc::new(Module::compile(&engine, binary, Isolation::Statement)?);
        let guest = Some(Guest::new(&engine, module.clone(), LIMITS)?);
        Ok(Self { engine, module, guest })
    }

    fn call(&mut self, name: &str, arguments: &[Val]) -> Result<Vec<Val>, Error> {
        let mut guest = match self.guest.take() {
            Some(kept) => kept,
            None => Guest::new(&self.engine, self.module.clone(), LIMITS)?,
        };
        let wit = self.module.function(name)?.wit;
        let signature = wit.and_then(|wit| wit.signature());
        let signature =
            signature.ok_or_else(|| Error::Unsupported(format!("{name} in a script")))?;
        let found = values::call(&mut guest, name, &signature, arguments)?;
        self.guest = Some(guest);
        Ok(found.into_iter().collect())
    }
}

struct Theirs {
    component: Component,
    instance: Option<(Store<()>, Instance)>,
}

impl Theirs {
    fn new(binary: &[u8]) -> wasmtime::Result<Self> {
        let mut config = Config::new();
        config.wasm_multi_memory(true).wasm_exceptions(true);
        let component = Component::new(&wasmtime::Engine::new(&config)?, binary)?;
        let mut new = Self { component, instance: None };
        new.instance = Some(new.instantiate()?);
        Ok(new)
    }

    fn instantiate(&self) -> wasmtime::Result<(Store<()>, Instance)> {
        let engine = self.component.engine();
        let mut store = Store::new(engine, ());
        let instance = Linker::new(engine).instantiate(&mut store, &self.component)?;
        Ok((store, instance))
    }

    fn call(&mut self, name: &str, arguments: &[Val]) -> wasmtime::Result<Vec<Val>> {
        let (mut store, instance) = match self.instance.take() {
            Some(kept) => kept,
            None => self.instantiate()?,
        };
        let func = instance.get_func(&mut store, name).expect("the export is there");
        let mut results = vec![Val::Bool(false); func.ty(&store).results().len()];
        func.call(&mut store, arguments, &mut results)?;
        self.instance = Some((store, instance));
        Ok(results)
    }
}

/// What the specification calls a trap.
fn is_trap(error: &Error) -> bool {
    matches!(error.cause(), Error::Trap { .. } | Error::Abi(_))
}

impl Run {
    fn directive(
        &mut self,
        directive: WastDirective<'_>,
        counts: &mut Counts,
    ) -> Result<(), String> {
        match directive {
            WastDirective::Module(mut module) => {
                let name = module.name().map(|id| id.name().to_string());
                let binary = module.encode().map_err(|error| error.to_string())?;
                self.instantiate(name, binary, counts)
            }
            WastDirective::ModuleDefinition(mut module) => {
                let name = module.name().map(|id| id.name().to_string());
                let binary = module.encode().map_err(|error| error.to_string())?;
                self.definitions.insert(name, binary);
                Ok(())
            }
            WastDirective::ModuleInstance { instance, module, .. } => {
                let module = module.map(|id| id.name().to_string());
                let binary = self.definitions.get(&module).cloned().ok_or("no definition")?;
                self.instantiate(instance.map(|id| id.name().to_string()), binary, counts)
            }
            WastDirective::AssertMalformed { module, message, .. }
            | WastDirective::AssertInvalid { module, message, .. } => {
                self.refuses(module, message, counts)
            }
            WastDirective::AssertReturn { exec: WastExecute::Invoke(call), results, .. } => {
                let expected = expected(&results)?;
                self.invoke(&call, Some(&expected))?;
                counts.returns += 1;
                Ok(())
            }
            WastDirective::AssertTrap { exec: WastExecute::Invoke(call), .. } => {
                self.invoke(&call, None)?;
                counts.traps += 1;
                Ok(())
            }
            WastDirective::AssertTrap { exec: WastExecute::Wat(mut wat), .. } => {
                self.traps_at_once(&mut wat)?;
                counts.traps += 1;
                Ok(())
            }
            _ => {
                counts.skipped += 1;
                Ok(())
            }
        }
    }

    fn instantiate(
        &mut self,
        name: Option<String>,
        binary: Vec<u8>,
        counts: &mut Counts,
    ) -> Result<(), String> {
        if !binary.starts_with(b"\0asm\x0d") {
            counts.skipped += 1;
            return Ok(());
        }
        self.instances.remove(&name);
        let ours = match Ours::new(&binary) {
            Ok(ours) => ours,
            Err(Error::Imports(_)) if !self.has_reference => {
                counts.skipped += 1;
                return Ok(());
            }
            Err(error) => return Err(format!("ours: {}", told(&error))),
        };
        let theirs = self.has_reference.then(|| Theirs::new(&binary)).transpose();
        let theirs = theirs.map_err(|error| format!("theirs: {error:#}"))?;
        counts.components += 1;
        self.latest = name.clone();
        self.instances.insert(name, Subject { ours, theirs });
        Ok(())
    }

    fn refuses(
        &self,
        mut module: QuoteWat<'_>,
        message: &str,
        counts: &mut Counts,
    ) -> Result<(), String> {
        // What is no text of a component is refused before.
        let Ok(binary) = module.encode() else {
            counts.skipped += 1;
            return Ok(());
        };
        if !binary.starts_with(b"\0asm\x0d") && !self.has_reference {
            counts.skipped += 1;
            return Ok(());
        }
        let found = match Ours::new(&binary) {
            Ok(_) => return Err(format!("ours takes it: {message}")),
            Err(error) => error,
        };
        match (message.strip_prefix(UNSUPPORTED), &found) {
            (Some(what), Error::Unsupported(message)) if message.contains(what) => {}
            (None, Error::Invalid(_)) => {}
            _ if !self.has_reference => {
                counts.refusals += 1;
                return Err(format!("(refused) {}; {message}", told(&found)));
            }
            _ => return Err(format!("ours: {}", told(&found))),
        }
        if self.has_reference {
            match (Theirs::new(&binary), message.starts_with(UNSUPPORTED)) {
                (Err(error), false) => {
                    let error = format!("{error:#}");
                    if !error.contains(message) {
                        return Err(format!("theirs: {error}"));
                    }
                }
                (Ok(_), true) => {}
                (Ok(_), false) => return Err(format!("theirs takes it: {message}")),
                // wasmtime has what is not enabled in its own way.
                (Err(_), true) => {}
            }
        }
        counts.refusals += 1;
        Ok(())
    }

    fn invoke(&mut self, call: &WastInvoke<'_>, expected: Option<&[Val]>) -> Result<(), String> {
        let name = call.module.map(|id| id.name().to_string()).or_else(|| self.latest.clone());
        let subject = self.instances.get_mut(&name).ok_or("no instance")?;
        let arguments = call.args.iter().map(argument).collect::<Result<Vec<_>, _>>()?;
        let found = subject.ours.call(call.name, &arguments);
        check("ours", found.as_deref().map_err(told), expected)?;
        if found.as_ref().is_err_and(|error| !is_trap(error)) {
            return Err(format!("ours: no trap: {}", told(found.as_ref().unwrap_err())));
        }
        if let Some(theirs) = &mut subject.theirs {
            let found = theirs.call(call.name, &arguments);
            check("theirs", found.as_deref().map_err(|error| format!("{error:#}")), expected)?;
        }
        Ok(())
    }

    fn traps_at_once(&self, wat: &mut Wat<'_>) -> Result<(), String> {
        let binary = wat.encode().map_err(|error| error.to_string())?;
        match Ours::new(&binary) {
            Err(error) if is_trap(&error) => {}
            Err(error) => return Err(format!("ours: {}", told(&error))),
            Ok(_) => return Err("ours: it does not trap".into()),
        }
        match self.has_reference.then(|| Theirs::new(&binary)) {
            Some(Ok(_)) => Err("theirs: it does not trap".into()),
            _ => Ok(()),
        }
    }
}

fn check(who: &str, found: Result<&[Val], String>, expected: Option<&[Val]>) -> Result<(), String> {
    match (found, expected) {
        (Ok(found), Some(expected)) if found == expected => Ok(()),
        (Err(_), None) => Ok(()),
        (Ok(found), Some(expected)) => Err(format!("{who}: {found:?}, not {expected:?}")),
        (Ok(found), None) => Err(format!("{who}: {found:?}, no trap")),
        (Err(error), Some(_)) => Err(format!("{who}: {error}")),
    }
}

fn expected(results: &[WastRet<'_>]) -> Result<Vec<Val>, String> {
    let one = |result: &WastRet<'_>| match result {
        WastRet::Component(value) => Ok(values::of(value)),
        other => Err(format!("{other:?}")),
    };
    results.iter().map(one).collect()
}

fn argument(argument: &WastArg<'_>) -> Result<Val, String> {
    match argument {
        WastArg::Component(value) => Ok(values::of(value)),
        other => Err(format!("{other:?}")),
    }
}

fn told(error: &Error) -> String {
    format!("{error}").lines().collect::<Vec<_>>().join(" ")
}
