//! One SQL value.

/// A value. Its type is kept elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Datum {
    Null,
    Bool(bool),
    /// A value of an integer type, an oid, or the number of an enum's label.
    Int(i64),
    Float4(f32),
    Float8(f64),
    /// A text, a json, or a jsonb or numeric as PostgreSQL writes it.
    Text(String),
    Bytes(Vec<u8>),
    /// Days since 2000-01-01.
    Date(i32),
    /// Microseconds, since midnight or since 2000-01-01 00:00.
    Time(i64),
    Interval(Interval),
    Uuid([u8; 16]),
    Array(Array),
    Row(Vec<Datum>),
    Range(Range),
}

/// An interval. Its parts are never converted into each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Interval {
    pub months: i32,
    pub days: i32,
    pub microseconds: i64,
}

/// An array as it is stored. Its lower bounds are not kept.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Array {
    /// The lengths of its dimensions. An array without elements has none.
    pub lengths: Vec<usize>,
    pub elements: Vec<Datum>,
}

impl Array {
    /// Returns an array with dimensions of these lengths, or with none if it has no elements.
    pub(crate) fn new(lengths: Vec<usize>, elements: Vec<Datum>) -> Self {
        let lengths = if elements.is_empty() { Vec::new() } else { lengths };
        Self { lengths, elements }
    }

    /// Returns an array of one dimension.
    pub(crate) fn of(elements: Vec<Datum>) -> Self {
        Self::new(vec![elements.len()], elements)
    }

    /// Returns an array of arrays, or `None` if their dimensions differ.
    pub(crate) fn of_arrays(arrays: Vec<Self>) -> Option<Self> {
        let lengths = arrays.first().map_or(Vec::new(), |first| first.lengths.clone());
        let is_same = arrays.iter().all(|array| array.lengths == lengths);
        let lengths = [vec![arrays.len()], lengths].concat();
        let elements = arrays.into_iter().flat_map(|array| array.elements).collect();
        is_same.then(|| Self::new(lengths, elements))
    }
}

/// A range, as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Range {
    pub is_empty: bool,
    /// The bound, which is NULL if there is none, and true if it is inclusive.
    pub lower: (Box<Datum>, bool),
    pub upper: (Box<Datum>, bool),
}

impl Range {
    /// Returns the range without values.
    pub(crate) fn empty() -> Self {
        let none = || (Box::new(Datum::Null), false);
        Self { is_empty: true, lower: none(), upper: none() }
    }

    /// Returns the range as PostgreSQL stores it: `[a,b)` for discrete types, empty if there is nothing between the
    /// bounds. Returns None if the lower bound is greater than the upper.
    pub(crate) fn canonical(mut self) -> Option<Self> {
        if self.is_empty {
            return Some(Self::empty());
        }
        for (bound, inclusive) in [&mut self.lower, &mut self.upper] {
            *inclusive &= **bound != Datum::Null;
        }
        let counted = |datum: &Datum| matches!(datum, Datum::Int(_) | Datum::Date(_));
        for (bound, inclusive, of) in [
            (&mut self.lower.0, &mut self.lower.1, false),
            (&mut self.upper.0, &mut self.upper.1, true),
        ] {
            if counted(bound) && *inclusive == of {
                match &mut **bound {
                    Datum::Int(value) => *value += 1,
                    Datum::Date(i32::MIN | i32::MAX) => continue,
                    Datum::Date(days) => *days += 1,
                    _ => {}
                }
                *inclusive = !of;
            }
        }
        use std::cmp::Ordering::{Equal, Greater, Less};
        match compare(&self.lower.0, &self.upper.0) {
            Some(Greater) => None,
            Some(Equal) if !(self.lower.1 && self.upper.1) => Some(Self::empty()),
            Some(Less | Equal) | None => Some(self),
        }
    }
}

/// Compares two bounds. Returns None if one is no bound.
fn compare(a: &Datum, b: &Datum) -> Option<std::cmp::Ordering> {
    match (a, b) {
        (Datum::Int(a), Datum::Int(b)) | (Datum::Time(a), Datum::Time(b)) => Some(a.cmp(b)),
        (Datum::Date(a), Datum::Date(b)) => Some(a.cmp(b)),
        (Datum::Text(a), Datum::Text(b)) => {
            // NaN is greater than all other values, and infinities lie at their ends.
            let rank = |text: &str| match text {
                "-Infinity" => 0,
                "Infinity" => 2,
                "NaN" => 3,
                _ => 1,
            };
            let number = |text: &str| text.parse::<bigdecimal::BigDecimal>().ok();
            Some(rank(a).cmp(&rank(b)).then_with(|| number(a).cmp(&number(b))))
        }
        _ => None,
    }
}
