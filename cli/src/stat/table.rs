//! The table of an interval: a line for each function, sorted.

use super::sample::{Function, Interval};
use plwasm_engine::name;
use std::cmp::Reverse;

/// What a table is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Key {
    Fuel,
    Calls,
    Mean,
    P99,
    Errors,
    Name,
}

impl Key {
    /// Returns the key that a letter stands for: its first one.
    pub(super) fn of(letter: char) -> Option<Self> {
        Some(match letter {
            'f' => Self::Fuel,
            'c' => Self::Calls,
            'm' => Self::Mean,
            'p' => Self::P99,
            'e' => Self::Errors,
            'n' => Self::Name,
            _ => return None,
        })
    }
}

/// The lines of a table.
#[derive(Debug)]
pub(super) struct Table {
    pub summary: String,
    pub head: String,
    pub rows: Vec<String>,
}

impl Table {
    /// Returns the table of an interval.
    pub(super) fn of(interval: &Interval, key: Key) -> Self {
        let mut functions: Vec<&Function> =
            interval.functions.iter().map(|(_, function)| function).collect();
        functions.sort_by(|a, b| a.name.cmp(&b.name));
        match key {
            Key::Fuel => functions.sort_by_key(|function| Reverse(function.fuel)),
            Key::Calls => functions.sort_by_key(|function| Reverse(function.calls)),
            Key::Mean => functions.sort_by(|a, b| mean(b).total_cmp(&mean(a))),
            Key::P99 => functions.sort_by_key(|function| Reverse(function.p99)),
            Key::Errors => functions.sort_by_key(|function| Reverse(function.errors)),
            Key::Name => {}
        }
        let sum = |number: fn(&Function) -> u64| {
            functions.iter().map(|function| number(function)).sum::<u64>()
        };
        let second = |number: u64| quantity(number as f64 / interval.seconds);
        let (calls, fuel) = (second(sum(|f| f.calls)), second(sum(|f| f.fuel)));
        let (count, errors) = (functions.len(), sum(|f| f.errors));
        let row = |function: &&Function| {
            line(&[
                quantity(function.fuel as f64),
                second(function.fuel),
                second(function.calls),
                if function.calls == 0 { String::new() } else { quantity(mean(function)) },
                function.p99.map_or(String::new(), |p99| quantity(p99 as f64)),
                quantity(function.errors as f64),
                name::paragraph(&function.name),
            ])
        };
        Self {
            summary: format!(
                "{}  {count} functions, {calls} calls/s, {fuel} fuel/s, {errors} errors",
                interval.shown
            ),
            head: line(
                &["fuel", "fuel/s", "calls/s", "mean", "p99", "errors", "function"]
                    .map(String::from),
            ),
            rows: functions.iter().map(row).collect(),
        }
    }
}

fn mean(function: &Function) -> f64 {
    function.fuel as f64 / function.calls.max(1) as f64
}

fn line([numbers @ .., name]: &[String; 7]) -> String {
    let numbers: String = numbers.iter().map(|number| format!("{number:>8}")).collect();
    format!("{numbers}  {name}")
}

/// Formats a quantity with at most four digits: `17`, `0.25`, `12.3k`, `1.50M`.
pub(super) fn quantity(number: f64) -> String {
    // From what is shown as 1000 of a unit, it is the next one. From 10,000 on it is thousands.
    const UNITS: [(f64, f64, &str); 6] = [
        (999.5e15, 1e18, "E"),
        (999.5e12, 1e15, "P"),
        (999.5e9, 1e12, "T"),
        (999.5e6, 1e9, "G"),
        (999.5e3, 1e6, "M"),
        (1e4, 1e3, "k"),
    ];
    let scaled = |value: f64| match value {
        ..9.995 => format!("{value:.2}"),
        ..99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    };
    match UNITS.iter().find(|(least, ..)| number >= *least) {
        Some((_, size, unit)) => scaled(number / size) + unit,
        None if number.fract() == 0.0 => format!("{number}"),
        None => scaled(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities() {
        let shown =
            [0.0, 0.25, 17.0, 17.26, 9999.0, 12_345.0, 999_950.0, 1.5e6, 2e20].map(quantity);
        assert_eq!(shown, ["0", "0.25", "17", "17.3", "9999", "12.3k", "1.00M", "1.50M", "200E"]);
    }

    #[test]
    fn sorted() {
        let function = |name: &str, calls, fuel, errors| {
            (1, Function { name: name.into(), calls, fuel, p99: None, errors })
        };
        let interval = Interval {
            seconds: 2.0,
            shown: "now".into(),
            functions: vec![
                function("b\x1b[2J", 10, 100, 0),
                function("a", 1, 50, 3),
                function("c", 40, 100, 0),
            ],
        };
        let names = |key| {
            let table = Table::of(&interval, key);
            table.rows.iter().map(|row| row[50..].to_string()).collect::<Vec<_>>()
        };
        assert_eq!(names(Key::Fuel), ["b [2J", "c", "a"]);
        assert_eq!(names(Key::Calls), ["c", "b [2J", "a"]);
        assert_eq!(names(Key::Mean), ["a", "b [2J", "c"]);
        assert_eq!(names(Key::Errors), ["a", "b [2J", "c"]);
        assert_eq!(names(Key::Name), ["a", "b [2J", "c"]);
        let table = Table::of(&interval, Key::Fuel);
        assert_eq!(table.summary, "now  3 functions, 25.5 calls/s, 125 fuel/s, 3 errors");
        assert_eq!(table.rows[2], "      50      25    0.50      50               3  a");
    }
}
