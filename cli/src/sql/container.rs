//! The text forms of arrays, rows and ranges, `{1,NULL,"a b"}`, `(1,,"a b")` and `[1,5)`: taken apart and put
//! together.
//!
//! It must never look at the values in them: `input` and `output` do that.

/// Values as texts. None is NULL.
pub type Parts = Vec<Option<String>>;

/// Reads values up to `end`, after the opening character. An unquoted `null_word` is NULL; rows have none.
struct Reader<'a> {
    rest: std::str::Chars<'a>,
    stop: &'a [char],
}

impl Reader<'_> {
    /// Reads one value. Returns it, whether it was quoted, and the character that ended it. The value is None if
    /// there was no text at all.
    fn value(&mut self) -> Option<(Option<String>, bool, char)> {
        let (mut text, mut quoted, mut inside) = (String::new(), false, false);
        // Trailing blanks belong to a value only if they are quoted.
        let mut kept = 0;
        loop {
            let c = self.rest.next()?;
            match c {
                '\\' => text.push(self.rest.next()?),
                '"' if inside && self.rest.as_str().starts_with('"') => {
                    self.rest.next();
                    text.push('"');
                }
                '"' => {
                    (inside, quoted) = (!inside, true);
                    kept = text.len();
                    continue;
                }
                c if !inside && self.stop.contains(&c) => {
                    let is_nothing = text.is_empty() && !quoted;
                    return Some(((!is_nothing).then_some(text), quoted, c))
                        .map(|(t, q, c)| (t.map(|t| trim_end(t, kept)), q, c));
                }
                c => {
                    text.push(c);
                    if !inside {
                        continue;
                    }
                }
            }
            kept = text.len();
        }
    }
}

fn trim_end(mut text: String, kept: usize) -> String {
    let end = text.trim_end().len().max(kept.min(text.len()));
    text.truncate(end);
    text
}

/// Returns the elements of an array of one dimension.
///
/// # Errors
/// Why the text is malformed.
pub fn array(text: &str) -> Result<Parts, &'static str> {
    let inner = text.trim().strip_prefix('{').ok_or("an array begins with \"{\"")?;
    if inner.trim_start().starts_with('{') {
        return Err("an array of one dimension is passed as a list, not of more");
    }
    if inner.trim() == "}" {
        return Ok(Vec::new());
    }
    let mut reader = Reader { rest: inner.chars(), stop: &[',', '}'] };
    let mut parts = Vec::new();
    loop {
        let (value, quoted, end) = reader.value().ok_or("it has no \"}\" at its end")?;
        let value = value.map(|value| match quoted {
            true => value,
            false => value.trim_start().to_string(),
        });
        let value = value.filter(|value| quoted || !value.is_empty());
        let value = value.ok_or("an element is missing")?;
        parts.push((quoted || !value.eq_ignore_ascii_case("null")).then_some(value));
        if end == '}' {
            break;
        }
    }
    match reader.rest.as_str().trim() {
        "" => Ok(parts),
        _ => Err("something follows the \"}\""),
    }
}

/// Returns the columns of a row.
///
/// # Errors
/// Why the text is malformed.
pub fn row(text: &str) -> Result<Parts, &'static str> {
    let inner = text.trim().strip_prefix('(').ok_or("a row begins with \"(\"")?;
    let mut reader = Reader { rest: inner.chars(), stop: &[',', ')'] };
    let mut parts = Vec::new();
    loop {
        let (value, _, end) = reader.value().ok_or("it has no \")\" at its end")?;
        parts.push(value);
        if end == ')' {
            break;
        }
    }
    match reader.rest.as_str().trim() {
        "" => Ok(parts),
        _ => Err("something follows the \")\""),
    }
}

