//! Suggestions: the SQL functions and types for what WIT metadata says.
//!
//! | WIT | SQL |
//! |---|---|
//! | bool | boolean |
//! | s8, u8, s16 / u16, s32 / u32, s64 / u64 | smallint / integer / bigint / numeric |
//! | f32 / f64 | real / double precision |
//! | char, string | text |
//! | list<u8> | bytea |
//! | list<T>, list<option<T>> | T[]; a function's list<record> becomes its set of rows |
//! | option<T>, result<T, E> | T |
//! | record, tuple | a composite type |
//! | enum | an enum |
//! | flags | text[] |
//! | variant, result that is not what a function returns | jsonb |
//! | a name of plwasm:types | the SQL type of that name |
//!
//! A core module without WIT says only the core types of its exports. Those of scalars alone are taken for numbers
//! (i32, i64, f32 and f64 are integer, bigint, real and double precision), which they need not be: an i32 can be an address. So
//! much is said beside the SQL ([`NewFunction::remark`]).
//!
//! It must never look anything up: what exists already is for who runs the statements, and how names are quoted for
//! who makes them ([`Dialect`]).

use crate::Listed;
use crate::abi::{CoreSignature, CoreType, Labels, MAX_FLAT_PARAMS, Record, ResultType, Type};
use crate::body;
use crate::name::{self, folded, snake};
use crate::wit::{Function, Spelling, Value};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// The longest name that PostgreSQL does not cut, in bytes.
const MAX_NAME: usize = 63;

/// What initializes a Python program before its state is kept in the component.
const COMPONENTIZE_PY: &str = "exports#init";

/// Names of plwasm:types that are SQL types. Its `error` is none.
const SQL_TYPES: [&str; 14] = [
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "numeric",
    "json",
    "uuid",
    "interval",
    "int4range",
    "int8range",
    "numrange",
    "daterange",
    "tsrange",
    "tstzrange",
];

/// Why there is no SQL for a function.
pub type Reason = Rc<str>;

type Result<T> = std::result::Result<T, Reason>;

/// What a server says, or whoever stands for one.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// A name, quoted if it must be.
    pub identifier: fn(&str) -> String,
    /// A comment as it can be stored.
    pub comment: fn(&str) -> String,
    /// Called now and then, to raise what is pending.
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
    pub functions: Vec<Suggestion>,
    /// SQL for records, tuples and enums by the address of the type, which the exports keep.
    known: HashMap<*const (), Result<String>>,
    /// Where in `types` a name is.
    by_name: HashMap<String, usize>,
}

/// What to create for one export.
#[derive(Debug)]
pub struct Suggestion {
    pub export: String,
    pub function: Result<NewFunction>,
}

/// A function to be created.
#[derive(Debug)]
pub struct NewFunction {
    /// With its schema.
    pub name: String,
    /// Names and types of its parameters, as SQL.
    params: Vec<(String, String)>,
    returns: String,
    strict: bool,
    body: String,
    docs: Option<String>,
    /// What is not sure.
    remark: Option<&'static str>,
}

/// Of a function whose i32s are taken for numbers.
const MAY_BE_ADDRESS: &str =
    "its module does not say whether an i32 is a number, as is assumed here, or an address";

