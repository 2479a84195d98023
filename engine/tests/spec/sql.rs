//! The same scripts through SQL: which assertions can be made there, and the tables of them that
//! `tests/client/spec.sql` reads.
//!
//! `cargo test --workspace --exclude plwasm --test spec -- --sql DIR [NAME...]` writes DIR/modules, DIR/functions
//! and DIR/calls for `COPY (FORMAT binary)`, so that arguments arrive bit for bit, and prints what is
//! left out and why. Here nothing is checked, but that an assertion holds in a fresh instance: in SQL
//! every call begins with one.

use crate::copy::Copy;
use crate::corpus::{self, Script};
use crate::runner::key;
use crate::wanted::Wanted;
use crate::{host, skips};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::rc::Rc;
use wasmtime::{Engine, FuncType, Module, Val, ValType};
use wast::{QuoteWat, QuoteWatTest, WastDirective, WastExecute, WastInvoke};

/// PostgreSQL's oids of the types that WebAssembly's numbers are, and their names.
const TYPES: [(&str, u32); 4] = [("int4", 23), ("int8", 20), ("float4", 700), ("float8", 701)];

/// The columns of arguments of each of them.
const ARRAYS: [&str; 4] = ["i", "l", "f", "d"];

/// What cannot be said in SQL.
pub(crate) type Skip = &'static str;

pub(crate) const NO_MODULE: Skip = "its module is not there";

/// Writes the tables of these scripts.
///
/// # Errors
/// Those of the file system.
pub(crate) fn write(scripts: &[Script], dir: &Path) -> std::io::Result<()> {
    let mut tables = Tables::new();
    for script in scripts.iter().filter(|script| script.same_as.is_none()) {
        let done = corpus::with_directives(script.text, |directives| {
            let mut reader = Reader { tables: &mut tables, script, modules: HashMap::new() };
            for (line, directive) in directives {
                if let Err(reason) = reader.directive(line, directive) {
                    *reader.tables.skipped.entry(reason).or_default() += 1;
                }
            }
        });
        done.expect("the scripts can be parsed");
    }
    println!("{} assertions in SQL", tables.assertions);
    println!("{} of them expect the one NaN, where the script has another", tables.payloads);
    for (reason, count) in &tables.skipped {
        println!("{count} skipped: {reason}");
    }
    for (name, copy) in
        [("modules", tables.modules), ("functions", tables.functions), ("calls", tables.calls)]
    {
        std::fs::write(dir.join(name), copy.finish())?;
    }
    Ok(())
}

struct Tables {
    engine: Engine,
    /// script text, line int4, name text, body text; without a name it must be refused
    modules: Copy,
    /// script text, name text, types text, arguments text, result text, body text
    functions: Copy,
    /// script text, line int4, function text, expected bytea, sqlstate text, i int4[], l int8[],
    /// f float4[], d float8[]
    calls: Copy,
    names: usize,
    assertions: usize,
    payloads: usize,
    skipped: BTreeMap<Skip, usize>,
}

impl Tables {
    fn new() -> Self {
        Self {
            engine: host::engine().expect("wasmtime is configured as this machine can"),
            modules: Copy::new(),
            functions: Copy::new(),
            calls: Copy::new(),
            names: 0,
            assertions: 0,
            payloads: 0,
            skipped: BTreeMap::new(),
        }
    }

    /// A name that no other module or function has.
    fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }
}

/// A module that SQL has, and those of its exports that are called.
struct SqlModule {
    name: String,
    module: Module,
    functions: std::cell::RefCell<HashMap<String, String>>,
}

struct Reader<'a> {
    tables: &'a mut Tables,
    script: &'a Script,
    /// By name; the newest has none. What is not in SQL is here with its reason.
    modules: HashMap<Option<String>, Result<Rc<SqlModule>, Skip>>,
}

