//! Paths of source files, shortened to what a reader looks for.
//!
//! They are a stranger's text: a path must never be longer than a line or have characters that are not fit to be printed.

/// The most characters of a path.
const MOST: usize = 120;

/// The directories below which package managers keep what they download, and how many directories of their own follow.
const DOWNLOADED: [(&str, usize); 4] = [
    // .cargo/registry/src/index.crates.io-1949cf8c6b5b557f/regex-1.12.2/src/lib.rs
    ("cargo/registry/src/", 1),
    // .cargo/git/checkouts/regex-4a1dbcf3d0b5d3ab/1b5ab8d/src/lib.rs
    ("cargo/git/checkouts/", 0),
    // go/pkg/mod/github.com/google/uuid@v1.6.0/uuid.go
    ("go/pkg/mod/", 0),
    // .rustup/toolchains/1.96-x86_64-unknown-linux-gnu/lib/rustlib/src/rust/library/core/src/option.rs
    ("/lib/rustlib/src/rust/", 0),
];

/// Returns a path as it is shown. `directory` is the one in which the compiler ran.
pub(super) fn shown(path: &str, directory: &str) -> String {
    // Paths of Windows.
    let path = path.replace('\\', "/");
    let path = path.strip_prefix("./").unwrap_or(&path);
    let short = known(path).unwrap_or_else(|| relative(path, &directory.replace('\\', "/")));
    let count = short.chars().count();
    let (more, hidden) = if count > MOST { ("...", count - MOST + 3) } else { ("", 0) };
    more.chars().chain(short.chars().skip(hidden).flat_map(escaped)).collect()
}

/// Returns the path within what it belongs to, if that is known.
fn known(path: &str) -> Option<&str> {
    if let Some((_hash, rest)) = path.strip_prefix("/rustc/").and_then(|rest| rest.split_once('/'))
    {
        return Some(rest);
    }
    DOWNLOADED.iter().find_map(|(place, own)| {
        let mut rest = &path[path.rfind(place)? + place.len()..];
        for _ in 0..*own {
            rest = rest.split_once('/')?.1;
        }
        (!rest.is_empty()).then_some(rest)
    })
}

/// Returns the path as it is in the directory, if it is there.
fn relative<'a>(path: &'a str, directory: &str) -> &'a str {
    let directory = directory.trim_end_matches('/');
    let within = path.strip_prefix(directory).and_then(|rest| rest.strip_prefix('/'));
    match within.map(|rest| rest.trim_start_matches("./")) {
        Some(rest) if !rest.is_empty() && !directory.is_empty() => rest,
        _ => path,
    }
}

/// Returns what a character becomes. Quotes stay as they are.
fn escaped(c: char) -> impl Iterator<Item = char> {
    let is_plain = matches!(c, '\'' | '"');
    let plain = is_plain.then_some(c);
    plain.into_iter().chain((!is_plain).then(|| c.escape_debug()).into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_path_is_shown_within_what_it_belongs_to() {
        for (path, directory, expected) in [
            ("/home/me/geo/src/lib.rs", "/home/me/geo", "src/lib.rs"),
            ("/home/me/geo/src/lib.rs", "/home/me/geo/", "src/lib.rs"),
            ("/home/me/geo/./src/lib.rs", "/home/me/geo", "src/lib.rs"),
            ("/home/me/geology/src/lib.rs", "/home/me/geo", "/home/me/geology/src/lib.rs"),
            ("/home/me/geo/src/lib.rs", "", "/home/me/geo/src/lib.rs"),
            ("/home/me/geo/src/lib.rs", "/", "/home/me/geo/src/lib.rs"),
            ("src/lib.rs", "/home/me/geo", "src/lib.rs"),
            ("./f.c", "/home", "f.c"),
            ("../f.c", "/home", "../f.c"),
            ("/rustc/f0e1d2c3/library/core/src/option.rs", "/home", "library/core/src/option.rs"),
            ("/rustc/f0e1d2c3", "/home", "/rustc/f0e1d2c3"),
            (
                "/root/.cargo/registry/src/index.crates.io-1949cf8c/regex-1.12.2/src/lib.rs",
                "/root/.cargo/registry/src/index.crates.io-1949cf8c/regex-1.12.2",
                "regex-1.12.2/src/lib.rs",
            ),
            (
                "/x/.cargo/git/checkouts/regex-4a1d/1b5ab8d/src/lib.rs",
                "",
                "regex-4a1d/1b5ab8d/src/lib.rs",
            ),
            ("/go/pkg/mod/github.com/a/b@v1.6.0/b.go", "", "github.com/a/b@v1.6.0/b.go"),
            ("C:\\src\\geo\\lib.rs", "C:\\src", "geo/lib.rs"),
            ("a\nERROR: b\u{202e}", "", "a\\nERROR: b\\u{202e}"),
            ("it's.c", "", "it's.c"),
            ("", "", ""),
        ] {
            assert_eq!(shown(path, directory), expected, "{path}");
        }
        let long = shown(&"long/".repeat(10_000), "");
        assert!(long.len() == 120 && long.starts_with("...") && long.ends_with("/long/"), "{long}");
    }
}
