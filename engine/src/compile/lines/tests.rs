//! Tables compared with addr2line, damaged tables, and DWARF that costs too much.

use super::section::{NoLines, attach, missing, table};
use super::units::Input;
use super::{Frame, Place, Table};
use crate::read::opcode::can_trap;
use std::collections::HashMap;
use std::fmt::Write;
use std::time::Instant;
use wasm_encoder::{CustomSection, Section};
use wasmparser::{Operator, Parser, Payload};

const WITH: &[u8] = include_bytes!("../../../../guest-examples/lines/lines.wasm");
const WITHOUT: &[u8] = include_bytes!("../../../../guest-examples/lines/stripped.wasm");

/// The code section's content, and the offsets of instructions that can be in a backtrace, without any `if` and `br_if`: they have the line
/// of an `unreachable` after it.
fn code(binary: &[u8]) -> (usize, Vec<u32>) {
    let (mut start, mut offsets) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(binary) {
        match payload.unwrap() {
            Payload::CodeSectionStart { range, .. } => start = range.start,
            Payload::CodeSectionEntry(body) => {
                let mut reader = body.get_operators_reader().unwrap();
                while !reader.eof() {
                    let at = reader.original_position();
                    let code = reader.read().unwrap();
                    if can_trap(&code)
                        && !matches!(code, Operator::If { .. } | Operator::BrIf { .. })
                    {
                        offsets.push(at as u32);
                    }
                }
            }
            _ => {}
        }
    }
    (start, offsets)
}

fn sections(binary: &[u8]) -> HashMap<String, Vec<u8>> {
    let sections = Parser::new(0).parse_all(binary).filter_map(|payload| match payload.unwrap() {
        Payload::CustomSection(section) => {
            Some((section.name().to_string(), section.data().to_vec()))
        }
        _ => None,
    });
    sections.collect()
}

/// A binary with other custom sections.
fn with_sections(sections: &HashMap<String, Vec<u8>>) -> Vec<u8> {
    let mut binary = WITHOUT.to_vec();
    for (name, data) in sections {
        CustomSection { name: name.into(), data: data.into() }.append_to(&mut binary);
    }
    binary
}

fn shown(frames: Option<Vec<Frame<'_>>>) -> String {
    let mut text = String::new();
    for Frame { name, is_inlined, place } in frames.into_iter().flatten() {
        let Place { file, line, column } = place.unwrap_or(Place { file: "", line: 0, column: 0 });
        let _ = writeln!(text, "{} {file}:{line}:{column} {is_inlined}", name.unwrap_or("?"));
    }
    text
}

/// What addr2line says of an address.
fn theirs(context: &addr2line::Context<Input<'_>>, address: u64) -> String {
    let mut found = context.find_frames(address).skip_all_loads().unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = found.next().unwrap() {
        let name = frame.function.map_or("?".into(), |name| name.raw_name().unwrap().into_owned());
        let place = frame.location.filter(|place| place.line.is_some());
        let place = place.map_or(":0:0".into(), |place| {
            let file = place
                .file
                .unwrap()
                .trim_start_matches("/home/guest/lines/")
                .trim_start_matches("./");
            format!("{file}:{}:{}", place.line.unwrap(), place.column.unwrap_or_default())
        });
        frames.push(format!("{name} {place}"));
    }
    let last = frames.len().saturating_sub(1);
    let lines = frames.iter().enumerate().map(|(at, frame)| format!("{frame} {}\n", at < last));
    lines.collect()
}

#[test]
fn lines_are_those_that_addr2line_finds() {
    let (bytes, reason) = table(WITH);
    assert_eq!(reason, None);
    let table = Table::new(&bytes).unwrap();
    let sections = sections(WITH);
    let dwarf = gimli::Dwarf::load(|id| {
        let bytes = sections.get(id.name()).map_or(&[][..], Vec::as_slice);
        Ok::<_, gimli::Error>(Input::new(bytes, gimli::LittleEndian))
    });
    let context = addr2line::Context::from_dwarf(dwarf.unwrap()).unwrap();
    let (start, offsets) = code(WITH);
    assert!(offsets.len() > 5);
    for offset in offsets {
        let theirs = theirs(&context, u64::from(offset) - start as u64);
        assert_eq!(shown(table.frames(offset)), theirs, "at {offset:#x}");
    }
}

#[test]
fn an_inlined_function_has_its_callers() {
    let (bytes, _) = table(WITH);
    let (_, offsets) = code(WITH);
    let all: Vec<_> =
        offsets.iter().map(|at| shown(Table::new(&bytes).unwrap().frames(*at))).collect();
    let expected =
        "divided share.h:5:18 true\nshare share.h:10:12 true\nportion lines.c:16:12 false\n";
    assert!(all.iter().any(|frames| frames == expected), "{all:#?}");
    assert!(all.iter().any(|frames| frames == "checked lines.c:9:9 false\n"), "{all:#?}");
}

