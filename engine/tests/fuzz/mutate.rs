//! Changes to inputs: to bytes, and to sections of binaries so that what is around them still holds.

use super::choices::Choices;

/// Where numbers change their length or sign, as binaries write them.
const WORDS: [&[u8]; 12] = [
    b"\0",
    b"\x01",
    b"\x7f",
    b"\xff\x01",
    b"\x80\x80\x04",
    b"\xff\xff\xff\xff\x07",
    b"\xff\xff\xff\xff\x0f",
    b"\x80\x80\x80\x80\x08",
    b"\xff\xff\xff\xff",
    b"\0\0\0\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
];

/// No input becomes longer.
const LONGEST: usize = 64 << 10;

/// A few changes to bytes, some of which put in one of these words.
pub(crate) fn bytes(input: &[u8], words: &[&[u8]], choices: &mut Choices<'_>) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=choices.below(4) {
        change(&mut bytes, words, choices);
    }
    bytes.truncate(LONGEST);
    bytes
}

fn change(bytes: &mut Vec<u8>, words: &[&[u8]], choices: &mut Choices<'_>) {
    let length = bytes.len() as u32;
    let at = choices.below(length + 1) as usize;
    let end = (at + 1 + choices.below(16) as usize).min(bytes.len());
    match choices.below(10) {
        0..=1 if at < bytes.len() => bytes[at] ^= 1 << choices.below(8),
        2 if at < bytes.len() => bytes[at] = choices.below(256) as u8,
        3 if at < bytes.len() => bytes[at] = bytes[at].wrapping_add(choices.of(&[1, 0xff])),
        4 => drop(bytes.drain(at..end)),
        5 => {
            let again = bytes[at..end].to_vec();
            let to = choices.below(length + 1) as usize;
            bytes.splice(to..to, again);
        }
        6 => bytes.truncate(at),
        7 => {
            let word = choices.of(words);
            let end = (at + word.len()).min(bytes.len());
            bytes.splice(at..end, word.iter().copied());
        }
        _ => {
            let word = choices.of(words);
            bytes.splice(at..at, word.iter().copied());
        }
    }
}

/// A change to a binary, in one of its sections or in a binary within it.
pub(crate) fn binary(input: &[u8], choices: &mut Choices<'_>) -> Vec<u8> {
    let Some((header, mut sections)) = sections(input).filter(|(_, found)| !found.is_empty())
    else {
        return bytes(input, &WORDS, choices);
    };
    let all = sections.len() as u32;
    let (at, other) = (choices.below(all) as usize, choices.below(all) as usize);
    match choices.below(10) {
        0 => drop(sections.remove(at)),
        1 => sections.insert(other, sections[at].clone()),
        2 => sections.swap(at, other),
        _ => {
            let content = &mut sections[at].1;
            let inner = content.windows(4).position(|found| found == b"\0asm");
            match inner.filter(|_| !choices.one_in(6)) {
                Some(inner) => {
                    let changed = binary(&content[inner..], choices);
                    content.truncate(inner);
                    content.extend(changed);
                }
                None => *content = bytes(content, &WORDS, choices),
            }
        }
    }
    let mut output = header.to_vec();
    for (id, content) in sections {
        output.push(id);
        leb(content.len(), &mut output);
        output.extend(content);
    }
    output.truncate(LONGEST);
    output
}

type Section = (u8, Vec<u8>);

/// The header and the sections of a binary, if it has some.
fn sections(input: &[u8]) -> Option<(&[u8], Vec<Section>)> {
    let (header, mut rest) = input.split_at_checked(8)?;
    let mut sections = Vec::new();
    while let Some((id, after)) = rest.split_first() {
        let mut length = 0;
        let mut digits = 0;
        loop {
            let digit = usize::from(*after.get(digits)?);
            length |= (digit & 0x7f) << (7 * digits);
            digits += 1;
            if digit < 0x80 {
                break;
            } else if digits == 5 {
                return None;
            }
        }
        let (content, after) = after[digits..].split_at_checked(length)?;
        sections.push((*id, content.to_vec()));
        rest = after;
    }
    header.starts_with(b"\0asm").then_some((header, sections))
}

fn leb(mut number: usize, output: &mut Vec<u8>) {
    while number >= 0x80 {
        output.push(number as u8 | 0x80);
        number >>= 7;
    }
    output.push(number as u8);
}
