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
//! A function that takes a `trigger-event` becomes a trigger function.
//!
//! A resource becomes prepared functions, or an aggregate with the functions that it consists of ([`resource`]).
//!
//! Nothing here may look anything up. Whoever runs the statements finds out whether something exists already. The
//! [`Dialect`] quotes names.

mod naming;
mod resource;
mod statement;
mod types;

pub use statement::{Column, Definition, NewAggregate, NewFunction, NewType, literal};

use crate::Listed;
use crate::abi::{CoreSignature, CoreType, MAX_FLAT_PARAMS, Type};
use crate::name::{self, folded, snake};
use crate::read::body;
use crate::read::wit::{Function, Param, Spelling, Value};
use crate::run::trigger;
pub use crate::sql::Reason;
use crate::sql::{Base, Proposed, proposed};
use naming::Names;
use resource::{Aggregate, Resources, Shape, own_params};
use std::collections::{HashMap, HashSet};

/// The length of the longest name that PostgreSQL does not truncate, in bytes.
const MAX_NAME: usize = 63;

/// The type of the states of aggregates.
const STATE: &str = "wasm.state";

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
    /// The suggested aggregates, one for each resource that is one. They consist of those functions.
    pub aggregates: Vec<SuggestedAggregate>,
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

/// The aggregate to create for one resource.
#[derive(Debug)]
pub struct SuggestedAggregate {
    /// The resource, with its interface: `plwasm:demo/text@1.0.0#sum`.
    pub resource: String,
    /// The aggregate, or the reason why none can be created.
    pub aggregate: Result<NewAggregate>,
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
            aggregates: Vec::new(),
            known: HashMap::new(),
            by_name: HashMap::new(),
        };
        let functions: Vec<_> = exports.iter().filter_map(|export| export.wit.as_ref()).collect();
        if functions.is_empty() {
            let own = (schema == module_schema).then_some(module);
            suggestions.scalars(exports, own);
            return suggestions;
        }
        let resources = Resources::of(&functions);
        let names = Names::of(exports, &functions, &resources);
        let mut taken =
            Taken { own: (schema == module_schema).then_some(module), signatures: HashSet::new() };
        for (function, (name, called)) in functions.into_iter().zip(names.functions) {
            (dialect.poll)();
            let body = format!("{}#{}", suggestions.module, body::export_name(&called));
            let found = match resources.shape(function) {
                Ok(Shape::Internal) => continue,
                Err(reason) => Err(reason),
                Ok(_) if function.export == COMPONENTIZE_PY => {
                    Err("it is componentize-py's own, for the build".into())
                }
                Ok(shape) => suggestions.function(&name, body, function, shape),
            };
            let found = found.and_then(|found| {
                taken.take(&name, found.signature(), found.params.is_empty())?;
                Ok(found)
            });
            suggestions
                .functions
                .push(Suggestion { export: function.export.clone(), function: found });
        }
        let functions: HashMap<&str, &NewFunction> = suggestions
            .functions
            .iter()
            .filter_map(|found| Some((found.export.as_str(), found.function.as_ref().ok()?)))
            .collect();
        let mut aggregates = Vec::new();
        for (key, aggregate) in resources.aggregates() {
            (dialect.poll)();
            let name = names.aggregates.get(&key).map_or("", String::as_str);
            let found = suggestions.aggregate(name, &aggregate, &functions).and_then(|found| {
                taken.take(name, found.identity(), found.is_without_arguments())?;
                Ok(found)
            });
            let (interface, resource) = key;
            let interface = interface.map_or(String::new(), |interface| format!("{interface}#"));
            let resource = format!("{interface}{resource}");
            aggregates.push(SuggestedAggregate { resource, aggregate: found });
        }
        suggestions.aggregates = aggregates;
        suggestions
    }

    /// Adds functions for a core module without WIT. `own` is the module's name if the module is in the same schema.
    fn scalars(&mut self, exports: &[Listed], own: Option<&str>) {
        let callable = exports.iter().filter(|export| name::is_function(&export.name));
        let (names, callable): (_, Vec<_>) = callable
            .filter_map(|export| Some((snake(&export.name), (export, export.core.as_ref()?))))
            .unzip();
        let mut taken = Taken { own, signatures: HashSet::new() };
        for (name, (export, core)) in folded(names).iter().zip(callable) {
            (self.dialect.poll)();
            let Some(found) = self.scalar_function(name, &export.name, core) else { continue };
            let found = found.and_then(|found| {
                taken.take(name, found.signature(), found.params.is_empty())?;
                Ok(found)
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

    fn function(
        &mut self,
        name: &str,
        body: String,
        function: &Function,
        shape: Shape<'_>,
    ) -> Result<NewFunction> {
        // If the function fails, the types that were registered for it are removed.
        let types = self.types.len();
        let made = self.try_function(name, body, function, shape);
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
        shape: Shape<'_>,
    ) -> Result<NewFunction> {
        self.check_error(function)?;
        if trigger::is_trigger(function) {
            return Ok(NewFunction {
                name: self.qualified(name)?,
                params: Vec::new(),
                returns: "trigger".into(),
                strict: false,
                body,
                docs: function.docs.as_deref().map(|docs| self.comment(docs)),
                remark: None,
            });
        }
        let constructor = match shape {
            Shape::Prepared { constructor } | Shape::Transition { constructor } => {
                Some(constructor)
            }
            _ => None,
        };
        let states = match shape {
            Shape::Transition { .. } | Shape::Final => 1,
            Shape::Merge => 2,
            Shape::Plain | Shape::Prepared { .. } | Shape::Internal => 0,
        };
        let state = || (String::new(), STATE.to_string());
        let mut params: Vec<_> = std::iter::repeat_with(state).take(states).collect();
        if let Some(constructor) = constructor {
            self.check_error(constructor)?;
            params.extend(self.params(name, &constructor.params)?);
        }
        let own = match shape {
            Shape::Merge => &[],
            _ => own_params(function),
        };
        let own_sql = self.params(name, own)?;
        // The constructor's parameter makes way for one of the same name.
        for (constructors, _) in &mut params {
            if own_sql.iter().any(|(own, _)| own == constructors) {
                constructors.clear();
            }
        }
        params.extend(own_sql);
        let returns = match (&function.result, shape) {
            (_, Shape::Transition { .. } | Shape::Merge) => STATE.into(),
            (Some(Value { ty, spelling }), _) => {
                let is_set = !matches!(shape, Shape::Final);
                self.returns(ty, spelling, &format!("{name}_result"), is_set)?
            }
            (None, _) => "void".into(),
        };
        let is_option = |param: &Param| matches!(param.value.ty, Type::Option(_));
        let mut passed = constructor.map_or(&[][..], |it| &it.params).iter().chain(own);
        Ok(NewFunction {
            name: self.qualified(name)?,
            params,
            returns,
            strict: states == 0 && !passed.any(is_option),
            body,
            docs: function.docs.as_deref().map(|docs| self.comment(docs)),
            remark: None,
        })
    }

    /// Returns the names and types of parameters.
    fn params(&mut self, function: &str, params: &[Param]) -> Result<Vec<(String, String)>> {
        let names = folded(params.iter().map(|param| snake(&param.name)).collect());
        let mut found = Vec::new();
        for (param, own) in params.iter().zip(names) {
            let Value { ty, spelling } = &param.value;
            let sql = self.nullable(ty, spelling, &format!("{function}_{own}"))?;
            found.push((self.short(&own)?, sql));
        }
        Ok(found)
    }

    /// Returns the aggregate that consists of functions that have been suggested, which are found by their exports.
    fn aggregate(
        &self,
        name: &str,
        aggregate: &Aggregate<'_>,
        functions: &HashMap<&str, &NewFunction>,
    ) -> Result<NewAggregate> {
        let found = |function: &Function| functions.get(function.export.as_str()).copied();
        let step = found(aggregate.step).ok_or("step is no SQL function")?;
        let finish = found(aggregate.finish).ok_or("finish is no SQL function")?;
        let params = step.params.get(1..).unwrap_or_default().to_vec();
        let direct = finish.params.get(1..).unwrap_or_default().to_vec();
        let is_ordered = !direct.is_empty();
        if is_ordered && !aggregate.constructor.params.is_empty() {
            return Err("both its constructor and finish have parameters".into());
        }
        if is_ordered && params.is_empty() {
            return Err("finish has parameters, but step has none".into());
        }
        let name_of = |function: Option<&Function>| {
            function.and_then(found).map(|function| function.name.clone())
        };
        Ok(NewAggregate {
            name: self.qualified(name)?,
            direct,
            params,
            step: step.name.clone(),
            finish: finish.name.clone(),
            merge: name_of(aggregate.merge),
            unstep: name_of(aggregate.unstep),
            docs: aggregate.constructor.docs.as_deref().map(|docs| self.comment(docs)),
        })
    }

    /// Checks that the error of a function can be raised.
    fn check_error(&self, function: &Function) -> Result<()> {
        let Some(Value { ty: Type::Result(result), spelling }) = &function.result else {
            return Ok(());
        };
        let is_error = matches!(result.err, None | Some(Type::String))
            || spelling.part(1).name() == Some("error");
        match is_error {
            true => Ok(()),
            false => {
                let whose = match function.is_constructing() {
                    true => "its constructor's error",
                    false => "its error",
                };
                Err(format!("{whose} is neither a string nor the error of plwasm:types").into())
            }
        }
    }

    /// Returns the SQL type that a function returns. With `is_set` a list of records is a set of rows.
    fn returns(
        &mut self,
        ty: &Type,
        spelling: &Spelling,
        path: &str,
        is_set: bool,
    ) -> Result<String> {
        if let Type::Result(result) = ty {
            return match &result.ok {
                None => Ok("void".into()),
                Some(ok) => self.returns_value(ok, &spelling.part(0), path, is_set),
            };
        }
        self.returns_value(ty, spelling, path, is_set)
    }

    /// Returns the SQL type that a function returns whose WIT type is not a `result`.
    fn returns_value(
        &mut self,
        ty: &Type,
        spelling: &Spelling,
        path: &str,
        is_set: bool,
    ) -> Result<String> {
        if is_set
            && let Type::List(row) = ty
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

impl SuggestedAggregate {
    /// Returns the statement that creates the aggregate, or a comment that says why there is none.
    pub fn sql(&self, or_replace: bool) -> String {
        match &self.aggregate {
            Ok(aggregate) => aggregate.create(or_replace) + ";",
            Err(reason) => {
                format!("-- {}: no aggregate, {reason}", name::printable(&self.resource))
            }
        }
    }
}

/// The signatures of functions and aggregates that are suggested.
struct Taken<'a> {
    /// The name of the module, if it is in the same schema.
    own: Option<&'a str>,
    signatures: HashSet<String>,
}

impl Taken<'_> {
    fn take(&mut self, name: &str, signature: String, is_without_arguments: bool) -> Result<()> {
        let is_new = self.signatures.insert(signature);
        match is_new {
            _ if is_without_arguments && self.own == Some(name) => {
                Err("its name is the module's own".into())
            }
            true => Ok(()),
            false => Err("another export has its name and parameters".into()),
        }
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

#[cfg(test)]
mod tests;
