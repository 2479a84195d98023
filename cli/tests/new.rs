//! `plwasm new`. The pages `docs/first/*.md` build the projects, where there are tools for it.

mod common;

use common::plwasm;
use predicates::prelude::*;
use predicates::str::contains;
use std::fs;
use std::path::Path;

const LANGUAGES: [&str; 7] = ["rust", "c", "zig", "assemblyscript", "go", "python", "javascript"];

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        match entry.path() {
            path if path.is_dir() => files(&path, found),
            path => found.push(path),
        }
    }
}

#[test]
fn each_language_has_a_project() {
    for language in LANGUAGES {
        let folder = tempfile::tempdir().expect("a folder");
        plwasm()
            .args(["new", "text-tools", "--lang", language, "--directory"])
            .arg(folder.path())
            .assert()
            .success()
            .stdout(contains("text-tools"));
        let project = folder.path().join("text-tools");
        let mut found = Vec::new();
        files(&project, &mut found);
        for path in &found {
            let text = fs::read_to_string(path).expect("a text");
            let left =
                text.split('@').nth(1).filter(|word| word.chars().all(|c| c.is_ascii_lowercase()));
            assert!(left.is_none_or(str::is_empty), "{language}: {}: @{left:?}@", path.display());
        }
        let wit = fs::read_to_string(project.join("wit/world.wit")).expect("a world");
        assert!(wit.contains("world text-tools {"), "{wit}");
        let readme = fs::read_to_string(project.join("README.md")).expect("a README");
        assert!(readme.lines().count() <= 40, "one screen: {readme}");
        assert!(readme.contains("plwasm push"), "{readme}");
        // Every module says its types: nothing declares them by hand.
        assert!(readme.contains("--create-functions"), "{readme}");
        let cases = fs::read_to_string(project.join("tests/cases.toml")).expect("cases");
        assert!(!cases.contains("as ="), "{cases}");
        assert_eq!(
            fs::read_dir(folder.path()).expect("a folder").count(),
            1,
            "nothing else is left"
        );
    }
}

/// `tests/client/projects.sh` builds them and tests them.
#[test]
fn each_language_has_projects_of_each_kind() {
    for (kind, part) in [
        ("prepared", "resource "),
        ("aggregate", "resource "),
        ("window", "rows: list<f64>"),
        ("trigger", "new: person"),
    ] {
        for language in LANGUAGES {
            let folder = tempfile::tempdir().expect("a folder");
            plwasm()
                .args(["new", "text-tools", "--lang", language, "--kind", kind, "--directory"])
                .arg(folder.path())
                .assert()
                .success();
            let project = folder.path().join("text-tools");
            let mut found = Vec::new();
            files(&project, &mut found);
            for path in &found {
                let text = fs::read_to_string(path).expect("a text");
                for placeholder in ["@name@", "@file@", "@call@", "@what@", "@source@", "@stem@"] {
                    assert!(!text.contains(placeholder), "{}: {placeholder}", path.display());
                }
                assert!(!text.contains("slugify"), "{}", path.display());
            }
            let wit = fs::read_to_string(project.join("wit/world.wit")).expect("a world");
            assert!(wit.contains(part) && wit.contains("world text-tools {"), "{wit}");
            let readme = fs::read_to_string(project.join("README.md")).expect("a README");
            // These could be functions of arrays and of rows, too.
            let is_declared_by_hand = matches!(kind, "window" | "trigger");
            assert_eq!(readme.contains("--create-functions"), !is_declared_by_hand, "{readme}");
            let source = readme.lines().find_map(|line| line.strip_suffix("` | the functions |"));
            let source = source.and_then(|line| line.strip_prefix("| `")).expect("a source");
            assert!(project.join(source).is_file(), "{readme}");
        }
    }
}

#[test]
fn what_is_missing_is_named() {
    for (language, missing) in [
        ("rust", "https://rustup.rs"),
        ("c", "apt install clang"),
        ("zig", "https://ziglang.org/download"),
        ("assemblyscript", "https://nodejs.org"),
        ("go", "https://go.dev/dl"),
        ("python", "apt install python3-venv"),
        ("javascript", "https://nodejs.org"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        // A PATH with a shell alone.
        let bin = folder.path().join("bin");
        fs::create_dir(&bin).expect("a folder");
        std::os::unix::fs::symlink("/bin/sh", bin.join("sh")).expect("a link");
        plwasm()
            .env("PATH", &bin)
            .args(["new", "slug", "--lang", language, "--directory"])
            .arg(folder.path())
            .assert()
            .success()
            .stderr(contains("is missing").and(contains(missing)));
    }
}

#[test]
fn nothing_is_written_over() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("slug")).expect("a folder");
    plwasm()
        .args(["new", "slug", "--lang", "rust", "--directory"])
        .arg(folder.path())
        .assert()
        .code(3)
        .stderr(contains("already exists"));
    assert_eq!(fs::read_dir(folder.path().join("slug")).expect("a folder").count(), 0);
}

#[test]
fn names_are_checked() {
    for name in ["", "Slug", "../slug", "slug-", "1slug", "a_b", "-x"] {
        plwasm().args(["new", "--lang", "c", "--", name]).assert().code(2);
    }
}
