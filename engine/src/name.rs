//! Names: which SQL and WebAssembly names match, and how names from modules are printed.

use crate::error::{Error, Result};
use crate::generated::Generated;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt::{self, Write};

/// The name of a trapping stub is this text, followed by the import.
pub(crate) const STUB_NAME: &str = "stub for the import ";

/// Returns whether an export answers to a name.
///
/// SQL's `snake_case` and WIT's `kebab-case` are the same name.
pub fn matches(export: &str, wanted: &str) -> bool {
    export.len() == wanted.len()
        && export
            .bytes()
            .zip(wanted.bytes())
            .all(|(a, b)| a == b || (a == b'-' && b == b'_') || (a == b'_' && b == b'-'))
}

/// Returns an SQL name for WIT's `kebab-case`. In WIT only acronyms have capitals.
pub fn snake(kebab: &str) -> String {
    kebab.replace('-', "_")
}

/// Returns names as SQL reads them without quotes, in lower case, except names that would become the same.
pub fn folded(names: Vec<String>) -> Vec<String> {
    let mut spellings: HashMap<String, HashSet<&str>> = HashMap::new();
    for name in &names {
        spellings.entry(name.to_ascii_lowercase()).or_default().insert(name);
    }
    let fold = |name: &String| {
        let lower = name.to_ascii_lowercase();
        if spellings[&lower].len() == 1 { lower } else { name.clone() }
    };
    names.iter().map(fold).collect()
}

/// Returns an SQL name as WIT would spell it.
pub fn kebab(sql: &str) -> String {
    sql.to_lowercase().replace(['_', ' '], "-")
}

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

/// Returns a module's name made fit for a message: at most 64 characters, none of which controls a terminal or looks
/// like another line of the log.
pub fn printable(name: &str) -> String {
    const MAX: usize = 64;
    let mut out: String = name.chars().take(MAX).flat_map(char::escape_debug).collect();
    if name.chars().nth(MAX).is_some() {
        out.push_str("...");
    }
    // escape_debug also escapes quotes, which names of C++ and Rust functions may contain.
    out.replace("\\'", "'").replace("\\\"", "\"")
}

/// Returns the name that a module's function had in its source, made fit for a message.
pub fn source(name: &str) -> String {
    printable(&demangled(name))
}

/// Returns the name as in the source, for Rust (legacy and v0) and C++ (Itanium), no longer than is shown.
fn demangled(name: &str) -> String {
    let mut source = Short(String::new());
    if let Ok(rust) = rustc_demangle::try_demangle(name) {
        let _ = write!(source, "{rust:#}");
    } else if name.starts_with("_Z")
        && name.len() <= MAX_MANGLED
        && let Ok(cpp) = cpp_demangle::Symbol::new(name)
    {
        let _ = cpp.structured_demangle(&mut source, &Default::default());
    }
    match source.0.is_empty() {
        true => name.to_string(),
        false => source.0,
    }
}

/// The longest name of C++ that is read, in bytes.
const MAX_MANGLED: usize = 4096;

/// The beginning of a text. A few bytes in a mangled name can repeat everything before them, again and again, so the
/// name can have any length: text beyond what is shown is not written.
struct Short(String);

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        const MOST: usize = 1000;
        self.0.extend(text.chars().take(MOST - self.0.len().min(MOST)));
        match self.0.len() < MOST {
            true => Ok(()),
            false => Err(fmt::Error),
        }
    }
}

/// Returns whether a character controls a terminal, or the order or the lines in which others are shown.
pub(crate) fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Returns a list of at most 20 items for a message. A function can have 1,000 parameters.
pub fn listed<T: fmt::Display>(items: impl ExactSizeIterator<Item = T>) -> String {
    const MAX: usize = 20;
    let more = items.len().saturating_sub(MAX);
    let mut shown: Vec<String> = items.take(MAX).map(|item| item.to_string()).collect();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    shown.join(", ")
}

/// Returns a message of wasmtime, which may quote the module, as a [`paragraph`].
pub(crate) fn printable_message(error: &wasmtime::Error) -> String {
    // wasmtime would append the guest's backtrace, with names demangled to any length.
    match error.is::<wasmtime::WasmBacktrace>() {
        true => paragraph(&error.root_cause().to_string()),
        false => paragraph(&format!("{error:#}")),
    }
}

/// Returns a text that may quote the module as one paragraph of at most 400 characters.
pub fn paragraph(text: &str) -> String {
    let flat: String =
        text.chars().map(|c| if is_control(c) { ' ' } else { c }).take(400).collect();
    flat.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snake_and_kebab_are_one_name() {
        assert!(matches("to-upper", "to_upper"));
        assert!(matches("to_upper", "to-upper"));
        assert!(!matches("to-upper", "to-uppe"));
        assert!(!matches("toUpper", "to_upper"));
    }

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

    #[test]
    fn capitals_are_folded_where_names_stay_apart() {
        let names = ["parse_JSON", "addOne", "ADDone", "x", "x"].map(String::from).to_vec();
        assert_eq!(folded(names), ["parse_json", "addOne", "ADDone", "x", "x"]);
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

    #[test]
    fn a_hostile_name_is_one_short_line() {
        let name = printable(&format!("a\nCONTEXT:  \u{1b}[31m{}", "x".repeat(70_000)));
        assert!(name.len() < 200 && !name.contains('\n') && !name.contains('\u{1b}'));
    }
}
