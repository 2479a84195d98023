//! Names: what the SQL functions and aggregates are called, and how bodies name the exports.
//!
//! A function is named as its export is, an aggregate as its resource. Where two would get the same name, functions of
//! resources get the name of the resource before theirs; then those of interfaces get that of the interface.

use super::resource::{Resources, Shape};
use crate::Listed;
use crate::name::{Index, Member, MemberKind, folded, snake};
use crate::read::wit::Function;
use std::collections::HashMap;

/// A name that is wanted.
struct Claim {
    /// From the shortest to the longest.
    candidates: Vec<String>,
    /// The number of the candidate.
    at: usize,
    is_member: bool,
}

impl Claim {
    fn name(&self) -> &str {
        &self.candidates[self.at]
    }

    fn has_next(&self) -> bool {
        self.at + 1 < self.candidates.len()
    }
}

/// The names of functions and aggregates.
pub(super) struct Names<'a> {
    /// For each function, the name of its SQL function, and the name by which a body calls the export.
    pub functions: Vec<(String, String)>,
    /// For each aggregate, its name.
    pub aggregates: HashMap<(Option<&'a str>, &'a str), String>,
}

impl<'a> Names<'a> {
    /// Names functions, and the aggregates of their resources.
    pub(super) fn of(
        exports: &[Listed],
        functions: &[&'a Function],
        resources: &Resources<'a>,
    ) -> Self {
        let of_functions = functions.iter().map(|function| claim(function, resources));
        let aggregates: Vec<_> = resources.aggregates().map(|(key, _)| key).collect();
        let of_aggregates = aggregates.iter().map(|(interface, resource)| Claim {
            candidates: with_interface(vec![snake(resource)], *interface),
            at: 0,
            is_member: false,
        });
        let mut claims: Vec<Claim> = of_functions.chain(of_aggregates).collect();
        settle(&mut claims);
        let index = Index::of(exports.iter().map(|export| export.name.as_str()));
        let called = functions.iter().zip(&claims).map(|(function, claim)| {
            let own = match function.member().as_ref().map(Member::own_name) {
                Some(own) => own,
                // The name within the interface stays the same in a new version of the interface.
                None if claim.at == 0 => Some(function.name().to_string()),
                None => None,
            };
            called(&index, function, own)
        });
        let called: Vec<_> = called.collect();
        let mut names = folded(claims.iter().map(|claim| claim.name().to_string()).collect());
        let of_aggregates = names.split_off(functions.len());
        Self {
            functions: names.into_iter().zip(called).collect(),
            aggregates: aggregates.into_iter().zip(of_aggregates).collect(),
        }
    }
}

fn claim(function: &Function, resources: &Resources<'_>) -> Claim {
    let interface = function.interface();
    let Some(member) = function.member() else {
        let candidates = with_interface(vec![snake(function.name())], interface);
        return Claim { candidates, at: 0, is_member: false };
    };
    let (own, whole) =
        (snake(member.name), format!("{}_{}", snake(member.resource), snake(member.name)));
    let names = match resources.shape(function) {
        // What nobody calls takes no name from others. Its own is never written.
        Ok(Shape::Internal) => vec![function.export.clone()],
        _ if member.kind == MemberKind::Constructor => vec![function.export.clone()],
        Ok(Shape::Transition { .. } | Shape::Merge | Shape::Final) => vec![whole],
        _ => vec![own, whole],
    };
    Claim { candidates: with_interface(names, interface), at: 0, is_member: true }
}

/// Adds the last name with that of an interface before it.
fn with_interface(mut names: Vec<String>, interface: Option<&str>) -> Vec<String> {
    if let (Some(interface), Some(last)) = (interface, names.last()) {
        names.push(format!("{}_{last}", snake(interface_name(interface))));
    }
    names
}

/// Replaces names that several claim by longer ones, as far as there are any.
fn settle(claims: &mut [Claim]) {
    loop {
        let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, claim) in claims.iter().enumerate() {
            groups.entry(claim.name().to_ascii_lowercase()).or_default().push(at);
        }
        let mut is_settled = true;
        for group in groups.into_values().filter(|group| group.len() > 1) {
            let has_both = group.iter().any(|at| claims[*at].is_member)
                && !group.iter().all(|at| claims[*at].is_member);
            for at in group {
                let claim = &mut claims[at];
                if claim.has_next() && (claim.is_member || !has_both) {
                    claim.at += 1;
                    is_settled = false;
                }
            }
        }
        if is_settled {
            return;
        }
    }
}

/// Returns the name by which a body calls an export: `own`, if that is enough.
fn called(index: &Index<'_>, function: &Function, own: Option<String>) -> String {
    let own = own.filter(|own| index.find(own) == Some(&function.export));
    own.unwrap_or_else(|| match function.member() {
        Some(Member { interface: Some(interface), resource, name, .. }) if !name.is_empty() => {
            format!("{interface}#{resource}.{name}")
        }
        _ => function.export.clone(),
    })
}

/// Returns the name of an interface alone: `text` for `plwasm:demo/text@1.0.0`.
fn interface_name(interface: &str) -> &str {
    let name = interface.rsplit_once('/').map_or(interface, |(_, name)| name);
    name.split('@').next().unwrap_or(name)
}
