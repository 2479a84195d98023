//! WASI with nothing in it: what a guest gets in place of its imports under `plwasm.wasi = inert`.
//!
//! It is WebAssembly that is merged with the guest when the guest is compiled. Therefore it is metered, and its
//! clock, its random numbers and its descriptors are restored after each call, as all state of the guest is. It must
//! never become host code, and must never know anything about the host.
//!
//! | file | noun |
//! |---|---|
//! | `clock.wat`, `random.wat` | the time and the random numbers of a call |
//! | `descriptors.wat` | which descriptors are open |
//! | `fill.wat` | random bytes in the guest's memory |
//! | `messages.wat`, `say.wat` | what the guest says in a call; `plwasm:host/log`, which every module can import |
//! | `silence.wat` | in place of `say.wat` in modules that are adapted |
//! | `pollable.wat` | handles of pollables that become ready at a time |
//! | `preview1.wat` | `wasi_snapshot_preview1` and `wasi_unstable` |
//! | `preview2.wat`, `lists.wat` | `wasi:*@0.2`: functions that do not allocate, and functions that do |
//! | `tailor.rs` | cutting out the part of a module that one function needs |
//! | `made.rs` | the rest of `wasi:*@0.2` |
//!
//! They import each other by these names, and the guest's memory and allocator from `guest`.

mod made;
mod tailor;

use crate::abi::CoreSignature;
use crate::compile::component::{Stub, Stubs};
use crate::read::inspect::Inspection;
use std::borrow::Cow;
use std::sync::OnceLock;

/// What takes the place of imports from WASI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Wasi {
    /// Nothing: they are refused, as all imports are.
    #[default]
    None,
    /// A WASI with nothing in it.
    Inert,
}

impl Wasi {
    /// Returns the stubs with which modules are merged, or None if imports are refused.
    pub fn stubs(self) -> Option<&'static dyn Stubs> {
        match self {
            Self::None => None,
            Self::Inert => Some(&Inert),
        }
    }
}

/// The stubs of [`Wasi::Inert`].
#[derive(Debug)]
struct Inert;

impl Stubs for Inert {
    fn stub(&self, module: &str, name: &str, signature: &CoreSignature) -> Option<Stub> {
        match place(module, name)? {
            Provider::Written(written, export) => written.has(&export, signature).then(|| Stub {
                binary: Cow::Owned(tailor::cut(written.binary(), &export)),
                export,
            }),
            Provider::Made(export) => made::of(export, signature),
        }
    }

    fn named(&self, name: &str) -> Option<Cow<'static, [u8]>> {
        let named = Written::ALL.into_iter().find(|written| written.name() == name)?;
        Some(Cow::Borrowed(named.binary()))
    }
}

/// The interface by which a guest says something. It is there whatever takes the place of WASI.
pub(crate) const LOG: (&str, &str) = ("plwasm:host/log", "log");

/// Returns what takes the place of an import that every module can have: that of [`LOG`].
pub(crate) fn always(module: &str, name: &str, signature: &CoreSignature) -> Option<Stub> {
    let export = format!("{module}#{name}");
    let has = (module, name) == LOG && Written::Say.has(&export, signature);
    has.then(|| Stub { binary: Cow::Borrowed(Written::Say.binary()), export })
}

/// Returns the module from which stubs import the memory of what a guest says, if `name` is its name.
pub(crate) fn messages(name: &str) -> Option<&'static [u8]> {
    (name == Written::Messages.name()).then(|| Written::Messages.binary())
}

/// Returns a module that drops what a guest says, if `name` is that of the module that keeps it.
pub(crate) fn silence(name: &str) -> Option<&'static [u8]> {
    (name == Written::Say.name()).then(|| Written::Silence.binary())
}

/// One of our core modules, as a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Written {
    /// The clocks, which both previews read.
    Clock,
    /// The generator of random numbers.
    Random,
    /// The descriptors of preview 1.
    Descriptors,
    /// The function that fills memory with random numbers.
    Fill,
    /// The deadlines of pollables.
    Pollable,
    /// What the guest has said.
    Messages,
    /// The functions that say something.
    Say,
    /// A function in place of one that says something, and that drops it.
    Silence,
    /// The functions of preview 1.
    Preview1,
    /// The functions of preview 2 that need no allocator.
    Preview2,
    /// The functions of preview 2 that return lists.
    Lists,
}

