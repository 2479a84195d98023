//! Dates and times: reads and writes days and microseconds since 2000-01-01 as ISO 8601.

use super::datum::Interval;
use jiff::civil;
use std::fmt::Write;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// 1970-01-01, in days before 2000-01-01.
const UNIX: i64 = 10_957;

const EPOCH: civil::DateTime = civil::datetime(2000, 1, 1, 0, 0, 0, 0);

/// Reads `infinity` and `-infinity`, which are the greatest and the least value.
fn infinity<T>(text: &str, [least, greatest]: [T; 2]) -> Option<T> {
    match text.trim().to_ascii_lowercase().as_str() {
        "infinity" | "+infinity" => Some(greatest),
        "-infinity" => Some(least),
        _ => None,
    }
}

pub(super) fn date(text: &str) -> Option<i32> {
    if let Some(end) = infinity(text, [i32::MIN, i32::MAX]) {
        return Some(end);
    }
    let Ok(date) = text.trim().parse::<civil::Date>() else {
        return far(text).filter(|(_, rest)| rest.is_empty())?.0.try_into().ok();
    };
    Some((microseconds(date.to_datetime(civil::Time::midnight())) / DAY) as i32)
}

/// Reads a date of any year, before Christ too, as PostgreSQL writes it. Returns its days since 2000-01-01, and the time
/// that follows.
fn far(text: &str) -> Option<(i64, &str)> {
    let text = text.trim();
    let (text, is_before) = match text.strip_suffix(" BC") {
        Some(text) => (text, true),
        None => (text, false),
    };
    let (date, time) = text.split_once(' ').unwrap_or((text, ""));
    let mut parts = date.split('-').map(|part| part.parse::<i64>().ok().filter(|it| *it > 0));
    let [year, month, day] = [parts.next()??, parts.next()??, parts.next()??];
    let year = if is_before { 1 - year } else { year };
    let days = days(year, month, day);
    // It is a date if it is the one that these days are.
    let is_date =
        parts.next().is_none() && year < 1_000_000_000 && civil(days) == (year, month, day);
    is_date.then_some((days, time))
}

/// Returns the days since 2000-01-01 (Hinnant's `days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468 - UNIX
}

pub(super) fn time(text: &str) -> Option<i64> {
    if text.trim() == "24:00:00" {
        return Some(DAY);
    }
    let time: civil::Time = text.trim().parse().ok()?;
    Some(microseconds(civil::date(2000, 1, 1).to_datetime(time)))
}

pub(super) fn timestamp(text: &str) -> Option<i64> {
    if let Some(end) = infinity(text, [i64::MIN, i64::MAX]) {
        return Some(end);
    }
    if let Ok(found) = text.trim().parse() {
        return Some(microseconds(found));
    }
    let (days, at) = far(text)?;
    let at = if at.is_empty() { 0 } else { time(at)? };
    days.checked_mul(DAY)?.checked_add(at)
}

/// Reads a timestamp with time zone. Without an offset it is in UTC.
pub(super) fn timestamptz(text: &str) -> Option<i64> {
    match text.trim().parse::<jiff::Timestamp>() {
        Ok(found) => {
            let nanoseconds = found.as_nanosecond() - i128::from(UNIX) * i128::from(DAY) * 1000;
            Some(rounded(nanoseconds))
        }
        Err(_) => timestamp(text),
    }
}

fn microseconds(time: civil::DateTime) -> i64 {
    rounded(time.duration_since(EPOCH).as_nanos())
}

fn rounded(nanoseconds: i128) -> i64 {
    (nanoseconds + 500).div_euclid(1000) as i64
}

/// Returns year, month and day (Hinnant's `civil_from_days`), of any year: PostgreSQL has years of more than four
/// digits.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + UNIX + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Returns the date, and the era that follows the time. The year 0 is 1 BC.
fn ymd(days: i64) -> (String, &'static str) {
    let (year, month, day) = civil(days);
    let (year, era) = if year > 0 { (year, "") } else { (1 - year, " BC") };
    (format!("{year:04}-{month:02}-{day:02}"), era)
}

