//! The export that a name means.
//!
//! It must never choose between exports that answer to a name equally well.

use super::{MemberKind, is_control, matches, member, printable};
use crate::error::{Error, Result};
use crate::generated::Generated;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Returns the export that answers to a name.
///
/// That is the export of exactly that name; otherwise one that differs only in `-` and `_`; otherwise a function of
/// an exported interface (`plwasm:demo/text@1.0.0#slugify`) by its own name (`slugify`). A method or a static function
/// of a resource answers to `resource.name`.
///
/// # Errors
/// [`Error::MissingExport`]; [`Error::AmbiguousExport`] if several answer and none of them exactly.
pub fn find<'a>(exports: impl Iterator<Item = &'a str> + Clone, wanted: &str) -> Result<&'a str> {
    if let Some(exact) = exports.clone().find(|export| *export == wanted) {
        return Ok(exact);
    }
    let whole = exports.clone().filter(|export| {
        matches(export, wanted) || whole_name(export).is_some_and(|name| matches(&name, wanted))
    });
    let own =
        exports.clone().filter(|export| own_name(export).is_some_and(|own| matches(&own, wanted)));
    for found in [whole.collect::<Vec<_>>(), own.collect()] {
        match *found {
            [] => {}
            [export] => return Ok(export),
            _ => {
                return Err(Error::AmbiguousExport {
                    export: printable(wanted),
                    exports: found.into_iter().map(printable).collect(),
                });
            }
        }
    }
    Err(Error::MissingExport {
        export: printable(wanted),
        exports: exports.map(printable).collect(),
    })
}

/// The exports of a module, to find many of them by their names.
pub(crate) struct Index<'a> {
    exact: HashSet<&'a str>,
    /// The exports by what [`find`] compares, in its order, with `-` in place of `_`.
    alike: [HashMap<String, Found<'a>>; 2],
}

/// The only export that answers to a name, or that several do.
#[derive(Clone, Copy)]
enum Found<'a> {
    One(&'a str),
    Several,
}

impl<'a> Index<'a> {
    pub(crate) fn of(exports: impl Iterator<Item = &'a str> + Clone) -> Self {
        let mut alike = [HashMap::new(), HashMap::new()];
        let mut enter = |at: usize, name: &str, export: &'a str| {
            let known = alike[at].entry(hyphenated(name)).or_insert(Found::One(export));
            if !matches!(known, Found::One(known) if *known == export) {
                *known = Found::Several;
            }
        };
        for export in exports.clone() {
            enter(0, export, export);
            whole_name(export).inspect(|name| enter(0, name, export));
            own_name(export).inspect(|name| enter(1, name, export));
        }
        Self { exact: exports.collect(), alike }
    }

    /// Returns the export that [`find`] finds, if it finds one.
    pub(crate) fn find(&self, wanted: &str) -> Option<&'a str> {
        if let Some(exact) = self.exact.get(wanted) {
            return Some(exact);
        }
        let wanted = hyphenated(wanted);
        match self.alike.iter().find_map(|alike| alike.get(&wanted))? {
            Found::One(export) => Some(export),
            Found::Several => None,
        }
    }
}

fn hyphenated(name: &str) -> String {
    name.replace('_', "-")
}

/// Returns the export that a function calls whose body is the module and names no export: the one that answers to the
/// function's own name, otherwise the only one that is meant to be called.
///
/// This does not apply to a body that refers to a module: the module can be replaced by one that lacks the export and
/// has another.
///
/// # Errors
/// The errors of [`find`].
pub fn find_in_text<'a>(
    exports: impl Iterator<Item = &'a str> + Clone,
    own: &str,
) -> Result<&'a str> {
    let found = find(exports.clone(), own);
    if let Err(Error::MissingExport { .. }) = found {
        let is_constructor =
            |export| member(export).is_some_and(|found| found.kind == MemberKind::Constructor);
        let mut callable =
            exports.filter(|export| Generated::of(export).is_none() && !is_constructor(export));
        if let (Some(only), None) = (callable.next(), callable.next()) {
            return Ok(only);
        }
    }
    found
}

/// Returns whether a core module's export of that name may be a function that the module was made for: no toolchain
/// adds it, and a body can name it.
pub fn is_function(export: &str) -> bool {
    let is_writable = !export.is_empty()
        && !export.contains(|c: char| c.is_whitespace() || is_control(c) || matches!(c, '#' | '['));
    is_writable && Generated::of(export).is_none()
}

/// Returns the name of a function within its interface, and that of a method or a static function also without one.
/// Returns None for constructors and for other exports of the canonical ABI (`cabi_post_...`, `[dtor]...`).
fn own_name(export: &str) -> Option<Cow<'_, str>> {
    if export.starts_with("cabi_post_") {
        return None;
    }
    let own = export.rsplit_once('#').map(|(_, own)| own);
    match own.unwrap_or(export).starts_with('[') {
        true => member(export)?.own_name().map(Cow::Owned),
        false => own.map(Cow::Borrowed),
    }
}

