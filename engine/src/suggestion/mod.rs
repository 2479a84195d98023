//! Suggestions: the SQL functions and types to create for the exports of a module.
//!
//! [`crate::sql`] proposes an SQL type for each WIT type. A function that returns `list<record>` becomes a function
//! that returns a set of rows. A function that returns `result<T, E>` becomes one that returns T.
//!
//! A core module without WIT has only the core types of its exports. An export that takes and returns nothing but
//! scalars is assumed to be a function of numbers: i32, i64, f32 and f64 become integer, bigint, real and double
//! precision. The assumption can be wrong, because an i32 can be an address. The SQL of such a function has a remark
//! that says so ([`NewFunction::remark`]).
//!
//! Nothing here may look anything up. Whoever runs the statements finds out whether something exists already. The
//! [`Dialect`] quotes names.

mod statement;
mod types;

pub use statement::{Column, Definition, NewFunction, NewType, literal};

use crate::Listed;
use crate::abi::{CoreSignature, CoreType, MAX_FLAT_PARAMS, ResultType, Type};
use crate::name::{self, folded, snake};
use crate::read::body;
use crate::read::wit::{Function, Spelling, Value};
pub use crate::sql::Reason;
use crate::sql::{Base, Proposed, proposed};
use std::collections::{HashMap, HashSet};

/// The length of the longest name that PostgreSQL does not truncate, in bytes.
const MAX_NAME: usize = 63;

/// The export by which componentize-py initializes a Python program at build time, before its state is stored in the
/// component.
const COMPONENTIZE_PY: &str = "exports#init";

type Result<T> = std::result::Result<T, Reason>;

/// The functions that depend on a server. The extension and the command have one dialect each.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// Returns a name, quoted if necessary.
    pub identifier: fn(&str) -> String,
    /// Returns a comment in a form that the server can store.
    pub comment: fn(&str) -> String,
    /// Called between exports. May raise a pending interrupt.
    pub poll: fn(),
}

/// The functions and types to create for the exports of one module.
#[derive(Debug)]
pub struct Suggestions {
    dialect: Dialect,
    schema: String,
    /// The name of the module as bodies write it: `text_tools`, or `schema.text_tools`.
    module: String,
    /// The types. Each comes after the types that it needs.
    pub types: Vec<NewType>,
    /// The suggested functions, one for each export.
    pub functions: Vec<Suggestion>,
    /// The SQL types of records and enums by the address of the WIT type, which the exports keep alive.
    known: HashMap<*const (), Result<String>>,
    /// The index in `types` of each name.
    by_name: HashMap<String, usize>,
}

/// The function to create for one export.
#[derive(Debug)]
pub struct Suggestion {
    /// The name of the export.
    pub export: String,
    /// The function, or the reason why none can be created.
    pub function: Result<NewFunction>,
}

/// The remark of a function whose i32s are assumed to be numbers.
const MAY_BE_ADDRESS: &str =
    "its module does not say whether an i32 is a number, as is assumed here, or an address";

impl Suggestions {
    /// Returns suggestions for all exports with WIT metadata, in their order. If no export has any, returns suggestions
    /// for the exports that take and return scalars. Functions are created in `schema`, or in the current schema if it
    /// is empty.
    pub fn of(
        exports: &[Listed],
        schema: &str,
        module_schema: &str,
        module: &str,
        dialect: Dialect,
    ) -> Self {
        let Dialect { identifier, .. } = dialect;
        let mut suggestions = Self {
            dialect,
            schema: schema.to_string(),
            module: match schema == module_schema {
                true => identifier(module),
                false => format!("{}.{}", identifier(module_schema), identifier(module)),
            },
            types: Vec::new(),
            functions: Vec::new(),
            known: HashMap::new(),
            by_name: HashMap::new(),
        };
        let functions: Vec<_> = exports.iter().filter_map(|export| export.wit.as_ref()).collect();
        let (names, called): (_, Vec<_>) = named(exports, &functions).into_iter().unzip();
        let names = folded(names);
        let mut signatures = HashSet::new();
        for ((function, name), called) in functions.into_iter().zip(names).zip(called) {
            (dialect.poll)();
            let body = format!("{}#{}", suggestions.module, body::export_name(called));
            let is_module = schema == module_schema && name == module && function.params.is_empty();
            let found = match (&function.unsupported, is_module) {
                (Some(reason), _) => Err(reason.clone()),
                _ if function.member().is_some() => Err("it belongs to a resource".into()),
                _ if function.export == COMPONENTIZE_PY => {
                    Err("it is componentize-py's own, for the build".into())
                }
                (None, true) => Err("its name is the module's own".into()),
                (None, false) => suggestions.function(&name, body, function),
            };
            let found = found.and_then(|found| match signatures.insert(found.signature()) {
                true => Ok(found),
                false => Err("another export has its name and parameters".into()),
            });
            suggestions
                .functions
                .push(Suggestion { export: function.export.clone(), function: found });
        }
        if suggestions.functions.is_empty() {
            let own = (schema == module_schema).then_some(module);
            suggestions.scalars(exports, own);
        }
        suggestions
    }

