//! What a project makes: a function, a resource for a prepared function or an aggregate, a window function, or a trigger
//! function; its types, its test cases, and its source in each language.

use super::language::Language;
use super::project::{File, files};

/// What a project makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum What {
    Function,
    Prepared,
    Aggregate,
    Window,
    Trigger,
}

impl What {
    /// Returns the types and the test cases.
    pub(super) fn files(self) -> &'static [File] {
        match self {
            Self::Function => files! {
                "wit/world.wit": "common/world.wit", "tests/cases.toml": "common/cases.toml",
            },
            Self::Prepared => files! {
                "wit/world.wit": "prepared/world.wit", "tests/cases.toml": "prepared/cases.toml",
            },
            Self::Aggregate => files! {
                "wit/world.wit": "aggregate/world.wit", "tests/cases.toml": "aggregate/cases.toml",
            },
            Self::Window => files! {
                "wit/world.wit": "window/world.wit", "tests/cases.toml": "window/cases.toml",
            },
            Self::Trigger => files! {
                "wit/world.wit": "trigger/world.wit", "tests/cases.toml": "trigger/cases.toml",
            },
        }
    }

    /// Returns the sources in a language. The README names the first.
    pub(super) fn sources(self, language: Language) -> &'static [File] {
        use Language::{AssemblyScript, C, Go, JavaScript, Python, Rust, Zig};
        match (self, language) {
            (Self::Function, Rust) => files! { "src/lib.rs": "rust/src/lib.rs" },
            (Self::Function, C) => files! { "functions.c": "c/functions.c" },
            (Self::Function, Zig) => files! { "functions.zig": "zig/functions.zig" },
            (Self::Function, AssemblyScript) => files! {
                "assembly/index.ts": "assemblyscript/assembly/index.ts",
            },
            (Self::Function, Go) => files! { "functions.go": "go/functions.go" },
            (Self::Function, Python) => files! { "app.py": "python/app.py" },
            (Self::Function, JavaScript) => files! { "functions.js": "javascript/functions.js" },
            (Self::Prepared, Rust) => files! { "src/lib.rs": "prepared/rust/lib.rs" },
            (Self::Prepared, C) => files! { "functions.c": "prepared/c/functions.c" },
            (Self::Prepared, Zig) => files! { "functions.zig": "prepared/zig/functions.zig" },
            (Self::Prepared, AssemblyScript) => files! {
                "assembly/index.ts": "prepared/assemblyscript/index.ts",
                "names.mjs": "prepared/assemblyscript/names.mjs",
                "asconfig.json": "common/asconfig.json",
            },
            (Self::Prepared, Go) => files! { "functions.go": "prepared/go/functions.go" },
            (Self::Prepared, Python) => files! { "texts.py": "prepared/python/texts.py" },
            (Self::Prepared, JavaScript) => files! {
                "functions.js": "prepared/javascript/functions.js",
            },
            (Self::Aggregate, Rust) => files! { "src/lib.rs": "aggregate/rust/lib.rs" },
            (Self::Aggregate, C) => files! { "functions.c": "aggregate/c/functions.c" },
            (Self::Aggregate, Zig) => files! { "functions.zig": "aggregate/zig/functions.zig" },
            (Self::Aggregate, AssemblyScript) => files! {
                "assembly/index.ts": "aggregate/assemblyscript/index.ts",
                "names.mjs": "aggregate/assemblyscript/names.mjs",
                "asconfig.json": "common/asconfig.json",
            },
            (Self::Aggregate, Go) => files! { "functions.go": "aggregate/go/functions.go" },
            (Self::Aggregate, Python) => files! { "texts.py": "aggregate/python/texts.py" },
            (Self::Aggregate, JavaScript) => files! {
                "functions.js": "aggregate/javascript/functions.js",
            },
            (Self::Window, Rust) => files! { "src/lib.rs": "window/rust/lib.rs" },
            (Self::Window, C) => files! { "functions.c": "window/c/functions.c" },
            (Self::Window, Zig) => files! { "functions.zig": "window/zig/functions.zig" },
            (Self::Window, AssemblyScript) => files! {
                "assembly/index.ts": "window/assemblyscript/index.ts",
            },
            (Self::Window, Go) => files! { "functions.go": "window/go/functions.go" },
            (Self::Window, Python) => files! { "app.py": "window/python/app.py" },
            (Self::Window, JavaScript) => files! {
                "functions.js": "window/javascript/functions.js",
            },
            (Self::Trigger, Rust) => files! { "src/lib.rs": "trigger/rust/lib.rs" },
            (Self::Trigger, C) => files! { "functions.c": "trigger/c/functions.c" },
            (Self::Trigger, Zig) => files! { "functions.zig": "trigger/zig/functions.zig" },
            (Self::Trigger, AssemblyScript) => files! {
                "assembly/index.ts": "trigger/assemblyscript/index.ts",
            },
            (Self::Trigger, Go) => files! { "functions.go": "trigger/go/functions.go" },
            (Self::Trigger, Python) => files! { "app.py": "trigger/python/app.py" },
            (Self::Trigger, JavaScript) => files! {
                "functions.js": "trigger/javascript/functions.js",
            },
        }
    }

    /// Returns what a README calls it, and a call.
    pub(super) fn described(self) -> (&'static str, &'static str) {
        match self {
            Self::Function => ("A function", "slugify('Hello, World!')"),
            Self::Prepared => ("A prepared function", "hits('red green', 'a red door')"),
            Self::Aggregate => {
                ("An aggregate", "average_length(t) FROM (VALUES ('one'), ('three')) AS v (t)")
            }
            Self::Window => ("A window function", "smooth(ARRAY[1, 2, 3, 6], 2)"),
            Self::Trigger => ("A trigger function", "tidy(ROW('Ann@Example.ORG', 0))"),
        }
    }

    /// Returns whether `--create-functions` creates what it is meant to be. A window function and a trigger function of columns
    /// could be functions of arrays and of rows, too.
    pub(super) fn is_created(self) -> bool {
        !matches!(self, Self::Window | Self::Trigger)
    }
}