/// Returns the bounds of a range, and whether each belongs to it, or None for an empty range.
///
/// # Errors
/// Why the text is malformed.
#[allow(clippy::type_complexity)] // the two bounds
pub fn range(text: &str) -> Result<Option<[(Option<String>, bool); 2]>, &'static str> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("empty") {
        return Ok(None);
    }
    let lower_inclusive = match text.chars().next() {
        Some('[') => true,
        Some('(') => false,
        _ => return Err("a range begins with \"[\" or \"(\""),
    };
    let mut reader = Reader { rest: text[1..].chars(), stop: &[',', ')', ']'] };
    let lower = reader.value().filter(|(.., end)| *end == ',').ok_or("a range has two bounds")?;
    let upper = reader.value().filter(|(.., end)| *end != ',');
    let upper = upper.ok_or("a range ends with \"]\" or \")\"")?;
    match reader.rest.as_str().trim() {
        "" => Ok(Some([(lower.0, lower_inclusive), (upper.0, upper.2 == ']')])),
        _ => Err("something follows the range"),
    }
}

/// Returns an array as `array_out` writes it.
pub fn array_text(parts: &Parts) -> String {
    let quoted = |part: &Option<String>| match part {
        None => "NULL".to_string(),
        Some(text) => {
            let plain = !text.is_empty()
                && !text.eq_ignore_ascii_case("null")
                && !text.contains(|c: char| "{},\"\\".contains(c) || is_blank(c));
            if plain {
                text.clone()
            } else {
                format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
            }
        }
    };
    format!("{{{}}}", parts.iter().map(quoted).collect::<Vec<_>>().join(","))
}

/// Returns a row as `record_out` writes it.
pub fn row_text(parts: &Parts) -> String {
    let quoted = |part: &Option<String>| part.as_deref().map_or(String::new(), doubled);
    format!("({})", parts.iter().map(quoted).collect::<Vec<_>>().join(","))
}

/// Returns a bound as `range_out` writes it.
pub fn bound_text(bound: Option<&str>) -> String {
    bound.map_or(String::new(), |text| match text.contains(['[', ']']) && !text.contains('"') {
        true => format!("\"{text}\""),
        false => doubled(text),
    })
}

/// Returns a text quoted, if necessary, as in rows and ranges, where quotes are doubled.
fn doubled(text: &str) -> String {
    match text.is_empty() || text.contains(|c: char| "(),\"\\".contains(c) || is_blank(c)) {
        true => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\"\"")),
        false => text.into(),
    }
}

/// Returns the same as `isspace` in the C locale.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(parts: &[&str]) -> Parts {
        parts.iter().map(|part| (*part != "NULL").then(|| part.to_string())).collect()
    }

    #[test]
    fn arrays_come_and_go() {
        assert_eq!(array("{1, 2 ,NULL}"), Ok(some(&["1", "2", "NULL"])));
        assert_eq!(array("{}"), Ok(vec![]));
        assert_eq!(array(r#"{"a b","c\"d",e f}"#), Ok(some(&["a b", "c\"d", "e f"])));
        assert_eq!(array(r#"{"NULL",""}"#), Ok(vec![Some("NULL".into()), Some(String::new())]));
        for wrong in ["", "1,2", "{1", "{1,}", "{{1}}", "{1}2", "{\"a}", "{,}"] {
            assert!(array(wrong).is_err(), "{wrong}");
        }
        let parts = vec![None, Some("null".into()), Some("a\"\\,".into()), Some("b".into())];
        assert_eq!(array_text(&parts), r#"{NULL,"null","a\"\\,",b}"#);
        assert_eq!(array(&array_text(&parts)), Ok(parts));
    }

    #[test]
    fn rows_come_and_go() {
        assert_eq!(row("(1,,\"a,\"\"b\")"), Ok(vec![Some("1".into()), None, Some("a,\"b".into())]));
        let parts = vec![None, Some(String::new()), Some("a\"\\,".into()), Some("b".into())];
        assert_eq!(row_text(&parts), r#"(,"","a""\\,",b)"#);
        assert_eq!(row(&row_text(&parts)), Ok(parts));
        for wrong in ["", "(", "(1", "(1)2", "1,2"] {
            assert!(row(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ranges_have_bounds() {
        let bounds = [(Some("1".to_string()), true), (None, false)];
        assert_eq!(range("[1,)"), Ok(Some(bounds)));
        assert_eq!(range("empty"), Ok(None));
        for wrong in ["", "1,2", "[1,2", "[1]", "[1,2,3]", "[1,2)x"] {
            assert!(range(wrong).is_err(), "{wrong}");
        }
    }
}
