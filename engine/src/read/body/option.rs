//! Options: the `key=value` pairs after the name of an export, and in the section in which a binary asks for a warm-up.

use super::name::identifier;
use crate::error::{Error, Result};
use crate::name::printable;
use crate::warm_up::{Constant, SECTION, WarmUp, WarmUpCall};

/// The largest heap, in bytes: half of what a 32-bit memory can have.
const MAX_HEAP: usize = 2 << 30;

/// Splits `key=value` pairs that are separated by white space. White space within parentheses or quotes belongs to the
/// value.
///
/// # Errors
/// [`Error::Body`] if a part is no such pair.
pub(super) fn options(source: &str) -> Result<Vec<(&str, &str)>> {
    let mut found = Vec::new();
    let mut rest = source.trim_start();
    while !rest.is_empty() {
        let (option, after) = rest.split_at(end(rest));
        let pair = option.split_once('=').ok_or_else(|| {
            Error::Body(format!("\"{}\" is not of the form key=value", printable(option)))
        })?;
        found.push(pair);
        rest = after.trim_start();
    }
    Ok(found)
}

/// Returns where the option ends that a text begins with.
fn end(source: &str) -> usize {
    let (mut depth, mut quote) = (0u32, None);
    for (at, c) in source.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 && c.is_whitespace() => return at,
            (None, _) => {}
        }
    }
    source.len()
}

/// Reads an option of a warm-up. Returns `None` if the key is none of its keys, and otherwise whether it was given
/// before.
///
/// # Errors
/// [`Error::Body`] if the value is wrong.
pub(super) fn warm_up(key: &str, value: &str, to: &mut WarmUp) -> Result<Option<bool>> {
    Ok(Some(match key {
        "heap" => to.heap.replace(parse_heap(value)?).is_some(),
        "warm" => to.call.replace(parse_warm_up_call(value)?).is_some(),
        _ => return Ok(None),
    }))
}

/// Makes the error for a key that was given before.
pub(super) fn given_twice(key: &str) -> Error {
    Error::Body(format!("key \"{key}\" is given twice"))
}

/// Reads the contents of the section [`SECTION`].
///
/// # Errors
/// [`Error::Body`]
pub(crate) fn section(bytes: &[u8]) -> Result<WarmUp> {
    let within = |error| match error {
        Error::Body(what) => Error::Invalid(format!("custom section \"{SECTION}\": {what}")),
        error => error,
    };
    let text = std::str::from_utf8(bytes)
        .map_err(|_| within(Error::Body("it is not UTF-8".into())))?
        // Compilers of C end strings with it.
        .trim_end_matches('\0');
    let mut found = WarmUp::default();
    for (key, value) in options(text).map_err(within)? {
        match warm_up(key, value, &mut found).map_err(within)? {
            Some(false) => {}
            Some(true) => return Err(within(given_twice(key))),
            None => {
                let what =
                    format!("unknown key \"{}\", the keys are heap and warm", printable(key));
                return Err(within(Error::Body(what)));
            }
        }
    }
    match &found.call {
        Some(WarmUpCall { export: None, .. }) => {
            Err(within(Error::Body("warm= must name an export".into())))
        }
        _ => Ok(found),
    }
}

/// Parses the options of a warm-up, as a body or a section has them.
///
/// # Errors
/// [`Error::Body`] if there is something else.
pub fn parse_warm_up(source: &str) -> Result<WarmUp> {
    section(source.as_bytes())
}

/// Parses the size of a warm heap: `1MB`, or `0` for none. Returns bytes.
///
/// # Errors
/// [`Error::Body`] if it is no size, or more than 2 GB.
pub fn parse_heap(value: &str) -> Result<u32> {
    if value == "0" {
        return Ok(0);
    }
    match bytes("heap", value)? {
        bytes if bytes <= MAX_HEAP => Ok(bytes as u32),
        _ => Err(Error::Body(format!("heap=\"{}\" is more than 2GB", printable(value)))),
    }
}

/// Parses a number with one of PostgreSQL's units of memory.
pub(super) fn bytes(key: &str, value: &str) -> Result<usize> {
    let digits = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    let unit = match &value[digits..] {
        "B" => 1,
        "kB" => 1 << 10,
        "MB" => 1 << 20,
        "GB" => 1 << 30,
        _ => 0,
    };
    match value[..digits].parse::<usize>().ok().and_then(|n| n.checked_mul(unit)) {
        Some(bytes) if bytes > 0 => Ok(bytes),
        _ => Err(Error::Body(format!(
            "{key}=\"{}\" is not a number with a unit (B, kB, MB or GB)",
            printable(value)
        ))),
    }
}