    /// Adds functions for a core module without WIT. `own` is the module's name if the module is in the same schema.
    fn scalars(&mut self, exports: &[Listed], own: Option<&str>) {
        let callable = exports.iter().filter(|export| name::is_function(&export.name));
        let (names, callable): (_, Vec<_>) = callable
            .filter_map(|export| Some((snake(&export.name), (export, export.core.as_ref()?))))
            .unzip();
        let mut signatures = HashSet::new();
        for (name, (export, core)) in folded(names).iter().zip(callable) {
            (self.dialect.poll)();
            let Some(found) = self.scalar_function(name, &export.name, core) else { continue };
            let is_module = own == Some(name) && core.params.is_empty();
            let found = found.and_then(|found| match signatures.insert(found.signature()) {
                _ if is_module => Err("its name is the module's own".into()),
                true => Ok(found),
                false => Err("another export has its name and parameters".into()),
            });
            self.functions.push(Suggestion { export: export.name.clone(), function: found });
        }
    }

    /// Returns the function for an export of scalars. Returns `None` if the export has other values, or no values at
    /// all.
    fn scalar_function(
        &self,
        name: &str,
        export: &str,
        core: &CoreSignature,
    ) -> Option<Result<NewFunction>> {
        let params = core.params.iter().map(|ty| scalar(*ty)).collect::<Option<Vec<_>>>()?;
        let returns = match core.results[..] {
            [] if params.is_empty() => return None,
            [] => "void",
            [ty] => scalar(ty)?,
            _ => return None,
        };
        let name = match params.len() > MAX_FLAT_PARAMS {
            true => Err(format!("it has more than {MAX_FLAT_PARAMS} parameters").into()),
            false => self.qualified(name),
        };
        let has_i32 = core.params.iter().chain(&core.results).any(|ty| *ty == CoreType::I32);
        Some(name.map(|name| NewFunction {
            name,
            params: params.into_iter().map(|ty| (String::new(), ty.into())).collect(),
            returns: returns.into(),
            strict: true,
            body: format!("{}#{}", self.module, body::export_name(export)),
            docs: None,
            remark: has_i32.then_some(MAY_BE_ADDRESS),
        }))
    }

    fn function(&mut self, name: &str, body: String, function: &Function) -> Result<NewFunction> {
        // If the function fails, the types that were registered for it are removed.
        let types = self.types.len();
        let made = self.try_function(name, body, function);
        if made.is_err() {
            for ty in self.types.drain(types..) {
                self.by_name.remove(&ty.name);
            }
            self.known.clear();
        }
        made
    }

    fn try_function(
        &mut self,
        name: &str,
        body: String,
        function: &Function,
    ) -> Result<NewFunction> {
        let mut params = Vec::new();
        let names = folded(function.params.iter().map(|param| snake(&param.name)).collect());
        for (param, own) in function.params.iter().zip(names) {
            let Value { ty, spelling } = &param.value;
            let sql = self.nullable(ty, spelling, &format!("{name}_{own}"))?;
            params.push((self.short(&own)?, sql));
        }
        let returns = match &function.result {
            Some(Value { ty, spelling }) => {
                self.returns(ty, spelling, &format!("{name}_result"))?
            }
            None => "void".into(),
        };
        let is_option = |ty: &Type| matches!(ty, Type::Option(_));
        Ok(NewFunction {
            name: self.qualified(name)?,
            params,
            returns,
            strict: !function.params.iter().any(|param| is_option(&param.value.ty)),
            body,
            docs: function.docs.as_deref().map(|docs| self.comment(docs)),
            remark: None,
        })
    }

