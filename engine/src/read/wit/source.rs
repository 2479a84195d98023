//! Finds the metadata: in a component itself, or in the `component-type` sections of a core module.
//!
//! This must never pass bytes to wasmparser's validator whose bounds were not checked.

use super::bounds;
use super::docs::{Docs, SECTION as DOCS_SECTION};
use crate::error::{Error, Result};
use crate::read::inspect::invalid;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ComponentItem};
use wasmparser::types::Types;
use wasmparser::{Encoding, Parser, Payload, ValidPayload, Validator, WasmFeatures};

/// The most bytes of `component-type` sections. Their types are copied. A world of a thousand functions has less than
/// 100 kB.
const MAX_BYTES: usize = 1 << 20;

/// The features that metadata may use. They are more than can be called, so that one function with an unsupported
/// type does not make all others unreadable.
const FEATURES: WasmFeatures = WasmFeatures::WASM3
    .union(WasmFeatures::COMPONENT_MODEL)
    .union(WasmFeatures::CM_ASYNC)
    .union(WasmFeatures::CM_THREADING)
    .union(WasmFeatures::CM_ASYNC_STACKFUL)
    .union(WasmFeatures::CM_MORE_ASYNC_BUILTINS)
    .union(WasmFeatures::CM_ERROR_CONTEXT)
    .union(WasmFeatures::CM_FIXED_LENGTH_LISTS)
    .union(WasmFeatures::CM_IMPLEMENTS)
    .union(WasmFeatures::CM_MAP);

/// All metadata of a binary.
pub(super) struct Metadata {
    pub sources: Vec<Source>,
    pub docs: Vec<Docs>,
}

/// One world, or one component.
pub(super) struct Source {
    pub types: Types,
    /// The reason if functions that use strings cannot be called.
    pub foreign_strings: Option<&'static str>,
    root: Root,
}

enum Root {
    /// The names of a component's own imports and exports.
    Component { imports: Vec<String>, exports: Vec<String> },
    /// The type that a `component-type` section describes.
    World(wasmparser::component_types::ComponentTypeId),
}

/// The imports and exports of a [`Source`].
pub(super) struct Items<'a> {
    pub imports: Vec<(&'a str, &'a ComponentItem)>,
    pub exports: Vec<(&'a str, &'a ComponentItem)>,
}

impl Source {
    /// Returns the imports and the exports in order.
    pub(super) fn items(&self) -> Items<'_> {
        match &self.root {
            Root::World(world) => {
                let world = &self.types[*world];
                Items {
                    imports: world.imports.iter().map(|(name, item)| (&**name, item)).collect(),
                    exports: world.exports.iter().map(|(name, item)| (&**name, item)).collect(),
                }
            }
            Root::Component { imports, exports } => {
                let types = self.types.as_ref();
                let import = |name| Some((name, types.component_item_for_import(name)?));
                let export = |name| Some((name, types.component_item_for_export(name)?));
                Items {
                    imports: imports.iter().filter_map(|name| import(name.as_str())).collect(),
                    exports: exports.iter().filter_map(|name| export(name.as_str())).collect(),
                }
            }
        }
    }
}

/// Returns the metadata of a binary, or None if it has none.
///
/// # Errors
/// [`Error::Invalid`] if it is malformed; the errors of [`bounds::check`].
pub(super) fn read(binary: &[u8]) -> Result<Option<Metadata>> {
    let mut found = Metadata { sources: Vec::new(), docs: Vec::new() };
    let (mut docs, mut packages) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    for payload in Parser::new(0).parse_all(binary) {
        match payload.map_err(invalid)? {
            Payload::Version { encoding: Encoding::Component, .. } => {
                return component(binary).map(Some);
            }
            Payload::CustomSection(section) if section.name().starts_with("component-type") => {
                bytes += section.data().len();
                if bytes > MAX_BYTES {
                    return Err(Error::Invalid(format!(
                        "its component-type sections are larger than {MAX_BYTES} bytes"
                    )));
                }
                let (source, package) = world(section.data()).map_err(|error| match error {
                    Error::Invalid(what) => {
                        Error::Invalid(format!("in its component-type section: {what}"))
                    }
                    error => error,
                })?;
                found.sources.push(source);
                docs.extend(package.docs.iter().map(|docs| (*docs, packages.len())));
                packages.push(package.name);
            }
            // The module's own comments belong to the package of its first world.
            Payload::CustomSection(section) if section.name() == DOCS_SECTION => {
                docs.push((section.data(), 0));
            }
            _ => {}
        }
    }
    if found.sources.is_empty() {
        return Ok(None);
    }
    for (docs, package) in docs {
        found.docs.push(Docs::parse(docs, Some(&packages[package]))?);
    }
    Ok(Some(found))
}

