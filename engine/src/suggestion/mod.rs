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

mod function;
mod naming;
mod resource;
mod statement;
mod types;

pub use statement::{Column, Definition, NewAggregate, NewFunction, NewType, literal};

use crate::Listed;
use crate::name::{self, folded, snake};
use crate::read::body;
use crate::read::wit::Function;
pub use crate::sql::Reason;
use naming::Names;
use resource::{Aggregate, Resources, Shape};
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

#[cfg(test)]
mod tests;
