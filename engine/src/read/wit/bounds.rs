//! Measures how deep components and their types are nested, and how often they are copied, before anything else reads
//! them.
//!
//! wasmparser reads a type within a type by recursion, and three bytes make a level: 1 MB of them would overflow a
//! backend's stack. It also copies a component's exports for each of its instances, including those of nested
//! instances, so that 100 kB can require gigabytes. wasmtime reads components in the same way. This must never
//! recurse deeper than it allows.

use crate::error::{Error, Result};
use crate::read::inspect::invalid;
use wasmparser::{
    BinaryReader, ComponentExternalKind, ComponentType, ComponentTypeDeclaration, ComponentTypeRef,
    Encoding, Parser, Payload,
};

/// The deepest nesting of components, and of component and instance types. Binaries of wit-component have at most
/// four levels.
const MAX_DEPTH: usize = 32;

/// The most bytes of exports and types that are copied. A component with 20 imported and exported interfaces copies
/// less than 100 kB. A byte takes about 20 bytes of memory.
const MAX_COPIES: usize = 16 << 20;

/// Refuses a component that is nested too deeply or copied too often. A core module always passes.
///
/// # Errors
/// [`Error::Unsupported`] if a bound is exceeded; [`Error::Invalid`] if it is too broken to measure.
pub(crate) fn check(binary: &[u8]) -> Result<()> {
    let mut bounds = Bounds { largest: 0, copied: 0, open: Vec::new() };
    for payload in Parser::new(0).parse_all(binary) {
        let payload = payload.map_err(invalid)?;
        match &payload {
            Payload::Version { encoding: Encoding::Module, .. } if bounds.open.is_empty() => {
                return Ok(());
            }
            Payload::Version { .. } => bounds.open()?,
            Payload::End(_) => bounds.close(),
            Payload::ComponentTypeSection(section) => {
                let range = section.range();
                let mut reader = BinaryReader::new(&binary[range.clone()], range.start);
                for _ in 0..reader.read_var_u32().map_err(invalid)? {
                    bounds.ty(&mut reader)?;
                }
            }
            // An instance is made of another component, or of listed exports.
            Payload::ComponentInstanceSection(section) => {
                bounds.add(section.range().len());
                // The section states the number of instances before any of them is read.
                bounds.copies(section.count() as usize)?;
            }
            Payload::ComponentImportSection(section) => {
                bounds.add(section.range().len());
                for import in section.clone() {
                    bounds.reference(import.map_err(invalid)?.ty)?;
                }
            }
            Payload::ComponentExportSection(section) => {
                bounds.add(section.range().len());
                for export in section.clone() {
                    match export.map_err(invalid)?.kind {
                        ComponentExternalKind::Instance | ComponentExternalKind::Component => {
                            bounds.copy()?;
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The measurements so far.
struct Bounds {
    /// The bytes that a copy of the largest component or type takes. Every copy counts as one of the largest.
    largest: usize,
    /// The bytes of all copies.
    copied: usize,
    /// The bytes of the nested components and types whose end has not been read.
    open: Vec<usize>,
}

impl Bounds {
    fn open(&mut self) -> Result<()> {
        self.open.push(0);
        match self.open.len() > MAX_DEPTH {
            true => Err(Error::Unsupported(format!(
                "components or their types are nested more than {MAX_DEPTH} deep"
            ))),
            false => Ok(()),
        }
    }

    fn close(&mut self) {
        if let Some(size) = self.open.pop() {
            self.largest = self.largest.max(size);
        }
    }

    fn add(&mut self, bytes: usize) {
        if let Some(size) = self.open.last_mut() {
            *size = size.saturating_add(bytes);
        }
    }

    /// Counts the copy of a component or a type, with everything in it, for one instance.
    fn copy(&mut self) -> Result<()> {
        self.copies(1)
    }

    fn copies(&mut self, count: usize) -> Result<()> {
        let copied = self.largest.saturating_mul(count);
        self.add(copied);
        self.copied = self.copied.saturating_add(copied);
        match self.copied > MAX_COPIES {
            true => Err(Error::Unsupported("too many instances within it".into())),
            false => Ok(()),
        }
    }

    fn reference(&mut self, ty: ComponentTypeRef) -> Result<()> {
        match ty {
            ComponentTypeRef::Instance(_) | ComponentTypeRef::Component(_) => self.copy(),
            _ => Ok(()),
        }
    }

    /// Reads one type, and leaves the reader behind it.
    fn ty(&mut self, reader: &mut BinaryReader<'_>) -> Result<()> {
        const COMPONENT: u8 = 0x41;
        const INSTANCE: u8 = 0x42;
        if !matches!(peek(reader)?, COMPONENT | INSTANCE) {
            return reader.read::<ComponentType<'_>>().map(drop).map_err(invalid);
        }
        self.open()?;
        let start = reader.original_position();
        reader.read_u8().map_err(invalid)?;
        for _ in 0..reader.read_var_u32().map_err(invalid)? {
            self.declaration(reader)?;
        }
        self.add(reader.original_position() - start);
        self.close();
        Ok(())
    }

    fn declaration(&mut self, reader: &mut BinaryReader<'_>) -> Result<()> {
        const TYPE: u8 = 0x01;
        if peek(reader)? == TYPE {
            reader.read_u8().map_err(invalid)?;
            return self.ty(reader);
        }
        // Only a type can contain another.
        match reader.read::<ComponentTypeDeclaration<'_>>().map_err(invalid)? {
            ComponentTypeDeclaration::Import(import) => self.reference(import.ty),
            ComponentTypeDeclaration::Export { ty, .. } => self.reference(ty),
            _ => Ok(()),
        }
    }
}

fn peek(reader: &BinaryReader<'_>) -> Result<u8> {
    reader.clone().read_u8().map_err(invalid)
}
