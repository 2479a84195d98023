//! The table on a terminal, drawn again after each interval, each key and each change of the size.
//!
//! However it ends, it must leave the terminal as it was. Keys are served while the server does not answer.

use super::of_terminal;
use super::sample::{Interval, Reader, Sample};
use super::table::{Key, Table};
use crate::failure::Result;
use std::io::Write;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;
use termion::event::Key as Pressed;
use termion::input::TermRead;
use termion::raw::IntoRawMode;
use termion::screen::IntoAlternateScreen;
use termion::{clear, cursor, style};
use unicode_width::UnicodeWidthChar;

/// How often keys and the size are looked at.
const TICK: Duration = Duration::from_millis(50);

const HELP: &str = "sort by (f)uel (c)alls (m)ean (p)99 (e)rrors (n)ame  (q)uit";

/// Shows the table until q is pressed.
///
/// # Errors
/// The server's error; the terminal's.
pub(super) fn show(conninfo: String, interval: Duration, mut key: Key) -> Result<()> {
    let (to, samples) = channel();
    std::thread::spawn(move || read(&conninfo, interval, &to));
    // What is wrong from the start is said without a table.
    let Ok(first) = samples.recv() else { return Ok(()) };
    let mut before = first?;
    let mut seen = None;
    in_terminal(|to| {
        let mut keys = termion::async_stdin().keys();
        let mut drawn = None;
        loop {
            if let Some(now) = next(&samples)? {
                seen = Some(Interval::between(&before, &now));
                before = now;
                drawn = None;
            }
            for pressed in keys.by_ref() {
                match pressed.map_err(|error| of_terminal(&error))? {
                    Pressed::Char('q') | Pressed::Ctrl('c') => return Ok(()),
                    Pressed::Char(letter) => key = Key::of(letter).unwrap_or(key),
                    _ => {}
                }
                drawn = None;
            }
            let size = termion::terminal_size().map_err(|error| of_terminal(&error))?;
            if drawn != Some(size) {
                let lines = lines(seen.as_ref(), key, &before);
                draw(to, &lines, size).map_err(|error| of_terminal(&error))?;
                drawn = Some(size);
            }
        }
    })
}

/// Reads samples until nobody wants them, or one fails.
fn read(conninfo: &str, interval: Duration, to: &Sender<Result<Sample>>) {
    let reader = match Reader::connect(conninfo) {
        Ok(reader) => reader,
        Err(failure) => return drop(to.send(Err(failure))),
    };
    loop {
        let sample = reader.read();
        let is_last = sample.is_err();
        if to.send(sample).is_err() || is_last {
            return;
        }
        std::thread::sleep(interval);
    }
}

/// Waits a tick for a sample.
fn next(samples: &Receiver<Result<Sample>>) -> Result<Option<Sample>> {
    match samples.recv_timeout(TICK) {
        Ok(sample) => sample.map(Some),
        Err(RecvTimeoutError::Timeout) => Ok(None),
        // The thread has sent why it ended before it did.
        Err(RecvTimeoutError::Disconnected) => {
            std::thread::sleep(TICK);
            Ok(None)
        }
    }
}

/// Does something with a terminal that passes every key on, and has a screen of its own for that.
fn in_terminal(work: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    // Keys are read from the controlling terminal. Without one the library would panic.
    termion::get_tty().map_err(|error| of_terminal(&error))?;
    let enter = || std::io::stdout().into_raw_mode()?.into_alternate_screen();
    let mut to = enter().map_err(|error| of_terminal(&error))?;
    let _ = write!(to, "{}", cursor::Hide);
    let outcome = work(&mut to);
    let _ = write!(to, "{}", cursor::Show);
    outcome
}

/// Returns what is to be shown: the summary, the head, a row for each function.
fn lines(seen: Option<&Interval>, key: Key, first: &Sample) -> Vec<String> {
    match seen {
        Some(interval) => {
            let table = Table::of(interval, key);
            [vec![table.summary, table.head], table.rows].concat()
        }
        None => {
            let count = first.functions.len();
            vec![format!("{}  {count} functions were called; counting", first.shown)]
        }
    }
}

/// Draws as much as there is room for.
fn draw(to: &mut dyn Write, lines: &[String], (width, height): (u16, u16)) -> std::io::Result<()> {
    // A terminal that does not know its size says 0.
    let (width, height) = match (usize::from(width), usize::from(height)) {
        (0, _) | (_, 0) => (80, 24),
        size => size,
    };
    // The last line is for the keys, if there is room for them beside a row.
    let room = if height > 3 { height - 1 } else { height };
    write!(to, "{}", clear::All)?;
    for (row, line) in lines.iter().take(room).enumerate() {
        let hidden = lines.len() - row;
        let line = match row + 1 == room && hidden > 1 {
            true => format!("and {hidden} more"),
            false => line.clone(),
        };
        let (begin, end) = match row {
            1 => (style::Invert.to_string(), style::Reset.to_string()),
            _ => Default::default(),
        };
        let at = cursor::Goto(1, row as u16 + 1);
        write!(to, "{at}{begin}{}{end}", truncated(&line, width, row == 1))?;
    }
    if room < height {
        let at = cursor::Goto(1, height as u16);
        write!(to, "{at}{}{}{}", style::Bold, truncated(HELP, width, false), style::Reset)?;
    }
    to.flush()
}

/// Returns the part of a line for which there is room, and blanks after it if `fills`.
fn truncated(line: &str, width: usize, fills: bool) -> String {
    let mut used = 0;
    let mut shown: String = line
        .chars()
        .take_while(|c| {
            used += c.width().unwrap_or_default();
            used <= width
        })
        .collect();
    if fills {
        shown.extend(std::iter::repeat_n(' ', width.saturating_sub(used)));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(lines: &[&str], size: (u16, u16)) -> String {
        let lines: Vec<_> = lines.iter().map(ToString::to_string).collect();
        let mut to = Vec::new();
        draw(&mut to, &lines, size).expect("a vector");
        String::from_utf8(to).expect("text")
    }

    #[test]
    fn there_is_room_for_what_is_drawn() {
        let lines = ["summary", "head", "one", "two", "three"];
        let large = drawn(&lines, (80, 24));
        assert!(lines.iter().all(|line| large.contains(line)), "{large:?}");
        assert!(large.contains(HELP), "{large:?}");
        let small = drawn(&lines, (4, 5));
        // Of the five lines four have room; the last one says how many are missing.
        assert!(small.contains("\x1b[4;1Hand ") && !small.contains("two"), "{small:?}");
        assert!(small.contains("\x1b[1;1Hsumm\x1b"), "{small:?}");
        assert!(small.contains("\x1b[5;1H"), "{small:?}");
        for size in [(1, 1), (1, 2), (2, 1), (0, 0), (u16::MAX, u16::MAX)] {
            drawn(&lines, size);
        }
    }

    #[test]
    fn wide_characters_are_counted_as_such() {
        assert_eq!(truncated("漢字x", 3, false), "漢");
        assert_eq!(truncated("漢字x", 5, false), "漢字x");
        assert_eq!(truncated("ab", 4, true), "ab  ");
    }
}
