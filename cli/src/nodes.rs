//! Nodes: databases in which the same is done.
//!
//! Each error names its node. A change must never be committed on one node before all others have promised that they can.

use crate::database::Database;
use crate::failure::{Failure, Kind, Result};
use std::collections::BTreeMap;

/// The choice of the databases.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct NodesArguments {
    /// The database, as for psql: a name, a connection string or a URI; '' to use the PG* variables and .pgpass
    /// alone; repeatable
    #[arg(long, value_name = "CONNINFO", default_value = "")]
    db: Vec<String>,
}

/// A database among others.
#[derive(Debug)]
pub(crate) struct Node {
    /// Where it is: `host:port/database`.
    pub name: String,
    pub database: Database,
}

impl NodesArguments {
    /// Returns the connection strings.
    pub(crate) fn conninfos(&self) -> &[String] {
        &self.db
    }

    /// Connects to all.
    ///
    /// # Errors
    /// libpq's error; two are the same database.
    pub(crate) fn connect(&self) -> Result<Vec<Node>> {
        let node = |conninfo: &String| {
            let database = Database::connect(conninfo)?;
            Ok(Node { name: database.place(), database })
        };
        let nodes = self.db.iter().map(node).collect::<Result<Vec<_>>>()?;
        let mut seen = BTreeMap::new();
        for node in &nodes {
            // An address can have several names. A standby that was promoted has the system identifier of its primary.
            let own = "SELECT format('%s %s', extract(epoch FROM pg_catalog.pg_postmaster_start_time()), current_database())";
            let own = node.named(node.database.value(own, &[]))?;
            if let Some(other) = seen.insert(own, &node.name) {
                let message = format!("{other} and {} are the same database", node.name);
                return Err(Failure::new(Kind::Usage, message));
            }
        }
        Ok(nodes)
    }
}

impl Node {
    /// Adds the node to an error.
    ///
    /// # Errors
    /// The error.
    pub(crate) fn named<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|mut failure| {
            failure.message = format!("{}: {}", self.name, failure.message);
            failure
        })
    }
}

/// Checks that nodes can commit together.
///
/// # Errors
/// A node cannot prepare transactions.
pub(crate) fn check(nodes: &[Node]) -> Result<()> {
    for node in nodes {
        let most = node.named(node.database.value("SHOW max_prepared_transactions", &[]))?;
        if most.as_deref() == Some("0") {
            let message = "prepared transactions are disabled";
            return node.named(Err(Failure::new(Kind::Server, message).hint(
                "Several databases commit in two phases: set max_prepared_transactions there, or name one database at a time.",
            )));
        }
    }
    Ok(())
}

/// Commits the transactions of all nodes in two phases.
///
/// # Errors
/// A node cannot prepare its transaction: then all are rolled back. A node has prepared it, and does not commit it: then the error
/// says how to do that.
pub(crate) fn commit(nodes: &[Node]) -> Result<()> {
    if let [node] = nodes {
        return node.database.run("COMMIT", &[]);
    }
    let [first, ..] = nodes else { return Ok(()) };
    let own = first.named(first.database.value("SELECT pg_catalog.gen_random_uuid()", &[]))?;
    let own = own.unwrap_or_default();
    let gid = |number: usize| format!("'plwasm push {own} {number}'");
    for (number, node) in nodes.iter().enumerate() {
        let prepared = node.database.run(&format!("PREPARE TRANSACTION {}", gid(number)), &[]);
        if let Err(failure) = node.named(prepared) {
            let mut left: Vec<_> =
                end(&nodes[..number], "ROLLBACK", gid).into_iter().map(|(_, left)| left).collect();
            // One whose connection is lost may have prepared.
            if failure.sqlstate.as_deref().is_none_or(|state| state.starts_with("57")) {
                left.push(format!("{}: ROLLBACK PREPARED {}", node.name, gid(number)));
            }
            return Err(match left.is_empty() {
                true => failure.detail("Nothing has changed on any node."),
                false => failure.hint(hint(&left)),
            });
        }
    }
    let (mut failures, left): (Vec<_>, Vec<_>) = end(nodes, "COMMIT", gid).into_iter().unzip();
    match failures.is_empty() {
        true => Ok(()),
        false => Err(failures
            .swap_remove(0)
            .detail("The change is prepared on all nodes, and committed on the others.")
            .hint(hint(&left))),
    }
}

/// Ends the prepared transactions of nodes, by `COMMIT` or `ROLLBACK`. Returns the errors, each with what is left to be done.
fn end(nodes: &[Node], verb: &str, gid: impl Fn(usize) -> String) -> Vec<(Failure, String)> {
    let end = |(number, node): (usize, &Node)| {
        let statement = format!("{verb} PREPARED {}", gid(number));
        let failure = node.named(node.database.run(&statement, &[])).err()?;
        Some((failure, format!("{}: {statement}", node.name)))
    };
    nodes.iter().enumerate().filter_map(end).collect()
}

fn hint(left: &[String]) -> String {
    format!("Run, once they are back: {}", left.join("; "))
}
