//! The folder of a project: the templates with their placeholders filled in.
//!
//! It must never leave a placeholder in a file.

use super::kind::What;
use super::language::Template;
use super::tool::succeeds;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

/// A file of a project: its path, and its text with placeholders.
pub(super) type File = (&'static str, &'static str);

macro_rules! files {
    ($($path:literal: $template:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../templates/", $template)))),*]
    };
}
pub(super) use files;

/// The file that the projects of all kinds have.
const README: File = ("README.md", include_str!("../../templates/common/README.md"));

impl Template {
    /// Makes the folder of a project.
    ///
    /// # Errors
    /// The folder or a file cannot be created.
    pub(super) fn write(
        &self,
        folder: &Path,
        name: &str,
        kind: What,
        sources: &[File],
    ) -> std::io::Result<()> {
        let (what, call) = kind.described();
        let source = sources.first().map_or("", |(path, _)| path);
        let stem = Path::new(source).file_stem().and_then(OsStr::to_str).unwrap_or_default();
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
            ("@source@", source.into()),
            ("@stem@", stem.into()),
            ("@build@", self.build.into()),
            ("@needs@", needs.join(", ")),
            ("@what@", what.into()),
            ("@call@", call.into()),
            ("@create@", if kind.is_created() { "--create-functions" } else { "" }.into()),
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
        for (path, text) in [kind.files(), &[README], self.files, sources].into_iter().flatten() {
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
