//! Suggestions: the SQL functions and types for what WIT metadata says.
//!
//! Which SQL type a WIT type becomes is said in [`crate::sql`]. A function's `list<record>` becomes its set of rows; of
//! its `result<T, E>` it returns T.
//!
//! A core module without WIT says only the core types of its exports. Exports of scalars alone are taken for functions
//! of numbers (i32, i64, f32 and f64 are integer, bigint, real and double precision), which they need not be: an i32
//! can be an address. The SQL of such a function has a remark that says so ([`NewFunction::remark`]).
//!
//! Nothing here may look anything up: whether something exists is a question for whoever runs the statements, and how
//! names are quoted is said by the [`Dialect`].

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

/// The longest name that PostgreSQL does not cut, in bytes.
const MAX_NAME: usize = 63;

/// What initializes a Python program before its state is kept in the component.
const COMPONENTIZE_PY: &str = "exports#init";

type Result<T> = std::result::Result<T, Reason>;

/// What depends on a server, as it says it, or whoever stands for one.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// A name, quoted if it must be.
    pub identifier: fn(&str) -> String,
    /// A comment as it can be stored.
    pub comment: fn(&str) -> String,
    /// Is called now and then, and may raise what is pending.
    pub poll: fn(),
}

/// What to create for the exports of one module.
#[derive(Debug)]
pub struct Suggestions {
    dialect: Dialect,
    schema: String,
    /// The module as a body names it: `text_tools`, or `schema.text_tools`.
    module: String,
    /// Each after those it needs.
    pub types: Vec<NewType>,
    /// The functions, one for each export.
    pub functions: Vec<Suggestion>,
    /// SQL for records, tuples and enums by the address of the type, which the exports keep.
    known: HashMap<*const (), Result<String>>,
    /// Where in `types` a name is.
    by_name: HashMap<String, usize>,
}

/// What to create for one export.
#[derive(Debug)]
pub struct Suggestion {
    /// The name of the export.
    pub export: String,
    /// The function to create, or why none can be.
    pub function: Result<NewFunction>,
}

/// Of a function whose i32s are taken for numbers.
const MAY_BE_ADDRESS: &str =
    "its module does not say whether an i32 is a number, as is assumed here, or an address";

impl Suggestions {
    /// For all exports that have WIT metadata, in their order; where none has, for those that take and return scalars.
    /// Functions go into `schema`; if it is empty, into whichever is the current one.
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

    /// Suggests functions of a core module that does not say its types. `own` is the module's name, if it is in the same schema.
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

    /// None for a function that has no values, or others than scalars.
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
        // The types that were registered for a function that fails in the end are not wanted.
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

    /// The type that a function returns.
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

    /// The type that a function returns, of what is no `result`.
    fn returns_value(&mut self, ty: &Type, spelling: &Spelling, path: &str) -> Result<String> {
        if let Type::List(row) = ty
            && let Type::Record(_) = **row
            && let Proposed::Composite(_) = proposed(row, &spelling.part(0))?
        {
            return Ok(format!("SETOF {}", self.sql(row, &spelling.part(0), path)?));
        }
        self.nullable(ty, spelling, path)
    }

    /// A name that PostgreSQL does not cut, quoted if it must be.
    fn short(&self, name: &str) -> Result<String> {
        match name.len() > MAX_NAME {
            true => {
                Err(format!("\"{}\" is longer than {MAX_NAME} bytes", name::printable(name)).into())
            }
            false => Ok((self.dialect.identifier)(name)),
        }
    }

    /// The same in the schema.
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
    /// The statement that creates the function, or a comment that says why there is none.
    pub fn sql(&self, or_replace: bool) -> String {
        match &self.function {
            Ok(function) => function.create(or_replace) + ";" + &function.remark(),
            Err(reason) => format!("-- {}: {reason}", name::printable(&self.export)),
        }
    }
}

/// The SQL type that a core type is taken for; none if SQL has nothing like it.
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

/// The names that functions get, and those by which their bodies call them.
fn named<'a>(exports: &[Listed], functions: &[&'a Function]) -> Vec<(String, &'a str)> {
    let lower = |function: &Function| snake(function.name()).to_ascii_lowercase();
    let mut times: HashMap<String, usize> = HashMap::new();
    for function in functions {
        *times.entry(lower(function)).or_default() += 1;
    }
    let named = |function: &&'a Function| {
        let own = snake(function.name());
        match function.interface() {
            // Functions of two interfaces that have one name are told apart by the interface's.
            Some(interface) if times[&lower(function)] > 1 => {
                (format!("{}_{own}", snake(interface_name(interface))), &*function.export)
            }
            // The name within the interface outlives a new version of it.
            Some(_) if answers(exports, function) => (own, function.name()),
            _ => (own, &*function.export),
        }
    };
    functions.iter().map(named).collect()
}

/// Whether a function of an interface is found by its own name.
fn answers(exports: &[Listed], function: &Function) -> bool {
    let names = exports.iter().map(|export| export.name.as_str());
    name::find(names, function.name()).is_ok_and(|found| found == function.export)
}

/// `text` of `plwasm:demo/text@1.0.0`.
fn interface_name(interface: &str) -> &str {
    let name = interface.rsplit_once('/').map_or(interface, |(_, name)| name);
    name.split('@').next().unwrap_or(name)
}
