//! Tables of constants: what FROM gives to an aggregate, `(VALUES (1), (2)) AS v (x)` or `generate_series(1, 9) AS x`.

use super::call::{argument, wrong};
use super::expression::{folded, last_name};
use super::{Datum, SqlType, datum_of, error};
use plwasm_engine::sql::Base;
use plwasm_engine::{Result, name};
use sqlparser::ast::{
    Expr, Ident, Query, SelectItem, SetExpr, Statement, TableAlias, TableFactor, Value, Values,
};

/// The most rows that are read.
const MOST_ROWS: i64 = 100_000;

/// A table of constants.
pub(super) struct Table {
    name: String,
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Expr>>,
}

impl Table {
    /// Returns the table of `SELECT call FROM table`.
    ///
    /// # Errors
    /// 42601 if it has anything else.
    pub(super) fn of(parsed: Vec<Statement>) -> Result<Self> {
        let only = "FROM takes (VALUES (...), ...) AS v (x, ...), or generate_series(first, last) AS x, and nothing follows \
                    but WHERE false";
        let refused = || wrong(only.into());
        let select = match <[_; 1]>::try_from(parsed) {
            Ok([Statement::Query(query)]) => plain(*query).ok_or_else(refused)?,
            _ => return Err(refused()),
        };
        let SetExpr::Select(select) = select else { return Err(refused()) };
        let mut select = *select;
        let projection = std::mem::take(&mut select.projection);
        let mut from = std::mem::take(&mut select.from);
        let selection = select.selection.take();
        let is_plain = matches!(projection[..], [SelectItem::UnnamedExpr(_)])
            && select.to_string().trim() == "SELECT";
        let (true, 1, Some(table)) = (is_plain, from.len(), from.pop()) else {
            return Err(refused());
        };
        if !table.joins.is_empty() {
            return Err(refused());
        }
        let mut found = match table.relation {
            TableFactor::Derived { lateral: false, subquery, alias, .. } => {
                match plain(*subquery).ok_or_else(refused)? {
                    SetExpr::Values(values) => {
                        let rows = values.rows.into_iter().map(|row| row.content);
                        Self::with_rows("", alias.as_ref(), rows.collect())?
                    }
                    _ => return Err(refused()),
                }
            }
            TableFactor::Table {
                name, alias, args: Some(args), with_ordinality: false, ..
            } if last_name(&name) == "generate_series" => {
                let bounds = args.args.into_iter().map(argument).collect::<Result<Vec<_>>>()?;
                Self::with_rows("generate_series", alias.as_ref(), series(&bounds)?)?
            }
            _ => return Err(refused()),
        };
        match selection {
            None => {}
            Some(Expr::Value(value)) if value.value == Value::Boolean(false) => found.rows.clear(),
            Some(_) => return Err(refused()),
        }
        Ok(found)
    }

    fn with_rows(own: &str, alias: Option<&TableAlias>, rows: Vec<Vec<Expr>>) -> Result<Self> {
        let width = rows.first().map_or(1, Vec::len);
        if rows.iter().any(|row| row.len() != width) {
            return Err(error("42601", "VALUES lists must all be the same length", None));
        }
        if rows.len() as i64 > MOST_ROWS {
            return Err(error("54000", format!("there are more than {MOST_ROWS} rows"), None));
        }
        let name = alias.map_or(own.to_string(), |alias| folded(&alias.name));
        let named = alias.map_or(&[][..], |alias| &alias.columns);
        let column = |number: usize| match named.get(number) {
            Some(column) => folded(&column.name),
            // The only column of a function has the name of the table.
            None if !own.is_empty() => name.clone(),
            None => format!("column{}", number + 1),
        };
        Ok(Self { columns: (0..width).map(column).collect(), name, rows })
    }

    /// Returns an argument with the constants of a row in place of columns.
    ///
    /// # Errors
    /// 42703 if a column does not exist.
    pub(super) fn value(&self, argument: &Expr, row: &[Expr]) -> Result<Expr> {
        let column = |ident: &Ident| {
            let name = folded(ident);
            let at = self.columns.iter().position(|column| *column == name);
            at.and_then(|at| row.get(at).cloned()).ok_or_else(|| {
                let name = name::printable(&name);
                error("42703", format!("column \"{name}\" does not exist"), None)
            })
        };
        Ok(match argument {
            Expr::Identifier(ident) => column(ident)?,
            Expr::CompoundIdentifier(path) => match &path[..] {
                [table, ident] if folded(table) == self.name => column(ident)?,
                _ => argument.clone(),
            },
            Expr::Nested(inner) => self.value(inner, row)?,
            Expr::Cast { .. } => {
                let mut cast = argument.clone();
                if let Expr::Cast { expr, .. } = &mut cast {
                    **expr = Expr::Nested(Box::new(self.value(expr, row)?));
                }
                cast
            }
            constant => constant.clone(),
        })
    }
}

/// Returns the rows of `generate_series(first, last)` or `generate_series(first, last, step)`.
fn series(bounds: &[Expr]) -> Result<Vec<Vec<Expr>>> {
    let numbers = bounds.iter().map(|bound| match datum_of(bound, &SqlType::Base(Base::Int8))? {
        Datum::Int(number) => Ok(number),
        _ => Err(wrong("generate_series takes numbers".into())),
    });
    let (first, last, step) = match numbers.collect::<Result<Vec<_>>>()?[..] {
        [first, last] => (first, last, 1),
        [_, _, 0] => return Err(error("22023", "step size cannot equal zero", None)),
        [first, last, step] => (first, last, step),
        _ => return Err(wrong("generate_series takes two or three numbers".into())),
    };
    let next = |number: &i64| number.checked_add(step);
    let within = |number: &i64| if step > 0 { *number <= last } else { *number >= last };
    let numbers = std::iter::successors(Some(first), next).take_while(within);
    let number = |number: i64| vec![Expr::value(Value::Number(number.to_string(), false))];
    // One more than is allowed tells that there are too many.
    Ok(numbers.take(MOST_ROWS as usize + 1).map(number).collect())
}

/// Returns the body of a query that has nothing else.
fn plain(mut query: Query) -> Option<SetExpr> {
    let nothing =
        || SetExpr::Values(Values { explicit_row: false, value_keyword: false, rows: Vec::new() });
    let body = std::mem::replace(&mut *query.body, nothing());
    (query.to_string() == nothing().to_string()).then_some(body)
}