#[test]
fn a_section_has_the_lines_of_a_module_that_was_stripped() {
    let attached = attach(WITHOUT, WITH).unwrap().unwrap();
    let (start, offsets) = code(&attached);
    let ((ours, _), (with, _)) = (table(&attached), table(WITH));
    let (with_start, with_offsets) = code(WITH);
    assert_eq!(start, with_start, "only what follows the code differs");
    assert_eq!(offsets, with_offsets);
    assert_eq!(ours, with);
    assert!(attached.len() < WITH.len());
    assert_eq!(attach(&attached, WITH).unwrap().map(|again| table(&again).0), Ok(with));
    // The section is moved: it names the code by its hash.
    let moved = [&WITHOUT[..8], &attached[WITHOUT.len()..], &WITHOUT[8..]].concat();
    let by = (moved.len() - WITHOUT.len()) as u32;
    let (moved, _) = table(&moved);
    for offset in offsets {
        let (here, there) = (
            Table::new(&ours).unwrap().frames(offset),
            Table::new(&moved).unwrap().frames(offset + by),
        );
        assert_eq!(shown(here), shown(there));
    }
}

#[test]
fn lines_of_other_code_are_not_taken() {
    let other = wat::parse_str("(module (func unreachable))").unwrap();
    assert_eq!(attach(&other, WITH).unwrap(), Err(NoLines::OtherCode));
    assert_eq!(attach(WITHOUT, WITHOUT).unwrap(), Err(NoLines::Absent));
    assert_eq!(missing(WITHOUT), Some(NoLines::Absent));
    // A tool has changed the code and kept the section.
    let attached = attach(WITHOUT, WITH).unwrap().unwrap();
    let kept = [other, attached[WITHOUT.len()..].to_vec()].concat();
    assert_eq!(missing(&kept), Some(NoLines::Absent));
}

/// Whatever a table is cut to or changed to, it is read without a panic, and names what it names in full.
#[test]
fn a_damaged_table_has_no_lines() {
    let (bytes, _) = table(WITH);
    let (_, offsets) = code(WITH);
    let read = |bytes: &[u8]| -> usize {
        let Some(table) = Table::new(bytes) else { return 0 };
        let others = [0, 1, u32::MAX];
        let all = offsets.iter().chain(&others).map(|offset| shown(table.frames(*offset)).len());
        all.sum()
    };
    let whole = read(&bytes);
    assert!(whole > 100);
    for length in 0..bytes.len() {
        assert_eq!(read(&bytes[..length]), 0, "{length}");
    }
    for at in 0..bytes.len() {
        for with in [0, 1, 0x7f, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] = with;
            read(&changed);
        }
    }
}

/// The same of the section, which also may not lead to lines that are not printable.
#[test]
fn a_damaged_section_is_left_out() {
    let attached = attach(WITHOUT, WITH).unwrap().unwrap();
    let data = sections(&attached).remove("plwasm:lines").unwrap();
    let read = |data: &[u8]| {
        table(&with_sections(&HashMap::from([("plwasm:lines".into(), data.to_vec())])))
    };
    assert_eq!(read(&data).1, None);
    for length in 0..data.len() {
        assert!(read(&data[..length]).0.is_empty(), "{length}");
    }
    for at in 0..data.len() {
        for with in [0, 1, 0x0a, 0x7f, 0x80, 0xff] {
            let mut changed = data.clone();
            changed[at] = with;
            let (bytes, _) = read(&changed);
            let Some(table) = Table::new(&bytes) else { continue };
            for offset in code(WITHOUT).1 {
                let lines = shown(table.frames(offset));
                assert!(!lines.replace('\n', "").contains(crate::name::is_control), "{lines}");
            }
        }
    }
}

/// 20,000 units that all have the lines of the first, which are a million.
#[test]
fn what_is_shared_too_often_costs_no_more() {
    let mut sections = sections(WITH);
    let info = sections[".debug_info"].repeat(20_000);
    sections.insert(".debug_info".into(), info);
    // The length comes first; 1 is an instruction that makes a row.
    let lines = sections.get_mut(".debug_line").unwrap();
    let more = 1 << 20;
    let length = u32::from_le_bytes(*lines.first_chunk().unwrap()) + more;
    lines.splice(0..4, length.to_le_bytes());
    lines.extend(vec![1; more as usize]);
    let binary = with_sections(&sections);
    let began = Instant::now();
    assert_eq!(missing(&binary), Some(NoLines::Excessive));
    // The units together have 20 billion rows.
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
}

/// DWARF with any bytes changed is read without a panic, in a moment.
#[test]
fn malformed_dwarf_is_left_out() {
    let sections = sections(WITH);
    let mut lines = 0;
    for name in [".debug_info", ".debug_line", ".debug_abbrev", ".debug_str", ".debug_ranges"] {
        let data = &sections[name];
        for at in 0..data.len() {
            for with in [0, 1, 0x0f, 0x7f, 0x80, 0xff] {
                let mut changed = data.clone();
                changed[at] = with;
                let mut sections = sections.clone();
                sections.insert(name.into(), changed);
                let (bytes, reason) = table(&with_sections(&sections));
                assert_eq!(bytes.is_empty(), reason.is_some());
                lines += usize::from(!bytes.is_empty());
            }
            let mut sections = sections.clone();
            sections.insert(name.into(), data[..at].to_vec());
            table(&with_sections(&sections));
        }
    }
    assert!(lines > 1000, "most changes leave something: {lines}");
}
