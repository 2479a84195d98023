//! Calls in SQL: of a function with constants, or of an aggregate over rows of constants.
//!
//! ```text
//! slugify('Hello')
//! total(x) FROM (VALUES (1), (2), (NULL)) AS v (x)
//! total(x) FROM generate_series(1, 1000) AS x
//! tdigest(0.5) WITHIN GROUP (ORDER BY x) FROM (VALUES (1.5), (2)) AS v (x)
//! total(x) FROM (VALUES (1)) AS v (x) WHERE false
//! ```
//! This must never evaluate an expression: where an argument names a column, the column's constants stand for it.

use super::error;
use super::expression::{folded, last_name, said};
use super::table::Table;
use plwasm_engine::{Error, Result, name};
use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectNamePart, Value,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

/// A call: `slugify('Hello', NULL)`.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The name before that of the function: a schema, or the resource of a method.
    pub qualifier: Option<String>,
    pub function: String,
    /// The constants in parentheses. Empty for an aggregate over rows, except for direct arguments.
    pub arguments: Vec<Expr>,
    /// The arguments for each row, of an aggregate that is called over rows.
    pub rows: Option<Rows>,
}

/// The rows over which an aggregate is called.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    /// The arguments of each row.
    pub arguments: Vec<Vec<Expr>>,
    /// Whether they are those of WITHIN GROUP.
    pub is_ordered: bool,
}

impl Call {
    /// Reads a call.
    ///
    /// # Errors
    /// 42601 if it is malformed.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let text = text.trim().trim_end_matches(';');
        let shown = name::paragraph(text);
        let malformed = |e| wrong(format!("\"{shown}\" is not a call: {}", said(&e)));
        let mut parser =
            Parser::new(&PostgreSqlDialect {}).try_with_sql(text).map_err(malformed)?;
        let expression = parser.parse_expr().map_err(malformed)?;
        let Expr::Function(function) = expression else {
            return Err(wrong(format!("\"{shown}\" is not a call of a function")));
        };
        let table = match parser.peek_token().token {
            Token::EOF => None,
            Token::Word(word) if word.value.eq_ignore_ascii_case("from") => {
                let query = format!("SELECT {text}");
                let parsed = Parser::parse_sql(&PostgreSqlDialect {}, &query).map_err(malformed)?;
                Some(Table::of(parsed)?)
            }
            next => return Err(wrong(format!("\"{next}\" follows the call"))),
        };
        Self::of(function, table.as_ref())
    }

    fn of(function: Function, table: Option<&Table>) -> Result<Self> {
        let Function { name, args, within_group, filter, over, .. } = function;
        if filter.is_some() || over.is_some() {
            return Err(wrong("FILTER and OVER need a server".into()));
        }
        let qualifier = match &name.0[..] {
            [.., ObjectNamePart::Identifier(ident), _] => Some(folded(ident)),
            _ => None,
        };
        let arguments = arguments(args)?;
        let is_ordered = !within_group.is_empty();
        let (arguments, each) = match (is_ordered, table) {
            (true, _) => (arguments, within_group.into_iter().map(|by| by.expr).collect()),
            (false, Some(_)) => (Vec::new(), arguments),
            (false, None) => (arguments, Vec::new()),
        };
        let rows = match table {
            None if is_ordered => {
                return Err(wrong(
                    "WITHIN GROUP needs rows: FROM (VALUES (1), (2)) AS v (x)".into(),
                ));
            }
            None => None,
            Some(table) => {
                let row = |row: &Vec<Expr>| {
                    each.iter().map(|argument| table.value(argument, row)).collect::<Result<_>>()
                };
                let arguments = match table.rows.is_empty() {
                    // Without a row, the arguments only have to exist.
                    true => {
                        let nothing = vec![null(); table.columns.len()];
                        row(&nothing).map(|_: Vec<Expr>| Vec::new())?
                    }
                    false => table.rows.iter().map(row).collect::<Result<_>>()?,
                };
                Some(Rows { arguments, is_ordered })
            }
        };
        Ok(Self { qualifier, function: last_name(&name), arguments, rows })
    }
}

fn null() -> Expr {
    Expr::value(Value::Null)
}