    /// Returns the SQL type that a function returns.
    fn returns(&mut self, ty: &Type, spelling: &Spelling, path: &str) -> Result<String> {
        if let Type::Result(result) = ty {
            let ResultType { ok, err } = &**result;
            if !matches!(err, None | Some(Type::String)) && spelling.part(1).name() != Some("error")
            {
                return Err("its error is neither a string nor the error of plwasm:types".into());
            }
            return match ok {
                None => Ok("void".into()),
                Some(ok) => self.returns_value(ok, &spelling.part(0), path),
            };
        }
        self.returns_value(ty, spelling, path)
    }

    /// Returns the SQL type that a function returns whose WIT type is not a `result`.
    fn returns_value(&mut self, ty: &Type, spelling: &Spelling, path: &str) -> Result<String> {
        if let Type::List(row) = ty
            && let Type::Record(_) = **row
            && let Proposed::Composite(_) = proposed(row, &spelling.part(0))?
        {
            return Ok(format!("SETOF {}", self.sql(row, &spelling.part(0), path)?));
        }
        self.nullable(ty, spelling, path)
    }

    /// Checks that PostgreSQL does not truncate a name. Returns the name, quoted if necessary.
    fn short(&self, name: &str) -> Result<String> {
        match name.len() > MAX_NAME {
            true => {
                Err(format!("\"{}\" is longer than {MAX_NAME} bytes", name::printable(name)).into())
            }
            false => Ok((self.dialect.identifier)(name)),
        }
    }

    /// Returns the name with its schema, both quoted if necessary.
    fn qualified(&self, name: &str) -> Result<String> {
        let name = self.short(name)?;
        Ok(match self.schema.is_empty() {
            true => name,
            false => format!("{}.{name}", (self.dialect.identifier)(&self.schema)),
        })
    }

    fn comment(&self, docs: &str) -> String {
        (self.dialect.comment)(docs.trim())
    }
}

impl Suggestion {
    /// Returns the statement that creates the function, or a comment that says why there is none.
    pub fn sql(&self, or_replace: bool) -> String {
        match &self.function {
            Ok(function) => function.create(or_replace) + ";" + &function.remark(),
            Err(reason) => format!("-- {}: {reason}", name::printable(&self.export)),
        }
    }
}

/// Returns the SQL type that is assumed for a core type, `None` if SQL has nothing like it.
fn scalar(ty: CoreType) -> Option<&'static str> {
    let ty = match ty {
        CoreType::I32 => Type::S32,
        CoreType::I64 => Type::S64,
        CoreType::F32 => Type::F32,
        CoreType::F64 => Type::F64,
        CoreType::V128 | CoreType::Ref => return None,
    };
    Base::proposed_for(&ty).map(Base::sql)
}

/// Returns for each function the name of its SQL function, and the name by which a body calls the export.
fn named<'a>(exports: &[Listed], functions: &[&'a Function]) -> Vec<(String, &'a str)> {
    let lower = |function: &Function| snake(function.name()).to_ascii_lowercase();
    let mut times: HashMap<String, usize> = HashMap::new();
    for function in functions {
        *times.entry(lower(function)).or_default() += 1;
    }
    let named = |function: &&'a Function| {
        let own = snake(function.name());
        match function.interface() {
            // Functions with the same name in two interfaces get the name of the interface before theirs.
            Some(interface) if times[&lower(function)] > 1 => {
                (format!("{}_{own}", snake(interface_name(interface))), &*function.export)
            }
            // The name within the interface stays the same in a new version of the interface.
            Some(_) if answers(exports, function) => (own, function.name()),
            _ => (own, &*function.export),
        }
    };
    functions.iter().map(named).collect()
}

/// Returns true if a function of an interface is found by its own name, without that of the interface.
fn answers(exports: &[Listed], function: &Function) -> bool {
    let names = exports.iter().map(|export| export.name.as_str());
    name::find(names, function.name()).is_ok_and(|found| found == function.export)
}

/// Returns the name of an interface alone: `text` for `plwasm:demo/text@1.0.0`.
fn interface_name(interface: &str) -> &str {
    let name = interface.rsplit_once('/').map_or(interface, |(_, name)| name);
    name.split('@').next().unwrap_or(name)
}
