//! Reads and writes the text forms of arrays, rows and ranges: `{1,NULL,"a b"}`, `(1,,"a b")` and `[1,5)`.
//!
//! The values in them must never be interpreted here: `input` and `output` do that.

use plwasm_engine::pass::MAX_DIMENSIONS;

/// Values as texts. None is NULL.
pub(super) type Parts = Vec<Option<String>>;

/// Reads values one after the other, after the opening character. An unquoted character of `stop` ends a value.
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

/// The lengths of an array's dimensions, of which an array without elements has none, and its elements.
pub(super) type ArrayParts = (Vec<usize>, Parts);

/// An array that is being read.
struct Lists<'a> {
    reader: Reader<'a>,
    /// The length of each dimension, `None` while its first list is being read.
    lengths: Vec<Option<usize>>,
    parts: Parts,
}

/// Reads an array.
///
/// # Errors
/// Why the text is malformed.
pub(super) fn array(text: &str) -> Result<ArrayParts, &'static str> {
    let inner = text.trim().strip_prefix('{').ok_or("an array begins with \"{\"")?;
    let reader = Reader { rest: inner.chars(), stop: &[',', '}'] };
    let mut lists = Lists { reader, lengths: Vec::new(), parts: Vec::new() };
    lists.list(0)?;
    let Lists { reader, lengths, parts } = lists;
    match reader.rest.as_str().trim() {
        "" if parts.is_empty() => Ok((Vec::new(), parts)),
        "" => Ok((lengths.into_iter().flatten().collect(), parts)),
        _ => Err("something follows the \"}\""),
    }
}

impl Lists<'_> {
    /// Reads one list, after its opening brace.
    fn list(&mut self, dimension: usize) -> Result<(), &'static str> {
        const DIFFER: &str = "its lists differ in length";
        if dimension == MAX_DIMENSIONS {
            return Err("it has more than 6 dimensions");
        }
        if self.lengths.len() == dimension {
            // After elements, no list may follow.
            if !self.parts.is_empty() {
                return Err(DIFFER);
            }
            self.lengths.push(None);
        }
        let (mut count, mut has_lists) = (0, false);
        let mut ended = self.takes('}');
        while !ended {
            let is_list = self.takes('{');
            if count > 0 && is_list != has_lists {
                return Err(DIFFER);
            }
            has_lists = is_list;
            let end = match is_list {
                true => {
                    self.list(dimension + 1)?;
                    self.skip();
                    self.reader.rest.next()
                }
                false => self.element()?,
            };
            count += 1;
            ended = match end {
                Some('}') => true,
                Some(',') => false,
                _ => return Err("it has no \"}\" at its end"),
            };
        }
        if count == 0 && dimension > 0 {
            // PostgreSQL accepts it from version 17 on.
            return Err("a list within it is empty");
        }
        // The text has lists in place of elements, or elements in place of lists.
        let is_deepest = self.lengths.len() == dimension + 1;
        match self.lengths[dimension] {
            None => self.lengths[dimension] = Some(count),
            Some(length) if length == count => {}
            Some(_) => return Err(DIFFER),
        }
        if count > 0 && has_lists == is_deepest { Err(DIFFER) } else { Ok(()) }
    }

    /// Reads one element. Returns the character after it.
    fn element(&mut self) -> Result<Option<char>, &'static str> {
        let (value, quoted, end) = self.reader.value().ok_or("it has no \"}\" at its end")?;
        let value = value.map(|value| match quoted {
            true => value,
            false => value.trim_start().to_string(),
        });
        let value = value.filter(|value| quoted || !value.is_empty());
        let value = value.ok_or("an element is missing")?;
        self.parts.push((quoted || !value.eq_ignore_ascii_case("null")).then_some(value));
        Ok(Some(end))
    }

    fn skip(&mut self) {
        self.reader.rest = self.reader.rest.as_str().trim_start().chars();
    }

    /// Returns true if `wanted` comes next, after blanks, and consumes it.
    fn takes(&mut self, wanted: char) -> bool {
        self.skip();
        let rest = self.reader.rest.as_str().strip_prefix(wanted);
        self.reader.rest = rest.unwrap_or(self.reader.rest.as_str()).chars();
        rest.is_some()
    }
}