pub(super) fn date_text(days: i32) -> String {
    match days {
        i32::MIN => "-infinity".into(),
        i32::MAX => "infinity".into(),
        days => {
            let (date, era) = ymd(days.into());
            date + era
        }
    }
}

pub(super) fn time_text(microseconds: i64) -> String {
    let mut text = format!("{:02}:{:02}:", microseconds / HOUR, microseconds / MINUTE % 60);
    text.push_str(&seconds(microseconds % MINUTE));
    text
}

/// Returns seconds with two digits, and with as many decimals as they need.
fn seconds(microseconds: i64) -> String {
    let mut text = format!("{:02}", microseconds / SECOND);
    if microseconds % SECOND != 0 {
        let _ = write!(text, ".{:06}", microseconds % SECOND);
        text.truncate(text.trim_end_matches('0').len());
    }
    text
}

/// Returns a timestamp with `zone` after the time.
pub(super) fn timestamp_text(microseconds: i64, zone: &str) -> String {
    match microseconds {
        i64::MIN => "-infinity".into(),
        i64::MAX => "infinity".into(),
        _ => {
            let (date, era) = ymd(microseconds.div_euclid(DAY));
            format!("{date} {}{zone}{era}", time_text(microseconds.rem_euclid(DAY)))
        }
    }
}

/// Reads numbers with units, and a time at the end: `1 year 2 mons -3 days 04:05:06.7`.
pub(super) fn interval(text: &str) -> Option<Interval> {
    let (mut months, mut days, mut microseconds) = (0i128, 0i128, 0i128);
    let text = text.trim().to_ascii_lowercase();
    let (text, sign) = match text.strip_suffix(" ago") {
        Some(text) => (text, -1),
        None => (text.as_str(), 1),
    };
    let mut words = text.trim_start_matches('@').split_whitespace();
    let mut any = false;
    while let Some(word) = words.next() {
        any = true;
        if word.contains(':') {
            microseconds += i128::from(clock(word)?);
            continue;
        }
        let value: bigdecimal::BigDecimal = word.parse().ok()?;
        let times = |unit: i64| {
            use bigdecimal::ToPrimitive;
            (&value * unit).to_i128()
        };
        let whole = |unit: i64| value.is_integer().then(|| times(unit)).flatten();
        match words.next()? {
            "year" | "years" | "y" => months += whole(12)?,
            "month" | "months" | "mon" | "mons" => months += whole(1)?,
            "week" | "weeks" | "w" => days += whole(7)?,
            "day" | "days" | "d" => days += whole(1)?,
            "hour" | "hours" | "h" => microseconds += times(HOUR)?,
            "minute" | "minutes" | "min" | "mins" | "m" => microseconds += times(MINUTE)?,
            "second" | "seconds" | "sec" | "secs" | "s" => microseconds += times(SECOND)?,
            "millisecond" | "milliseconds" | "ms" => microseconds += times(1000)?,
            "microsecond" | "microseconds" | "us" => microseconds += times(1)?,
            _ => return None,
        }
    }
    any.then_some(())?;
    Some(Interval {
        months: (months * sign).try_into().ok()?,
        days: (days * sign).try_into().ok()?,
        microseconds: (microseconds * sign).try_into().ok()?,
    })
}

