//! The page of `stat --html`: one file with plots, which fetches nothing and runs nothing.
//!
//! Every text in it must pass `escaped`: names are untrusted.

use super::plot::{self, COLORS};
use super::sample::{Function, Interval, Reader, Sample, calls_between};
use super::table::quantity;
use crate::failure::Result;
use indicatif::{ProgressBar, ProgressStyle};
use plotters::style::RGBColor;
use quick_xml::escape::escape;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::time::Duration;

/// The most functions with a line of their own; the others share one.
const LINES: usize = COLORS.len() - 1;
/// The most functions with a histogram.
const HISTOGRAMS: usize = 12;

const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<style>
body { font: 15px/1.4 sans-serif; max-width: 60rem; margin: 1rem auto; padding: 0 1rem; color: #222; background: #fff }
svg { max-width: 100%; height: auto }
table { border-collapse: collapse; width: 100% }
td, th { padding: .15rem .6rem; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap }
td:last-child, th:last-child { text-align: left; white-space: normal; overflow-wrap: anywhere }
.bar { height: .7rem; background: #1f77b4 }
.share { width: 20% }
.legend { list-style: none; padding: 0; columns: 2 }
.legend span { display: inline-block; width: .8rem; height: .8rem; margin-right: .5rem }
.histograms { display: flex; flex-wrap: wrap; gap: 1rem }
figure { margin: 0; max-width: 440px }
figcaption { overflow-wrap: anywhere }
</style>
"#;

/// Watches the functions of a database for some intervals, and returns the page.
///
/// # Errors
/// The server's error.
pub(super) fn write(reader: &Reader, interval: Duration, count: u32) -> Result<String> {
    let database = reader.name()?;
    let histograms_before = reader.histograms()?;
    let first = reader.read()?;
    let intervals = watch(reader, &first, interval, count)?;
    let histograms = reader.histograms()?;
    let functions = totals(&intervals);
    let mut page = String::from(HEAD);
    // Writing to a string does not fail.
    let _ = write!(
        page,
        "<title>PL/Wasm: {database}</title>\n</head>\n<body>\n<h1>Functions of database {database}</h1>\n\
         <p>{from} to {until}, {count} intervals</p>\n",
        database = escaped(&database),
        from = escaped(&first.shown),
        until = escaped(intervals.last().map_or(&first.shown, |interval| &interval.shown)),
    );
    if functions.is_empty() {
        page.push_str("<p>No function was called.</p>\n");
    } else {
        page.push_str(&lines(&functions, &intervals)?);
        page.push_str(&table(&functions));
        page.push_str("<h2>Fuel of a call</h2>\n<div class=\"histograms\">\n");
        for (oid, function) in functions.iter().take(HISTOGRAMS) {
            let Some(now) = histograms.get(oid) else { continue };
            let calls = calls_between(histograms_before.get(oid), now);
            page.push_str(&histogram(function, &calls)?);
        }
        page.push_str("</div>\n");
    }
    page.push_str("</body>\n</html>\n");
    Ok(page)
}

fn watch(reader: &Reader, first: &Sample, interval: Duration, count: u32) -> Result<Vec<Interval>> {
    let progress = ProgressBar::new(count.into());
    progress.set_style(
        ProgressStyle::with_template("counting {bar:40} {pos}/{len}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let (mut intervals, mut before) = (Vec::new(), first.clone());
    for _ in 0..count {
        std::thread::sleep(interval);
        let now = reader.read()?;
        intervals.push(Interval::between(&before, &now));
        before = now;
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(intervals)
}

/// Returns the functions of all intervals, those with most fuel first.
fn totals(intervals: &[Interval]) -> Vec<(u64, Function)> {
    let mut totals = HashMap::<u64, Function>::new();
    for (oid, function) in intervals.iter().flat_map(|interval| &interval.functions) {
        let total = totals.entry(*oid).or_default();
        *total = Function {
            calls: total.calls + function.calls,
            fuel: total.fuel + function.fuel,
            errors: total.errors + function.errors,
            ..function.clone()
        };
    }
    let mut totals: Vec<_> = totals.into_iter().collect();
    totals.sort_by(|(_, a), (_, b)| b.fuel.cmp(&a.fuel).then_with(|| a.name.cmp(&b.name)));
    totals
}

/// Returns the plot of fuel over time, with its legend.
fn lines(functions: &[(u64, Function)], intervals: &[Interval]) -> Result<String> {
    let places: HashMap<u64, usize> =
        functions.iter().enumerate().map(|(i, (oid, _))| (*oid, i.min(LINES))).collect();
    let mut lines = vec![Vec::new(); functions.len().min(LINES + 1)];
    let mut time = 0.0;
    for interval in intervals {
        time += interval.seconds;
        let mut fuel = vec![0; lines.len()];
        for (oid, function) in &interval.functions {
            fuel[places[oid]] += function.fuel;
        }
        for (line, fuel) in lines.iter_mut().zip(fuel) {
            line.push((time, fuel as f64 / interval.seconds));
        }
    }
    let mut html =
        format!("<h2>Fuel over time</h2>\n{}<ul class=\"legend\">\n", plot::lines(&lines)?);
    for (i, RGBColor(red, green, blue)) in COLORS.iter().enumerate().take(lines.len()) {
        let name = match i {
            LINES => "all others".into(),
            _ => escaped(&functions[i].1.name),
        };
        let color = format!("#{red:02x}{green:02x}{blue:02x}");
        let _ = writeln!(html, "<li><span style=\"background: {color}\"></span>{name}</li>");
    }
    html.push_str("</ul>\n");
    Ok(html)
}

/// Returns the table of all functions, each with its part of all fuel.
fn table(functions: &[(u64, Function)]) -> String {
    let all: u64 = functions.iter().map(|(_, function)| function.fuel).sum();
    let mut html = String::from(
        "<h2>Functions by fuel</h2>\n<table>\n<tr><th class=\"share\">share</th><th>fuel</th><th>calls</th><th>mean</th>\
         <th>p99</th><th>errors</th><th>function</th></tr>\n",
    );
    for (_, function) in functions {
        let share = function.fuel as f64 / all.max(1) as f64 * 100.0;
        let Function { name, calls, fuel, p99, errors } = function;
        let mean = quantity(*fuel as f64 / (*calls).max(1) as f64);
        let _ = writeln!(
            html,
            "<tr><td><div class=\"bar\" style=\"width: {share:.1}%\"></div></td><td>{}</td><td>{}</td><td>{mean}</td>\
             <td>{}</td><td>{}</td><td>{}</td></tr>",
            quantity(*fuel as f64),
            quantity(*calls as f64),
            p99.map_or(String::new(), |p99| quantity(p99 as f64)),
            quantity(*errors as f64),
            escaped(name),
        );
    }
    html.push_str("</table>\n<p>p99 is of all calls since the statistics were reset.</p>\n");
    html
}

fn histogram(function: &Function, classes: &BTreeMap<u64, u64>) -> Result<String> {
    if classes.is_empty() {
        return Ok(String::new());
    }
    let (name, plot) = (escaped(&function.name), plot::histogram(classes)?);
    Ok(format!("<figure>\n<figcaption>{name}</figcaption>\n{plot}</figure>\n"))
}

/// Returns a text as HTML in which nothing is markup, and no control character.
fn escaped(text: &str) -> String {
    escape(plwasm_engine::name::paragraph(text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(names: &[&str]) -> Interval {
        let function = |(i, name): (usize, &&str)| {
            let (fuel, calls) = (1000 - i as u64, 10);
            (i as u64, Function { name: (*name).into(), calls, fuel, p99: Some(7), errors: 1 })
        };
        let functions = names.iter().enumerate().map(function).collect();
        Interval { seconds: 2.0, shown: "now".into(), functions }
    }

    #[test]
    fn names_are_no_markup() {
        let interval = interval(&["public.\"<script>alert('1')</script>\"(\"&\")\x1b[2J"]);
        let functions = totals(&[interval.clone(), interval.clone()]);
        assert_eq!((functions[0].1.fuel, functions[0].1.calls), (2000, 20));
        let calls = BTreeMap::from([(127, 20)]);
        for html in [
            lines(&functions, &[interval]).expect("a plot"),
            table(&functions),
            histogram(&functions[0].1, &calls).expect("a plot"),
        ] {
            assert!(html.contains("&quot;&lt;script&gt;alert(&apos;1&apos;)"), "{html}");
            assert!(!html.contains("<script") && !html.contains('\x1b'), "{html}");
        }
    }

    #[test]
    fn many_functions_share_a_line() {
        let names: Vec<_> = (0..20).map(|i| format!("f{i:02}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let interval = interval(&names);
        let html = lines(&totals(std::slice::from_ref(&interval)), &[interval]).expect("a plot");
        assert!(html.contains("f07</li>") && !html.contains("f08"), "{html}");
        assert!(html.contains("all others</li>"), "{html}");
    }
}
