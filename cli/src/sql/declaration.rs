//! Declarations: the types of a function or an aggregate as SQL writes them, and the types that they name.

use super::call::Call;
use super::datum::Datum;
use super::error;
use super::expression::{datum_of, last_name, said};
use super::types::{EnumType, RowType, SqlType};
use plwasm_engine::sql::Base;
use plwasm_engine::{Result, name};
use sqlparser::ast::{DataType, Statement};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};
use std::fmt;
use std::rc::Rc;

/// A declaration: `slugify(text, integer) returns text`, or of an ordered-set aggregate `quantile(float8 ORDER BY float8) returns
/// float8`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Declaration {
    pub name: String,
    /// The types of the direct arguments of an ordered-set aggregate.
    pub direct: Option<Vec<SqlType>>,
    pub params: Vec<SqlType>,
    pub result: SqlType,
    pub returns_set: bool,
}

impl Declaration {
    /// Reads what follows CREATE FUNCTION.
    ///
    /// # Errors
    /// 42601 if it is malformed, 42704 for a type that only the server knows.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        Self::parse_with(text, &[])
    }

    /// Does the same, with types that were defined before.
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse).
    pub(crate) fn parse_with(text: &str, defined: &[Defined]) -> Result<Self> {
        let hint = "A declaration is written as in SQL: 'slugify(text) returns text'.";
        let wrong = |what: String| error("42601", what, Some(hint));
        let shown = name::paragraph(text);
        let (text, direct) = divided(text);
        let statement = format!("CREATE FUNCTION {text} LANGUAGE wasm");
        let mut found = Parser::parse_sql(&PostgreSqlDialect {}, &statement)
            .map_err(|e| wrong(format!("\"{shown}\" is not a declaration: {}", said(&e))))?;
        let (Some(Statement::CreateFunction(function)), true) = (found.pop(), found.is_empty())
        else {
            return Err(wrong(format!("\"{shown}\" is not a declaration")));
        };
        let params = function.args.unwrap_or_default();
        let mut params = params
            .iter()
            .map(|param| named(&param.data_type, defined))
            .collect::<Result<Vec<_>>>()?;
        let direct = direct.map(|count| params.drain(..count.min(params.len())).collect());
        let returns = function.return_type.map(|ty| ty.to_string());
        let returns =
            returns.ok_or_else(|| wrong(format!("\"{shown}\" does not say what it returns")))?;
        let (returns_set, result) = match returns.to_ascii_uppercase().strip_prefix("SETOF ") {
            Some(_) => (true, returns["SETOF ".len()..].to_string()),
            None => (false, returns),
        };
        let result = among(&result, defined).ok_or_else(|| unknown(&result))?;
        Ok(Self { name: last_name(&function.name), direct, params, result, returns_set })
    }

    /// Returns the declaration of a part, with some of the parameters and another result.
    pub(crate) fn part(&self, params: &[SqlType], result: SqlType) -> Self {
        let (name, params) = (self.name.clone(), params.to_vec());
        Self { name, direct: None, params, result, returns_set: false }
    }
}

impl fmt::Display for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |types: &[SqlType]| {
            types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        let direct = self.direct.as_deref();
        let direct =
            direct.map(|direct| format!("{} ORDER BY ", list(direct)).trim_start().to_string());
        let set = if self.returns_set { "SETOF " } else { "" };
        let Self { name, params, result, .. } = self;
        write!(f, "{name}({}{}) returns {set}{result}", direct.unwrap_or_default(), list(params))
    }
}

/// Returns a declaration with a comma in place of ORDER BY, and the number of parameters before it if there is one.
fn divided(text: &str) -> (String, Option<usize>) {
    let plain = (text.to_string(), None);
    let Ok(mut tokens) = Tokenizer::new(&PostgreSqlDialect {}, text).tokenize() else {
        return plain;
    };
    let is = |token: &Token, own: &str| match token {
        Token::Word(word) => word.quote_style.is_none() && word.value.eq_ignore_ascii_case(own),
        _ => false,
    };
    let (mut depth, mut commas, mut is_first) = (0, 0, true);
    for at in 0..tokens.len() {
        match &tokens[at] {
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            Token::Comma if depth == 1 => commas += 1,
            token if depth == 1 && is(token, "order") => {
                let next = |token: &Token| !matches!(token, Token::Whitespace(_));
                let by = tokens[at + 1..].iter().position(next).map(|next| at + 1 + next);
                let Some(by) = by.filter(|by| is(&tokens[*by], "by")) else { return plain };
                let divider = (!is_first).then_some(Token::Comma);
                tokens.splice(at..=by, divider);
                let text = tokens.iter().map(ToString::to_string).collect();
                return (text, Some(if is_first { 0 } else { commas + 1 }));
            }
            Token::Whitespace(_) => {}
            _ if depth == 1 => is_first = false,
            _ => {}
        }
    }
    plain
}