/// A type to be created.
#[derive(Debug, Clone)]
pub struct NewType {
    name: String,
    /// With its schema.
    pub qualified: String,
    pub definition: Definition,
    docs: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Definition {
    Composite(Vec<Column>),
    Enum(Vec<String>),
}

/// A column of a composite type: name and type as SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub ty: String,
    docs: Option<String>,
}

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

    /// Those of a core module that says nothing of its types. `own` is the module's name, if it is in the same schema.
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

    /// None of a function whose values are not all scalars, or that has none.
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
        // What is registered for a function that fails in the end is not wanted.
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

    /// What a function returns.
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

    /// What a function returns that does not fail.
    fn returns_value(&mut self, ty: &Type, spelling: &Spelling, path: &str) -> Result<String> {
        if let Type::List(row) = ty
            && let Type::Record(_) = **row
            && sql_name(&spelling.part(0)).is_none()
        {
            return Ok(format!("SETOF {}", self.sql(row, &spelling.part(0), path)?));
        }
        self.nullable(ty, spelling, path)
    }

    /// A type, or an option of one.
    fn nullable(&mut self, ty: &Type, spelling: &Spelling, path: &str) -> Result<String> {
        match ty {
            Type::Option(some) => self.sql(some, &spelling.part(0), path),
            _ => self.sql(ty, spelling, path),
        }
    }

    /// `path`: what a type that has no name is named after.
    fn sql(&mut self, ty: &Type, spelling: &Spelling, path: &str) -> Result<String> {
        if let Some(name) = sql_name(spelling) {
            return Ok(name.into());
        }
        Ok(match ty {
            Type::Bool => "boolean",
            Type::S8 | Type::U8 | Type::S16 => "smallint",
            Type::U16 | Type::S32 => "integer",
            Type::U32 | Type::S64 => "bigint",
            Type::U64 => "numeric",
            Type::F32 => "real",
            Type::F64 => "double precision",
            Type::Char | Type::String => "text",
            Type::Flags(_) => "text[]",
            Type::List(element) if **element == Type::U8 && spelling.part(0).name().is_none() => {
                "bytea"
            }
            Type::List(element) => {
                let element = self.nullable(element, &spelling.part(0), path)?;
                return match element.ends_with("[]") {
                    true => Err("it uses a list of lists, which no array holds".into()),
                    false => Ok(element + "[]"),
                };
            }
            Type::Record(record) => {
                let address = Rc::as_ptr(record).cast();
                return self.once(address, |this| this.record(record, spelling, path));
            }
            Type::Enum(labels) => {
                return self.once(Rc::as_ptr(labels).cast(), |this| this.labels(labels, path));
            }
            Type::Tuple(items) => {
                let mut columns = Vec::new();
                for (i, item) in items.iter().enumerate() {
                    let name = format!("f{}", i + 1);
                    let ty = self.nullable(item, &spelling.part(i), &format!("{path}_{name}"))?;
                    columns.push(Column { name, ty, docs: None });
                }
                return self.new_type(path, Definition::Composite(columns), None);
            }
            Type::Result(_) | Type::Variant(_) => "jsonb",
            Type::Option(_) => return Err("it uses an option of an option".into()),
        }
        .into())
    }

    fn record(&mut self, record: &Record, spelling: &Spelling, path: &str) -> Result<String> {
        let name = record.name.as_deref().map_or(path.to_string(), snake);
        let mut columns = Vec::new();
        let names = folded(record.fields.iter().map(|field| snake(&field.name)).collect());
        for (i, (field, column)) in record.fields.iter().zip(names).enumerate() {
            let ty = self.nullable(&field.ty, &spelling.part(i), &format!("{name}_{column}"))?;
            let docs = field.docs.as_deref().map(|docs| self.comment(docs));
            columns.push(Column { name: self.short(&column)?, ty, docs });
        }
        self.new_type(&name, Definition::Composite(columns), record.docs.clone())
    }

    fn labels(&mut self, labels: &Labels, path: &str) -> Result<String> {
        let name = labels.name.as_deref().map_or(path.to_string(), snake);
        let found: Vec<String> = labels.labels.iter().map(|label| snake(label)).collect();
        if found.iter().any(|label| label.len() > MAX_NAME) {
            return Err("a label of an enum is too long".into());
        }
        self.new_type(&name, Definition::Enum(found), labels.docs.clone())
    }

    /// A type that is used a thousand times is made once.
    fn once(
        &mut self,
        address: *const (),
        make: impl FnOnce(&mut Self) -> Result<String>,
    ) -> Result<String> {
        if let Some(known) = self.known.get(&address) {
            return known.clone();
        }
        let made = make(self);
        self.known.insert(address, made.clone());
        made
    }

    fn new_type(
        &mut self,
        name: &str,
        definition: Definition,
        docs: Option<String>,
    ) -> Result<String> {
        let lower = name.to_ascii_lowercase();
        let known = self.by_name.get(&lower).map(|known| &self.types[*known]);
        let name = match known {
            // Another type's, which capitals tell from this one.
            Some(known) if known.definition != definition && lower != name => name,
            _ => &lower,
        };
        let qualified = self.qualified(name)?;
        let docs = docs.map(|docs| self.comment(&docs));
        let new = NewType { name: name.into(), qualified: qualified.clone(), definition, docs };
        match self.by_name.get(name) {
            None => {
                self.by_name.insert(name.into(), self.types.len());
                self.types.push(new);
            }
            Some(known) if self.types[*known].definition == new.definition => {}
            Some(_) => return Err(format!("it has two types \"{name}\" that differ").into()),
        }
        Ok(qualified)
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

impl NewFunction {
    /// `CREATE FUNCTION`.
    pub fn create(&self, or_replace: bool) -> String {
        format!(
            "CREATE {}FUNCTION {} LANGUAGE wasm IMMUTABLE{} PARALLEL SAFE AS {}",
            if or_replace { "OR REPLACE " } else { "" },
            self.declaration(),
            if self.strict { " STRICT" } else { "" },
            literal(&self.body)
        )
    }

    /// What comes after CREATE FUNCTION, up to the language: `public.slugify(input text) RETURNS text`.
    pub fn declaration(&self) -> String {
        let param = |(name, ty): &(String, String)| match name.is_empty() {
            true => ty.clone(),
            false => format!("{name} {ty}"),
        };
        let params: Vec<_> = self.params.iter().map(param).collect();
        format!("{}({}) RETURNS {}", self.name, params.join(", "), self.returns)
    }

    /// The types of its parameters.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        self.params.iter().map(|(_, ty)| ty.as_str())
    }

    /// With the types of its parameters: what names the function.
    pub fn signature(&self) -> String {
        let types: Vec<_> = self.types().collect();
        format!("{}({})", self.name, types.join(", "))
    }

    /// What is not sure, as a comment of SQL that ends a line; empty if there is nothing to say.
    pub fn remark(&self) -> String {
        self.remark.map_or(String::new(), |remark| format!(" -- {remark}"))
    }

    /// `COMMENT ON`, if WIT has a comment.
    pub fn comment(&self) -> Option<String> {
        comment(&format!("FUNCTION {}", self.signature()), self.docs.as_deref())
    }
}