/// Reads `[-]hh:mm[:ss[.ffffff]]`, with any number of hours.
fn clock(word: &str) -> Option<i64> {
    let (sign, word) = match word.strip_prefix('-') {
        Some(word) => (-1, word),
        None => (1, word.strip_prefix('+').unwrap_or(word)),
    };
    let mut parts = word.split(':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next()?.parse().ok().filter(|minutes| *minutes < 60)?;
    let seconds: f64 = match parts.next() {
        Some(seconds) => seconds.parse().ok().filter(|seconds| (0.0..60.0).contains(seconds))?,
        None => 0.0,
    };
    let rest = minutes * MINUTE + (seconds * SECOND as f64).round() as i64;
    parts.next().is_none().then_some(sign * (hours.checked_mul(HOUR)?.checked_add(rest)?))
}

/// Returns an interval as PostgreSQL writes it with `intervalstyle = postgres` (`EncodeInterval`).
pub(super) fn interval_text(interval: Interval) -> String {
    let Interval { months, days, microseconds } = interval;
    let mut text = String::new();
    let mut before = false;
    for (value, unit) in [(months / 12, "year"), (months % 12, "mon"), (days, "day")] {
        if value != 0 {
            let space = if text.is_empty() { "" } else { " " };
            let plus = if before && value > 0 { "+" } else { "" };
            let plural = if value == 1 { "" } else { "s" };
            let _ = write!(text, "{space}{plus}{value} {unit}{plural}");
            before = value < 0;
        }
    }
    if text.is_empty() || microseconds != 0 {
        let space = if text.is_empty() { "" } else { " " };
        let sign = match (microseconds < 0, before) {
            (true, _) => "-",
            (false, true) => "+",
            (false, false) => "",
        };
        let time = microseconds.unsigned_abs();
        let (hours, minutes) = (time / HOUR as u64, time / MINUTE as u64 % 60);
        let seconds = seconds((time % MINUTE as u64) as i64);
        let _ = write!(text, "{space}{sign}{hours:02}:{minutes:02}:{seconds}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// These are the texts that PostgreSQL 15 writes.
    #[test]
    fn dates_are_those_of_postgres() {
        assert_eq!(date("2000-01-01"), Some(0));
        assert_eq!(date("1999-12-31"), Some(-1));
        assert_eq!(date("2024-02-29").map(date_text).as_deref(), Some("2024-02-29"));
        assert_eq!(date_text(-2_451_545), "4714-11-24 BC");
        assert_eq!(date_text(2_145_031_948), "5874897-12-31");
        assert_eq!(date("2023-02-29"), None);
        assert_eq!(date("4714-11-24 BC"), Some(-2_451_545));
        assert_eq!(date("5874897-12-31"), Some(2_145_031_948));
        assert_eq!(date("12023-02-29"), None);
        assert_eq!(date("0044-03-15 BC").map(date_text).as_deref(), Some("0044-03-15 BC"));
        assert_eq!(date("-infinity"), Some(i32::MIN));
    }

    #[test]
    fn times_are_those_of_postgres() {
        let there = |text: &str| timestamp(text).map(|found| timestamp_text(found, ""));
        assert_eq!(there("1999-12-31 23:59:59.5").as_deref(), Some("1999-12-31 23:59:59.5"));
        assert_eq!(there("2024-05-06").as_deref(), Some("2024-05-06 00:00:00"));
        for far in ["4714-11-24 00:00:00 BC", "294276-12-31 23:59:59.999999"] {
            assert_eq!(there(far).as_deref(), Some(far));
        }
        let there = |text: &str| timestamptz(text).map(|found| timestamp_text(found, "+00"));
        assert_eq!(there("2000-01-01 02:00:00+02").as_deref(), Some("2000-01-01 00:00:00+00"));
        assert_eq!(there("2000-01-01 02:00:00").as_deref(), Some("2000-01-01 02:00:00+00"));
        assert_eq!(time("24:00:00").map(time_text).as_deref(), Some("24:00:00"));
        assert_eq!(time("04:05:06.789").map(time_text).as_deref(), Some("04:05:06.789"));
    }

    #[test]
    fn intervals_are_those_of_postgres() {
        for (text, written) in [
            ("1 month 2 days", "1 mon 2 days"),
            ("1 year 2 mons -3 days 04:05:06.7", "1 year 2 mons -3 days +04:05:06.7"),
            ("-1 hours", "-01:00:00"),
            ("1.5 hours", "01:30:00"),
            ("0 days", "00:00:00"),
            ("36 hours", "36:00:00"),
            ("13 months", "1 year 1 mon"),
            ("2 days ago", "-2 days"),
        ] {
            assert_eq!(interval(text).map(interval_text).as_deref(), Some(written), "{text}");
        }
        assert_eq!(interval(""), None);
        assert_eq!(interval("3 moons"), None);
    }
}