/// A type that was defined on a command line, by its name.
pub(crate) type Defined = (String, SqlType);

/// Reads the definition of a type, `name AS ENUM ('label', ...)` or `name AS (column type, ...)`.
///
/// # Errors
/// 42601 if it is malformed, 42704 for a type that only the server knows.
pub(crate) fn define(text: &str, defined: &[Defined]) -> Result<Defined> {
    let wrong = || {
        let message = format!("\"{}\" is not the definition of a type", name::paragraph(text));
        error("42601", message, Some("It is written as in SQL: \"t AS (a integer, b text)\"."))
    };
    let (own, definition) = text.split_once(" AS ").ok_or_else(wrong)?;
    let ty = match definition.strip_prefix("ENUM ") {
        Some(labels) => {
            let labels = Call::parse(&format!("labels{labels}"))?.arguments;
            let labels =
                labels.iter().map(|label| match datum_of(label, &SqlType::Base(Base::Text))? {
                    Datum::Text(label) => Ok(label),
                    _ => Err(wrong()),
                });
            let labels = labels.collect::<Result<_>>()?;
            SqlType::Enum(Rc::new(EnumType { name: own.into(), labels }))
        }
        None => {
            let columns =
                Declaration::parse_with(&format!("row_of{definition} returns void"), defined)?;
            let columns = columns.params.into_iter().enumerate();
            let columns = columns.map(|(i, ty)| (format!("c{}", i + 1), ty)).collect();
            SqlType::Row(Rc::new(RowType { name: own.into(), columns }))
        }
    };
    Ok((own.into(), ty))
}

/// Returns the type of that name, which may be a defined one or an array of it.
fn among(name: &str, defined: &[Defined]) -> Option<SqlType> {
    if let Some(element) = name.strip_suffix("[]") {
        return Some(SqlType::Array(Rc::new(among(element, defined)?)));
    }
    let found = defined.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
    found.map(|(_, ty)| ty.clone()).or_else(|| SqlType::named(name))
}

/// Returns the type of that name.
///
/// # Errors
/// 42704 for one that only the server knows.
pub(super) fn named(ty: &DataType, defined: &[Defined]) -> Result<SqlType> {
    let text = ty.to_string();
    among(&text, defined).ok_or_else(|| unknown(&text))
}

fn unknown(name: &str) -> plwasm_engine::Error {
    error(
        "42704",
        format!("type \"{}\" is not known without a server", name::printable(name)),
        Some(
            "Enums and composite types are those of the module's WIT. Functions of other types can be tested with --db.",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::{Declaration, define};

    #[test]
    fn what_is_written_is_what_was_read() {
        for text in [
            "f(text, integer) returns SETOF text",
            "f() returns void",
            "quantile(double precision ORDER BY double precision, integer) returns double precision",
            "mode(ORDER BY text) returns text",
            "f(numeric, date ORDER BY numeric[]) returns text[]",
        ] {
            assert_eq!(Declaration::parse(text).expect(text).to_string(), text);
        }
        let direct = |text| Declaration::parse(text).expect(text).direct.map(|direct| direct.len());
        assert_eq!(direct("f(numeric(10, 2), int order  by int) returns int"), Some(2));
        assert_eq!(direct("f(int) returns int"), None);
        assert_eq!(direct("\"order by\"(int) returns int"), None);
    }

    #[test]
    fn a_declaration_has_types_that_were_defined() {
        let types = [define("t1 AS ENUM ('a')", &[]).expect("a type")];
        let declared = Declaration::parse_with("f(t1, t1[] ORDER BY t1) returns t1", &types);
        assert_eq!(declared.expect("a declaration").params.len(), 1);
        assert!(Declaration::parse("f(t1) returns t1").is_err());
        assert!(Declaration::parse("f(int ORDER int) returns int").is_err());
    }
}