/// Parses a warm-up call: `[export](constant, ...)`.
///
/// # Errors
/// [`Error::Body`] if it is none.
pub fn parse_warm_up_call(value: &str) -> Result<WarmUpCall> {
    let wrong = |why: &str| {
        Error::Body(format!(
            "warm={} is not a call of an export with constants: {why}",
            printable(value)
        ))
    };
    let (export, rest) = match value.starts_with('"') {
        true => identifier(value).map(|(name, rest)| (Some(name), rest))?,
        false => {
            let open = value.find('(').ok_or_else(|| wrong("it has no parentheses"))?;
            let (name, rest) = value.split_at(open);
            ((!name.is_empty()).then(|| name.to_string()), rest)
        }
    };
    let inner = rest
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        .ok_or_else(|| wrong("it does not end with a parenthesis"))?;
    let mut arguments = Vec::new();
    let mut rest = inner.trim_start();
    while !rest.is_empty() {
        let (constant, after) = constant(rest).ok_or_else(|| {
            wrong("an argument is a number, a string in single quotes, true, false or null")
        })?;
        arguments.push(constant);
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(more) if !more.trim_start().is_empty() => more.trim_start(),
            None if after.is_empty() => after,
            _ => return Err(wrong("its arguments are not separated by single commas")),
        };
    }
    Ok(WarmUpCall { export, arguments })
}

/// Splits the constant that a text begins with from the rest.
fn constant(source: &str) -> Option<(Constant, &str)> {
    if let Some(quoted) = source.strip_prefix('\'') {
        let mut text = String::new();
        let mut parts = quoted.split('\'');
        let mut rest = quoted;
        loop {
            let part = parts.next()?;
            text.push_str(part);
            // A quote ends the string, unless another follows.
            rest = rest.get(part.len() + 1..)?;
            match rest.strip_prefix('\'') {
                Some(more) => {
                    text.push('\'');
                    parts.next();
                    rest = more;
                }
                None => return Some((Constant::String(text), rest)),
            }
        }
    }
    let end = source.find(|c: char| c == ',' || c.is_whitespace()).unwrap_or(source.len());
    let (word, rest) = source.split_at(end);
    let constant = match word.to_ascii_lowercase().as_str() {
        "null" => Constant::Null,
        "true" => Constant::Bool(true),
        "false" => Constant::Bool(false),
        number => {
            let digits = number.strip_prefix('-').unwrap_or(number);
            let is_number = digits.starts_with(|c: char| c.is_ascii_digit())
                && number.parse::<f64>().is_ok_and(f64::is_finite);
            is_number.then(|| Constant::Number(number.to_string()))?
        }
    };
    Some((constant, rest))
}

#[cfg(test)]
mod tests {
    use super::parse_warm_up;
    use crate::read::body::{Body, Reference};
    use crate::warm_up::{Constant, WarmUp};

    fn body(source: &str) -> Result<Reference, String> {
        match Body::parse(source, false) {
            Ok(Body::Reference(reference)) => Ok(reference),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn a_body_can_ask_for_a_warm_up() {
        let found =
            body("m#f fuel=1e6 warm=f('it''s (a) \"b\"', -1.5e3, true, NULL) heap=1MB").unwrap();
        assert_eq!((found.fuel, found.export.as_deref()), (Some(1_000_000), Some("f")));
        assert_eq!(found.warm_up.heap, Some(1 << 20));
        let call = found.warm_up.call.unwrap();
        assert_eq!(call.export.as_deref(), Some("f"));
        assert_eq!(
            call.arguments,
            [
                Constant::String("it's (a) \"b\"".into()),
                Constant::Number("-1.5e3".into()),
                Constant::Bool(true),
                Constant::Null,
            ]
        );
        let own = body("m warm=()").unwrap().warm_up.call.unwrap();
        assert_eq!((own.export, own.arguments.len()), (None, 0));
        let far = body("m warm=a:b/c#d-e('')").unwrap().warm_up.call.unwrap();
        assert_eq!(far.export.as_deref(), Some("a:b/c#d-e"));
        assert_eq!(body("m heap=0").unwrap().warm_up.heap, Some(0));
    }

    #[test]
    fn a_warm_up_is_written_as_it_is_read() {
        for text in [
            "heap=1MB",
            "heap=0",
            "heap=100B warm=f('it''s', 1, null, false)",
            "warm=\"to \"\"upper\"\"\"('')",
            "warm=a:b/c#d()",
        ] {
            let found: WarmUp = parse_warm_up(text).unwrap();
            assert_eq!(found.to_string(), text);
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for source in [
            "m warm",
            "m warm=",
            "m warm=f",
            "m warm=f(",
            "m warm=f('",
            "m warm=f(')",
            "m warm=f('a)",
            "m warm=f(a)",
            "m warm=f(1,)",
            "m warm=f(,1)",
            "m warm=f(1 2)",
            "m warm=f(1,,2)",
            "m warm=f(nan)",
            "m warm=f(inf)",
            "m warm=f('a'b)",
            "m warm=f(1)x",
            "m warm=f() warm=f()",
            "m heap=1",
            "m heap=3GB",
            "m heap=-1MB",
            "m heap=1MB heap=1MB",
        ] {
            let error = body(source).unwrap_err();
            assert!(error.starts_with("invalid function body: "), "{source}: {error}");
        }
        for section in ["fuel=1", "warm=()", "x", "heap=1MB heap=2MB"] {
            let error = parse_warm_up(section).unwrap_err().to_string();
            assert!(error.contains("custom section \"plwasm:warm\""), "{error}");
        }
    }
}