fn component(binary: &[u8]) -> Result<Metadata> {
    let read = validate(binary)?;
    let docs = read.docs.iter().map(|docs| Docs::parse(docs, None)).collect::<Result<_>>()?;
    let root = Root::Component { imports: read.imports, exports: read.exports };
    Ok(Metadata { sources: vec![Source { types: read.types, foreign_strings: None, root }], docs })
}

/// The package of a world.
struct Package<'a> {
    name: String,
    docs: Vec<&'a [u8]>,
}

/// Reads a `component-type` section. It is a component that exports one type. That is the type of a component that
/// exports one type, too, which is the world.
fn world(binary: &[u8]) -> Result<(Source, Package<'_>)> {
    let no_world = |what: &str| Error::Invalid(format!("it does not describe a world: {what}"));
    if !binary.starts_with(b"\0asm") {
        // The format of before 2023 began with a version and the string encoding.
        return Err(no_world("its format is too old, or it is not WebAssembly"));
    }
    let read = validate(binary)?;
    let [export] = &*read.exports else {
        return Err(no_world("it does not have one export"));
    };
    let component = |item: Option<&ComponentItem>| match item.map(|item| &item.ty) {
        Some(ComponentEntityType::Type { created: ComponentAnyTypeId::Component(id), .. }) => {
            Some(*id)
        }
        Some(ComponentEntityType::Component(id)) => Some(*id),
        _ => None,
    };
    let outer = component(read.types.as_ref().component_item_for_export(export))
        .ok_or_else(|| no_world("its export is not the type of a component"))?;
    let outer = &read.types[outer];
    let (Some((name, item)), true) = (outer.exports.iter().next(), outer.exports.len() == 1) else {
        return Err(no_world("its type does not have one export"));
    };
    let root = component(Some(item))
        .ok_or_else(|| no_world("its type does not export the type of a component"))?;
    let name = package_of(name).unwrap_or_default().to_string();
    let foreign_strings = match read.encoding {
        Some([4, 0]) => None,
        Some([4, _]) => Some("strings are passed in another encoding than UTF-8"),
        Some(_) => return Err(no_world("its format is too new")),
        None => return Err(no_world("it has no section \"wit-component-encoding\"")),
    };
    let source = Source { types: read.types, foreign_strings, root: Root::World(root) };
    Ok((source, Package { name, docs: read.docs }))
}

/// Returns `plwasm:demo` of `plwasm:demo/text@1.0.0`.
pub(super) fn package_of(interface: &str) -> Option<&str> {
    interface.split_once('/').map(|(package, _)| package)
}

/// The outermost level of a component.
struct Read<'a> {
    types: Types,
    imports: Vec<String>,
    exports: Vec<String>,
    docs: Vec<&'a [u8]>,
    /// The format of a `component-type` section, and its encoding of strings.
    encoding: Option<[u8; 2]>,
}

fn validate(binary: &[u8]) -> Result<Read<'_>> {
    bounds::check(binary)?;
    let mut validator = Validator::new_with_features(FEATURES);
    let (mut imports, mut exports, mut docs) = (Vec::new(), Vec::new(), Vec::new());
    let mut encoding = None;
    let mut depth = 0usize;
    for payload in Parser::new(0).parse_all(binary) {
        let payload = payload.map_err(invalid)?;
        // Only the types of functions are checked. Their bodies are validated when they are compiled.
        if let ValidPayload::End(types) = validator.payload(&payload).map_err(invalid)?
            && depth == 1
        {
            return Ok(Read { types, imports, exports, docs, encoding });
        }
        match payload {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            _ if depth > 1 => {}
            Payload::ComponentImportSection(section) => {
                for import in section {
                    imports.push(import.map_err(invalid)?.name.name.to_string());
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    exports.push(export.map_err(invalid)?.name.name.to_string());
                }
            }
            Payload::CustomSection(section) => match section.name() {
                DOCS_SECTION => docs.push(section.data()),
                "wit-component-encoding" => {
                    encoding = section.data().try_into().ok().or(Some([u8::MAX; 2]));
                }
                _ => {}
            },
            _ => {}
        }
    }
    Err(Error::Invalid("it ends too early".into()))
}