/// Returns the arguments in parentheses. `*` stands for none.
fn arguments(arguments: FunctionArguments) -> Result<Vec<Expr>> {
    match arguments {
        FunctionArguments::None => Ok(Vec::new()),
        FunctionArguments::List(list) => {
            if list.duplicate_treatment.is_some() || !list.clauses.is_empty() {
                return Err(wrong("DISTINCT and ORDER BY in the call need a server".into()));
            }
            match &list.args[..] {
                [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)] => Ok(Vec::new()),
                _ => list.args.into_iter().map(argument).collect(),
            }
        }
        FunctionArguments::Subquery(_) => {
            Err(wrong("a query cannot be passed without a server".into()))
        }
    }
}

pub(super) fn argument(argument: FunctionArg) -> Result<Expr> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => Ok(expression),
        other => Err(wrong(format!("\"{other}\" cannot be passed as an argument"))),
    }
}

pub(super) fn wrong(what: String) -> Error {
    error("42601", what, Some("A call is written as in SQL: 'slugify(''Hello'', NULL)'."))
}

#[cfg(test)]
mod tests {
    use super::Call;

    fn rows(text: &str) -> Vec<String> {
        let rows = Call::parse(text).expect("a call").rows.expect("rows").arguments;
        let shown = |row: Vec<sqlparser::ast::Expr>| {
            row.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        rows.into_iter().map(shown).collect()
    }

    #[test]
    fn arguments_are_those_of_each_row() {
        assert_eq!(rows("f(x) FROM (VALUES (1), (NULL)) AS v (x)"), ["1", "NULL"]);
        assert_eq!(
            rows("f(7, V.Y::text, x) from (values (1, 'a'), (2, 'b')) v (x, y);"),
            ["7, ('a')::TEXT, 1", "7, ('b')::TEXT, 2"]
        );
        assert_eq!(rows("f(column2) FROM (VALUES (1, 2)) AS v"), ["2"]);
        assert_eq!(rows("f(*) FROM (VALUES (1), (2)) AS v"), ["", ""]);
        assert_eq!(rows("f(x) FROM generate_series(3, 1, -1) AS x"), ["3", "2", "1"]);
        assert_eq!(rows("f(x) FROM generate_series(1, 2) AS v (x)"), ["1", "2"]);
        assert!(rows("f(x) FROM (VALUES (1)) AS v (x) WHERE false").is_empty());
        assert!(rows("f(x) FROM generate_series(1, 0) AS x").is_empty());
    }

    #[test]
    fn direct_arguments_stand_in_parentheses() {
        let text = "a.f(0.5) WITHIN GROUP (ORDER BY x) FROM (VALUES (1.5)) AS v (x)";
        let call = Call::parse(text).expect("a call");
        assert_eq!(call.qualifier.as_deref(), Some("a"));
        assert_eq!(call.arguments[0].to_string(), "0.5");
        let rows = call.rows.expect("rows");
        assert!(rows.is_ordered);
        assert_eq!(rows.arguments[0][0].to_string(), "1.5");
    }

    #[test]
    fn what_is_no_constant_table_is_refused() {
        for (text, said) in [
            ("f(x) FROM t", "FROM takes"),
            ("f(x) FROM (SELECT 1) AS v (x)", "FROM takes"),
            ("f(x) FROM (VALUES (1) LIMIT 0) AS v (x)", "FROM takes"),
            ("f(x) FROM (VALUES (1)) AS v (x) LIMIT 1", "FROM takes"),
            ("f(x) FROM (VALUES (1)) AS v (x), (VALUES (2)) AS w (y)", "FROM takes"),
            ("f(x) FROM (VALUES (1)) AS v (x) WHERE x > 1", "FROM takes"),
            ("f(x) FROM (VALUES (1)) AS v (x) GROUP BY x", "FROM takes"),
            ("f(x), g(x) FROM (VALUES (1)) AS v (x)", "follows the call"),
            ("f(y) FROM (VALUES (1)) AS v (x)", "column \"y\" does not exist"),
            ("f(y) FROM (VALUES (1)) AS v (x) WHERE false", "column \"y\" does not exist"),
            ("f(x) FROM (VALUES (1), (1, 2)) AS v (x)", "the same length"),
            ("f(x) FROM generate_series(1, 1000000) AS x", "more than 100000 rows"),
            ("f(x) FROM generate_series(1, 2, 0) AS x", "cannot equal zero"),
            ("f(x) FROM generate_series(1) AS x", "two or three numbers"),
            ("f(DISTINCT x) FROM (VALUES (1)) AS v (x)", "need a server"),
            ("f(x) FILTER (WHERE x > 1) FROM (VALUES (1)) AS v (x)", "need a server"),
            ("f(1) WITHIN GROUP (ORDER BY 1)", "needs rows"),
        ] {
            let error = Call::parse(text).expect_err(text).to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
