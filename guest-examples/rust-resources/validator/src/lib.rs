//! The interface `schemas` of `../../wit/resources.wit`: the crate `boon`. Drafts 4 to 2020-12; the latest, if the
//! schema does not say which.

#[path = "../../../../cli/templates/rust/src/random.rs"]
#[cfg(target_arch = "wasm32")]
mod random;

use boon::{CompileError, Compiler, SchemaIndex, Schemas, ValidationError};
use exports::plwasm::examples::schemas::{Guest, GuestValidator};

wit_bindgen::generate!({ path: "../../wit", world: "validator" });

/// Runs once: what it leaves is what every call begins with. A first schema lets boon compile the schemas of schemas.
#[unsafe(export_name = "_initialize")]
extern "C" fn initialize() {
    let _ = Validator::new("{}".into());
}

struct Interface;

impl Guest for Interface {
    type Validator = Validator;
}

struct Validator {
    schemas: Schemas,
    index: SchemaIndex,
}

/// The schema's own address. References to others are errors, as nothing can be fetched.
const URL: &str = "schema:";

impl GuestValidator for Validator {
    fn new(schema: String) -> Result<Self, String> {
        let schema = serde_json::from_str(&schema)
            .map_err(|error| format!("the schema is not JSON: {error}"))?;
        let mut schemas = Schemas::new();
        let mut compiler = Compiler::new();
        let added = compiler.add_resource(URL, schema);
        let compiled = added.and_then(|()| compiler.compile(URL, &mut schemas));
        let index = compiled.map_err(|error| format!("invalid schema: {}", reason(&error)))?;
        Ok(Self { schemas, index })
    }

    fn is_valid(&self, document: String) -> bool {
        serde_json::from_str(&document)
            .is_ok_and(|document| self.schemas.validate(&document, self.index).is_ok())
    }

    fn errors(&self, document: String) -> Vec<String> {
        match serde_json::from_str(&document) {
            Err(error) => vec![format!("the document is not JSON: {error}")],
            Ok(document) => match self.schemas.validate(&document, self.index) {
                Err(error) => errors(&error),
                Ok(()) => Vec::new(),
            },
        }
    }
}

fn reason(error: &CompileError) -> String {
    match error {
        CompileError::ValidationError { src, .. } => errors(src).join("; "),
        other => format!("{other:#}"),
    }
}

/// Lists the errors that do not merely follow from others.
fn errors(error: &ValidationError) -> Vec<String> {
    if error.causes.is_empty() {
        return vec![format!("at '{}': {}", error.instance_location, error.kind)];
    }
    error.causes.iter().flat_map(errors).collect()
}

export!(Interface);
