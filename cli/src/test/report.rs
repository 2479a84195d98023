//! Reports: the outcomes of the cases, for people and as JUnit's XML.

use super::case::Case;
use crate::failure::{Failure, Kind, Result};
use crate::unit;
use anstyle::{AnsiColor, Style};
use plwasm_engine::Error;
use quick_junit::{NonSuccessKind, Report as JUnit, TestCase, TestCaseStatus, TestSuite};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// Whether a case passed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    Passed,
    /// It failed; the text says why.
    Wrong(String),
}

/// The outcome of one case.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    pub verdict: Verdict,
    /// None after an error.
    pub fuel: Option<u64>,
    /// Whether it was also called for two halves of the rows, whose states were merged.
    pub is_merged: bool,
    pub time: Duration,
}

impl Finding {
    /// Returns the finding for a call that ended with an error.
    pub(super) fn error(case: &Case, error: &Error, place: &str) -> Self {
        let place = if place.is_empty() { String::new() } else { format!(" ({place})") };
        let said = format!("{}: {error}{place}", error.sqlstate());
        let said = match error.detail() {
            Some(detail) => format!("{said}\n{detail}"),
            None => said,
        };
        Self::sqlstate(case, error.sqlstate(), &said)
    }

    /// Returns the finding for a call that ended with an SQLSTATE.
    pub(super) fn sqlstate(case: &Case, found: &str, said: &str) -> Self {
        let verdict = match &case.sqlstate {
            Some(wanted) if wanted == found => Verdict::Passed,
            Some(wanted) => {
                Verdict::Wrong(format!("it ended with {said}\nbut SQLSTATE {wanted} was expected"))
            }
            None => Verdict::Wrong(format!("it ended with {said}")),
        };
        Self { verdict, fuel: None, is_merged: false, time: Duration::ZERO }
    }
}

/// The findings of all cases, by file.
#[derive(Debug, Default)]
pub(super) struct Report {
    files: Vec<(String, Vec<(String, Finding)>)>,
}

impl Report {
    /// Begins a file, to which the following cases belong.
    pub(super) fn begin(&mut self, path: &Path) {
        self.files.push((path.display().to_string(), Vec::new()));
    }

    /// Adds a case's finding, and prints it.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn add(&mut self, case: &Case, finding: Finding) -> Result<()> {
        let (green, red) = (color(AnsiColor::Green), color(AnsiColor::Red).bold());
        let dimmed = Style::new().dimmed();
        let mut to = anstream::stdout().lock();
        let fuel = finding.fuel.map_or(String::new(), |fuel| format!(", fuel {fuel}"));
        let took = format!("{}{fuel}", unit::time(finding.time));
        let Some((path, cases)) = self.files.last_mut() else { return Ok(()) };
        let title = case.title();
        crate::written(match &finding.verdict {
            Verdict::Passed => {
                writeln!(to, "{green}ok{green:#}      {path}: {title} {dimmed}{took}{dimmed:#}")
            }
            Verdict::Wrong(why) => {
                let why = why.replace('\n', "\n        ");
                writeln!(to, "{red}FAILED{red:#}  {path}: {title}\n        {why}")
            }
        })?;
        cases.push((title, finding));
        Ok(())
    }

    /// Returns how many cases passed and failed.
    pub(super) fn count(&self) -> (usize, usize) {
        let all = || self.files.iter().flat_map(|(_, cases)| cases);
        let passed = all().filter(|(_, finding)| finding.verdict == Verdict::Passed).count();
        (passed, all().count() - passed)
    }

    /// Writes JUnit's XML.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn write_junit(&self, path: &Path) -> Result<()> {
        let mut report = JUnit::new("plwasm test");
        for (file, cases) in &self.files {
            let mut suite = TestSuite::new(file.as_str());
            for (title, finding) in cases {
                let status = match &finding.verdict {
                    Verdict::Passed => TestCaseStatus::success(),
                    Verdict::Wrong(why) => {
                        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                        status
                            .set_message(why.lines().next().unwrap_or_default())
                            .set_description(why.as_str());
                        status
                    }
                };
                let mut case = TestCase::new(title.as_str(), status);
                case.set_classname(file.as_str()).set_time(finding.time);
                if let Some(fuel) = finding.fuel {
                    case.add_property(("fuel", fuel.to_string().as_str()));
                }
                suite.add_test_case(case);
            }
            report.add_test_suite(suite);
        }
        let failed = |what: String| {
            Failure::new(Kind::File, format!("could not write \"{}\": {what}", path.display()))
        };
        let text = report.to_string().map_err(|error| failed(error.to_string()))?;
        std::fs::write(path, text).map_err(|error| Failure::of_file("write", path, &error))
    }
}

fn color(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(color.into()))
}