/// Returns the columns of a row.
///
/// # Errors
/// Why the text is malformed.
pub(super) fn row(text: &str) -> Result<Parts, &'static str> {
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

/// Returns the bounds of a range, and whether each bound is inclusive, or None for an empty range.
///
/// # Errors
/// Why the text is malformed.
#[allow(clippy::type_complexity)] // the two bounds
pub(super) fn range(text: &str) -> Result<Option<[(Option<String>, bool); 2]>, &'static str> {
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
pub(super) fn array_text(lengths: &[usize], parts: &[Option<String>]) -> String {
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
    let written: Vec<String> = match lengths {
        [] | [_] => parts.iter().map(quoted).collect(),
        [count, inner @ ..] => {
            let lists = parts.chunks(parts.len() / count);
            lists.map(|parts| array_text(inner, parts)).collect()
        }
    };
    format!("{{{}}}", written.join(","))
}

/// Returns a row as `record_out` writes it.
pub(super) fn row_text(parts: &Parts) -> String {
    let quoted = |part: &Option<String>| part.as_deref().map_or(String::new(), doubled);
    format!("({})", parts.iter().map(quoted).collect::<Vec<_>>().join(","))
}

/// Returns a bound as `range_out` writes it.
pub(super) fn bound_text(bound: Option<&str>) -> String {
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

/// Returns true for the characters of `isspace` in the C locale.
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
        let list = |parts: Parts| Ok((vec![parts.len()], parts));
        assert_eq!(array("{1, 2 ,NULL}"), list(some(&["1", "2", "NULL"])));
        assert_eq!(array(r#"{"a b","c\"d",e f}"#), list(some(&["a b", "c\"d", "e f"])));
        assert_eq!(array(r#"{"NULL",""}"#), list(vec![Some("NULL".into()), Some(String::new())]));
        for wrong in ["", "1,2", "{1", "{1,}", "{1}2", "{\"a}", "{,}"] {
            assert!(array(wrong).is_err(), "{wrong}");
        }
        let parts = vec![None, Some("null".into()), Some("a\"\\,".into()), Some("b".into())];
        assert_eq!(array_text(&[4], &parts), r#"{NULL,"null","a\"\\,",b}"#);
        assert_eq!(array(&array_text(&[4], &parts)), list(parts));
    }

    #[test]
    fn arrays_have_dimensions() {
        let parts = some(&["1", "2", "3", "NULL"]);
        assert_eq!(array("{{1,2},{3,NULL}}"), Ok((vec![2, 2], parts.clone())));
        assert_eq!(array(" { { {1} , {2} } , {{3},{NULL}} } "), Ok((vec![2, 2, 1], parts.clone())));
        assert_eq!(array_text(&[2, 2], &parts), "{{1,2},{3,NULL}}");
        assert_eq!(array_text(&[2, 1, 2], &parts), "{{{1,2}},{{3,NULL}}}");
        for nothing in ["{}", " { } "] {
            assert_eq!(array(nothing), Ok((vec![], vec![])), "{nothing}");
        }
        assert_eq!(array_text(&[], &[]), "{}");
        for wrong in [
            "{{1},{2,3}}",
            "{1,{2}}",
            "{{1},2}",
            "{{1},{{2}}}",
            "{{{1}},{2}}",
            "{{1},{}}",
            "{{},{1}}",
            "{{},{}}",
            "{{{}}}",
            "{{1}",
            "{{1}{2}}",
            "{{1},}",
            "{{{{{{{1}}}}}}}",
        ] {
            assert!(array(wrong).is_err(), "{wrong}");
        }
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
