//! Statements: a function or a type to be created, as SQL.

/// A function to be created.
#[derive(Debug)]
pub struct NewFunction {
    /// With its schema.
    pub name: String,
    /// The names and types of its parameters, as SQL.
    pub(super) params: Vec<(String, String)>,
    pub(super) returns: String,
    pub(super) strict: bool,
    pub(super) body: String,
    pub(super) docs: Option<String>,
    /// What is not certain about it.
    pub(super) remark: Option<&'static str>,
}

/// A type to be created.
#[derive(Debug, Clone)]
pub struct NewType {
    pub(super) name: String,
    /// With its schema.
    pub qualified: String,
    /// What it consists of.
    pub definition: Definition,
    pub(super) docs: Option<String>,
}

/// What a new type consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Definition {
    /// A composite type, with its columns.
    Composite(Vec<Column>),
    /// An enum, with its labels.
    Enum(Vec<String>),
}

/// A column of a composite type: name and type as SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name.
    pub name: String,
    /// The type.
    pub ty: String,
    pub(super) docs: Option<String>,
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

    /// The part of CREATE FUNCTION up to the language: `public.slugify(input text) RETURNS text`.
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

    /// Its name with the types of its parameters, which names the function.
    pub fn signature(&self) -> String {
        let types: Vec<_> = self.types().collect();
        format!("{}({})", self.name, types.join(", "))
    }

    /// What is not certain about it, as a comment of SQL that ends a line; empty if nothing is.
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

/// A string constant, which is the same whatever standard_conforming_strings is.
pub fn literal(text: &str) -> String {
    let escape = if text.contains('\\') { "E" } else { "" };
    format!("{escape}'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}
