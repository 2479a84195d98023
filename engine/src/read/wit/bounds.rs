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
    BinaryReader, ComponentAlias, ComponentExternalKind, ComponentInstance,
    ComponentOuterAliasKind, ComponentType, ComponentTypeDeclaration, ComponentTypeRef, Encoding,
    Parser, Payload,
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
    let mut bounds = Bounds::default();
    for payload in Parser::new(0).parse_all(binary) {
        let payload = payload.map_err(invalid)?;
        match &payload {
            Payload::Version { encoding: Encoding::Module, .. } if bounds.open.is_empty() => {
                return Ok(());
            }
            Payload::Version { .. } => bounds.open()?,
            Payload::ComponentSection { .. } => bounds.expects_component = true,
            Payload::End(_) => bounds.close(),
            Payload::ComponentTypeSection(section) => {
                let range = section.range();
                let mut reader = BinaryReader::new(&binary[range.clone()], range.start);
                for _ in 0..reader.read_var_u32().map_err(invalid)? {
                    bounds.ty(&mut reader)?;
                }
            }
            Payload::ComponentInstanceSection(section) => {
                bounds.add(section.range().len());
                for instance in section.clone() {
                    match instance.map_err(invalid)? {
                        ComponentInstance::Instantiate { component_index, .. } => {
                            bounds.instantiate(component_index)?;
                        }
                        ComponentInstance::FromExports(_) => bounds.copy_instance()?,
                    }
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section.clone() {
                    match alias.map_err(invalid)? {
                        ComponentAlias::InstanceExport {
                            kind: ComponentExternalKind::Component,
                            ..
                        }
                        | ComponentAlias::Outer {
                            kind: ComponentOuterAliasKind::Component, ..
                        } => bounds.unknown_component(),
                        _ => {}
                    }
                }
            }
            Payload::ComponentImportSection(section) => {
                bounds.add(section.range().len());
                for import in section.clone() {
                    bounds.import(import.map_err(invalid)?.ty)?;
                }
            }
            Payload::ComponentExportSection(section) => {
                bounds.add(section.range().len());
                for export in section.clone() {
                    match export.map_err(invalid)?.kind {
                        ComponentExternalKind::Instance => bounds.copy_instance()?,
                        ComponentExternalKind::Component => {
                            bounds.copy()?;
                            bounds.unknown_component();
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
#[derive(Default)]
struct Bounds {
    /// The bytes that a copy of the largest component or type takes. A copy whose original is not known counts as one
    /// of the largest.
    largest: usize,
    /// The bytes of all copies.
    copied: usize,
    /// The nested components and types whose end has not been read.
    open: Vec<Open>,
    /// Whether what begins next is a component.
    expects_component: bool,
}

/// A component or a type whose end has not been read.
#[derive(Default)]
struct Open {
    is_component: bool,
    /// Its bytes, with those of the copies in it.
    bytes: usize,
    /// The bytes of the components that it can instantiate, by their index.
    components: Vec<usize>,
    /// The bytes of the largest instance in it.
    instance: usize,
}

impl Bounds {
    fn open(&mut self) -> Result<()> {
        let is_component = std::mem::take(&mut self.expects_component);
        self.open.push(Open { is_component, ..Open::default() });
        match self.open.len() > MAX_DEPTH {
            true => Err(Error::Unsupported(format!(
                "components or their types are nested more than {MAX_DEPTH} deep"
            ))),
            false => Ok(()),
        }
    }

    fn close(&mut self) {
        if let Some(closed) = self.open.pop() {
            self.largest = self.largest.max(closed.bytes);
            if let Some(outer) = self.open.last_mut()
                && closed.is_component
            {
                outer.components.push(closed.bytes);
            }
        }
    }

    fn add(&mut self, bytes: usize) {
        if let Some(open) = self.open.last_mut() {
            open.bytes = open.bytes.saturating_add(bytes);
        }
    }

    /// Records a component that was made elsewhere.
    fn unknown_component(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.components.push(self.largest);
        }
    }

    /// Counts the copy of a component, with everything in it, for one instance.
    fn instantiate(&mut self, component: u32) -> Result<()> {
        let open = self.open.last();
        let bytes = open.and_then(|open| open.components.get(component as usize)).copied();
        self.instance(bytes.unwrap_or(self.largest))
    }

    /// Counts an instance of that many bytes.
    fn instance(&mut self, bytes: usize) -> Result<()> {
        if let Some(open) = self.open.last_mut() {
            open.instance = open.instance.max(bytes);
        }
        self.copies(bytes)
    }

    /// Counts the copy of an instance of the component that is being read.
    fn copy_instance(&mut self) -> Result<()> {
        self.copies(self.open.last().map_or(0, |open| open.instance))
    }

    /// Counts the copy of a component or a type, with everything in it.
    fn copy(&mut self) -> Result<()> {
        self.copies(self.largest)
    }

    fn copies(&mut self, bytes: usize) -> Result<()> {
        self.add(bytes);
        self.copied = self.copied.saturating_add(bytes);
        match self.copied > MAX_COPIES {
            true => Err(Error::Unsupported("too many instances within it".into())),
            false => Ok(()),
        }
    }

    fn import(&mut self, ty: ComponentTypeRef) -> Result<()> {
        match ty {
            ComponentTypeRef::Instance(_) => self.instance(self.largest),
            ComponentTypeRef::Component(_) => {
                self.copy()?;
                self.unknown_component();
                Ok(())
            }
            _ => Ok(()),
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