impl Reader<'_> {
    fn directive(&mut self, line: usize, directive: WastDirective<'_>) -> Result<(), Skip> {
        let skip = skips::reason(&self.script.name, line);
        match directive {
            WastDirective::Module(mut module) | WastDirective::ModuleDefinition(mut module) => {
                let name = module.name();
                let found = match skip {
                    Some(reason) => Err(reason),
                    None => self.module(line, &mut module).map(Rc::new),
                };
                let reason = found.as_ref().err().copied();
                self.modules.insert(None, found.clone());
                if name.is_some() {
                    self.modules.insert(key(name), found);
                }
                reason.map_or(Ok(()), Err)
            }
            WastDirective::ModuleInstance { instance, module, .. } => {
                let found = self.modules.get(&key(module)).cloned().unwrap_or(Err(NO_MODULE));
                self.modules.insert(None, found.clone());
                self.modules.insert(key(instance), found);
                Ok(())
            }
            WastDirective::AssertReturn { exec, results, .. } => {
                self.call(line, invocation(exec)?, &Wanted::Results(&results))
            }
            WastDirective::AssertTrap { exec, message, .. } => {
                self.call(line, invocation(exec)?, &Wanted::Trap(message))
            }
            WastDirective::AssertExhaustion { call, message, .. } => {
                self.call(line, call, &Wanted::Trap(message))
            }
            WastDirective::AssertException { exec, .. } => {
                self.call(line, invocation(exec)?, &Wanted::Exception)
            }
            WastDirective::AssertMalformed { mut module, .. }
            | WastDirective::AssertInvalid { mut module, .. } => {
                skip.map_or(Ok(()), Err)?;
                let body = match module.to_test() {
                    Ok(QuoteWatTest::Binary(binary)) => STANDARD.encode(binary),
                    Ok(QuoteWatTest::Text(text)) => String::from_utf8(text)
                        .ok()
                        .filter(|text| !text.contains('\0'))
                        .ok_or("its text is not a text of SQL's")?,
                    Err(_) => return Err("refused by the script's parser already"),
                };
                self.tables
                    .modules
                    .row()
                    .text(&self.script.name)
                    .int4(line as i32)
                    .null()
                    .text(&body);
                self.tables.assertions += 1;
                Ok(())
            }
            WastDirective::AssertUnlinkable { .. } => Err("about linking"),
            // Nothing is asserted by the others.
            _ => Ok(()),
        }
    }

    /// A module for SQL.
    fn module(&mut self, line: usize, module: &mut QuoteWat<'_>) -> Result<SqlModule, Skip> {
        let binary = module.encode().map_err(|_| "refused by the script's parser already")?;
        let module = Module::from_binary(&self.tables.engine, &binary).map_err(|_| NO_MODULE)?;
        if module.imports().len() > 0 {
            return Err("its module has imports");
        }
        let name = self.tables.name("m");
        let body = STANDARD.encode(&binary);
        self.tables.modules.row().text(&self.script.name).int4(line as i32).text(&name).text(&body);
        self.tables.assertions += 1;
        Ok(SqlModule { name, module, functions: Default::default() })
    }

    fn call(&mut self, line: usize, call: WastInvoke<'_>, wanted: &Wanted<'_>) -> Result<(), Skip> {
        if let Some(reason) = skips::reason(&self.script.name, line) {
            return Err(reason);
        }
        let module = self.modules.get(&key(call.module)).cloned().unwrap_or(Err(NO_MODULE))?;
        let ty = module.module.get_export(call.name).and_then(|export| export.func().cloned());
        let ty = ty.ok_or("its export is no function")?;
        let (arguments, result) = signature(&ty)?;
        let (expected, sqlstate) = wanted.in_sql()?;
        let values = wanted.hold_in_a_fresh_instance(&module.module, &call)?;
        let function = self.function(&module, call.name, &arguments, result)?;

        if let Some(expected) = &expected {
            self.tables.payloads += usize::from(expected.is_another_nan);
        }
        let mut arrays: [Vec<Vec<u8>>; 4] = Default::default();
        for (value, sql_type) in values.iter().zip(&arguments) {
            arrays[*sql_type].push(bytes(value));
        }
        let row = self.tables.calls.row().text(&self.script.name).int4(line as i32);
        let row = row.text(&function);
        let row = match &expected {
            Some(expected) => row.bytes(&expected.bytes),
            None => row.null(),
        };
        let row = match sqlstate {
            Some(sqlstate) => row.text(sqlstate),
            None => row.null(),
        };
        arrays.iter().zip(TYPES).fold(row, |row, (array, (_, oid))| row.array(oid, array));
        self.tables.assertions += 1;
        Ok(())
    }

    /// The SQL function of an export, which may be a new one.
    fn function(
        &mut self,
        module: &SqlModule,
        export: &str,
        arguments: &[usize],
        result: &'static str,
    ) -> Result<String, Skip> {
        if let Some(name) = module.functions.borrow().get(export) {
            return Ok(name.clone());
        }
        // A body names an export up to the next white space; without one it is the SQL name.
        let (name, body) = if export.is_empty() || export.contains('\0') {
            return Err("its name is none in SQL");
        } else if !export.contains(char::is_whitespace) {
            (self.tables.name("f"), format!("{}#{export}", module.name))
        } else if export.len() < 64 {
            (export.to_string(), module.name.clone())
        } else {
            return Err("its name is none in SQL");
        };
        let types: Vec<_> = arguments.iter().map(|sql_type| TYPES[*sql_type].0).collect();
        let mut used = [0; 4];
        let elements = arguments.iter().map(|sql_type| {
            used[*sql_type] += 1;
            format!("{}[{}]", ARRAYS[*sql_type], used[*sql_type])
        });
        let elements: Vec<_> = elements.collect();
        let row = self.tables.functions.row().text(&self.script.name).text(&name);
        row.text(&types.join(", ")).text(&elements.join(", ")).text(result).text(&body);
        module.functions.borrow_mut().insert(export.to_string(), name.clone());
        Ok(name)
    }
}