/// Returns the name of a method or a static function with its interface: `plwasm:demo/text@1.0.0#matcher.is-match`.
fn whole_name(export: &str) -> Option<String> {
    let member = member(export)?;
    Some(match member.interface {
        Some(interface) => format!("{interface}#{}", member.own_name()?),
        None => member.own_name()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_of_an_interface_has_a_short_name() {
        let exports = [
            "cabi_post_a:b/text@1.0.0#to-upper",
            "a:b/text@1.0.0#to-upper",
            "a:b/text@1.0.0#trim",
            "a:b/lines@1.0.0#trim",
            "a:b/lines@1.0.0#count",
            "count",
            "a:b/lines@1.0.0#[method]line.length",
        ];
        let find = |wanted: &str| find(exports.into_iter(), wanted);
        assert_eq!(find("to_upper").unwrap(), exports[1]);
        assert_eq!(find("a:b/text@1.0.0#to_upper").unwrap(), exports[1]);
        assert_eq!(find("a:b/lines@1.0.0#trim").unwrap(), exports[3]);
        assert_eq!(find("count").unwrap(), "count", "an exact name wins");
        let Err(Error::AmbiguousExport { exports, .. }) = find("trim") else { panic!() };
        assert_eq!(exports, ["a:b/text@1.0.0#trim", "a:b/lines@1.0.0#trim"]);
        for missing in ["upper", "text", "", "#trim", "to-upper-x"] {
            assert!(matches!(find(missing), Err(Error::MissingExport { .. })), "{missing}");
        }
    }

    #[test]
    fn a_member_of_a_resource_is_found_by_both_names() {
        let exports = [
            "cabi_post_a:b/c@1.0.0#[method]big-int.to-string",
            "a:b/c@1.0.0#[dtor]big-int",
            "a:b/c@1.0.0#[constructor]big-int",
            "a:b/c@1.0.0#[method]big-int.to-string",
            "a:b/c@1.0.0#[static]big-int.of",
            "a:b/d@1.0.0#[static]big-int.of",
            "[method]set.add",
            "[constructor]set",
            "[method]both.f",
            "[static]both.f",
            "set.size",
            "[method]set.size",
        ];
        let exports_of_all = exports;
        let find = |wanted: &str| find(exports.into_iter(), wanted);
        for name in [
            "big_int.to_string",
            "big-int.to-string",
            "a:b/c@1.0.0#big_int.to_string",
            "a:b/c@1.0.0#[method]big-int.to-string",
        ] {
            assert_eq!(find(name).unwrap(), exports[3], "{name}");
        }
        assert_eq!(find("a:b/d@1.0.0#big_int.of").unwrap(), exports[5]);
        assert_eq!(find("set.add").unwrap(), exports[6]);
        assert_eq!(find("set.size").unwrap(), "set.size", "an exact name wins");
        let Err(Error::AmbiguousExport { exports, .. }) = find("big_int.of") else { panic!() };
        assert_eq!(exports, ["a:b/c@1.0.0#[static]big-int.of", "a:b/d@1.0.0#[static]big-int.of"]);
        assert!(matches!(find("both.f"), Err(Error::AmbiguousExport { .. })));
        let index = Index::of(exports_of_all.into_iter());
        let names = exports_of_all.iter().flat_map(|export| {
            let member = member(export).and_then(|member| member.own_name());
            [export.to_string(), export.replace('-', "_")].into_iter().chain(member)
        });
        for name in names.chain(["of".into(), "big_int".into(), "set.size".into()]) {
            assert_eq!(index.find(&name), find(&name).ok(), "{name}");
        }
        for missing in ["big_int", "set", "to_string", "big_int.", ".of", "a:b/c@1.0.0#big_int"] {
            assert!(matches!(find(missing), Err(Error::MissingExport { .. })), "{missing}");
        }
    }

    #[test]
    fn the_only_export_needs_no_name() {
        let own = |exports: &[&str], own: &str| {
            find_in_text(exports.iter().copied(), own).map(str::to_string)
        };
        let abi = ["cabi_realloc", "_initialize", "malloc", "cabi_post_f", "a:b/c#[dtor]d", "__x"];
        let one = [&abi[..], &["f"]].concat();
        let two = [&one[..], &["g"]].concat();
        assert_eq!(own(&one, "renamed").unwrap(), "f");
        assert_eq!(own(&one, "malloc").unwrap(), "malloc", "an exact name wins");
        assert_eq!(own(&two, "g").unwrap(), "g");
        let method = "a:b/c#[method]r.m";
        let resource = [&abi[..], &["a:b/c#[constructor]r", method]].concat();
        assert_eq!(own(&resource, "renamed").unwrap(), method);
        for exports in [&two[..], &abi, &[]] {
            assert!(matches!(own(exports, "renamed"), Err(Error::MissingExport { .. })));
        }
        assert!(matches!(own(&["a:b/c#f", "a:b/d#f"], "f"), Err(Error::AmbiguousExport { .. })));
    }

    #[test]
    fn snake_and_kebab_can_be_two_exports() {
        let exports = ["a-b-c", "a_b_c"];
        assert_eq!(find(exports.into_iter(), "a_b_c").unwrap(), "a_b_c");
        assert!(matches!(find(exports.into_iter(), "a_b-c"), Err(Error::AmbiguousExport { .. })));
    }

    #[test]
    fn what_a_compiler_links_in_is_not_what_a_module_is_for() {
        for export in ["fib", "_Z3fibi", "free_memory", "mallocs", "ungültig", "a.b", "main"] {
            assert!(is_function(export), "{export}");
        }
        for export in [
            "",
            "cabi_realloc",
            "cabi_post_f",
            "_initialize",
            "__wasm_call_ctors",
            "__wbindgen_malloc",
            "__new",
            "malloc",
            "stackSave",
            "emscripten_stack_get_end",
            "dynCall_vi",
            "asyncify_start_unwind",
            "a:b/c@1.0.0#f",
            "[dtor]r",
            "a b",
            "a\0b",
        ] {
            assert!(!is_function(export), "{export}");
        }
    }
}