impl Written {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Clock,
        Self::Random,
        Self::Descriptors,
        Self::Fill,
        Self::Pollable,
        Self::Messages,
        Self::Say,
        Self::Silence,
        Self::Preview1,
        Self::Preview2,
        Self::Lists,
    ];

    /// Returns the name by which others import it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::Random => "random",
            Self::Descriptors => "descriptors",
            Self::Fill => "fill",
            Self::Pollable => "pollable",
            Self::Messages => "messages",
            Self::Say => "say",
            Self::Silence => "silence",
            Self::Preview1 => "preview1",
            Self::Preview2 => "preview2",
            Self::Lists => "lists",
        }
    }

    /// Returns its binary.
    pub fn binary(self) -> &'static [u8] {
        &self.contents().0
    }

    fn exports(self, name: &str) -> bool {
        self.contents().1.iter().any(|(export, _)| export == name)
    }

    /// Returns whether it exports that function with that type.
    fn has(self, export: &str, signature: &CoreSignature) -> bool {
        let mut functions = self.contents().1.iter();
        functions.any(|(name, found)| name == export && found == signature)
    }

    fn contents(self) -> &'static (Vec<u8>, Vec<(String, CoreSignature)>) {
        type Contents = (Vec<u8>, Vec<(String, CoreSignature)>);
        static ALL: [OnceLock<Contents>; 11] = [const { OnceLock::new() }; 11];
        ALL[self as usize].get_or_init(|| {
            let text = match self {
                Self::Clock => include_str!("clock.wat"),
                Self::Random => include_str!("random.wat"),
                Self::Descriptors => include_str!("descriptors.wat"),
                Self::Fill => include_str!("fill.wat"),
                Self::Pollable => include_str!("pollable.wat"),
                Self::Messages => include_str!("messages.wat"),
                Self::Say => include_str!("say.wat"),
                Self::Silence => include_str!("silence.wat"),
                Self::Preview1 => include_str!("preview1.wat"),
                Self::Preview2 => include_str!("preview2.wat"),
                Self::Lists => include_str!("lists.wat"),
            };
            let binary = wat::parse_str(text).expect("a file of ours is WebAssembly");
            let inspection = Inspection::of(&binary).expect("what wat makes can be read");
            let functions = inspection.functions.into_iter();
            (binary, functions.map(|(name, found)| (name, (*found).clone())).collect())
        })
    }
}

/// Where a function of WASI is implemented.
enum Provider {
    Written(Written, String),
    /// It is generated. The text is its name.
    Made(String),
}

/// Returns whether there is a function of that name, of any type.
pub(crate) fn covers(module: &str, name: &str) -> bool {
    place(module, name).is_some()
}

fn place(module: &str, name: &str) -> Option<Provider> {
    let preview1 = |export: &str| {
        let written = Written::Preview1;
        written.exports(export).then(|| Provider::Written(written, export.to_string()))
    };
    match module {
        "wasi_snapshot_preview1" if !name.starts_with("wasi_unstable.") => preview1(name),
        // sock_accept was added after `wasi_unstable`.
        "wasi_unstable" if name != "sock_accept" => {
            preview1(&format!("{module}.{name}")).or_else(|| preview1(name))
        }
        _ => {
            let export = format!("{}#{name}", interface(module)?);
            match [Written::Preview2, Written::Lists].into_iter().find(|one| one.exports(&export)) {
                Some(written) => Some(Provider::Written(written, export)),
                None => made::is_possible(name).then_some(Provider::Made(export)),
            }
        }
    }
}

/// The packages of preview 2.
const PACKAGES: [&str; 7] = ["cli", "clocks", "filesystem", "http", "io", "random", "sockets"];