fn invocation(execute: WastExecute<'_>) -> Result<WastInvoke<'_>, Skip> {
    match execute {
        WastExecute::Invoke(invoke) => Ok(invoke),
        WastExecute::Wat(_) => Err("about instantiation"),
        WastExecute::Get { .. } => Err("about a global"),
    }
}

/// The arguments as indexes into [`TYPES`], and the result.
fn signature(ty: &FuncType) -> Result<(Vec<usize>, &'static str), Skip> {
    let sql_type = |ty: ValType| match ty {
        ValType::I32 => Ok(0),
        ValType::I64 => Ok(1),
        ValType::F32 => Ok(2),
        ValType::F64 => Ok(3),
        ValType::V128 => Err("its function has a vector"),
        ValType::Ref(_) => Err("its function has a reference"),
    };
    let arguments = ty.params().map(sql_type).collect::<Result<Vec<_>, _>>()?;
    // More would be passed in memory.
    if arguments.len() > 16 {
        return Err("more than 16 arguments");
    }
    let mut results = ty.results().map(sql_type);
    match (results.next(), results.next()) {
        (None, _) => Ok((arguments, "void")),
        (Some(result), None) => Ok((arguments, TYPES[result?].0)),
        _ => Err("more than one result"),
    }
}

/// A number as PostgreSQL's binary format has it.
fn bytes(value: &Val) -> Vec<u8> {
    match value {
        Val::I32(value) => value.to_be_bytes().to_vec(),
        Val::I64(value) => value.to_be_bytes().to_vec(),
        Val::F32(bits) => bits.to_be_bytes().to_vec(),
        Val::F64(bits) => bits.to_be_bytes().to_vec(),
        other => unreachable!("{other:?} is no number"),
    }
}
