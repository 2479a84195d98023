//! Exports that belong to a resource: constructors, methods and static functions.

use super::printable;
use crate::error::{Error, Result};

/// An export that belongs to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<'a> {
    /// The interface of the resource: `plwasm:demo/text@1.0.0`.
    pub interface: Option<&'a str>,
    /// The name of the resource.
    pub resource: &'a str,
    /// What it is.
    pub kind: MemberKind,
    /// Its own name within the resource. Empty for a constructor.
    pub name: &'a str,
}

/// The kind of a [`Member`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberKind {
    /// `[constructor]r`
    Constructor,
    /// `[method]r.m`
    Method,
    /// `[static]r.f`
    Static,
}

/// Returns the parts of the name of an export that belongs to a resource, and None for any other export. A destructor
/// is of the canonical ABI, and no member.
pub fn member(export: &str) -> Option<Member<'_>> {
    let (interface, own) = match export.rsplit_once('#') {
        Some((interface, own)) => (Some(interface), own),
        None => (None, export),
    };
    let (kind, path) = own.strip_prefix('[')?.split_once(']')?;
    let (kind, resource, name) = match kind {
        "constructor" => (MemberKind::Constructor, path, ""),
        "method" | "static" => {
            let (resource, name) = path.split_once('.').filter(|(_, name)| !name.is_empty())?;
            let is_method = kind == "method";
            (if is_method { MemberKind::Method } else { MemberKind::Static }, resource, name)
        }
        _ => return None,
    };
    (!resource.is_empty() && !resource.contains('.')).then_some(Member {
        interface,
        resource,
        kind,
        name,
    })
}

impl Member<'_> {
    /// Returns the name by which a body names a method or a static function within its interface, `r.m`, and None for
    /// a constructor, which no body names.
    pub fn own_name(&self) -> Option<String> {
        (self.kind != MemberKind::Constructor).then(|| format!("{}.{}", self.resource, self.name))
    }

    /// Returns whether both belong to the same resource.
    pub fn is_beside(&self, other: &Member<'_>) -> bool {
        (self.interface, self.resource) == (other.interface, other.resource)
    }
}

/// Returns the constructor of the resource of a member. If the resource has none, its only static function that returns
/// it takes its place. `is_constructing` tells whether a static function does.
///
/// # Errors
/// [`Error::NoConstructor`], [`Error::SeveralConstructors`].
pub(crate) fn constructor<'a>(
    exports: impl Iterator<Item = &'a str> + Clone,
    of: &Member<'_>,
    is_constructing: impl Fn(&str) -> bool,
) -> Result<&'a str> {
    let beside = |kind| {
        let is_beside = move |found: Member<'_>| found.kind == kind && found.is_beside(of);
        exports.clone().filter(move |export| member(export).is_some_and(is_beside))
    };
    if let Some(found) = beside(MemberKind::Constructor).next() {
        return Ok(found);
    }
    let found: Vec<_> =
        beside(MemberKind::Static).filter(|export| is_constructing(export)).collect();
    match found[..] {
        [] => Err(Error::NoConstructor(printable(of.resource))),
        [only] => Ok(only),
        _ => Err(Error::SeveralConstructors {
            resource: printable(of.resource),
            exports: found.into_iter().map(printable).collect(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_member_has_parts() {
        let parts = |export| {
            let Member { interface, resource, kind, name } = member(export).unwrap();
            (interface, resource, kind, name)
        };
        let interface = Some("a:b/c@1.0.0");
        assert_eq!(parts("a:b/c@1.0.0#[method]r.m"), (interface, "r", MemberKind::Method, "m"));
        assert_eq!(parts("[static]r.f"), (None, "r", MemberKind::Static, "f"));
        assert_eq!(parts("i#[constructor]r"), (Some("i"), "r", MemberKind::Constructor, ""));
        for other in [
            "",
            "f",
            "a:b/c#f",
            "[dtor]r",
            "[method]r",
            "[method]r.",
            "[method].m",
            "[constructor]",
            "[constructor]r.m",
            "[async method]r.m",
            "[method",
            "a:b/c#[resource-new]r",
            "[method]a#b",
        ] {
            assert_eq!(member(other), None, "{other}");
        }
    }
}
