//! Statements: the SQL that creates a function or a type.

/// A function to be created.
#[derive(Debug)]
pub struct NewFunction {
    /// Its name with its schema, as SQL.
    pub name: String,
    /// The names and types of its parameters, as SQL.
    pub(super) params: Vec<(String, String)>,
    pub(super) returns: String,
    pub(super) strict: bool,
    pub(super) body: String,
    pub(super) docs: Option<String>,
    /// What is uncertain about it.
    pub(super) remark: Option<&'static str>,
}

/// An aggregate to be created.
#[derive(Debug)]
pub struct NewAggregate {
    /// Its name with its schema, as SQL.
    pub name: String,
    /// The names and types of its direct parameters, as SQL. Only an ordered-set aggregate has any.
    pub(super) direct: Vec<(String, String)>,
    /// The names and types of its aggregated parameters, as SQL.
    pub(super) params: Vec<(String, String)>,
    /// The names of the functions that it consists of, with their schema, as SQL.
    pub(super) step: String,
    pub(super) finish: String,
    pub(super) merge: Option<String>,
    pub(super) unstep: Option<String>,
    pub(super) docs: Option<String>,
}

/// A type to be created.
#[derive(Debug, Clone)]
pub struct NewType {
    pub(super) name: String,
    /// Its name with its schema, as SQL.
    pub qualified: String,
    /// Its definition.
    pub definition: Definition,
    pub(super) docs: Option<String>,
}

/// The definition of a new type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Definition {
    /// A composite type, with its columns.
    Composite(Vec<Column>),
    /// An enum, with its labels.
    Enum(Vec<String>),
}

/// A column of a composite type. Its name and its type are SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name.
    pub name: String,
    /// The type.
    pub ty: String,
    pub(super) docs: Option<String>,
}

impl NewFunction {
    /// Returns the statement `CREATE FUNCTION`.
    pub fn create(&self, or_replace: bool) -> String {
        let purity = match self.strict {
            // Nothing asks for it.
            _ if self.is_trigger() => "",
            true => " IMMUTABLE STRICT PARALLEL SAFE",
            false => " IMMUTABLE PARALLEL SAFE",
        };
        format!(
            "CREATE {}FUNCTION {} LANGUAGE wasm{purity} AS {}",
            if or_replace { "OR REPLACE " } else { "" },
            self.declaration(),
            literal(&self.body)
        )
    }

    /// Returns the part of CREATE FUNCTION before the language: `public.slugify(input text) RETURNS text`.
    pub fn declaration(&self) -> String {
        format!("{}({}) RETURNS {}", self.name, listed(&self.params), self.returns)
    }

    /// Returns whether only triggers can call it.
    pub fn is_trigger(&self) -> bool {
        self.returns == "trigger"
    }

    /// Returns the types of its parameters.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        self.params.iter().map(|(_, ty)| ty.as_str())
    }

    /// Returns its name with the types of its parameters, which identifies the function.
    pub fn signature(&self) -> String {
        let types: Vec<_> = self.types().collect();
        format!("{}({})", self.name, types.join(", "))
    }

    /// Returns what is uncertain about it, as an SQL comment that ends a line. It is empty if nothing is uncertain.
    pub fn remark(&self) -> String {
        self.remark.map_or(String::new(), |remark| format!(" -- {remark}"))
    }

    /// Returns the statement `COMMENT ON` if WIT has a comment.
    pub fn comment(&self) -> Option<String> {
        comment(&format!("FUNCTION {}", self.signature()), self.docs.as_deref())
    }
}

impl NewAggregate {
    /// Returns the statement `CREATE AGGREGATE`.
    pub fn create(&self, or_replace: bool) -> String {
        let Self { step, finish, .. } = self;
        let mut options = vec![
            format!("SFUNC = {step}"),
            "STYPE = wasm.state".into(),
            format!("FINALFUNC = {finish}"),
        ];
        // An aggregate that is not declared safe keeps its whole query from running in parallel.
        let safe = "PARALLEL = SAFE".to_string();
        if !self.direct.is_empty() {
            options.push(safe);
            // What it changes is put back. That is the default of other aggregates, whose states can be shared.
            options.push("FINALFUNC_MODIFY = READ_ONLY".into());
        } else {
            options.extend(self.merge.iter().map(|merge| format!("COMBINEFUNC = {merge}")));
            options.push(safe);
            if let Some(unstep) = &self.unstep {
                options.extend([
                    format!("MSFUNC = {step}"),
                    format!("MINVFUNC = {unstep}"),
                    "MSTYPE = wasm.state".into(),
                    format!("MFINALFUNC = {finish}"),
                ]);
            }
        }
        format!(
            "CREATE {}AGGREGATE {}({}) ({})",
            if or_replace { "OR REPLACE " } else { "" },
            self.name,
            self.arguments(listed),
            options.join(", ")
        )
    }

    /// Returns its name with its parameters as they are declared.
    pub fn declaration(&self) -> String {
        format!("{}({})", self.name, self.arguments(listed))
    }

    /// Returns its name with the types of its parameters, as ALTER, COMMENT and DROP identify an aggregate.
    pub fn signature(&self) -> String {
        format!("{}({})", self.name, self.arguments(types))
    }

    /// Returns its name with the types of its parameters, as `regprocedure` writes it. No other aggregate and no
    /// function has the same.
    pub fn identity(&self) -> String {
        format!("{}({})", self.name, self.types().collect::<Vec<_>>().join(", "))
    }

    /// Returns the types of all its parameters.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        self.direct.iter().chain(&self.params).map(|(_, ty)| ty.as_str())
    }

    /// Returns true if it has no parameters.
    pub fn is_without_arguments(&self) -> bool {
        self.params.is_empty()
    }

    /// Returns true if it consists of a function, and of others.
    pub fn uses(&self, function: &NewFunction) -> bool {
        let others = self.merge.iter().chain(&self.unstep);
        [&self.step, &self.finish].into_iter().chain(others).any(|name| *name == function.name)
    }

    /// Returns the statement `COMMENT ON` if WIT has a comment.
    pub fn comment(&self) -> Option<String> {
        comment(&format!("AGGREGATE {}", self.signature()), self.docs.as_deref())
    }

    fn arguments(&self, written: impl Fn(&[(String, String)]) -> String) -> String {
        match (&self.direct[..], &self.params[..]) {
            ([], []) => "*".into(),
            ([], params) => written(params),
            (direct, params) => format!("{} ORDER BY {}", written(direct), written(params)),
        }
    }
}

/// Returns parameters with their names.
fn listed(params: &[(String, String)]) -> String {
    let param = |(name, ty): &(String, String)| match name.is_empty() {
        true => ty.clone(),
        false => format!("{name} {ty}"),
    };
    params.iter().map(param).collect::<Vec<_>>().join(", ")
}

/// Returns the types of parameters.
fn types(params: &[(String, String)]) -> String {
    params.iter().map(|(_, ty)| ty.as_str()).collect::<Vec<_>>().join(", ")
}

impl NewType {
    /// Returns the statement `CREATE TYPE`.
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

    /// Returns the statements `COMMENT ON` for it and for its columns, as far as WIT has comments.
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

/// Returns a string constant. It has the same value with any setting of standard_conforming_strings.
pub fn literal(text: &str) -> String {
    let escape = if text.contains('\\') { "E" } else { "" };
    format!("{escape}'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}