impl NewType {
    /// `CREATE TYPE`.
    pub fn create(&self) -> String {
        match &self.definition {
            Definition::Composite(columns) => {
                let columns: Vec<_> =
                    columns.iter().map(|column| format!("{} {}", column.name, column.ty)).collect();
                format!("CREATE TYPE {} AS ({})", self.qualified, columns.join(", "))
            }
            Definition::Enum(labels) => {
                let labels: Vec<_> = labels.iter().map(|label| literal(label)).collect();
                format!("CREATE TYPE {} AS ENUM ({})", self.qualified, labels.join(", "))
            }
        }
    }

    /// `COMMENT ON` it and its columns, where WIT has comments.
    pub fn comments(&self) -> Vec<String> {
        let mut comments =
            Vec::from_iter(comment(&format!("TYPE {}", self.qualified), self.docs.as_deref()));
        if let Definition::Composite(columns) = &self.definition {
            for Column { name, docs, .. } in columns {
                let column = format!("COLUMN {}.{name}", self.qualified);
                comments.extend(comment(&column, docs.as_deref()));
            }
        }
        comments
    }
}

fn comment(of: &str, docs: Option<&str>) -> Option<String> {
    Some(format!("COMMENT ON {of} IS {}", literal(docs?)))
}

/// A string constant, the same under any standard_conforming_strings.
pub fn literal(text: &str) -> String {
    let escape = if text.contains('\\') { "E" } else { "" };
    format!("{escape}'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// What a core type is taken for; none if SQL has nothing like it.
fn scalar(ty: CoreType) -> Option<&'static str> {
    Some(match ty {
        CoreType::I32 => "integer",
        CoreType::I64 => "bigint",
        CoreType::F32 => "real",
        CoreType::F64 => "double precision",
        CoreType::V128 | CoreType::Ref => return None,
    })
}

/// `plwasm:types` names of SQL types, which SQL calls the same.
fn sql_name(spelling: &Spelling) -> Option<&'static str> {
    let name = spelling.name()?;
    SQL_TYPES.into_iter().find(|sql| *sql == name)
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
