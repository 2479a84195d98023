//! The initial contents of a large memory, taken out of a module.
//!
//! wasmtime copies active segments into each new instance. 12 MB take 4 ms. So they are stored beside the code, as the
//! pages of a memory, and each new instance maps them. In the module stay empty passive segments: an active segment is
//! dropped when a module is instantiated, and a dropped segment is the same as an empty one (specification, "Data
//! Instances").
//!
//! It must never change what an instance is after instantiation.

use crate::error::Result;
use crate::read::inspect::constants::{Constants, Number};
use crate::read::inspect::invalid;
use wasm_encoder::{DataSection, RawSection};
use wasmparser::{DataKind, DataSectionReader, Parser, Payload};

/// The least bytes of active segments that are taken out. Fewer are copied faster than they are mapped.
const LEAST: usize = 256 << 10;

/// A WebAssembly page, in bytes.
const WASM_PAGE: u64 = 65536;

/// Takes the active segments of the first memory out of an instrumented module. Returns the module without them, and
/// the contents of that memory up to the last byte that a segment sets. Returns `None` if the segments are few, or do
/// not surely fit.
///
/// # Errors
/// [`Error::Invalid`](crate::Error::Invalid) if the module is malformed.
pub(crate) fn take(binary: &[u8]) -> Result<Option<(Vec<u8>, Vec<u8>)>> {
    let mut size = None;
    let mut section = None;
    for payload in Parser::new(0).parse_all(binary) {
        match payload.map_err(invalid)? {
            Payload::MemorySection(reader) => {
                let first = reader.into_iter().next().transpose().map_err(invalid)?;
                size = first.filter(|memory| !memory.memory64).map(|ty| ty.initial * WASM_PAGE);
            }
            Payload::DataSection(reader) => section = Some(reader),
            _ => {}
        }
    }
    let (Some(size), Some(section)) = (size, section) else { return Ok(None) };
    let range = section.range();
    let Some((segments, memory)) = split(section, size)? else { return Ok(None) };
    let mut module = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(binary) {
        let payload = payload.map_err(invalid)?;
        if let Some((id, contents)) = payload.as_section() {
            match contents == range {
                true => module.section(&segments),
                false => module.section(&RawSection { id, data: &binary[contents] }),
            };
        }
    }
    Ok(Some((module.finish(), memory)))
}

/// Returns the section without the active segments of the first memory, and what they put there.
fn split(section: DataSectionReader<'_>, size: u64) -> Result<Option<(DataSection, Vec<u8>)>> {
    let mut segments = DataSection::new();
    let (mut memory, mut taken) = (Vec::new(), 0);
    for data in section {
        let data = data.map_err(invalid)?;
        match data.kind {
            DataKind::Passive => {
                segments.passive(data.data.iter().copied());
            }
            DataKind::Active { memory_index: 0, offset_expr } => {
                let offset = Constants::default().value(&offset_expr);
                let Some(start) = offset.and_then(Number::address) else { return Ok(None) };
                let end = u64::from(start) + data.data.len() as u64;
                if end > size {
                    return Ok(None);
                }
                memory.resize(memory.len().max(end as usize), 0);
                memory[start as usize..end as usize].copy_from_slice(data.data);
                taken += data.data.len();
                segments.passive([]);
            }
            // Other memories are small in practice.
            DataKind::Active { .. } => return Ok(None),
        }
    }
    Ok((taken >= LEAST).then_some((segments, memory)))
}

#[cfg(test)]
mod tests {
    use super::{LEAST, take};

    fn taken(fields: &str) -> Option<(String, Vec<u8>)> {
        let binary = wat::parse_str(format!("(module {fields})")).unwrap();
        let (module, memory) = take(&binary).unwrap()?;
        Some((wasmprinter::print_bytes(module).unwrap(), memory))
    }

    #[test]
    fn large_segments_are_taken_out() {
        let large = "x".repeat(LEAST);
        let fields = format!(
            r#"(memory 10)
            (data (i32.const 100) "{large}") (data $p "passive") (data (i32.const 98) "abcd")
            (func (export "f") (memory.init 1 (i32.const 0) (i32.const 0) (i32.const 1)))"#
        );
        let (module, memory) = taken(&fields).unwrap();
        assert_eq!(memory[..105], [&[0; 98][..], b"abcdxxx"].concat());
        assert_eq!(memory.len(), 100 + LEAST);
        assert!(module.contains(r#"(data (;0;) "")"#), "{module}");
        assert!(module.contains(r#""passive""#) && module.contains("memory.init $p"), "{module}");
    }

    #[test]
    fn what_might_not_fit_stays() {
        let large = "x".repeat(LEAST);
        assert!(taken(r#"(memory 1) (data (i32.const 0) "few")"#).is_none());
        assert!(taken(&format!(r#"(memory 4) (data (i32.const 1) "{large}")"#)).is_none());
        assert!(taken(&format!(r#"(memory i64 10) (data (i64.const 1) "{large}")"#)).is_none());
        let global = format!(
            r#"(memory 10) (global $g i32 (i32.const 8)) (data (global.get $g) "{large}")"#
        );
        assert!(taken(&global).is_none());
        let other = format!(r#"(memory 10) (memory 10) (data (memory 1) (i32.const 8) "{large}")"#);
        assert!(taken(&other).is_none());
    }
}
