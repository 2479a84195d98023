//! The exports of `../wit/examples.wit`: wit-bindgen makes a trait of them.

mod panic;

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

wit_bindgen::generate!({ path: "../wit", world: "examples", generate_all });

/// Runs once: what it leaves is what every call begins with.
#[unsafe(export_name = "_initialize")]
extern "C" fn initialize() {
    panic::keep_message();
}

struct Examples;

impl Guest for Examples {
    fn add(a: i32, b: i32) -> Result<i32, Error> {
        a.checked_add(b).ok_or_else(|| Error {
            sqlstate: "22003".into(),
            message: "integer out of range".into(),
            detail: None,
            hint: Some("Add them as bigint.".into()),
        })
    }

    fn slugify(text: String) -> String {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric());
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        words.join("-").to_ascii_lowercase()
    }

    fn total(numbers: Vec<Option<i32>>) -> i64 {
        numbers.into_iter().flatten().map(i64::from).sum()
    }

    fn distance(a: Point, b: Point) -> f64 {
        let (x, y) = (a.x - b.x, a.y - b.y);
        (x * x + y * y).sqrt()
    }

    fn better(now: Mood) -> Option<Mood> {
        match now {
            Mood::Sad => Some(Mood::Ok),
            Mood::Ok => Some(Mood::Happy),
            Mood::Happy => None,
        }
    }

    fn reverse(mut bytes: Vec<u8>) -> Vec<u8> {
        bytes.reverse();
        bytes
    }

    fn words(text: String) -> Vec<String> {
        text.split(' ').filter(|word| !word.is_empty()).map(String::from).collect()
    }

    fn counted(mut lines: Vec<OrderLine>) -> Vec<OrderLine> {
        lines.retain(|line| line.quantity.is_some());
        lines
    }

    fn scale(i: Interval, n: i32) -> Interval {
        Interval {
            months: i.months * n,
            days: i.days * n,
            microseconds: i.microseconds * i64::from(n),
        }
    }

    fn calls() -> u32 {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        COUNT.fetch_add(1, Relaxed) + 1
    }

    fn fail(message: String) -> Result<String, String> {
        Err(message)
    }
}

export!(Examples);
