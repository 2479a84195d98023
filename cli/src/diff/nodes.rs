//! What databases do not have in common of what decides results.

use super::color;
use crate::failure::{Kind, Result};
use crate::nodes::Node;
use anstyle::AnsiColor;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

/// What is found in each database, by kind and name, in the order of the databases. None is missing.
type Found = BTreeMap<(String, String), Vec<Option<String>>>;

/// Compares databases.
///
/// # Errors
/// The server's error.
pub(super) fn compare(nodes: &[Node], is_json: bool) -> Result<ExitCode> {
    let mut found = Found::new();
    for (number, node) in nodes.iter().enumerate() {
        node.named(node.database.require_extension())?;
        let version = "SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'plwasm'";
        let version = node.named(node.database.value(version, &[]))?;
        let rows = "SELECT kind, name, fingerprint FROM wasm.fingerprints()";
        let rows = node.database.query(rows, &[]).map_err(|failure| {
            let is_old = failure.sqlstate.as_deref() == Some("42883");
            let hint =
                "Versions before 0.3.0 have no wasm.fingerprints(): ALTER EXTENSION plwasm UPDATE.";
            if is_old { failure.hint(hint) } else { failure }
        });
        let mut add = |kind: &str, name: &str, fingerprint: String| {
            let all = found.entry((kind.into(), name.into())).or_default();
            all.resize(nodes.len(), None);
            all[number] = Some(fingerprint);
        };
        add("extension", "plwasm", version.unwrap_or_default());
        for row in node.named(rows)? {
            if let [Some(kind), Some(name), Some(fingerprint)] = &row[..] {
                add(kind, name, fingerprint.clone());
            }
        }
    }
    let count = found.len();
    found.retain(|_, all| all.iter().any(|one| *one != all[0]));
    match is_json {
        true => crate::written(write_json(nodes, &found))?,
        false => crate::written(write(nodes, &found, count))?,
    }
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { Kind::No.into() })
}

fn write(nodes: &[Node], found: &Found, count: usize) -> std::io::Result<()> {
    let mut to = anstream::stdout().lock();
    let (red, green) = (color(AnsiColor::Red), color(AnsiColor::Green));
    let width = nodes.iter().map(|node| node.name.chars().count()).max().unwrap_or_default();
    for ((kind, name), all) in found {
        writeln!(to, "{red}{kind} {name}{red:#}")?;
        for (node, one) in nodes.iter().zip(all) {
            let one = one.as_deref().unwrap_or("is missing");
            writeln!(to, "    {:width$}  {one}", node.name)?;
        }
    }
    let different = found.len();
    match different {
        0 => writeln!(to, "{green}the same{green:#}: {count} in {} databases", nodes.len())?,
        _ => writeln!(to, "{different} of {count} differ")?,
    }
    to.flush()
}

fn write_json(nodes: &[Node], found: &Found) -> std::io::Result<()> {
    let differences = found.iter().map(|((kind, name), all)| {
        let of_node = nodes.iter().zip(all).map(|(node, one)| (node.name.clone(), json!(one)));
        let of_node: serde_json::Map<_, _> = of_node.collect();
        json!({ "kind": kind, "name": name, "fingerprints": of_node })
    });
    let differences: Vec<_> = differences.collect();
    writeln!(std::io::stdout(), "{:#}", json!({ "differences": differences }))
}
