//! Makes a failing module small: takes lines out of its text as long as it still fails.

/// Attempts, at most: each runs the whole case.
const MOST: usize = 10_000;

/// A smaller text for which `fails` is true too. Told of texts that are no module, it must say false.
pub(crate) fn reduce<'t>(text: &'t str, mut fails: impl FnMut(&str) -> bool) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let mut attempts = 0;
    let mut accept = |lines: &mut Vec<&'t str>, attempt: Vec<&'t str>| {
        attempts += 1;
        let better = attempts <= MOST && fails(&attempt.join("\n"));
        if better {
            *lines = attempt;
        }
        better
    };
    loop {
        let before = lines.len();
        for size in [256, 64, 16, 8, 5, 4, 3, 2, 1] {
            let mut at = 0;
            while at + size <= lines.len() {
                let attempt = [&lines[..at], &lines[at + size..]].concat();
                if !accept(&mut lines, attempt) {
                    at += size.div_ceil(2);
                }
            }
        }
        // An instruction and one after it that takes what it gave; what opens a block and its end.
        for distance in 2..200 {
            let mut at = 0;
            while at + distance < lines.len() {
                let (inside, after) = (at + 1..at + distance, at + distance + 1);
                let attempt = [&lines[..at], &lines[inside], &lines[after..]].concat();
                if distance > 4 && !lines[at + distance].trim_start().starts_with("end")
                    || !accept(&mut lines, attempt)
                {
                    at += 1;
                }
            }
        }
        if lines.len() == before {
            return lines.join("\n");
        }
    }
}