/// Returns `wasi:package/interface` without its version, or None if the version is not 0.2.
fn interface(module: &str) -> Option<&str> {
    let (interface, version) = module.split_once("@0.2.")?;
    let (package, _) = interface.strip_prefix("wasi:")?.split_once('/')?;
    let is_release = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    (is_release && PACKAGES.contains(&package)).then_some(interface)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::CoreType::{self, I32, I64};
    use crate::compile::component::GUEST;

    fn signature(params: &[CoreType], results: &[CoreType]) -> CoreSignature {
        CoreSignature { params: params.to_vec(), results: results.to_vec() }
    }

    fn found(module: &str, name: &str, signature: &CoreSignature) -> Option<String> {
        let stub = Inert.stub(module, name, signature)?;
        let is_cut_of = |written: &Written| {
            written.has(&stub.export, signature)
                && tailor::cut(written.binary(), &stub.export) == *stub.binary
        };
        let written = Written::ALL.into_iter().find(is_cut_of);
        Some(format!("{}: {}", written.map_or("made", Written::name), stub.export))
    }

    #[test]
    fn an_import_is_resolved_by_name_version_and_type() {
        let yield_ = signature(&[], &[I32]);
        let some = |text: &str| Some(text.to_string());
        for preview1 in ["wasi_snapshot_preview1", "wasi_unstable"] {
            assert_eq!(found(preview1, "sched_yield", &yield_), some("preview1: sched_yield"));
            assert_eq!(found(preview1, "sched_yield", &signature(&[I32], &[])), None);
            assert_eq!(found(preview1, "thread_spawn", &signature(&[I32], &[I32])), None);
        }
        let poll = signature(&[I32; 4], &[I32]);
        assert_eq!(
            found("wasi_unstable", "poll_oneoff", &poll),
            some("preview1: wasi_unstable.poll_oneoff")
        );
        assert_eq!(
            found("wasi_snapshot_preview1", "poll_oneoff", &poll),
            some("preview1: poll_oneoff")
        );
        assert_eq!(found("wasi_snapshot_preview1", "wasi_unstable.poll_oneoff", &poll), None);
        assert_eq!(found("wasi", "sched_yield", &yield_), None);

        let now = signature(&[], &[I64]);
        let clock = some("preview2: wasi:clocks/monotonic-clock#now");
        assert_eq!(found("wasi:clocks/monotonic-clock@0.2.0", "now", &now), clock);
        assert_eq!(found("wasi:clocks/monotonic-clock@0.2.12", "now", &now), clock);
        for other in ["", "@0.2", "@0.2.", "@0.2.0-rc-2023-11-10", "@0.3.0", "@1.0.0"] {
            assert_eq!(found(&format!("wasi:clocks/monotonic-clock{other}"), "now", &now), None);
        }
        // A name that is written by hand is not generated with another type.
        assert_eq!(found("wasi:clocks/monotonic-clock@0.2.0", "now", &yield_), None);
    }

    #[test]
    fn the_rest_of_preview_2_is_made() {
        let drop = signature(&[I32], &[]);
        let some = |text: &str| Some(text.to_string());
        for (package, name, found_) in [
            ("wasi:io/streams@0.2.0", "[resource-drop]input-stream", true),
            ("wasi:filesystem/types@0.2.0", "[method]descriptor.anything", true),
            ("wasi:io/streams@0.3.0", "[resource-drop]input-stream", false),
            ("wasi:keyvalue/store@0.2.0", "get", false),
            ("example:filesystem/types@0.2.0", "get", false),
            // Functions that async functions and their values need.
            ("wasi:io/streams@0.2.0", "[async-lower]read", false),
            ("wasi:io/streams@0.2.0", "[stream-new-0]read", false),
        ] {
            let expected = found_.then(|| {
                format!("made: {}#{name}", package.split_once('@').expect("it has a version").0)
            });
            assert_eq!(found(package, name, &drop), expected.as_deref().and_then(some));
        }
        let drop_of_nothing = signature(&[], &[]);
        assert_eq!(
            found("wasi:io/streams@0.2.0", "[resource-drop]input-stream", &drop_of_nothing),
            None
        );
    }

    #[test]
    fn ours_import_nothing_but_each_other_and_the_guest() {
        for written in Written::ALL {
            for import in Inspection::of(written.binary()).unwrap().imports {
                let (module, _) = import.names();
                let other = Written::ALL.into_iter().find(|other| other.name() == module);
                assert!(module == GUEST || other.is_some_and(|other| other < written));
            }
        }
    }
}
